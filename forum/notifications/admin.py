"""The letterboxes as support sees them: was it left, was it read, was it mailed?"""

from django.contrib import admin
from django.db.models import Q

from forum.accounts.admin.desk import RecordAdmin, YesNoFilter
from forum.notifications.models import Notification


class MailFilter(YesNoFilter):
    title = "mail"
    parameter_name = "mail"
    halves = {
        "waiting": ("Waits to be mailed", Q(wants_mail=True, mailed_at=None)),
        "mailed": ("Mailed", Q(mailed_at__isnull=False)),
        "none": ("Not mailed", Q(wants_mail=False)),
    }


@admin.register(Notification)
class NotificationAdmin(RecordAdmin):
    list_display = ("line", "recipient", "created_at", "read_at", "mailed_at")
    list_filter = (MailFilter,)
    list_select_related = ("recipient",)
    search_fields = ("recipient__username", "event")
    search_help_text = "The recipient's name, or the key of an event such as reply:123."
    fields = (
        *("line", "link", "recipient", "event", "created_at", "read_at"),
        *("wants_mail", "mail_claimed_at", "mailed_at"),
    )
    ordering = ("-pk",)

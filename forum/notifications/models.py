"""One table: what a member should know. The row is the record; the mail is sent from it later."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from forum import policy


class NotificationQuerySet(models.QuerySet):
    def unread(self):
        return self.filter(read_at=None)

    def of(self, member):
        return self.filter(recipient=member)

    def newest_first(self):
        return self.order_by("-id")

    def awaiting_mail(self, now):
        """Rows whose mail nobody sends now: never claimed, or claimed so long ago that the sender must have died."""
        waiting = self.filter(wants_mail=True, mailed_at=None, created_at__gt=now - policy.MAIL_TRIED_FOR)
        return waiting.filter(Q(mail_claimed_at=None) | Q(mail_claimed_at__lt=now - policy.MAIL_CLAIM_LIFETIME))


class Notification(models.Model):
    """One event told to one member once: the event's key is unique for each recipient."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    event = models.CharField(max_length=80, help_text="What happened, as a key such as reply:123.")
    line = models.CharField(max_length=300, help_text="What the member reads.")
    link = models.CharField(max_length=300, help_text="Where it happened, as a path on this site.")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    wants_mail = models.BooleanField(default=False)
    mail_claimed_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=["recipient", "event"], name="one_notification_per_event"),
            models.CheckConstraint(condition=Q(mailed_at=None) | Q(wants_mail=True), name="mailed_only_if_wanted"),
        )
        indexes = (
            models.Index(fields=["recipient", "-id"], name="notification_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["id"], condition=Q(wants_mail=True, mailed_at=None), name="notification_to_mail"),
        )

    def __str__(self):
        return self.line

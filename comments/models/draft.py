"""What a member has typed and not posted yet, at one place: under a discussion, or under a comment of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from comments.models.comment import Comment
from comments.models.discussion import Discussion
from forum.accounts.models import Markup


class DraftQuerySet(models.QuerySet):
    def at(self, member, discussion, parent):
        """The member's draft at this place, if there is one."""
        return self.filter(member=member, discussion=discussion, parent=parent)

    def newest_first(self):
        return self.order_by("-saved_at", "-id")


class Draft(models.Model):
    """The words in a member's form as they were saved last; nobody else ever sees them, staff neither.

    ``form_key``: of the form that saved them, ``version``: how often they were. Another form that does not know the
    present version writes nothing over it.
    """

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts", db_index=False
    )
    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="+", db_index=False)
    parent = models.ForeignKey(Comment, on_delete=models.CASCADE, null=True, related_name="drafts")
    subject = models.TextField(blank=True)
    body = models.TextField()
    markup = models.CharField(max_length=10, choices=Markup)
    is_anonymous = models.BooleanField(default=False)
    declines_bonus = models.BooleanField(default=False)
    form_key = models.CharField(max_length=32, blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=["member", "parent"], name="one_draft_under_a_comment"),
            models.UniqueConstraint(
                fields=["member", "discussion"], condition=Q(parent=None), name="one_draft_under_a_discussion"
            ),
        )
        indexes = (models.Index(fields=["saved_at"], name="drafts_by_age"),)

    def __str__(self):
        return f"draft of {self.member_id} under {self.discussion_id}"

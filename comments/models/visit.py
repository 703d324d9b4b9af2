"""How far a member has read a discussion: two numbers for each, not a row for each comment."""

from datetime import datetime

from django.conf import settings
from django.db import models

from comments.models.discussion import Discussion
from forum import policy


class Visit(models.Model):
    """A member's visits to a discussion. Comments are numbered upwards, so a number tells what was there.

    New to the member is what came after ``seen_before``, for the whole of one visit: reloading takes no mark away.
    """

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visits", db_index=False
    )
    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="+", db_index=False)
    seen_before = models.PositiveBigIntegerField(help_text="Newest comment that was there at the visit before.")
    seen_now = models.PositiveBigIntegerField(help_text="Newest comment that was there at the last look.")
    looked_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["member", "discussion"], name="one_visit_row_for_each_place"),)

    def is_over(self, now: datetime) -> bool:
        """Whether a member who looks now begins another visit, after a pause."""
        return now - self.looked_at >= policy.VISIT_GAP

    def new_after(self, now: datetime) -> int:
        """The number after which comments are new to a member who looks now."""
        return self.seen_now if self.is_over(now) else self.seen_before

    def __str__(self):
        return f"visit of {self.member_id} to {self.discussion_id}"

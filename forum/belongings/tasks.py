"""The job that erases whom it is time for."""

from celery import shared_task
from django.utils import timezone

from forum import policy
from forum.belongings import actions


@shared_task
def erase_due_members(most_comments: int = policy.ERASED_PER_RUN) -> int:
    """Erase the members who wished it and whose time to change their minds is over; returns how many."""
    return actions.erase_due_members(now=timezone.now(), most_comments=most_comments)

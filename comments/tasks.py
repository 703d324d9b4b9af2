"""Jobs of the discussions."""

from celery import shared_task
from django.utils import timezone

from comments import actions, integrity


@shared_task
def archive_old_discussions() -> int:
    """Close the discussions past their lifetime; returns how many."""
    return actions.archive_old_discussions(now=timezone.now())


@shared_task
def recount_discussions() -> int:
    """Correct every discussion's totals that do not agree with its comments; returns how many did not."""
    return sum(actions.recount_discussion(pk) for pk in list(integrity.discussions_with_wrong_totals()))


@shared_task
def delete_old_drafts() -> int:
    """Delete the drafts that their writers have not touched for long; returns how many."""
    return actions.delete_old_drafts(now=timezone.now())

"""Jobs of the members' accounts."""

from celery import shared_task
from django.utils import timezone

from forum.accounts import actions


@shared_task
def forget_expired_sessions() -> int:
    """Delete the sessions that have run out, which Django itself only stops taking; returns how many."""
    return actions.forget_expired_sessions(now=timezone.now())

"""Jobs of the members' accounts."""

from celery import shared_task
from django.utils import timezone

from forum.accounts import actions


@shared_task
def forget_expired_sessions() -> int:
    """Delete the sessions that have run out, which Django itself only stops taking, and what was told of challenges
    that nobody could solve any more; returns how many."""
    now = timezone.now()
    return actions.forget_expired_sessions(now=now) + actions.forget_spent_challenges(now=now)


@shared_task
def destroy_old_network_keys() -> int:
    """Destroy the keys that hash networks once they are old; returns how many."""
    return actions.destroy_old_network_keys(today=timezone.now().date())


@shared_task
def end_bans() -> int:
    """Note which bans have come to their end; returns how many."""
    return actions.end_bans(now=timezone.now())

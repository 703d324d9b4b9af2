"""Jobs of the members' accounts."""

from celery import shared_task
from django.core.management import call_command


@shared_task
def forget_expired_sessions() -> None:
    """Delete the sessions that have run out; Django itself only stops taking them."""
    call_command("clearsessions")

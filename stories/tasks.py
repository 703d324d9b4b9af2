"""Jobs of the newsroom."""

from celery import shared_task
from django.utils import timezone

from stories import actions


@shared_task
def publish_due_stories() -> int:
    """Mark scheduled stories whose time has come; returns how many."""
    return actions.publish_due_stories(now=timezone.now())

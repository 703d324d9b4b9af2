"""Jobs of the moderation: points come and go, scores are held against their log."""

from celery import shared_task
from django.utils import timezone

from comments.models import Comment
from moderation import actions


@shared_task
def expire_mod_points() -> int:
    """Expire the points past their time; returns how many grants."""
    return actions.expire_mod_points(now=timezone.now())


@shared_task
def grant_mod_points() -> int:
    """Give today's points to every eligible member who has none of today yet; returns how many members."""
    now = timezone.now()
    return actions.grant_mod_points(now=now, today=now.date())


@shared_task
def reconcile_scores() -> int:
    """Hold every moderated comment against its log and correct it; returns how many were wrong."""
    moderated = Comment.objects.filter(moderations__isnull=False).order_by().distinct()
    return sum(actions.reconcile_comment(pk) for pk in moderated.values_list("pk", flat=True).iterator())

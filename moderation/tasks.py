"""Jobs of the moderation: points come and go, scores are held against their log."""

from celery import shared_task
from django.utils import timezone

from moderation import actions, integrity


@shared_task
def expire_mod_points() -> int:
    """Expire the points past their time; returns how many grants."""
    return actions.expire_mod_points(now=timezone.now())


@shared_task
def grant_mod_points() -> int:
    """Give today's points to every eligible member who has none of today yet; returns how many members."""
    now = timezone.now()
    return actions.grant_daily_points(now=now, today=now.date())


@shared_task
def reconcile_scores() -> int:
    """Hold every comment against its log and correct it; returns how many were wrong."""
    return sum(actions.reconcile_comment(wrong.comment_id) for wrong in list(integrity.wrong_scores()))

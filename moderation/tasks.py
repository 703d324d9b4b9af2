"""Jobs of the moderation: points come and go, scores are held against their log."""

from celery import shared_task
from django.utils import timezone

from forum import policy
from moderation import actions, integrity


@shared_task
def expire_mod_points() -> int:
    """Expire the points past their time; returns how many grants."""
    return actions.expire_mod_points(now=timezone.now())


@shared_task
def run_economy() -> int:
    """Hand out this hour's tokens and points, or the day's points, as the policy says; returns how many points."""
    run = actions.run_economy(now=timezone.now())
    return run.points_granted if run else 0


@shared_task
def decay_tokens() -> int:
    """Let a day's tokens of members decay who are away or whose karma is low; returns how many members."""
    return actions.decay_tokens(now=timezone.now())


@shared_task
def forget_old_reads() -> int:
    """Delete the counts of pages read that nothing asks for any more; returns how many rows."""
    return actions.forget_old_reads(now=timezone.now())


@shared_task
def run_mass_acts(chunks: int = policy.MASS_CHUNKS_PER_RUN) -> int:
    """Do the next chunks of the mass acts of staff; returns how many rows. Two at once share the work."""
    return actions.run_mass_acts(now=timezone.now(), chunks=chunks)


@shared_task
def remind_of_appeals() -> int:
    """Remind staff, once each, of appeals that are due within a day and of those that are overdue; returns how many."""
    return actions.remind_of_appeals(now=timezone.now())


@shared_task
def reconcile_scores() -> int:
    """Hold every comment against its log and correct it; returns how many copies were wrong."""
    return sum(map(actions.reconcile_discussion, sorted({wrong.discussion_id for wrong in integrity.out_of_step()})))


@shared_task
def settle_verdicts() -> int:
    """Settle the moderations that metamoderators have judged; returns how many verdicts there were."""
    return actions.settle_verdicts(now=timezone.now())


@shared_task
def learn_from_what_stands() -> int:
    """Learn comments that nobody minds as no spam; returns how many."""
    return actions.learn_from_what_stands(now=timezone.now())


@shared_task
def forget_old_held() -> int:
    """Delete comments that waited for staff and were decided long ago; returns how many."""
    return actions.forget_old_held(now=timezone.now())

"""The job queue and its timetable: data, one line a job. The same timetable runs without a queue by run_due_jobs."""

import os
from datetime import timedelta

from celery import Celery
from kombu.transport.redis import QoS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")

TIMETABLE = {
    "forum.notifications.tasks.send_pending_notifications": timedelta(minutes=1),
    "forum.notifications.tasks.delete_old_notifications": timedelta(days=1),
    "forum.accounts.tasks.forget_expired_sessions": timedelta(days=1),
    "forum.accounts.tasks.destroy_old_network_keys": timedelta(days=1),
    "forum.accounts.tasks.end_bans": timedelta(minutes=1),
    "moderation.tasks.expire_mod_points": timedelta(minutes=10),
    "moderation.tasks.run_economy": timedelta(hours=1),
    "moderation.tasks.decay_tokens": timedelta(days=1),
    "moderation.tasks.forget_old_reads": timedelta(days=1),
    "moderation.tasks.settle_verdicts": timedelta(hours=1),
    "moderation.tasks.run_mass_acts": timedelta(minutes=1),
    "moderation.tasks.remind_of_appeals": timedelta(hours=1),
    "moderation.tasks.learn_from_what_stands": timedelta(days=1),
    "moderation.tasks.forget_old_held": timedelta(days=1),
    "moderation.tasks.reconcile_scores": timedelta(days=1),
    "forum.belongings.tasks.erase_due_members": timedelta(minutes=10),
    "comments.tasks.recount_discussions": timedelta(days=1),
    "comments.tasks.archive_old_discussions": timedelta(hours=6),
    "comments.tasks.delete_old_drafts": timedelta(days=1),
    "forum.jobs.tasks.refresh_statistics": timedelta(days=1),
    "stories.tasks.publish_due_stories": timedelta(minutes=1),
}

# A worker that loses Redis would try to give its messages back over the connection that is gone, and end on that
# (kombu 5.7). They come again by themselves, and nothing depends on them.
QoS.restore_at_shutdown = False

app = Celery("threshold")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    job: {
        # One task runs them all, so that both ways of keeping time share one claim and one record.
        "task": "forum.jobs.tasks.run_job",
        "args": (job, every.total_seconds()),
        "schedule": every,
        # After an outage of the workers the missed slots are not made up for: one run does their work.
        "options": {"expires": every.total_seconds()},
    }
    for job, every in TIMETABLE.items()
}

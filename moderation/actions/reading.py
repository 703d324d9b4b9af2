"""The read log: how many pages of discussions a member opened in an hour. Nothing else about reading is kept."""

import logging
from datetime import datetime

from django.db import DatabaseError, connection

from forum import policy
from forum.retries import impatiently
from forum.rulebook.queries import policy_in_force
from moderation.models import ReadHour
from moderation.rules.lottery import hour_of

log = logging.getLogger(__name__)

COUNT_ONE_MORE = """
    INSERT INTO {table} (member_id, hour, hits) VALUES (%s, %s, 1)
    ON CONFLICT (member_id, hour) DO UPDATE SET hits = {table}.hits + 1
"""


def record_read(*, member, now: datetime) -> bool:
    """Count one page for a signed-in member, in one statement; False if that could not be.

    A page is never refused for it: what goes wrong is logged. Not part of any transaction, and on SQLite it does not
    wait long for another writer.
    """
    if not member.is_authenticated:
        return False
    try:
        _count_one_more(member.pk, now)
    except DatabaseError as problem:
        log.warning("A page read by member %s was not counted: %s", member.pk, problem)
        return False
    return True


def _count_one_more(member_id: int, now: datetime) -> None:
    hour = connection.ops.adapt_datetimefield_value(hour_of(now))
    statement = COUNT_ONE_MORE.format(table=connection.ops.quote_name(ReadHour._meta.db_table))
    with connection.cursor() as cursor, impatiently():
        cursor.execute(statement, [member_id, hour])


def forget_old_reads(*, now: datetime) -> int:
    """Delete the counts that no number of the policy asks for any more; returns how many rows."""
    numbers = policy_in_force()
    kept = max(policy.READS_KEPT, numbers.reads_window, numbers.decay_after)
    return ReadHour.objects.filter(hour__lt=hour_of(now - kept)).delete()[0]

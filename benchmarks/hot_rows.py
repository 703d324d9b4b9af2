"""Whether room in the pages of the tables that change most helps PostgreSQL: rows changed in place, sizes, speed.

python -m benchmarks.hot_rows

Each way has a database of its own: 5,000 comments in bulk, then 2,000 replies into one discussion and 1,000
moderations, by one writer. "In place" are updates that wrote no index anew.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.scratch import print_table, scratch_database

REPLIES, MODERATIONS, MEMBERS = 2_000, 1_000, 50
ROOM = {"comments_comment": 80, "comments_discussion": 50, "accounts_user": 80, "moderation_pointgrant": 50}
WAYS = {"as it comes": {}, "with room in each page": ROOM}


def main(arguments: list[str]) -> None:
    for way in [] if arguments else WAYS:  # Django can be set up on one database in a process
        subprocess.run([sys.executable, "-m", "benchmarks.hot_rows", way], check=True)
    if arguments:
        measure(arguments[0])


def measure(way: str) -> None:
    with scratch_database("postgresql") as words, tempfile.TemporaryDirectory() as folder:
        from django.db import connection

        with connection.cursor() as cursor:
            for table, share in WAYS[way].items():
                cursor.execute(f"ALTER TABLE {table} SET (fillfactor = {share})")
        replies, moderations = busy_day(Path(folder))
        time.sleep(2)  # statistics are told with a delay
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname, n_tup_upd, n_tup_hot_upd, pg_table_size(relid), pg_indexes_size(relid) "
                "FROM pg_stat_user_tables WHERE relname = ANY(%s) ORDER BY relname",
                [list(ROOM)],
            )
            rows = [
                [table, changed, f"{hot / max(1, changed):.0%}", size / 1e6, indexes / 1e6]
                for table, changed, hot, size, indexes in cursor.fetchall()
            ]
        title = f"{way}: {replies:.1f} ms a reply, {moderations:.1f} ms a moderation, {words}"
        print_table(title, ["table", "rows changed", "in place", "MB", "MB of indexes"], rows)


def busy_day(folder: Path) -> tuple[float, float]:
    """(ms a reply, ms a moderation), of the processor where neighbours disturb the clock."""
    import random

    from django.utils import timezone

    from benchmarks.growth import processor_seconds
    from benchmarks.posting import WORDS, act_of, seeded
    from comments.models import Comment
    from forum.accounts.models import User
    from moderation.actions import spend_point
    from tests.factories import some_points

    places, people = seeded(folder)
    parents = list(
        Comment.objects.filter(discussion__in=places["one discussion of 5,000"]).values_list("discussion", "pk")
    )
    posts, chance = [act_of(group[0]) for group in people], random.Random(1)
    began = processor_seconds()
    for number in range(REPLIES):
        posts[number % len(posts)](*chance.choice(parents), f"{number} {WORDS}")
    replies = processor_seconds() - began
    now = timezone.now()
    judges = list(User.objects.filter(username__startswith="m")[:MEMBERS])
    for judge in judges:
        some_points(judge, MODERATIONS // MEMBERS, now=now)
    new = list(Comment.objects.filter(author__in=people, parent__isnull=False).order_by("-pk")[:MODERATIONS])
    began = processor_seconds()
    for number, comment in enumerate(new):
        spend_point(comment=comment, moderator=judges[number % len(judges)], reason=5, now=now)
    return 1000 * replies / REPLIES, 1000 * (processor_seconds() - began) / MODERATIONS


if __name__ == "__main__":
    main(sys.argv[1:])

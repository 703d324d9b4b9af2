"""The admin at a million rows: every list's first page, a deep page, filters and a search, and the economy's page.

    .venv/bin/python -m benchmarks.logs [sqlite|postgresql] [--rows 1000000]

Times are medians of some requests in this process, from the request to the last byte of the page.
"""

import argparse
import time
from datetime import UTC, datetime, timedelta

from benchmarks.scratch import median, print_table, scratch_database

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
MEMBERS, DISCUSSION_SIZE = 2_000, 50
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendor", nargs="?", default="postgresql", choices=("sqlite", "postgresql"))
    parser.add_argument("--slow", action="store_true", help="print the slowest query of each page")
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with scratch_database(chosen.vendor) as words:
        begun = time.perf_counter()
        fill(chosen.rows)
        print(f"{words}: {chosen.rows:,} moderations, as many token entries, in {time.perf_counter() - begun:.0f} s")
        measure(shows_slow=chosen.slow)


# -- The rows ------------------------------------------------------------------------------------------------------


def fill(rows: int) -> None:
    """A year of logs in bulk: ``rows`` moderations, token entries and lines of karma, a fifth as many grants."""
    from django.db import connection

    make_people()
    comments = max(DISCUSSION_SIZE, rows * 2 // 5)
    make_comments(comments)
    with connection.cursor() as cursor:
        for table, count, columns in tables(rows, comments):
            names, values = ", ".join(columns), ", ".join(columns.values())
            cursor.execute(
                f"INSERT INTO {table} ({names}) WITH RECURSIVE n(i) AS "
                f"(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT {values} FROM n"
            )
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("ANALYZE")


def make_people() -> None:
    from forum.accounts.models import User
    from forum.rulebook.actions import version_in_force

    version_in_force(NOW - YEAR)
    joined = NOW - 2 * YEAR
    names = [f"member{number}" for number in range(1, MEMBERS + 1)]
    User.objects.bulk_create([User(username=name, name_key=name, joined_at=joined) for name in names])
    User.objects.create_superuser("Edith", "edith@example.org", "correct horse battery")


def make_comments(count: int) -> None:
    from comments.models import Comment, Discussion

    discussions = count // DISCUSSION_SIZE
    Discussion.objects.bulk_create(
        Discussion(
            title=f"Discussion {number}",
            link="/",
            opens_at=NOW - YEAR + number * YEAR / discussions,
            comment_count=DISCUSSION_SIZE,
        )
        for number in range(discussions)
    )
    first, version = Discussion.objects.order_by("pk").first().pk, 1
    rows = (
        Comment(
            discussion_id=first + place // DISCUSSION_SIZE,
            tree_id=place + 1,
            lft=1,
            rght=2,
            level=0,
            subject=f"About subject {place % 997}",
            posted_at=NOW - YEAR + place * YEAR / count,
            score=1,
            start_score=place % 3 - 1,
            policy_id=version,
        )
        for place in range(count)
    )
    Comment.objects.bulk_create(rows, batch_size=5_000)


def tables(rows: int, comments: int) -> list[tuple[str, int, dict[str, str]]]:
    """What to insert: table, count, and each column as SQL over ``i`` from 1."""
    from comments.models import Comment
    from forum.accounts.models import User

    member = User.objects.order_by("pk").first().pk
    comment = Comment.objects.order_by("pk").first().pk
    grants = max(1, rows // 5)
    judge = f"{member} + (i * 7 + i / {comments}) % {MEMBERS}"
    author = f"{member} + (i * 7 + i / {comments} + {MEMBERS // 2}) % {MEMBERS}"
    anybody = f"{member} + i % {MEMBERS}"
    return [
        (
            "moderation_pointgrant",
            grants,
            {
                **{"member_id": anybody, "points_granted": "5", "points_left": "0", "points_expired": "0"},
                **{"kind": "'tokens'", "cause": "'Bought by tokens'", "policy_id": "1"},
                **{"granted_at": moment(grants), "expires_at": moment(grants, plus=259_200)},
            },
        ),
        (
            "moderation_moderation",
            rows,
            {
                **{"comment_id": f"{comment} + i % {comments}", "moderator_id": judge, "author_id": author},
                **{"reason": "1 + i % 10", "delta": "CASE WHEN i % 10 < 4 THEN -1 ELSE 1 END", "policy_id": "1"},
                **{"grant_id": f"1 + i % {grants}", "votes_wanted": "3", "moderated_at": moment(rows)},
                "withdrawn_because": "''",
            },
        ),
        (
            "moderation_reversal",
            max(1, rows // 20),
            {
                **{"moderation_id": "i", "number": "1", "kind": "'posted'", "cause": "'Posted'", "policy_id": "1"},
                "reversed_at": moment(max(1, rows // 20)),
            },
        ),
        (
            "moderation_pointentry",
            grants,
            {
                **{"grant_id": "i", "member_id": anybody, "kind": "'expired'", "points": "1", "cause": "'Not spent'"},
                **{"policy_id": "1", "entered_at": moment(grants)},
            },
        ),
        (
            "moderation_tokenentry",
            rows,
            {
                **{"member_id": anybody, "kind": "'drawn'", "amount": "2", "asked": "2", "balance": "20"},
                **{"policy_id": "1", "entered_at": moment(rows)},
            },
        ),
        (
            "accounts_karmachange",
            rows,
            {
                **{"member_id": anybody, "delta": "1", "cause": "'A comment was moderated Insightful'"},
                **{"policy_id": "1", "changed_at": moment(rows)},
            },
        ),
        (
            "accounts_staffact",
            grants,
            {
                **{"actor_id": anybody, "verb": "'hide'", "target_kind": "'comment'", "target_id": "i"},
                **{"target_name": "'About something'", "reason": "'Advertising'", "policy_id": "1"},
                **{"before": "''", "after": "''", "acted_at": moment(grants)},
            },
        ),
    ]


def moment(count: int, plus: int = 0) -> str:
    """SQL for the time of row ``i`` of ``count``, evenly over the last year, ``plus`` seconds later."""
    from django.db import connection

    begin, step = (NOW - YEAR).timestamp() + plus, YEAR.total_seconds() / count
    if connection.vendor == "postgresql":
        return f"to_timestamp({begin} + i * {step})"
    return f"strftime('%Y-%m-%d %H:%M:%f', {begin} + i * {step}, 'unixepoch')"


# -- The pages -----------------------------------------------------------------------------------------------------


def pages() -> dict[str, str]:
    """What is measured: words and address."""
    lists = {
        "moderations": "/admin/moderation/moderation/",
        "grants": "/admin/moderation/pointgrant/",
        "karma": "/admin/accounts/karmachange/",
        "staff acts": "/admin/accounts/staffact/",
        "token entries": "/admin/moderation/tokenentry/",
        "point entries": "/admin/moderation/pointentry/",
        "reversals": "/admin/moderation/reversal/",
    }
    log = lists["moderations"]
    return {
        **{f"{name}, first page": address for name, address in lists.items()},
        "moderations, 100th page": f"{log}?p=100",
        "moderations, one reason": f"{log}?reason__exact=5",
        "moderations, withdrawn (none)": f"{log}?withdrawn=yes",
        "moderations, last 7 days": f"{log}?moderated_at__gte={(NOW - timedelta(days=7)).date()}+00:00:00%2B00:00",
        "moderations, one moderator": f"{log}?moderator__id__exact=7",
        "moderations, searched by name": f"{log}?q=member77",
        "moderations, searched in vain": f"{log}?q=nowhere",
        "a member's page": "/admin/accounts/user/7/change/",
        **{f"economy, {days} days": f"/admin/economy/?days={days}" for days in (7, 30, 90, 365)},
    }


def measure(*, shows_slow: bool) -> None:
    import time_machine
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from forum.accounts.models import User

    client = Client()
    rows = []
    with time_machine.travel(NOW, tick=True):
        client.force_login(User.objects.get(username="Edith"))
        for words, address in pages().items():
            times, status = [], 0
            for _ in range(ROUNDS):
                cache.clear()  # the economy of a long span is kept for some minutes
                begun = time.perf_counter()
                status = client.get(address, SERVER_NAME="localhost").status_code
                times.append(1_000 * (time.perf_counter() - begun))
            cache.clear()
            with CaptureQueriesContext(connection) as asked:
                client.get(address, SERVER_NAME="localhost")
            slowest = max(
                asked.captured_queries, key=lambda query: float(query["time"]), default={"time": 0, "sql": ""}
            )
            rows.append([words, status, median(times), 1_000 * float(slowest["time"])])
            if shows_slow:
                print(slowest["time"], slowest["sql"][:400])
    print_table("Pages of the admin", ["page", "status", "ms", "slowest query, ms"], rows)


if __name__ == "__main__":
    main()

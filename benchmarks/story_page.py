"""A story with 1,000 comments: what its page costs, part by part.

python -m benchmarks.story_page [sqlite|postgresql ...]
"""

import random
import re
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.scratch import median, print_table, scratch_database

COMMENTS, ROUNDS = 1_000, 15
FLOORS = ("floor: the rows as the driver gives them", "floor: texts joined", "floor: compression")


def main(arguments: list[str]) -> None:
    # Django can be set up on one database in a process, so each is measured by a process of its own.
    for vendor in arguments[1:] or ([] if arguments else ["sqlite", "postgresql"]):
        subprocess.run([sys.executable, "-m", "benchmarks.story_page", vendor], check=True)
    if arguments:
        measure(arguments[0])


def measure(vendor: str) -> None:
    with scratch_database(vendor) as words:
        from forum.presets import THRESHOLD
        from tests.factories import UNLIMITED, a_member, a_policy, some_points

        a_policy(THRESHOLD, now=now(), **UNLIMITED)
        story, small = a_talked_about_story(COMMENTS), a_talked_about_story(2)
        member, moderator = a_member(), a_member()
        some_points(moderator, 5, now=now())
        readers = {"visitor": None, "member": member, "moderator": moderator}
        pages = {f"page, {who}, rendered before": page(story, by) for who, by in readers.items()}
        pages |= {"page, visitor, first time": page(story, None, is_first=True)}
        times = interleaved(parts(story) | pages)
        size = len(page(story, None)().content)
        print_table(
            f"{COMMENTS:,} comments, {size:,} bytes ({size // COMMENTS} a comment), {words}",
            ["part", "ms", "fastest", "slowest"],
            [[part, median(seen), min(seen), max(seen)] for part, seen in times.items()],
        )
        floor = sum(median(times[part]) for part in FLOORS)
        first = median(times["page, visitor, first time"])
        print(f"\nThe floors come to {floor:.1f} ms; a first rendering takes {first / floor:.1f} times as long.")
        print_table(
            f"Queries, {words}",
            ["reader", "2 comments", f"{COMMENTS:,} comments"],
            [[who, queries(page(small, by)), queries(page(story, by))] for who, by in readers.items()],
        )


def now():
    from django.utils import timezone

    return timezone.now()


def a_talked_about_story(comments: int):
    """Replies to random comments, a fifth of them threads of their own; texts of about 520 characters."""
    from tests.factories import a_comment, a_member, a_story

    chance, posted, words = random.Random(4), [], vocabulary()
    story = a_story(f"A story with {comments} comments", now=now())
    authors = [a_member() for _ in range(40)]
    for number in range(comments):
        parent = chance.choice(posted) if posted and chance.random() < 0.81 else None
        author = chance.choice(authors) if chance.random() < 0.8 else None
        said = {"subject": f"Point {number}", "body": " ".join(chance.choices(words, k=85)), "now": now()}
        posted.append(a_comment(story.discussion, author=author, parent=parent, **said))
    story.discussion.refresh_from_db()  # its version is part of what a rendered thread is found by
    return story


def vocabulary() -> list[str]:
    """The words of our own pages, as often as they stand there, so that texts compress as prose does."""
    return [
        word for page in sorted(Path("docs").glob("*.md")) for word in re.findall(r"[A-Za-z]+[.,]?", page.read_text())
    ]


def parts(story) -> dict:
    """What a first rendering is made of, each part by itself."""
    from django.db import connection
    from isal import igzip

    from comments.models import Comment
    from comments.queries import COLUMNS, comment_rows, load_thread
    from comments.store import STORE, Page, render
    from forum.reading import Reading

    reading = Reading(threshold=-1)
    comments = Comment.objects.filter(discussion=story.discussion).order_by("tree_id", "lft")
    rows, text = comment_rows(comments), page(story, None)().content
    statement, values = comments.values_list(*COLUMNS).query.sql_with_params()
    bodies = [row.html.encode() for row in rows]

    def driven():
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def arranged(is_first: bool):
        if is_first:
            STORE.clear()
        return load_thread(discussion=story.discussion, reading=reading)

    return {
        FLOORS[0]: driven,
        FLOORS[1]: lambda: b"".join(bodies),
        "query alone": lambda: list(comments.values_list(*COLUMNS)),
        "query and rows": lambda: comment_rows(comments),
        "HTML of each comment": lambda: render(Page(rows, None)),
        "whole thread, first time": lambda: arranged(True),
        "whole thread, rendered before: arranged and joined": lambda: arranged(False),
        FLOORS[2]: lambda: igzip.compress(text, compresslevel=2),
    }


def page(story, member, *, is_first: bool = False):
    """The whole page as a request finds it, through middleware, view and template."""
    from django.test import Client

    from comments.store import STORE

    client = Client()
    if member:
        client.force_login(member)
    address = story.get_absolute_url()

    def ask():
        if is_first:
            STORE.clear()
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        return answer

    return ask


def interleaved(acts: dict) -> dict[str, list[float]]:
    """Milliseconds of each act; taken in turn, so that whatever else the machine does meets all alike."""
    times: dict = {name: [] for name in acts}
    for place in range(ROUNDS + 1):
        for name, act in acts.items():
            started = time.perf_counter()
            act()
            if place:  # the first time loads templates
                times[name].append(1000 * (time.perf_counter() - started))
    return times


def queries(act) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    act()
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


if __name__ == "__main__":
    main(sys.argv[1:])

"""A story with 1,000 comments: what its page costs, part by part.

python -m benchmarks.story_page [sqlite|postgresql ...]
"""

import random
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from django.db.models import F
from django.test import RequestFactory
from isal import igzip

from benchmarks.scratch import median, print_table, scratch_database

COMMENTS, ROUNDS = 1_000, 25
FLOORS = ("floor: the rows as the driver gives them", "floor: texts joined", "floor: compression")
FIRST, CHANGED = "page, visitor, first time", "page, visitor, after a change of one comment"


def main(arguments: list[str]) -> None:
    # Django can be set up on one database in a process, so each is measured by a process of its own.
    for vendor in arguments[1:] or ([] if arguments else ["sqlite", "postgresql"]):
        subprocess.run([sys.executable, "-m", "benchmarks.story_page", vendor], check=True)
    if arguments:
        measure(arguments[0])


def measure(vendor: str) -> None:
    with scratch_database(vendor) as words:
        from django.db import connection

        from forum.presets import THRESHOLD
        from tests.factories import UNLIMITED, a_member, a_policy, some_points

        a_policy(THRESHOLD, now=now(), **UNLIMITED)
        story, small = a_talked_about_story(COMMENTS), a_talked_about_story(2)
        member, moderator = a_member(), a_member()
        some_points(moderator, 5, now=now())
        readers = {"visitor": None, "member": member, "moderator": moderator}
        connection.settings_dict["CONN_MAX_AGE"] = None  # as a server's pool keeps it
        pages = {f"page, {who}, rendered before": (forget_pages, page(story, by)) for who, by in readers.items()}
        pages |= {CHANGED: (changing(story), page(story, None)), FIRST: (forget_everything, page(story, None))}
        times = interleaved(parts(story) | pages)
        size = len(igzip.decompress(page(story, None)()))
        print_table(
            f"{COMMENTS:,} comments, {size:,} bytes ({size // COMMENTS} a comment), {words}",
            ["part", "ms", "fastest", "slowest"],
            [[part, median(seen), min(seen), max(seen)] for part, seen in times.items()],
        )
        floor = sum(median(times[part]) for part in FLOORS)
        ratios = [f"{name}: {median(times[name]) / floor:.1f} times as long" for name in (FIRST, CHANGED)]
        print(f"\nThe floors come to {floor:.1f} ms. {'; '.join(ratios)}.")
        print_table(
            f"Queries, {words}",
            ["reader", "2 comments", f"{COMMENTS:,} comments"],
            [[who, queries(page(small, by)), queries(page(story, by))] for who, by in readers.items()],
        )


def now():
    from django.utils import timezone

    return timezone.now()


def a_talked_about_story(comments: int):
    """Replies to random comments, a fifth of them threads of their own; texts of about 520 characters, one a minute."""
    from tests.factories import a_comment, a_member, a_story

    chance, posted, words = random.Random(4), [], vocabulary()
    began = now() - timedelta(minutes=comments + 1)
    story = a_story(f"A story with {comments} comments", now=began)
    authors = [a_member(now=began) for _ in range(40)]
    for number in range(comments):
        parent = chance.choice(posted) if posted and chance.random() < 0.81 else None
        author = chance.choice(authors) if chance.random() < 0.8 else None
        said = {"subject": f"Point {number}", "body": " ".join(chance.choices(words, k=85))}
        at = began + timedelta(minutes=number)
        posted.append(a_comment(story.discussion, author=author, parent=parent, now=at, **said))
    story.discussion.refresh_from_db()  # its version is part of what a rendered thread is found by
    return story


def vocabulary() -> list[str]:
    """The words of our own pages, as often as they stand there, so that texts compress as prose does."""
    return [
        word for page in sorted(Path("docs").glob("*.md")) for word in re.findall(r"[A-Za-z]+[.,]?", page.read_text())
    ]


def parts(story) -> dict:
    """What a first rendering is made of, each part by itself, and what has to come before it."""
    from django.db import connection

    from comments import rules
    from comments.fragments import Fragments, Setting, links_of, thread_html
    from comments.models import Comment
    from comments.queries import COLUMNS, comment_rows, load_thread
    from forum.pages import compressed
    from forum.reading import Reading

    reading, links = Reading(), links_of(story.discussion.pk, is_open=True)
    comments = Comment.objects.filter(discussion=story.discussion).order_by("tree_id", "lft")
    statement, values = comments.values_list(*COLUMNS).query.sql_with_params()
    rows, text = comment_rows(comments), igzip.decompress(page(story, None)())
    bodies, fragments = [row.html.encode() for row in rows], Fragments(rows, links)
    shown = fragments.shown
    usual = {"threshold": reading.threshold, "order": reading.order}
    entries, _ = rules.arrange_nested(rows, shown, **usual)
    setting = Setting(links, reading.mode, reading.full_from)

    def driven():
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def made():
        fragments = Fragments(rows, links)
        for at, score in enumerate(fragments.shown):
            fragments.said(at, rules.FULL if score >= reading.full_from else rules.LINE)

    def copied():
        return [body + b"." for body in bodies]

    def thread():
        return load_thread(discussion=story.discussion, reading=reading, is_open=True)

    return {
        FLOORS[0]: (nothing, driven),
        FLOORS[1]: (nothing, lambda: b"".join(bodies)),
        "query and rows": (nothing, lambda: comment_rows(comments)),
        "HTML of each comment": (nothing, made),
        "order": (nothing, lambda: rules.arrange_nested(rows, shown, **usual)),
        "joined": (nothing, lambda: thread_html(entries, fragments, setting)),
        "whole thread, first time": (forget_everything, thread),
        "whole thread, rendered before: arranged and joined": (nothing, thread),
        "texts copied after ISA-L alone": (lambda: igzip.compress(text[:9999]), copied),
        "texts copied after the site's way": (lambda: compressed(text[:9999]), copied),
        FLOORS[2]: (nothing, lambda: compressed(text)),
    }


def nothing() -> None:
    """No preparation."""


def forget_pages() -> None:
    from forum.wsgi import kept_pages

    kept_pages.clear()


def forget_everything() -> None:
    from comments.store import STORE

    forget_pages()
    STORE.clear()


def changing(story):
    """Another score for one comment, as a moderation would leave it."""
    from comments.models import Comment, Discussion

    numbers = list(Comment.objects.filter(discussion=story.discussion).values_list("pk", flat=True))
    chance = random.Random(5)

    def change():
        Comment.objects.filter(pk=chance.choice(numbers)).update(score=chance.choice((1, 2)), label="Funny")
        Discussion.objects.filter(pk=story.discussion.pk).update(version=F("version") + 1)
        story.discussion.refresh_from_db()
        forget_pages()

    return change


def page(story, member):
    """The whole page, compressed, as the server asks for it."""
    from django.conf import settings
    from django.test import Client

    from forum.wsgi import application

    client = Client()
    if member:
        client.force_login(member)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = {"HTTP_ACCEPT_ENCODING": "gzip", "HTTP_COOKIE": cookies, "HTTP_HOST": settings.ALLOWED_HOSTS[0]}
    asked = RequestFactory().get(story.get_absolute_url(), **headers).environ

    def ask() -> bytes:
        told = []
        answer = application(dict(asked), lambda status, headers, problem=None: told.append(status))
        body = b"".join(answer)
        if told != ["200 OK"]:
            raise SystemExit(f"{story.get_absolute_url()} answered {told}")
        return body

    return ask


def interleaved(acts: dict) -> dict[str, list[float]]:
    """Milliseconds of each act without its preparation; in turn, so that whatever else the machine does meets all."""
    times: dict = {name: [] for name in acts}
    for place in range(ROUNDS + 2):
        for name, (prepare, act) in acts.items():
            prepare()
            started = time.perf_counter()
            act()
            if place > 1:  # the first time loads templates
                times[name].append(1000 * (time.perf_counter() - started))
    return times


def queries(act) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    act()
    forget_pages()
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


if __name__ == "__main__":
    main(sys.argv[1:])

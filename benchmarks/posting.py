"""Replies a second by eight writers at once, beside what the database does at most, in one run.

python -m benchmarks.posting [sqlite|postgresql] [--seconds 5] [--rounds 3]

Into one discussion of 5,000 comments, into one whose 5,000 all hang under one, and across 1,000 discussions. "Action"
is rendering, reading the parent and moderation.actions.take_part, each writer a process; "web" is the whole request to
the server that ``make serve`` runs (two workers): session, CSRF, form key, redirect. Each writer posts for 25 members:
nobody posts hundreds of comments an hour. The floor is a bare INSERT of 522
bytes and a counter: by pgbench on PostgreSQL, by the sqlite3 module on SQLite. Afterwards every tree and every count is
held against the parents.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks import floors
from benchmarks.scratch import median, print_table, scratch_database

WRITERS, EACH, COMMENTS, PLACES, WARM_UP = 8, 25, 5_000, 1_000, 3  # a writer posts for so many members
WORDS = (
    "The interesting part is not that it works at all, but that it goes on working when many use it at once. "
    "Most of what I have seen fall over did so on a quiet afternoon: somebody opened the second shop, two "
    "clerks took the last box from one shelf, and both were sure of having looked before. A ledger helps, as "
    "long as nobody trusts memory over what is written there; so do doors that only one person fits through. "
    "After that you count twice, at night, and sleep well. Whoever promises more has not yet met the "
    "neighbours."
)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Post with eight writers at once.")
    parser.add_argument("vendor", nargs="?", choices=("sqlite", "postgresql"))
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    if asked.vendor:
        measure(asked.vendor, asked.seconds, asked.rounds)
        return
    for vendor in ("sqlite", "postgresql"):  # Django can be set up on one database in a process
        subprocess.run([sys.executable, "-m", "benchmarks.posting", vendor, *arguments], check=True)


def measure(vendor: str, seconds: float, rounds: int) -> None:
    with scratch_database(vendor) as words, tempfile.TemporaryDirectory() as folder:
        from django.db import connection

        places, people = seeded(Path(folder))
        before = {name: stored(ids) for name, ids in places.items()}
        connection.close()
        floors.prepare(PLACES)
        runs: dict = {}
        with floors.web_server(Path(folder)) as port:
            for _ in range(rounds):
                for name, work in works(places, people, port, seconds).items():
                    runs.setdefault(name, []).append(work())
        print_table(f"{WRITERS} writers, {seconds:g} s x {rounds} in turns, {words}", COLUMNS, table(runs))
        print_findings(places, before, runs)


COLUMNS = ["where", "way", "posts/s", "of the floor", "p50 ms", "p95 ms", "p95, of the floor"]
FLOOR_OF = {"one discussion of 5,000": "hot", "5,000 under one comment": "hot", "1,000 discussions": "spread"}


def works(places, people, port: int, seconds: float) -> dict:
    """What is measured in each round, by (where, way)."""
    found = {
        ("one counter", "floor"): lambda: floors.run(1, WRITERS, seconds),
        ("1,000 counters", "floor"): lambda: floors.run(PLACES, WRITERS, seconds),
    }
    for where, ids in places.items():
        found[where, "action"] = lambda ids=ids: crowd(act_of, ids, people, seconds)
        found[where, "web"] = lambda ids=ids: crowd(request_of(port), ids, people, seconds)
    return found


def table(runs: dict) -> list[list]:
    """Medians over the rounds; each beside the floor of the same kind."""
    seen = {name: [median(values) for values in zip(*each, strict=True)] for name, each in runs.items()}
    floor = {"hot": seen["one counter", "floor"], "spread": seen["1,000 counters", "floor"]}
    rows = []
    for (where, way), (rate, p50, p95, _) in seen.items():
        best = floor[FLOOR_OF[where]] if where in FLOOR_OF else (rate, p50, p95)
        rows.append([where, way, rate, f"{rate / best[0]:.0%}", p50, p95, f"{p95 / best[2]:.1f}x"])
    return rows


# -- What is written into ----------------------------------------------------------------------------------------


def seeded(folder: Path):
    """The discussions by kind, and eight members who may post without limit."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from benchmarks.forest import Ours
    from benchmarks.seed_site import Bulk
    from comments import tree
    from comments.models import Comment, Discussion
    from tests.factories import UNLIMITED, a_member, a_policy

    now = timezone.now()
    bulk = Bulk(connection, folder, record=COMMENTS, began=now - timedelta(days=4))
    bulk.grow_to(COMMENTS)
    a_policy(now=now, **UNLIMITED)
    people = [a_member(now=now) for _ in range(WRITERS * EACH)]
    star = Ours()
    star.fill(COMMENTS, random.Random(1))
    Comment.objects.filter(discussion=star.discussion).update(author=people[0])
    fresh = {"title": "A", "link": "/", "opens_at": now - timedelta(hours=1), "tree_count": 1}
    many = Discussion.objects.bulk_create(Discussion(**fresh) for _ in range(PLACES))
    first = {"author": people[0], "subject": "First", "posted_at": now, "score": 1, "start_score": 1}
    Comment.objects.bulk_create(
        Comment(discussion=one, **vars_of(tree.root_place(discussion_id=one.pk, tree_number=1)), **first)
        for one in many
    )
    whole = {"one discussion of 5,000": [1], "5,000 under one comment": [star.discussion.pk]}
    return whole | {"1,000 discussions": [one.pk for one in many]}, groups_of(people)


def groups_of(people: list) -> list[list[int]]:
    """Whom each writer posts for: one who posts hundreds of times an hour is no member of any site."""
    numbers = [one.pk for one in people]
    return [numbers[start::WRITERS] for start in range(WRITERS)]


def vars_of(place) -> dict:
    return {name: getattr(place, name) for name in ("tree_id", "lft", "rght", "level")}


# -- Writers -----------------------------------------------------------------------------------------------------


def crowd(way, discussions: list[int], people: list[list[int]], seconds: float) -> tuple[float, float, float, int]:
    """(posts/s, median ms, ms that 95 of 100 stay under, posts) of eight processes."""
    fork = get_context("fork")  # each is this process over again, with connections of its own
    ready, answers = fork.Barrier(WRITERS), fork.Queue()
    writers = [
        fork.Process(target=write, args=(way, discussions, group, number, seconds, ready, answers), daemon=True)
        for number, group in enumerate(people)
    ]
    for writer in writers:
        writer.start()
    found = [answers.get(timeout=60 + 10 * seconds) for _ in writers]
    for writer in writers:
        writer.join()
    if wrong := sorted((words for words, _ in found if words), key=lambda words: "BrokenBarrier" in words):
        raise SystemExit(f"A writer failed: {wrong[0]}")  # the others only waited for it
    times = sorted(one for _, times in found for one in times)
    posted = len(times) + WARM_UP * WRITERS
    return len(times) / seconds, median(times), times[len(times) * 95 // 100], posted


def write(way, discussions, group, number, seconds, ready, answers) -> None:
    try:
        answers.put(("", write_for(way, discussions, group, number, seconds, ready)))
    except BaseException as problem:
        ready.abort()
        answers.put((repr(problem), []))


def write_for(way, discussions, group: list[int], number: int, seconds: float, ready) -> list[float]:
    from comments.models import Comment

    chance = random.Random(f"{time.time()} {number}")
    parents = list(Comment.objects.filter(discussion__in=discussions).values_list("discussion_id", "pk"))
    posts, times = [way(member) for member in group], []
    for _ in range(WARM_UP):
        chance.choice(posts)(*chance.choice(parents), f"{chance.random()} {WORDS}")
    ready.wait()
    end = time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        chance.choice(posts)(*chance.choice(parents), f"{chance.random()} {WORDS}")
        times.append(1000 * (time.perf_counter() - started))
    return times


def act_of(author: int):
    """Post as the view does, without the web: the words rendered, the parent read, one transaction."""
    from django.utils import timezone

    from comments.actions import prepare_words
    from comments.forms import KEY_BYTES
    from comments.queries import find_comment
    from forum.accounts.models import User
    from moderation.actions import take_part

    member = User.objects.get(pk=author)

    def post(discussion: int, parent: int, said: str) -> None:
        now = timezone.now()
        words = prepare_words(subject="A reply", body=said, markup="plain")
        answered = find_comment(parent, now=now)
        key = os.urandom(KEY_BYTES).hex()
        take_part(discussion=answered.discussion, author=member, parent=answered, words=words, form_key=key, now=now)

    return post


def request_of(port: int):
    """Post as a browser does that has the form already: over a kept connection, with cookie, token and key."""
    lines: dict = {}  # one for each writer, as writers are processes

    def way(author: int):
        from http.client import HTTPConnection
        from urllib.parse import urlencode

        from comments.forms import new_form_key

        token, cookie = "t" * 32, floors.signed_in(author)
        head = {"Cookie": f"csrftoken={'t' * 32}; {cookie}", "Content-Type": "application/x-www-form-urlencoded"}
        line = lines.setdefault(port, HTTPConnection("127.0.0.1", port, timeout=60))

        def post(discussion: int, parent: int, said: str) -> None:
            form = {"subject": "A reply", "body": said, "markup": "plain", "csrfmiddlewaretoken": token}
            form["key"] = new_form_key(f"{discussion}:{parent}")
            line.request("POST", f"/reply/{discussion}/{parent}/", urlencode(form), head)
            answer = line.getresponse()
            page = answer.read()
            if answer.status != 302:
                raise SystemExit(f"The site answered {answer.status}: {page[:300]}")

        return post

    return way


# -- Afterwards --------------------------------------------------------------------------------------------------


def stored(discussions: list[int]) -> int:
    from comments.models import Comment

    return Comment.objects.filter(discussion__in=discussions).count()


def print_findings(places: dict, before: dict, runs: dict) -> None:
    """What the independent judge of trees says, and whether each post that was answered is there and counted."""
    from comments.models import Discussion
    from tests.trees import wrong_with

    rows = []
    for where, ids in places.items():
        posted = sum(found[3] for (place, _), each in runs.items() if place == where for found in each)
        wrong = [words for one in Discussion.objects.filter(pk__in=ids) for words in wrong_with(one)]
        lost = before[where] + posted - stored(ids)
        rows.append([where, f"{posted:,}", lost, len(wrong)])
        print(*wrong[:5], sep="\n", end="\n" if wrong else "")
    print_table("Afterwards", ["where", "posts answered", "lost", "wrong in trees"], rows)


if __name__ == "__main__":
    main(sys.argv[1:])

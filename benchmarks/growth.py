"""The same pages and acts with more and more stored around them: what grows, and by how much.

python -m benchmarks.growth [sqlite|postgresql] [--largest 10000000]

Each page is made anew each time, and each discussion that is read or written has the same size at every step. Besides
milliseconds by the clock it tells those of the processor (this process and the database's), which neighbours disturb
less. A step lasts minutes and neighbours come and go, so the form for signing in, which shows nothing that grows, takes
its turn among the acts: ratios are to the first step, after taking out what that form's own time did meanwhile.
Without names: SQLite up to 1 million comments, PostgreSQL up to 10 million or what the disk has room for.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.posting import WORDS
from benchmarks.scratch import median, print_table, scratch_database

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LARGEST = {"sqlite": 1_000_000, "postgresql": 10_000_000}
ROUNDS, COMMENTS, GOAL = 40, 60, 1.10
CONTROL = "form for signing in"
ROOM = 4_000  # bytes a stored comment, with its text, indexes and log, and as much again to spare


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Time the same acts on larger and larger sites.")
    parser.add_argument("vendor", nargs="?", choices=LARGEST)
    parser.add_argument("--largest", type=int, default=0)
    asked = parser.parse_args(arguments)
    if asked.vendor:
        measure(asked.vendor, asked.largest or LARGEST[asked.vendor])
        return
    for vendor in LARGEST:  # Django can be set up on one database in a process
        subprocess.run([sys.executable, "-m", "benchmarks.growth", vendor, *arguments], check=True)


def measure(vendor: str, largest: int) -> None:
    with scratch_database(vendor) as words, tempfile.TemporaryDirectory() as folder:
        from django.db import connection

        from benchmarks.seed_site import Bulk

        bulk, seen, filled = Bulk(connection, Path(folder)), {}, []
        for size in (size for size in SIZES if size <= largest):
            free = shutil.disk_usage("/").free
            if free < ROOM * (size - bulk.size):
                print(f"{size:,} comments were left out: {free / 1e9:.0f} GB are free on this disk.")
                break
            started = time.monotonic()
            bulk.grow_to(size)
            filled.append([f"{bulk.size:,}", time.monotonic() - started, stored_megabytes(connection)])
            seen[size] = one_step(bulk.now)
        print_table(f"Filled in bulk, {words}", ["comments", "seconds", "megabytes in all"], filled)
        for place, title in enumerate(("Milliseconds by the clock", "Milliseconds of the processor")):
            print_table(f"{title}, {words}", columns(seen), rows(seen, place))


def columns(seen: dict) -> list[str]:
    first, *others = (f"{size:,}" for size in seen)
    return ["act", first, *(word for size in others for word in (size, "ratio")), f"within {GOAL - 1:.0%}"]


def rows(seen: dict, place: int) -> list[list]:
    found = []
    for act in next(iter(seen.values())):
        first, *others = (step[act][place] for step in seen.values())
        idle, *busy = (step[CONTROL][place] for step in seen.values())
        ratios = [value / first * idle / meanwhile for value, meanwhile in zip(others, busy, strict=True)]
        told = [word for value, ratio in zip(others, ratios, strict=True) for word in (value, ratio)]
        found.append([act, first, *told, "yes" if max(ratios, default=1) <= GOAL else "no"])
    return found


def stored_megabytes(connection) -> float:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return cursor.fetchone()[0] / 1e6


def one_step(now) -> dict[str, tuple[float, float]]:
    """(ms by the clock, ms of the processor) of each act, in turns, on a site that is ``now`` at its newest comment."""
    import time_machine
    from django.core.cache import cache

    with time_machine.travel(now):
        acts = acts_at(now)
        times: dict[str, list] = {name: [] for name in acts}
        for number in range(ROUNDS + 3):
            for name, prepare in acts.items():
                act = prepare()
                cache.clear()
                clock, processor = time.perf_counter(), processor_seconds()
                act()
                took = time.perf_counter() - clock, processor_seconds() - processor
                if number >= 3:  # the first times load templates
                    times[name].append([1000 * value for value in took])
    return {name: tuple(median(values) for values in zip(*each, strict=True)) for name, each in times.items()}


def processor_seconds() -> float:
    """Of this process and, where this machine tells, of the database's that works for it."""
    from django.db import connection

    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    try:
        return own + int(Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return own


def acts_at(now) -> dict:
    """What is timed: functions that prepare an act and return it."""
    from django.test import Client

    from tests.factories import UNLIMITED, a_comment, a_member, a_policy, a_story, an_editor, some_points

    a_policy(now=now, **UNLIMITED)
    chance, people = random.Random(1), [a_member(now=now) for _ in range(8)]
    editor, posted = an_editor(), []
    story = a_story("A story like any other", now=now, editor=editor)
    for number in range(COMMENTS):
        parent = chance.choice(posted) if posted and number % 5 else None
        posted.append(a_comment(story.discussion, author=chance.choice(people), parent=parent, now=now))
    elsewhere = a_comment(a_story("Another", now=now, editor=editor).discussion, author=people[0], now=now)
    visitor, reader, moderator = Client(), Client(), a_member(now=now)
    reader.force_login(people[1])
    judge = Client()
    judge.force_login(moderator)

    def page(address, client=visitor):
        return lambda: lambda: expect(200, client.get(address))

    def moderate():
        comment = a_comment(elsewhere.discussion, author=a_member(now=now), now=now)
        some_points(moderator, 1, now=now)
        return lambda: expect(
            302, judge.post(f"/moderate/{comment.discussion_id}/", {f"reason-{comment.pk}": 5}, follow=False)
        )

    return {
        CONTROL: page("/accounts/login/"),
        "story page, visitor": page(story.get_absolute_url()),
        "story page, member": page(story.get_absolute_url(), reader),
        "comment page": page(posted[0].get_absolute_url()),
        "front page, visitor": page("/"),
        "front page, member": page("/", reader),
        "member page": page(people[0].get_absolute_url()),
        "inbox": page("/inbox/", reader),
        "moderator's desk": page("/moderate/", judge),
        "public log": page("/log/"),
        "post a reply": lambda: a_reply(reader, elsewhere),
        "moderate": moderate,
    }


def a_reply(client, parent):
    from comments.forms import new_form_key

    key = new_form_key(f"{parent.discussion_id}:{parent.pk}")
    words = f"What nobody said before: {random.random()}. {WORDS}"
    said = {"subject": "A reply", "body": words, "markup": "plain", "key": key}
    return lambda: expect(302, client.post(f"/reply/{parent.discussion_id}/{parent.pk}/", said))


def expect(status: int, answer) -> None:
    if answer.status_code != status:
        raise SystemExit(f"{answer.request['PATH_INFO']} answered {answer.status_code}: {answer.content[:500]}")


if __name__ == "__main__":
    main(sys.argv[1:])

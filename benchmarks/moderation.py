"""Moderations a second, by 8 moderators at once, through the action that the site calls.

python -m benchmarks.moderation [sqlite|postgresql ...]
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.scratch import median, print_table, scratch_database

MODERATORS, EACH, ROUNDS = 8, 40, 3


def main(arguments: list[str]) -> None:
    # Django can be set up on one database in a process, so each is measured by a process of its own.
    from subprocess import run

    for vendor in arguments[1:] or ([] if arguments else ["sqlite", "postgresql"]):
        run([sys.executable, "-m", "benchmarks.moderation", vendor], check=True)
    if arguments:
        measure(arguments[0])


def measure(vendor: str) -> None:
    with scratch_database(vendor) as words:
        kinds = {"in one discussion": 1, "each in a discussion of their own": MODERATORS}
        seen: dict = {kind: [] for kind in kinds}
        for _ in range(ROUNDS):
            for kind, places in kinds.items():
                seen[kind].append(one_round(places))
        rows = [[kind, *(median(values) for values in zip(*rounds, strict=True))] for kind, rounds in seen.items()]
        print_table(
            f"{MODERATORS} moderators, {words}",
            ["where", "moderations/s", "ms each", "99 of 100 within ms"],
            rows,
        )


def one_round(places: int) -> tuple[float, float, float]:
    """(moderations/s, median ms, ms that 99 of 100 stay under) of 8 moderators with 40 comments each."""
    from tests.factories import a_comment, a_discussion, a_member

    discussions = [a_discussion() for _ in range(places)]
    author = a_member()
    work = []
    for number in range(MODERATORS):
        place = discussions[number % places]
        work.append((a_member(points=EACH), [a_comment(place, author=author) for _ in range(EACH)]))
    started = time.perf_counter()
    with ThreadPoolExecutor(MODERATORS) as pool:
        times = sorted(one for share in pool.map(moderate_all, work) for one in share)
    return len(times) / (time.perf_counter() - started), median(times), times[len(times) * 99 // 100]


def moderate_all(share) -> list[float]:
    from django.db import connection

    from moderation.actions import spend_point
    from tests.factories import NOW

    moderator, comments = share
    times = []
    for comment in comments:
        started = time.perf_counter()
        spend_point(comment=comment, moderator=moderator, reason=5, now=NOW)
        times.append(1000 * (time.perf_counter() - started))
    connection.close()
    return times


if __name__ == "__main__":
    main(sys.argv[1:])

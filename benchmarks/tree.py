"""Replies into comment trees: ours beside plain django-mptt, interleaved in one run.

    python -m benchmarks.tree [sqlite|postgresql] [--quick]

django-mptt gets a table of its own with the same columns; "as it is" saves without a lock, "under a lock" takes the
lock of one row first, as its manual asks.
"""

import random
import sys
import time

from benchmarks.scratch import median, print_table, scratch_database

SIZES = (1_000, 5_000, 20_000)
WRITERS = 8
ROUNDS = 3


def main(arguments: list[str]) -> None:
    vendor = next((name for name in arguments if not name.startswith("-")), "postgresql")
    quick = 10 if "--quick" in arguments else 1
    with scratch_database(vendor) as words:
        from benchmarks import forest

        print(f"{words}; times are medians")
        with forest.tables_of_plain_mptt():
            print_table(
                f"Milliseconds a reply, one writer, random parents, one thread, {words}",
                ["comments in the thread", "ours", "django-mptt under a lock", "ratio", "bare INSERT"],
                [growth_row(forest, size // quick, 60 // min(quick, 2)) for size in SIZES],
            )
            print_table(
                f"{WRITERS} writers into one thread of 200, {words}",
                ["way", "replies/s", "ms a reply", "lost to errors", "threads wrong afterwards"],
                crowd_rows(forest, 160 // quick),
            )
            print_table(
                f"Shapes, ours, one writer, {words}",
                ["shape", "replies", "ms a reply", "99 of 100 within ms", "slowest ms", "rows rewritten a reply"],
                [shape_row(forest, name, pick, 10_000 // quick) for name, pick in SHAPES.items()]
                + [shape_row(forest, "star", SHAPES["star"], 20_000 // quick)],
            )


def timed(act) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def growth_row(forest, size: int, rounds: int) -> list:
    """Interleaved, so that whatever else the machine does meets all ways alike."""
    ways = [forest.Ours(), forest.LockedMptt(), forest.Bare()]
    chance = random.Random(1)
    for way in ways:
        way.fill(size, chance)
    times: dict = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            times[way].append(timed(lambda way=way: way.reply(chance)))
    ours, mptt, bare = (median(times[way]) for way in ways)
    return [f"{size:,}", ours, mptt, f"{mptt / ours:.1f}", bare]


def crowd_rows(forest, replies: int) -> list[list]:
    ways = {
        "ours": forest.Ours,
        "django-mptt under a lock": forest.LockedMptt,
        "django-mptt as it is": forest.PlainMptt,
    }
    seen: dict = {name: [] for name in ways}
    for place in range(ROUNDS):
        for name in list(ways)[:: 1 if place % 2 else -1]:
            seen[name].append(forest.crowd(ways[name](), replies, WRITERS))
    rows = []
    for name, rounds in seen.items():
        rates, times, errors, wrong = zip(*rounds, strict=True)
        lost = f"{sum(errors)} of {replies * ROUNDS}"
        rows.append([name, median(rates), median(times), lost, f"{sum(map(bool, wrong))} of {ROUNDS}"])
    return rows


SHAPES = {
    "chain": lambda made, chance: made[-1],
    "random": lambda made, chance: chance.choice(made),
    "mostly the newest": lambda made, chance: made[-1] if chance.random() < 0.9 else chance.choice(made),
    "two chains in turn": lambda made, chance: made[-2] if len(made) > 2 else made[0],
    "star": lambda made, chance: made[0],
}


def shape_row(forest, name: str, pick, replies: int) -> list:
    way, chance = forest.Ours(), random.Random(2)
    made, times = [way.root], []
    with forest.counting_rewritten_rows() as rewritten:
        for _ in range(replies):
            parent = pick(made, chance)
            times.append(timed(lambda parent=parent: made.append(way.insert(parent))))
    times.sort()
    return [name, f"{replies:,}", median(times), times[len(times) * 99 // 100], times[-1], sum(rewritten) / replies]


if __name__ == "__main__":
    main(sys.argv[1:])

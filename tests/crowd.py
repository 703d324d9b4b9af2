"""Many people at the same moment, each with a connection of their own, for tests with ``transaction=True``."""

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread

from django.db import connection

SCALE = float(os.environ.get("THRESHOLD_RACES", "1"))  # 0.1: a quick look; 5: a long night


def many(full: int, *, on_sqlite: int | None = None) -> int:
    """How many, scaled by THRESHOLD_RACES; SQLite has one writer at a time, so fewer say as much there."""
    count = full if on_sqlite is None or connection.vendor != "sqlite" else on_sqlite
    return max(2, round(count * SCALE))


def all_at_once(acts: Sequence[Callable], *, writers: int) -> list:
    """Run the acts by so many threads and return, in their order, what each returned or the exception it raised."""

    def run(place: int) -> list:
        try:
            return [(number, _outcome(acts[number])) for number in range(place, len(acts), writers)]
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as pool:
        outcomes = dict(pair for share in pool.map(run, range(writers)) for pair in share)
    return [outcomes[number] for number in range(len(acts))]


def at_the_same_moment(*acts: Callable) -> list:
    """Run each act in a thread of its own, all let loose together."""
    line = Barrier(len(acts))

    def after_the_others(act):
        def run():
            connection.ensure_connection()
            line.wait(timeout=60)
            return act()

        return run

    return all_at_once([after_the_others(act) for act in acts], writers=len(acts))


def _outcome(act: Callable):
    try:
        return act()
    except Exception as problem:
        return problem


def shuffled(things, seed: int = 1) -> list:
    things = list(things)
    random.Random(seed).shuffle(things)
    return things


class Watcher:
    """``with Watcher(look):`` calls ``look`` again and again, beside what the block does; its findings add up."""

    def __init__(self, look: Callable[[], list], pause: float = 0.01):
        self.look, self.pause = look, pause
        self.looks, self.found, self._end = 0, [], Event()

    def __enter__(self):
        self._thread = Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _watch(self):
        try:
            while not self._end.wait(self.pause):
                self.found += self.look()
                self.looks += 1
        except Exception as problem:
            self.found.append(problem)
        finally:
            connection.close()

"""Many who want the same thing at once: one makes it, the others wait for it."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import Event, Lock


class OneOfMany:
    """What is being made at this moment, by its key, in this process."""

    def __init__(self):
        self.making: dict[Hashable, Event] = {}
        self.lock = Lock()

    @contextmanager
    def turn(self, key: Hashable) -> Iterator[bool]:
        """True at once for the one who has to make it; False for the others, as soon as that one has ended.

        They look again then. If nothing came of it, they do not wait for one another.
        """
        with self.lock:
            is_first = key not in self.making
            ended = self.making.setdefault(key, Event())
        if not is_first:
            ended.wait()
            yield False
            return
        try:
            yield True
        finally:
            with self.lock:
                del self.making[key]
            ended.set()

"""Of many who want the same thing at once one makes it; where nothing comes of it, nobody is held up in a row."""

import time
from threading import Barrier, Thread

import pytest

from forum.crowds import OneOfMany

MANY, PATIENCE = 8, 5  # threads, seconds


def test_those_who_waited_go_on_beside_one_another():
    turns, told = OneOfMany(), []
    start, together = Barrier(MANY), Barrier(MANY - 1)

    def one():
        start.wait()
        with turns.turn("it") as is_first:
            if is_first:
                time.sleep(0.2)  # long enough for all others to come and wait
            else:
                together.wait(PATIENCE)  # breaks if they have to go one after the other
            told.append(is_first)

    threads = [Thread(target=one) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(told) == [False] * (MANY - 1) + [True]
    assert not turns.making


def test_another_key_is_nobody_elses_business():
    turns = OneOfMany()
    with turns.turn("one") as first, turns.turn("other") as second:
        assert first
        assert second


def test_whoever_fails_lets_the_others_go():
    turns = OneOfMany()
    with pytest.raises(OSError, match="away"), turns.turn("it"):
        raise OSError("away")
    with turns.turn("it") as is_first:
        assert is_first

"""How much a text looks like spam, from counts of words alone: naive Bayes, with words that can be shown to staff."""

from collections.abc import Iterable, Mapping
from math import exp, log
from typing import NamedTuple

from forum import policy


class Lessons(NamedTuple):
    """How many texts were learned, or hold a word."""

    spam: int
    other: int

    @property
    def is_enough(self) -> bool:
        return min(self) >= policy.SPAM_LESSONS_MIN


class Weight(NamedTuple):
    """A word, and the probability that a text which holds it is spam."""

    word: str
    spam: float


def weigh(words: Iterable[str], known: Mapping[str, Lessons], learned: Lessons) -> tuple[float, list[Weight]]:
    """The probability that a text of these words is spam, and the words that decided it, the most telling first."""
    weights = [Weight(word, _probability(known[word], learned)) for word in words if word in known]
    telling = [one for one in weights if abs(one.spam - policy.SPAM_EVEN) >= policy.SPAM_TELLING]
    telling.sort(key=lambda one: (-abs(one.spam - policy.SPAM_EVEN), one.word))
    decisive = telling[: policy.SPAM_WORDS_WEIGHED]
    return 1 / (1 + exp(-sum(log(one.spam / (1 - one.spam)) for one in decisive))), decisive


def _probability(word: Lessons, learned: Lessons) -> float:
    """Of a word, by the shares of texts that hold it; rare words stay near one half (Robinson)."""
    spam, other = word.spam / max(learned.spam, 1), word.other / max(learned.other, 1)
    seen = sum(word)
    if not seen:
        return policy.SPAM_EVEN
    return (policy.SPAM_DOUBT * policy.SPAM_EVEN + seen * spam / (spam + other)) / (policy.SPAM_DOUBT + seen)

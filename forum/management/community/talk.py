"""What somebody of the community says: a kind of comment, told in sentences about the story."""

from dataclasses import asdict
from random import Random

from forum.management.community.sentences import ANSWERS, CLOSINGS, FAKE_ADVERTS, MIDDLES, OPENINGS, SUBJECTS
from forum.management.community.topics import Blueprint

GOOD = ("insightful", "informative", "interesting", "funny")
BAD = ("troll", "flamebait", "offtopic", "redundant", "spam")
LONGEST_SUBJECT = 60  # characters


class Talk:
    """The words of one discussion; a sentence comes again only when all of its sort were said."""

    def __init__(self, about: Blueprint, chance: Random):
        self.chance = chance
        self.slots = asdict(about)
        self.decks: dict[tuple[str, str], list[str]] = {}

    def body(self, kind: str, *, is_reply: bool) -> str:
        """One to five sentences, in one paragraph or two."""
        said = [self._next("answer", ANSWERS.get(kind, ANSWERS["plain"]), kind)] if is_reply and self._is(0.6) else []
        said.append(self._next("opening", OPENINGS[kind], kind))
        if kind in (*GOOD, "plain"):
            said += [self._next("middle", MIDDLES) for _ in range(self.chance.choice((0, 1, 1, 2)))]
            said += [self._next("closing", CLOSINGS)] if self._is(0.4) else []
        place = len(said) // 2
        if len(said) > 3 and self._is(0.6):
            return f"{' '.join(said[:place])}\n\n{' '.join(said[place:])}"
        return " ".join(said)

    def subject(self, kind: str) -> str:
        """What a new thread is called."""
        subject = self._next("subject", FAKE_ADVERTS if kind == "spam" else SUBJECTS)
        return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"

    def _is(self, likely: float) -> bool:
        return self.chance.random() < likely

    def _next(self, sort: str, sentences: tuple[str, ...], kind: str = "") -> str:
        deck = self.decks.setdefault((sort, kind), [])
        if not deck:
            deck += self.chance.sample(sentences, len(sentences))
        return capitalised(deck.pop().format(**self.slots))


def capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

"""The score a reader sees: the stored one and everything the reader's own taste adds; from values alone.

The one place where that is decided. Pages, receipts, letters and feeds all ask ``shown_score``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from forum import policy

KARMA_BONUS, ANONYMOUS, NEW, SHORT, LONG = "karma bonus", "anonymous", "new account", "short", "long"


class Facts(NamedTuple):
    """What is known of a comment that a reader's taste may judge."""

    score: int
    has_bonus: bool
    label: str = ""  # the word beside the score
    author_id: int | None = None  # None for an Anonymous Coward, and for people of archives, who have no number here
    is_archived: bool = False  # by a person of an archive; an Anonymous Coward is one there as here
    length: int = 0  # characters of its HTML


@dataclass(frozen=True, slots=True)
class Taste:
    """Everything one reader adds to scores, in points; as it stands a visitor's, who counts only the karma bonus."""

    bonus: int = policy.KARMA_BONUS
    anonymous: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict, hash=False)  # by the word beside the score
    people: Mapping[int, tuple[str, int]] = field(
        default_factory=dict, hash=False
    )  # author's number -> ("friend", points)
    new_from: int | None = None  # smallest number of a member who counts as new
    new: int = 0
    short: int = 0
    short_below: int = policy.COMMENT_SHORT  # characters
    long: int = 0
    long_above: int = policy.COMMENT_LONG  # characters
    is_plain: bool = field(init=False, compare=False, repr=False)  # scores are a visitor's; kept, since often asked

    def __post_init__(self):
        adds = self.anonymous or self.new or self.short or self.long or any(self.reasons.values())
        adds = adds or any(delta for _, delta in self.people.values())
        object.__setattr__(self, "is_plain", self.bonus == policy.KARMA_BONUS and not adds)

    @property
    def counts_length(self) -> bool:
        return bool(self.short or self.long)


VISITOR = Taste()


class Modifier(NamedTuple):
    """What one preference of a reader adds to a comment's score; 0 where the reader chose not to count the bonus."""

    name: str
    delta: int  # points


def modifiers_of(facts: Facts, taste: Taste) -> list[Modifier]:
    """Everything that this reader adds to the stored score of a comment, in the order in which receipts tell it."""
    return [Modifier(name, delta) for name, delta in _added(facts, taste)]


def shown_score(facts: Facts, taste: Taste) -> int:
    """The score this reader sees: the stored one and all modifiers, held in its range at the end (Slash: getPoints)."""
    if taste.is_plain:
        return plain_score(facts.score, facts.has_bonus)
    score = facts.score
    for _, delta in _added(facts, taste):
        score += delta
    return clamp_score(score)


@cache
def plain_score(score: int, has_bonus: bool) -> int:
    """The score that visitors see, and members who changed nothing."""
    return clamp_score(score + policy.KARMA_BONUS if has_bonus else score)


def _added(facts: Facts, taste: Taste) -> list[tuple[str, int]]:
    """(name, points) of each modifier that applies. They add up, as in Slash: a friend's funny comment is both."""
    _, has_bonus, label, author, is_archived, length = facts
    found: list[tuple[str, int]] = [(KARMA_BONUS, taste.bonus)] if has_bonus else []
    if taste.is_plain:
        return found
    if author is not None:
        if (known := taste.people.get(author)) and known[1]:
            found.append(known)
        if taste.new and taste.new_from is not None and author >= taste.new_from:
            found.append((NEW, taste.new))
    elif taste.anonymous and not is_archived:
        found.append((ANONYMOUS, taste.anonymous))
    if label and (delta := taste.reasons.get(label)):
        found.append((label, delta))
    if taste.short and length < taste.short_below:
        found.append((SHORT, taste.short))
    if taste.long and length > taste.long_above:
        found.append((LONG, taste.long))
    return found


def clamp_score(score: int) -> int:
    return max(policy.SCORE_MIN, min(policy.SCORE_MAX, score))


def first_new_member(newest: int, percent: int) -> int:
    """The smallest number among the newest members (Slash: 100 - 100 * uid / max_uid < new_user_percent)."""
    return newest * (100 - percent) // 100 + 1

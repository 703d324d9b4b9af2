"""What a name may be, what karma means and what a reader's modifiers come to, from values alone."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from confusable_homoglyphs import categories
from confusable_homoglyphs.confusables import confusables_data

from forum import policy
from forum.scores import Taste, first_new_member

RESERVED_NAMES = (
    *("Anonymous Coward", "Anonymous", "admin", "administrator", "root", "moderator", "editor", "staff", "system"),
    *("admins", "administrators", "moderators", "editors", "site staff", "the staff", "the editors", "the moderators"),
    *("webmaster", "postmaster", "hostmaster", "security", "support", "abuse", "official", "superuser", "sysadmin"),
)
SEPARATORS = " ._-"
# How the addresses of sites end that are given as names, besides any two letters, which are countries or their like.
HOST_ENDS = (
    *("com", "net", "org", "edu", "gov", "int", "mil", "info", "biz", "name", "pro", "mobi", "asia", "app", "dev"),
    *("xyz", "top", "site", "website", "online", "shop", "store", "club", "blog", "news", "link", "click", "live"),
    *("win", "vip", "icu", "cyou", "tech", "cloud", "page", "space", "world", "email", "onion", "local", "example"),
)
READS_AS_HOST = re.compile(
    rf"(?:^|[ _])(?:www\.|[^ _]+\.(?:[^\W\d_]{{2}}|{'|'.join(HOST_ENDS)})(?:$|[ _]))", re.IGNORECASE
)
# Letters and digits, each with at most two signs of its own script at it, as many scripts write vowels.
NAME_SHAPE = re.compile(r"(?:LM{0,2})+(?:[ ._-](?:LM{0,2})+)*\Z")
# Fillers of Hangul, vowels of Khmer, signs of Mongolian: to Unicode letters and marks, to the eye nothing.
UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b\u180c\u180d\u180f")
SHARED_MARKS = {"INHERITED", "COMMON"}  # accents that go on letters of any script, and hide what is beneath
# Scripts that one language writes side by side (UTS 39, highly restrictive).
TOGETHER = ({"HAN", "HIRAGANA", "KATAKANA"}, {"HAN", "BOPOMOFO"}, {"HAN", "HANGUL"})
LATIN = re.compile(r"LATIN (?:SMALL LETTER|CAPITAL LETTER|LETTER SMALL CAPITAL) ([A-Z])(?: WITH .*)?\Z")
LOOK_ALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s"})


class BadName(ValueError):
    """The name cannot be used; the message says why, in words for the person who typed it."""


def name_skeleton(name: str) -> str:
    """Fold a name so that names which look alike become equal: NFKC, case, accents, confusable letters, separators.

    Two names may not share a skeleton: a unique constraint holds that, whatever the form said.
    Source of the confusable letters: Unicode's list (UTS 39) as packed by confusable_homoglyphs.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    letters = unicodedata.normalize("NFKD", "".join(_ascii_twin(letter) for letter in folded))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter) and letter not in SEPARATORS)
    return bare.casefold().translate(LOOK_ALIKES).replace("rn", "m").replace("vv", "w")


def _ascii_twin(letter: str) -> str:
    if letter.isascii():
        return letter
    twins = (entry["c"] for entry in confusables_data.get(letter, ()))
    return next((twin for twin in twins if twin.isascii() and twin.isalnum()), letter)


def _kind(letter: str) -> str:
    """L for a letter or digit, M for a mark of one script, itself for anything else."""
    if letter in UNSEEN:
        return "?"
    if letter.isalnum():
        return "L"
    is_mark = unicodedata.category(letter) in ("Mn", "Mc") and categories.alias(letter) not in SHARED_MARKS
    return "M" if is_mark else letter


def is_like_one_kept(name: str) -> bool:
    """Whether somebody could take the name for one of the site itself: with digits after it, strokes, small capitals.

    More is folded than in a skeleton, by which members' names are compared for ever.
    """
    plain = "".join(_latin(letter) for letter in unicodedata.normalize("NFKD", name)).replace("cl", "d")
    keys = {name_skeleton(plain), name_skeleton(plain.rstrip("0123456789" + SEPARATORS))}
    return bool(keys & RESERVED_SKELETONS)


def _latin(letter: str) -> str:
    found = LATIN.match(unicodedata.name(letter, ""))
    return found[1].lower() if found else letter


def check_name(name: str) -> str:
    """Return the name in its one stored form, or raise BadName with words (docs/names.md).

    Letters and digits of one script, with single blanks, dots, hyphens or underscores between them.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if not policy.NAME_MIN <= len(name) <= policy.NAME_MAX:
        raise BadName(f"A name has between {policy.NAME_MIN} and {policy.NAME_MAX} characters.")
    if not NAME_SHAPE.match("".join(map(_kind, name))):
        raise BadName("A name is made of letters and digits, with single blanks, dots, hyphens or _ between them.")
    scripts = categories.unique_aliases(name) - SHARED_MARKS
    if len(scripts) > 1 and not any(scripts <= them for them in TOGETHER):
        raise BadName("A name keeps to the letters of one script: these are from several.")
    if READS_AS_HOST.search(name):
        raise BadName("A name is no address of a site. Please choose another, such as one without the dot.")
    key = name_skeleton(name)
    if is_like_one_kept(name) or key.startswith(ERASED_SKELETON):
        raise BadName("That name is kept for the site itself. Please choose another.")
    return name


RESERVED_SKELETONS = frozenset(name_skeleton(name.replace("cl", "d")) for name in RESERVED_NAMES)
ERASED = "Erased member"


def erased_name(number: int) -> str:
    """The name of somebody whose name is gone; nobody can choose one like it."""
    return f"{ERASED} {number}"


ERASED_SKELETON = name_skeleton(ERASED)


def shown_name(member) -> str:
    """A member as text in a page or mail."""
    return member.username


def karma_word(karma: int) -> str:
    """The word a member reads for a karma (Slash: karma_adj, words since 2002)."""
    return next((word for limit, word in policy.KARMA_WORDS if karma <= limit), policy.KARMA_BEST_WORD)


def clamp_karma(karma: int) -> int:
    """Hold a karma inside its range (Slash: minkarma, maxkarma)."""
    return max(policy.KARMA_MIN, min(policy.KARMA_MAX, karma))


def replay_karma(deltas) -> int:
    """Karma after these changes in their order, held inside its range at each step (Slash: GREATEST / LEAST)."""
    karma = 0
    for delta in deltas:
        karma = clamp_karma(karma + delta)
    return karma


class KarmaLine(NamedTuple):
    """One line of the karma log; ``reverses`` is the number of the line that it takes back."""

    number: int
    delta: int
    reverses: int | None
    changed_at: datetime
    withdrawn_at: datetime | None


def taken_back_since(lines: Sequence[KarmaLine]) -> dict[int, datetime | None]:
    """When each line was taken back, None where it counts; the lines are those of one member, oldest first.

    A line counts unless a counting line reverses it. In such a chain the last line counts, the one before it does not,
    and so on; all are as they are since the last one was written.
    """
    reversed_by = {line.reverses: line.number for line in lines if line.reverses}
    since: dict[int, datetime | None] = dict.fromkeys(line.number for line in lines)
    if not reversed_by:
        return since
    ends: dict[int, datetime] = {}
    for line in reversed(lines):
        nearer = reversed_by.get(line.number)
        ends[line.number] = ends.get(nearer, line.changed_at)
        # Whatever reverses a line is newer, so that its own standing is known already.
        since[line.number] = ends[line.number] if nearer in ends and since[nearer] is None else None
    return since


# -- A reader's own modifiers ----------------------------------------------------------------------------------------

LABELS = {f"reason_{number}": reason.name for number, reason in policy.REASONS.items() if reason.is_label}
OWN_WORDS = ("friend", "foe")  # what a reader calls somebody
THEIR_WORDS = {"friend": "fan", "foe": "freak"}  # what somebody is to the reader whom they call so
PEOPLE = (*OWN_WORDS, *THEIR_WORDS.values())
IGNORED = "ignored"  # whom the reader wants to hear nothing of
AS_EVERYBODY = {  # each modifier as a visitor has it
    "bonus": policy.KARMA_BONUS,
    **dict.fromkeys(PEOPLE, 0),
    "anonymous": 0,
    "new": 0,
    "new_percent": policy.NEW_MEMBERS_PERCENT,
    **dict.fromkeys(LABELS, 0),
    "short": 0,
    "short_below": policy.COMMENT_SHORT,
    "long": 0,
    "long_above": policy.COMMENT_LONG,
}


def own_modifiers(chosen: Mapping[str, int]) -> dict[str, int]:
    """What of a choice is a reader's own, which is all that is stored: a new default reaches whoever never chose."""
    return {name: chosen[name] for name, usual in AS_EVERYBODY.items() if chosen.get(name, usual) != usual}


def all_modifiers(stored: Mapping[str, int]) -> dict[str, int]:
    """Every modifier by name; one that is known no more is passed over."""
    return AS_EVERYBODY | {name: value for name, value in stored.items() if name in AS_EVERYBODY}


def taste_from(stored: Mapping[str, int], people: Iterable[tuple[int, str]] = (), newest: int | None = None) -> Taste:
    """A reader's taste, from what is stored, (member's number, word) of everybody related, and the newest number.

    Somebody who is two things, such as friend and fan, counts as both (Slash: getPoints).
    """
    chosen = all_modifiers(stored)
    words: dict[int, tuple[str, int]] = {}
    order, steps = (*PEOPLE, IGNORED), chosen | {IGNORED: policy.IGNORED_POINTS}
    for number, word in sorted(people, key=lambda one: order.index(one[1])):
        before, delta = words.get(number, ("", 0))
        words[number] = (f"{before} and {word}" if before else word, delta + steps[word])
    return Taste(
        bonus=chosen["bonus"],
        anonymous=chosen["anonymous"],
        reasons={label: chosen[name] for name, label in LABELS.items() if chosen[name]},
        people=words,
        new_from=None if newest is None else first_new_member(newest, chosen["new_percent"]),
        new=chosen["new"],
        short=chosen["short"],
        short_below=chosen["short_below"],
        long=chosen["long"],
        long_above=chosen["long_above"],
    )

"""Scores at the start, subjects of replies, and the order in which a discussion is read; from values alone."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from math import exp2, log
from typing import Any, NamedTuple, Protocol

from forum import policy
from forum.presets import THRESHOLD, Policy
from forum.scores import Facts, Modifier, Taste, clamp_score, modifiers_of, shown_score  # noqa: F401 - said here too


@dataclass(frozen=True, slots=True)
class Start:
    """What a new comment begins with."""

    score: int
    has_bonus: bool


def starting_score(*, karma: int | None, declines_bonus: bool = False, numbers: Policy = THRESHOLD) -> Start:
    """The start of a comment by a member of this karma; ``None``: by an Anonymous Coward (Slash: defaultpoints)."""
    if karma is None:
        return Start(numbers.start_anonymous, False)
    score = numbers.start_named - (karma < numbers.karma_low) - (karma < numbers.karma_bad)
    bonus = score >= numbers.start_named and karma >= numbers.karma_bonus_from and not declines_bonus
    return Start(clamp_score(score), bonus)


DAY = timedelta(days=1)


def posts_allowed(karma: int, numbers: Policy) -> int:
    """Comments that a member of this karma can post in a day; 0: as many as wanted (Slash: comments_perday_bykarma)."""
    if karma < numbers.karma_low:
        return numbers.posts_low
    return numbers.posts_middle if karma < numbers.karma_bonus_from else numbers.posts_high


def full_until(posts: Sequence[tuple[datetime, int]], allowed: int) -> datetime | None:
    """When there is room for another comment; None: now.

    ``posts``: those of the last day, oldest first, each with what moderators did to its score: what they raised makes
    room, what they lowered takes it (Slash: sum of points - pointsorig, less posts, plus allowed).
    """
    room = allowed + sum(change - 1 for _, change in posts)
    if room > 0:
        return None
    for posted_at, change in posts:
        room -= change - 1
        if room > 0:
            return posted_at + DAY
    return posts[-1][0] + DAY


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form of a comment, whether it could be posted or not.

    ``form_key``: the form's, "" if it has none that this site made. ``seen``: the version of the draft it began with.
    """

    subject: str
    body: str
    markup: str
    is_anonymous: bool = False
    declines_bonus: bool = False
    form_key: str = ""
    seen: int = 0


def burst_until(posts: Sequence[datetime], *, gap: timedelta, burst: int) -> datetime | None:
    """When another comment may follow these, oldest first: one each ``gap``, and ``burst`` right after one another."""
    if not (posts and gap):
        return None
    due = posts[0]
    for posted_at in posts:
        due = max(due, posted_at) + gap
    return due - (burst - 1) * gap


def growing_until(posts: Sequence[datetime], *, gap: timedelta, growth: float) -> datetime | None:
    """When another comment may follow those of the day, oldest first: the wait grows with each (Slash: ResKey)."""
    if not (posts and gap):
        return None
    factor = growth ** min(len(posts) - 1, policy.POST_GAP_GROWTHS)
    return posts[-1] + gap * min(factor, DAY / gap)


def pair_until(answers: Sequence[datetime], *, free: int, gap: timedelta) -> datetime | None:
    """When somebody may answer the same one again; ``answers`` of the last hour, oldest first (Lobsters has it)."""
    over = len(answers) - free + 1
    return answers[-1] + over * gap if answers and gap and over > 0 else None


def braked_until(losses: Sequence[tuple[datetime, int]], *, limit: float, numbers: Policy, now: datetime):
    """When somebody whom moderators have put down may post again; None: now (Slash: isTroll).

    ``losses``: for each comment when it was posted, and what moderators did to its score.
    """

    def standing(at: datetime) -> float:
        counted = [(at - posted_at, change) for posted_at, change in losses if at - posted_at < numbers.brake_span]
        return sum(change * exp2(-age / numbers.brake_half_life) for age, change in counted)

    if not limit or standing(now) > -limit:
        return None
    step = policy.BRAKE_STEP
    later = (now + count * step for count in range(1, numbers.brake_span // step + 1))
    return next((at for at in later if standing(at) > -limit), now + numbers.brake_span)


def brake_limit(limit: int, karma: int | None) -> float:
    """How much a network may lose: a member who posts there without a name has some credit (Slash: ln of karma)."""
    if not limit or karma is None or karma < 1:
        return limit
    return limit + round(log(karma))


def reply_subject(subject: str) -> str:
    """The subject a reply begins with: "Re:" once, cut to what a subject may hold (Slash: preProcessReplyForm)."""
    answer = subject if subject[:3].casefold() == "re:" else f"Re: {subject}"
    return answer[: policy.SUBJECT_MAX]


PIECES = (re.compile(r"\s*\S+|\s+"), re.compile(r"[^\n]*\n+|[^\n]+"), re.compile(r".+", re.DOTALL))  # words, lines, all
SAME, GONE, NEW = "same", "gone", "new"


class Change(NamedTuple):
    """A run of words that stayed, went or came."""

    kind: str
    words: str


def changes(before: str, after: str) -> list[Change]:
    """What became of a text, word by word; of a long one line by line, because comparing takes more than its length."""
    pairs = ((pieces.findall(before), pieces.findall(after)) for pieces in PIECES)
    old, new = next(pair for pair in pairs if max(map(len, pair)) <= policy.DIFF_PIECES_MAX)
    found = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            found.append(Change(SAME, "".join(old[i:j])))
        else:
            gone, came = "".join(old[i:j]), "".join(new[k:m])
            found += [Change(GONE, gone)] * bool(gone) + [Change(NEW, came)] * bool(came)
    return found


def score_words(score: int, label: str = "") -> str:
    """A score as text, with a true minus and the reason beside it: ``−1, Troll``."""
    number = str(score).replace("-", "−")
    return f"{number}, {label}" if label else number


def signed(points: int) -> str:
    """A change of a score as text: ``+1``, ``−1``, ``±0``."""
    return f"{points:+d}".replace("-", "−") if points else "±0"


class Row(Protocol):
    """What arranging needs of a comment."""

    id: int
    parent_id: int | None
    is_hidden: bool  # removed by staff


@dataclass(eq=False)
class Entry:
    """One comment at its place on a page. ``closes``: how many nested lists end behind it.

    Nearly all of these are what they begin with, so they stand in the class and cost nothing for each comment.
    """

    row: Row
    shown: int  # the score that this reader sees
    age: int = 0  # its rank by age on the page, and so its place among the page's rows
    above: "Entry | None" = None  # the nearest shown comment that it answers
    is_tombstone: bool = False
    depth: int = field(default=0, init=False)
    opens: bool = field(default=False, init=False)
    closes: int = field(default=0, init=False)
    beneath: int = field(default=0, init=False)
    stands_apart: bool = field(default=False, init=False)  # its parent is not shown above it
    is_cut: bool = field(default=False, init=False)  # because its parent is on another page
    # It would step in further than pages do, so its place does not tell its parent.
    is_flattened: bool = field(default=False, init=False)


OLDEST = "oldest"
ORDERS = {
    OLDEST: lambda entry: entry.age,
    "newest": lambda entry: -entry.age,
    "highest": lambda entry: (-entry.shown, entry.age),
}
NOWHERE = object()


def arrange_nested(
    rows: Sequence[Row], shown: Sequence[int], *, threshold: int, order: str, always: int | None = None
) -> tuple[list[Entry], int]:
    """A discussion in tree order as entries in reading order, and how many threads are beneath the threshold.

    ``shown`` holds the score that the reader sees of each row. The comment ``always``, which somebody asked for by its
    number, is shown whatever its score. A visible reply under hidden comments moves up to the nearest shown ancestor
    (Slash: reparentComments); a comment removed by staff keeps its place as a tombstone while something answers it.
    A row whose parent is not among the rows begins a thread. No recursion.
    """
    shown_as: dict[int, Entry | None] = {}  # what stands for a comment: itself, or the nearest shown above it
    entries: list[Entry] = []
    beneath_all = 0
    hidden = {row.id for row in rows if row.is_hidden}
    tombstones = hidden & {row.parent_id for row in rows if row.id not in hidden}
    for age, (row, score) in enumerate(zip(rows, shown, strict=True)):
        pk, parent = row.id, row.parent_id
        above = shown_as.get(parent, NOWHERE)
        is_top = above is NOWHERE
        if is_top:
            above = None
        is_shown = pk in tombstones if pk in hidden else score >= threshold or pk == always
        if is_shown:
            entry = shown_as[pk] = Entry(row, score, age, above, pk in tombstones)
            if parent is not None and (above is None or above.row.id != parent):
                entry.stands_apart, entry.is_cut = True, is_top
            entries.append(entry)
            continue
        shown_as[pk] = above
        if pk not in hidden:
            beneath_all += is_top  # a thread is counted once, at its beginning
            if above:
                above.beneath += 1
    # The order of a tree is that by age already: whoever moves up stays inside the same thread of it.
    ordered = entries if order == OLDEST else _in_order(entries, ORDERS[order])
    _nest(ordered)
    return ordered, beneath_all


def _in_order(entries: list[Entry], key: Callable[[Entry], Any]) -> list[Entry]:
    """Entries in tree order so that those under the same one follow the order, each with all that is beneath it."""
    replies: defaultdict[Entry | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        replies[entry.above].append(entry)
    ordered: list[Entry] = []
    stack = sorted(replies[None], key=key, reverse=True)
    while stack:
        entry = stack.pop()
        ordered.append(entry)
        if entry in replies:
            stack += sorted(replies[entry], key=key, reverse=True)
    return ordered


def _nest(ordered: list[Entry]) -> None:
    """Say of each entry how deep it stands, and which nested lists begin and end with it."""
    last, before = None, 0
    for entry in ordered:
        depth = 0
        if entry.above:
            depth = entry.above.depth + 1
            if depth > policy.DEPTH_SHOWN_MAX:
                entry.is_flattened, depth = True, policy.DEPTH_SHOWN_MAX
            entry.depth = depth
        if depth > before:
            last.opens = True
        elif depth < before:
            last.closes = before - depth
        last, before = entry, depth
    if before:
        last.closes = before


def arrange_flat(
    rows: Sequence[Row], shown: Sequence[int], *, threshold: int, order: str, always: int | None = None
) -> tuple[list[Entry], int]:
    """The visible ones of comments by their age, one under the other, and how many are beneath the threshold."""
    scored = enumerate(zip(rows, shown, strict=True))
    visible = [Entry(row, score, age) for age, (row, score) in scored if not row.is_hidden]
    chosen = [entry for entry in visible if entry.shown >= threshold or entry.row.id == always]
    for entry in chosen:
        entry.stands_apart = entry.row.parent_id is not None
    return sorted(chosen, key=ORDERS[order]), len(visible) - len(chosen)


FULL, LINE, LINK = "full", "line", "link"  # how much of a comment a page shows


def form_of(shown: int, *, is_reply: bool, mode: str, full_from: int) -> str:
    """How much of a comment is shown: all of it, one line that opens, or (replies of the threaded mode) a link.

    Slash: highlightthresh; the threaded mode shows a reply in full from policy.HIGHLIGHT_FROM at least.
    """
    if mode == "threaded" and is_reply:
        return FULL if shown >= max(full_from, policy.HIGHLIGHT_FROM) else LINK
    return FULL if shown >= full_from else LINE


def counts_by_threshold(shown_scores: Sequence[int] | Mapping[int, int]) -> list[tuple[int, int]]:
    """(threshold, how many comments it shows) for each threshold, lowest first."""
    found, at_least = Counter(shown_scores), 0
    counts = []
    for threshold in range(policy.SCORE_MAX, policy.SCORE_MIN - 1, -1):
        at_least += found[threshold]
        counts.append((threshold, at_least))
    return counts[::-1]

"""The same comment in two documents. The format numbers nothing, so author and beginning of the text decide."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from stories.archive.article import ArchivedComment
from stories.archive.fold import folded_text, printed_text
from stories.archive.grammar import ANONYMOUS

Key = tuple[str, int | None, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A known comment that is printed otherwise now. ``old`` and ``new`` are its n in the two documents.

    ``comment`` has what holds from now on, with the n and the place of the new document. ``fields`` names what
    changed: "subject", "score", "reason", "subscriber", "author", "text".
    """

    old: int
    new: int
    comment: ArchivedComment
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """How two documents of one story fit together, by n: every comment of each is named once.

    ``added``: only in the new one.  ``same``: (old, new), nothing changed.  ``gone``: only in the old one; they stay.
    """

    added: tuple[int, ...]
    same: tuple[tuple[int, int], ...]
    changed: tuple[Change, ...]
    gone: tuple[int, ...]


def match_comments(old: Iterable[ArchivedComment], new: Iterable[ArchivedComment]) -> Matching:
    """Pair the k-th comment of an author with a certain beginning with the k-th such comment of the other document."""
    waiting = by_key(old)
    added, same, changed = [], [], []
    for comment in new:
        known = next(waiting[identity(comment)], None)
        if known is None:
            added.append(comment.n)
            continue
        fields, merged = newest(known, comment)
        if fields:
            changed.append(Change(known.n, comment.n, merged, fields))
        else:
            same.append((known.n, comment.n))
    gone = sorted(comment.n for rest in waiting.values() for comment in rest)
    return Matching(tuple(added), tuple(same), tuple(changed), tuple(gone))


def by_key(comments: Iterable[ArchivedComment]) -> defaultdict:
    """Iterators over the comments of one identity, in order; an empty one for an unknown identity."""
    groups = defaultdict(list)
    for comment in comments:
        groups[identity(comment)].append(comment)
    return defaultdict(lambda: iter(()), {key: iter(group) for key, group in groups.items()})


def identity(comment: ArchivedComment) -> Key:
    """Name, number, and the first folded characters; the anonymous account is one, with or without its number."""
    author = (ANONYMOUS, None) if comment.anonymous else (comment.author, comment.uid)
    return (*author, folded_text(comment))


def newest(old: ArchivedComment, new: ArchivedComment) -> tuple[tuple[str, ...], ArchivedComment]:
    """What changed, and the comment that holds from now on: the new one, but never with less than is known."""
    merged = with_fuller_subject(old, with_longer_text(old, new))
    return tuple(name for name, values in parts(old, merged).items() if values[0] != values[1]), merged


def with_longer_text(old: ArchivedComment, new: ArchivedComment) -> ArchivedComment:
    """A longer text replaces the cut one and its mark goes; a shorter one never replaces a longer."""
    if len(printed_text(new.paragraphs)) > len(printed_text(old.paragraphs)):
        return new
    return replace(new, paragraphs=old.paragraphs, links=old.links, truncated=old.truncated)


def with_fuller_subject(old: ArchivedComment, new: ArchivedComment) -> ArchivedComment:
    """The source prints ``Re:`` for a subject it printed in full while the score was high: keep the full one."""
    was_full = old.subject.casefold().startswith("re:") and new.subject.casefold() == "re:"
    return replace(new, heading=old.heading) if was_full else new


def parts(old: ArchivedComment, new: ArchivedComment) -> dict[str, tuple]:
    return {
        "subject": (old.heading, new.heading),
        "score": (old.score, new.score),
        "reason": (old.reason, new.reason),
        "subscriber": (old.subscriber, new.subscriber),
        "author": (old.uid, new.uid),
        "text": (
            (old.paragraphs, old.links, old.truncated),
            (new.paragraphs, new.links, new.truncated),
        ),
    }

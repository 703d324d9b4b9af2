"""A story that is known and its newer document, put together: what the site holds afterwards. Writes nothing."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from stories.archive.article import ArchivedComment, Article, BadArticle, shown
from stories.archive.identity import Matching, match_comments
from stories.archive.inference import infer_places

STORY_FIELDS = (
    *("header", "title", "domain", "category", "published_utc", "zone", "editor", "dept"),
    *("dateline", "paragraphs", "links", "fortune"),
)


@dataclass(frozen=True, slots=True)
class Merged:
    """The article from now on; its comments are numbered anew.

    ``known``: old n by new n of the article, for every comment that was there before (a missing key: it is new).
    ``changed``: what changed of those, by new n: names as in Change.fields, and "place" for another parent.
    ``gone``: new n of the comments that the newer document lacks; they stay.
    ``story_changed``: the fields of the story that changed. All of these are empty if nothing did.
    """

    article: Article
    known: dict[int, int]
    changed: dict[int, tuple[str, ...]]
    gone: tuple[int, ...]
    story_changed: tuple[str, ...]

    @property
    def added(self) -> tuple[int, ...]:
        return tuple(comment.n for comment in self.article.comments if comment.n not in self.known)


def merge_articles(old: Article, new: Article) -> Merged:
    """Everything of the story from ``new``; the comments of both, those gone behind what they stood behind.

    Raises BadArticle if ``new`` is another story under the same id: other title, other date, no comment in common.
    """
    matching = match_comments(old.comments, new.comments)
    warnings = (*new.warnings, *other_story_warnings(old, new, matching))
    ordered = [*in_order(old, new, matching)]
    known = {n: old_n for n, (old_n, _) in enumerate(ordered, start=1) if old_n}
    comments = tuple(replace(comment, n=n) for n, (_, comment) in enumerate(ordered, start=1))
    article = replace(new, comments=comments, warnings=warnings)
    placed, _ = infer_places(article)
    article = replace(article, comments=placed)
    gone = set(matching.gone)
    return Merged(
        article=article,
        known=known,
        changed=changes(old, article, known, matching),
        gone=tuple(n for n, old_n in known.items() if old_n in gone),
        story_changed=tuple(name for name in STORY_FIELDS if getattr(old, name) != getattr(new, name)),
    )


def other_story_warnings(old: Article, new: Article, matching: Matching) -> list[str]:
    """Words for the operator if title and date are others; a refusal if the comments are all others, too."""
    if old.title == new.title or old.published_utc == new.published_utc:
        return []
    found = f"expected the known title {shown(old.title)} or its date, found {shown(new.title)} of another date"
    if old.comments and not matching.same and not matching.changed:
        raise BadArticle(new.title_line, f"{found}: another story with the id {new.id}")
    return [f"{new.title_line}: {found}; the story is updated"]


def in_order(old: Article, new: Article, matching: Matching) -> Iterator[tuple[int | None, ArchivedComment]]:
    """(old n or None, comment) in the order of the newer document, each that is gone behind its old forerunner."""
    old_numbers = {new_n: old_n for old_n, new_n in matching.same}
    old_numbers |= {change.new: change.old for change in matching.changed}
    from_now_on = {change.new: change.comment for change in matching.changed}
    unchanged = {new_n: old.comments[old_n - 1] for old_n, new_n in matching.same}
    behind = gone_behind(old, matching)
    yield from behind[0]
    for comment in new.comments:
        old_n = old_numbers.get(comment.n)
        kept = from_now_on.get(comment.n) or unchanged.get(comment.n) or comment
        yield old_n, replace(kept, line=comment.line)
        if old_n:
            yield from behind[old_n]


def gone_behind(old: Article, matching: Matching) -> defaultdict[int, list[tuple[int, ArchivedComment]]]:
    """The comments that are gone by the n of the last one before them that is not (0: none is)."""
    gone, last = set(matching.gone), 0
    behind = defaultdict(list)
    for comment in old.comments:
        if comment.n in gone:
            behind[last].append((comment.n, comment))
        else:
            last = comment.n
    return behind


def changes(old: Article, merged: Article, known: dict[int, int], matching: Matching) -> dict[int, tuple[str, ...]]:
    """By new n: the fields that changed, and "place" if the comment answers another one or is judged otherwise."""
    fields = {change.old: change.fields for change in matching.changed}
    found = {}
    for n, old_n in known.items():
        was, now = old.comments[old_n - 1], merged.comments[n - 1]
        is_moved = (was.parent, was.parent_status) != (now.parent and known.get(now.parent), now.parent_status)
        named = (*fields.get(old_n, ()), *(("place",) if is_moved else ()))
        if named:
            found[n] = named
    return found

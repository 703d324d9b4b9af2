"""Discussions held against what they are made of: trees against parents, totals against comments. Reads only."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q

from comments.models import Comment, CommentText, Discussion
from comments.models.discussion import score_counter
from comments.tree import ROOT_LEFT, ROOT_RIGHT, TREES_PER_DISCUSSION
from forum import policy
from forum.integrity import Problem, in_batches
from forum.notifications.integrity import notifications_about_nothing

COLUMNS = ("id", "parent_id", "tree_id", "lft", "rght", "level", "is_archived")


class Row(NamedTuple):
    """A comment's place as stored."""

    id: int
    parent_id: int | None
    tree_id: int
    lft: int
    rght: int
    level: int
    is_archived: bool


def check_discussion(discussion_id: int) -> Iterator[Problem]:
    """Everything about one discussion that this floor knows; the rows of one discussion in memory."""
    comments = Comment.objects.filter(discussion=discussion_id)
    yield from check_trees(discussion_id, [Row(*values) for values in comments.values_list(*COLUMNS)])
    for pk in comments.filter(text=None).values_list("pk", flat=True):
        yield Problem("text missing", f"comment {pk}", "no text", "a text", False)


# -- Totals --------------------------------------------------------------------------------------------------------


def _with_counted(discussions):
    """Each discussion with its visible comments counted, in the same statement as its stored totals are read."""
    visible = Q(comments__hidden_at=None, comments__isnull=False)
    counted = {
        f"counted_{score_counter(score)}": Count("comments", visible & Q(comments__score=score))
        for score in policy.SCORES
    }
    return discussions.order_by("pk").annotate(counted_comment_count=Count("comments", visible), **counted)


TOTALS = ("comment_count", *(score_counter(score) for score in policy.SCORES))


def discussions_with_wrong_totals(**of_discussions) -> Iterator[int]:
    """Discussions one of whose totals does not agree with its comments; one statement."""
    wrong = Q()
    for name in TOTALS:
        wrong |= ~Q(**{name: F(f"counted_{name}")})
    found = _with_counted(Discussion.objects.filter(**of_discussions)).filter(wrong)
    return found.values_list("pk", flat=True).iterator()


def check_totals(discussion_id: int, moved: Mapping[int, int]) -> Iterator[Problem]:
    """The stored totals of one discussion against its visible comments.

    ``moved``: by score, how many more comments there would be if no stored score were wrong.
    """
    more = {score_counter(score): moved.get(score, 0) for score in policy.SCORES}
    for discussion in _with_counted(Discussion.objects.filter(pk=discussion_id)):
        for name in TOTALS:
            stored, counted = getattr(discussion, name), getattr(discussion, f"counted_{name}") + more.get(name, 0)
            if stored != counted:
                where = f"discussion {discussion_id}"
                yield Problem("total", where, f"{name} {stored}", f"{name} {counted}", True)


# -- Trees ---------------------------------------------------------------------------------------------------------


def check_trees(discussion_id: int, rows: list[Row]) -> Iterator[Problem]:
    """The tree columns of one discussion against the parents, which are the truth.

    Numbers are spaced, so order and nesting count and distances do not.
    """
    by_id = {row.id: row for row in rows}
    children: dict[int | None, list[Row]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    levels = _levels(children)
    yield from _check_parents(by_id, children, levels)
    for pk, level in levels.items():
        if by_id[pk].level != level:
            yield Problem("level", f"comment {pk}", str(by_id[pk].level), str(level), True)
    for parent_id, siblings in children.items():
        if parent_id is None:
            yield from _check_roots(discussion_id, siblings)
        elif parent_id in levels:
            yield from _check_replies(by_id[parent_id], siblings)
        if parent_id is None or parent_id in levels:
            yield from _check_order(siblings)


def _levels(children: dict[int | None, list[Row]]) -> dict[int, int]:
    """How deep each comment stands whose line of parents ends at a top-level comment."""
    levels, stack = {}, [(row, 0) for row in children.get(None, ())]
    while stack:
        row, level = stack.pop()
        levels[row.id] = level
        stack += [(reply, level + 1) for reply in children.get(row.id, ())]
    return levels


def _check_parents(by_id: dict[int, Row], children: dict, levels: dict[int, int]) -> Iterator[Problem]:
    """Parents that are nowhere or in another discussion, and circles."""
    strangers = [parent_id for parent_id in children if parent_id is not None and parent_id not in by_id]
    elsewhere = _existing_comments(strangers)
    lost = [row for parent_id in strangers for row in children[parent_id]]
    for row in lost:
        kind = "parent in another discussion" if row.parent_id in elsewhere else "parent missing"
        yield Problem(kind, f"comment {row.id}", f"parent {row.parent_id}", "a comment of this discussion", False)
    beneath, stack = set(), lost
    while stack:
        row = stack.pop()
        beneath.add(row.id)
        stack.extend(children.get(row.id, ()))
    for pk, row in by_id.items():
        if pk not in levels and pk not in beneath:
            found = f"parent {row.parent_id}, in a circle or beneath one"
            yield Problem("circle", f"comment {pk}", found, "parents that end at a top-level comment", False)


def _existing_comments(numbers) -> set[int]:
    batches = in_batches(numbers)
    return {pk for batch in batches for pk in Comment.objects.filter(pk__in=batch).values_list("pk", flat=True)}


def _check_roots(discussion_id: int, roots: list[Row]) -> Iterator[Problem]:
    """Every top-level comment a tree of its own, numbered by its discussion's counter."""
    first = discussion_id * TREES_PER_DISCUSSION + 1
    count = Discussion.objects.filter(pk=discussion_id).values_list("tree_count", flat=True).first() or 0
    seen: set[int] = set()
    for row in sorted(roots, key=lambda row: row.id):
        if not first <= row.tree_id < first + count:
            yield Problem("tree", f"comment {row.id}", str(row.tree_id), f"from {first} to {first + count - 1}", True)
        if row.tree_id in seen:
            yield Problem("tree", f"comment {row.id}", f"{row.tree_id} again", "a tree of its own", True)
        if not ROOT_LEFT <= row.lft < row.rght <= ROOT_RIGHT:
            yield Problem("nesting", f"comment {row.id}", _span(row), f"inside {ROOT_LEFT}-{ROOT_RIGHT}", True)
        seen.add(row.tree_id)


def _check_replies(parent: Row, replies: list[Row]) -> Iterator[Problem]:
    """Replies inside their parent's interval, none touching another's."""
    for row in replies:
        if row.tree_id != parent.tree_id:
            yield Problem("tree", f"comment {row.id}", str(row.tree_id), f"{parent.tree_id} as its parent", True)
        elif not parent.lft < row.lft < row.rght < parent.rght:
            yield Problem("nesting", f"comment {row.id}", _span(row), f"inside {_span(parent)}", True)
    for before, row in pairwise(sorted(replies, key=_place)):
        if row.tree_id == before.tree_id and row.lft <= before.rght:
            yield Problem("nesting", f"comment {row.id}", _span(row), f"apart from {_span(before)}", True)


def _check_order(siblings: list[Row]) -> Iterator[Problem]:
    """Archived comments stand first, in the archive's order, which stories know; the others as they were posted."""
    for before, row in pairwise(sorted(siblings, key=_place)):
        in_order = not row.is_archived and (before.is_archived or before.id < row.id)
        if not in_order and not (row.is_archived and before.is_archived):
            yield Problem("order", f"comment {row.id}", f"behind comment {before.id}", "the order of posting", True)


def _place(row: Row) -> tuple[int, int]:
    return row.tree_id, row.lft


def _span(row: Row) -> str:
    return f"{row.lft}-{row.rght}"


# -- What belongs to no discussion ---------------------------------------------------------------------------------


def comments_astray() -> Iterator[Problem]:
    """Comments without a discussion, texts without a comment, notifications of replies that are not there."""
    homeless = Comment.objects.exclude(Exists(Discussion.objects.filter(pk=OuterRef("discussion_id"))))
    for pk, discussion in homeless.order_by("pk").values_list("pk", "discussion_id").iterator():
        yield Problem("discussion missing", f"comment {pk}", f"discussion {discussion}", "one that exists", False)
    unspoken = CommentText.objects.exclude(Exists(Comment.objects.filter(pk=OuterRef("comment_id"))))
    for pk in unspoken.order_by("pk").values_list("pk", flat=True).iterator():
        yield Problem("comment missing", f"text {pk}", "no such comment", f"comment {pk}", False)
    for prefix in ("reply:", "mention:"):
        yield from notifications_about_nothing(prefix, _existing_comments)

"""Discussions as a whole: their lock, their totals, their trees, their end."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count, islice

from django.db import connection, transaction
from django.db.models import Count, F

from comments import tree
from comments.models import Comment, Discussion
from comments.models.discussion import score_counter
from forum import policy
from forum.accounts.actions import Refused, record_staff_act
from forum.accounts.models import User


class DiscussionClosed(Refused):
    """Nothing can be posted or moderated here (any more)."""


def lock_discussion(discussion_id: int) -> Discussion:
    """The discussion as it is now, kept from all others until the transaction ends. Raises DiscussionClosed if gone.

    Whoever locks it is about to change it, so its version is another from here on: what was rendered of it is out of
    date the moment this transaction ends, whatever it changed.
    """
    # One statement takes the lock, changes the version and reads the row: it is the first of everything that is posted.
    table = Discussion._meta.db_table
    locking = f"UPDATE {table} SET version = version + 1 WHERE id = %s RETURNING *"
    for discussion in Discussion.objects.raw(locking, [discussion_id]):
        return discussion
    raise DiscussionClosed("This discussion does not exist any more.")


def touch_discussions(discussion_ids: Iterable[int]) -> None:
    """Let everything that was rendered of these discussions be out of date."""
    Discussion.objects.filter(pk__in=discussion_ids).update(version=F("version") + 1)


def count_comment(comment: Comment, one: int) -> None:
    """Count a comment in (+1) or out (-1) of its discussion's totals."""
    table, column = Discussion._meta.db_table, score_counter(comment.score)
    counting = f"UPDATE {table} SET comment_count = comment_count + %s, {column} = {column} + %s WHERE id = %s"
    with connection.cursor() as cursor:  # one of the statements that every post asks (forum.compiled)
        cursor.execute(counting, [one, one, comment.discussion_id])


@transaction.atomic
def set_discussion_status(
    *, discussion: Discussion, status: str, actor: User | None, reason: str, now: datetime
) -> None:
    """Open, lock, archive or hide a discussion; a staff act unless the timetable did it."""
    before = lock_discussion(discussion.pk).status
    if before != status:
        Discussion.objects.filter(pk=discussion.pk).update(status=status)
        if actor:
            if status == Discussion.Status.OPEN:  # its lifetime begins anew, or the timetable would close it at once
                Discussion.objects.filter(pk=discussion.pk).update(reopened_at=now)
            record_staff_act(
                actor=actor,
                verb="set discussion",
                target=discussion,
                reason=reason,
                before=before,
                after=status,
                now=now,
            )


def archive_old_discussions(*, now: datetime) -> int:
    """Close the discussions that are older than their lifetime; returns how many."""
    due = Discussion.objects.due_for_archive(now - policy.DISCUSSION_LIFETIME)
    return due.update(status=Discussion.Status.ARCHIVED)


@transaction.atomic
def recount_discussion(discussion_id: int) -> bool:
    """Set one discussion's totals to what its comments say; True if one of them was wrong."""
    discussion = lock_discussion(discussion_id)
    visible = Comment.objects.filter(discussion=discussion, hidden_at=None).order_by()
    found = dict(visible.values_list("score").annotate(Count("pk")))
    counted = {"comment_count": sum(found.values())} | {
        score_counter(score): found.get(score, 0) for score in policy.SCORES
    }
    if all(getattr(discussion, name) == n for name, n in counted.items()):
        return False
    Discussion.objects.filter(pk=discussion_id).update(**counted)
    return True


@transaction.atomic
def renumber_discussion(discussion_id: int, sibling_order=None) -> int:
    """Write every tree of a discussion anew from the parents, which are the truth; returns how many trees.

    ``sibling_order``: a sort key over comments (``id``, ``tree_id``, ``lft``); by default their present order.
    """
    discussion = lock_discussion(discussion_id)
    key = sibling_order or (lambda comment: (comment.tree_id, comment.lft, comment.pk))
    rows = sorted(Comment.objects.filter(discussion=discussion).only("id", "parent_id", "tree_id", "lft"), key=key)
    children: dict[int | None, list[int]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row.pk)
    roots = children.get(None, [])
    places = tree.number_trees(children, roots)
    tree_of = number_new_trees(discussion, roots, children)
    placed = [row for row in rows if row.pk in places]  # a row outside is in a cycle: no numbers can be right for it
    tree.write_places(Comment, ((tree.Place(tree_of[row.pk], *places[row.pk]), row.pk) for row in placed))
    return len(roots)


def number_new_trees(discussion: Discussion, roots: list[int], children: dict) -> dict[int, int]:
    """Fresh tree numbers in the order of the roots: never one that is in use, so no two trees meet on the way."""
    numbers = _free_tree_numbers(discussion, len(roots))
    Discussion.objects.filter(pk=discussion.pk).update(tree_count=max([discussion.tree_count, *numbers]))
    tree_of = {}
    for number, root in zip(numbers, roots, strict=True):
        place, stack = tree.root_place(discussion_id=discussion.pk, tree_number=number), [root]
        while stack:
            node = stack.pop()
            tree_of[node] = place.tree_id
            stack += children.get(node, ())
    return tree_of


def _free_tree_numbers(discussion: Discussion, wanted: int) -> list[int]:
    """The next numbers after the counter; those that trees have already, whatever the counter says, are passed over."""
    first = discussion.pk * tree.TREES_PER_DISCUSSION
    beyond = Comment.objects.filter(
        tree_id__gt=first + discussion.tree_count, tree_id__lt=first + tree.TREES_PER_DISCUSSION
    )
    taken = set(beyond.order_by().values_list("tree_id", flat=True).distinct())
    free = (number for number in count(discussion.tree_count + 1) if first + number not in taken)
    return list(islice(free, wanted))

"""Where a comment stands in its tree: the only place that writes django-mptt's numbers.

django-mptt shifts every number to the right of an insert and takes ``max(tree_id) + 1`` for a new tree; with several
writers both corrupt trees (docs/decisions/0002). Here each top-level comment is a tree of its own whose number comes
from its discussion's counter, and the numbers inside a tree are spaced: a reply takes free ones inside its parent and
nothing moves. Order is all that reading needs. When a place is full, the smallest crowded part is spread out again.

Every function here expects that the discussion's row is locked by the running transaction; the lock comes before the
first read, because a place read before it may be taken meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.db import connection, connections, transaction
from django.db.models import Subquery
from mptt.exceptions import InvalidMove
from mptt.managers import TreeManager

from forum.compiled import Compiled

ROOT_LEFT = 1
ROOT_RIGHT = 2**62  # fits a signed 64-bit column with room to spare
TREES_PER_DISCUSSION = 2**32  # tree numbers kept for each discussion; 2**31 discussions fit
LEAST_WIDTH = 4  # a place this wide still has two numbers for the comment and two for replies
ROOMY_STEP = 2**16  # a part is roomy if its numbers end up this far apart; 2**4 to 2**32 cost about the same
NEAR = 256  # ancestors looked at first; reading all 10,000 of a long chain would cost more than spreading


@dataclass(frozen=True, slots=True)
class Place:
    """A comment's tree columns."""

    tree_id: int
    lft: int
    rght: int
    level: int


def root_place(*, discussion_id: int, tree_number: int) -> Place:
    """The place of a top-level comment that begins the discussion's tree of this number (1, 2 ...)."""
    return Place(discussion_id * TREES_PER_DISCUSSION + tree_number, ROOT_LEFT, ROOT_RIGHT, 0)


def last_child_place(parent) -> Place:
    """A free place after the parent's last reply; spreads the numbers of a crowded part where there is none."""
    place = _free_place(parent)
    if place is None:
        make_room(parent)
        place = _free_place(parent)
    if place is None:
        raise InvalidMove("No number is left in this tree.")  # 2**57 comments in one tree away
    return place


def _free_place(parent) -> Place | None:
    lft, rght, tree_id, level, last = _place_in(type(parent)).first(parent.pk)
    last = last or lft
    width = child_width(whole=rght - lft, free=rght - last)
    if width < LEAST_WIDTH:
        return None
    return Place(tree_id, last + 1, last + width, level + 1)


@cache
def _place_in(model) -> Compiled:
    """A query of a comment's own place and of where its last reply ends."""

    def make(pk):
        last_reply = Subquery(model.objects.filter(parent=pk).order_by("-lft").values("rght")[:1])
        return model.objects.filter(pk=pk).values_list("lft", "rght", "tree_id", "level", last_reply)

    return Compiled(make)


def child_width(*, whole: int, free: int) -> int:
    """How wide the next reply's interval is made.

    The n-th reply gets about 1/(n + 1) of what is free: a chain halves at each step, and yet a parent with a hundred
    thousand replies uses up only 17 bits. n need not be stored, because whole / free tells it: after n replies
    whole / (n + 1) is free.
    """
    return free * free // (whole + free) - 1


def make_room(parent) -> None:
    """Spread the numbers of the smallest part around ``parent`` that is roomy enough, at worst of its whole tree.

    A part is an ancestor with all that is inside. A chain of 10,000 replies rewrites 4 rows a reply on average.
    """
    near = _ancestors(parent, up_to_level=parent.level - NEAR)
    found = _roomy_part(parent, near)
    if found is None:
        whole = _ancestors(parent, up_to_level=0)
        found = _roomy_part(parent, whole) or (whole[-1], _inside(parent, whole[-1]).count())
    part, inside = found
    _spread(part, inside=inside, parent=parent, tail=near[0][2])


def _roomy_part(parent, ancestors: list[tuple[int, int, int]]) -> tuple[tuple[int, int, int], int] | None:
    """The first part that is roomy enough and how many comments are inside; None if none of these is."""
    reach = 0
    for above, part in enumerate(ancestors):
        # Inside are at least those between, so most parts need no counting; after a wrong guess twice as far up.
        if above >= reach and _step(part, above) >= ROOMY_STEP:
            inside = _inside(parent, part).count()
            if _step(part, inside) >= ROOMY_STEP:
                return part, inside
            reach = 2 * above + 1
    return None


def _step(part: tuple[int, int, int], inside: int) -> int:
    """The distance between numbers if this part is spread: half of its room goes between, half to the new replies."""
    _, lft, rght = part
    return (rght - lft) // (4 * inside + 2)


def _inside(parent, part: tuple[int, int, int]):
    tree_id, lft, rght = part
    return type(parent).objects.filter(tree_id=tree_id, lft__gt=lft, lft__lt=rght)


def _ancestors(parent, *, up_to_level: int) -> list[tuple[int, int, int]]:
    """(tree_id, lft, rght) of the parent and of those above it up to this level, nearest first, in one query."""
    table = parent._meta.db_table
    with connections[parent._state.db or "default"].cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE up (parent_id, tree_id, lft, rght, level) AS (
                SELECT parent_id, tree_id, lft, rght, level FROM {table} WHERE id = %s
                UNION
                SELECT above.parent_id, above.tree_id, above.lft, above.rght, above.level
                FROM {table} above JOIN up ON above.id = up.parent_id WHERE above.level >= %s
            )
            SELECT tree_id, lft, rght FROM up ORDER BY level DESC
            """,
            [parent.pk, up_to_level],
        )
        return cursor.fetchall()


def nearest_above(comment, most: int) -> list[int]:
    """The numbers of at most so many comments above this one, nearest first, by their parents alone."""
    if comment.parent_id is None:
        return []
    table = comment._meta.db_table
    with connections[comment._state.db or "default"].cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE up (id, parent_id, steps) AS (
                SELECT id, parent_id, 1 FROM {table} WHERE id = %s
                UNION
                SELECT above.id, above.parent_id, up.steps + 1
                FROM {table} above JOIN up ON above.id = up.parent_id WHERE up.steps < %s
            )
            SELECT id FROM up ORDER BY steps
            """,
            [comment.parent_id, most],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _spread(part: tuple[int, int, int], *, inside: int, parent, tail: int) -> None:
    """Put equal distances between all numbers inside one interval, and the other half of its room before ``tail``.

    ``tail`` is where the parent closes. The next replies are likely to come there, and a parent of many needs more
    than one distance: with even distances alone its next reply would find no place right after the spreading.
    """
    tree_id, lft, rght = part
    step = _step(part, inside)
    table = parent._meta.db_table
    with connections[parent._state.db or "default"].cursor() as cursor:
        cursor.execute(
            f"""
            WITH inside AS (SELECT id, lft, rght FROM {table} WHERE tree_id = %s AND lft > %s AND lft < %s),
            marks AS (SELECT id, lft AS mark FROM inside UNION ALL SELECT id, rght FROM inside),
            ranked AS (
                SELECT id, row_number() OVER (ORDER BY mark) + CASE WHEN mark < %s THEN 0 ELSE %s END AS place
                FROM marks
            ),
            places AS (SELECT id, min(place) AS opens, max(place) AS closes FROM ranked GROUP BY id)
            UPDATE {table} SET lft = %s + %s * places.opens, rght = %s + %s * places.closes
            FROM places WHERE {table}.id = places.id
            """,
            [tree_id, lft, rght, tail, 2 * inside, lft, step, lft, step],
        )


def number_trees(children: dict, roots: list) -> dict:
    """Places inside their trees for whole trees at once: id -> (lft, rght, level), evenly spaced, without recursion.

    ``children`` maps an id to its replies in their order. For imports and repairs, where ``parent`` is the truth.
    """
    places = {}
    for root in roots:
        marks, levels, stack = [], {root: 0}, [(root, True)]
        while stack:
            node, opens = stack.pop()
            marks.append((node, opens))
            if opens:
                stack.append((node, False))
                for child in reversed(children.get(node, ())):
                    levels[child] = levels[node] + 1
                    stack.append((child, True))
        step = (ROOT_RIGHT - ROOT_LEFT) // (len(marks) - 1)
        opened = {}
        for rank, (node, opens) in enumerate(marks):
            if opens:
                opened[node] = ROOT_LEFT + rank * step
            else:
                places[node] = (opened[node], ROOT_LEFT + rank * step, levels[node])
        places[root] = (ROOT_LEFT, ROOT_RIGHT, 0)
    return places


def write_places(model, places: Iterable[tuple[Place, int]]) -> None:
    """Give many comments their places at once; one statement that is sent again and again is the quickest way."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {model._meta.db_table} SET tree_id = %s, lft = %s, rght = %s, level = %s WHERE id = %s",
            [(place.tree_id, place.lft, place.rght, place.level, pk) for place, pk in places],
        )


class CommentManager(TreeManager):
    """django-mptt's manager with its writing half made safe. Reading (ancestors, descendants ...) is django-mptt's."""

    def insert_node(
        self, node, target, position="last-child", save=False, allow_existing_pk=False, refresh_target=True
    ):
        """Give a node that is saved without a place (``Comment.objects.create(parent=...)``) a safe one.

        Takes the discussion's lock itself, so it must run inside a transaction.
        """
        if position != "last-child":
            raise InvalidMove("A comment is always the last reply of its parent.")
        connection = transaction.get_connection(self.db)
        if not connection.in_atomic_block:
            raise transaction.TransactionManagementError("A comment's place is taken inside a transaction.")
        discussions = type(node)._meta.get_field("discussion").related_model.objects
        discussion = discussions.select_for_update(no_key=True).get(pk=node.discussion_id)
        if target is None:
            discussion.tree_count += 1
            discussion.save(update_fields=["tree_count"])
            place = root_place(discussion_id=discussion.pk, tree_number=discussion.tree_count)
        else:
            place = last_child_place(target)
        node.tree_id, node.lft, node.rght, node.level = place.tree_id, place.lft, place.rght, place.level
        if save:
            node.save()
        return node

    def _move_node(self, node, target, position="last-child", save=True, refresh_target=True):
        raise InvalidMove("A comment stays where it was posted.")

    def move_node(self, node, target, position="last-child"):
        raise InvalidMove("A comment stays where it was posted.")

    def disable_mptt_updates(self):
        raise InvalidMove("A comment without its place would be in nobody's tree.")

    def build_tree_nodes(self, data, target=None, position="last-child"):
        raise InvalidMove("Comments are made by comments.actions, which take their places one by one.")

    def _close_gap(self, size, target, tree_id):
        """Gaps are wanted here: nothing to close after a delete."""

    def _get_next_tree_id(self):
        raise InvalidMove("A tree's number comes from its discussion's counter.")

    def rebuild(self, batch_size=1000, **filters):
        raise InvalidMove("Use manage.py check_site --repair, which numbers trees from the parents under a lock.")

    partial_rebuild = rebuild

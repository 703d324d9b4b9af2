"""An independent judge of comment trees: it believes only ``parent`` and the order of arrival."""

from collections import defaultdict

from comments.models import Comment, Discussion

COLUMNS = ("id", "parent_id", "tree_id", "lft", "rght", "level")


def reading_order(discussion: Discussion) -> list[tuple[int, int]]:
    """(id, level) of every comment, threads and replies in the order of their arrival; from the parents alone."""
    children = defaultdict(list)
    for pk, parent in Comment.objects.filter(discussion=discussion).order_by("id").values_list("id", "parent_id"):
        children[parent].append(pk)
    order, stack = [], [(pk, 0) for pk in reversed(children[None])]
    while stack:
        pk, level = stack.pop()
        order.append((pk, level))
        stack += [(child, level + 1) for child in reversed(children[pk])]
    return order


def wrong_with(discussion: Discussion) -> list[str]:
    """What is wrong with the trees of a discussion, in words; empty if nothing is."""
    rows = list(Comment.objects.filter(discussion=discussion).order_by("tree_id", "lft").values_list(*COLUMNS))
    wrong = []
    if [(pk, level) for pk, *_, level in rows] != reading_order(discussion):
        wrong.append("the numbers put the comments in another order, or at other levels, than their parents do")
    trees = defaultdict(list)
    for row in rows:
        trees[row[2]].append(row)
    for tree_id, inside in trees.items():
        wrong += [f"tree {tree_id}: {words}" for words in wrong_with_tree(inside)]
    shared = Comment.objects.exclude(discussion=discussion).filter(tree_id__in=list(trees)[:500])
    return wrong + [f"tree {tree_id} is also in another discussion" for tree_id in shared.values_list("tree_id")]


def wrong_with_tree(rows: list[tuple]) -> list[str]:
    """Read the numbers of one tree as brackets: each must open right inside its parent's and close before it."""
    wrong, open_now = [], []
    marks = sorted(
        [(lft, True, pk, parent) for pk, parent, _, lft, _, _ in rows]
        + [(rght, False, pk, parent) for pk, parent, _, _, rght, _ in rows]
    )
    if len({mark for mark, *_ in marks}) < len(marks):
        wrong.append("a number is used twice")
    if sum(parent is None for _, parent, *_ in rows) != 1:
        wrong.append("it has not exactly one root")
    for _, opens, pk, parent in marks:
        if opens:
            if (open_now[-1] if open_now else None) != parent:
                wrong.append(f"{pk} does not open inside its parent {parent}")
            open_now.append(pk)
        elif not open_now or open_now.pop() != pk:
            wrong.append(f"{pk} closes where another does")
            break
    return wrong

"""Which comments of a discussion stand on which page. Small discussions are one page; large ones whole threads each.

A page is asked for by the comment that it comes after, so that nothing moves when somebody posts meanwhile: a cursor
that holds however the tree's numbers are spread anew. Following the pages meets every comment once, in each order.
No page reads more than its own comments, and the sizes of the threads it chooses from.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.db.models import Count, Q, QuerySet, Subquery

from comments.models import Comment, Discussion
from comments.models.comment import RANK
from comments.models.discussion import SCORE_COUNTERS
from comments.queries.rows import COLUMNS, CommentRow, comment_rows
from comments.tree import TREES_PER_DISCUSSION
from forum import policy
from forum.compiled import Compiled

IN_TREE_ORDER = ("tree_id", "lft")


@dataclass(frozen=True, slots=True)
class Page:
    """The comments of a page. ``next_after``: the last of them if there are more, else None."""

    rows: list[CommentRow]
    next_after: int | None
    is_first: bool = True

    @property
    def is_whole(self) -> bool:
        return self.is_first and self.next_after is None


def load_page(discussion: Discussion, *, is_flat: bool, order: str, after: int | None) -> Page:
    """One page of a discussion; a cursor that is no comment of it begins at the beginning."""
    here = Comment.objects.filter(discussion=discussion)
    last = here.filter(pk=after).first() if after else None
    if is_flat:
        rows = comment_rows(_flat(here, order, last)[: policy.COMMENTS_PER_PAGE + 1])
        return _cut(rows, last, is_flat=True)
    if last is None and discussion.comment_count <= policy.COMMENTS_PER_PAGE:
        rows = [*map(CommentRow._make, _whole(policy.COMMENTS_PER_PAGE + 1).rows(discussion.pk))]
        page = _cut(rows, None)
        if page.next_after is None:
            return page
    return _whole_threads(here, discussion.pk, order, last)


@cache
def _whole(limit: int) -> Compiled:
    """The comments of a small discussion."""

    def comments(discussion: int) -> QuerySet:
        return Comment.objects.filter(discussion=discussion).order_by(*IN_TREE_ORDER).values_list(*COLUMNS)[:limit]

    return Compiled(comments)


def _counted(discussion: int) -> QuerySet:
    raised = Comment.objects.filter(discussion=discussion, has_bonus=True, hidden_at=None).order_by()
    counted = (raised.filter(score=score).values("discussion").annotate(found=Count("id")) for score in policy.SCORES)
    return Discussion.objects.filter(pk=discussion).values_list(
        *SCORE_COUNTERS, *(Subquery(each.values("found")) for each in counted)
    )


COUNTED = Compiled(_counted)


def count_scores(discussion: Discussion) -> dict[tuple[int, bool], int]:
    """(score, has the bonus) -> visible comments of the whole discussion, of one moment.

    Totals by score are stored. Only those with the bonus are counted, by an index that holds no others: counting
    100,000 comments would take longer than a page of them.
    """
    found = COUNTED.first(discussion.pk)
    totals, raised = found[: len(policy.SCORES)], [number or 0 for number in found[len(policy.SCORES) :]]
    counts = {(score, True): number for score, number in zip(policy.SCORES, raised, strict=True)}
    plain = zip(policy.SCORES, totals, raised, strict=True)
    return counts | {(score, False): total - number for score, total, number in plain}


def load_range(comments: QuerySet[Comment], last: Comment | None = None) -> Page:
    """A page of comments that are in their order already."""
    return _cut(comment_rows(comments[: policy.COMMENTS_PER_PAGE + 1]), last)


def load_branch(comment: Comment, *, after: int | None) -> Page:
    """A page of a comment and all that is beneath it, in tree order."""
    tree = Comment.objects.filter(tree_id=_fresh("tree_id", comment))
    last = tree.filter(pk=after).first() if after else None
    first = {"lft__gt": _fresh("lft", last)} if last else {"lft__gte": _fresh("lft", comment)}
    branch = tree.filter(lft__lte=_fresh("rght", comment), **first)
    return load_range(branch.order_by("lft"), last)


def _fresh(number: str, comment: Comment) -> Subquery:
    """Asked for in the same statement: the number of the copy in hand may have been spread anew meanwhile."""
    return Subquery(Comment.objects.filter(pk=comment.pk).values(number))


def _flat(here: QuerySet[Comment], order: str, last: Comment | None) -> QuerySet[Comment]:
    if order == "highest":
        ranked = here.annotate(rank=RANK)
        if last:
            ranked = _beyond(ranked, last.score + last.has_bonus, pk__gt=last.pk)
        return ranked.order_by(RANK.desc(), "id")
    if order == "newest":
        return (here.filter(pk__lt=last.pk) if last else here).order_by("-id")
    return (here.filter(pk__gt=last.pk) if last else here).order_by("id")


def _cut(rows: list[CommentRow], last: Comment | None, *, is_flat: bool = False) -> Page:
    """As many of the rows as a page holds by number and by size; one at least."""
    size, kept, here = 0, 0, set()
    for row in rows[: policy.COMMENTS_PER_PAGE]:
        size += len(row.html) + policy.COMMENT_MARKUP_BYTES
        if row.parent_id and (is_flat or row.level > policy.DEPTH_SHOWN_MAX or row.parent_id not in here):
            size += policy.PARENT_WORDS_BYTES
        if kept and size > policy.THREAD_BYTES_MAX:
            break
        kept += 1
        here.add(row.id)
    return Page(rows[:kept], rows[kept - 1].id if kept < len(rows) else None, last is None)


def _whole_threads(here: QuerySet[Comment], discussion_id: int, order: str, last: Comment | None) -> Page:
    """Whole threads in their order; one that no page holds is cut, and the next page goes on where this one ended."""
    rest = _rest_of_thread(here, last) if last else Page([], None)
    if rest.next_after is not None:
        return rest
    room = policy.COMMENTS_PER_PAGE - len(rest.rows)
    chosen, is_end = _choose_threads(_threads(here, discussion_id, order, last), room, is_begun=bool(rest.rows))
    place = {tree: number for number, tree in enumerate(chosen)}
    rows = comment_rows(here.filter(tree_id__in=chosen).order_by(*IN_TREE_ORDER)[: policy.COMMENTS_PER_PAGE + 1])
    rows.sort(key=lambda row: place[row.tree_id])  # inside a thread as they are
    page = _cut_between_threads(rest.rows + rows, last)
    if page.next_after is None and not is_end:
        return Page(page.rows, page.rows[-1].id, page.is_first)
    return page


def _rest_of_thread(here: QuerySet[Comment], last: Comment) -> Page:
    """What follows in the thread that the page before ended in: it was cut, or somebody replied in it since."""
    return load_range(here.filter(tree_id=last.tree_id, lft__gt=_fresh("lft", last)).order_by("lft"), last)


def _cut_between_threads(rows: list[CommentRow], last: Comment | None) -> Page:
    page = _cut(rows, last)
    if page.next_after is None:
        return page
    tree = rows[len(page.rows)].tree_id  # the first thread that is not on the page as a whole
    whole = [row for row in page.rows if row.tree_id != tree]
    return Page(whole, whole[-1].id, page.is_first) if whole else page


def _threads(
    here: QuerySet[Comment], discussion_id: int, order: str, last: Comment | None
) -> Iterator[tuple[int, int]]:
    """(tree_id, comments) of the threads after the last one, in their order, asked for as they are needed."""
    first = discussion_id * TREES_PER_DISCUSSION
    # All trees of a discussion lie in this range, and the index of the beginnings of threads is by tree.
    roots = here.filter(parent=None, tree_id__gt=first, tree_id__lte=first + TREES_PER_DISCUSSION)
    if order == "highest":
        roots = here.filter(parent=None).annotate(rank=RANK)
        if last:
            roots = _beyond(roots, _rank_of_thread(here, last.tree_id), tree_id__gt=last.tree_id)
        roots = roots.order_by(RANK.desc(), "tree_id")
    elif order == "newest":
        roots = (roots.filter(tree_id__lt=last.tree_id) if last else roots).order_by("-tree_id")
    else:
        roots = (roots.filter(tree_id__gt=last.tree_id) if last else roots).order_by("tree_id")
    trees = roots.values_list("tree_id", flat=True)
    for start in range(0, policy.COMMENTS_PER_PAGE + 1, policy.THREADS_COUNTED):
        batch = list(trees[start : start + policy.THREADS_COUNTED])
        sizes = dict(here.filter(tree_id__in=batch).order_by().values_list("tree_id").annotate(size=Count("id")))
        yield from ((tree, sizes[tree]) for tree in batch)
        if len(batch) < policy.THREADS_COUNTED:
            return


def _beyond(ranked: QuerySet[Comment], rank: int, **among_equals: int) -> QuerySet[Comment]:
    """What comes after a rank, highest first; the bound that says less lets an index be read from there."""
    return ranked.filter(Q(rank__lt=rank) | Q(rank=rank, **among_equals), rank__lte=rank)


def _rank_of_thread(here: QuerySet[Comment], tree_id: int) -> int:
    return here.filter(tree_id=tree_id, parent=None).values_list(RANK, flat=True).get()


def _choose_threads(threads: Iterator[tuple[int, int]], room: int, *, is_begun: bool) -> tuple[list[int], bool]:
    """The next threads that fit, and whether no other comes after them.

    Where nothing is on the page yet, the first thread is chosen however large it is.
    """
    chosen, held = [], 0
    for tree, size in threads:
        if held + size > room and (chosen or is_begun):
            return chosen, False
        chosen.append(tree)
        held += size
    return chosen, True

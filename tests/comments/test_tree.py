"""Places in trees: whatever is answered in whatever order, the numbers say what the parents say."""

import random
import re
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mptt.exceptions import InvalidMove
from mptt.utils import get_cached_trees

from comments import tree
from comments.actions import renumber_discussion
from comments.models import Comment
from comments.queries import load_comment_page
from forum.reading import Reading
from tests.factories import NOW, a_comment, a_discussion
from tests.trees import reading_order, wrong_with

pytestmark = pytest.mark.django_db
REPLIES = 2000
# Roots so narrow that a dozen replies fill them: spreading, the rare case, happens all the time.
NARROW = {"ROOT_RIGHT": 2**16, "ROOMY_STEP": 2**5}
AS_EVER = {"ROOT_RIGHT": tree.ROOT_RIGHT}
some_parents = st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=30)


def reply(discussion, parent) -> Comment:
    return Comment.objects.create(
        discussion=discussion, parent=parent, subject="A", posted_at=NOW, score=0, start_score=0
    )


def grown(parents, discussion=None) -> list[Comment]:
    """Comments one after the other; each number names, modulo what is there, the comment that is answered."""
    discussion, made = discussion or a_discussion(), []
    for choice in parents:
        made.append(reply(discussion, None if choice is None or not made else made[choice % len(made)]))
    return made


@pytest.fixture
def rewritten(monkeypatch):
    """How many rows each spreading wrote anew."""
    rows, spread = [], tree._spread

    def counting(part, *, inside, **rest):
        rows.append(inside)
        spread(part, inside=inside, **rest)

    monkeypatch.setattr(tree, "_spread", counting)
    return rows


def chain(made, chance):
    return made[-1]


def star(made, chance):
    return made[0]


def anywhere(made, chance):
    return chance.choice(made)


def mostly_the_newest(made, chance):
    return made[-1] if chance.random() < 0.9 else chance.choice(made)


def two_chains_in_turn(made, chance):
    return made[-2] if len(made) > 2 else made[0]


def a_star_on_a_chain(made, chance):
    return made[min(len(made) - 1, 40)]


# -- Any shape ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "rows_a_reply"),
    [(chain, 5), (star, 0), (anywhere, 0), (mostly_the_newest, 5), (two_chains_in_turn, 5), (a_star_on_a_chain, 5)],
)
def test_2000_replies_of_any_shape_stand_right_and_few_rows_move(shape, rows_a_reply, rewritten):
    chance, discussion = random.Random(7), a_discussion()
    made = [reply(discussion, None)]
    for _ in range(REPLIES):
        made.append(reply(discussion, shape(made, chance)))
    assert wrong_with(discussion) == []
    assert sum(rewritten) / REPLIES <= rows_a_reply


@given(some_parents)
@settings(max_examples=60, deadline=None)
def test_random_discussions_stand_right(parents):
    assert wrong_with(grown(parents)[0].discussion) == []


@given(st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=60))
@example([None] + [0] * 59)
@example([None, *range(59)])
@settings(max_examples=60, deadline=None)
def test_discussions_stand_right_however_often_their_numbers_are_spread(parents):
    with mock.patch.multiple(tree, **NARROW):
        assert wrong_with(grown(parents)[0].discussion) == []


def test_a_parent_of_very_many_in_a_crowded_part_takes_one_more():
    made = grown([None, *range(32)])
    parent = made[-1]
    parent.refresh_from_db()
    last, brood = parent.lft, []
    while (width := tree.child_width(whole=parent.rght - parent.lft, free=parent.rght - last)) >= tree.LEAST_WIDTH:
        brood.append((last + 1, last + width))
        last += width
    Comment.objects.bulk_create(_brood(parent, brood), batch_size=500)
    assert len(brood) > 10_000
    reply(parent.discussion, parent)
    assert wrong_with(parent.discussion) == []


def _brood(parent, places):
    for lft, rght in places:
        yield Comment(
            discussion=parent.discussion,
            parent=parent,
            subject="A",
            posted_at=NOW,
            score=0,
            start_score=0,
            tree_id=parent.tree_id,
            lft=lft,
            rght=rght,
            level=parent.level + 1,
        )


def test_a_crowded_corner_of_a_wide_thread_is_spread_alone(rewritten):
    discussion = a_discussion()
    root = reply(discussion, None)
    made = [reply(discussion, root) for _ in range(300)]
    for _ in range(200):
        made.append(reply(discussion, made[-1]))
    assert max(rewritten) < 300
    assert wrong_with(discussion) == []


def test_numbers_stay_inside_64_bits():
    made = grown([None, *range(100)])
    numbers = Comment.objects.filter(discussion=made[0].discussion).values_list("tree_id", "lft", "rght")
    assert all(0 < number < 2**63 for row in numbers for number in row)
    assert tree.root_place(discussion_id=2**31 - 1, tree_number=2**32 - 1).tree_id < 2**63


@given(whole=st.integers(0, 2**62), replies=st.integers(0, 200))
def test_a_reply_always_fits_into_what_is_free(whole, replies):
    free = whole
    for _ in range(replies):
        width = tree.child_width(whole=whole, free=free) if free else 0
        if width < tree.LEAST_WIDTH:
            break
        assert 0 < width < free
        free -= width


# -- What django-mptt reads ----------------------------------------------------------------------------------------


class Model:
    """A discussion as its parents tell it."""

    def __init__(self, made):
        self.parent = {comment.pk: comment.parent_id for comment in made}
        self.order = [pk for pk, _ in reading_order(made[0].discussion)]

    def above(self, pk):
        found = []
        while (pk := self.parent[pk]) is not None:
            found.append(pk)
        return found

    def beneath(self, pk):
        return [other for other in self.order if pk in self.above(other)]

    def replies(self, pk):
        return [other for other in self.order if self.parent[other] == pk]


def ids(comments) -> list[int]:
    return [comment.pk for comment in comments]


@given(st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=16), st.booleans())
@settings(max_examples=20, deadline=None)
def test_django_mptt_reads_what_the_parents_say(parents, is_narrow):
    with mock.patch.multiple(tree, **NARROW if is_narrow else AS_EVER):
        made = grown(parents)
    known = Model(made)
    for comment in Comment.objects.filter(discussion=made[0].discussion):
        above, beneath = known.above(comment.pk), known.beneath(comment.pk)
        assert ids(comment.get_ancestors()) == above[::-1]
        assert ids(comment.get_ancestors(ascending=True, include_self=True)) == [comment.pk, *above]
        assert ids(comment.get_descendants()) == beneath
        assert ids(comment.get_descendants(include_self=True)) == [comment.pk, *beneath]
        assert comment.get_descendant_count() == len(beneath)
        assert ids(comment.get_children()) == known.replies(comment.pk)
        assert comment.is_leaf_node() == (not beneath)
        leaves = [pk for pk in beneath if not known.replies(pk)]
        assert ids(comment.get_leafnodes()) == leaves
        assert ids(comment.get_leafnodes(include_self=True)) == (leaves if beneath else [comment.pk])
        assert ids(comment.get_family()) == [*above[::-1], comment.pk, *beneath]
        assert comment.get_root().pk == (above or [comment.pk])[-1]
        assert comment.get_level() == len(above)


@given(some_parents, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=40, deadline=None)
def test_django_mptt_reads_around_many_comments_at_once(parents, chance, is_narrow):
    with mock.patch.multiple(tree, **NARROW if is_narrow else AS_EVER):
        made = grown(parents)
    known = Model(made)
    chosen = chance.sample([comment.pk for comment in made], chance.randint(1, len(made)))
    some = Comment.objects.filter(pk__in=chosen)
    above = {pk for one in chosen for pk in known.above(one)}
    beneath = {pk for one in chosen for pk in known.beneath(one)}
    assert set(ids(Comment.objects.get_queryset_ancestors(some))) - set(chosen) == above - set(chosen)
    assert set(ids(Comment.objects.get_queryset_ancestors(some, include_self=True))) == above | set(chosen)
    assert set(ids(Comment.objects.get_queryset_descendants(some))) - set(chosen) == beneath - set(chosen)
    assert set(ids(Comment.objects.get_queryset_descendants(some, include_self=True))) == beneath | set(chosen)


@given(some_parents, st.booleans())
@settings(max_examples=25, deadline=None)
def test_django_mptt_nests_a_whole_discussion(parents, is_narrow):
    with mock.patch.multiple(tree, **NARROW if is_narrow else AS_EVER):
        made = grown(parents)
    known, waiting = Model(made), get_cached_trees(Comment.objects.filter(discussion=made[0].discussion))
    assert ids(waiting) == [pk for pk in known.order if known.parent[pk] is None]
    while waiting:
        comment = waiting.pop()
        assert ids(comment.get_children()) == known.replies(comment.pk)
        waiting += comment.get_children()


# -- What is not allowed -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_comment_cannot_be_made_outside_a_transaction():
    discussion = a_discussion()
    with pytest.raises(transaction.TransactionManagementError):
        reply(discussion, None)
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    "act",
    [
        lambda first, second: second.move_to(first, "last-child"),
        lambda first, second: Comment.objects.move_node(second, first),
        lambda first, second: Comment.objects.rebuild(),
        lambda first, second: Comment.objects.partial_rebuild(first.tree_id),
        lambda first, second: Comment.objects.build_tree_nodes({"subject": "A"}),
        lambda first, second: Comment.objects.disable_mptt_updates().__enter__(),
        lambda first, second: Comment.objects.delay_mptt_updates().__enter__(),
        lambda first, second: Comment.objects.insert_node(Comment(discussion=first.discussion), first, "left"),
    ],
)
def test_nothing_else_writes_tree_numbers(act):
    first, second = grown([None, None])
    with pytest.raises(InvalidMove):
        act(first, second)
    assert wrong_with(first.discussion) == []


@pytest.mark.parametrize("new_parent", [0, None])
def test_a_comment_saved_with_another_parent_stays_where_it_is(new_parent):
    made = grown([None, None, 1])
    made[2].parent = None if new_parent is None else made[new_parent]
    with pytest.raises(InvalidMove):
        made[2].save()
    assert wrong_with(made[0].discussion) == []


def test_saving_an_old_copy_of_a_comment_keeps_the_numbers_of_today():
    with mock.patch.multiple(tree, **NARROW):
        made = grown([None, *range(40)])
        made[5].subject = "Other words"
        made[5].save()
    assert wrong_with(made[0].discussion) == []


# -- Whole trees at once -------------------------------------------------------------------------------------------


@given(some_parents)
@settings(max_examples=40, deadline=None)
def test_vandalised_numbers_are_repaired_from_the_parents(parents):
    made = grown(parents)
    for number, comment in enumerate(made):
        level = 0 if comment.parent_id is None else 3
        Comment.objects.filter(pk=comment.pk).update(lft=7 + number % 3, rght=11, level=level)
    renumber_discussion(made[0].discussion_id, lambda comment: comment.pk)
    assert wrong_with(made[0].discussion) == []


def test_a_repaired_discussion_takes_new_replies():
    made = grown([None, 0, 0, 1, None])
    renumber_discussion(made[0].discussion_id)
    renumber_discussion(made[0].discussion_id)
    for parent in [*made, None]:
        reply(made[0].discussion, parent)
    assert wrong_with(made[0].discussion) == []


def test_numbering_needs_no_recursion():
    deep = {number: [number + 1] for number in range(20_000)}
    places = tree.number_trees(deep, [0])
    assert places[20_000][2] == 20_000
    assert places[0][0] < places[20_000][0] < places[20_000][1] < places[0][1]


# -- Readers meanwhile -----------------------------------------------------------------------------------------------


def test_a_comments_page_is_whole_though_the_numbers_were_spread_since_it_was_found():
    first = a_comment()
    found = a_comment(parent=first)
    below = a_comment(parent=found)
    other = a_comment(parent=first)
    renumber_discussion(found.discussion_id)
    page = load_comment_page(comment=found, reading=Reading())
    assert numbers_in(page.context) == [first.pk]
    assert numbers_in(page.thread.html) == [found.pk, below.pk]
    assert other.pk not in numbers_in(page.thread.html)


def numbers_in(parts) -> list[int]:
    return [int(number) for number in re.findall(rb'id="comment-(\d+)"', b"".join(parts))]

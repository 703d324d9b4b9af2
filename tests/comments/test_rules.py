"""The order in which a discussion is read, tried against a slow and plain model of the same words."""

import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comments import rules
from comments.rules import changes
from forum import policy

DEEPEST = policy.DEPTH_SHOWN_MAX


@dataclass
class Said:
    id: int
    place: int
    parent_id: int | None = None
    shown: int = 1
    is_hidden: bool = False


def said(*words) -> list[Said]:
    """Rows in tree order from ``(id, parent, score)``; a score of None: removed by staff."""
    return [Said(pk, n, up, -1 if score is None else score, score is None) for n, (pk, up, score) in enumerate(words)]


def arranged(rows, how=rules.arrange_nested, *, threshold=0, order="oldest"):
    return how(rows, [row.shown for row in rows], threshold=threshold, order=order)


def nested(rows, **how):
    entries, beneath = arranged(rows, **how)
    return [(entry.row.id, entry.depth) for entry in entries], beneath


def entry_of(rows, pk, **how):
    entries, _ = arranged(rows, **how)
    return next(entry for entry in entries if entry.row.id == pk)


# -- Nested --------------------------------------------------------------------------------------------------------

TALK = said((1, None, 1), (2, 1, 5), (3, 2, 0), (4, 1, 2), (5, None, 4))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("oldest", [(1, 0), (2, 1), (3, 2), (4, 1), (5, 0)]),
        ("newest", [(5, 0), (1, 0), (4, 1), (2, 1), (3, 2)]),
        ("highest", [(5, 0), (1, 0), (2, 1), (3, 2), (4, 1)]),
    ],
)
def test_siblings_follow_the_order_and_replies_their_parent(order, expected):
    assert nested(TALK, order=order) == (expected, 0)


def test_a_visible_reply_moves_up_to_the_nearest_shown_ancestor():
    rows = said((1, None, 3), (2, 1, 0), (3, 2, 0), (4, 3, 5))
    assert nested(rows, threshold=2) == ([(1, 0), (4, 1)], 0)
    assert entry_of(rows, 4, threshold=2).stands_apart
    assert not entry_of(rows, 2).stands_apart


def test_a_comment_says_how_many_replies_are_beneath_the_threshold():
    rows = said((1, None, 3), (2, 1, 0), (3, 2, 0), (4, 2, 5), (5, 4, 1))
    assert entry_of(rows, 1, threshold=2).beneath == 2
    assert entry_of(rows, 4, threshold=2).beneath == 1


def test_a_thread_beneath_the_threshold_is_counted_once_however_many_spoke_in_it():
    rows = said((1, None, 0), (2, 1, 0), (3, 2, 0), (4, None, 0), (5, None, 5))
    assert nested(rows, threshold=1) == ([(5, 0)], 2)


def test_a_removed_comment_is_a_tombstone_while_something_answers_it():
    rows = said((1, None, None), (2, 1, 1), (3, None, None))
    assert nested(rows, threshold=0) == ([(1, 0), (2, 1)], 0)
    assert entry_of(rows, 1).is_tombstone


def test_a_removed_comment_answered_only_by_removed_ones_is_gone():
    assert nested(said((1, None, None), (2, 1, None))) == ([], 0)


def test_a_removed_comment_is_not_counted_as_beneath_the_threshold():
    rows = said((1, None, 5), (2, 1, None), (3, None, None))
    assert nested(rows, threshold=2) == ([(1, 0)], 0)
    assert entry_of(rows, 1, threshold=2).beneath == 0


def test_a_discussion_without_comments_is_empty():
    assert arranged([]) == ([], 0)


def test_deep_replies_step_in_no_further_and_say_so():
    rows = said((0, None, 1), *((n, n - 1, 1) for n in range(1, 2000)))
    entries, _ = arranged(rows)
    assert [entry.depth for entry in entries] == [min(n, DEEPEST) for n in range(2000)]
    assert [entry.is_flattened for entry in entries] == [n > DEEPEST for n in range(2000)]


ORDERS = {"oldest": lambda r: r.place, "newest": lambda r: -r.place, "highest": lambda r: (-r.shown, r.place)}


@st.composite
def discussions(draw):
    """Any discussion in tree order: parents before their replies, subtrees together."""
    parents = draw(st.lists(st.none() | st.integers(0, 50), max_size=30))
    children, rows = {None: []}, []
    for pk, choice in enumerate(parents):
        children[pk] = []
        children[None if choice is None or not pk else choice % pk].append(pk)
    stack = [(pk, None) for pk in reversed(children[None])]
    while stack:
        pk, up = stack.pop()
        score, is_hidden = draw(st.integers(-1, 5)), draw(st.integers(0, 4)) == 0
        rows.append(Said(pk, len(rows), up, score, is_hidden))
        stack += [(child, pk) for child in reversed(children[pk])]
    return rows


def plainly_arranged(rows, threshold, order):
    """The same by recursion and search, as the words say it: [(id, depth)]."""
    known = {row.id: row for row in rows}
    answered = {row.parent_id for row in rows if not row.is_hidden}

    def is_shown(row):
        return row.id in answered if row.is_hidden else row.shown >= threshold

    def shown_above(row):
        up = known.get(row.parent_id)
        while up and not is_shown(up):
            up = known.get(up.parent_id)
        return up

    def beneath(up, depth):
        found = []
        for row in sorted((r for r in rows if is_shown(r) and shown_above(r) is up), key=ORDERS[order]):
            found += [(row.id, min(depth, DEEPEST)), *beneath(row, depth + 1)]
        return found

    return beneath(None, 0)


@given(discussions(), st.integers(-1, 5), st.sampled_from(list(rules.ORDERS)))
def test_any_discussion_is_arranged_as_the_plain_model_does(rows, threshold, order):
    assert nested(rows, threshold=threshold, order=order)[0] == plainly_arranged(rows, threshold, order)


@given(discussions(), st.integers(-1, 5), st.sampled_from(list(rules.ORDERS)))
def test_the_nested_lists_of_a_page_open_and_close_in_pairs(rows, threshold, order):
    depth = 0
    for entry in arranged(rows, threshold=threshold, order=order)[0]:
        assert entry.depth == depth
        depth += entry.opens
        depth -= entry.closes
        assert not (entry.opens and entry.closes)
    assert depth == 0


@given(discussions(), st.integers(-1, 5))
def test_every_comment_is_shown_or_counted_unless_its_threads_beginning_is_beneath(rows, threshold):
    entries, threads = arranged(rows, threshold=threshold)
    shown = {entry.row.id for entry in entries}
    assert threads == sum(
        row.parent_id is None and not row.is_hidden and row.id not in shown and row.shown < threshold for row in rows
    )
    assert sum(not row.is_hidden and row.shown >= threshold for row in rows) == sum(
        not entry.is_tombstone for entry in entries
    )


# -- Flat and the rest -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"),
    [("oldest", [1, 2, 3, 4, 5]), ("newest", [5, 4, 3, 2, 1]), ("highest", [2, 5, 4, 1, 3])],
)
def test_flat_comments_follow_the_order_alone(order, expected):
    entries, beneath = arranged(TALK, rules.arrange_flat, order=order)
    assert ([entry.row.id for entry in entries], beneath) == (expected, 0)
    assert {entry.depth for entry in entries} == {0}


@given(discussions(), st.integers(-1, 5), st.sampled_from(list(rules.ORDERS)))
def test_flat_comments_are_shown_or_counted(rows, threshold, order):
    entries, beneath = arranged(rows, rules.arrange_flat, threshold=threshold, order=order)
    visible = [row for row in rows if not row.is_hidden]
    assert sorted(entry.row.id for entry in entries) == sorted(r.id for r in visible if r.shown >= threshold)
    assert len(entries) + beneath == len(visible)


@given(st.lists(st.integers(-1, 5)))
def test_each_threshold_tells_how_many_comments_it_shows(scores):
    counted = rules.counts_by_threshold(scores)
    assert counted == [(limit, len([score for score in scores if score >= limit])) for limit in range(-1, 6)]


@pytest.mark.parametrize(
    ("karma", "declines", "start"),
    [
        (None, False, (0, False)),
        (0, False, (1, False)),
        (25, False, (1, False)),
        (26, False, (1, True)),
        (26, True, (1, False)),
        (50, False, (1, True)),
        (-1, False, (0, False)),
        (-10, False, (0, False)),
        (-11, False, (-1, False)),
        (-25, False, (-1, False)),
    ],
)
def test_where_a_comment_starts(karma, declines, start):
    found = rules.starting_score(karma=karma, declines_bonus=declines)
    assert (found.score, found.has_bonus) == start


@pytest.mark.parametrize(
    ("subject", "reply"),
    [("Trees", "Re: Trees"), ("Re: Trees", "Re: Trees"), ("RE: Trees", "RE: Trees"), ("Rescue", "Re: Rescue")],
)
def test_a_reply_says_re_once(subject, reply):
    assert rules.reply_subject(subject) == reply


@given(st.text(max_size=150))
def test_the_subject_of_a_reply_to_a_subject_that_fits_fits(subject):
    subject = subject[: policy.SUBJECT_MAX]
    assert len(rules.reply_subject(subject)) <= policy.SUBJECT_MAX


def test_a_change_is_told_word_by_word():
    assert changes("one two three", "one too three four") == [
        ("same", "one"),
        ("gone", " two"),
        ("new", " too"),
        ("same", " three"),
        ("new", " four"),
    ]
    assert changes("", "new") == [("new", "new")]
    assert changes("same", "same") == [("same", "same")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 3_000, "b a " * 3_000),
        (" ".join(str(n % 120) for n in range(7_000)), " ".join(str(n * n % 121) for n in range(7_000))),
        ("\n".join(str(n % 120) for n in range(7_000)), "\n".join(str(n * n % 121) for n in range(7_000))),
        ("\n" * 15_000, "\n" * 14_999),
    ],
)
def test_long_texts_are_compared_quickly_and_nothing_of_them_is_lost(before, after):
    began = time.process_time()
    found = changes(before, after)
    assert time.process_time() - began < 1
    assert "".join(one.words for one in found if one.kind != "new") == before
    assert "".join(one.words for one in found if one.kind != "gone") == after

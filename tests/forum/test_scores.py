"""The score a reader sees: each modifier alone, several together, and at the ends of the range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comments import rules
from forum import policy
from forum.scores import VISITOR, Facts, Modifier, Taste, first_new_member, modifiers_of, shown_score

PLAIN = Facts(score=2, has_bonus=False, label="", author_id=7, is_archived=False, length=500)
FRIEND = {7: ("friend", 2)}


@pytest.mark.parametrize(
    ("score", "has_bonus", "bonus", "shown"),
    [(1, True, 1, 2), (1, True, 0, 1), (1, False, 1, 1), (5, True, 1, 5), (-1, True, 1, 0), (1, True, -6, -1)],
)
def test_the_bonus_counts_where_the_reader_wants_it(score, has_bonus, bonus, shown):
    assert shown_score(PLAIN._replace(score=score, has_bonus=has_bonus), Taste(bonus=bonus)) == shown


ALONE = [  # a taste, the comment it applies to, the line of its receipt, and a comment that it leaves alone
    (Taste(people=FRIEND), PLAIN, ("friend", 2), PLAIN._replace(author_id=8)),
    (Taste(people={7: ("foe", -3)}), PLAIN, ("foe", -3), PLAIN._replace(author_id=None)),
    (Taste(anonymous=-1), PLAIN._replace(author_id=None), ("anonymous", -1), PLAIN),
    (Taste(anonymous=-1), PLAIN._replace(author_id=None), ("anonymous", -1), Facts(2, False, is_archived=True)),
    (Taste(new=1, new_from=7), PLAIN, ("new account", 1), PLAIN._replace(author_id=6)),
    (Taste(reasons={"Funny": -6}), PLAIN._replace(label="Funny"), ("Funny", -6), PLAIN._replace(label="Troll")),
    (Taste(short=-1, short_below=501), PLAIN, ("short", -1), PLAIN._replace(length=501)),
    (Taste(long=1, long_above=499), PLAIN, ("long", 1), PLAIN._replace(length=499)),
]


@pytest.mark.parametrize(("taste", "applies_to", "line", "leaves"), ALONE)
def test_each_modifier_alone(taste, applies_to, line, leaves):
    assert modifiers_of(applies_to, taste) == [Modifier(*line)]
    assert shown_score(applies_to, taste) == max(-1, applies_to.score + line[1])
    assert modifiers_of(leaves, taste) == []
    assert shown_score(leaves, taste) == leaves.score


def test_several_add_up_in_the_order_of_the_receipt():
    taste = Taste(people=FRIEND, new=-1, new_from=1, reasons={"Funny": -2}, long=1, long_above=10, short=3)
    told = modifiers_of(PLAIN._replace(has_bonus=True, label="Funny"), taste)
    assert told == [("karma bonus", 1), ("friend", 2), ("new account", -1), ("Funny", -2), ("long", 1)]
    assert shown_score(PLAIN._replace(has_bonus=True, label="Funny"), taste) == 3


@pytest.mark.parametrize(("bonus", "friend", "shown"), [(6, -6, 2), (-6, 6, 2), (6, 6, 5), (-6, -6, -1)])
def test_the_sum_is_held_once_at_the_end(bonus, friend, shown):
    taste = Taste(bonus=bonus, people={7: ("friend", friend)})
    assert shown_score(PLAIN._replace(has_bonus=True), taste) == shown


def test_nobody_is_new_where_the_newest_number_is_not_known():
    assert modifiers_of(PLAIN, Taste(new=3)) == []


POINTS = st.integers(-6, 6)
FACTS = st.builds(
    Facts,
    score=st.integers(-1, 5),
    has_bonus=st.booleans(),
    label=st.sampled_from(["", "Funny", "Troll"]),
    author_id=st.none() | st.integers(1, 4),
    is_archived=st.booleans(),
    length=st.integers(0, 20),
)
TASTES = st.builds(
    Taste,
    bonus=POINTS,
    anonymous=POINTS,
    reasons=st.dictionaries(st.sampled_from(["Funny", "Troll"]), POINTS),
    people=st.dictionaries(st.integers(1, 4), st.tuples(st.sampled_from(["friend", "foe"]), POINTS)),
    new_from=st.none() | st.integers(1, 5),
    new=POINTS,
    short=POINTS,
    short_below=st.integers(0, 20),
    long=POINTS,
    long_above=st.integers(0, 20),
)


@given(FACTS, TASTES)
def test_the_score_is_the_stored_one_and_every_line_held_at_the_end(facts, taste):
    whole = facts.score + sum(line.delta for line in modifiers_of(facts, taste))
    assert shown_score(facts, taste) == rules.clamp_score(whole)


@given(FACTS, TASTES)
def test_a_plain_taste_sees_what_visitors_see(facts, taste):
    if taste.is_plain:
        assert modifiers_of(facts, taste) == modifiers_of(facts, VISITOR)
        assert shown_score(facts, taste) == shown_score(facts, VISITOR)


@pytest.mark.parametrize(
    ("taste", "plain"),
    [
        (Taste(), True),
        (Taste(people={7: ("friend", 0)}, reasons={"Funny": 0}, new_from=3, short_below=9), True),
        (Taste(bonus=0), False),
        (Taste(people={7: ("friend", 0), 8: ("foe", -1)}), False),
        (Taste(anonymous=1), False),
        (Taste(short=1), False),
    ],
)
def test_only_what_changes_a_score_sets_a_taste_apart(taste, plain):
    assert taste.is_plain is plain


@pytest.mark.parametrize(("newest", "percent", "first"), [(100, 5, 96), (1000, 1, 991), (3, 100, 1), (10, 5, 10)])
def test_the_newest_are_a_share_of_all_numbers(newest, percent, first):
    assert first_new_member(newest, percent) == first


@given(st.integers(1, 10**6), st.integers(1, 100), st.data())
def test_who_is_new_is_as_in_slash(newest, percent, data):
    number = data.draw(st.integers(1, newest))
    assert (number >= first_new_member(newest, percent)) == (100 * (newest - number) < percent * newest)


def test_the_limits_of_the_policy_are_those_of_the_range():
    assert policy.MODIFIER_MAX == policy.SCORE_MAX - policy.SCORE_MIN

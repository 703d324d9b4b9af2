"""Score, label and bonus as the replay of the log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum import policy
from forum.presets import THRESHOLD
from moderation import rules

NUMBER = {reason.name: number for number, reason in policy.REASONS.items()}
some_reasons = st.lists(st.sampled_from(list(NUMBER)), max_size=15)


def log(*names):
    return [rules.Line(NUMBER[name], policy.REASONS[NUMBER[name]].score) for name in names]


def outcome(*names, start=1, start_label="", had_bonus=False):
    return rules.replay(start_score=start, start_label=start_label, had_bonus=had_bonus, lines=log(*names))


def test_without_moderations_a_comment_stands_at_its_start():
    assert outcome(start=2, start_label="Funny", had_bonus=True) == rules.Outcome(2, "Funny", True)


@pytest.mark.parametrize(
    ("start", "names", "score"),
    [
        (1, ["Insightful"] * 3, 4),
        (5, ["Insightful", "Troll"], 4),  # held at 5 first, then one less
        (-1, ["Troll", "Funny"], 0),  # held at -1 first
        (0, ["Overrated", "Overrated", "Underrated"], 0),
    ],
)
def test_the_score_is_held_in_its_range_at_each_step(start, names, score):
    assert outcome(*names, start=start).score == score


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (["Funny"], "Funny"),
        (["Funny", "Funny", "Insightful"], "Funny"),
        (["Funny", "Insightful"], "Insightful"),  # of several the one given last
        (["Insightful", "Funny", "Insightful", "Funny"], "Funny"),
        (["Troll", "Insightful", "Insightful"], "Insightful"),  # the net change is up
        (["Troll", "Troll", "Insightful"], "Troll"),  # the net change is down
        (["Insightful", "Insightful", "Troll", "Flamebait", "Offtopic"], "Offtopic"),
        (["Troll", "Funny"], "Funny"),  # no net change: all count, the last wins
        (["Funny", "Troll"], "Troll"),
        (["Underrated"], ""),
        (["Overrated", "Overrated"], ""),
        (["Overrated", "Troll"], "Troll"),
        (["Underrated", "Underrated", "Funny"], "Funny"),
        (["Funny", "Overrated", "Overrated"], ""),  # net down, and no label points down
    ],
)
def test_the_label_is_the_commonest_reason_in_the_direction_of_the_net_change(names, label):
    assert outcome(*names).label == label


def test_an_archived_label_stays_until_another_takes_its_place():
    assert outcome("Underrated", start_label="Interesting").label == "Interesting"
    assert outcome("Troll", start_label="Interesting").label == "Troll"


@pytest.mark.parametrize(
    ("names", "has_bonus"),
    [
        (["Troll", "Offtopic"], True),
        (["Troll", "Offtopic", "Overrated"], False),
        (["Troll", "Insightful", "Offtopic", "Funny"], True),
        (["Troll"] * 3 + ["Insightful"] * 5, False),
    ],
)
def test_the_bonus_is_lost_at_the_third_moderation_downwards(names, has_bonus):
    assert outcome(*names, had_bonus=True).has_bonus == has_bonus
    assert not outcome(*names, had_bonus=False).has_bonus


@given(some_reasons, st.integers(-1, 5))
def test_no_log_leaves_the_range(names, start):
    assert policy.SCORE_MIN <= outcome(*names, start=start).score <= policy.SCORE_MAX


@given(some_reasons)
def test_the_label_was_given_and_is_never_over_or_underrated(names):
    label = outcome(*names).label
    assert label == "" or (label in names and policy.REASONS[NUMBER[label]].is_label)


@pytest.mark.parametrize(
    ("name", "score", "refusal"),
    [
        ("Insightful", 5, "at 5 already, the highest"),
        ("Underrated", 5, "at 5 already, the highest"),
        ("Troll", -1, "at -1 already, the lowest"),
        ("Insightful", 4, None),
        ("Insightful", -1, None),
        ("Troll", 5, None),
        ("Troll", 0, None),
    ],
)
def test_a_reason_that_would_change_nothing_is_refused(name, score, refusal):
    rule = THRESHOLD.rule_of[NUMBER[name]]
    found = rules.check_reason(rule, score=score, karma=0, has_prior=False, numbers=THRESHOLD)
    assert found is None if refusal is None else refusal in found

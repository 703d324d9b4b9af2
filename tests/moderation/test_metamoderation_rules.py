"""The numbers of metamoderation, each alone: who may judge, the draw, the table, what multiplies a reward."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from forum.presets import PRESETS, SLASHDOT, THRESHOLD, from_numbers
from moderation.rules import votes_wanted
from moderation.rules.metamoderation import (
    Circumstances,
    Standing,
    consequence,
    draw_lots,
    in_words,
    is_fair,
    is_heard,
    is_too_new,
    repeat_penalty,
    reward_factor,
    votes_needed,
    weigh,
    weight_of_verdict,
    whole,
    why_not,
)
from tests.factories import NOW

PLAIN = Circumstances(after=timedelta(days=1), score=2, place=0, comments=9, is_reply=False)
OLD = NOW - timedelta(days=400)


def factor(share=1.0, **changed) -> float:
    return reward_factor(PLAIN._replace(**changed), share, SLASHDOT)


# -- The reward --------------------------------------------------------------------------------------------------------


def test_an_ordinary_moderation_is_worth_what_the_table_says():
    assert factor() == 1


@pytest.mark.parametrize(("seconds", "times"), [(0, 1.1), (1800, 1.1), (1801, 1)])
def test_a_quick_moderation_is_worth_a_tenth_more(seconds, times):
    assert factor(after=timedelta(seconds=seconds)) == times


def test_where_nobody_knows_when_it_was_posted_nothing_was_quick():
    assert factor(after=None) == 1


@pytest.mark.parametrize(("score", "times"), [(-1, 1.1), (0, 1.2), (1, 1.1), (2, 1), (3, 0.8), (4, 0.5), (5, 0.8)])
def test_what_was_low_is_worth_more_and_what_was_high_less(score, times):
    assert factor(score=score) == times


@pytest.mark.parametrize(("place", "times"), [(0, 0.9), (1, 0.9), (2, 1), (3, 1), (4, 1.1), (6, 1.1), (9, 1.1)])
def test_late_comments_of_a_discussion_are_worth_more(place, times):
    assert factor(place=place, comments=10) == times


def test_the_place_counts_from_ten_comments_on():
    assert factor(place=0, comments=9) == 1


def test_a_reply_is_worth_a_fifth_more():
    assert factor(is_reply=True) == 1.2


def test_all_of_it_multiplies():
    assert factor(after=timedelta(0), score=0, place=9, comments=10, is_reply=True) == pytest.approx(
        1.1 * 1.2 * 1.1 * 1.2
    )


def test_what_raises_a_reward_needs_four_fifths_and_what_lowers_it_does_not():
    assert factor(share=0.79, score=0, is_reply=True) == 1
    assert factor(share=0.79, score=4, is_reply=True) == 0.5
    assert factor(share=0.8, is_reply=True) == 1.2


# -- The table ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "bound"),
    [(0, 0), (1 / 9, 0.15), (0.2, 0.3), (1 / 3, 0.35), (0.4, 0.49), (0.5, 0.6), (2 / 3, 0.7), (0.8, 0.8), (0.81, 0.9)],
)
def test_the_row_is_the_first_that_is_not_below_the_share(share, bound):
    assert consequence(share, SLASHDOT).up_to == bound


def test_the_table_of_slashdot_is_that_of_slash():
    told = [
        (r.up_to, r.fair_voters, r.unfair_voters, r.moderator_tokens, r.moderator_karma) for r in SLASHDOT.consequences
    ]
    assert told == [
        (0.00, 0, 2, -100, -1),
        (0.15, -2, 1, -40, -1),
        (0.30, -0.5, 0.5, -20, 0),
        (0.35, 0, 0, -10, 0),
        (0.49, 0, 0, -4, 0),
        (0.60, 0, 0, 1, 0),
        (0.70, 0, 0, 2, 0),
        (0.80, 0.01, -1, 3, 0),
        (0.90, 0.02, -2, 4, 0),
        (1.00, 0.05, 0, 5, 0.5),
    ]


@pytest.mark.parametrize(
    ("tokens", "agreed", "judged", "slashdot", "ours"),
    [
        (0, 0, 0, True, True),
        (-1, 40, 40, False, True),
        (0, 28, 40, True, True),
        (0, 27, 40, True, False),
        (0, 0, 19, True, True),
        (0, 13, 20, True, False),
    ],
)
def test_who_is_heard_by_tokens_under_slashdot_and_by_agreement_under_ours(tokens, agreed, judged, slashdot, ours):
    found = [is_heard(tokens=tokens, agreed=agreed, judged=judged, numbers=one) for one in (SLASHDOT, THRESHOLD)]
    assert found == [slashdot, ours]


def test_nobody_who_votes_with_all_others_loses():
    for numbers in PRESETS.values():
        assert consequence(1, numbers).fair_voters >= 0
        assert consequence(0, numbers).unfair_voters >= 0


def test_a_tie_is_fair_to_the_moderator():
    assert is_fair(2, 2)
    assert not is_fair(1, 2)


def test_fewer_votes_than_nine_weigh_in_proportion_and_under_slashdot_all_weigh_alike():
    assert [weight_of_verdict(votes, THRESHOLD) for votes in (3, 9, 11)] == [pytest.approx(1 / 3), 1, 1]
    assert weight_of_verdict(3, SLASHDOT) == 1


def test_a_fraction_is_a_chance():
    for amount, mean in ((0.05, 0.05), (-0.5, -0.5), (5.5, 5.5), (-3.3, -3.3)):
        chance = Random(1)
        drawn = [whole(amount, chance) for _ in range(20_000)]
        assert sum(drawn) / len(drawn) == pytest.approx(mean, abs=0.02)
        assert len(set(drawn)) == 2
    assert [whole(amount, Random(1)) for amount in (2, -100, 0)] == [2, -100, 0]


@pytest.mark.parametrize(("earlier", "tokens"), [(0, 0), (2, 0), (3, -4), (4, -4), (5, -12), (9, -12), (10, -100)])
def test_repeats_cost_more_and_more(earlier, tokens):
    assert repeat_penalty(earlier, SLASHDOT) == tokens


# -- Votes and sizes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("members", "wanted"), [(1, 3), (5, 3), (50, 3), (100, 5), (200, 7), (5000, 9), (10**6, 9)])
def test_the_votes_wanted_are_odd_and_grow_with_the_members(members, wanted):
    assert votes_wanted(THRESHOLD, members) == wanted


@pytest.mark.parametrize(("wanted", "late"), [(3, 2), (5, 3), (7, 4), (9, 5)])
def test_late_a_majority_of_the_wanted_is_enough(wanted, late):
    assert votes_needed(wanted, is_stale=False, numbers=THRESHOLD) == wanted
    assert votes_needed(wanted, is_stale=True, numbers=THRESHOLD) == late
    assert votes_needed(wanted, is_stale=True, numbers=SLASHDOT) == wanted


# -- Who may judge -----------------------------------------------------------------------------------------------------

GOOD = Standing(
    number=10,
    karma=0,
    joined_at=OLD,
    is_willing=True,
    banned_at=None,
    barred_until=None,
    newest_number=100,
    judged_at=None,
)


def test_a_member_in_good_standing_may_judge():
    assert why_not(GOOD, THRESHOLD, NOW) is None
    assert why_not(GOOD._replace(judged_at=NOW - timedelta(days=1), barred_until=NOW), THRESHOLD, NOW) is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"karma": -1}, "karma"),
        ({"is_willing": False}, "preferences"),
        ({"banned_at": OLD}, "at present"),
        ({"barred_until": NOW + timedelta(days=3)}, "until 2026-05-07"),
        ({"joined_at": NOW}, "in 24 hours"),
        ({"number": 91}, "newest 10%"),
        ({"judged_at": NOW - timedelta(hours=4)}, "in 20 hours"),
    ],
)
def test_each_thing_against_it_is_said(changed, words):
    assert words in why_not(GOOD._replace(**changed), THRESHOLD, NOW)


def test_the_newest_are_left_out_from_some_size_on():
    assert [is_too_new(number, 100, THRESHOLD) for number in (90, 91)] == [False, True]
    assert [is_too_new(number, 49, THRESHOLD) for number in (48, 49)] == [False, False]
    assert [is_too_new(number, 50, THRESHOLD) for number in (45, 46)] == [False, True]


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(seconds=20), "in a minute"),
        (timedelta(minutes=4, seconds=1), "in 5 minutes"),
        (timedelta(minutes=61), "in 2 hours"),
        (timedelta(hours=25), "in 2 days"),
    ],
)
def test_a_wait_is_told_rounded_up(wait, words):
    assert in_words(wait) == words


# -- The draw ----------------------------------------------------------------------------------------------------------


def test_the_oldest_are_drawn_twice_as_often():
    waiting, oldest, first, chance = list(range(100)), [0, 1], Counter(), Random(2)
    for _ in range(20_000):
        first[draw_lots(weigh(waiting, oldest, THRESHOLD), chance)[0]] += 1
    mean = sum(first[one] for one in range(2, 100)) / 98
    assert (first[0] + first[1]) / 2 / mean == pytest.approx(2, abs=0.25)


def test_the_oldest_of_all_share_the_weight_of_their_zone_where_only_some_are_looked_at():
    weights = weigh(list(range(500, 600)), [0, 1], THRESHOLD)
    assert [weights[one] for one in (0, 1, 500)] == [1, 1, 1]
    assert len(weights) == 102


def test_the_same_chance_draws_the_same():
    weights = weigh(list(range(50)), [0], THRESHOLD)
    assert draw_lots(weights, Random(3)) == draw_lots(weights, Random(3))
    assert sorted(draw_lots(weights, Random(3))) == list(range(50))


# -- The numbers as they are kept --------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_number_survives_being_kept(preset):
    assert from_numbers(preset.to_numbers()) == preset
    changed = replace(preset, meta_score_factors=(1.0, 2.0), meta_give_up=timedelta(days=3))
    assert from_numbers(changed.to_numbers()) == changed

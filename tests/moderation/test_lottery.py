"""The lottery of tokens and points, from values alone; the worked examples of Slash (SLASH.md 2.4 A-C)."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from forum.presets import SLASHDOT, THRESHOLD
from moderation.rules import lottery
from moderation.rules.lottery import Candidate, Record

CERTAIN = replace(THRESHOLD, fairness_factor=1.0)


class Always(Random):
    """Chance that always says the same."""

    def __init__(self, value):
        super().__init__(0)
        self.value = value

    def random(self):
        return self.value


def readers(count, **same) -> list[Candidate]:
    return [Candidate(number, reads=number, **same) for number in range(1, count + 1)]


# -- The worked examples -------------------------------------------------------------------------------------------


def test_300_comments_and_40_expired_points_make_2120_tokens():
    assert lottery.token_supply(SLASHDOT, comments=300, expired=40) == 2120


def test_2000_receivers_make_50_grants_of_5_points():
    grants = {lottery.grant_count(2000, 25_000, SLASHDOT, Random(seed)) for seed in range(50)}
    assert grants == {50}
    assert 50 * SLASHDOT.points_per_grant == 250


def test_2120_tokens_among_many_readers_reach_about_2000_of_them():
    drawn = lottery.hand_out(2120, list(range(20_000)), SLASHDOT, Random(1))
    assert sum(drawn.values()) == 2120
    assert 1950 <= len(drawn) <= 2050


def test_a_token_is_worth_three_quarters_of_a_point_for_each_comment():
    assert SLASHDOT.tokens_per_comment / SLASHDOT.tokens_per_point == 0.75


# -- Who may draw --------------------------------------------------------------------------------------------------


def test_who_reads_least_and_most_is_cut_as_slash_cuts():
    middle = lottery.middle_readers(readers(60), SLASHDOT, Random(1))
    assert [one.reads for one in middle] == list(range(11, 55))


def test_equals_are_cut_at_random():
    same = [Candidate(number, reads=4) for number in range(60)]
    cuts = {tuple(one.member for one in lottery.middle_readers(same, SLASHDOT, Random(seed))) for seed in range(5)}
    assert len(cuts) == 5


@pytest.mark.parametrize(("members", "left"), [(5, 5), (49, 49), (50, 37)])
def test_on_a_small_site_nobody_is_cut_for_reading(members, left):
    assert len(lottery.middle_readers(readers(members), THRESHOLD, Random(1))) == left


def test_who_is_not_eligible_draws_nothing():
    away = Candidate(1, reads=0, is_eligible=False)
    assert lottery.draw_lots([away, Candidate(2, reads=3)], 10, THRESHOLD, Random(1)).drawn == {2: 3}


# -- Fairness ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "weight"),
    [
        (Record(), 1),
        (Record(fair=4, judged=4), 1),  # too few to know
        (Record(fair=5, judged=5), 1.3),
        (Record(fair=5, judged=10), 1),
        (Record(fair=0, judged=5), 1 / 1.3),
        (Record(spent=9), 1),
        (Record(spent=10), 1.3),
        (Record(expired=10), 1 / 1.3),
        (Record(fair=9, judged=9, spent=10), 1.3 * 1.3),
    ],
)
def test_fair_and_busy_moderators_weigh_more(record, weight):
    assert lottery.weight(record, THRESHOLD) == pytest.approx(weight)


def test_the_weight_is_how_often_one_is_in_the_pool():
    fair, unfair = Candidate(1, 3, record=Record(20, 20)), Candidate(2, 3, record=Record(0, 20))
    chance, count = Random(1), Counter()
    for _ in range(4000):
        count.update(lottery.weighted_pool([fair, unfair], THRESHOLD, chance))
    assert count[1] / 4000 == pytest.approx(1.3, abs=0.03)
    assert count[2] / 4000 == pytest.approx(1 / 1.3, abs=0.03)


def test_fair_moderators_draw_more_tokens_in_the_end():
    record = {True: Record(20, 20, 20, 0), False: Record(0, 20, 0, 20)}
    members = [Candidate(number, reads=5, record=record[number < 100]) for number in range(200)]
    drawn = lottery.draw_lots(members, 200, THRESHOLD, Random(4)).drawn
    fair = sum(tokens for member, tokens in drawn.items() if member < 100)
    assert fair > 2 * (sum(drawn.values()) - fair)


# -- Tokens, grants, stand-by --------------------------------------------------------------------------------------


def test_nobody_draws_more_than_three_in_a_run_and_the_rest_is_lost():
    drawn = lottery.hand_out(1000, [1, 1, 1, 2], THRESHOLD, Random(1))
    assert drawn == {1: 3, 2: 3}


def test_nobody_to_draw_and_nothing_to_draw():
    assert lottery.hand_out(5, [], THRESHOLD, Random(1)) == {}
    assert lottery.draw_lots([], 100, THRESHOLD, Random(1)) == lottery.Lots({}, [], [], 0)


@pytest.mark.parametrize(("chance", "grants"), [(0.0, 2), (0.49, 2), (0.51, 3)])
def test_the_fraction_of_a_grant_is_a_chance(chance, grants):
    assert lottery.grant_count(100, 500, THRESHOLD, Always(chance)) == grants


def test_at_most_a_tenth_of_the_eligible_are_granted_points_in_a_run():
    assert lottery.grant_count(4000, 99, THRESHOLD, Random(1)) == 9


def test_most_tokens_buy_first_and_half_the_price_is_enough():
    members = [
        Candidate(number, reads=0, tokens=tokens, is_eligible=False) for number, tokens in enumerate([19, 20, 39, 50])
    ]
    members += [Candidate(100 + number, reads=number) for number in range(200)]
    lots = lottery.draw_lots(members, 200, replace(CERTAIN, readers_cut_from=1000), Random(3))
    assert lots.granted[:2] == [3, 2]
    assert 0 not in lots.granted


def test_whoever_holds_all_the_points_there_can_be_pays_for_none():
    members = [Candidate(1, 0, tokens=40, held=5, is_eligible=False), Candidate(2, 0, tokens=20, is_eligible=False)]
    members += [Candidate(100 + number, reads=number) for number in range(200)]
    assert lottery.draw_lots(members, 60, replace(CERTAIN, standby_min=0), Always(0.99)).granted == [2]


@pytest.mark.parametrize(("held", "points"), [(0, 5), (3, 2), (5, 0), (8, 0)])
def test_a_grant_fills_up(held, points):
    assert lottery.points_of_grant(held, THRESHOLD) == points


@pytest.mark.parametrize(
    ("eligible", "holders", "count"), [(0, 0, 0), (1, 0, 1), (5, 0, 3), (5, 2, 1), (5, 3, 0), (100, 0, 3), (100, 9, 0)]
)
def test_stand_by_is_for_sites_where_too_few_hold_points(eligible, holders, count):
    numbers = replace(THRESHOLD, standby_min=3, standby_share=0.0)
    assert lottery.standby_count(eligible, holders, numbers) == count
    assert lottery.standby_count(eligible, holders, SLASHDOT) == 0


def test_a_share_of_the_eligible_can_be_kept_on_stand_by():
    assert lottery.standby_count(100, 4, replace(THRESHOLD, standby_share=0.1)) == 6


def test_stand_by_goes_to_most_tokens_then_to_who_waits_longest():
    members = [
        Candidate(1, 3, tokens=2, granted_at=9),
        Candidate(2, 3, granted_at=5),
        Candidate(3, 3, granted_at=7),
        Candidate(4, 3),
        Candidate(5, 3, tokens=9, held=1),
    ]
    lots = lottery.draw_lots(members, 0, replace(THRESHOLD, standby_min=4, standby_share=0.0), Random(1))
    assert lots.standby == [1, 4, 2]


def test_a_new_site_of_five_has_its_moderators_after_the_first_run():
    lots = lottery.draw_lots(readers(5), 6, THRESHOLD, Random(1))
    assert len(lots.standby) == 3


def test_the_same_seed_draws_the_same_lots_in_whatever_order_members_come():
    members = readers(300, tokens=30)
    one = lottery.draw_lots(members, 500, THRESHOLD, Random(7))
    assert one == lottery.draw_lots(reversed(members), 500, THRESHOLD, Random(7))
    assert one != lottery.draw_lots(members, 500, THRESHOLD, Random(8))

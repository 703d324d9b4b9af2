"""Towns that live for days: the economy keeps the figures of Slash, a new site starts well, the database agrees.

``python -m benchmarks.economy`` does the same for a year.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from forum.presets import SLASHDOT, THRESHOLD
from tests.town import DAY, Habits, Town, share
from tests.town_records import Records

LIVELY = Habits(comments_a_day=4.0, visits_a_day=(1.0, 6.0))


def test_slashdot_issues_about_three_quarters_of_a_point_for_each_comment():
    town = Town(300, SLASHDOT, founded_before=365 * DAY).live_for(14 * DAY)
    begun = town.comments, town.points_issued
    town.live_for(21 * DAY)
    comments, points = town.comments - begun[0], town.points_issued - begun[1]
    assert points / comments == pytest.approx(0.75, abs=0.12)
    assert 0.05 < share(town.holders, 21 * DAY) < 0.25


def test_a_site_of_five_has_moderators_as_soon_as_an_account_may_moderate():
    town = Town(5, THRESHOLD).live_for(30 * DAY)
    assert town.first_points == 24
    assert share(town.holders, 25 * DAY) > 0.3
    assert town.moderated_share() > 0.5


def test_a_site_of_fifty_passes_from_stand_by_to_tokens():
    town = Town(50, THRESHOLD).live_for(30 * DAY)
    assert town.first_points == 24
    assert town.grants["tokens"] > 5 * town.grants["standby"]
    assert town.points_issued / town.comments == pytest.approx(1.0, abs=0.3)


def test_without_stand_by_five_members_would_wait_for_ever():
    alone = replace(THRESHOLD, standby_min=0, standby_share=0.0)
    assert Town(5, alone).live_for(30 * DAY).first_points is None


@pytest.mark.django_db
@pytest.mark.parametrize("numbers", [SLASHDOT, THRESHOLD], ids=lambda numbers: numbers.name)
def test_the_site_and_the_town_agree_on_every_point_and_token_hour_by_hour(numbers):
    quick = {"tokens_per_point": 2, "is_exclusive": False, "pair_cap": 0, "grants_share_max": 0.5}
    quick["point_lifetime"] = timedelta(hours=9)
    town = Town(12, replace(numbers, **quick), LIVELY, founded_before=90 * DAY)
    records = Records(town)
    assert records.live_for(40) == []
    assert town.points_issued > 20
    assert sum(town.spent.values()) > 5
    assert town.points_expired > 5

"""How far a balance of tokens moves: a gain stops at the ceiling, a loss at the floor."""

from datetime import timedelta

import pytest

from moderation.actions import expire_mod_points
from moderation.models import Moderator, TokenEntry
from moderation.rules import change_of_tokens
from tests.factories import NOW, a_member, some_points


@pytest.mark.parametrize(
    ("tokens", "asked", "moved"),
    [(3, -10, -3), (3, -2, -2), (0, -10, 0), (-5, -10, 0), (38, +3, +2), (40, +3, 0), (45, +3, 0), (45, -3, -3)],
)
def test_a_balance_stops_at_its_bounds_and_one_beyond_them_stays_where_it_is(tokens, asked, moved):
    assert change_of_tokens(tokens, asked, floor=0, ceiling=40) == moved


def test_without_bounds_everything_asked_is_moved():
    assert [change_of_tokens(-3, asked) for asked in (-10, 0, 10)] == [-10, 0, 10]


@pytest.mark.django_db
@pytest.mark.parametrize(("tokens", "left"), [(0, 0), (3, 0), (12, 2)])
def test_points_that_expire_cost_no_more_tokens_than_there_are(tokens, left):
    member = a_member()
    some_points(member, 5, lifetime=timedelta(hours=1))
    Moderator.objects.create(member=member, tokens=tokens)
    assert expire_mod_points(now=NOW + timedelta(hours=1)) == 1
    assert Moderator.objects.get(pk=member.pk).tokens == left
    assert [entry.amount for entry in TokenEntry.objects.all()] == [left - tokens] * (tokens > 0)

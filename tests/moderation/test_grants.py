"""Mod points come daily, in bounds, and expire; staff give and take them on record."""

from datetime import timedelta

import pytest

from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.models import User
from moderation.actions import (
    expire_mod_points,
    grant_daily_points,
    grant_points,
    reconcile_grant,
    remove_points,
    spend_point,
)
from moderation.models import PointGrant
from moderation.queries import points_of
from moderation.rules.lottery import day_of
from tests.factories import NOW, a_comment, a_member, a_policy, an_editor, some_points

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _daily_points(db):
    a_policy(min_age=timedelta(days=1), point_lifetime=timedelta(days=3))


def granted(now=NOW):
    return grant_daily_points(now=now, today=now.date())


def test_an_eligible_member_gets_todays_points():
    member = a_member()
    assert granted() == 1
    grant = PointGrant.objects.get(member=member)
    assert (grant.points_left, grant.granted_on, grant.expires_at) == (5, TODAY, day_of(NOW) + timedelta(days=3))


def test_the_second_run_of_a_day_gives_nothing():
    a_member()
    assert (granted(), granted(), granted(NOW + timedelta(hours=3))) == (1, 0, 0)


@pytest.mark.parametrize("held", [1, 3, 4])
def test_a_grant_only_fills_up(held):
    member = a_member(points=held)
    assert granted() == 1
    assert points_of(member, NOW) == policy.MOD_POINTS_HELD_MAX


def test_under_soylentnews_each_day_begins_with_five_points_whatever_was_left_of_the_last():
    a_policy()
    member = a_member(joined_at=NOW - timedelta(days=60))
    midnight = day_of(NOW) + timedelta(days=1)
    assert granted(NOW) == 1
    assert granted(midnight + timedelta(minutes=5)) == 1
    assert points_of(member, midnight + timedelta(hours=23)) == 5
    assert points_of(member, midnight + timedelta(days=1)) == 0


def test_whoever_holds_all_gets_none():
    member = a_member(points=5)
    assert granted() == 0
    assert PointGrant.objects.filter(member=member).count() == 1


def test_expired_points_take_up_no_room():
    member = a_member()
    some_points(member, 5, now=NOW - timedelta(days=4))
    assert granted() == 1
    assert points_of(member, NOW) == 5


@pytest.mark.parametrize(
    "fields",
    [
        {"karma": -1},
        {"joined_at": NOW - timedelta(hours=23)},
        {"is_willing_to_moderate": False},
        {"is_active": False},
        {"banned_at": NOW},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_who_gets_none(fields):
    member = a_member()
    User.objects.filter(pk=member.pk).update(**fields)
    assert granted() == 0
    assert not PointGrant.objects.exists()


def test_the_youngest_account_that_gets_points_is_a_day_old():
    a_member(joined_at=NOW - timedelta(days=1))
    assert granted() == 1


def test_unspent_points_expire_and_spent_ones_do_not():
    member = a_member(points=3)
    spend_point(comment=a_comment(), moderator=member, reason=5, now=NOW)
    assert expire_mod_points(now=NOW + timedelta(days=3)) == 1
    grant = PointGrant.objects.get()
    assert (grant.points_granted, grant.points_left, grant.points_expired) == (3, 0, 2)
    assert expire_mod_points(now=NOW + timedelta(days=4)) == 0


def test_points_do_not_expire_a_second_early():
    a_member(points=3)
    assert expire_mod_points(now=NOW + timedelta(days=3) - timedelta(seconds=1)) == 0


def test_staff_give_points_on_record():
    member, editor = a_member(), an_editor()
    grant_points(member=member, points=3, actor=editor, reason="A test", now=NOW)
    assert points_of(member, NOW) == 3
    act = editor.staff_acts.get()
    assert (act.verb, act.after, act.reason) == ("grant points", "3", "A test")


@pytest.mark.parametrize("points", [0, -1, 6, 1000])
def test_staff_cannot_give_any_number(points):
    member, editor = a_member(), an_editor()
    with pytest.raises(Refused, match="Between 1 and 5 points"):
        grant_points(member=member, points=points, actor=editor, reason="", now=NOW)
    assert not PointGrant.objects.exists()
    assert not editor.staff_acts.exists()


def test_staff_take_all_points_and_they_count_as_expired():
    member, editor = a_member(points=2), an_editor()
    some_points(member, 3)
    assert remove_points(member=member, actor=editor, reason="So", now=NOW) == 5
    assert points_of(member, NOW) == 0
    assert sum(PointGrant.objects.values_list("points_expired", flat=True)) == 5
    assert remove_points(member=member, actor=editor, reason="So", now=NOW) == 0
    assert editor.staff_acts.count() == 1


def test_a_grant_is_brought_back_to_its_log():
    member = a_member(points=3)
    spend_point(comment=a_comment(), moderator=member, reason=5, now=NOW)
    grant = PointGrant.objects.get()
    assert not reconcile_grant(grant.pk)
    PointGrant.objects.update(points_left=1)
    assert reconcile_grant(grant.pk)
    assert points_of(member, NOW) == 2

"""Karma is the replay of its log, held inside its range at each line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum import policy
from forum.accounts import rules
from forum.accounts.actions import change_karma, recompute_karma, set_karma, withdraw_karma
from forum.accounts.models import KarmaChange, User
from tests.factories import NOW, a_member, an_editor


def karma(member):
    return User.objects.values_list("karma", flat=True).get(pk=member.pk)


@given(st.lists(st.tuples(st.integers(-60, 60).filter(bool), st.booleans()), max_size=12))
@settings(max_examples=30, deadline=None)
@pytest.mark.django_db
def test_any_changes_and_withdrawals_leave_the_replay_of_what_is_left(lines):
    member, expected = a_member(), 0
    changes = [change_karma(member=member, delta=delta, cause="", now=NOW) for delta, _ in lines]
    for change, (_, stays) in zip(changes, lines, strict=True):
        if not stays:
            withdraw_karma(changes=[change], now=NOW)
    for delta, stays in lines:
        expected = max(-25, min(50, expected + delta)) if stays else expected
    assert karma(member) == expected
    assert not recompute_karma(member.pk)


@pytest.mark.parametrize(
    ("deltas", "result"), [([], 0), ([60], 50), ([60, -1], 49), ([-30, 1], -24), ([60, -80, 100], 50)]
)
def test_the_range_is_kept_at_each_step(deltas, result):
    assert rules.replay_karma(deltas) == result


@pytest.mark.django_db
def test_withdrawing_twice_takes_back_once():
    member = a_member()
    change = change_karma(member=member, delta=3, cause="", now=NOW)
    withdraw_karma(changes=[change], now=NOW)
    withdraw_karma(changes=[change], now=NOW)
    assert karma(member) == 0


@pytest.mark.django_db
def test_a_wrong_karma_is_found_and_put_right():
    member = a_member(karma=5)
    User.objects.filter(pk=member.pk).update(karma=9)
    assert recompute_karma(member.pk)
    assert karma(member) == 5


@pytest.mark.django_db
@pytest.mark.parametrize(("wanted", "stored"), [(10, 10), (99, 50), (-99, -25)])
def test_staff_set_karma_by_a_line_in_the_log(wanted, stored):
    member, editor = a_member(karma=3), an_editor()
    set_karma(member=member, karma=wanted, actor=editor, reason="A test", now=NOW)
    assert karma(member) == stored == rules.replay_karma(KarmaChange.objects.values_list("delta", flat=True))
    assert (editor.staff_acts.get().before, editor.staff_acts.get().after) == ("3", str(stored))


@pytest.mark.django_db
def test_setting_the_karma_that_is_already_there_is_no_act():
    member, editor = a_member(karma=3), an_editor()
    set_karma(member=member, karma=3, actor=editor, reason="So", now=NOW)
    assert not editor.staff_acts.exists()


@pytest.mark.parametrize(
    ("karma", "word"),
    [
        (-25, "Terrible"),
        (-10, "Terrible"),
        (-9, "Bad"),
        (-1, "Bad"),
        (0, "Neutral"),
        (1, "Positive"),
        (12, "Positive"),
        (13, "Good"),
        (25, "Good"),
        (26, "Excellent"),
        (policy.KARMA_MAX, "Excellent"),
    ],
)
def test_a_member_reads_a_word(karma, word):
    assert rules.karma_word(karma) == word

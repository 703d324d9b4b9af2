"""The hourly run: what it takes in, to whom it gives, and that it does so once."""

from datetime import timedelta

import pytest

from forum import policy
from forum.accounts.models import User
from forum.presets import SLASHDOT, THRESHOLD
from moderation import actions
from moderation.actions import decay_tokens, expire_mod_points, record_read, run_economy
from moderation.models import EconomyRun, Moderator, PointGrant, TokenEntry
from moderation.models.eligibility import count_records, find_candidates
from moderation.queries import points_of
from moderation.rules.lottery import Record
from tests.factories import (
    NOW,
    a_comment,
    a_discussion,
    a_member,
    a_policy,
    some_points,
    some_reads,
)

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LATER = NOW + HOUR


def lots_of_tokens(member, tokens=40):
    Moderator.objects.update_or_create(member=member, defaults={"tokens": 0})
    wish = actions.Wish(member.pk, tokens, TokenEntry.Kind.STAFF)
    actions.change_tokens([wish], version=a_version(), now=NOW)


def a_version():
    from forum.rulebook.actions import version_in_force

    return version_in_force(NOW)


def some_comments(count, *, now=NOW):
    room = a_discussion(now=now)
    for _ in range(count):
        a_comment(room, now=now)


def eligible(now=NOW) -> set[int]:
    return {one.member for one in find_candidates(a_version().policy, now) if one.is_eligible}


# -- Supply --------------------------------------------------------------------------------------------------------


def test_new_comments_and_expired_points_become_tokens():
    a_policy(SLASHDOT)
    some_comments(3)
    some_points(a_member(), 5, lifetime=MINUTE)
    run = run_economy(now=LATER)
    assert (run.comment_count, run.points_recycled, run.token_supply) == (3, 5, 3 * 6 + 5 * 8)


def test_the_next_run_counts_from_where_the_last_one_stopped():
    some_comments(3)
    some_points(a_member(), 5, lifetime=MINUTE)
    run_economy(now=LATER)
    some_comments(2, now=LATER)
    again = run_economy(now=LATER + HOUR)
    assert (again.comment_count, again.points_recycled) == (2, 0)
    assert run_economy(now=LATER + 2 * HOUR).token_supply == 0


def test_a_comment_of_the_last_minute_is_the_next_runs():
    some_comments(1, now=LATER - MINUTE + timedelta(seconds=1))
    assert run_economy(now=LATER).comment_count == 0
    assert run_economy(now=LATER + HOUR).comment_count == 1
    assert timedelta(minutes=1) == policy.ECONOMY_SETTLES


def test_hours_that_were_missed_are_one_run():
    some_comments(2)
    run_economy(now=NOW + 2 * MINUTE)
    some_comments(2, now=NOW + 5 * HOUR)
    run = run_economy(now=NOW + 50 * HOUR)
    assert (run.comment_count, EconomyRun.objects.count()) == (2, 2)


def test_archived_comments_bring_no_tokens():
    one = a_comment()
    type(one).objects.filter(pk=one.pk).update(is_archived=True)
    assert run_economy(now=LATER).comment_count == 0


def test_expired_points_cost_tokens_and_come_back_before_the_lots_are_drawn():
    member = a_member()
    lots_of_tokens(member, 15)
    some_points(member, 3, lifetime=MINUTE)
    run = run_economy(now=LATER)
    assert run.points_recycled == 3
    assert list(TokenEntry.objects.filter(kind="expiry").values_list("amount", "balance")) == [(-6, 9)]


# -- Eligibility ---------------------------------------------------------------------------------------------------


def test_a_willing_reader_in_good_standing_is_eligible():
    member = a_member()
    some_reads(member)
    assert eligible() == {member.pk}


def test_two_pages_are_not_enough():
    some_reads(a_member(), 2)
    assert eligible() == set()


@pytest.mark.parametrize(("ago", "counts"), [(59, True), (60, True), (62, False)])
def test_reading_counts_for_60_hours(ago, counts):
    some_reads(a_member(), now=NOW - timedelta(hours=ago))
    assert bool(eligible()) == counts


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
def test_who_is_not_eligible(fields):
    member = a_member()
    some_reads(member)
    User.objects.filter(pk=member.pk).update(**fields)
    assert eligible() == set()


def test_who_is_barred_is_not_eligible_until_it_is_over():
    member = a_member()
    some_reads(member)
    Moderator.objects.create(member=member, barred_until=LATER)
    assert eligible() == set()
    assert eligible(LATER) == {member.pk}


def test_the_newest_fifth_is_left_out_once_there_are_enough_members():
    a_policy(THRESHOLD, newest_excluded_from=10)
    members = [a_member() for _ in range(9)]
    for member in members:
        some_reads(member)
    assert len(eligible()) == 9
    members.append(a_member())
    some_reads(members[-1])
    assert eligible() == {member.pk for member in members[:8]}


def test_who_has_saved_tokens_is_found_without_reading():
    member = a_member()
    lots_of_tokens(member, 20)
    assert [(one.member, one.is_eligible) for one in find_candidates(THRESHOLD, NOW)] == [(member.pk, False)]


def test_the_record_of_a_moderator_is_what_became_of_the_points():
    member = a_member(points=5)
    actions.spend_point(comment=a_comment(), moderator=member, reason=5, now=NOW)
    expire_mod_points(now=NOW + timedelta(days=3))
    assert count_records() == {member.pk: Record(spent=1, expired=4)}


# -- Hand-out ------------------------------------------------------------------------------------------------------


def test_tokens_are_drawn_and_entered():
    a_policy(SLASHDOT, newest_excluded=0.0)
    members = [a_member() for _ in range(4)]
    for member in members:
        some_reads(member)
    some_comments(1)
    run = run_economy(now=LATER, seed=5)
    assert (run.token_supply, run.eligible_count) == (6, 4)
    assert 4 <= run.tokens_given <= 6  # one who has three already loses what he draws
    assert run.receiver_count == TokenEntry.objects.filter(kind="drawn", run=run).count()
    assert sum(Moderator.objects.values_list("tokens", flat=True)) == run.tokens_given


def test_the_hand_out_fills_up_to_40_tokens():
    member = a_member()
    some_reads(member)
    lots_of_tokens(member, 39)
    a_policy(THRESHOLD, standby_min=0)
    some_comments(4)
    run_economy(now=LATER)
    entry = TokenEntry.objects.get(kind="drawn")
    assert (entry.asked, entry.amount, entry.balance) == (3, 1, 40)


def test_tokens_buy_points_and_the_price_is_taken():
    a_policy(SLASHDOT, grants_share_max=1.0, tokens_per_point=1, newest_excluded=0.0)
    member = a_member()
    some_reads(member)
    lots_of_tokens(member, 4)
    for hour in range(1, 60):  # each hour one receiver, so a grant with a chance of 1/5
        a_comment(now=NOW + hour * HOUR - 2 * MINUTE)
        run = run_economy(now=NOW + hour * HOUR, seed=hour)
        if run.grant_count:
            break
    grant = PointGrant.objects.get()
    assert (grant.member, grant.kind, grant.points_left, grant.run) == (member, "tokens", 5, run)
    assert grant.expires_at == run.ran_at + timedelta(hours=72)
    price = TokenEntry.objects.get(kind="price")
    assert (price.asked, price.amount) == (-5, -5)
    assert Moderator.objects.get().granted_at == run.ran_at


def test_stand_by_lets_a_site_of_five_begin():
    members = [a_member() for _ in range(5)]
    for member in members:
        some_reads(member)
    some_comments(1)
    run = run_economy(now=LATER)
    assert (run.grant_count, run.points_granted) == (3, 15)
    assert set(PointGrant.objects.values_list("kind", flat=True)) == {"standby"}
    assert run_economy(now=LATER + HOUR).grant_count == 0


def test_stand_by_takes_turns():
    members = [a_member() for _ in range(5)]
    for day in range(12):
        now = NOW + timedelta(days=day)
        for member in members:
            some_reads(member, now=now)
        run_economy(now=now)
    assert set(PointGrant.objects.values_list("member", flat=True)) == {member.pk for member in members}


def test_members_of_slashdot_2009_wait_for_tokens():
    a_policy(SLASHDOT)
    some_reads(a_member())
    assert run_economy(now=LATER).grant_count == 0


# -- Once ----------------------------------------------------------------------------------------------------------


def test_a_run_happens_once_an_hour():
    some_comments(2)
    assert run_economy(now=LATER)
    before = TokenEntry.objects.count(), PointGrant.objects.count()
    assert run_economy(now=LATER + 59 * MINUTE) is None
    assert run_economy(now=LATER) is None
    assert (TokenEntry.objects.count(), PointGrant.objects.count()) == before


def test_a_clock_that_was_set_back_runs_nothing():
    run_economy(now=LATER)
    assert run_economy(now=NOW) is None


def test_a_run_that_breaks_leaves_nothing(monkeypatch):
    member = a_member()
    some_reads(member)
    some_comments(3)
    monkeypatch.setattr("moderation.actions.economy._grants", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_economy(now=LATER)
    assert not EconomyRun.objects.exists()
    assert not TokenEntry.objects.exists()
    monkeypatch.undo()
    assert run_economy(now=LATER).comment_count == 3


def test_the_same_seed_gives_the_same_lots():
    a_policy(SLASHDOT, newest_excluded=0.0)
    for _ in range(6):
        some_reads(a_member())
    some_comments(1)
    run = run_economy(now=LATER, seed=42)
    drawn = dict(TokenEntry.objects.filter(kind="drawn").values_list("member", "amount"))
    TokenEntry.objects.all().delete()
    EconomyRun.objects.all().delete()
    Moderator.objects.update(tokens=0)
    run_economy(now=LATER, seed=run.seed)
    assert dict(TokenEntry.objects.filter(kind="drawn").values_list("member", "amount")) == drawn


# -- A daily grant, and switching ----------------------------------------------------------------------------------


def test_under_a_daily_policy_the_run_gives_the_days_points_and_no_tokens():
    a_policy()
    members = [a_member(), a_member()]
    some_comments(3)
    run = run_economy(now=LATER)
    assert (run.grant_count, run.points_granted, run.token_supply, run.comment_count) == (2, 10, 0, 3)
    assert [points_of(member, LATER) for member in members] == [5, 5]
    assert run_economy(now=LATER + HOUR).grant_count == 0


def test_after_a_switch_to_tokens_the_comments_of_before_bring_none():
    a_policy()
    some_comments(3)
    run_economy(now=LATER)
    a_policy(SLASHDOT, now=LATER)
    assert run_economy(now=LATER + HOUR).token_supply == 0


# -- Decay ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "read", "karma", "left"),
    [
        (15, None, 0, 9),
        (13, None, 0, 10),
        (15, 13, 0, 10),  # signed in long ago, and reading
        (None, None, 0, 9),
        (1, 1, -3, 10),
        (1, 1, -4, 9),
    ],
)
def test_tokens_of_members_who_are_away_or_in_bad_standing_decay(login, read, karma, left):
    member = a_member(karma=karma)
    lots_of_tokens(member, 10)
    days = timedelta(days=1)
    User.objects.filter(pk=member.pk).update(last_login=login and NOW - login * days)
    if read:
        record_read(member=member, now=NOW - read * days)
    assert decay_tokens(now=NOW) == (left == 9)
    assert Moderator.objects.get().tokens == left


def test_tokens_decay_once_a_day():
    lots_of_tokens(a_member(), 2)
    assert [decay_tokens(now=NOW + hour * HOUR) for hour in (0, 1, 11, 12, 36, 60)] == [1, 0, 0, 1, 0, 0]
    assert Moderator.objects.get().tokens == 0

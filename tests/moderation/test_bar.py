"""Staff bar members from moderating, correct scores, and take that back again; who is hit is told why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct, User
from moderation.actions import (
    ban,
    bar_moderator,
    correct_score,
    lift_ban,
    lift_bar,
    remove_points,
    set_back_comment,
    set_karma,
    spend_point,
    undo_act,
)
from moderation.models import Moderation, Moderator, PointEntry, PointGrant
from tests.desk import act_of, acts_on, page_of, words_of
from tests.factories import NOW, a_comment, a_member, an_editor, staff_of

pytestmark = pytest.mark.django_db
INSIGHTFUL = 5
LATER = timedelta(days=31)


def bar(member, now=NOW, reason="Revenge"):
    return bar_moderator(member=member, actor=an_editor(), reason=reason, now=now)


def left_to(member) -> int:
    return sum(PointGrant.objects.of(member).values_list("points_left", flat=True))


def state_of(member) -> tuple:
    moderator = Moderator.objects.get(pk=member.pk)
    return moderator.barred_until, moderator.barred_because, moderator.bars


# -- Bars ----------------------------------------------------------------------------------------------------------


def test_a_bar_lasts_30_days_takes_the_points_and_tells_the_member():
    member = a_member(points=4)
    act = bar(member)
    assert state_of(member) == (NOW + timedelta(days=30), "Revenge", 1)
    assert left_to(member) == 0
    assert list(PointEntry.objects.values_list("kind", "points", "act")) == [("removed", 4, act.pk)]
    notice = member.notifications.get()
    assert notice.line == "Staff barred you from moderating until June 3, 2026: Revenge"
    assert notice.link == f"/log/{act.pk}/"
    assert acts_on(member) == ["bar"]


def test_the_second_bar_and_every_later_one_lasts_180_days():
    member, now = a_member(), NOW
    for days in (30, 180, 180):
        bar(member, now)
        assert state_of(member)[0] == now + timedelta(days=days)
        now += timedelta(days=days, seconds=1)


def test_who_is_barred_cannot_moderate_with_points_from_elsewhere():
    member = a_member()
    bar(member)
    PointGrant.objects.create(
        member=member, points_granted=1, points_left=1, granted_at=NOW, expires_at=NOW + LATER, cause="By hand"
    )
    with pytest.raises(Refused, match=r"barred you from moderating until 2026-06-03\. The reason: Revenge"):
        spend_point(comment=a_comment(), moderator=member, reason=INSIGHTFUL, now=NOW)
    fresh = a_comment(now=NOW + LATER)
    member.point_grants.update(expires_at=NOW + 2 * LATER)
    assert spend_point(comment=fresh, moderator=member, reason=INSIGHTFUL, now=NOW + LATER)


def test_a_barred_member_is_not_barred_again_and_no_bar_comes_without_a_reason():
    member = a_member(points=1)
    with pytest.raises(Refused, match="Say why"):
        bar(member, reason=" ")
    assert left_to(member) == 1
    bar(member)
    with pytest.raises(Refused, match="barred already, until 2026-06-03"):
        bar(member)
    assert acts_on(member) == ["bar"]


def test_a_bar_that_is_lifted_still_counts():
    member = a_member()
    act = bar(member)
    assert lift_bar(member=member, actor=an_editor(), reason="Sorry", now=NOW)
    assert state_of(member) == (None, "", 1)
    assert StaffAct.objects.get(verb="lift bar").undoes == act
    assert not lift_bar(member=member, actor=an_editor(), reason="Sorry", now=NOW)


def test_a_bar_that_is_undone_never_was_and_the_points_come_back():
    member = a_member(points=3)
    act = bar(member)
    assert undo_act(act=act, actor=an_editor(), reason="A mistake", now=NOW + timedelta(days=9))
    assert state_of(member) == (None, "", 0)
    assert left_to(member) == 3
    assert not undo_act(act=act, actor=an_editor(), reason="Again", now=NOW)
    assert acts_on(member) == ["bar", "undo"]


def test_undoing_an_old_bar_leaves_a_later_one():
    member = a_member()
    first, now = bar(member), NOW + LATER
    bar(member, now)
    undo_act(act=first, actor=an_editor(), reason="A mistake", now=now)
    assert state_of(member) == (now + timedelta(days=180), "Revenge", 1)


# -- Told ----------------------------------------------------------------------------------------------------------


def test_who_is_banned_is_told_and_so_when_it_ends():
    member = a_member()
    assert ban(member=member, actor=an_editor(), reason="Threats", now=NOW)
    assert not ban(member=member, actor=an_editor(), reason="Threats", now=NOW)
    assert lift_ban(member=member, actor=an_editor(), reason="", now=NOW)
    lines = list(member.notifications.order_by("pk").values_list("line", flat=True))
    assert lines == ["Staff banned you from posting and moderating: Threats", "Staff lifted your ban"]
    assert StaffAct.objects.get(verb="unban").undoes.verb == "ban"


def test_who_loses_points_or_gets_another_karma_is_told():
    member = a_member(points=2, karma=3)
    assert remove_points(member=member, actor=an_editor(), reason="Bombs", now=NOW) == 2
    assert set_karma(member=member, karma=0, actor=an_editor(), reason="A ring", now=NOW)
    lines = list(member.notifications.order_by("pk").values_list("line", flat=True))
    assert lines == ["Staff removed your mod points: Bombs", "Staff set your karma from 3 to 0: A ring"]


@pytest.mark.parametrize(
    "act",
    [
        lambda member, comment, **said: ban(member=member, **said),
        lambda member, comment, **said: remove_points(member=member, **said),
        lambda member, comment, **said: set_karma(member=member, karma=9, **said),
        lambda member, comment, **said: set_back_comment(comment=comment, **said),
        lambda member, comment, **said: correct_score(comment=comment, score=5, **said),
    ],
)
def test_no_act_against_somebody_comes_without_a_reason(act):
    member = a_member(points=2)
    comment = a_comment(author=member)
    with pytest.raises(Refused, match="Say why"):
        act(member, comment, actor=an_editor(), reason=" ", now=NOW)
    assert not StaffAct.objects.exists()
    assert User.objects.get(pk=member.pk).banned_at is None


# -- Scores --------------------------------------------------------------------------------------------------------


def test_a_score_set_by_staff_is_told_and_undone_exactly():
    comment = a_comment(author=a_member())
    spend_point(comment=comment, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    correct_score(comment=comment, score=-1, actor=an_editor(), reason="A ring", now=NOW)
    spend_point(comment=comment, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    comment.refresh_from_db()
    assert comment.score == 0
    act = StaffAct.objects.get(verb="rescore")
    told = comment.author.notifications.get(event=f"act:{act.pk}")
    assert told.line == "Staff set the score of your comment “A subject” from 2 to -1: A ring"
    assert undo_act(act=act, actor=an_editor(), reason="No ring", now=NOW)
    comment.refresh_from_db()
    assert comment.score == 3
    assert Moderation.objects.get(act=act).withdrawn_because == "Undone by staff. No ring"


def test_setting_back_is_undone_exactly():
    comment = a_comment(author=a_member())
    spend_point(comment=comment, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    set_back_comment(comment=comment, actor=an_editor(), reason="A ring", now=NOW)
    act = StaffAct.objects.get(verb="set back")
    assert undo_act(act=act, actor=an_editor(), reason="No ring", now=NOW)
    comment.refresh_from_db()
    comment.author.refresh_from_db()
    assert (comment.score, comment.author.karma) == (2, 1)


def test_an_act_of_another_kind_is_not_undone_like_this():
    member = a_member(points=1)
    remove_points(member=member, actor=an_editor(), reason="Bombs", now=NOW)
    with pytest.raises(Refused, match="by its opposite"):
        undo_act(act=StaffAct.objects.get(), actor=an_editor(), reason="Sorry", now=NOW)


# -- At the desk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    client.force_login(staff_of("Moderators"))
    return client


def test_moderators_bar_and_lift_at_the_members_page(desk):
    member = a_member(points=2, now=timezone.now())
    assert "30 days" in desk.get(act_of(member, "bar")).content.decode()
    assert "done for 1" in words_of(desk.post(act_of(member, "bar"), {"reason": "Revenge"}, follow=True))
    assert left_to(member) == 0
    desk.post(act_of(member, "lift-bar"), {"reason": "Sorry"})
    assert acts_on(member) == ["bar", "lift bar"]


def test_moderators_set_a_score_and_undo_it_in_the_record(desk):
    comment = a_comment()
    desk.post(act_of(comment, "rescore"), {"score": "4", "reason": "Bombed"})
    comment.refresh_from_db()
    assert comment.score == 4
    act = StaffAct.objects.get()
    assert act_of(act, "undo") in desk.get(page_of(act)).content.decode()
    desk.post(act_of(act, "undo"), {"reason": "By mistake"})
    comment.refresh_from_db()
    assert comment.score == 0
    assert act_of(act, "undo") not in desk.get(page_of(act)).content.decode()


def test_a_score_beyond_the_scale_is_refused_in_words(desk):
    comment = a_comment()
    assert desk.post(act_of(comment, "rescore"), {"score": "6", "reason": "Bombed"}).status_code == 422
    assert not StaffAct.objects.exists()


def test_barring_is_for_those_who_may(client):
    client.force_login(staff_of("Editors"))
    assert client.get(act_of(a_member(), "bar")).status_code == 403

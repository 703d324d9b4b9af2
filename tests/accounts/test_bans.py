"""Bans: of a member, of a network nobody knows, of a network written out; from what, until when, and told in words."""

from datetime import timedelta

import pytest

from comments.actions import ban_network_of, edit_comment, prepare_words
from comments.models import Comment
from forum import policy
from forum.accounts.actions import (
    Refused,
    ban_member,
    ban_network,
    destroy_old_network_keys,
    end_bans,
    lift_one_ban,
    read_network,
    unban_member,
)
from forum.accounts.models import Ban, StaffAct, User
from forum.notifications.models import Notification
from moderation.actions import ban, undo_act
from tests.factories import NOW, a_comment, a_discussion, a_member, an_editor
from tests.pages import read

pytestmark = pytest.mark.django_db
HERE, THERE = "203.0.113.0/24", "198.51.100.0/24"
DAY = timedelta(days=1)
POST, ANONYMOUS, ALL = Ban.Kind.POST, Ban.Kind.ANONYMOUS, Ban.Kind.ALL


def banned(member, kind=ALL, days=None, *, now=NOW):
    until = now + days * DAY if days else None
    return ban_member(member=member, actor=an_editor(), reason="Adverts", now=now, kind=kind, until=until)


def says(member=None, *, anonymous=False, network="", now=NOW):
    author = None if anonymous or member is None else member
    return a_comment(author=author, writer=member, network=network, now=now, body=f"Words of {now} {network}")


# -- Members -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "may_post", "may_post_anonymously"), [(ALL, False, False), (POST, False, False), (ANONYMOUS, True, False)]
)
def test_a_member_is_banned_from_everything_or_from_less(kind, may_post, may_post_anonymously):
    member = a_member()
    banned(member, kind)
    for anonymous, may in ((False, may_post), (True, may_post_anonymously)):
        if may:
            assert says(member, anonymous=anonymous)
        else:
            with pytest.raises(Refused, match=r"Staff have banned you from|may not post here"):
                says(member, anonymous=anonymous)
    assert Comment.objects.count() == may_post + may_post_anonymously
    assert (User.objects.get(pk=member.pk).banned_at is not None) == (kind == ALL)


def test_a_ban_tells_its_reason_and_its_end_and_is_over_by_itself():
    member = a_member()
    banned(member, POST, days=3)
    with pytest.raises(
        Refused, match=r"banned you from posting until May 7, 2026, .*You can read.*The reason: Adverts"
    ):
        says(member, now=NOW + 3 * DAY - timedelta(seconds=1))
    assert says(member, now=NOW + 3 * DAY)
    assert end_bans(now=NOW + 3 * DAY) == 1
    assert end_bans(now=NOW + 3 * DAY) == 0


def test_a_ban_from_everything_that_has_ended_lets_the_member_count_again():
    member = a_member()
    banned(member, days=1)
    assert User.objects.get(pk=member.pk).banned_at == NOW
    assert end_bans(now=NOW + DAY) == 1
    after = User.objects.get(pk=member.pk)
    assert (after.banned_at, after.ban_reason) == (None, "")
    assert says(member, now=NOW + DAY)


def test_a_member_is_banned_once_from_each_thing_and_again_when_it_is_over():
    member = a_member()
    assert banned(member, POST, days=1)
    assert banned(member, POST) is None
    assert banned(member, ANONYMOUS)
    assert banned(member, POST, now=NOW + 2 * DAY)
    assert Ban.objects.count() == 3


def test_lifting_ends_all_bans_of_a_member_or_one():
    member, editor = a_member(), an_editor()
    banned(member, POST)
    banned(member)
    said = {"actor": editor, "reason": "A brother did it", "now": NOW}
    assert lift_one_ban(ban=Ban.objects.get(kind=ALL), **said)
    assert User.objects.get(pk=member.pk).banned_at is None
    assert unban_member(member=member, **said)
    assert unban_member(member=member, **said) is None
    assert says(member)


def test_an_act_that_is_undone_ends_its_own_ban_alone():
    member = a_member()
    banned(member, ANONYMOUS)
    act = banned(member)
    undo_act(act=act, actor=an_editor(), reason="Wrong one", now=NOW)
    assert [one.kind for one in Ban.objects.standing(NOW)] == [ANONYMOUS]
    assert says(member)


def test_a_member_is_told_from_what_and_until_when():
    member = a_member()
    ban(member=member, actor=an_editor(), reason="Adverts", now=NOW, kind=POST, until=NOW + 3 * DAY)
    line = "Staff banned you from posting until May 7, 2026: Adverts"
    assert Notification.objects.get(recipient=member).line == line
    act = StaffAct.objects.get()
    assert (act.verb, act.after) == ("ban", "from posting, until 2026-05-07 12:00 UTC")


def test_an_end_in_the_past_and_a_missing_reason_are_refused():
    member = a_member()
    with pytest.raises(Refused, match="lie ahead"):
        ban_member(member=member, actor=an_editor(), reason="Adverts", now=NOW, until=NOW)
    with pytest.raises(Refused, match="Say why"):
        ban_member(member=member, actor=an_editor(), reason=" ", now=NOW)
    assert not Ban.objects.exists()


def test_who_is_banned_from_posting_cannot_write_by_way_of_changing_either():
    member = a_member()
    comment = says(member)
    banned(member, POST)
    words = prepare_words(subject="Changed", body="Buy watches.", markup="plain")
    with pytest.raises(Refused, match="banned you from posting"):
        edit_comment(comment=comment, author=member, words=words, seen=0, now=NOW)
    assert Comment.objects.get().subject == comment.subject


# -- Networks ----------------------------------------------------------------------------------------------------------


def test_the_network_of_a_comment_is_banned_without_anybody_knowing_it():
    comment = says(network=HERE)
    assert ban_network_of(comment=comment, actor=an_editor(), reason="Flood", now=NOW, kind=ANONYMOUS)
    with pytest.raises(Refused, match="banned the network you are on from posting without a name until"):
        says(network=HERE, now=NOW + timedelta(hours=1))
    assert says(network=THERE, now=NOW + timedelta(hours=1))
    assert says(a_member(), network=HERE, now=NOW + timedelta(hours=1))
    row, act = Ban.objects.get(), StaffAct.objects.get(verb="ban network")
    told = " ".join(map(str, [*vars(row).values(), *vars(act).values()]))
    assert "203.0.113" not in told


def test_a_ban_by_hash_reaches_over_midnight_and_ends_with_its_key():
    comment = says(network=HERE)
    until = NOW + 300 * DAY
    ban_network_of(comment=comment, actor=an_editor(), reason="Flood", now=NOW, kind=POST, until=until)
    with pytest.raises(Refused, match="banned the network you are on"):
        says(a_member(), network=HERE, now=NOW + 10 * DAY)
    assert Ban.objects.get().ends_at.date() == NOW.date() + policy.NETWORK_KEY_LIFETIME
    destroy_old_network_keys(today=NOW.date() + policy.NETWORK_KEY_LIFETIME + DAY)
    assert not Ban.objects.exists()
    assert says(network=HERE, now=NOW + 16 * DAY)


def test_a_comment_whose_network_is_not_known_bans_none():
    with pytest.raises(Refused, match="not known"):
        ban_network_of(comment=a_comment(), actor=an_editor(), reason="Flood", now=NOW)


@pytest.mark.parametrize(
    ("written", "network", "stops"),
    [
        ("203.0.113.0/24", HERE, True),
        ("203.0.0.0/16", HERE, True),
        ("203.0.114.0/24", HERE, False),
        ("2001:db8::/32", "2001:db8:1:2::/64", True),
        ("2001:db8::/32", HERE, False),
        ("0.0.0.0/0", "", False),
    ],
)
def test_a_network_that_staff_write_out_stops_all_within_it(written, network, stops):
    ban_network(network=written, actor=an_editor(), reason="A botnet", now=NOW, kind=POST)
    if stops:
        with pytest.raises(Refused, match="A botnet"):
            says(network=network)
    else:
        assert says(network=network)
    assert written.split("/")[0] not in str(vars(StaffAct.objects.get(verb="ban network")))


@pytest.mark.parametrize(
    ("words", "told"), [("here", "Write a network"), ("203.0.113.7", "/24"), ("2001:db8::1", "/64")]
)
def test_what_is_no_network_the_site_can_tell_is_refused(words, told):
    with pytest.raises(Refused, match=told):
        read_network(words)
    assert read_network(" 203.0.113.9/24 ") == "203.0.113.0/24"


# -- On the pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    client.force_login(an_editor())
    return client


def test_staff_ban_from_less_and_for_days_in_the_admin(desk, at_noon):
    member = a_member("Ann")
    page = f"/admin/accounts/user/{member.pk}/act/ban/"
    assert "For how many days" in read(desk.get(page)).words
    assert desk.post(page, {"kind": "post", "days": "3", "reason": "Adverts"}).status_code == 302
    assert Ban.objects.get().ends_at == NOW + 3 * DAY
    assert desk.post(page, {"kind": "post", "days": "many", "reason": "Adverts"}).status_code == 422


def test_staff_ban_the_network_of_an_anonymous_comment_in_the_admin(desk, at_noon):
    comment = says(network=HERE)
    page = f"/admin/comments/comment/{comment.pk}/act/ban-network/"
    assert "by a hash alone" in read(desk.get(page)).words
    assert desk.post(page, {"kind": "anonymous", "days": "", "reason": "Flood"}).status_code == 302
    assert Ban.objects.get().kind == ANONYMOUS
    assert "known by its hash" in read(desk.get("/admin/accounts/ban/")).words


def test_staff_write_a_network_out_and_lift_the_ban_in_the_admin(desk, at_noon):
    page = "/admin/accounts/ban/add/"
    form = {"network": "203.0.113.0/24", "kind": "post", "days": "7", "reason": "A botnet"}
    assert "no address closer than its network" in read(desk.post(page, form | {"network": "203.0.113.7/32"})).words
    assert desk.post(page, form).status_code == 302
    made = Ban.objects.get()
    assert (made.network, made.ends_at) == (HERE, NOW + 7 * DAY)
    assert "A botnet" in read(desk.get(f"/admin/accounts/ban/{made.pk}/change/")).words
    assert desk.post(f"/admin/accounts/ban/{made.pk}/act/lift/", {"reason": "Over"}).status_code == 302
    assert Ban.objects.get().over_at == NOW
    assert [act.verb for act in StaffAct.objects.order_by("pk")] == ["ban network", "unban network"]


def test_who_is_banned_from_posting_can_read_and_keeps_the_text(client, at_noon):
    member, room = a_member(), a_discussion()
    banned(member, POST, days=3)
    client.force_login(member)
    page = read(client.get(f"/reply/{room.pk}/"))
    form = {name: page.fields[name] for name in ("key", "writer", "draft")}
    form |= {"subject": "A subject", "body": "Words that took an evening.", "markup": "plain", "post": "1"}
    page = read(client.post(f"/reply/{room.pk}/", form), 422)
    assert "The reason: Adverts" in page.words
    assert "Words that took an evening." in page.words
    assert client.get("/").status_code == 200

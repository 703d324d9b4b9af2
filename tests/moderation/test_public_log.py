"""What staff did, for everybody to read: one entry for each change, no hidden words, no anonymous authors."""

import inspect
import json
from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.utils import timezone

import comments.actions
import forum.accounts.actions
import moderation.actions
from comments.actions import set_discussion_status
from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct, User
from forum.networks import keyed_hash
from forum.presets import SLASHDOT, THRESHOLD
from forum.rulebook.actions import version_in_force
from moderation.actions import (
    ban,
    bar_moderator,
    correct_score,
    decide_appeal,
    file_appeal,
    flag_comment,
    hide_comment,
    propose_mass_act,
    set_karma,
    spend_point,
)
from moderation.models import Held
from moderation.models.acts import PUBLIC
from moderation.queries.public_log import LogFilter, log_query
from tests.factories import NOW, a_comment, a_discussion, a_member, a_policy, an_editor, some_points
from tests.pages import queries_of, read

pytestmark = pytest.mark.django_db
BY = {"reason": "So", "now": NOW}
ATOM = "{http://www.w3.org/2005/Atom}"


# -- One act of staff, one entry -----------------------------------------------------------------------------------


def moderated():
    comment = a_comment(author=a_member())
    spend_point(comment=comment, moderator=a_member(points=1), reason=5, now=NOW)
    return comment


def hidden():
    comment = a_comment(author=a_member())
    hide_comment(comment=comment, actor=an_editor(), **BY)
    return comment


def banned():
    member = a_member()
    ban(member=member, actor=an_editor(), **BY)
    return member


def barred():
    member = a_member()
    bar_moderator(member=member, actor=an_editor(), **BY)
    return member


def flagged():
    comment = a_comment()
    flag_comment(comment=comment, member=a_member(), kind="spam", words="", now=NOW)
    return comment


def appealed():
    comment = hidden()
    return file_appeal(act=StaffAct.objects.latest("pk"), appellant=comment.author, words="No", now=NOW)


def waiting():
    a_policy(THRESHOLD, second_pair_from=1)
    return propose_mass_act(kind="hide-subtree", target=a_comment(), most=1, actor=an_editor(), **BY)


def archived():
    return forum.accounts.actions.keep_archived_person(source="slashdot.org", number=1, name="Old")


def off_the_pages():
    person = archived()
    forum.accounts.actions.hide_archived_person(person=person, actor=an_editor(), **BY)
    return person


def with_a_second_factor():
    member = a_member()
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={})
    return member


def held():
    words = {"subject": "A", "source": "Words", "markup": "plain", "html": "<p>Words</p>"}
    return Held.objects.create(discussion=a_discussion(), spam=1, held_at=NOW, **words)


def a_hash():
    key = forum.accounts.actions.network_key(NOW.date())
    return {"key": key, "network_hash": keyed_hash(key.secret, "network:203.0.113.0/24")}


# Each public action with an ``actor``: what it is done to, by the name of the argument.
ACTIONS: dict[str, Callable[[], dict]] = {
    "accounts.ban_member": lambda: {"member": a_member()},
    "accounts.ban_hash": lambda: {**a_hash(), "target": a_comment(), "kind": "post", "until": None},
    "accounts.ban_network": lambda: {"network": "203.0.113.0/24", "kind": "post"},
    "accounts.lift_one_ban": lambda: {"ban": banned().bans.get()},
    "accounts.unban_member": lambda: {"member": banned()},
    "accounts.set_karma": lambda: {"member": a_member(), "karma": 9},
    "accounts.rename_member": lambda: {"member": a_member(), "name": "Another Name"},
    "accounts.edit_member": lambda: {"member": a_member(), "is_staff": True},
    "accounts.set_password": lambda: {"member": a_member(), "password": "x" * 20},
    "accounts.take_second_factor_away": lambda: {"member": with_a_second_factor()},
    "accounts.take_signature_away": lambda: {"member": a_member(signature="Hm", signature_html="<p>Hm</p>")},
    "accounts.hide_archived_person": lambda: {"person": archived()},
    "accounts.show_archived_person": lambda: {"person": off_the_pages()},
    "comments.ban_network_of": lambda: {"comment": a_comment(network="203.0.113.0/24")},
    "comments.hide_comment": lambda: {"comment": a_comment()},
    "comments.restore_comment": lambda: {"comment": hidden()},
    "comments.set_discussion_status": lambda: {"discussion": a_discussion(), "status": "locked"},
    "moderation.ban": lambda: {"member": a_member()},
    "moderation.lift_ban": lambda: {"member": banned()},
    "moderation.set_karma": lambda: {"member": a_member(), "karma": 9},
    "moderation.bar_moderator": lambda: {"member": a_member(points=3)},
    "moderation.lift_bar": lambda: {"member": barred()},
    "moderation.hide_comment": lambda: {"comment": flagged()},
    "moderation.dismiss_flags": lambda: {"comment": flagged()},
    "moderation.correct_score": lambda: {"comment": moderated(), "score": -1},
    "moderation.set_back_comment": lambda: {"comment": moderated()},
    "moderation.erase_comment": lambda: {"comment": a_comment()},
    "moderation.undo_set_back": lambda: {"act": set_back()},
    "moderation.undo_act": lambda: {"act": set_back()},
    "moderation.grant_points": lambda: {"member": a_member(), "points": 3},
    "moderation.remove_points": lambda: {"member": a_member(points=3)},
    "moderation.switch_policy": lambda: {"policy": SLASHDOT, "after": version_in_force(NOW)},
    "moderation.release_held": lambda: {"held": held()},
    "moderation.refuse_held": lambda: {"held": held()},
    "moderation.decide_appeal": lambda: {"appeal": appealed(), "outcome": "overturned", "answer": "So"},
    "moderation.propose_mass_act": lambda: {"kind": "hide-subtree", "target": a_comment(), "most": 1},
    "moderation.second_mass_act": lambda: {"mass": waiting()},
    "moderation.reject_mass_act": lambda: {"mass": waiting()},
}


def set_back() -> StaffAct:
    moderation.actions.set_back_comment(comment=moderated(), actor=an_editor(), **BY)
    return StaffAct.objects.latest("pk")


def actions_of_staff() -> dict[str, Callable]:
    """Every public action of the three lower floors that says who on the staff acts."""
    rooms = {"accounts": forum.accounts.actions, "comments": comments.actions, "moderation": moderation.actions}
    found = {}
    for floor, room in rooms.items():
        for name, action in inspect.getmembers(room, inspect.isfunction):
            is_ours = action.__module__.startswith(room.__name__) and not name.startswith("_")
            if is_ours and "actor" in inspect.signature(action).parameters:
                found[f"{floor}.{name}"] = action
    return found


HELPERS = {"comments.check_not_own", "accounts.record_staff_act"}


def test_every_action_of_staff_is_tried():
    assert actions_of_staff().keys() - HELPERS == ACTIONS.keys()


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_of_staff_leaves_exactly_one_act(name):
    action, actor = actions_of_staff()[name], an_editor()
    said = ACTIONS[name]()
    wanted = {"actor": actor, **BY, **said}
    parameters = inspect.signature(action).parameters
    before = StaffAct.objects.count()
    action(**{key: value for key, value in wanted.items() if key in parameters or key in said})
    acts = list(StaffAct.objects.order_by("pk"))[before:]
    assert len(acts) == 1
    assert acts[0].actor is not None
    assert acts[0].policy_id


# -- The page ------------------------------------------------------------------------------------------------------


def test_the_log_says_who_did_what_to_whom_when_and_why_newest_first(client):
    ann = a_member("Ann")
    comment = a_comment(author=ann)
    correct_score(comment=comment, score=4, actor=an_editor("Edith"), reason="Bombed", now=NOW)
    ban(member=ann, actor=an_editor(), reason="Threats", now=NOW)
    page = read(client.get("/log/"))
    assert f"A member of staff set the score of comment #{comment.pk} (from 1 to 4) “Bombed” May 4, 2026" in page.words
    assert page.words.index("banned Ann “Threats”") < page.words.index("set the score")
    assert "Edith" not in page.words


def test_an_empty_log_says_so(client):
    assert "Staff have not had to do anything so far" in read(client.get("/log/")).words


def test_no_hidden_word_and_no_anonymous_author_is_told(client):
    writer = a_member("Planted Author")
    comment = a_comment(author=None, subject="Planted subject", body="Planted words")
    named = a_comment(author=writer, subject="Planted subject", body="Planted words")
    for one in (comment, named):
        hide_comment(comment=one, actor=an_editor(), reason="Spam", now=NOW)
    secret = a_discussion("Planted title")
    set_discussion_status(discussion=secret, status="hidden", actor=an_editor(), reason="Libel", now=NOW)
    set_karma(member=a_member("Ben", karma=17), karma=-13, actor=an_editor(), reason="A ring", now=NOW)
    pages = ["/log/", "/log.json", "/log.atom", *(act.get_absolute_url() for act in StaffAct.objects.all())]
    for address in pages:
        words = client.get(address).content.decode()
        assert "Planted" not in words, address
        assert "from 17" not in words, address
        assert "-13" not in words, address
    assert "a discussion that is not public" in read(client.get("/log/")).words


def test_acts_that_concern_no_content_are_not_public(client):
    forum.accounts.actions.set_password(member=a_member(), password="x" * 20, actor=an_editor(), reason="", now=NOW)
    act = StaffAct.objects.get()
    assert client.get(act.get_absolute_url()).status_code == 404
    assert f"act-{act.pk}" not in client.get("/log/").content.decode()


def test_staff_are_named_only_for_what_they_did_under_a_policy_that_names_them(client):
    edith = an_editor("Edith")
    ban(member=a_member(), actor=edith, reason="Before", now=NOW)
    a_policy(THRESHOLD, names_staff=True)
    ban(member=a_member(), actor=edith, reason="After", now=NOW)
    page = read(client.get("/log/"))
    assert page.words.count("Edith banned") == 1
    assert "“After”" in read(client.get("/log/?staff=edith")).words
    assert "“Before”" not in read(client.get("/log/?staff=edith")).words
    a_policy(THRESHOLD, names_staff=False)
    assert read(client.get("/log/")).words.count("Edith banned") == 1


def test_the_log_is_filtered_by_kind_comment_and_member(client):
    ann, comment = a_member("Ann"), a_comment()
    ban(member=ann, actor=an_editor(), reason="Banned Ann", now=NOW)
    set_karma(member=ann, karma=3, actor=an_editor(), reason="Karma of Ann", now=NOW)
    hide_comment(comment=comment, actor=an_editor(), reason="Hidden", now=NOW)
    hide_comment(comment=a_comment(), actor=an_editor(), reason="Also hidden", now=NOW)

    def reasons(query):
        return [act["reason"] for act in client.get(f"/log.json?{query}").json()["acts"]]

    assert reasons("act=ban") == ["Banned Ann"]
    assert reasons("about=ann") == reasons("about=~Ann") == ["Karma of Ann", "Banned Ann"]
    assert reasons(f"about=%23{comment.pk}") == reasons(f"about={comment.pk}") == ["Hidden"]
    assert reasons("act=set-karma&about=Ann") == ["Karma of Ann"]
    assert reasons("act=nonsense") == reasons("about=Nobody") == reasons("staff=Ann") == []
    assert reasons("about=" + "9" * 25) == []
    assert len(reasons("before=x")) == 4
    assert 'value="ban" selected' in client.get("/log/?act=ban").content.decode()


def test_what_was_undone_and_appealed_says_so(client):
    comment = a_comment(author=a_member())
    hide_comment(comment=comment, actor=an_editor(), reason="Spam", now=NOW)
    act = StaffAct.objects.get()
    appeal = file_appeal(act=act, appellant=comment.author, words="No", now=NOW)
    assert "appeal waiting" in read(client.get("/log/")).words
    decide_appeal(appeal=appeal, outcome="overturned", actor=an_editor(), answer="Right you are", now=NOW)
    words = read(client.get("/log/")).words
    assert "appeal granted" in words
    assert "undone" in words
    assert f"granted an appeal about comment #{comment.pk}" in words
    assert "It undoes act" in read(client.get(f"/log/{StaffAct.objects.latest('pk').pk}/")).words


# -- Turning pages -------------------------------------------------------------------------------------------------


def many_acts(count, verb="hide", actor=None, first=1):
    version = version_in_force(NOW)
    actor = actor or an_editor()
    acts = [
        StaffAct(
            actor=actor,
            verb=verb,
            target_kind="comment",
            target_id=first + number,
            target_name="#",
            reason=f"Reason {first + number}",
            acted_at=NOW + timedelta(seconds=number),
            policy=version,
        )
        for number in range(count)
    ]
    StaffAct.objects.bulk_create(acts, batch_size=500)


def test_every_act_is_on_exactly_one_page_whatever_comes_meanwhile(client):
    many_acts(120)
    seen, address = [], "/log.json"
    while address:
        answer = client.get(address).json()
        seen += [act["number"] for act in answer["acts"]]
        address = answer["next"]
        if len(seen) == 50:
            many_acts(7)  # newer acts push nothing onto the next page
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)


def test_a_page_costs_the_same_for_50_acts_as_for_5_and_counts_nothing(client, django_assert_max_num_queries):
    many_acts(5)
    few = queries_of(client, "/log/")
    many_acts(200)
    assert queries_of(client, "/log/") == few
    with django_assert_max_num_queries(20) as asked:
        client.get("/log/")
    assert not [one["sql"] for one in asked if "COUNT(" in one["sql"] or "OFFSET" in one["sql"]]


@pytest.mark.parametrize("wanted", [LogFilter(), LogFilter(act="bar"), LogFilter(staff="Edith"), LogFilter(before=900)])
def test_a_page_is_read_from_an_index_in_its_order(wanted):
    a_policy(THRESHOLD, names_staff=True)
    many_acts(2000)
    many_acts(100, verb="bar", first=5000, actor=an_editor("Edith"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = log_query(wanted).explain()
    assert "TEMP B-TREE" not in plan
    assert "Seq Scan on accounts_staffact" not in plan


# -- For programs --------------------------------------------------------------------------------------------------


def test_the_feed_is_atom_with_the_same_filters_and_sentences(client):
    member = a_member("Ann")
    ban(member=member, actor=an_editor("Edith"), reason="Threats & <worse>", now=NOW)
    hide_comment(comment=a_comment(), actor=an_editor(), reason="Spam", now=NOW)
    response = client.get("/log.atom?act=ban")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "A member of staff banned Ann"
    assert entry.findtext(f"{ATOM}summary") == "Threats &amp; &lt;worse&gt;"  # read once as XML, this is HTML
    assert entry.findtext(f"{ATOM}updated") == "2026-05-04T12:00:00+00:00"
    assert entry.find(f"{ATOM}link").get("href").endswith(f"/log/{StaffAct.objects.get(verb='ban').pk}/")
    assert b"Edith" not in response.content


def test_json_tells_each_act_in_full(client):
    member = a_member("Ann")
    some_points(member, now=timezone.now())
    moderation.actions.remove_points(member=member, actor=an_editor(), reason="Bombs", now=timezone.now())
    (act,) = json.loads(client.get("/log.json").content)["acts"]
    assert {name: act[name] for name in ("act", "by", "target", "reason", "change", "appeal", "undone_by")} == {
        "act": "remove points",
        "by": "A member of staff",
        "target": "Ann",
        "reason": "Bombs",
        "change": "from 5 to 0",
        "appeal": None,
        "undone_by": None,
    }
    assert act["url"].startswith("http")


def test_every_public_kind_has_words_and_a_filter(client):
    page = client.get("/log/").content.decode()
    assert all(told.label in page and told.did for told in PUBLIC.values())


def test_a_renamed_member_is_told_by_the_present_name(client):
    member = a_member("Ann")
    ban(member=member, actor=an_editor(), reason="Threats", now=NOW)
    User.objects.filter(pk=member.pk).update(username="Somebody")
    assert "banned Somebody" in read(client.get("/log/")).words


@pytest.mark.parametrize("stored", ["typed", "already"])
def test_control_characters_break_no_feed(client, stored):
    reason = "Bell\x07 and \ufffe and \u202egnirts"
    ban(member=a_member("Ann"), actor=an_editor(), reason=reason, now=NOW)
    if stored == "already":  # by an older version of the site
        StaffAct.objects.filter(verb="ban").update(reason=reason, target_name="Ann\x01")
    feed = ElementTree.fromstring(client.get("/log.atom").content)
    assert feed.findtext(f"{ATOM}entry/{ATOM}summary") == "Bell and and gnirts"


def test_a_reason_that_nobody_can_see_is_none(client):
    with pytest.raises(Refused):
        bar_moderator(member=a_member("Ann"), actor=an_editor(), reason="\u200b\x07", now=NOW)


def test_a_reason_is_words_to_a_feed_reader_and_never_markup(client):
    member = a_member()
    ban(member=member, actor=an_editor(), reason="<img src=x onerror=hit()> & more", now=NOW)
    feed = ElementTree.fromstring(client.get("/log.atom").content)
    shown = [one.text for one in feed.iter() if one.get("type") == "html" and "onerror" in (one.text or "")]
    assert shown == ["&lt;img src=x onerror=hit()&gt; &amp; more"]

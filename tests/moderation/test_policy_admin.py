"""Switching the policy in the admin: preview, reason, one version and one act; history stays as it was."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from forum.accounts.actions import Refused
from forum.accounts.models import KarmaChange, StaffAct, User
from forum.presets import PRESETS, SLASHDOT, SOYLENTNEWS, THRESHOLD
from forum.rulebook.actions import version_in_force
from forum.rulebook.forms import PolicyForm
from forum.rulebook.models import PolicyVersion
from forum.rulebook.queries import policy_in_force
from moderation import integrity
from moderation.actions import spend_point, switch_policy
from moderation.models import Moderation
from moderation.queries import load_receipt
from tests.desk import acts_on, check_page, list_of, page_of, words_of
from tests.factories import NOW, a_comment, a_member, a_policy, an_editor, staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
SWITCH = "/admin/rulebook/policyversion/switch/"
WHY = "The members asked for it"


@pytest.fixture
def desk(client):
    client.force_login(an_editor("Edith"))
    return client


def numbers_of(policy=THRESHOLD, **changed) -> dict:
    """What a browser sends of the form for this policy, with some fields changed."""
    form = PolicyForm(base=policy)
    sent = {one.name: one.value() for one in form}
    sent = {name: form[name].field.prepare_value(value) if value is not None else "" for name, value in sent.items()}
    return {name: value for name, value in (sent | changed).items() if value is not False}


def seen_in(response) -> str:
    return re.search(r'name="seen" value="(\w+)"', response.content.decode()).group(1)


def preview(desk, start="", **changed):
    base = PRESETS.get(start, policy_in_force())
    return desk.post(SWITCH, numbers_of(base, **changed) | {"start": start, "_preview": "1"})


def adopt(desk, start="", seen=None, reason=WHY, **changed):
    seen = seen or seen_in(preview(desk, start, **changed))
    base = PRESETS.get(start, policy_in_force())
    answer = {"start": start, "_adopt": "1", "seen": seen, "reason": reason}
    return desk.post(SWITCH, numbers_of(base, **changed) | answer, follow=True)


def test_the_form_of_each_preset_gives_back_that_very_preset():
    for preset in PRESETS.values():
        form = PolicyForm(numbers_of(preset), base=preset)
        assert form.is_valid(), form.errors
        assert form.policy == preset


def test_a_preset_shows_at_once_what_would_change(desk):
    page = check_page(desk, f"{SWITCH}?start=soylentnews")
    for words in ("What would change", "30 days", "Reason Spam", "karma −10", "on this site".capitalize()):
        assert words in page
    assert PolicyVersion.objects.count() == 1


def test_a_preset_is_adopted_with_one_version_and_one_act(desk):
    response = adopt(desk, "slashdot-2009")
    assert "in force" in words_of(response)
    version = version_in_force(NOW)
    assert (version.number, version.policy, version.reason) == (2, SLASHDOT, WHY)
    act = StaffAct.objects.on(version).get()
    assert (act.verb, act.actor.username, act.reason, act.policy) == ("adopt policy", "Edith", WHY, version)
    assert (act.before, act.after) == ("threshold, version 1", "slashdot-2009, version 2")


def test_one_number_is_changed_and_nothing_else(desk):
    adopt(desk, pair_cap="7", window="36 hours", readers_to="0.9")
    assert policy_in_force() == replace(THRESHOLD, pair_cap=7, window=timedelta(hours=36), readers_to=0.9)


def test_a_reason_is_added_moved_and_taken_out(desk):
    changed = {"reasons-11-order": "1", "reasons-11-karma": "-5", "reasons-4-order": ""}
    adopt(desk, **changed)
    rules = policy_in_force().reasons
    assert [rule.name for rule in rules[:2]] == ["Offtopic", "Spam"]
    assert rules[1].karma == -5
    assert 4 not in policy_in_force().rule_of


def test_rows_of_tables_are_added_and_emptied(desk):
    changed = {f"consequences-1-{name}": "" for name in ("up_to", "fair_voters", "unfair_voters")}
    changed |= {f"consequences-1-{name}": "" for name in ("moderator_tokens", "moderator_karma")}
    adopt(desk, **changed, **{"repeat_penalties-3-earlier": "20", "repeat_penalties-3-tokens": "-200"})
    assert policy_in_force().repeat_penalties == (*THRESHOLD.repeat_penalties, (20, -200))
    assert [row.up_to for row in policy_in_force().consequences[:2]] == [0.0, 0.30]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"readers_from": "1.5"}, "between 0 and 1"),
        ({"start_named": "6"}, "between −1 and 5"),
        ({"karma_bad": "10"}, "two lower cannot begin above one lower"),
        ({"readers_from": "0.9"}, "0.8888 or less"),
        ({"points_per_grant": "6"}, "one grant cannot give more"),
        ({"window": "soon"}, "Say how long"),
        ({"window": "2 minutes"}, "between 1 hour and 14 days"),
        ({"window": "9" * 58}, "Say how long"),
        ({"window": "9" * 50 + " days"}, "At most 3650 days"),
        ({"pair_cap": "-1"}, "between 0 and 32767"),
        ({"pair_cap": "many"}, "whole number"),
        ({"meta_place_factors": "1, 2"}, "Give 5 numbers; these are 2"),
        ({"meta_place_factors": "1, 2, 3, 4, x"}, "Give numbers with commas"),
        ({"meta_place_factors": "1, 2, 3, 4, 50"}, "Each of them must be between 0 and 10"),
        ({"meta_place_factors": "1, 2, 3, 4, nan"}, "Each of them must be between 0 and 10"),
        ({"fairness_factor": "nan"}, "Enter a number"),
        ({"grant_mode": "never"}, "Select a valid choice"),
        ({f"reasons-{number}-order": "" for number in range(1, 11)}, "Offer one reason at least"),
        ({"reasons-5-karma": ""}, "say what karma it gives"),
        ({"reasons-5-karma": "99"}, "karma must be between −25 and 50"),
        ({"consequences-0-up_to": "0.5"}, "must ascend"),
        ({"consequences-9-up_to": "0.95"}, "the last must be 1"),
        ({"consequences-2-fair_voters": ""}, "Row 3 is not complete"),
        ({"repeat_penalties-0-tokens": "4"}, "0 or less"),
        ({"repeat_penalties-0-earlier": "6"}, "must ascend"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_the_form_keeps_what_was_typed(desk, changed, words):
    response = preview(desk, **changed)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert all(f'value="{value}"' in page for name, value in changed.items() if value and name != "grant_mode")
    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_adopted(desk, reason):
    response = adopt(desk, "slashdot-2009", reason=reason)
    assert response.status_code == 422
    assert "Say why" in response.content.decode()
    assert policy_in_force() == THRESHOLD


def test_what_was_not_previewed_is_not_adopted(desk):
    seen = seen_in(preview(desk, pair_cap="7"))
    response = adopt(desk, seen=seen, pair_cap="8")
    assert response.status_code == 422
    assert "Something is different since the preview" in response.content.decode()
    assert policy_in_force() == THRESHOLD


def test_of_two_who_switch_at_once_the_second_looks_again(desk):
    seen = seen_in(preview(desk, "slashdot-2009"))
    a_policy(SOYLENTNEWS)
    response = adopt(desk, "slashdot-2009", seen=seen)
    assert response.status_code == 422
    assert policy_in_force() == SOYLENTNEWS


def test_the_action_refuses_what_somebody_overtook_and_leaves_nothing():
    first = version_in_force(NOW)
    a_policy(SOYLENTNEWS)
    with pytest.raises(Refused, match="Somebody else switched the policy meanwhile"):
        switch_policy(policy=SLASHDOT, after=first, actor=an_editor(), reason=WHY, now=NOW)
    assert not StaffAct.objects.filter(verb="adopt policy").exists()


def test_the_same_policy_again_is_nothing_to_switch(desk):
    response = preview(desk)
    assert "No number is different" in response.content.decode()


def test_the_preview_counts_what_is_on_this_site(desk):
    a_member("Ann", karma=-3, joined_at=NOW - timedelta(days=5))
    a_member("Bob", karma=30)
    a_comment(author=User.objects.get(username="Bob"), now=NOW - timedelta(days=3))
    effects = {one.words: one for one in preview(desk, window="2 days", min_karma="-5").context["effects"]}
    moderable = effects["Comments that can be moderated now"]
    assert (moderable.before, moderable.after) == ("1", "0")
    assert effects["Comments of open discussions too old to be moderated"].after == "1"
    daily = {one.words: one for one in preview(desk, "soylentnews").context["effects"]}
    given = daily["Members who can be given points now"]
    assert (given.before, given.after) == ("0", "2")  # nobody has read enough; Ann's karma is too low
    assert daily["Of these, members who may moderate downwards"].after == "1"
    assert daily["Votes wanted on a new moderation"].after == "none"


def test_a_switch_rewrites_no_history(desk):
    comment = a_comment(author=a_member("Ann"))
    moderation = spend_point(comment=comment, moderator=a_member("Bob", points=5), reason=5, now=NOW)
    before = (comment_now(comment), karma_log(), str(load_receipt(comment).outcome))
    adopt(desk, "soylentnews")
    assert (comment_now(comment), karma_log(), str(load_receipt(comment).outcome)) == before
    assert Moderation.objects.get(pk=moderation.pk).policy_id == 1
    assert PolicyVersion.objects.get(number=1).policy == THRESHOLD
    assert not list(integrity.wrong_scores())


def comment_now(comment) -> tuple:
    comment.refresh_from_db()
    return comment.score, comment.label, comment.has_bonus, comment.policy_id


def karma_log() -> list:
    return list(KarmaChange.objects.order_by("pk").values_list("member", "delta", "policy", "withdrawn_at"))


def test_versions_are_listed_with_who_and_why_and_a_page_each(desk):
    adopt(desk, "slashdot-2009")
    page = check_page(desk, list_of(PolicyVersion))
    for words in ("Edith", WHY, "the site itself", SWITCH):
        assert words in page
    page = check_page(desk, page_of(version_in_force(NOW)))
    assert "What changed from version 1" in page
    assert "comments_moddable_hours 336" in page
    assert acts_on(version_in_force(NOW)) == ["adopt policy"]


def test_a_version_cannot_be_written_or_deleted_by_hand(desk):
    version = version_in_force(NOW)
    for address in (page_of(version), page_of(version).replace("change", "delete"), list_of(PolicyVersion) + "add/"):
        assert desk.post(address, {"name": "x", "numbers": "{}", "post": "yes"}).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not_switch_does_not(client, method):
    client.force_login(staff_of("Moderators"))
    assert getattr(client, method)(reverse("admin:rulebook_policyversion_switch")).status_code == 403
    client.logout()
    assert getattr(client, method)(SWITCH).status_code == 302

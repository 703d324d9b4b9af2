"""Policies are versions with all their numbers; a switch is a row and rewrites nothing."""

import json
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from comments.models import Comment
from forum import policy
from forum.accounts.models import KarmaChange, User
from forum.presets import PRESETS, SLASHDOT, SOYLENTNEWS, THRESHOLD, Policy, from_numbers
from forum.rulebook.actions import AdoptedMeanwhile, adopt_policy, version_in_force
from forum.rulebook.models import PolicyVersion
from forum.rulebook.queries import Policies, policy_in_force
from moderation.actions import reconcile_comment, set_back_comment, spend_point
from moderation.models import Moderation
from tests.crowd import at_the_same_moment
from tests.factories import NOW, a_comment, a_member, a_policy

FUNNY, INSIGHTFUL, SPAM, DISAGREE, OVERRATED = 8, 5, 11, 12, 9


# -- Numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_policy_comes_back_from_its_numbers_as_it_was(name):
    stored = json.loads(json.dumps(PRESETS[name].to_numbers()))
    assert from_numbers(stored) == PRESETS[name]


def test_a_number_that_did_not_exist_then_has_its_default_and_an_unknown_one_is_dropped():
    stored = SLASHDOT.to_numbers() | {"forgotten": 3}
    del stored["pair_cap"]
    assert from_numbers(stored) == replace(SLASHDOT, pair_cap=Policy().pair_cap)


def test_every_number_says_what_it_means_and_what_slash_has():
    silent = [f.name for f in fields(Policy) if f.name != "name" and not (f.metadata["words"] and f.metadata["slash"])]
    assert not silent


def test_the_reasons_of_each_policy_are_reasons_of_the_site():
    assert {rule.number for preset in PRESETS.values() for rule in preset.reasons} <= policy.REASONS.keys()
    assert set(SLASHDOT.rule_of) == set(range(1, 11))
    assert SOYLENTNEWS.rule_of[SPAM].karma == -10
    assert (SOYLENTNEWS.rule_of[DISAGREE].score, SOYLENTNEWS.rule_of[DISAGREE].karma) == (0, 0)


# -- Versions ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_new_site_begins_with_our_policy():
    assert policy_in_force() == THRESHOLD
    assert not PolicyVersion.objects.exists()
    assert version_in_force(NOW).number == 1
    assert version_in_force(NOW).policy == THRESHOLD


@pytest.mark.django_db
def test_the_newest_version_is_in_force_and_the_older_ones_stay_as_they_were():
    first = version_in_force(NOW)
    second = a_policy(SLASHDOT, window=timedelta(days=7))
    assert policy_in_force() == second.policy == replace(SLASHDOT, window=timedelta(days=7))
    assert Policies()[first.number] == THRESHOLD
    assert Policies()[None] == THRESHOLD


@pytest.mark.django_db
def test_nobody_switches_from_a_policy_that_is_not_in_force_any_more():
    first = version_in_force(NOW)
    a_policy(SLASHDOT)
    with pytest.raises(AdoptedMeanwhile):
        adopt_policy(policy=SOYLENTNEWS, after=first, reason="Late", now=NOW)
    assert policy_in_force().name == "slashdot-2009"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_switch_at_once_one_must_look_again():
    first = version_in_force(NOW)
    outcomes = at_the_same_moment(
        *(lambda p=p: adopt_policy(policy=p, after=first, reason="Now", now=NOW) for p in (SLASHDOT, SOYLENTNEWS) * 2)
    )
    assert sum(isinstance(one, PolicyVersion) for one in outcomes) == 1
    assert sum(isinstance(one, AdoptedMeanwhile) for one in outcomes) == 3
    assert PolicyVersion.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_new_sites_first_policy_is_adopted_once_by_eight_who_ask_at_once():
    assert {one.number for one in at_the_same_moment(*[lambda: version_in_force(NOW)] * 8)} == {1}


# -- A switch rewrites nothing --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_row_names_the_policy_under_which_it_was_made():
    author, comment = a_member(), None
    comment = a_comment(author=author)
    before = spend_point(comment=comment, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    a_policy(SOYLENTNEWS)
    after = spend_point(comment=comment, moderator=a_member(points=1), reason=DISAGREE, now=NOW)
    assert (comment.policy_id, before.policy_id, after.policy_id) == (1, 1, 2)
    assert before.karma_change.policy_id == 1
    assert set(KarmaChange.objects.filter(moderation=before).values_list("policy", flat=True)) == {1}


@pytest.mark.django_db
def test_scores_and_karma_stay_when_the_policy_changes_what_a_reason_weighs():
    author = a_member()
    comment = a_comment(author=author)
    spend_point(comment=comment, moderator=a_member(points=1), reason=OVERRATED, now=NOW)
    a_policy(SOYLENTNEWS)  # where Overrated costs no karma
    assert not reconcile_comment(comment.pk)
    assert Comment.objects.get(pk=comment.pk).score == 0
    assert User.objects.get(pk=author.pk).karma == -1


@pytest.mark.django_db
def test_a_comment_starts_under_the_policy_in_force():
    a_policy(start_named=2, start_anonymous=1)
    assert (a_comment(author=a_member()).score, a_comment().score) == (2, 1)


# -- Reasons of the second preset ----------------------------------------------------------------------------------


@pytest.fixture
def soylent(db):
    return a_policy(SOYLENTNEWS)


def moderated(comment, reason, *, moderator=None):
    moderator = moderator or a_member(points=1, karma=10)
    return spend_point(comment=comment, moderator=moderator, reason=reason, now=NOW)


def test_disagree_moves_nothing_and_can_be_the_word_beside_the_score(soylent):
    comment = a_comment(author=a_member())
    moderated(comment, DISAGREE)
    comment.refresh_from_db()
    assert (comment.score, comment.label) == (1, "Disagree")
    assert User.objects.get(pk=comment.author_id).karma == 0
    assert Moderation.objects.get().delta == 0


def test_spam_counts_at_the_lowest_score_too_and_is_undone_exactly(soylent):
    author = a_member(karma=-11)
    comment = a_comment(author=author)
    assert comment.score == -1
    moderated(comment, SPAM)
    comment.refresh_from_db()
    assert (comment.score, comment.label) == (-1, "Spam")
    assert User.objects.get(pk=author.pk).karma == -21
    set_back_comment(comment=comment, actor=a_member(is_staff=True), reason="Not spam", now=NOW)
    comment.refresh_from_db()
    assert (comment.score, comment.label) == (-1, "")
    assert User.objects.get(pk=author.pk).karma == -11

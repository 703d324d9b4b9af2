"""What a receipt tells: every step with its cause, on the page and as JSON, ending in the number that is shown."""

import random
import re

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from comments.actions import hide_comment
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct
from forum.presets import SLASHDOT, SOYLENTNEWS, THRESHOLD
from forum.rulebook.actions import version_in_force
from moderation import rules
from moderation.actions import (
    correct_score,
    set_back_comment,
    spend_point,
    undo_moderation,
    undo_set_back,
)
from moderation.models import Verdict
from tests.factories import NOW, a_comment, a_member, a_policy, a_story, an_editor
from tests.moderation.test_replay import NUMBER, log
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
OFFTOPIC, TROLL, INSIGHTFUL, FUNNY, OVERRATED, SPAM, DISAGREE = 1, 3, 5, 8, 9, 11, 12


@pytest.fixture
def comment():
    return a_comment(a_story().discussion, author=a_member("Ada"))


def receipt(client, comment):
    return read(client.get(reverse("score", args=[comment.pk]))).words


def as_json(client, comment):
    return client.get(reverse("score_json", args=[comment.pk])).json()


def moderated(comment, *reasons):
    return [spend_point(comment=comment, moderator=a_member(points=1), reason=r, now=NOW) for r in reasons]


@pytest.mark.parametrize(
    ("karma", "start", "words"),
    [
        (0, 1, "A member in good standing posted it"),
        (-1, 0, "A member whose karma was below 0 posted it"),
        (-11, -1, "A member whose karma was below −10 posted it"),
    ],
)
def test_the_start_is_explained_by_the_karma_of_then(client, karma, start, words):
    comment = a_comment(a_story().discussion, author=a_member(karma=karma))
    assert words in receipt(client, comment)
    assert as_json(client, comment)["start"]["score"] == start
    assert as_json(client, comment)["start"]["why"] == words


def test_an_anonymous_start_is_explained_and_the_policy_named(client):
    a_policy(SLASHDOT)
    comment = a_comment(a_story().discussion)
    assert "Posted as Anonymous Coward Under the policy slashdot-2009, version 2" in receipt(client, comment)


def test_a_start_that_no_karma_gives_is_not_explained_by_one():
    said = rules.start_words(start=4, is_named=True, is_archived=False, numbers=THRESHOLD)
    assert said == "A member posted it"
    assert rules.start_words(start=3, is_named=False, is_archived=False, numbers=THRESHOLD) == "Posted without a name"


def test_a_step_that_met_a_bound_says_so(client):
    a_policy(SOYLENTNEWS)
    comment = a_comment(a_story().discussion, author=a_member(karma=-25))
    spend_point(comment=comment, moderator=a_member(points=1, karma=20), reason=SPAM, now=NOW)
    assert "Held at −1, the lowest score there is" in receipt(client, comment)
    assert as_json(client, comment)["lines"][0]["held"]


def test_a_correction_by_staff_tells_the_reason(client, comment):
    moderated(comment, INSIGHTFUL)
    correct_score(comment=comment, score=0, actor=an_editor(), reason="Brigaded from elsewhere", now=NOW)
    moderated(comment, FUNNY)
    words = receipt(client, comment)
    assert "Staff set the score: Brigaded from elsewhere Public log May 4, 2026 @12:00PM = 0 0" in words
    assert "What you see 1, Funny" in words
    act = StaffAct.objects.get(verb="rescore")
    assert as_json(client, comment)["lines"][1] == {
        "kind": "correction",
        "reason": "Brigaded from elsewhere",
        "delta": 0,
        "sets_score": 0,
        "at": "2026-05-04T12:00:00+00:00",
        "policy": 1,
        "moderator": None,
        "is_yours": False,
        "before_edit": False,
        "counts": True,
        "score": 0,
        "held": False,
        "log": f"/log/{act.pk}/",
        "turns": [],
        "verdict": None,
    }


def test_what_was_withdrawn_and_put_back_tells_both_in_turn(client, comment):
    moderated(comment, TROLL)
    set_back_comment(comment=comment, actor=an_editor(), reason="Unfair", now=NOW)
    assert "Troll Withdrawn: Set back by staff. Unfair May 4, 2026 @12:00PM" in receipt(client, comment)
    undo_set_back(act=StaffAct.objects.latest("pk"), actor=an_editor(), reason="My mistake", now=NOW)
    words = receipt(client, comment)
    assert "Withdrawn: Set back by staff. Unfair May 4, 2026 @12:00PM · Public log Put back by staff. My" in words
    assert "What you see 0, Troll" in words
    turns = as_json(client, comment)["lines"][0]["turns"]
    assert all(client.get(turn["log"]).status_code == 200 for turn in turns)
    assert [(turn["kind"], turn["withdraws"]) for turn in turns] == [("staff", True), ("restored", False)]


def test_the_verdict_of_metamoderators_stands_at_the_line(client, comment):
    fair, unfair = moderated(comment, INSIGHTFUL, TROLL)
    for moderation, votes in ((fair, (4, 1)), (unfair, (1, 2))):
        Verdict.objects.create(
            moderation=moderation,
            fair_votes=votes[0],
            unfair_votes=votes[1],
            is_fair=votes[0] > votes[1],
            policy=version_in_force(NOW),
            settled_at=NOW,
        )
    words = receipt(client, comment)
    assert "Insightful Metamoderators found it fair: 4 of 5" in words
    assert "Troll Metamoderators found it unfair: 2 of 3" in words
    assert as_json(client, comment)["lines"][0]["verdict"] == {"is_fair": True, "fair": 4, "unfair": 1}


def test_moderators_are_named_only_if_the_policy_of_then_and_the_one_of_now_say_so(client, comment):
    spend_point(comment=comment, moderator=a_member("Early Bird", points=1), reason=INSIGHTFUL, now=NOW)
    a_policy(THRESHOLD, names_moderators=True)
    spend_point(comment=comment, moderator=a_member("Late Owl", points=1), reason=FUNNY, now=NOW)
    words = receipt(client, comment)
    assert "Late Owl found it Funny" in words
    assert "Early Bird" not in words
    assert [line["moderator"] for line in as_json(client, comment)["lines"]] == [None, "Late Owl"]
    a_policy(THRESHOLD)
    assert "Late Owl" not in receipt(client, comment)
    assert "Moderators are not named." in receipt(client, comment)


def test_staff_who_may_read_the_log_find_the_names_in_the_admin(client, comment):
    spend_point(comment=comment, moderator=a_member("Secret Keeper", points=1), reason=INSIGHTFUL, now=NOW)
    client.force_login(an_editor())
    assert "Secret Keeper" not in receipt(client, comment)
    assert "Secret Keeper" in client.get(f"/admin/comments/comment/{comment.pk}/change/").content.decode()


def test_the_moderator_finds_the_own_line(client, comment):
    moderator = a_member(points=1)
    spend_point(comment=comment, moderator=moderator, reason=INSIGHTFUL, now=NOW)
    client.force_login(moderator)
    assert "You found it Insightful" in receipt(client, comment)
    assert as_json(client, comment)["lines"][0]["is_yours"]


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ([INSIGHTFUL], "come to +1, so only reasons that raise can become the word. Insightful is the only one."),
        ([FUNNY, INSIGHTFUL, FUNNY], "Funny was given most often. Funny 2× Insightful 1×"),
        ([FUNNY, INSIGHTFUL], "Insightful and Funny were given equally often; Insightful was given last."),
        ([TROLL, INSIGHTFUL, FUNNY], "Troll 1× lowers, against the sum"),
        ([TROLL, INSIGHTFUL], "All moderations together change nothing, so all reasons can become the word."),
        (
            [OVERRATED],
            "Why no word All moderations together come to −1, so only reasons that lower can become the word.",
        ),
        ([OVERRATED], "None of those that were given can. Overrated 1× never becomes the word"),
    ],
)
def test_the_choice_of_the_word_is_explained(client, comment, reasons, words):
    moderated(comment, *reasons)
    assert words in receipt(client, comment)


def test_where_the_most_frequent_reason_wins_the_receipt_says_that(client, comment):
    a_policy(SOYLENTNEWS)
    moderated(comment, DISAGREE)
    words = receipt(client, comment)
    assert "A moderator found it Disagree May 4, 2026 @12:00PM ±0 1" in words
    assert "The reason given most often becomes the word. Disagree is the only one." in words


def test_a_bonus_that_was_lost_says_why(client):
    comment = a_comment(a_story().discussion, author=a_member(karma=50))
    moderated(comment, INSIGHTFUL, TROLL)
    assert "began with the karma bonus, and still has it." in receipt(client, comment)
    moderated(comment, TROLL, TROLL)
    words = receipt(client, comment)
    assert "3 moderations downwards count now, and with 3 the bonus is lost." in words
    assert as_json(client, comment)["bonus"]["has"] is False


def test_the_bonus_at_the_highest_score_is_held(client):
    comment = a_comment(a_story().discussion, author=a_member(karma=50))
    moderated(comment, *[INSIGHTFUL] * 4)
    assert "+1 6 A score lies between −1 and 5 held at 5 What you see 5, Insightful" in receipt(client, comment)


def test_json_of_a_removed_comment_is_an_error_in_words(client, comment):
    hide_comment(comment=comment, actor=an_editor(), reason="Advertising", now=NOW)
    answer = client.get(reverse("score_json", args=[comment.pk]))
    assert (answer.status_code, answer.json()) == (404, {"error": "This comment was removed."})


# -- For any log whatever --------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(list(NUMBER)), max_size=12), st.sampled_from([THRESHOLD, SLASHDOT, SOYLENTNEWS]))
def test_the_first_of_those_that_compete_is_the_word(names, numbers):
    first = next((one for one in rules.contenders(log(*names), numbers) if one.competes), None)
    assert (policy.REASONS[first.reason].name if first else "") == rules.replay_label(log(*names), numbers)


READERS = [
    ("a visitor", None),
    ("who counts the bonus", {}),
    ("who does not", {"modifiers": {"bonus": 0}}),
    ("of high ones, flat", {"threshold": 5, "mode": "flat"}),
    ("newest first, without the bonus", {"order": "newest", "threshold": -1, "modifiers": {"bonus": 0}}),
]


@pytest.mark.parametrize("seed", range(4))
def test_for_any_log_and_any_reader_the_receipt_ends_in_what_the_pages_show(client, seed):
    lot = random.Random(seed)
    discussion, editor = a_story().discussion, an_editor()
    a_policy(lot.choice([THRESHOLD, SLASHDOT, SOYLENTNEWS]), pair_cap=0, down_karma_min=-25)
    comments = [a_comment(discussion, author=who) for who in (None, *(a_member(karma=k) for k in (50, 30, -5)))]
    for comment in comments:
        for _ in range(lot.randrange(12)):
            something_happens(comment, editor, lot)
    for _, preferences in READERS:
        client.logout()
        if preferences is not None:
            client.force_login(a_member(**preferences))
        shown = scores_on(client.get(discussion.link + ("" if preferences else "?threshold=-1")).content.decode())
        for comment in comments:
            told = as_json(client, comment)
            own_page = scores_on(client.get(comment.get_absolute_url()).content.decode())[comment.pk]
            assert f"What you see {told['reader']['words']}" in receipt(client, comment)
            assert own_page == told["reader"]["words"] == shown.get(comment.pk, own_page)
            assert told["reader"]["score"] == last_line(told)
            beneath = preferences and told["reader"]["score"] < preferences.get("threshold", 0)
            assert (comment.pk in shown) is not bool(beneath)


def something_happens(comment, editor, lot):
    chance = lot.random()
    comment.refresh_from_db()
    if chance < 0.1:
        correct_score(comment=comment, score=lot.randint(-1, 5), actor=editor, reason="For a test", now=NOW)
        return
    moderator = a_member(points=1, karma=20)
    try:
        moderation = spend_point(
            comment=comment, moderator=moderator, reason=lot.choice(list(NUMBER.values())), now=NOW
        )
        if chance < 0.3:
            undo_moderation(moderation=moderation, moderator=moderator, now=NOW)
    except Refused:
        pass  # a bound, or a reason that this policy does not know
    if chance > 0.95:
        set_back_comment(comment=comment, actor=editor, reason="For a test", now=NOW)


def scores_on(html):
    """The words of the score beside each comment of a page."""
    found = re.findall(r'id="comment-(\d+)".*?class="score"[^>]*><i>Score </i>([^<]*)</a>', html, re.S)
    return {int(pk): words for pk, words in found}


def last_line(told):
    """The end of the JSON receipt, by its own lines alone."""
    counting = [line["score"] for line in told["lines"] if line["counts"]]
    score = counting[-1] if counting else told["start"]["score"]
    assert score == told["score"]
    steps = [step["score"] for step in told["reader"]["modifiers"]]
    assert steps == [score + sum(s["delta"] for s in told["reader"]["modifiers"][: n + 1]) for n in range(len(steps))]
    end = steps[-1] if steps else score
    return min(end, policy.SCORE_MAX) if told["reader"]["held"] else end

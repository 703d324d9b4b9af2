"""The moderator's desk: what it shows to whom, in which order, and what it costs."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from comments.actions import hide_comment
from comments.models import Comment, Discussion
from forum import policy
from forum.presets import SOYLENTNEWS, THRESHOLD
from moderation.actions import spend_point
from moderation.models import Moderation
from moderation.rules import desk as rules
from tests.factories import NOW, a_comment, a_member, a_policy, a_story, an_editor
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
INSIGHTFUL, FUNNY = 5, 8
HOUR = timedelta(hours=1)


@pytest.fixture
def story():
    return a_story()


@pytest.fixture
def moderator(client):
    member = a_member(points=3)
    client.force_login(member)
    return member


def desk(client):
    return read(client.get(reverse("desk")))


def offered(page):
    return {int(name.removeprefix("reason-")) for name in page.fields if name.startswith("reason-")}


# -- The rule --------------------------------------------------------------------------------------------------------


def need(**changed):
    case = {"fifth": 2, "level": 1, "start_score": 1, "moderations": 1, "age": HOUR, "seen": 1} | changed
    return rules.need_of_moderation(rules.Case(**case))


@pytest.mark.parametrize(
    ("needier", "than"),
    [
        ({"fifth": 4}, {"fifth": 0}),
        ({"fifth": 3}, {"fifth": 2}),
        ({"level": 2}, {"level": 0}),
        ({"start_score": 0}, {"start_score": 1}),
        ({"start_score": 0}, {"start_score": -1}),
        ({"moderations": 0}, {"moderations": 1}),
        ({"moderations": 1}, {"moderations": 2}),
        ({"seen": 0}, {"seen": 2}),
        ({"age": HOUR}, {"age": 48 * HOUR}),
    ],
)
def test_late_deep_low_unmoderated_unseen_and_fresh_comments_need_it_more(needier, than):
    assert need(**needier) > need(**than)


def test_beyond_its_bounds_nothing_counts_more():
    assert need(level=3) == need(level=300)
    assert need(moderations=3) == need(moderations=30)
    assert need(seen=4) == need(seen=40)
    assert need(start_score=2) == need(start_score=5)


@pytest.mark.parametrize(
    ("place", "of", "fifth"),
    [(0, 10, 0), (1, 10, 0), (2, 10, 1), (9, 10, 4), (40, 30, 4), (0, 9, 2), (8, 9, 2), (0, 0, 2)],
)
def test_the_fifth_of_a_discussion(place, of, fifth):
    assert rules.fifth_of(place, of) == fifth


def test_one_discussion_fills_the_desk_only_where_no_other_has_some():
    ranked = ["a1", "a2", "a3", "a4", "b1", "a5"]
    assert rules.choose_spread(ranked, group=lambda one: one[0], most=4, each=3) == ["a1", "a2", "a3", "b1"]
    assert rules.choose_spread(ranked, group=lambda one: one[0], most=6, each=3) == ranked


def test_the_need_is_told_in_words():
    case = rules.Case(fifth=4, level=3, start_score=0, moderations=0, age=HOUR)
    assert rules.reasons_of_need(case) == [
        "unmoderated",
        "late",
        "deep in its thread",
        "started low",
        "unseen by other moderators",
    ]


# -- The page --------------------------------------------------------------------------------------------------------


def test_it_shows_a_comment_with_what_it_answers_and_its_thread(client, moderator, story):
    first = a_comment(story.discussion, author=a_member("Ada"), subject="Penguins", body="They swim well.")
    answer = a_comment(parent=first, author=a_member("Bob"), subject="Re: Penguins", body="Do they?")
    page = desk(client)
    assert "answers Ada: “They swim well.”" in page.words
    assert "by Bob" in page.words
    assert "Unmoderated · unseen by other moderators" in page.words
    assert f'{first.discussion.link}?threshold=-1#comment-{answer.pk}"' in page.html
    assert offered(page) == {first.pk, answer.pk}


def test_what_could_not_be_moderated_is_left_out(client, moderator, story):
    fine = a_comment(story.discussion)
    given = a_comment(story.discussion)
    spend_point(comment=given, moderator=moderator, reason=FUNNY, now=NOW - HOUR)
    removed = a_comment(story.discussion)
    hide_comment(comment=removed, actor=an_editor(), reason="Advertising", now=NOW)
    old = a_comment(story.discussion)
    Comment.objects.filter(pk=old.pk).update(posted_at=NOW - THRESHOLD.window - HOUR)
    a_comment(a_story().discussion, author=moderator)
    mine = a_story().discussion
    a_comment(mine)
    a_comment(mine, author=moderator)
    locked = a_story().discussion
    a_comment(locked)
    Discussion.objects.filter(pk=locked.pk).update(status="locked")
    assert offered(desk(client)) == {fine.pk}


def test_where_one_may_do_both_the_own_discussions_stay(client, moderator, story):
    a_policy(SOYLENTNEWS)
    other = a_comment(story.discussion)
    a_comment(story.discussion, author=moderator)
    assert offered(desk(client)) == {other.pk}


def test_it_shows_a_page_of_the_neediest_from_several_discussions(client, moderator):
    discussions = [a_story(comments=8).discussion for _ in range(6)]
    shown = offered(desk(client))
    assert len(shown) == policy.DESK_LINES
    by_discussion = [Comment.objects.filter(pk__in=shown, discussion=one).count() for one in discussions]
    assert max(by_discussion) <= policy.DESK_PER_DISCUSSION


def test_late_ones_are_shown_rather_than_early_ones(client, moderator):
    discussion = a_story(comments=60).discussion
    ids = sorted(discussion.comments.values_list("pk", flat=True))
    shown = offered(desk(client))
    assert len(shown & set(ids[-12:])) > len(shown & set(ids[:12]))


def test_it_is_the_same_until_the_hour_ends_and_another_for_another(client, moderator):
    a_story(comments=60)
    assert offered(desk(client)) == (mine := offered(desk(client)))
    client.force_login(a_member(points=1))
    assert offered(desk(client)) != mine
    with time_machine.travel(NOW + HOUR, tick=False):
        client.force_login(moderator)
        assert offered(desk(client)) != mine


def test_choices_from_several_discussions_are_spent_by_one_form(client, moderator, story):
    one, other = a_comment(story.discussion), a_comment(a_story().discussion)
    sent = {f"reason-{comment.pk}": INSIGHTFUL for comment in (one, other)}
    assert client.post(reverse("desk"), sent)["Location"] == reverse("desk")
    page = desk(client)
    assert "Moderated: 2. Points left: 1." in page.words
    assert "Just given" in page.words
    assert "You gave Insightful. Undo Insightful" in page.words
    assert not offered(page)
    assert "Nothing waits for you" in page.words


def test_what_was_just_given_is_taken_back_from_there(client, moderator, story):
    comment = a_comment(story.discussion)
    client.post(reverse("desk"), {f"reason-{comment.pk}": INSIGHTFUL})
    undo = reverse("undo_moderation", args=[Moderation.objects.get().pk])
    assert client.post(undo, {"back": "desk"})["Location"] == f"{reverse('desk')}#comment-{comment.pk}"
    assert offered(desk(client)) == {comment.pk}


def test_a_comment_in_a_hidden_discussion_is_not_found_from_there(client, moderator, story):
    comment = a_comment(story.discussion)
    Discussion.objects.update(status="hidden")
    answer = client.post(reverse("desk"), {f"reason-{comment.pk}": INSIGHTFUL})
    assert "not in this discussion, or gone" in read(answer, 409).words


def test_new_ones_are_marked_until_the_look_ends(client, moderator, story):
    a_comment(story.discussion, subject="Before")
    assert "new since your last look" not in desk(client).words
    with time_machine.travel(NOW + HOUR, tick=False):
        a_comment(story.discussion, subject="Since", now=NOW + HOUR)
        assert "1 new since your last look." in desk(client).words
        assert "1 new since your last look." in desk(client).words
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        assert "new since your last look" not in desk(client).words


@pytest.mark.parametrize("cookie", ["", "x", "1.2", "1.2.3.4", "9" * 30, "-1.0.0"])
def test_a_cookie_that_makes_no_sense_is_passed_over(client, moderator, story, cookie):
    a_comment(story.discussion)
    client.cookies["desk"] = cookie
    assert offered(desk(client))


def test_without_points_it_says_why_and_shows_nothing(client, story):
    a_comment(story.discussion)
    client.force_login(a_member())
    page = desk(client)
    assert "You have no mod points at present." in page.words
    assert not offered(page)


def test_somebody_banned_is_told_so(client, moderator, story):
    moderator.banned_at = NOW
    moderator.save()
    assert "You may not moderate at present." in desk(client).words


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(reverse("desk"))["Location"].startswith(reverse("account_login"))


def test_the_points_in_the_head_lead_here(client, moderator):
    assert read(client.get("/")).links["3 mod points"] == reverse("desk")


def test_it_costs_the_same_for_3_comments_as_for_60(client, moderator):
    a_story(comments=3)
    desk(client)
    few = queries_of(client, reverse("desk"))
    a_story(comments=60)
    desk(client)
    assert queries_of(client, reverse("desk")) <= few
    assert few <= 20


def test_only_so_many_comments_are_looked_at(client, moderator, monkeypatch):
    monkeypatch.setattr(policy, "DESK_COMMENTS", 10)
    newest, older = a_story(comments=8, now=NOW), a_story(comments=8, now=NOW - HOUR)
    shown = Comment.objects.filter(pk__in=offered(desk(client)))
    assert set(shown.values_list("discussion", flat=True)) == {newest.discussion_id}
    assert older.discussion.comments.exists()

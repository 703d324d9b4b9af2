"""Spending points from the page, in place and by a plain form, and what posting afterwards does."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from comments.models import Comment, Discussion
from forum.accounts.models import User
from forum.presets import SOYLENTNEWS, THRESHOLD
from moderation.actions import spend_point
from moderation.models import Moderation, Moderator, PointGrant
from moderation.queries import points_of
from tests.factories import a_comment, a_member, a_policy, a_story

pytestmark = pytest.mark.django_db
INSIGHTFUL = 5


@pytest.fixture
def story(now):
    return a_story("Penguins seen at the harbour", now=now)


@pytest.fixture
def comments(story, now):
    talker = a_member("Talker", now=now)
    return [
        a_comment(story.discussion, author=talker, subject=f"Thread {number}", body=f"Word {number}.", now=now)
        for number in range(3)
    ]


@pytest.fixture
def morgan(visitor, now):
    """A moderator with five points, at the browser."""
    member = a_member("Morgan", points=5, now=now)
    visitor.become(member)
    return member


def choose(visitor, comment, reason):
    visitor.comment(comment).get_by_label("Moderate").select_option(label=reason)


def give(visitor, comment, reason, either_way):
    """Moderate one comment, in place where scripts run, else by the page's button."""
    choose(visitor, comment, reason)
    if not either_way:
        visitor.press("Moderate")
    expect(visitor.comment(comment)).to_contain_text(f"You gave {reason.split()[0]}")


def score(visitor, comment):
    return visitor.comment(comment).locator(".score").first


# -- With scripts: in place ------------------------------------------------------------------------------------------


def test_a_chosen_reason_counts_at_once_and_everything_on_the_page_says_so(visitor, story, comments, morgan, now):
    visitor.go(story.get_absolute_url())
    visitor.sees("A reason counts as soon as you choose it.")
    expect(visitor.page.get_by_role("button", name="Moderate", exact=True)).to_be_hidden()
    address = visitor.page.url
    choose(visitor, comments[0], "Insightful +1")
    expect(score(visitor, comments[0])).to_have_text("Score 2, Insightful")
    visitor.sees("You gave Insightful", within=f"#comment-{comments[0].pk}")
    visitor.sees("4 mod points", within=".me")
    visitor.sees("4 mod points", within=".desk")
    status = visitor.page.locator("[role=status]").last
    expect(status).to_have_text("You gave Insightful. The score is now 2, Insightful. You have 4 mod points.")
    assert visitor.comment(comments[0]).get_attribute("data-score") == "2"
    assert visitor.page.url == address
    assert points_of(morgan, now) == 4


def test_the_numbers_at_the_thresholds_follow(visitor, story, comments, morgan):
    visitor.go(f"{story.get_absolute_url()}?threshold=-1")
    levels = visitor.page.locator(".levels a")
    choose(visitor, comments[0], "Insightful +1")
    expect(score(visitor, comments[0])).to_have_text("Score 2, Insightful")
    choose(visitor, comments[1], "Offtopic −1")
    expect(score(visitor, comments[1])).to_have_text("Score 0, Offtopic")
    expect(levels.nth(2)).to_have_text("1: 2 comments")
    expect(levels.nth(3)).to_have_text("2: 1 comment")
    visitor.comment(comments[0]).get_by_role("button", name="Undo Insightful").click()
    expect(levels.nth(3)).to_have_text("2: 0 comments")


def test_undo_stands_in_its_place_and_gives_the_choice_back(visitor, story, comments, morgan, now):
    visitor.go(story.get_absolute_url())
    choose(visitor, comments[0], "Offtopic −1")
    expect(score(visitor, comments[0])).to_have_text("Score 0, Offtopic")
    visitor.comment(comments[0]).get_by_role("button", name="Undo Offtopic").click()
    expect(score(visitor, comments[0])).to_have_text("Score 1")
    visitor.sees("5 mod points", within=".me")
    choose(visitor, comments[0], "Funny +1")
    expect(score(visitor, comments[0])).to_have_text("Score 2, Funny")
    assert points_of(morgan, now) == 4


def test_with_the_keyboard_only_enter_gives_a_reason_and_the_focus_stays(visitor, story, comments, morgan):
    visitor.go(story.get_absolute_url())
    keys = visitor.page.keyboard
    choice = visitor.comment(comments[0]).get_by_label("Moderate")
    choice.focus()
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    visitor.sees("Press Enter to give Flamebait −1.", within=f"#comment-{comments[0].pk}")
    assert not Moderation.objects.exists()
    keys.press("Enter")
    undo = visitor.comment(comments[0]).get_by_role("button", name="Undo Flamebait")
    expect(undo).to_be_focused()
    keys.press("Enter")
    expect(visitor.comment(comments[0]).get_by_label("Moderate")).to_be_focused()
    expect(score(visitor, comments[0])).to_have_text("Score 1")
    assert points_of(morgan, Moderation.objects.get().moderated_at) == 5


def test_undo_goes_away_when_its_time_is_over(visitor, story, comments, morgan, now):
    a_policy(THRESHOLD, now=now, undo_within=timedelta(seconds=2))
    visitor.go(story.get_absolute_url())
    choose(visitor, comments[0], "Funny +1")
    undo = visitor.comment(comments[0]).get_by_role("button", name="Undo Funny")
    expect(undo).to_be_visible()
    expect(undo).to_have_count(0)
    visitor.sees("You gave Funny", within=f"#comment-{comments[0].pk}")


def test_a_site_that_does_not_answer_gives_the_plain_form_back(visitor, story, comments, morgan, now):
    visitor.go(story.get_absolute_url())
    visitor.page.route("**/moderate/**", lambda route: route.abort())
    choose(visitor, comments[0], "Funny +1")
    visitor.sees("The site did not answer. Try again in a moment.", within=f"#comment-{comments[0].pk}")
    visitor.page.unroute("**/moderate/**")
    visitor.complaints.clear()
    visitor.press("Moderate")
    visitor.sees("Moderated: 1. Points left: 4.")


def test_the_page_is_faultless_while_things_change_on_it(visitor, story, comments, morgan, now):
    visitor.go(story.get_absolute_url())
    choose(visitor, comments[0], "Funny +1")
    expect(score(visitor, comments[0])).to_have_text("Score 2, Funny")
    Discussion.objects.update(status="locked")
    choose(visitor, comments[1], "Funny +1")
    visitor.sees("This discussion is closed.", within=f"#comment-{comments[1].pk}")
    assert visitor.page_faults() == []


def test_moderations_go_one_after_the_other_so_that_the_last_answer_tells_the_points(visitor, story, comments, morgan):
    sent = []
    visitor.page.route(f"**/moderate/{story.discussion_id}/", lambda route: sent.extend([route]))
    visitor.go(story.get_absolute_url())
    choose(visitor, comments[0], "Insightful +1")
    choose(visitor, comments[1], "Offtopic −1")
    for left in (4, 3):
        visitor.page.wait_for_timeout(100)
        sent.pop().continue_()
        assert sent == []
        visitor.sees(f"{left} mod points", within=".me")


# -- Either way ------------------------------------------------------------------------------------------------------


def test_two_comments_are_moderated(visitor, story, comments, morgan, now, either_way):
    visitor.go(story.get_absolute_url())
    visitor.sees("You have 5 mod points")
    choose(visitor, comments[0], "Insightful +1")
    choose(visitor, comments[1], "Offtopic −1")
    if not either_way:
        visitor.press("Moderate")
        visitor.sees("Moderated: 2. Points left: 3.")
    visitor.sees("3 mod points", within=".me")
    expect(score(visitor, comments[0])).to_have_text("Score 2, Insightful")
    expect(score(visitor, comments[1])).to_have_text("Score 0, Offtopic")
    visitor.sees("You gave Insightful", within=f"#comment-{comments[0].pk}")
    assert points_of(morgan, now) == 3


def test_a_moderation_is_undone(visitor, story, comments, morgan, now, either_way):
    visitor.go(story.get_absolute_url())
    give(visitor, comments[0], "Insightful +1", either_way)
    visitor.comment(comments[0]).get_by_role("button", name="Undo Insightful").click()
    expect(score(visitor, comments[0])).to_have_text("Score 1")
    visitor.sees("5 mod points", within=".me")
    expect(visitor.comment(comments[0]).get_by_label("Moderate")).to_be_visible()


def test_posting_afterwards_withdraws_as_was_said_before(visitor, story, comments, morgan, now, either_way):
    visitor.go(story.get_absolute_url())
    give(visitor, comments[0], "Insightful +1", either_way)
    visitor.go(f"/reply/{story.discussion_id}/{comments[1].pk}/")
    visitor.sees("withdraws your 1 moderation in this discussion; the points do not come back")
    visitor.fill(body="I have to say this.")
    visitor.press("Post")
    expect(score(visitor, comments[0])).to_have_text("Score 1")
    visitor.sees("You have 4 mod points, but not for here.")
    score(visitor, comments[0]).click()
    visitor.sees("Withdrawn: The moderator posted in the discussion.")


def test_where_both_is_allowed_the_form_warns_of_nothing(visitor, story, comments, morgan, now):
    a_policy(SOYLENTNEWS, now=now)
    spend_point(comment=comments[0], moderator=morgan, reason=INSIGHTFUL, now=now)
    visitor.go(f"/reply/{story.discussion_id}/{comments[1].pk}/")
    visitor.does_not_see("withdraws")


# -- Refused, in words, with nothing moved ---------------------------------------------------------------------------


def posted_meanwhile(story, comments, morgan, now):
    a_comment(story.discussion, author=morgan, subject="Meanwhile", now=now)


def moderated_in_another_tab(story, comments, morgan, now):
    spend_point(comment=comments[0], moderator=morgan, reason=INSIGHTFUL, now=now)


def locked_meanwhile(story, comments, morgan, now):
    Discussion.objects.update(status="locked")


def archived_meanwhile(story, comments, morgan, now):
    Discussion.objects.update(status="archived")


def removed_meanwhile(story, comments, morgan, now):
    Comment.objects.filter(pk=comments[0].pk).update(hidden_at=now)


def points_spent_elsewhere(story, comments, morgan, now):
    PointGrant.objects.update(points_left=0, points_expired=5)


def raised_to_the_top_meanwhile(story, comments, morgan, now):
    Comment.objects.filter(pk=comments[0].pk).update(score=5)


def barred_meanwhile(story, comments, morgan, now):
    until = now + timedelta(days=30)
    Moderator.objects.create(member=morgan, barred_until=until, barred_because="A downmod bomb.")


def banned_meanwhile(story, comments, morgan, now):
    User.objects.filter(pk=morgan.pk).update(banned_at=now, ban_reason="Rude.")


REFUSALS = [
    (posted_meanwhile, "You have posted in this discussion, so you cannot moderate in it."),
    (moderated_in_another_tab, "You have moderated this comment already."),
    (locked_meanwhile, "This discussion is closed."),
    (archived_meanwhile, "This discussion is archived: its scores stay as they are."),
    (removed_meanwhile, "This comment was removed meanwhile."),
    (points_spent_elsewhere, "You have no mod points left."),
    (raised_to_the_top_meanwhile, "This comment is at 5 already, the highest score there is."),
    (barred_meanwhile, "The reason: A downmod bomb."),
    (banned_meanwhile, "You may not moderate"),
]


def test_each_refusal_is_said_in_words_and_costs_nothing(visitor, morgan, now, either_way):
    for happens, words in REFUSALS:
        story = a_story(happens.__name__, now=now)
        comments = [a_comment(story.discussion, author=a_member(now=now), now=now)]
        visitor.go(story.get_absolute_url())
        if not either_way:
            choose(visitor, comments[0], "Funny +1")
        happens(story, comments, morgan, now)
        given, points = Moderation.objects.count(), points_of(morgan, now)
        if either_way:
            choose(visitor, comments[0], "Funny +1")
            visitor.sees(words, within=f"#comment-{comments[0].pk} .told")
        else:
            visitor.press("Moderate", status=409)
            visitor.sees("Nothing was moderated")
            visitor.sees(words)
            visitor.follow("Back to the discussion")
        assert (Moderation.objects.count(), points_of(morgan, now)) == (given, points), words
        everything_as_before(morgan, story)


def everything_as_before(morgan, story):
    """So that the next refusal has a moderator with points, and its own cause alone."""
    Moderator.objects.filter(pk=morgan.pk).delete()
    User.objects.filter(pk=morgan.pk).update(banned_at=None, ban_reason="")
    PointGrant.objects.update(points_left=5, points_expired=0)


def test_an_undo_that_comes_too_late_is_refused_in_words(visitor, story, comments, morgan, now, either_way):
    visitor.go(story.get_absolute_url())
    give(visitor, comments[0], "Funny +1", either_way)
    Moderation.objects.update(moderated_at=now - THRESHOLD.undo_within - timedelta(seconds=5))
    undo = visitor.comment(comments[0]).get_by_role("button", name="Undo Funny")
    if either_way:
        undo.click()
        visitor.sees("It is too late to take this moderation back.", within=f"#comment-{comments[0].pk}")
    else:
        with visitor.answer(409):
            undo.click()
        visitor.sees("It is too late to take this moderation back.")
    assert points_of(morgan, now) == 4


def test_nobody_is_asked_to_moderate_himself(visitor, story, comments, morgan, now):
    other = a_story("Another", now=now)
    visitor.go(story.get_absolute_url())
    assert visitor.page.get_by_label("Moderate").count() == 3
    a_comment(other.discussion, author=morgan, now=now)
    visitor.go(other.get_absolute_url())
    assert visitor.page.get_by_label("Moderate").count() == 0


# -- The desk --------------------------------------------------------------------------------------------------------


def test_the_desk_is_reached_from_the_head_and_moderates_across_discussions(
    visitor, story, comments, morgan, now, either_way
):
    elsewhere = a_comment(a_story("Another", now=now).discussion, subject="Elsewhere", now=now)
    visitor.go("/")
    visitor.follow("5 mod points", within=".me")
    assert visitor.place == "/moderate/"
    visitor.sees("Comments that need a moderator")
    choose(visitor, comments[2], "Informative +1")
    choose(visitor, elsewhere, "Interesting +1")
    if either_way:
        expect(score(visitor, comments[2])).to_have_text("2, Informative")
        expect(score(visitor, elsewhere)).to_have_text("1, Interesting")
    else:
        visitor.press("Moderate")
        visitor.sees("Moderated: 2. Points left: 3.")
    visitor.sees("3 mod points", within=".me")
    visitor.go("/moderate/")
    assert {*visitor.page.locator(".waiting h2").all_inner_texts()} == {"Thread 0", "Thread 1"}
    visitor.sees("You gave Informative", within=".just-given")


def test_what_was_given_at_the_desk_is_undone_there(visitor, story, comments, morgan, now, either_way):
    spend_point(comment=comments[0], moderator=morgan, reason=INSIGHTFUL, now=now)
    visitor.go("/moderate/")
    visitor.page.get_by_role("button", name="Undo Insightful").click()
    visitor.sees("5 mod points", within=".me")
    assert Comment.objects.get(pk=comments[0].pk).score == 1
    assert visitor.place == "/moderate/"


def test_the_desk_is_faultless_full_and_empty(visitor, comments, morgan, now):
    answer = a_comment(parent=comments[0], body="word " * 200, now=now)
    a_comment(parent=answer, subject="unbreakably-long-" * 5, body="x" * 200, now=now)
    spend_point(comment=comments[1], moderator=morgan, reason=INSIGHTFUL, now=now)
    visitor.go("/moderate/")
    assert visitor.page_faults() == []
    PointGrant.objects.update(points_left=0, points_expired=5)
    visitor.go("/moderate/")
    visitor.sees("You have no mod points at present.")
    assert visitor.page_faults() == []

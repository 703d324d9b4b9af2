"""Judging moderations from the page, and reading how one's own were judged."""

from datetime import timedelta

import pytest

from forum.presets import SLASHDOT
from moderation.actions import settle_verdicts
from moderation.models import MetaVote
from tests.factories import a_comment, a_member, a_story
from tests.moderation.test_metamoderation import FAIR, INSIGHTFUL, TROLL, UNFAIR, a_policy, judged_by, moderated

pytestmark = pytest.mark.django_db
PAGE = "/metamoderate/"


@pytest.fixture
def yesterday(now):
    return now - timedelta(days=1)


@pytest.fixture
def moderations(yesterday):
    """A fair one and an unfair one, of a thread and its answer."""
    story = a_story("Penguins seen at the harbour", now=yesterday)
    author = a_member("Talker", now=yesterday)
    first = a_comment(
        story.discussion, author=author, subject="It was a gull", body="They wore dinner jackets.", now=yesterday
    )
    answer = a_comment(
        author=author,
        parent=first,
        subject="It was not",
        body="Gulls cannot tie a bow tie.\n\n> wide " * 8,
        now=yesterday,
    )
    return [moderated(first, now=yesterday), moderated(answer, reason=TROLL, now=yesterday)]


@pytest.fixture
def judith(visitor, yesterday):
    member = a_member("Judith", now=yesterday)
    visitor.become(member)
    return member


def choose(visitor, moderation, word):
    visitor.page.locator(f"[name=word-{moderation.pk}][value={word}]").check()


def test_two_are_judged_with_one_button(visitor, moderations, judith, either_way):
    visitor.go("/")
    visitor.follow("Metamoderate", within=".me")
    visitor.press("Show me some")
    visitor.sees("2 moderations were drawn by lot.")
    visitor.sees("In answer to “They wore dinner jackets.”")
    visitor.does_not_see("Talker")
    assert visitor.page_faults() == [] if either_way else True
    before = visitor.words()
    visitor.go(PAGE)
    assert visitor.words() == before
    choose(visitor, moderations[0], FAIR)
    choose(visitor, moderations[1], UNFAIR)
    visitor.press("Send my judgement")
    visitor.sees("Thank you. You found 1 fair and 1 unfair.")
    visitor.sees("You can do so again in 24 hours.")
    visitor.does_not_see("Metamoderate", within=".me")
    assert dict(MetaVote.objects.values_list("moderation_id", "word")) == {
        moderations[0].pk: FAIR,
        moderations[1].pk: UNFAIR,
    }


def test_a_form_sent_again_from_another_tab_is_refused_in_words(visitor, moderations, judith, either_way):
    visitor.go(PAGE)
    visitor.press("Show me some")
    other = visitor.page.context.new_page()
    other.goto(visitor.page.url)
    other.get_by_role("button", name="Send my judgement").click()
    other.get_by_text("Thank you.").wait_for()
    other.close()
    visitor.press("Send my judgement", status=409)
    visitor.sees("You have judged these already, or others have meanwhile.")


def test_who_may_not_judge_reads_why(visitor, moderations, yesterday, either_way):
    visitor.become(a_member("Low", karma=-2, now=yesterday))
    visitor.go(PAGE)
    visitor.sees("Judging moderations takes a karma of 0 or more.")
    assert not visitor.page.get_by_role("button", name="Show me some").count()


def test_how_my_own_were_judged(visitor, now, yesterday, either_way):
    a_policy(SLASHDOT, now=yesterday)
    moira = a_member("Moira", points=5, now=yesterday)
    moderation = moderated(by=moira, reason=INSIGHTFUL, wanted=3, now=yesterday)
    judged_by(moderation, UNFAIR, UNFAIR, UNFAIR, now=now)
    settle_verdicts(now=now)
    visitor.become(moira)
    visitor.go("/inbox/")
    visitor.follow("Metamoderators found one of your moderations unfair")
    visitor.sees("Found unfair (3 of 3)")
    visitor.sees("-100 tokens")


def test_each_of_the_pages_is_for_everybody(visitor, moderations, judith, now):
    visitor.go(PAGE)
    assert visitor.page_faults() == []
    visitor.press("Show me some")
    assert visitor.page_faults() == []
    visitor.press("Send my judgement")
    assert visitor.page_faults() == []
    visitor.go("/metamoderate/mine/")
    assert visitor.page_faults() == []
    judged_by(moderations[1], UNFAIR, UNFAIR, UNFAIR, now=now)
    settle_verdicts(now=now)
    visitor.become(moderations[1].moderator)
    visitor.go("/metamoderate/mine/")
    assert visitor.page_faults() == []

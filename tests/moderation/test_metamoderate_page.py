"""The pages of metamoderation: blind, in words, the same with every reload."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from comments.models import CommentText
from forum.presets import SLASHDOT, THRESHOLD
from moderation.actions import settle_verdicts, spend_point
from moderation.models import MetaSitting, MetaVote, Moderation, Verdict
from tests.factories import NOW, a_comment, a_member, a_story
from tests.moderation.test_metamoderation import FAIR, INSIGHTFUL, TROLL, UNFAIR, a_policy, judged_by, moderated
from tests.pages import queries_of, read

pytestmark = pytest.mark.django_db
PAGE, MINE = "/metamoderate/", "/metamoderate/mine/"


@pytest.fixture(autouse=True)
def next_day(db):
    a_policy(THRESHOLD)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        yield


@pytest.fixture
def member(client):
    member = a_member("Judith")
    client.force_login(member)
    return member


def judge(client, **words):
    sitting = MetaSitting.objects.get(answered_at=None)
    return client.post(PAGE, {"sitting": sitting.pk} | {f"word-{pk}": word for pk, word in words.items()}, follow=True)


def words_of(*moderations, word=FAIR) -> dict[str, str]:
    return {str(one.pk): word for one in moderations}


def test_visitors_are_asked_to_sign_in(client):
    assert client.get(PAGE).url == f"/accounts/login/?next={PAGE}"
    assert client.get(MINE).url == f"/accounts/login/?next={MINE}"


def test_who_may_judge_is_shown_some_at_the_press_of_a_button(client, member):
    moderated()
    assert "Show me some" in read(client.get(PAGE)).words
    assert not MetaSitting.objects.exists()
    page = read(client.post(PAGE, {"draw": "1"}, follow=True))
    assert "One moderation was drawn by lot." in page.words
    assert "A moderator found it Insightful. That is fair unfair no opinion" in page.words


def test_reloading_shows_the_same(client, member):
    for _ in range(12):
        moderated()
    client.post(PAGE, {"draw": "1"})
    first = read(client.get(PAGE)).fields
    client.post(PAGE, {"draw": "1"})
    assert read(client.get(PAGE)).fields.keys() == first.keys()
    assert len([name for name in first if name.startswith("word-")]) == 10


def test_the_page_is_blind(client, member):
    author, moderator = a_member("Wordy Author"), a_member("Secret Keeper", points=1)
    parent = a_comment(a_story().discussion, author=a_member("Asking Parent"), body="Who hid the lamp?")
    comment = a_comment(author=author, parent=parent, subject="The lamp", body="I hid the lamp.")
    spend_point(comment=comment, moderator=moderator, reason=TROLL, now=NOW)
    page = read(client.post(PAGE, {"draw": "1"}, follow=True))
    assert "I hid the lamp." in page.words
    assert "In answer to “Who hid the lamp?”" in page.words
    assert not [name for name in ("Wordy Author", "Secret Keeper", "Asking Parent") if name in page.html]
    assert 'class="score"' not in page.html
    assert "data-score" not in page.html


def test_what_was_changed_after_it_was_moderated_says_so(client, member):
    moderation = moderated()
    client.post(PAGE, {"draw": "1"})
    assert "what it said before" not in read(client.get(PAGE)).links
    text = CommentText.objects.filter(comment=moderation.comment_id)
    text.update(edited_at=moderation.moderated_at - timedelta(seconds=1))
    assert "what it said before" not in read(client.get(PAGE)).links
    text.update(edited_at=moderation.moderated_at + timedelta(seconds=1))
    address = reverse("history", args=[moderation.comment_id])
    assert read(client.get(PAGE)).links["what it said before"] == address


def test_sending_says_what_it_meant(client, member):
    first, second, third = moderated(), moderated(), moderated()
    client.post(PAGE, {"draw": "1"})
    words = words_of(first) | words_of(second, word=UNFAIR) | words_of(third, word="none")
    page = read(judge(client, **words))
    assert "You found 1 fair and 1 unfair, and had no opinion on 1." in page.words
    assert "each gets its verdict" in page.words
    assert "You can do so again in 24 hours." in page.words
    assert first.meta_votes.get().word == FAIR


def test_sending_twice_counts_once(client, member):
    moderation = moderated()
    client.post(PAGE, {"draw": "1"})
    form = {"sitting": MetaSitting.objects.get().pk, f"word-{moderation.pk}": FAIR}
    client.post(PAGE, form)
    again = client.post(PAGE, form | {f"word-{moderation.pk}": UNFAIR})
    assert "judged these already" in read(again, 409).words
    assert MetaVote.objects.get().word == FAIR


@pytest.mark.parametrize("nonsense", [{"word": "great"}, {"sitting": "x"}, {}])
def test_nonsense_is_refused_in_words(client, member, nonsense):
    moderation = moderated()
    client.post(PAGE, {"draw": "1"})
    form = {"sitting": MetaSitting.objects.get().pk, f"word-{moderation.pk}": FAIR}
    form = {"sitting": nonsense.get("sitting", form["sitting"]), f"word-{moderation.pk}": nonsense.get("word", FAIR)}
    answer = client.post(PAGE, form if nonsense else {})
    assert "Nothing was stored" in read(answer, 422).words
    assert MetaSitting.objects.get().answered_at is None


def test_who_may_not_judge_reads_why(client):
    client.force_login(a_member(karma=-3))
    moderated()
    assert "Judging moderations takes a karma of 0 or more." in read(client.get(PAGE)).words
    assert "a karma of 0 or more" in read(client.post(PAGE, {"draw": "1"}), 409).words


def test_nothing_waits(client, member):
    assert "Nothing waits for your judgement" in read(client.post(PAGE, {"draw": "1"}, follow=True)).words


def test_what_was_settled_meanwhile_is_left_out(client, member):
    first, second = moderated(), moderated()
    client.post(PAGE, {"draw": "1"})
    Moderation.objects.filter(pk=second.pk).update(judging_ended_at=NOW)
    page = read(client.get(PAGE))
    assert f"word-{first.pk}" in page.fields
    assert f"word-{second.pk}" not in page.fields
    assert "1 more has been settled or taken back since." in page.words


def test_the_head_of_each_page_leads_there_when_something_waits(client, member):
    assert "Metamoderate" not in read(client.get("/")).links
    moderated()
    assert read(client.get("/")).links["Metamoderate"] == PAGE
    client.post(PAGE, {"draw": "1"})
    judge(client)
    assert "Metamoderate" not in read(client.get("/")).links


def test_the_link_costs_visitors_no_question(client):
    before = queries_of(client, "/")
    moderated()
    assert queries_of(client, "/") == before


def test_ten_cost_as_many_questions_as_one(client, member):
    moderated()
    client.post(PAGE, {"draw": "1"})
    one = queries_of(client, PAGE)
    other = a_member("Jules")
    client.force_login(other)
    for _ in range(9):
        moderated()
    client.post(PAGE, {"draw": "1"})
    assert queries_of(client, PAGE) == one


def test_own_verdicts_with_what_came_of_them(client, member):
    assert "Nothing yet" in read(client.get(MINE)).words
    a_policy(SLASHDOT)
    moderator = a_member("Moira", points=5)
    judged_by(moderated(by=moderator, reason=INSIGHTFUL, wanted=3), UNFAIR, UNFAIR, UNFAIR)
    settle_verdicts(now=NOW + timedelta(days=1))
    assert "Nothing yet" in read(client.get(MINE)).words
    client.force_login(moderator)
    words = read(client.get(MINE)).words
    assert "Found unfair (3 of 3)" in words
    assert "-100 tokens -1 karma" in words
    assert Verdict.objects.count() == 1

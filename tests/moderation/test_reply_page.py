"""The form of a comment: what it says beforehand, what it keeps, and what becomes of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from comments.actions import set_discussion_status
from comments.models import Comment, Discussion, Draft
from forum import policy
from forum.accounts.actions import ban_member
from forum.presets import THRESHOLD
from moderation.actions import spend_point
from tests.factories import NOW, a_comment, a_discussion, a_member, a_story, an_editor
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
WORDS = "Words that took an evening to find."


@pytest.fixture
def story():
    return a_story()


def address_of(story, parent=None):
    numbers = [story.discussion_id] + ([parent.pk] if parent else [])
    return reverse("reply" if parent else "comment_on", args=numbers)


def send(client, address, button="post", **said):
    """Fill in the form as it is shown, and press a button."""
    fields = read(client.get(address)).fields
    form = {"key": fields["key"], "subject": "A subject", "body": WORDS, "markup": "plain", button: "1"} | said
    return client.post(address, form)


def close(story, status=Discussion.Status.LOCKED):
    set_discussion_status(discussion=story.discussion, status=status, actor=None, reason="", now=NOW)


def test_a_visitor_is_told_the_name_it_goes_under_and_where_to_sign_in(client, story):
    page = read(client.get(address_of(story)))
    assert "You post as Anonymous Coward" in page.words
    assert page.links["Sign in"].startswith(reverse("account_login"))
    assert "is_anonymous" not in page.fields


def test_a_member_can_choose_to_post_anonymously(client, story):
    client.force_login(a_member())
    assert "is_anonymous" in read(client.get(address_of(story))).fields


def test_only_members_with_the_karma_bonus_can_decline_it(client, story):
    client.force_login(a_member(karma=THRESHOLD.karma_bonus_from - 1))
    assert "declines_bonus" not in read(client.get(address_of(story))).fields
    client.force_login(a_member(karma=THRESHOLD.karma_bonus_from))
    assert "declines_bonus" in read(client.get(address_of(story))).fields


def test_what_is_answered_stands_above_and_names_the_subject(client, story):
    parent = a_comment(story.discussion, subject="Dust is data", body="Every instrument measures itself.")
    page = read(client.get(address_of(story, parent)))
    assert "Every instrument measures itself." in page.words
    assert page.fields["subject"] == "Re: Dust is data"


def test_the_parent_can_be_quoted(client, story):
    parent = a_comment(story.discussion, body="Every instrument measures itself.")
    address = address_of(story, parent)
    assert "> Every instrument measures itself." in read(client.get(f"{address}?quote=1")).words
    page = read(send(client, address, "quote", body="My own words.", markup="html", subject=""))
    assert "My own words. <blockquote> Every instrument measures itself. </blockquote>" in page.words
    assert "What is missing" not in page.words
    assert not Comment.objects.exclude(pk=parent.pk).exists()


def test_the_selected_words_are_quoted_if_they_were_said(client, story):
    parent = a_comment(story.discussion, body="Every instrument\nmeasures *itself*.\n\nAnd & others.")
    address = address_of(story, parent)
    for asked, quoted in {
        "measures *itself*": "> measures *itself*",
        "Every instrument\nmeasures": "> Every instrument > measures",
        "itself*.\n\nAnd & others": "> itself*. > > And & others",
        "Words that nobody said": "> Every instrument > measures *itself*. > > And & others.",
    }.items():
        assert f"{quoted} Quote what" in read(client.get(address, {"quote": asked})).words
        page = read(client.post(address, form_of(client, address, body="Mine.", quote=asked)))
        assert f"Mine. {quoted} Quote what" in page.words


def test_a_thread_that_begins_has_nothing_to_quote(client, story):
    assert "Quote what you answer" not in read(client.get(address_of(story))).words
    assert WORDS in read(send(client, address_of(story), "quote")).words
    assert "You post as" in read(client.get(f"{address_of(story)}?quote=1")).words


def form_of(client, address, **said):
    fields = read(client.get(address)).fields
    kept = {name: fields[name] for name in ("key", "draft", "writer")}
    return kept | {"subject": "A subject", "body": WORDS, "markup": "plain"} | said


@pytest.mark.parametrize("button", ["post", "preview", "draft_button"])
def test_who_was_signed_out_meanwhile_does_not_post_as_anonymous_coward(client, story, button):
    client.force_login(a_member("Ada"))
    form = form_of(client, address_of(story))
    client.logout()
    page = read(client.post(address_of(story), form | {button: "1"}), 409)
    assert "You have been signed out since you opened this form. Nothing was posted." in page.words
    assert WORDS in page.words
    assert not Comment.objects.exists()
    again = form | {"key": page.fields["key"], "writer": page.fields["writer"], "post": "1"}
    assert client.post(address_of(story), again).status_code == 302
    assert Comment.objects.get().author is None


@pytest.mark.parametrize("before", [None, "Ada"])
def test_who_signed_in_meanwhile_does_not_post_under_a_name_unawares(client, story, before):
    if before:
        client.force_login(a_member(before))
    form = form_of(client, address_of(story))
    client.force_login(a_member("Bob"))
    page = read(client.post(address_of(story), form | {"post": "1"}), 409)
    assert "You are signed in as Bob now. Nothing was posted." in page.words
    assert WORDS in page.words
    assert not Comment.objects.exists()
    assert not Draft.objects.exists()


def test_what_a_visitor_has_typed_waits_for_the_sign_in(client, story):
    address = address_of(story)
    a_member("Ada")
    answer = client.post(address, form_of(client, address, markup="markdown") | {"sign_in": "1"})
    assert answer.status_code == 302
    signed_in = client.post(answer["Location"], {"login": "Ada", "password": "correct horse battery"})
    assert signed_in["Location"] == address
    page = read(client.get(address))
    assert "the words you had typed before you signed in" in page.words
    assert WORDS in page.words
    assert '<option value="markdown" selected>' in page.html
    form = form_of(client, address) | {"post": "1"}
    assert client.post(address, form).status_code == 302
    assert Comment.objects.get().author.username == "Ada"
    assert WORDS not in read(client.get(address)).words


def test_the_words_wait_at_their_place_and_not_for_long(client, story):
    address = address_of(story)
    client.post(address, form_of(client, address) | {"sign_in": "1"})
    elsewhere = address_of(story, a_comment(story.discussion))
    assert WORDS in read(client.get(address)).words
    assert WORDS not in read(client.get(elsewhere)).words
    with time_machine.travel(NOW + policy.KEPT_FOR_SIGN_IN + timedelta(seconds=1), tick=False):
        assert WORDS not in read(client.get(address)).words


def test_words_that_waited_can_be_discarded(client, story):
    address = address_of(story)
    form = form_of(client, address)
    client.post(address, form | {"sign_in": "1"})
    client.post(address, form | {"discard": "1"})
    assert WORDS not in read(client.get(address)).words


def test_an_older_draft_stands_beside_the_words_that_waited(client, story):
    ada, address = a_member("Ada"), address_of(story)
    client.force_login(ada)
    client.post(address, form_of(client, address, body="The draft.") | {"draft_button": "1"})
    client.logout()
    client.post(address, form_of(client, address) | {"sign_in": "1"})
    client.post(reverse("account_login"), {"login": "Ada", "password": "correct horse battery"})
    page = read(client.get(address))
    assert WORDS in page.words
    assert "Other words were kept here" in page.words
    assert "The draft." in page.words


def test_words_too_long_to_wait_stay_in_the_form(client, story):
    endless = "x" * (policy.DRAFT_MAX + 1)
    page = read(
        client.post(address_of(story), form_of(client, address_of(story), body=endless) | {"sign_in": "1"}), 422
    )
    assert "please copy it before you sign in" in page.words
    assert endless in page.words


def test_the_preview_shows_it_as_the_page_will_and_posts_nothing(client, story):
    page = read(send(client, address_of(story), "preview", body="A line\n\n> quoted"))
    assert "Preview: not posted yet" in page.words
    assert "<blockquote>" in page.html
    assert not Comment.objects.exists()


def test_a_posted_comment_is_shown_where_it_stands(client, story):
    answer = send(client, address_of(story))
    posted = Comment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{story.get_absolute_url()}#comment-{posted.pk}")
    assert WORDS in read(client.get(story.get_absolute_url())).words


@pytest.mark.parametrize("reading", ["threshold=5", "mode=none", "threshold=-1&mode=flat"])
def test_whoever_would_not_see_the_comment_in_the_discussion_is_led_to_its_own_page(
    client, story, reading, monkeypatch
):
    if "flat" in reading:  # a discussion of more than a page
        monkeypatch.setattr(policy, "COMMENTS_PER_PAGE", 2)
        a_comment(story.discussion)
        a_comment(story.discussion)
    client.force_login(a_member())
    client.get(f"{story.get_absolute_url()}?{reading}")
    answer = send(client, address_of(story))
    posted = Comment.objects.latest("id")
    assert answer["Location"] == posted.get_absolute_url()
    assert WORDS in read(client.get(answer["Location"])).words


def test_ones_own_modifiers_say_what_one_would_see(client, story):
    ada = a_member(modifiers={"short": -3})
    client.force_login(ada)
    client.get(f"{story.get_absolute_url()}?threshold=0")
    assert send(client, address_of(story), body="x")["Location"] == Comment.objects.get().get_absolute_url()


def test_a_form_sent_twice_gives_one_comment(client, story):
    address = address_of(story)
    form = {"key": read(client.get(address)).fields["key"], "subject": "A", "body": WORDS, "markup": "plain"}
    first, second = client.post(address, form), client.post(address, form)
    assert first["Location"] == second["Location"]
    assert Comment.objects.count() == 1


def test_the_preview_keeps_the_key_so_that_going_back_and_sending_again_counts_once(client, story):
    address = address_of(story)
    form = {"key": read(client.get(address)).fields["key"], "subject": "A", "body": WORDS, "markup": "plain"}
    assert read(client.post(address, form | {"preview": "1"})).fields["key"] == form["key"]


@pytest.mark.parametrize("missing", [{"subject": ""}, {"markup": "morse"}, {"subject": "x" * (policy.SUBJECT_MAX + 1)}])
def test_a_refused_form_keeps_the_text(client, story, missing):
    page = read(send(client, address_of(story), **missing), 422)
    assert WORDS in page.words
    assert "nothing you wrote is lost" in page.words
    assert not Comment.objects.exists()


def test_an_empty_comment_is_refused_in_words(client, story):
    assert "A comment needs some words." in read(send(client, address_of(story), body=""), 422).words


def test_a_stale_form_is_shown_again_with_the_text_and_a_fresh_key(client, story):
    address = address_of(story)
    form = {"key": read(client.get(address)).fields["key"], "subject": "A", "body": WORDS, "markup": "plain"}
    with time_machine.travel(NOW + policy.FORM_KEY_LIFETIME + timedelta(minutes=1), tick=False):
        page = read(client.post(address, form), 422)
        assert "Nothing is lost: please send it once more." in page.words
        assert client.post(address, form | {"key": page.fields["key"]}).status_code == 302
    assert WORDS in Comment.objects.get().text.source


def test_a_discussion_that_closed_meanwhile_gives_the_text_back(client, story):
    address = address_of(story)
    form = {"key": read(client.get(address)).fields["key"], "subject": "A", "body": WORDS, "markup": "plain"}
    close(story)
    page = read(client.post(address, form), 409)
    assert "This discussion is closed." in page.words
    assert WORDS in page.words
    assert not Comment.objects.exists()


@pytest.mark.parametrize("status", [Discussion.Status.LOCKED, Discussion.Status.ARCHIVED])
def test_a_closed_discussion_offers_no_form(client, story, status):
    close(story, status)
    page = read(client.get(address_of(story)))
    assert "nothing can be added" in page.words
    assert "body" not in page.fields


def test_a_hidden_discussion_is_not_found(client, story):
    close(story, Discussion.Status.HIDDEN)
    assert client.get(address_of(story)).status_code == 404


def test_a_parent_of_another_discussion_is_not_found(client, story):
    stranger = a_comment(a_story().discussion)
    assert client.get(address_of(story, stranger)).status_code == 404


def test_a_moderator_is_told_what_posting_would_undo(client, story):
    moderator = a_member(points=5)
    spend_point(comment=a_comment(story.discussion, author=a_member()), moderator=moderator, reason=5, now=NOW)
    client.force_login(moderator)
    words = read(client.get(address_of(story))).words
    assert "withdraws your 1 moderation in this discussion; the points do not come back" in words


def test_a_banned_member_is_refused_in_words_and_keeps_the_text(client, story):
    member = a_member()
    ban_member(member=member, actor=an_editor(), reason="Spam", now=NOW)
    client.force_login(member)
    page = read(send(client, address_of(story)), 422)
    assert "You may not post here at present." in page.words
    assert WORDS in page.words


def test_an_anonymous_comment_of_a_member_leaves_no_trace(client, story):
    client.force_login(a_member("Ada"))
    send(client, address_of(story), is_anonymous="on")
    client.logout()
    page = read(client.get(story.get_absolute_url()))
    assert "by Anonymous Coward" in page.words
    assert "Ada" not in page.words


def test_other_words_in_a_form_that_was_sent_are_kept_with_a_fresh_key(client):
    discussion = a_discussion()
    address = f"/reply/{discussion.pk}/"
    key = re.search(r'name="key" value="([^"]+)"', client.get(address).content.decode())[1]
    said = {"subject": "First", "body": "One thing.", "markup": "plain", "key": key}
    assert client.post(address, said).status_code == 302
    again = client.post(address, said | {"body": "Another thing."})
    fresh = re.search(r'name="key" value="([^"]+)"', again.content.decode())[1]
    assert again.status_code == 409
    assert "Another thing." in again.content.decode()
    assert client.post(address, said | {"body": "Another thing.", "key": fresh}).status_code == 302
    assert discussion.comments.count() == 2


@pytest.mark.parametrize("button", ["preview", "post"])
def test_what_is_no_comment_is_refused_in_words_already_in_the_preview_and_kept(client, story, button):
    page = read(send(client, address_of(story), button=button, body="The same again. " * 30), 422)
    assert "Please say it once." in page.words
    assert "Nothing you wrote is lost" in page.words
    assert "The same again. The same again." in page.words
    assert not Comment.objects.exists()


def test_a_visitor_who_fills_in_a_form_at_once_is_told_when_to_try_again(client, story, monkeypatch):
    monkeypatch.undo()
    address = address_of(story)
    form = {"key": read(client.get(address)).fields["key"], "subject": "A", "body": WORDS, "markup": "plain"}
    answer = client.post(address, form)
    assert answer["Retry-After"] == "3"
    page = read(answer, 429)
    assert "Try again in 3 seconds." in page.words
    assert WORDS in page.words
    assert not Comment.objects.exists()
    with time_machine.travel(NOW + timedelta(seconds=4), tick=False):
        assert client.post(address, form | {"key": page.fields["key"]}).status_code == 302


def test_a_member_who_posts_too_fast_keeps_the_text_and_is_told_how_long_to_wait(client, story):
    client.force_login(a_member())
    for number in range(3):
        assert send(client, address_of(story), body=f"Number {number}").status_code == 302
    answer = send(client, address_of(story))
    assert answer["Retry-After"] == "20"
    page = read(answer, 429)
    assert "Try again in 20 seconds." in page.words
    assert WORDS in page.words
    assert Comment.objects.count() == 3

"""What a member types is kept until it is posted: for the member alone, at its place, and not a moment longer."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from comments.actions import DraftChanged, delete_old_drafts, save_draft, set_discussion_status
from comments.models import Comment, Discussion, Draft
from comments.rules import Typed
from forum import policy
from forum.accounts.actions import Refused
from moderation.actions import hide_comment
from tests.factories import NOW, a_comment, a_discussion, a_member, a_story, an_editor
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
WORDS = "Words that took an evening to find."
SAVE, PREVIEW, POST = "draft_button", "preview", "post"


@pytest.fixture
def story():
    return a_story()


@pytest.fixture
def ada(client):
    member = a_member("Ada")
    client.force_login(member)
    return member


def address_of(story, parent=None):
    numbers = [story.discussion_id] + ([parent.pk] if parent else [])
    return reverse("reply" if parent else "comment_on", args=numbers)


def fields_of(client, address):
    fields = read(client.get(address)).fields
    return {name: fields[name] for name in ("key", "draft", "writer")}


def press(client, address, button, form=None, **said):
    form = form or fields_of(client, address)
    return client.post(address, form | {"subject": "A subject", "body": WORDS, "markup": "plain", button: "1"} | said)


def typed(body=WORDS, **said):
    return Typed(**{"subject": "A subject", "body": body, "markup": "plain"} | said)


def keep(member, discussion, parent=None, now=NOW, **said):
    return save_draft(member=member, discussion=discussion, parent=parent, typed=typed(**said), now=now)


@pytest.mark.parametrize("button", [SAVE, PREVIEW])
def test_what_was_previewed_or_saved_is_there_when_the_form_opens_again(client, story, ada, button):
    assert press(client, address_of(story), button, markup="markdown").status_code == 200
    page = read(client.get(address_of(story)))
    assert "Your draft of May 4, 2026 @12:00PM" in page.words
    assert WORDS in page.words
    assert page.fields["subject"] == "A subject"
    assert '<option value="markdown" selected>' in page.html


def test_each_place_has_a_draft_of_its_own(client, story, ada):
    parent = a_comment(story.discussion)
    press(client, address_of(story), SAVE, body="Under the story.")
    press(client, address_of(story, parent), SAVE, body="Under the comment.")
    assert "Under the story." in read(client.get(address_of(story))).words
    assert "Under the comment." in read(client.get(address_of(story, parent))).words
    assert "Under the story." not in read(client.get(address_of(story, parent))).words


@pytest.mark.parametrize("wrong", [{"subject": ""}, {"markup": "morse"}, {"key": "nonsense"}, {"body": "x" * 15_001}])
def test_a_refused_form_is_kept_as_a_draft(client, story, ada, wrong):
    said = {"body": WORDS} | wrong
    assert press(client, address_of(story), POST, **said).status_code == 422
    assert Draft.objects.get().body == said["body"]
    assert said["body"] in read(client.get(address_of(story))).words


def test_a_discussion_that_closed_meanwhile_leaves_a_draft(client, story, ada):
    form = fields_of(client, address_of(story))
    set_discussion_status(discussion=story.discussion, status=Discussion.Status.LOCKED, actor=None, reason="", now=NOW)
    assert press(client, address_of(story), POST, form).status_code == 409
    page = read(client.get(address_of(story)))
    assert "not posted yet, for you to copy" in page.words
    assert WORDS in page.words


@pytest.mark.parametrize("name", [{}, {"is_anonymous": "on"}])
def test_a_draft_that_was_posted_is_gone(client, story, ada, name):
    form = fields_of(client, address_of(story))
    press(client, address_of(story), SAVE, form, **name)
    assert press(client, address_of(story), POST, form, **name).status_code == 302
    assert not Draft.objects.exists()


@pytest.mark.parametrize("button", [SAVE, PREVIEW])
def test_a_form_that_was_posted_keeps_no_draft_afterwards(client, story, ada, button):
    form = fields_of(client, address_of(story))
    press(client, address_of(story), POST, form, is_anonymous="on")
    press(client, address_of(story), button, form, is_anonymous="on")
    assert not Draft.objects.exists()


def test_a_draft_is_nobody_elses(client, story, ada):
    press(client, address_of(story), SAVE)
    draft = Draft.objects.get()
    for other in (a_member(), an_editor()):
        client.force_login(other)
        assert WORDS not in read(client.get(address_of(story))).words
        assert WORDS not in read(client.get(reverse("drafts"))).words
        assert client.post(reverse("discard_draft", args=[draft.pk])).status_code == 404
    client.logout()
    assert WORDS not in read(client.get(address_of(story))).words
    assert Draft.objects.get() == draft


def test_a_visitors_words_stay_in_the_form_and_nowhere_else(client, story):
    assert WORDS in read(press(client, address_of(story), PREVIEW)).words
    assert press(client, address_of(story), SAVE).status_code == 409
    assert not Draft.objects.exists()


def test_another_tab_writes_nothing_over_what_it_has_not_seen(client, story, ada):
    first, second = (fields_of(client, address_of(story)) for _ in range(2))
    press(client, address_of(story), SAVE, first, body="Of the first tab.")
    page = read(press(client, address_of(story), SAVE, second, body="Of the second tab."), 409)
    assert "Other words were kept here" in page.words
    assert "Of the first tab." in page.words
    assert "Of the second tab." in page.words
    assert Draft.objects.get().body == "Of the first tab."
    seen = second | {"draft": page.fields["draft"]}
    assert press(client, address_of(story), SAVE, seen, body="Of the second tab.").status_code == 200
    assert Draft.objects.get().body == "Of the second tab."


def test_a_preview_shows_what_another_tab_has_kept(client, story, ada):
    first, second = (fields_of(client, address_of(story)) for _ in range(2))
    press(client, address_of(story), PREVIEW, first, body="Of the first tab.")
    page = read(press(client, address_of(story), PREVIEW, second, body="Of the second tab."))
    assert "Preview: not posted yet" in page.words
    assert "Of the first tab." in page.words


def test_posting_leaves_alone_what_another_tab_has_kept(client, story, ada):
    first, second = (fields_of(client, address_of(story)) for _ in range(2))
    press(client, address_of(story), SAVE, first, body="Of the first tab.")
    assert press(client, address_of(story), POST, second, body="Of the second tab.").status_code == 302
    assert Draft.objects.get().body == "Of the first tab."


def test_the_script_is_answered_in_json(client, story, ada):
    form = fields_of(client, address_of(story))
    asked = {"headers": {"accept": "application/json"}}
    said = form | {"subject": "", "body": WORDS, "markup": "plain", SAVE: "1"}
    answer = client.post(address_of(story), said, **asked)
    assert (answer.status_code, answer.json()) == (200, {"draft": 1, "words": "Saved"})
    other = fields_of(client, address_of(story)) | {"draft": "0"}
    assert client.post(address_of(story), said | other | {"body": "Others"}, **asked).status_code == 409
    client.logout()
    answer = client.post(address_of(story), said, **asked)
    assert answer.status_code == 401
    assert "signed out" in json.loads(answer.content)["words"]


def test_a_form_that_was_emptied_keeps_no_draft(client, story, ada):
    form = fields_of(client, address_of(story))
    press(client, address_of(story), SAVE, form)
    press(client, address_of(story), SAVE, form, body="  ")
    assert not Draft.objects.exists()


def test_a_draft_can_be_discarded_from_its_form_and_from_the_list(client, story, ada):
    press(client, address_of(story), SAVE)
    assert press(client, address_of(story), "discard").status_code == 302
    assert not Draft.objects.exists()
    press(client, address_of(story), SAVE)
    page = read(client.get(reverse("drafts")))
    assert WORDS in page.words
    assert page.links["A subject"] == address_of(story)
    assert client.post(reverse("discard_draft", args=[Draft.objects.get().pk])).status_code == 302
    assert "No drafts" in read(client.get(reverse("drafts"))).words


def test_the_list_names_no_place_that_is_not_shown_any_more(client, story, ada):
    parent = a_comment(story.discussion, subject="Planted subject")
    keep(ada, story.discussion, parent)
    hide_comment(comment=parent, actor=an_editor(), reason="Spam", now=NOW)
    page = read(client.get(reverse("drafts")))
    assert "An answer to a comment that was removed" in page.words
    assert "Planted subject" not in page.words
    set_discussion_status(discussion=story.discussion, status=Discussion.Status.HIDDEN, actor=None, reason="", now=NOW)
    page = read(client.get(reverse("drafts")))
    assert "A discussion that is not shown any more" in page.words
    assert story.title not in page.words
    assert WORDS in page.words


def test_the_list_asks_the_same_for_one_draft_as_for_many(client, ada, django_assert_num_queries):
    from tests.pages import queries_of

    keep(ada, a_discussion())
    few = queries_of(client, reverse("drafts"))
    for _ in range(5):
        keep(ada, None or a_comment().discussion)
    assert queries_of(client, reverse("drafts")) == few


def test_there_is_room_for_so_many_and_the_words_say_so(client, ada, story, monkeypatch):
    monkeypatch.setattr(policy, "DRAFTS_MAX", 1)
    keep(ada, a_discussion())
    page = read(press(client, address_of(story), PREVIEW))
    assert "You have 1 drafts" in page.words
    assert WORDS in page.words
    assert Draft.objects.count() == 1


def test_what_is_far_too_long_is_no_draft_but_stays_in_the_form(client, ada, story):
    endless = "x" * (policy.DRAFT_MAX + 1)
    page = read(press(client, address_of(story), POST, body=endless), 422)
    assert "longer than a draft can be" in page.words
    assert endless in page.words
    assert not Draft.objects.exists()


def test_drafts_that_nobody_touched_for_long_are_deleted():
    member, late = a_member(), NOW + policy.DRAFT_LIFETIME
    keep(member, a_discussion(), body="Old")
    keep(member, a_discussion(), body="New", now=NOW + timedelta(seconds=1))
    assert delete_old_drafts(now=late) == 0
    assert delete_old_drafts(now=late + timedelta(seconds=1)) == 1
    assert Draft.objects.get().body == "New"


def test_saving_counts_versions_and_an_unknown_one_is_refused():
    member, discussion = a_member(), a_discussion()
    assert keep(member, discussion, form_key="a").version == 1
    assert keep(member, discussion, form_key="a", body="More").version == 2
    assert keep(member, discussion, form_key="b", seen=2, body="Yet more").version == 3
    with pytest.raises(DraftChanged) as told:
        keep(member, discussion, form_key="a", seen=2, body="Less")
    assert told.value.draft.body == "Yet more"
    assert isinstance(told.value, Refused)
    assert not Comment.objects.exists()


def test_bytes_that_no_database_stores_are_left_out(client, ada, story):
    press(client, address_of(story), SAVE, body="One\0two", subject="\0")
    assert (Draft.objects.get().subject, Draft.objects.get().body) == ("", "Onetwo")


@pytest.mark.parametrize("nonsense", ["-1", "x", "9" * 30, "1.5", "\0"])
def test_a_version_that_makes_no_sense_is_none(client, ada, story, nonsense):
    assert press(client, address_of(story), SAVE, draft=nonsense).status_code == 200
    assert Draft.objects.get().version == 1

"""Drafts, restored stories, reopened discussions: what readers and staff find."""

from datetime import timedelta

import pytest

from comments.actions import archive_old_discussions, set_discussion_status
from comments.models import Discussion
from comments.rules import reply_subject
from forum import policy
from stories.actions import hide_story, restore_story, schedule_story, write_story
from stories.models import Section, Story, Topic
from tests.factories import NOW, a_comment, a_member, a_story, an_editor, some_points

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    section, topic = (
        Section.objects.create(name="Main", slug="main"),
        Topic.objects.create(name="X", slug="x", icon="X"),
    )
    words = {"title": "Not yet", "intro": "Soon.", "markup": "html", "section": section, "topic": topic}
    return write_story(editor=an_editor(), now=NOW, **words)


def test_a_draft_is_for_those_who_may_see_stories_in_the_admin(client, draft):
    client.force_login(a_member(is_staff=True))
    assert client.get(draft.get_absolute_url()).status_code == 404
    client.force_login(an_editor())
    assert client.get(draft.get_absolute_url()).status_code == 200


def test_a_story_hidden_before_its_time_comes_back_as_a_draft(draft):
    editor = draft.editor
    schedule_story(story=draft, editor=editor, at=NOW + timedelta(hours=1), now=NOW)
    hide_story(story=draft, editor=editor, reason="Wrong", now=NOW + timedelta(minutes=1))
    restore_story(story=draft, editor=editor, reason="Right", now=NOW + timedelta(hours=2))
    assert draft.state == Story.State.DRAFT
    assert Discussion.objects.get(pk=draft.discussion_id).status == Discussion.Status.HIDDEN


def test_a_story_hidden_after_its_time_comes_back_published(draft):
    editor = draft.editor
    schedule_story(story=draft, editor=editor, at=NOW + timedelta(hours=1), now=NOW)
    hide_story(story=draft, editor=editor, reason="Wrong", now=NOW + timedelta(hours=2))
    restore_story(story=draft, editor=editor, reason="Right", now=NOW + timedelta(hours=3))
    assert draft.state == Story.State.PUBLISHED
    assert Discussion.objects.get(pk=draft.discussion_id).status == Discussion.Status.OPEN


def test_what_staff_open_again_is_not_archived_at_once():
    discussion, now = a_story().discussion, NOW + policy.DISCUSSION_LIFETIME + timedelta(days=10)
    archive_old_discussions(now=now)
    set_discussion_status(discussion=discussion, status="open", actor=an_editor(), reason="More to say", now=now)
    assert archive_old_discussions(now=now + timedelta(days=1)) == 0
    assert archive_old_discussions(now=now + policy.DISCUSSION_LIFETIME + timedelta(days=1)) == 1


def test_a_short_address_keeps_what_was_chosen(client):
    story = a_story()
    answer = client.get(f"/story/{story.pk}/?threshold=5")
    assert answer["Location"] == f"{story.get_absolute_url()}?threshold=5"


def test_a_name_in_another_case_leads_to_the_member(client):
    member = a_member("Bob Builder")
    assert client.get("/~bob builder/")["Location"] == member.get_absolute_url()
    assert client.get("/~nobody/").status_code == 404


def test_a_long_subject_fits_the_form_it_is_offered_in():
    assert len(reply_subject("Re: " + "x" * 300)) == policy.SUBJECT_MAX


def test_a_deep_comments_page_reads_only_what_it_shows(client, django_assert_max_num_queries):
    comment = a_comment()
    for _ in range(30):
        comment = a_comment(parent=comment)
    with django_assert_max_num_queries(8):
        html = client.get(comment.get_absolute_url()).content.decode()
    assert html.count("<article") == policy.CONTEXT_ANCESTORS_MAX + 1
    assert "There is more above" in html


@pytest.mark.parametrize("path", ["/moderate/{}/", "/inbox/read/"])
def test_whoever_comes_back_from_signing_in_finds_a_page(client, path):
    story = a_story()
    path = path.format(story.discussion_id)
    visitor = client.post(path)
    assert visitor["Location"] == f"/accounts/login/?next={path}"
    member = a_member()
    some_points(member)
    client.force_login(member)
    assert client.get(path, follow=True).status_code == 200

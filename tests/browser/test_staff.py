"""Staff at the desk: what they do there is seen on the site."""

import pytest
from playwright.sync_api import expect

from stories.actions import write_story
from stories.models import Section, Story, Topic
from tests.factories import a_comment, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db

SECRET = "correct horse battery"
MAIN = "#content"  # the admin's main part


@pytest.fixture
def edith(now):
    return an_editor("Edith", now=now)


def sign_in_to_the_admin(visitor):
    visitor.go("/admin/")
    visitor.fill(login="Edith", password=SECRET)
    visitor.press("Sign in")
    visitor.sees("Comments", within=MAIN)


def test_a_comment_is_found_hidden_and_restored(visitor, edith, now, either_way):
    story = a_story("Penguins", now=now)
    spam = a_comment(story.discussion, author=a_member("Talker", now=now), subject="Buy fish", body="Cheap.", now=now)
    a_comment(parent=spam, subject="Answering the fish", now=now)
    sign_in_to_the_admin(visitor)
    visitor.follow("Comments", within=".model-comment")
    visitor.page.locator("#searchbar").fill("cheap")
    visitor.press("Search", within="#changelist-search")
    visitor.follow("Buy fish", within="#result_list")
    visitor.follow("Hide", within=MAIN)
    visitor.press("Hide", within=MAIN, status=422)
    visitor.sees("Say why", within=MAIN)
    visitor.page.locator("[name=reason]").fill("Advertising")
    visitor.press("Hide", within=MAIN)
    visitor.sees("Advertising", within=MAIN)

    visitor.go(story.get_absolute_url())
    visitor.sees("This comment was removed by staff", within=f"#comment-{spam.pk}")
    visitor.sees("Answering the fish")
    assert "Cheap." not in visitor.page.content()

    visitor.go(f"/admin/comments/comment/{spam.pk}/change/")
    visitor.follow("Restore", within=MAIN)
    visitor.press("Restore", within=MAIN)
    visitor.go(story.get_absolute_url())
    visitor.sees("Cheap.", within=f"#comment-{spam.pk}")


def test_a_draft_becomes_a_story_on_the_front_page(visitor, edith, now, either_way):
    section = Section.objects.create(slug="main", name="Main")
    topic = Topic.objects.create(slug="news", name="News", icon="Ne")
    sign_in_to_the_admin(visitor)
    visitor.go("/admin/stories/story/add/")
    form = visitor.page.locator("#story_form")
    form.locator("[name=title]").fill("Penguins at the harbour")
    form.locator("[name=dept]").fill("cold-feet")
    form.locator("[name=section]").select_option(str(section.pk))
    form.locator("[name=topic]").select_option(str(topic.pk))
    form.locator("[name=markup]").select_option("markdown")
    form.locator("[name=intro]").fill("They came *by night*.")
    visitor.press("Preview", within=MAIN)
    visitor.sees("They came by night.", within="#preview")
    assert not Story.objects.exists()
    visitor.press("Save", within=MAIN)
    visitor.go("/")
    visitor.does_not_see("Penguins")
    visitor.go("/admin/stories/story/")
    visitor.follow("Penguins at the harbour", within="#result_list")
    visitor.press("Save and publish now", within=MAIN)
    visitor.go("/")
    visitor.sees("from the cold-feet dept.")
    expect(visitor.page.locator(".prose em")).to_have_text("by night")


def test_a_draft_is_read_by_staff_alone(visitor, edith, now, either_way):
    shelves = {
        "section": Section.objects.create(slug="main", name="Main"),
        "topic": Topic.objects.create(slug="news", name="News", icon="Ne"),
    }
    words = {"title": "Not yet", "intro": "Soon.", "markup": "html"}
    draft = write_story(editor=edith, now=now, **words, **shelves)
    assert visitor.go(draft.get_absolute_url()) == 404
    visitor.become(edith)
    assert visitor.go(draft.get_absolute_url()) == 200
    visitor.sees("Only staff see this page: the story is a draft.")

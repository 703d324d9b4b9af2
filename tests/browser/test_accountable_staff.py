"""Flags, the public log, appeals and mass acts in a browser, with and without scripts, by day and by night."""

import pytest
from playwright.sync_api import expect

from comments.models import Comment
from moderation.actions import ban, flag_comment, hide_comment
from moderation.models import Appeal, BulkAct, Flag
from tests.browser.visitor import WCAG
from tests.factories import a_comment, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def edith(now, live_server):
    return an_editor("Edith", now=now)


@pytest.fixture
def story(now, edith):
    return a_story("A story about penguins", now=now, editor=edith)


def a_removed_comment(story, edith, now, author):
    body = f"Buy penguins at https://example.org/{'x' * 80}"
    comment = a_comment(story.discussion, author=author, subject="Cheap penguins", body=body, now=now)
    hide_comment(comment=comment, actor=edith, reason="Advertising", now=now)
    return comment


def test_a_reader_flags_a_comment(either_way, visitor, story, now):
    comment = a_comment(story.discussion, subject="Rude", now=now)
    visitor.become(a_member("Ann", now=now))
    visitor.go(story.get_absolute_url())
    visitor.opens(comment).get_by_role("link", name="Flag").click()
    visitor.sees("Tell staff about a comment")
    assert not either_way or visitor.page_faults() == []  # axe needs scripts itself
    visitor.page.get_by_label("Breaks the law").check()
    visitor.press("Flag it")
    visitor.sees("Thank you. Staff will look at it")
    assert Flag.objects.get().kind == "illegal"
    visitor.go(f"/comment/{comment.pk}/flag/")
    visitor.page.get_by_label("Advertising").check()
    visitor.press("Flag it", status=409)
    visitor.sees("You have flagged this comment already")


def test_an_author_reads_what_was_removed_appeals_and_another_decides(either_way, visitor, story, edith, now):
    author = a_member("Ann", now=now)
    comment = a_removed_comment(story, edith, now, author)
    visitor.become(author)
    visitor.go("/inbox/")
    visitor.follow("Your comment “Cheap penguins” was removed by staff: Advertising")
    assert "Buy penguins" in visitor.page.locator("textarea[readonly]").input_value()
    assert not either_way or visitor.page_faults() == []  # axe needs scripts itself
    visitor.fill(words="They are not cheap.")
    visitor.press("Appeal")
    visitor.sees("Another member of staff decides it by")
    assert not either_way or visitor.page_faults() == []  # axe needs scripts itself
    visitor.become(an_editor("Otto", now=now))
    visitor.go(f"/admin/moderation/appeal/{Appeal.objects.get().pk}/change/")
    visitor.follow("Undo the act", within="#content")
    visitor.page.locator("#content [name=answer]").fill("Right: it is a quotation.")
    visitor.press("Undo the act", within="#content")
    visitor.become(author)
    visitor.go(comment.get_absolute_url())
    visitor.sees("Cheap penguins")
    visitor.go(f"/log/{Appeal.objects.get().act_id}/")
    visitor.sees("granted, and the act undone")


def test_everybody_reads_the_log_and_looks_for_something_in_it(visitor, story, edith, now):
    a_removed_comment(story, edith, now, a_member("Ann", now=now))
    ban(member=a_member("Ben", now=now), actor=edith, reason="Threats", now=now)
    visitor.go(story.get_absolute_url())
    visitor.follow("What staff did", within="footer")
    visitor.sees("A member of staff banned Ben")
    assert visitor.page_faults() == []
    visitor.page.get_by_label("Kind of act").select_option("Comment removed")
    visitor.press("Show")
    visitor.sees("Advertising")
    visitor.does_not_see("banned Ben")
    visitor.does_not_see("Cheap penguins")
    visitor.go("/log/?about=Nobody")
    visitor.sees("Nothing in the log is of that kind")
    assert visitor.page_faults() == []


def test_staff_settle_flags_and_hide_a_thread(visitor, story, edith, now):
    first = a_comment(story.discussion, subject="Flood", now=now)
    for _ in range(3):
        a_comment(parent=first, subject="More of it", now=now)
    flag_comment(comment=first, member=a_member("Ann", now=now), kind="spam", words="Look", now=now)
    visitor.become(edith)
    visitor.go("/admin/moderation/flag/")
    visitor.sees("Advertising: 1", within="#content")
    assert visitor.page_faults(WCAG) == []
    visitor.go(f"/admin/comments/comment/{first.pk}/change/")
    visitor.follow("Hide a comment and everything beneath it", within="#content")
    visitor.sees("This would change 4", within="#content")
    assert visitor.page_faults(WCAG) == []
    visitor.page.locator("#content [name=reason]").fill("A flood")
    visitor.press("Do it to 4", within="#content")
    visitor.sees("Hide a comment and everything beneath it", within="#content")
    mass = BulkAct.objects.get()
    assert mass.item_count == 4
    assert visitor.page_faults(WCAG) == []
    visitor.go("/admin/moderation/bulkact/")
    expect(visitor.page.locator("#content progress").first).to_be_visible()
    assert visitor.page_faults(WCAG) == []
    visitor.go("/admin/moderation/appeal/")
    assert visitor.page_faults(WCAG) == []
    assert Comment.objects.filter(hidden_at__isnull=False).count() == mass.done_count == 4
    assert Flag.objects.get().outcome == "acted"

"""What every page owes its readers, by day and by night, on a desk and on a phone."""

import pytest

from comments.actions import hide_comment
from comments.models import Comment
from forum.accounts.actions import relate
from forum.accounts.models import ArchivedPerson
from moderation.actions import correct_score, set_back_comment, spend_point
from tests.browser.visitor import WCAG
from tests.factories import a_comment, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db

INSIGHTFUL, TROLL = 5, 3
CODE = """\
#!/usr/bin/env python
@decorated
class Penguin(Bird):
    '''Swims.'''
    def swim(self, far=10_000, name="Pingu\\n", *, raw=rb"\\x00"):  # as far as it can
        return [each for each in range(0x2A) if not each % 3.5] or None and lambda: raise_(ValueError(f"{name!r}"))
"""
DIFF = "```diff\n--- a/one\n+++ b/one\n@@ -1 +1 @@\n-gone\n+come\n```\n\n```html\n<a href='x'>&amp;</a><!-- no -->\n```"


VISITORS = (
    *("front", "section", "topic", "story", "archived story", "flat", "comment", "removed", "score", "reply"),
    *("member", "people", "archived person", "login", "signup", "reset", "nothing"),
)
STAFF = (
    "archived story",
    "own page",
    "reply",
    "inbox",
    "preferences",
    "member",
    "people",
    "points",
    "karma",
    "a long receipt",
    "moderating",
)
DESK = ("desk", "comments", "a comment", "hiding", "stories", "a story", "members")


@pytest.fixture
def edith(now, live_server):
    return an_editor("Edith", points=5, karma=30, now=now)


@pytest.fixture
def site(now, archived, edith) -> dict[str, str]:
    """The address of one page of each kind, by name, on a site where a little of everything has happened."""
    story = a_story("A story about penguins and " + "an unbreakably-long-word" * 4, now=now, dept="cold-feet")
    first = a_hard_discussion(story.discussion, now)
    mine = a_comment(story.discussion, author=edith, subject="Mine", now=now)
    gone = a_comment(author=first.author, parent=mine, subject="Gone", now=now)
    answer = a_comment(author=first.author, parent=gone, subject="Answers", now=now)
    hide_comment(comment=gone, actor=edith, reason="Advertising", now=now)
    relate(member=edith, other=first.author, kind="friend", now=now)
    return {
        "front": "/",
        "section": story.section.get_absolute_url(),
        "topic": story.topic.get_absolute_url(),
        "story": story.get_absolute_url() + "?threshold=-1&mode=nested",
        "archived story": archived.get_absolute_url() + "?mode=nested",
        "flat": archived.get_absolute_url() + "?mode=flat",
        "comment": answer.get_absolute_url(),
        "removed": gone.get_absolute_url(),
        "score": first.get_absolute_url() + "score/",
        "a long receipt": a_long_receipt(edith, now).get_absolute_url() + "score/",
        "moderating": "/moderate/",
        "reply": f"/reply/{story.discussion_id}/{first.pk}/",
        "member": first.author.get_absolute_url(),
        "people": f"/~{first.author.username}/people/?of=fan",
        "own page": edith.get_absolute_url(),
        "points": "/points/",
        "karma": "/karma/",
        "archived person": ArchivedPerson.objects.earliest("pk").get_absolute_url(),
        "inbox": "/inbox/",
        "preferences": "/preferences/",
        "login": "/accounts/login/",
        "signup": "/accounts/signup/",
        "reset": "/accounts/password/reset/",
        "nothing": "/nothing/",
        "desk": "/admin/",
        "comments": f"/admin/comments/comment/?discussion={story.discussion_id}",
        "a comment": f"/admin/comments/comment/{first.pk}/change/",
        "hiding": f"/admin/comments/comment/{first.pk}/act/hide/",
        "stories": "/admin/stories/story/",
        "a story": f"/admin/stories/story/{story.pk}/change/",
        "members": "/admin/accounts/user/",
    }


def a_long_receipt(editor, now):
    """A comment to which everything happened that a receipt can tell, where the editor may moderate."""
    discussion = a_story("Elsewhere", now=now).discussion
    comment = a_comment(discussion, author=a_member(karma=50, now=now), now=now)
    for reason in (INSIGHTFUL, TROLL, TROLL):
        spend_point(comment=comment, moderator=a_member(points=1, now=now), reason=reason, now=now)
    set_back_comment(comment=comment, actor=editor, reason="Given by a group that came from another site", now=now)
    correct_score(comment=comment, score=5, actor=editor, reason="Right after all", now=now)
    spend_point(comment=comment, moderator=a_member(points=1, now=now), reason=TROLL, now=now)
    a_comment(parent=comment, now=now)
    return comment


def a_hard_discussion(discussion, now):
    """Deep replies, scores from -1 to 5, long words, code of many colours; the comment it begins with."""
    talker = a_member("A Rather Long Name For Members", now=now)
    body = f"{'x' * 300}\n> quoted\nhttps://example.org/{'y' * 90}"
    deepest = first = a_comment(discussion, author=talker, body=body, now=now)
    for level in range(12):
        deepest = a_comment(author=talker, parent=deepest, subject=f"Level {level}", now=now)
    for source in (f"```python\n{CODE}```", DIFF):
        a_comment(discussion, body=source, markup="markdown", now=now)
    low = a_comment(discussion, subject="Low", now=now)
    for moderator in (a_member(f"Mo {number}", points=5, now=now) for number in range(4)):
        spend_point(comment=first, moderator=moderator, reason=INSIGHTFUL, now=now)
    spend_point(comment=low, moderator=moderator, reason=TROLL, now=now)
    return first


def test_pages_for_visitors(visitor, site):
    for name in VISITORS:
        visitor.go(site[name])
        assert visitor.page_faults() == [], name


def test_pages_for_members(visitor, site, edith):
    visitor.become(edith)
    for name in STAFF:
        visitor.go(site[name])
        assert visitor.page_faults() == [], name


def test_pages_at_the_desk(visitor, site, edith):
    visitor.become(edith)
    for name in DESK:
        visitor.go(site[name])
        # Advice beyond the guidelines is for pages of our own making: the admin's icons and headings are Django's.
        assert visitor.page_faults(WCAG) == [], name


def test_forms_that_were_refused_or_previewed(visitor, site):
    visitor.go(site["reply"])
    visitor.fill(body="?")
    visitor.page.locator("form.reply").evaluate("form => form.noValidate = true")
    visitor.fill(subject="", body=" ")
    visitor.press("Post", status=422)
    assert visitor.page_faults() == []
    visitor.fill(subject="A subject", body=CODE)
    visitor.page.locator("main [name=markup]").select_option("code")
    visitor.press("Preview")
    assert visitor.page_faults() == []
    visitor.go(site["signup"])
    visitor.fill(username="Edith", email="no", password1="1", password2="2")
    visitor.page.locator("main form").evaluate("form => form.noValidate = true")
    visitor.press("Sign up")
    assert visitor.page_faults() == []


def test_the_form_of_ones_own_modifiers(visitor, site, edith):
    visitor.become(edith)
    visitor.go(site["preferences"])
    visitor.page.get_by_text("Each by itself").click()
    assert visitor.page_faults() == []
    visitor.page.get_by_label("Friends", exact=True).select_option("3")
    visitor.page.get_by_label("Long: characters above").fill("0")
    visitor.page.locator("details form").evaluate("form => form.noValidate = true")
    visitor.press("Save my scores", status=422)
    assert visitor.page_faults() == []
    visitor.page.get_by_label("Long: characters above").fill("3000")
    visitor.press("Save my scores")
    edith.refresh_from_db()
    assert edith.modifiers == {"friend": 3, "long_above": 3000}


def test_a_form_opened_in_its_place(visitor, site):
    visitor.go(site["story"])
    visitor.page.locator("article .acts").get_by_role("link", name="Reply").nth(4).click()
    visitor.page.locator(".comment form.reply textarea").wait_for()
    assert visitor.page_faults() == []


@pytest.mark.parametrize("reading", ["threshold=0&full_from=2&mode=threaded", "threshold=-1&full_from=5"])
def test_lines_and_links_of_a_deep_thread_fit_on_the_narrowest_phone(visitor, reading, now):
    story, last = a_story(now=now), None
    for number in range(13):
        last = a_comment(story.discussion, parent=last, subject=f"A subject that goes on, number {number}", now=now)
        a_comment(parent=last, subject=f"Another subject that goes on, number {number}", now=now)
    hidden = Comment.objects.filter(pk__gt=last.pk - 8, subject__startswith="Another")
    hidden.update(score=-1, label="Flamebait")
    Comment.objects.filter(parent=None).update(score=3, label="Interesting")
    visitor.go(f"{story.get_absolute_url()}?{reading}")
    assert visitor.page_faults() == []


def test_what_is_wrong_with_a_page_is_found(visitor):
    visitor.page.set_content("<title>A page</title><main><h1>A page</h1><p>Well</main>")
    assert "html-has-lang" in visitor.page_faults()[0]
    visitor.page.set_content(
        "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1><img width=600 alt=''></main>"
    )
    assert visitor.page_faults() == ["390 px: 218 too wide", "320 px: 288 too wide"]

"""Saying something: previewed, refused with every word kept, posted once."""

import pytest
from playwright.sync_api import expect

from comments.actions import set_discussion_status
from comments.models import Comment, Discussion, Draft
from forum import policy
from tests.factories import a_comment, a_member, a_story

pytestmark = pytest.mark.django_db

WORDS = "I have seen one.\n\n> Penguins do not fly\n\nNeither do editors."


@pytest.fixture
def story(now):
    return a_story("Penguins seen at the harbour", now=now)


@pytest.fixture
def robin(now):
    return a_member("Robin", now=now)


def written() -> list[str]:
    """The text of every comment there is, oldest first."""
    return list(Comment.objects.order_by("pk").values_list("text__source", flat=True))


def form_of(story, parent=None) -> str:
    return f"/reply/{story.discussion_id}/" + (f"{parent.pk}/" if parent else "")


def test_an_anonymous_coward_begins_a_thread_and_a_member_answers(visitor, story, robin, either_way):
    visitor.go(story.get_absolute_url())
    visitor.page.get_by_role("link", name="Post the first comment").click()
    visitor.sees("You post as Anonymous Coward")
    visitor.fill(subject="A sighting", body=WORDS)
    visitor.press("Post")
    first = Comment.objects.get()
    assert visitor.place == story.get_absolute_url()
    expect(visitor.comment(first)).to_be_in_viewport()
    assert "Anonymous Coward" in visitor.comment(first).inner_text()

    visitor.become(robin)
    visitor.go(form_of(story, first))
    assert visitor.typed("subject") == "Re: A sighting"
    visitor.press("Quote what you answer")
    assert visitor.typed("body").startswith("> I have seen one.")
    visitor.fill(body="Where?")
    visitor.press("Post")
    reply = Comment.objects.get(parent=first)
    assert reply.author == robin
    visitor.sees("Robin", within=f"#comment-{reply.pk}")
    visitor.sees("2 comments")


def test_a_member_may_post_without_a_name(visitor, story, robin, either_way):
    visitor.become(robin)
    visitor.go(form_of(story))
    visitor.fill(subject="A secret", body="It was me.")
    visitor.page.get_by_label("Post anonymously").check()
    visitor.press("Preview")
    visitor.sees("by Anonymous Coward", within=".preview")
    visitor.press("Post")
    assert Comment.objects.get().author is None
    visitor.does_not_see("Robin")


def test_a_preview_shows_what_the_page_will_show(visitor, story, either_way):
    visitor.go(form_of(story))
    visitor.fill(subject="On <penguins>", body=WORDS)
    visitor.press("Preview")
    promised = visitor.page.locator(".preview .body").inner_html()
    assert "<blockquote>" in promised
    assert written() == []
    visitor.press("Post")
    posted = visitor.comment(Comment.objects.get())
    assert posted.locator(".body").inner_html() == promised
    assert "On <penguins>" in posted.inner_text()


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("", "A comment needs some words."),
        ("x" * (policy.BODY_MAX + 1), f"the longest we take is {policy.BODY_MAX:,}"),
        ("> " * 40 + "deep" + "<blockquote>" * 40, "nested too deep"),
    ],
)
def test_what_is_refused_is_kept(visitor, story, either_way, body, refusal):
    visitor.go(form_of(story))
    visitor.fill(subject="Too much", body=body)
    visitor.page.locator("main [name=markup]").select_option("html")
    # The browser's own look at the form would hide what the site says.
    visitor.page.locator("form.reply").evaluate("form => form.noValidate = true")
    visitor.press("Post", status=422)
    visitor.sees(refusal)
    assert (visitor.typed("subject"), visitor.typed("body"), visitor.typed("markup")) == ("Too much", body, "html")
    assert written() == []


def test_a_discussion_that_closes_meanwhile_gives_every_word_back(visitor, story, now, either_way):
    visitor.go(form_of(story))
    visitor.fill(subject="Just in time", body="Or not.")
    discussion = story.discussion
    set_discussion_status(discussion=discussion, status=Discussion.Status.LOCKED, actor=None, reason="", now=now)
    visitor.press("Post", status=409)
    visitor.sees("This discussion is closed.", within="[role=alert]")
    visitor.sees("Nothing you wrote is lost", within="[role=alert]")
    assert visitor.typed("body") == "Or not."
    assert not visitor.page.get_by_role("button", name="Post").count()


def test_a_double_click_posts_once(visitor, story, either_way):
    visitor.go(form_of(story))
    visitor.fill(subject="Once", body="Said once.")
    visitor.page.get_by_role("button", name="Post").dblclick()
    visitor.page.wait_for_url("**/story/**")
    visitor.sees("Said once.")
    assert written() == ["Said once."]


def test_back_and_post_again_posts_once(visitor, story, robin, either_way):
    visitor.become(robin)
    visitor.go(form_of(story))
    visitor.fill(subject="Once", body="Said once.")
    visitor.press("Post")
    visitor.page.go_back()
    visitor.sees("Your comment")
    visitor.press("Post")
    assert visitor.place == story.get_absolute_url()
    visitor.sees("1 comment")
    assert written() == ["Said once."]


def test_back_to_a_preview_and_post_again_posts_once(visitor, story, robin, either_way):
    visitor.become(robin)
    visitor.go(form_of(story))
    visitor.fill(subject="Once", body="Said once.")
    visitor.press("Preview")
    visitor.press("Post")
    visitor.page.go_back()
    visitor.sees("Preview: not posted yet")
    visitor.press("Post")
    visitor.sees("1 comment")
    assert written() == ["Said once."]


def test_the_reply_opens_in_its_place(visitor, story, robin, now):
    first = a_comment(story.discussion, subject="First", now=now)
    second = a_comment(story.discussion, subject="Second", now=now)
    visitor.become(robin)
    visitor.go(story.get_absolute_url())
    link = visitor.opens(first).get_by_role("link", name="Reply")
    link.focus()
    visitor.page.keyboard.press("Enter")
    form = visitor.comment(first).locator("form")
    expect(form.locator("textarea")).to_be_focused()
    visitor.opens(second).get_by_role("link", name="Reply").click()
    expect(visitor.page.locator("main form textarea")).to_have_count(2)
    form.get_by_label("Comment").focus()
    visitor.page.keyboard.type("In place.")
    form.get_by_role("button", name="Close").press("Enter")
    expect(link).to_be_focused()
    visitor.page.keyboard.press("Enter")
    assert form.get_by_label("Comment").input_value() == "In place."
    with visitor.answer():
        form.get_by_role("button", name="Post").press("Enter")
    assert Comment.objects.get(parent=first).text.source == "In place."


def test_a_form_that_cannot_be_fetched_is_a_page(visitor, story, complaints, now):
    first = a_comment(story.discussion, subject="First", now=now)
    visitor.go(story.get_absolute_url())
    visitor.page.route("**/reply/**", fail_a_fetch)
    visitor.opens(first).get_by_role("link", name="Reply").click()
    visitor.page.wait_for_url("**/reply/**")
    visitor.sees("What you answer")
    assert "ERR_FAILED" in complaints.pop()


def fail_a_fetch(route):
    return route.abort() if route.request.resource_type == "fetch" else route.continue_()


def test_what_is_typed_is_saved_and_offered_again(visitor, story, robin):
    visitor.become(robin)
    visitor.go(form_of(story))
    visitor.fill(subject="A sighting", body=WORDS)
    visitor.sees("Saved", within="[data-draft-said]")
    assert Draft.objects.get().body == WORDS
    visitor.fill(body="Better words.")
    expect(visitor.page.locator("[name=draft]")).to_have_value("2")
    visitor.go("/")
    visitor.go(form_of(story))
    visitor.sees("Your draft of")
    assert (visitor.typed("subject"), visitor.typed("body")) == ("A sighting", "Better words.")
    visitor.press("Post")
    assert written() == ["Better words."]
    assert not Draft.objects.exists()


def test_leaving_the_page_saves_at_once(visitor, story, robin):
    visitor.become(robin)
    visitor.go(form_of(story))
    visitor.fill(body="Half a thought")
    visitor.go("/")
    visitor.page.wait_for_timeout(500)
    visitor.go("/drafts/")
    visitor.sees("Half a thought", within="main")


def test_a_second_tab_is_told_of_the_first(visitor, story, robin):
    visitor.become(robin)
    visitor.go(form_of(story))
    other = visitor.page.context.new_page()
    other.goto(visitor.home + form_of(story))
    visitor.fill(body="Of the first tab.")
    visitor.sees("Saved", within="[data-draft-said]")
    other.locator("main [name=body]").fill("Of the second tab.")
    expect(other.locator("[data-draft-said]")).to_contain_text("other words were kept here meanwhile")
    assert Draft.objects.get().body == "Of the first tab."
    other.get_by_role("button", name="Save draft").click()
    expect(other.locator("#kept-other")).to_have_value("Of the first tab.")
    other.get_by_role("button", name="Save draft").click()
    expect(other.locator("[data-draft-said]")).to_have_text("Saved")
    assert Draft.objects.get().body == "Of the second tab."


def test_a_reply_in_its_place_is_saved_too(visitor, story, robin, now):
    first = a_comment(story.discussion, subject="First", now=now)
    visitor.become(robin)
    visitor.go(story.get_absolute_url())
    visitor.opens(first).get_by_role("link", name="Reply").click()
    form = visitor.comment(first).locator("form")
    form.get_by_label("Comment").fill("In place.")
    expect(form.locator("[data-draft-said]")).to_have_text("Saved")
    assert Draft.objects.get().parent == first


def test_a_site_that_goes_away_while_posting_loses_nothing(visitor, story, robin, complaints):
    visitor.become(robin)
    visitor.go(form_of(story))
    visitor.fill(subject="Hold on", body=WORDS)
    visitor.sees("Saved", within="[data-draft-said]")
    visitor.page.route("**/reply/**", lambda route: route.abort())
    visitor.page.get_by_role("button", name="Post", exact=True).click()
    visitor.page.wait_for_url("chrome-error://**")
    complaints.clear()
    visitor.page.unroute("**/reply/**")
    visitor.go(form_of(story))
    assert visitor.typed("body") == WORDS
    visitor.press("Post")
    assert written() == [WORDS]


def test_words_typed_before_the_sign_in_are_there_after_it(visitor, story, robin, either_way):
    visitor.go(form_of(story))
    visitor.fill(subject="Hold on", body=WORDS)
    visitor.press("Sign in first")
    visitor.fill(login="Robin", password="correct horse battery")
    visitor.press("Sign in")
    assert visitor.place == form_of(story)
    visitor.sees("the words you had typed before you signed in")
    visitor.press("Post")
    assert Comment.objects.get().author == robin
    assert written() == [WORDS]


def test_who_was_signed_out_while_writing_comes_back_to_the_words(visitor, story, robin, either_way):
    visitor.become(robin)
    visitor.go(form_of(story))
    visitor.page.context.clear_cookies(name="sessionid")
    visitor.fill(subject="Hold on", body=WORDS)
    visitor.press("Post", status=409)
    visitor.sees("You have been signed out since you opened this form. Nothing was posted.")
    visitor.press("Sign in first")
    visitor.fill(login="Robin", password="correct horse battery")
    visitor.press("Sign in")
    visitor.press("Post")
    assert Comment.objects.get().author == robin


def select(visitor, words: str) -> None:
    """Select these words of a comment, as with a mouse."""
    visitor.page.evaluate(
        """words => {
            const walk = document.createTreeWalker(document.querySelector(".comment .body"), NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
                const at = walk.currentNode.data.indexOf(words);
                if (at >= 0) getSelection().setBaseAndExtent(walk.currentNode, at, walk.currentNode, at + words.length);
            }
        }""",
        words,
    )


def test_selected_words_are_what_is_quoted(visitor, story, robin, now):
    first = a_comment(story.discussion, author=robin, body="It was cold. It was wearing a hat.", now=now)
    visitor.go(form_of(story, first))
    visitor.fill(body="Which colour?")
    select(visitor, "wearing a hat")
    visitor.press("Quote what you answer")
    assert visitor.typed("body") == "Which colour?\n\n> wearing a hat\n\n"
    visitor.press("Quote what you answer")
    assert visitor.typed("body").endswith("> It was cold. It was wearing a hat.\n\n")


def test_a_reply_in_its_place_begins_with_the_selected_words(visitor, story, robin, now):
    first = a_comment(story.discussion, author=robin, body="It was cold. It was wearing a hat.", now=now)
    visitor.go(story.get_absolute_url())
    select(visitor, "wearing a hat")
    visitor.comment(first).get_by_role("link", name="Reply").click()
    form = visitor.comment(first).locator("form")
    assert form.get_by_label("Comment").input_value() == "> wearing a hat\n\n"
    visitor.comment(first).get_by_role("link", name="Reply").click()
    expect(form).to_be_hidden()

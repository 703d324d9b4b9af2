"""Reading with scripts: what changes where it stands, what is new while the page is open, and keys."""

import pytest
from django.db.models import F
from playwright.sync_api import expect

from comments.actions import hide_comment
from comments.models import Comment, Discussion
from forum import policy
from moderation.actions import spend_point
from tests.factories import a_comment, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db

TROLL, INSIGHTFUL = 3, 5
LONG = "A paragraph that takes some room on the page.\n\n" * 6
SECONDS = 1_000
SCROLL = "one => { one.scrollIntoView({ behavior: 'instant' }); }"


@pytest.fixture
def talk(visitor, now):
    """A visitor at a story whose comments are first (reply, low and its answer) and second."""
    story = a_story("Penguins seen at the harbour", now=now, body="The rest of it.")
    ada, bob = a_member("Ada", now=now), a_member("Bob", now=now)
    first = a_comment(story.discussion, author=ada, subject="First", body=LONG, now=now)
    reply = a_comment(author=bob, parent=first, subject="Reply", body=LONG, now=now)
    low = a_comment(author=bob, parent=first, subject="Low", now=now)
    lowest = a_comment(author=bob, parent=low, subject="Lowest", now=now)
    second = a_comment(story.discussion, author=bob, subject="Second", body=LONG, now=now)
    moderators = [a_member(f"Mo {number}", points=5, now=now) for number in range(2)]
    for moderator in moderators:
        for comment in (low, lowest):
            spend_point(comment=comment, moderator=moderator, reason=TROLL, now=now)
    visitor.page.clock.install()
    visitor.go(story.get_absolute_url())
    visitor.page.evaluate("window.isTheSame = true")
    return {"story": story, "first": first, "reply": reply, "low": low, "lowest": lowest, "second": second}


def is_the_same_page(visitor):
    return visitor.page.evaluate("window.isTheSame === true")


def top_of(visitor, comment):
    return round(visitor.comment(comment).evaluate("one => one.getBoundingClientRect().top"))


def press(visitor, *keys):
    for key in keys:
        visitor.page.keyboard.press(key)


def holds_focus(visitor, comment):
    held = visitor.page.locator(".comment:is(:focus, :has(> summary:focus))")
    expect(held).to_have_id(f"comment-{comment.pk}")


# -- Thresholds, modes, orders --------------------------------------------------------------------------------------


def test_a_threshold_changes_where_it_stands(visitor, talk):
    assert visitor.subjects() == ["First", "Reply", "Second"]
    visitor.page.locator(".levels a").first.click()
    visitor.page.wait_for_url("**threshold=-1**")
    assert visitor.subjects() == ["First", "Reply", "Low", "Lowest", "Second"]
    expect(visitor.page.locator(".levels [aria-current]")).to_be_focused()
    expect(visitor.page.locator("#said")).to_have_text("5 comments on this page now.")
    assert is_the_same_page(visitor)
    assert visitor.page_faults() == []


def test_back_leads_to_the_threshold_before(visitor, talk):
    visitor.page.locator(".levels a").first.click()
    visitor.page.wait_for_url("**threshold=-1**")
    visitor.follow("Flat", within=".controls")
    visitor.page.wait_for_url("**mode=flat**")
    visitor.page.go_back()
    expect(visitor.page.locator(".thread ol")).not_to_have_count(0)
    assert "Lowest" in visitor.subjects()
    assert is_the_same_page(visitor)


def test_back_leads_to_what_the_first_page_showed_though_its_address_says_nothing(visitor, talk):
    before = visitor.subjects()
    visitor.page.locator(".levels a").first.click()
    expect(visitor.page.locator(".thread .comment")).to_have_count(5)
    visitor.page.go_back()
    expect(visitor.page.locator(".thread .comment")).to_have_count(3)
    assert visitor.subjects() == before
    assert is_the_same_page(visitor)


def test_a_reply_stays_with_its_comment_when_that_becomes_a_link(visitor, talk):
    visitor.comment(talk["reply"]).get_by_role("link", name="Reply", exact=True).click()
    visitor.page.locator("form.reply textarea").fill("Half a")
    visitor.page.get_by_role("link", name="Threads").click()
    item = visitor.page.locator("li", has=visitor.page.locator(f"#comment-{talk['reply'].pk}.link")).last
    expect(item.locator("form.reply textarea")).to_have_value("Half a")


def test_nothing_moves_under_the_reader_when_the_bar_is_used(visitor, talk):
    visitor.page.locator(".controls").evaluate(SCROLL)
    before = visitor.page.evaluate("scrollY")
    visitor.follow("Newest first", within=".controls")
    visitor.page.wait_for_url("**order=newest**")
    assert abs(visitor.page.evaluate("scrollY") - before) <= 1


@pytest.fixture
def long_talk(visitor, now):
    """A visitor at a story with 16 long threads, each second one beneath the threshold."""
    story = a_story("Much said", now=now)
    said = [
        a_comment(story.discussion, author=a_member(now=now), subject=f"No. {n}", body=LONG, now=now) for n in range(16)
    ]
    Comment.objects.filter(pk__in=[one.pk for one in said[8:]]).update(score=2)
    Comment.objects.filter(pk__in=[one.pk for one in said[1::2]]).update(score=policy.SCORE_MIN)
    visitor.go(f"{story.get_absolute_url()}?threshold=0&full_from=0")
    return said


def shift(visitor, key, wanted):
    press(visitor, key)
    visitor.page.wait_for_url(f"**{wanted}**")


def test_inside_a_discussion_what_is_read_stays_when_a_threshold_changes(visitor, long_talk):
    visitor.comment(long_talk[8]).evaluate(SCROLL)
    before = top_of(visitor, long_talk[8])
    visitor.page.locator(".levels a").first.evaluate("one => one.click()")  # without Playwright's own scrolling
    visitor.page.wait_for_url("**threshold=-1**")
    assert abs(top_of(visitor, long_talk[8]) - before) <= 1
    for key, wanted in (("]", "threshold=0"), (".", "full_from=1"), (".", "full_from=2"), (",", "full_from=1")):
        shift(visitor, key, wanted)
        assert abs(top_of(visitor, long_talk[8]) - before) <= 1, wanted


def test_another_order_leads_nobody_away_from_where_the_bar_is(visitor, long_talk):
    visitor.comment(long_talk[2]).evaluate(SCROLL)
    before = visitor.page.evaluate("scrollY")
    visitor.page.get_by_role("link", name="Newest first").evaluate("one => one.click()")
    visitor.page.wait_for_url("**order=newest**")
    assert abs(visitor.page.evaluate("scrollY") - before) <= 1


def test_where_what_is_read_is_hidden_the_one_above_it_is_in_sight(visitor, long_talk):
    shift(visitor, "[", "threshold=-1")
    visitor.comment(long_talk[9]).evaluate(SCROLL)
    before = top_of(visitor, long_talk[8])
    shift(visitor, "]", "threshold=0")
    assert abs(top_of(visitor, long_talk[8]) - before) <= 1


def test_a_reply_to_what_is_hidden_now_stays_near_and_comes_back_with_it(visitor, long_talk):
    shift(visitor, "[", "threshold=-1")
    visitor.opens(long_talk[9]).get_by_role("link", name="Reply").click()
    visitor.comment(long_talk[9]).locator("textarea").fill("Half a thought")
    for threshold, place in ((1, 8), (0, 9)):
        visitor.page.locator(".levels a").nth(threshold).click()
        visitor.page.wait_for_url(f"**threshold={threshold - 1}**")
        assert visitor.comment(long_talk[place]).locator("textarea").input_value() == "Half a thought"


def test_what_is_being_written_stays_while_the_thread_changes(visitor, talk):
    visitor.comment(talk["second"]).get_by_role("link", name="Reply").click()
    visitor.comment(talk["second"]).locator("textarea").fill("Half a thought")
    visitor.page.locator(".levels a").first.click()
    visitor.page.wait_for_url("**threshold=-1**")
    assert visitor.comment(talk["second"]).locator("textarea").input_value() == "Half a thought"
    visitor.comment(talk["second"]).get_by_role("link", name="Reply").click()
    expect(visitor.comment(talk["second"]).locator("textarea")).to_be_hidden()


def test_what_cannot_be_fetched_is_a_page(visitor, talk, complaints):
    visitor.page.route("**/story/**", fail_a_fetch)
    visitor.follow("Flat", within=".controls")
    visitor.page.wait_for_url("**mode=flat**")
    assert not visitor.page.locator(".thread ol").count()
    assert not is_the_same_page(visitor)
    assert "ERR_FAILED" in complaints.pop()


def fail_a_fetch(route):
    return route.abort() if route.request.resource_type == "fetch" else route.continue_()


# -- Replies beneath the threshold, and more comments ---------------------------------------------------------------


def test_replies_beneath_the_threshold_open_in_their_place(visitor, talk):
    visitor.page.get_by_role("link", name="2 replies beneath your threshold").click()
    holds_focus(visitor, talk["low"])
    assert visitor.subjects() == ["First", "Reply", "Low", "Lowest", "Second"]
    expect(visitor.page.locator("#said")).to_have_text("2 replies opened.")
    assert is_the_same_page(visitor)
    visitor.page.reload()
    assert visitor.subjects() == ["First", "Reply", "Second"]  # a look is no choice


def test_replies_beneath_the_threshold_open_by_link(visitor, talk, either_way):
    if not either_way:
        visitor.page.get_by_role("link", name="2 replies beneath your threshold").click()
        assert visitor.place == talk["first"].get_absolute_url()
    assert either_way or "Lowest" in visitor.subjects()


def test_a_reply_that_is_being_written_stays_when_hidden_ones_open_beside_it(visitor, talk):
    visitor.comment(talk["reply"]).get_by_role("link", name="Reply").click()
    visitor.comment(talk["reply"]).locator("textarea").fill("Half a thought")
    visitor.page.get_by_role("link", name="2 replies beneath your threshold").click()
    holds_focus(visitor, talk["low"])
    assert visitor.comment(talk["reply"]).locator("textarea").input_value() == "Half a thought"


def hidden(parent, subject, now):
    """A reply beneath everybody's threshold."""
    reply = a_comment(author=a_member(now=now), parent=parent, subject=subject, now=now)
    Comment.objects.filter(pk=reply.pk).update(score=policy.SCORE_MIN)
    return reply


def test_a_link_opens_the_replies_that_it_counts_and_no_others(visitor, talk, now):
    hidden(talk["reply"], "Low elsewhere", now)
    risen = a_comment(author=a_member(now=now), parent=talk["low"], subject="Risen", now=now)
    hidden(risen, "Low beneath it", now)
    last = hidden(talk["first"], "Last", now)
    visitor.page.reload()
    visitor.page.get_by_role("link", name="3 replies beneath your threshold").click()
    expect(visitor.page.locator("#said")).to_have_text("3 replies opened.")
    assert visitor.subjects() == ["First", "Reply", "Low", "Lowest", "Risen", "Last", "Second"]
    assert visitor.comment(last).locator("xpath=ancestor::li").count() == 2
    expect(visitor.page.get_by_role("link", name="1 reply beneath your threshold")).to_have_count(2)
    visitor.comment(risen).get_by_role("link", name="1 reply beneath your threshold").click()
    expect(visitor.page.locator("#said")).to_have_text("1 reply opened.")
    assert visitor.subjects()[4:6] == ["Risen", "Low beneath it"]
    assert visitor.page_faults() == []


def test_marks_of_what_is_new_stay_and_come_with_what_opens(visitor, talk, now):
    ada = a_member("Reader", now=now)
    visitor.become(ada)
    visitor.go(talk["story"].get_absolute_url())
    ada.visits.update(looked_at=now - policy.VISIT_GAP * 2)
    new = a_comment(parent=talk["reply"], author=a_member(now=now), subject="New", now=now)
    low = hidden(talk["first"], "New and low", now)
    visitor.page.reload()
    visitor.page.get_by_role("link", name="3 replies beneath your threshold").click()
    holds_focus(visitor, talk["low"])
    for one, other in ((new, low), (low, new)):
        expect(visitor.comment(one).locator(".fresh")).to_have_attribute("href", f"#comment-{other.pk}")
    expect(visitor.page.locator(".comment .fresh")).to_have_count(2)


def test_where_replies_step_in_no_further_none_comes_twice_and_each_says_what_it_answers(visitor, now):
    story, talker = a_story("Deep", now=now), a_member("Talker", now=now)
    said = [a_comment(story.discussion, author=talker, subject="Level 0", now=now)]
    for level in range(1, policy.DEPTH_SHOWN_MAX + 2):
        said.append(a_comment(author=talker, parent=said[-1], subject=f"Level {level}", now=now))
    low = hidden(said[policy.DEPTH_SHOWN_MAX], "Low", now)
    lowest = hidden(low, "Lowest", now)
    visitor.go(story.get_absolute_url())
    visitor.page.get_by_role("link", name="2 replies beneath your threshold").click()
    holds_focus(visitor, low)
    assert sorted(visitor.subjects()) == sorted([one.subject for one in said] + ["Low", "Lowest"])
    for one in (said[-1], low, lowest):
        visitor.sees(f"Answers #{one.parent_id}; from here on replies step in no further.", within=f"#comment-{one.pk}")
    assert visitor.page_faults() == []


def test_hidden_answers_to_what_is_gone_open_where_they_are(visitor, talk, now, complaints):
    low = hidden(talk["reply"], "Low answer", now)
    a_comment(parent=talk["reply"], author=talk["first"].author, subject="Seen answer", now=now)
    hide_comment(comment=talk["reply"], actor=an_editor(now=now), reason="Advertising", now=now)
    visitor.go(talk["story"].get_absolute_url())
    visitor.comment(talk["reply"]).locator(".below").click()
    expect(visitor.comment(low)).to_be_visible()
    assert visitor.place == talk["story"].get_absolute_url()
    complaints.clear()  # of the comment that is gone, whose own page says so


def test_what_came_meanwhile_is_not_opened_but_offered(visitor, talk, now):
    hidden(talk["reply"], "Low", now)
    visitor.go(talk["story"].get_absolute_url())
    for number in range(2):
        a_comment(parent=talk["reply"], author=talk["first"].author, subject=f"Came {number}", now=now)
    visitor.page.clock.fast_forward(31 * SECONDS)
    button = visitor.page.get_by_role("button", name="2 new comments")
    expect(button).to_be_visible()
    visitor.comment(talk["reply"]).locator(".below").click()
    visitor.sees("1 reply opened.", within="#said")
    button.click()
    expect(visitor.page.locator(".thread .fresh")).to_have_count(2)


@pytest.fixture
def much(now, monkeypatch):
    """Ten comments, four on a page."""
    monkeypatch.setattr(policy, "COMMENTS_PER_PAGE", 4)
    story, talker = a_story("Much said", now=now), a_member("Talker", now=now)
    return [a_comment(story.discussion, author=talker, subject=f"No. {n}", now=now) for n in range(10)]


def test_further_comments_stay_at_another_threshold(visitor, much):
    visitor.go(much[0].discussion.link)
    visitor.follow("More comments")
    holds_focus(visitor, much[4])
    before = visitor.subjects()
    visitor.page.locator(".levels a").first.click()
    visitor.page.wait_for_url("**threshold=-1**")
    assert visitor.subjects() == before


def test_what_came_with_the_news_does_not_come_again_with_more_comments(visitor, much, now):
    # A thread of two no longer fits on the first page, so a reply to the third comment still does.
    a_comment(parent=much[3], author=much[3].author, subject="Reply", now=now)
    visitor.page.clock.install()
    visitor.go(much[0].discussion.link)
    assert visitor.subjects() == ["No. 0", "No. 1", "No. 2"]
    new = a_comment(parent=much[2], author=much[2].author, subject="Just in", now=now)
    fetch_news(visitor, "1 new comment")
    visitor.sees("Just in", within=".thread")
    a_comment(parent=new, author=much[2].author, subject="Came later", now=now)
    visitor.follow("More comments")
    visitor.sees("More comments are here.", within="#said")
    assert visitor.subjects()[:6] == ["No. 0", "No. 1", "No. 2", "Just in", "Came later", "No. 3"]


def test_more_comments_follow_in_their_place(visitor, much, either_way):
    story, said = much[0].discussion, much
    visitor.go(story.link)
    assert not either_way or visitor.page_faults() == []
    visitor.follow("More comments")
    if either_way:
        holds_focus(visitor, said[4])
        assert visitor.subjects() == [f"No. {n}" for n in range(8)]
        visitor.follow("More comments")
        holds_focus(visitor, said[8])
        assert visitor.page_faults() == []
    else:
        assert visitor.subjects() == [f"No. {n}" for n in range(4, 8)]
        visitor.follow("More comments")
    visitor.sees("That was the last page")
    assert visitor.subjects()[-1] == "No. 9"


# -- What is new while the page is open ------------------------------------------------------------------------------


def test_what_is_new_is_told_and_comes_to_its_place(visitor, talk, now):
    visitor.page.set_viewport_size({"width": 1280, "height": 400})
    visitor.comment(talk["second"]).evaluate(SCROLL)
    new = a_comment(author=a_member("Cy", now=now), parent=talk["reply"], subject="Just in", body=LONG, now=now)
    last = a_comment(talk["story"].discussion, author=new.author, subject="Later", now=now)
    visitor.page.clock.fast_forward(31 * SECONDS)
    button = visitor.page.get_by_role("button", name="2 new comments")
    expect(button).to_be_visible()
    assert "Just in" not in visitor.subjects()
    before = top_of(visitor, talk["second"])
    button.click()
    expect(visitor.page.get_by_role("link", name="Show the first of 2 new comments")).to_be_focused()
    assert visitor.subjects() == ["First", "Reply", "Just in", "Second", "Later"]
    assert abs(top_of(visitor, talk["second"]) - before) <= 1
    assert visitor.comment(new).locator(".fresh").get_attribute("href") == f"#comment-{last.pk}"
    visitor.sees("7 comments", within="#comments-heading")
    assert is_the_same_page(visitor)
    assert visitor.page_faults() == []
    press(visitor, "Enter")
    assert visitor.page.url.endswith(f"#comment-{new.pk}")
    expect(visitor.page.locator(".news")).to_be_empty()


def test_nothing_new_is_asked_for_less_and_less_and_never_by_a_hidden_page(visitor, talk):
    asked = []
    visitor.page.on("request", lambda request: asked.append(1) if request.url.endswith("/news/") else None)
    for _ in range(150):
        visitor.page.clock.run_for(2 * SECONDS)
    # After 30 seconds, then each time a quarter later; without that it would be ten times in five minutes.
    assert 3 <= len(asked) <= 6
    visitor.page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    before = len(asked)
    visitor.page.clock.run_for(600 * SECONDS)
    assert len(asked) == before


def test_what_is_new_beneath_the_threshold_is_said_so(visitor, talk, now):
    low = a_comment(parent=talk["second"], subject="Anonymous", now=now)
    spend_point(comment=low, moderator=a_member("Mo 9", points=5, now=now), reason=TROLL, now=now)
    visitor.page.clock.fast_forward(31 * SECONDS)
    visitor.page.get_by_role("button", name="1 new comment").click()
    visitor.sees("What is new is beneath your threshold or on another page.", within=".news")


def fetch_news(visitor, words):
    button = visitor.page.get_by_role("button", name=words, exact=True)
    for _ in range(20):  # a page may still be busy with the answer before, and count from then on
        visitor.page.clock.fast_forward(31 * SECONDS)
        visitor.page.wait_for_timeout(100)
        if button.is_visible():
            break
    button.click()


def test_the_first_comment_takes_the_place_of_the_words_that_there_is_none(visitor, now):
    story = a_story("Nothing said", now=now)
    visitor.page.clock.install()
    visitor.go(story.get_absolute_url())
    first = a_comment(story.discussion, author=a_member("Cy", now=now), subject="First!", now=now)
    fetch_news(visitor, "1 new comment")
    visitor.does_not_see("Nobody has said anything yet")
    expect(visitor.page.locator("#thread > *").first).to_have_class("controls")
    assert visitor.subjects() == ["First!"]
    press(visitor, "s")
    holds_focus(visitor, first)


def test_a_comment_that_came_when_another_was_removed_is_told_without_a_number(visitor, talk, now):
    hide_comment(comment=talk["reply"], actor=an_editor(now=now), reason="Advertising", now=now)
    a_comment(parent=talk["second"], author=a_member("Cy", now=now), subject="Just in", now=now)
    fetch_news(visitor, "New comments")
    visitor.sees("Show the first of 1 new comment", within=".news")
    assert "Just in" in visitor.subjects()
    hide_comment(comment=talk["second"], actor=an_editor(now=now), reason="Advertising", now=now)
    with visitor.page.expect_response("**/news/"):
        visitor.page.clock.fast_forward(31 * SECONDS)
    a_comment(talk["story"].discussion, author=talk["first"].author, now=now)
    fetch_news(visitor, "1 new comment")


def test_what_rose_over_the_threshold_is_not_new_and_comes_above_what_answers_it(visitor, talk, now):
    answer = a_comment(parent=talk["low"], author=talk["first"].author, subject="Answer", now=now)
    visitor.page.reload()
    visitor.sees("beneath your threshold", within=f"#comment-{answer.pk}")
    for number in range(3):
        moderator = a_member(f"Raiser {number}", points=5, now=now)
        spend_point(comment=talk["low"], moderator=moderator, reason=INSIGHTFUL, now=now)
    a_comment(parent=answer, author=a_member("Cy", now=now), subject="Just in", now=now)
    fetch_news(visitor, "1 new comment")
    visitor.sees("Show the first of 1 new comment", within=".news")
    assert visitor.subjects() == ["First", "Reply", "Low", "Answer", "Just in", "Second"]
    expect(visitor.page.locator(".thread .fresh")).to_have_count(1)
    expect(visitor.page.locator("li", has=visitor.comment(talk["low"])).last.locator(".comment")).to_have_count(3)
    visitor.does_not_see("beneath your threshold", within=f"#comment-{answer.pk}")


def test_what_is_new_comes_to_pages_that_were_put_here_too(visitor, much, now):
    visitor.page.clock.install()
    visitor.go(much[0].discussion.link)
    visitor.follow("More comments")
    holds_focus(visitor, much[4])
    a_comment(parent=much[5], author=much[5].author, subject="Just in", now=now)
    fetch_news(visitor, "1 new comment")
    visitor.sees("Show the first of 1 new comment", within=".news")
    assert visitor.subjects() == [f"No. {n}" for n in range(6)] + ["Just in"] + [f"No. {n}" for n in range(6, 8)]


def test_what_is_read_stays_when_something_comes_above_it_beneath_the_bar(visitor, talk, now):
    visitor.page.set_viewport_size({"width": 1280, "height": 300})
    visitor.go(f"{talk['story'].get_absolute_url()}?threshold=-1&full_from=5")
    visitor.comment(talk["second"]).evaluate(SCROLL)
    before = top_of(visitor, talk["second"])
    assert 0 < top_of(visitor, talk["lowest"]) < before
    a_comment(parent=talk["lowest"], author=talk["first"].author, subject="Just in", now=now)
    fetch_news(visitor, "1 new comment")
    visitor.sees("Just in", within=".thread")
    assert abs(top_of(visitor, talk["second"]) - before) <= 1


def test_an_answer_to_what_was_opened_comes_under_it(visitor, talk, now):
    visitor.comment(talk["first"]).locator(".below").click()
    expect(visitor.comment(talk["lowest"])).to_be_visible()
    a_comment(parent=talk["low"], author=talk["first"].author, subject="Just in", now=now)
    fetch_news(visitor, "1 new comment")
    item = visitor.page.locator("li", has=visitor.comment(talk["low"])).last
    expect(item.locator(".comment h3")).to_have_text(["Low", "Lowest", "Just in"])
    visitor.does_not_see("beneath your threshold", within=".thread")


def test_what_is_new_counts_what_is_beneath_the_threshold_anew(visitor, talk, now):
    visitor.sees("2 replies beneath your threshold", within=".thread")
    Comment.objects.filter(pk=talk["low"].pk).update(score=1)
    hidden(talk["second"], "Lower", now)
    a_comment(parent=talk["second"], author=talk["first"].author, subject="Just in", now=now)
    Discussion.objects.filter(pk=talk["story"].discussion_id).update(version=F("version") + 1)
    fetch_news(visitor, "2 new comments")
    visitor.sees("Just in", within=".thread")
    counted = visitor.page.locator(".thread .below")
    expect(counted).to_have_text(["1 reply beneath your threshold"] * 2)
    counted.first.click()
    visitor.sees("1 reply opened.", within="#said")


def test_what_is_new_under_folded_replies_is_counted_and_unfolds(visitor, talk, now):
    press(visitor, "s", "c")
    new = a_comment(parent=talk["reply"], author=a_member("Cy", now=now), subject="Just in", body=LONG, now=now)
    fetch_news(visitor, "1 new comment")
    visitor.sees("Unfold 2 replies")
    visitor.page.get_by_role("link", name="Show the first of 1 new comment").click()
    expect(visitor.comment(new)).to_be_in_viewport()
    expect(visitor.page.locator(".fold")).to_have_count(0)


# -- Keys ------------------------------------------------------------------------------------------------------------


def test_keys_lead_from_comment_to_comment(visitor, talk):
    visitor.comment(talk["first"]).evaluate(SCROLL)
    for key, place in (("s", "first"), ("s", "reply"), ("p", "first"), ("d", "second"), ("w", "reply"), ("a", "first")):
        press(visitor, key)
        holds_focus(visitor, talk[place])


def test_a_key_leads_to_what_a_comment_answers_wherever_that_stands(visitor, talk, now):
    chain = [talk["second"]]
    for number in range(13):
        chain.append(a_comment(parent=chain[-1], author=talk["first"].author, subject=f"Deep {number}", now=now))
    for way in ("nested", "flat"):
        visitor.go(f"{talk['story'].get_absolute_url()}?mode={way}")
        visitor.comment(chain[-1]).locator("a.score").focus()
        press(visitor, "p")
        holds_focus(visitor, chain[-2])
        press(visitor, "p")
        holds_focus(visitor, chain[-3])


@pytest.mark.parametrize("mode", ["nested", "threaded"])
def test_a_key_leads_to_the_page_of_what_a_comment_answers_beneath_the_threshold(visitor, talk, now, mode):
    answer = a_comment(parent=talk["low"], author=talk["first"].author, now=now)
    visitor.go(f"{talk['story'].get_absolute_url()}?mode={mode}")
    visitor.comment(answer).locator("a").last.focus()
    press(visitor, "p")
    visitor.page.wait_for_url(f"**{talk['low'].get_absolute_url()}")


def test_keys_work_as_soon_as_there_are_comments(visitor, talk):
    visitor.go(f"{talk['story'].get_absolute_url()}?mode=none")
    visitor.follow("Nested", within=".controls")
    visitor.page.wait_for_url("**mode=nested**")
    visitor.comment(talk["first"]).evaluate(SCROLL)
    press(visitor, "s")
    holds_focus(visitor, talk["first"])


def test_keys_work_where_the_browser_keeps_nothing(visitor, talk):
    refuse = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    visitor.page.add_init_script(refuse)
    visitor.page.reload()
    press(visitor, "s")
    holds_focus(visitor, talk["first"])
    press(visitor, "?")
    visitor.page.get_by_label("Use these keys").uncheck()


def test_keys_answer_and_stay_quiet_while_one_types(visitor, talk):
    press(visitor, "s", "r")
    box = visitor.comment(talk["first"]).locator("textarea")
    expect(box).to_be_focused()
    press(visitor, *"swap?")
    assert box.input_value() == "swap?"
    assert visitor.page.locator("dialog[open]").count() == 0


def test_keys_with_a_modifier_are_the_browsers(visitor, talk):
    press(visitor, "s", "Control+d", "Alt+s")
    holds_focus(visitor, talk["first"])


def test_keys_open_lines_fold_replies_and_move_the_thresholds(visitor, talk):
    press(visitor, "[")
    visitor.page.wait_for_url("**threshold=-1**")
    press(visitor, "s", "s", "s", "x")
    holds_focus(visitor, talk["low"])
    expect(visitor.comment(talk["low"])).to_have_attribute("open", "")
    press(visitor, "x")
    expect(visitor.comment(talk["low"])).not_to_have_attribute("open", "")
    press(visitor, "c")
    expect(visitor.comment(talk["lowest"])).to_be_hidden()
    assert visitor.page_faults() == []
    visitor.page.get_by_role("button", name="Unfold 1 reply").click()
    expect(visitor.comment(talk["lowest"])).to_be_visible()
    press(visitor, ".")
    visitor.page.wait_for_url("**full_from=2**")
    expect(visitor.page.locator("details.comment")).to_have_count(5)


def test_keys_lead_to_what_is_new(visitor, talk, now):
    ada = a_member("Reader", now=now)
    visitor.become(ada)
    visitor.go(talk["story"].get_absolute_url())
    ada.visits.update(looked_at=now - policy.VISIT_GAP * 2)
    new = [a_comment(parent=talk[name], author=talk["first"].author, now=now) for name in ("reply", "second")]
    visitor.page.reload()
    visitor.sees("2 new", within="#comments-heading")
    for key, place in (("f", 0), ("f", 1), ("q", 0)):
        press(visitor, key)
        holds_focus(visitor, new[place])
    assert visitor.page_faults() == []


def test_the_keys_are_listed_each_is_a_button_and_all_can_be_switched_off(visitor, talk):
    press(visitor, "s", "?")
    dialog = visitor.page.get_by_role("dialog", name="Keys for reading")
    expect(dialog).to_be_visible()
    assert visitor.page_faults() == []
    dialog.get_by_role("button", name="Next comment").click()
    holds_focus(visitor, talk["reply"])
    press(visitor, "?")
    dialog.get_by_label("Use these keys").uncheck()
    dialog.get_by_role("button", name="Close", exact=True).click()
    press(visitor, "s", "?")
    holds_focus(visitor, talk["reply"])
    visitor.page.reload()
    press(visitor, "?")
    expect(dialog).to_be_hidden()
    visitor.page.get_by_text("Keys for reading").first.click()
    visitor.page.get_by_label("Use these keys").check()
    press(visitor, "?")
    expect(dialog).to_be_visible()


def test_the_list_of_keys_is_whole_also_when_a_quick_hand_opens_it_again_at_once(visitor, talk):
    press(visitor, "?")
    dialog = visitor.page.get_by_role("dialog", name="Keys for reading")
    dialog.evaluate(
        """one => new Promise(done => {
            one.addEventListener("close", () => setTimeout(done));
            one.close();
            document.dispatchEvent(new KeyboardEvent("keydown", { key: "?" }));
        })"""
    )
    expect(dialog.get_by_label("Use these keys")).to_be_visible()
    press(visitor, "Escape")
    expect(dialog).to_be_hidden()
    visitor.page.get_by_text("Keys for reading").first.click()
    expect(visitor.page.get_by_label("Use these keys")).to_be_visible()


def test_without_scripts_there_are_no_keys_and_none_are_promised(visitor, talk, either_way):
    expect(visitor.page.get_by_text("Keys for reading").first).to_be_visible(visible=either_way)
    # Browsers of text show what is hidden as well.
    assert ("Keys for reading" in visitor.page.locator("main").text_content()) == either_way


# -- Modes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["mode=threaded", "mode=flat", "mode=none", "threshold=-1&full_from=5"])
def test_every_way_to_read_is_faultless(visitor, talk, way):
    visitor.go(f"{talk['story'].get_absolute_url()}?{way}")
    assert visitor.page_faults() == []

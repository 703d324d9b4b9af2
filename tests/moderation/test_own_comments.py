"""What authors do to their own comments: change them for a while, with a history; take them off; bring them back."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from comments.actions import (
    DiscussionClosed,
    bring_back_comment,
    delete_comment,
    edit_comment,
    prepare_words,
    restore_comment,
    set_discussion_status,
)
from comments.models import Comment, Discussion, Revision
from comments.store import STORE
from forum import policy
from forum.accounts.actions import Refused, ban_member
from forum.accounts.models import User
from forum.management.site import check_site
from moderation.actions import erase_comment, hide_comment, spend_point
from tests.factories import NOW, a_comment, a_discussion, a_member, a_story, an_editor
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
INSIGHTFUL = 5
BEFORE, AFTER = "I have seen one penguin.", "I have seen two penguins."
LATE = NOW + policy.EDIT_WINDOW + timedelta(seconds=1)


@pytest.fixture
def story():
    return a_story()


@pytest.fixture
def ada(client):
    member = a_member("Ada")
    client.force_login(member)
    return member


@pytest.fixture
def mine(story, ada):
    return a_comment(story.discussion, author=ada, subject="A sighting", body=BEFORE)


def address_of(comment, page="edit_comment"):
    return reverse(page, args=[comment.pk])


def send(client, comment, button="save", **said):
    form = {"subject": "A sighting", "body": AFTER, "markup": "plain", "seen": "0", button: "1"} | said
    return client.post(address_of(comment), form)


def change(comment, body=AFTER, *, seen=0, author=None, now=NOW, subject="A sighting"):
    words = prepare_words(subject=subject, body=body, markup="plain")
    return edit_comment(comment=comment, author=author or comment.author, words=words, seen=seen, now=now)


def close(discussion, status=Discussion.Status.LOCKED):
    set_discussion_status(discussion=discussion, status=status, actor=None, reason="", now=NOW)


def source_of(comment):
    return Comment.objects.values_list("text__source", flat=True).get(pk=comment.pk)


# -- Changing ------------------------------------------------------------------------------------------------------


def test_an_author_who_would_not_see_it_in_the_discussion_is_led_to_the_comment(client, story, mine):
    client.get(f"{story.get_absolute_url()}?threshold=5")
    assert send(client, mine)["Location"] == mine.get_absolute_url()


def test_an_author_changes_the_words_and_readers_see_that_and_what_it_said_before(client, story, mine):
    before = Discussion.objects.get(pk=story.discussion_id).version
    page = read(client.get(story.get_absolute_url()))
    assert page.links["Edit"] == address_of(mine)
    form = read(client.get(address_of(mine)))
    assert BEFORE in form.words
    assert send(client, mine)["Location"] == f"{story.get_absolute_url()}#comment-{mine.pk}"
    client.logout()
    page = read(client.get(story.get_absolute_url()))
    assert AFTER in page.words
    assert page.links["edited"] == address_of(mine, "history")
    history = read(client.get(page.links["edited"]))
    assert "2 versions" in history.words
    assert "I have seen<del> one penguin.</del><ins> two penguins.</ins>" in history.html
    assert f"<ins>{BEFORE}</ins>" not in history.html
    assert Discussion.objects.get(pk=story.discussion_id).version > before


def test_a_preview_changes_nothing_and_shows_what_the_page_will(client, mine):
    page = read(send(client, mine, "preview", body="> quoted\n\n**not bold**"))
    assert "Preview: not changed yet" in page.words
    assert "<blockquote>" in page.html
    assert source_of(mine) == BEFORE
    assert not Revision.objects.exists()


@pytest.mark.parametrize("wrong", [{"subject": ""}, {"body": " "}, {"markup": "morse"}, {"seen": "x"}, {"seen": ""}])
def test_a_refused_change_keeps_every_word(client, mine, wrong):
    answer = send(client, mine, **{"body": AFTER} | wrong)
    assert answer.status_code in (409, 422)
    assert wrong.get("body", AFTER) in answer.content.decode()
    assert source_of(mine) == BEFORE


def test_the_window_closes_and_the_words_are_kept(client, story, mine):
    with time_machine.travel(LATE, tick=False):
        page = read(send(client, mine), 409)
        assert "can be changed for 5 minutes, and they are over" in page.words
        assert AFTER in page.words
        assert "they are over" in read(client.get(address_of(mine), follow=True)).words
        assert "Edit" not in read(client.get(story.get_absolute_url())).links
    assert source_of(mine) == BEFORE


def test_a_site_may_do_without(mine, client, monkeypatch):
    monkeypatch.setattr(policy, "EDIT_WINDOW", timedelta(0))
    with pytest.raises(Refused, match="stay as they were posted"):
        change(mine)
    assert "Edit" not in read(client.get(mine.discussion.link)).links


def test_nobody_else_and_nothing_without_a_name_is_changed(client, story, mine):
    anonymous = a_comment(story.discussion, writer=mine.author)
    for comment, who in ((mine, a_member()), (mine, an_editor()), (anonymous, mine.author)):
        client.force_login(who)
        assert client.get(address_of(comment)).status_code == 404
        assert send(client, comment).status_code == 404
        with pytest.raises(Refused, match="not your comment"):
            change(comment, author=who)
    assert source_of(mine) == BEFORE


def test_who_was_signed_out_gets_the_words_back(client, mine):
    client.logout()
    page = read(send(client, mine), 403)
    assert "You have been signed out" in page.words
    assert AFTER in page.words
    assert BEFORE not in page.words
    assert client.get(address_of(mine))["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("status", [Discussion.Status.LOCKED, Discussion.Status.ARCHIVED])
def test_nothing_is_changed_in_a_closed_discussion(client, story, mine, status):
    close(story.discussion, status)
    page = read(send(client, mine), 409)
    assert "This discussion is closed" in page.words
    assert AFTER in page.words
    with pytest.raises(DiscussionClosed):
        change(mine)


def test_a_banned_author_and_a_removed_comment_stay_as_they_are(mine):
    hide_comment(comment=mine, actor=an_editor(), reason="Spam", now=NOW)
    with pytest.raises(Refused, match="removed meanwhile"):
        change(mine)
    ban_member(member=mine.author, actor=an_editor(), reason="Spam", now=NOW)
    with pytest.raises(Refused, match="You may not"):
        change(mine)


def test_sent_twice_it_is_one_change(client, mine):
    assert {send(client, mine).status_code for _ in range(3)} == {302}
    assert Revision.objects.count() == 1


def test_another_tab_writes_nothing_over_what_it_has_not_seen(client, mine):
    send(client, mine)
    page = read(send(client, mine, body="Three penguins, and a seal."), 409)
    assert "changed meanwhile" in page.words
    assert "Three penguins" in page.words
    assert source_of(mine) == AFTER
    assert send(client, mine, body="Three penguins, and a seal.", seen="1").status_code == 302
    assert list(Revision.objects.order_by("number").values_list("source", flat=True)) == [BEFORE, AFTER]


def test_it_can_be_changed_so_often(mine, monkeypatch):
    monkeypatch.setattr(policy, "EDITS_MAX", 2)
    change(mine, "One.")
    change(mine, "Two.", seen=1)
    with pytest.raises(Refused, match="as often as it can be"):
        change(mine, "Three.", seen=2)


def test_what_is_no_comment_cannot_be_made_of_one(mine):
    twin = "These words are long enough to be known again, wherever they stand in this discussion."
    a_comment(mine.discussion, body=twin)
    with pytest.raises(Refused, match="stands in this discussion already"):
        change(mine, twin)
    change(mine, twin.replace("long", "very long"))
    with pytest.raises(Refused, match="stands in this discussion already"):
        a_comment(mine.discussion, body=twin.replace("long", "very long"))


def test_moderations_given_before_are_marked_on_the_receipt(client, mine):
    for minutes in (0, 2):
        spend_point(comment=mine, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW + timedelta(minutes=minutes))
    change(mine, now=NOW + timedelta(minutes=1))
    page = read(client.get(reverse("score", args=[mine.pk])))
    assert page.words.count("Given before the comment was changed") == 1
    lines = client.get(reverse("score_json", args=[mine.pk])).json()["lines"]
    assert [line["before_edit"] for line in lines] == [True, False]
    assert Comment.objects.get(pk=mine.pk).score == mine.score + 2


def test_the_history_escapes_and_a_comment_that_was_never_changed_has_one_version(client, mine):
    assert "1 version" in read(client.get(address_of(mine, "history"))).words
    change(mine, "<script>alert(1)</script> & more", subject="<b>Bold</b>")
    page = client.get(address_of(mine, "history")).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<b>Bold" not in page


def test_the_history_of_what_was_removed_is_not_shown(client, mine):
    change(mine)
    hide_comment(comment=mine, actor=an_editor(), reason="Spam", now=NOW)
    assert client.get(address_of(mine, "history")).status_code == 404


def test_a_page_asks_no_more_for_comments_that_were_changed(client, story, mine):
    client.get(story.get_absolute_url())  # which notes the visit
    STORE.clear()
    before = queries_of(client, story.get_absolute_url())
    change(mine)
    assert queries_of(client, story.get_absolute_url()) == before


def test_staff_see_what_it_said_before(client, mine):
    change(mine)
    client.force_login(an_editor())
    page = client.get(reverse("admin:comments_comment_change", args=[mine.pk])).content.decode()
    assert f"<pre>{BEFORE}</pre>" in page


# -- Deleting ------------------------------------------------------------------------------------------------------


def faults() -> list:
    return [finding.line() for finding in check_site(is_repairing=False)]


def test_an_unanswered_comment_is_gone_and_its_author_can_copy_it_and_bring_it_back(client, story, mine):
    assert "It will be gone" in read(client.get(address_of(mine, "delete_comment"))).words
    assert client.post(address_of(mine, "delete_comment"))["Location"] == mine.get_absolute_url()
    assert BEFORE not in read(client.get(story.get_absolute_url())).words
    assert Discussion.objects.get(pk=story.discussion_id).comment_count == 0
    page = read(client.get(mine.get_absolute_url()), 410)
    assert "deleted by its author" in page.words
    assert BEFORE in page.words
    assert faults() == []
    client.post(address_of(mine, "delete_comment"), {"bring_back": "1"})
    assert BEFORE in read(client.get(story.get_absolute_url())).words
    assert Discussion.objects.get(pk=story.discussion_id).comment_count == 1
    assert faults() == []


def test_an_answered_comment_leaves_a_mark_and_no_words(client, story, mine):
    answer = a_comment(parent=mine, author=a_member(), body="Where?")
    delete_comment(comment=mine, author=mine.author, now=NOW)
    client.logout()
    page = read(client.get(story.get_absolute_url()))
    assert "This comment was deleted by its author" in page.words
    assert BEFORE not in page.html
    assert "Where?" in page.words
    for address in (mine.get_absolute_url(), f"/reply/{story.discussion_id}/{answer.pk}/"):
        assert BEFORE not in client.get(address).content.decode()
    assert client.get(address_of(mine, "history")).status_code == 404
    assert faults() == []


def test_what_moderators_made_of_it_stays(mine):
    spend_point(comment=mine, moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    delete_comment(comment=mine, author=mine.author, now=NOW)
    assert User.objects.get(pk=mine.author_id).karma == 1
    assert mine.moderations.active().count() == 1
    assert faults() == []


def test_only_its_author_and_only_while_the_discussion_is_open(client, story, mine):
    for who in (a_member(), an_editor()):
        client.force_login(who)
        assert client.post(address_of(mine, "delete_comment")).status_code == 404
        with pytest.raises(Refused):
            delete_comment(comment=mine, author=who, now=NOW)
    close(story.discussion)
    client.force_login(mine.author)
    assert "stays as it is" in read(client.post(address_of(mine, "delete_comment"), follow=True)).words
    assert Comment.objects.get(pk=mine.pk).hidden_at is None


def test_twice_is_once_and_what_staff_removed_is_not_the_authors_to_bring_back(client, mine):
    assert delete_comment(comment=mine, author=mine.author, now=NOW)
    assert not delete_comment(comment=mine, author=mine.author, now=NOW)
    assert bring_back_comment(comment=mine, author=mine.author, now=NOW)
    assert not bring_back_comment(comment=mine, author=mine.author, now=NOW)
    hide_comment(comment=mine, actor=an_editor(), reason="Spam", now=NOW)
    assert not bring_back_comment(comment=mine, author=mine.author, now=NOW)
    with pytest.raises(Refused, match="Staff have removed"):
        delete_comment(comment=mine, author=mine.author, now=NOW)
    page = read(client.get(mine.get_absolute_url()), 410)
    assert BEFORE in page.words  # the author's own words, to copy
    assert "Bring it back" not in page.words
    client.force_login(an_editor())
    assert BEFORE not in client.get(mine.get_absolute_url()).content.decode()


def test_staff_cannot_bring_back_what_its_author_deleted(mine):
    delete_comment(comment=mine, author=mine.author, now=NOW)
    assert restore_comment(comment=mine, actor=an_editor(), reason="A pity", now=NOW) is None
    assert Comment.objects.get(pk=mine.pk).is_deleted


def test_erased_words_come_back_by_nobody(client, mine):
    delete_comment(comment=mine, author=mine.author, now=NOW)
    erase_comment(comment=mine, actor=an_editor(), reason="Breaks the law", now=NOW)
    assert not bring_back_comment(comment=mine, author=mine.author, now=NOW)
    assert "erased for ever" in read(client.get(mine.get_absolute_url()), 410).words


def test_nobody_answers_what_was_deleted_meanwhile_and_the_words_are_kept(client, story, mine):
    client.force_login(a_member())
    form = read(client.get(f"/reply/{story.discussion_id}/{mine.pk}/")).fields
    delete_comment(comment=mine, author=mine.author, now=NOW)
    said = {"subject": "Re", "body": "An answer.", "markup": "plain", "key": form["key"]}
    page = read(client.post(f"/reply/{story.discussion_id}/{mine.pk}/", said), 422)
    assert "removed meanwhile" in page.words
    assert "An answer." in page.words


def test_its_author_may_say_it_again(mine):
    words = "These words are long enough to be known again, wherever they stand in this discussion."
    comment = a_comment(mine.discussion, author=mine.author, body=words)
    delete_comment(comment=comment, author=mine.author, now=NOW)
    later = NOW + policy.SAME_WORDS_WITHIN
    assert a_comment(mine.discussion, author=mine.author, body=words, now=later).pk != comment.pk


def test_what_nobody_signed_is_nobodys_to_delete(client, ada):
    comment = a_comment(a_discussion(), writer=ada)
    assert client.get(address_of(comment, "delete_comment")).status_code == 404
    with pytest.raises(Refused, match="without a name is nobody's"):
        delete_comment(comment=comment, author=ada, now=NOW)

"""The receipt: why a comment has its score, line by line, up to the number this reader sees."""

import pytest
from django.urls import reverse

from comments.actions import prepare_words
from comments.models import Comment
from moderation.actions import spend_point, take_part
from tests.factories import NOW, a_comment, a_member, a_story
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
OFFTOPIC, INSIGHTFUL, FUNNY = 1, 5, 8


@pytest.fixture
def comment():
    return a_comment(a_story().discussion, author=a_member("Ada"))


def receipt(client, comment):
    return read(client.get(reverse("score", args=[comment.pk])))


def moderated(comment, *reasons):
    for reason in reasons:
        spend_point(comment=comment, moderator=a_member(points=1), reason=reason, now=NOW)


def test_a_fresh_comment_says_where_it_starts(client, comment):
    words = receipt(client, comment).words
    assert (
        "A member in good standing posted it Under the policy threshold, version 1 May 4, 2026 @12:00PM starts at 1"
        in words
    )
    assert "What you see 1" in words
    assert "Nobody has moderated this comment so far." in words


def test_each_moderation_is_a_line_with_the_score_after_it(client, comment):
    moderated(comment, INSIGHTFUL, FUNNY, OFFTOPIC)
    words = receipt(client, comment).words
    assert "A moderator found it Insightful May 4, 2026 @12:00PM +1 2" in words
    assert "A moderator found it Offtopic May 4, 2026 @12:00PM −1 2" in words
    assert "What you see 2, Funny" in words


def test_moderators_are_not_named(client, comment):
    spend_point(comment=comment, moderator=a_member("Secret Keeper", points=1), reason=INSIGHTFUL, now=NOW)
    assert "Secret Keeper" not in receipt(client, comment).html


def test_a_withdrawn_moderation_stays_to_be_read_and_counts_nothing(client, comment):
    moderator = a_member(points=1)
    spend_point(comment=comment, moderator=moderator, reason=OFFTOPIC, now=NOW)
    said = prepare_words(subject="Mine", body="I moderated, and now I talk.", markup="plain")
    take_part(discussion=comment.discussion, author=moderator, parent=None, words=said, form_key=None, now=NOW)
    page = receipt(client, comment)
    assert "Offtopic Withdrawn: The moderator posted in the discussion. May 4, 2026 @12:00PM" in page.words
    assert "What you see 1" in page.words


def test_the_karma_bonus_is_the_last_line_for_who_counts_it(client):
    wise = a_comment(a_story().discussion, author=a_member(karma=50))
    assert "Karma bonus: its author had excellent karma +1 2" in receipt(client, wise).words
    assert "What you see 2" in receipt(client, wise).words
    client.force_login(a_member(modifiers={"bonus": 0}))
    assert "Karma bonus: you chose not to count it ±0 1" in receipt(client, wise).words
    assert "What you see 1" in receipt(client, wise).words


def test_an_archived_comment_brought_its_score_along(client):
    comment = a_comment(a_story().discussion)
    columns = {"is_archived": True, "posted_at": None, "score": 5, "start_score": 5}
    Comment.objects.filter(pk=comment.pk).update(**columns, label="Funny", start_label="Funny")
    words = receipt(client, comment).words
    assert "It came with this score from the archive, as Funny not told starts at 5" in words
    assert "What you see 5, Funny" in words


def test_the_last_line_is_what_the_discussion_shows(client, comment):
    moderated(comment, INSIGHTFUL, INSIGHTFUL)
    assert "3, Insightful" in read(client.get(comment.discussion.link)).words
    assert "What you see 3, Insightful" in receipt(client, comment).words


def test_the_receipt_costs_the_same_for_1_line_as_for_4(client, comment):
    other = a_comment(comment.discussion, author=a_member())
    moderated(comment, INSIGHTFUL)
    moderated(other, INSIGHTFUL, INSIGHTFUL, INSIGHTFUL, INSIGHTFUL)
    one, four = (queries_of(client, reverse("score", args=[c.pk])) for c in (comment, other))
    assert one == four


def test_no_comment_no_receipt(client):
    assert client.get(reverse("score", args=[1])).status_code == 404

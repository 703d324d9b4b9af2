"""What staff removed can be read nowhere: each page that could show it is asked."""

import pytest
from django.utils import timezone

from comments.actions import hide_comment
from tests.factories import a_comment, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db
SECRET = ("Planted subject", "Planted words", "Planted Author")


@pytest.fixture
def removed():
    """A removed comment by a named author, with an answer, between visible ones."""
    now = timezone.now()
    story = a_story(now=now)
    above = a_comment(story.discussion, now=now)
    author = a_member(SECRET[2], now=now)
    comment = a_comment(parent=above, author=author, subject=SECRET[0], body=SECRET[1], now=now)
    a_comment(parent=comment, subject="An answer", now=now)
    hide_comment(comment=comment, actor=an_editor(), reason="Spam", now=now)
    return comment


def pages_about(comment):
    story, answer = comment.discussion.story.get_absolute_url(), comment.children.get()
    reply = f"/reply/{comment.discussion_id}"
    return [
        "/",
        *(
            f"{story}?mode={mode}&threshold=-1&order={order}"
            for mode in ("nested", "flat")
            for order in ("oldest", "highest")
        ),
        f"/comment/{comment.pk}/",
        f"/comment/{comment.pk}/score/",
        f"/comment/{comment.parent_id}/",
        f"/comment/{answer.pk}/",
        f"{reply}/{comment.pk}/",
        f"{reply}/{comment.pk}/?quote=1",
        f"{reply}/{answer.pk}/",
    ]


def test_no_page_shows_it(client, removed):
    for page in pages_about(removed):
        html = client.get(page, follow=True).content.decode()
        assert not [word for word in SECRET if word in html], page


def test_its_authors_page_leaves_it_out(client, removed):
    html = client.get(removed.author.get_absolute_url()).content.decode()
    assert SECRET[0] not in html
    assert SECRET[1] not in html


def test_an_answer_sent_meanwhile_is_kept_on_the_page_and_not_posted(client, removed):
    reply = f"/reply/{removed.discussion_id}/{removed.pk}/"
    html = client.get(f"/reply/{removed.discussion_id}/").content.decode()
    assert 'name="key"' in html
    answer = client.post(reply, {"subject": "Mine", "body": "My long answer", "markup": "plain", "key": "old"})
    assert answer.status_code == 422
    assert "My long answer" in answer.content.decode()
    assert SECRET[1] not in answer.content.decode()
    assert removed.children.count() == 1

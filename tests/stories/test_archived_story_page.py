"""An imported story as readers see it: nothing guessed looks certain."""

from pathlib import Path

import pytest
from django.core.management import call_command

from comments.actions import touch_discussions
from comments.models import Comment, Discussion
from stories.models import Story

SEED = Path(__file__).parents[2] / "stories" / "seeds" / "0177069105.txt"

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    call_command("import_seeds", str(SEED), verbosity=0)
    return lambda query="": client.get(Story.objects.get().get_absolute_url() + query).content.decode()


def said_of(html, number):
    """The article of the comment of this number in the document."""
    comment = Comment.objects.get(archived_place__number=number)
    start = html.index(f'id="comment-{comment.pk}"')
    return html[start : html.index("</article>", start)]


def test_a_quoted_parent_is_a_plain_reply(page):
    said = said_of(page(), 8)
    assert ">Parent</a>" in said
    assert "guessed" not in said.lower()


@pytest.mark.parametrize("query", ["?mode=nested", "?mode=flat"])
def test_an_orphan_names_no_parent(page, query):
    said = said_of(page(query), 2)
    assert "In reply to a comment that is not in this archive." in said
    assert "Parent" not in said


def test_a_guess_is_said_to_be_one(page, client):
    html = page()
    Comment.objects.filter(archived_place__number=8).update(mark="adjacent")
    touch_discussions(Discussion.objects.values("pk"))
    said = said_of(page(), 8)
    assert "Guessed from its position" in said
    assert "Parent (guessed)" in said
    assert "Parent (guessed)" not in html


def test_a_reply_somewhere_in_the_thread_names_no_parent(page):
    page()
    Comment.objects.filter(archived_place__number=8).update(mark="unknown")
    touch_discussions(Discussion.objects.values("pk"))
    for query in ("?mode=nested", "?mode=flat"):
        said = said_of(page(query), 8)
        assert "the archive does not say to which comment" in said
        assert "Parent" not in said
        assert "In reply to <a" not in said


def test_a_cut_text_says_so_and_archived_people_show_their_origin(page):
    said = said_of(page(), 12)
    assert "The archive has only the beginning of this comment." in said
    assert "(1728082) of slashdot.org" in said


def test_the_archives_own_fortune_stands_at_the_foot(page):
    assert "There is a time in the tides of men," in page()


def test_search_engines_are_asked_to_stay_away(client, page):
    page()
    assert client.get(Story.objects.get().get_absolute_url())["X-Robots-Tag"] == "noindex"

"""What is new since a member's last visit: marked, counted, one link from the next, and steady while one reads."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser

from comments.actions import record_visit
from comments.models import Visit
from comments.queries import find_new_after
from forum import policy
from tests.factories import NOW, a_comment, a_member, a_story
from tests.pages import read

pytestmark = pytest.mark.django_db
SOON, LATER = NOW + timedelta(minutes=5), NOW + policy.VISIT_GAP + timedelta(hours=1)


@pytest.fixture
def ada(client):
    with time_machine.travel(NOW, tick=False):
        member = a_member("Ada")
        client.force_login(member)
    return member


def marks(client, place, at, query="?threshold=-1"):
    """The subjects of the comments that are marked as new, in the order of the page."""
    with time_machine.travel(at, tick=False):
        html = client.get(place.get_absolute_url() + query).content.decode()
    return re.findall(r'<h3>([^<]*)</h3><a class="fresh"', html.partition('<ol class="thread"')[2])


def test_on_the_first_visit_nothing_is_marked(client, ada):
    story = a_story(comments=3)
    assert marks(client, story, NOW) == []


def test_what_came_since_the_last_visit_is_marked_and_counted(client, ada):
    story = a_story(comments=2)
    marks(client, story, NOW)
    a_comment(story.discussion, subject="Fresh")
    a_comment(story.discussion, subject="Fresher")
    assert marks(client, story, LATER) == ["Fresh", "Fresher"]
    with time_machine.travel(LATER, tick=False):
        assert "2 new" in read(client.get(story.get_absolute_url() + "?threshold=-1")).words


def test_marks_lead_from_one_to_the_next_and_round(client, ada):
    story = a_story()
    marks(client, story, NOW)
    one, other = (a_comment(story.discussion) for _ in range(2))
    with time_machine.travel(LATER, tick=False):
        html = client.get(story.get_absolute_url() + "?threshold=-1").content.decode()
    for here, there in ((one, other), (other, one)):
        mark = html.partition(f'id="comment-{here.pk}"')[2].partition('class="fresh" href="')[2]
        assert mark.startswith(f"#comment-{there.pk}")


def test_reloading_takes_no_mark_away_and_adds_what_comes_meanwhile(client, ada):
    story = a_story()
    marks(client, story, NOW)
    a_comment(story.discussion, subject="Fresh")
    assert marks(client, story, LATER) == ["Fresh"]
    a_comment(story.discussion, subject="Fresher")
    assert marks(client, story, LATER + timedelta(minutes=20)) == ["Fresh", "Fresher"]
    assert marks(client, story, LATER + timedelta(minutes=45)) == ["Fresh", "Fresher"]
    assert marks(client, story, LATER + timedelta(minutes=45) + policy.VISIT_GAP) == []


def test_own_comments_are_not_new(client, ada):
    story = a_story()
    marks(client, story, NOW)
    a_comment(story.discussion, author=ada)
    assert marks(client, story, LATER) == []


def test_each_discussion_has_its_own_visits(client, ada):
    story, other = a_story(), a_story("Another")
    marks(client, story, NOW)
    a_comment(story.discussion, subject="Fresh")
    assert marks(client, other, LATER) == []
    assert marks(client, story, LATER) == ["Fresh"]


def test_a_comments_own_page_marks_what_is_new_and_is_no_visit(client, ada):
    story = a_story()
    old = a_comment(story.discussion, subject="Old")
    marks(client, old, NOW)
    assert not Visit.objects.exists()
    marks(client, story, NOW)
    a_comment(parent=old, subject="Fresh")
    for _ in range(2):
        assert marks(client, old, LATER) == ["Fresh"]
    assert marks(client, story, LATER) == ["Fresh"]
    assert marks(client, old, LATER) == ["Fresh"]


def test_what_is_new_costs_a_comments_page_one_question_for_a_member_and_none_for_a_visitor(
    ada, django_assert_num_queries
):
    discussion = a_story().discussion
    with django_assert_num_queries(1):
        find_new_after(member=ada, discussion=discussion, now=NOW)
    with django_assert_num_queries(0):
        find_new_after(member=AnonymousUser(), discussion=discussion, now=NOW)


def test_a_visitor_has_no_visits(client):
    story = a_story(comments=2)
    marks(client, story, NOW)
    assert not Visit.objects.exists()


def test_a_look_at_nothing_new_writes_nothing(client, ada, django_assert_num_queries):
    discussion = a_story(comments=2).discussion
    record_visit(member=ada, discussion=discussion, now=NOW)
    with django_assert_num_queries(2):
        record_visit(member=ada, discussion=discussion, now=NOW + policy.VISIT_NOTED / 2)
    assert Visit.objects.get().looked_at == NOW


def test_a_visit_that_cannot_be_noted_breaks_no_page(ada, monkeypatch, caplog):
    from django.db import DatabaseError

    from comments.actions import visits

    def broken(*about):
        raise DatabaseError("disk full")

    monkeypatch.setattr(visits, "_look", broken)
    assert record_visit(member=ada, discussion=a_story().discussion, now=NOW) is None
    assert "disk full" in caplog.text

"""Whom a reader ignores: the comments fold, no letters come of it, and nobody else is told."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from forum.accounts.actions import relate
from forum.accounts.models import Relation
from forum.accounts.queries import load_people, load_taste, stance_of
from forum.notifications.models import Notification
from tests.factories import NOW, a_comment, a_member, a_story
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def ada(client):
    member = a_member("Ada")
    client.force_login(member)
    return member


@pytest.fixture
def bob(ada):
    bob = a_member("Bob")
    relate(member=ada, other=bob, kind="ignore", now=NOW)
    return bob


def element(html, comment):
    """The opening tag of a comment on a page, "" where it is not shown."""
    found = re.search(rf'<(?:article|details|p) class="comment[^>]*id="comment-{comment.pk}"[^>]*>', html)
    return found[0] if found else ""


def test_a_comment_of_somebody_ignored_sinks_and_folds_for_this_reader_alone(client, ada, bob):
    story = a_story()
    said = a_comment(story.discussion, author=bob, subject="Of Bob", body="What Bob said.")
    address = story.get_absolute_url()
    assert not element(read(client.get(address)).html, said)
    whole = read(client.get(f"{address}?threshold=-1&full_from=-1")).html
    assert "<details" in element(whole, said)
    assert '<span class="first">ignored</span>' in whole
    client.logout()
    assert "<article" in element(read(client.get(address)).html, said)


def test_the_receipt_tells_why(client, ada, bob):
    said = a_comment(a_story().discussion, author=bob)
    assert "you ignore its author" in read(client.get(f"{said.get_absolute_url()}score/")).words


def test_the_page_of_the_comment_itself_shows_it(client, ada, bob):
    said = a_comment(a_story().discussion, author=bob, body="What Bob said.")
    page = read(client.get(said.get_absolute_url()))
    assert "<article" in element(page.html, said)


def test_no_letter_comes_of_somebody_ignored(ada, bob):
    mine = a_comment(a_story().discussion, author=ada)
    a_comment(author=bob, parent=mine)
    assert not Notification.objects.exists()
    a_comment(author=a_member("Eve"), parent=mine)
    a_comment(parent=mine)
    assert Notification.objects.filter(recipient=ada).count() == 2


def test_nobody_but_the_reader_is_told(client, ada, bob):
    page = read(client.get(reverse("people", args=["Ada"]) + "?of=ignored"))
    assert page.links["Bob"] == bob.get_absolute_url()
    client.force_login(bob)
    assert "gnored" not in read(client.get(reverse("people", args=["Ada"]) + "?of=ignored")).words
    assert "Ada" not in read(client.get(reverse("people", args=["Bob"]) + "?of=ignored")).words
    assert stance_of(bob, ada).theirs == ""
    assert load_taste(bob).people == {}
    assert "ignored" not in dict(load_people(person=ada, word="ignored", page_number="").counts)


def test_one_says_it_on_the_page_of_the_other_and_takes_it_back(client, ada):
    bob = a_member("Bob")
    answer = client.post(reverse("relation", args=["Bob"]), {"kind": "ignore"}, follow=True)
    assert "Bob is ignored by you from now on." in read(answer).words
    assert "Ignored:" in read(client.get(bob.get_absolute_url())).words
    client.post(reverse("relation", args=["Bob"]), {"kind": "friend"})
    assert stance_of(ada, bob).own == "friend"
    client.post(reverse("relation", args=["Bob"]), {"kind": "neither"})
    assert not Relation.objects.exists()


def test_who_ignores_a_fan_knows_both(ada, bob):
    relate(member=bob, other=ada, kind="friend", now=NOW)
    assert load_taste(ada).people[bob.pk] == ("fan and ignored", -6)


def test_the_database_knows_no_other_word(ada, bob):
    with pytest.raises(IntegrityError), transaction.atomic():
        Relation.objects.update(kind="mute")

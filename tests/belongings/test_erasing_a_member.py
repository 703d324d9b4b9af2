"""Whoever wishes it is erased: after a time to change one's mind, nothing tells who it was."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from comments.actions import save_draft
from comments.models import Comment
from comments.rules import Typed
from forum import policy
from forum.accounts.actions import Refused, relate, rename_member
from forum.accounts.models import KarmaChange, Relation, User
from forum.belongings.actions import cancel_erasure, erase_due_members, request_erasure
from forum.belongings.models import Erasure
from forum.notifications.models import Notification
from moderation.actions import flag_comment, spend_point
from moderation.models import Moderation
from tests.belongings.test_taking_along import sign_in
from tests.factories import NOW, a_comment, a_discussion, a_member, an_editor

pytestmark = pytest.mark.django_db
LATER = NOW + policy.ERASURE_GRACE
NAME, ADDRESS, WORDS = "Quetzal Coatl", "feathered@serpent.example", "Teotihuacan"
INSIGHTFUL = 5


def a_canary() -> User:
    """A member whose name, address and words are nowhere else, with as many traces as there can be."""
    member = a_member(NAME, email=ADDRESS, points=3, bio=f"{WORDS} is my city", karma=3)
    other = a_member("Other One", points=3)
    mine = a_comment(author=member, discussion=a_discussion(), subject=f"{WORDS} subject", body=f"{WORDS} words")
    theirs = a_comment(author=other, discussion=a_discussion(), subject="Elms", body="Trees")
    a_comment(author=member, parent=theirs, subject="Re: Elms", body=f"In {WORDS} there are none")
    spend_point(comment=mine, moderator=a_member(points=3), reason=INSIGHTFUL, now=NOW)
    a_comment(author=other, parent=mine, subject="Shame", body="On you")
    relate(member=member, other=other, kind="friend", now=NOW)
    relate(member=other, other=member, kind="foe", now=NOW)
    typed = Typed(subject=WORDS, body=WORDS, markup="plain")
    save_draft(member=member, discussion=mine.discussion, parent=None, typed=typed, now=NOW)
    flag_comment(comment=theirs, member=member, kind="spam", words=f"Not of {WORDS}", now=NOW)
    return member


def tables_with(*words: str) -> dict[str, str]:
    """The tables of the whole database in which a row holds one of the words, and that row."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                if any(word in str(value) for word in words for value in row):
                    found[table] = str(row)
    return found


def erase(member, *, with_words=True):
    request_erasure(member=member, with_words=with_words, now=NOW)
    return erase_due_members(now=LATER, most_comments=100)


def test_no_row_of_the_database_has_name_address_or_words_any_more(client):
    member = a_canary()
    sign_in(client, member)
    key = member.name_key
    assert len(tables_with(NAME, ADDRESS, WORDS)) >= 6
    assert erase(member) == 1
    assert tables_with(NAME, ADDRESS, WORDS, key) == {}
    assert not Session.objects.exists()
    assert not Relation.objects.exists()


def test_what_others_need_stays_under_a_name_that_names_nobody():
    member = a_canary()
    before = list(Comment.objects.order_by("pk").values_list("pk", "author", "parent", "lft", "rght", "score"))
    erase(member, with_words=False)
    assert list(Comment.objects.order_by("pk").values_list("pk", "author", "parent", "lft", "rght", "score")) == before
    member.refresh_from_db()
    assert (member.username, member.is_active, member.email) == (f"Erased member {member.pk}", False, "")
    assert Moderation.objects.active().count() == 1
    assert KarmaChange.objects.filter(member=member).count() == 2
    assert member.karma == 4
    line = Notification.objects.get(event__startswith="reply:", recipient__username="Other One").line
    assert line.startswith(f"Erased member {member.pk} replied")


def test_words_that_may_stay_stay(client):
    member = a_canary()
    erase(member, with_words=False)
    discussion = Comment.objects.filter(author=member).first().discussion
    assert set(tables_with(NAME, ADDRESS)) == set()
    assert "comments_commenttext" in tables_with(WORDS)
    assert discussion.comment_count == Comment.objects.filter(discussion=discussion, hidden_at=None).count()


def test_nothing_happens_before_its_time_and_the_wish_can_be_taken_back():
    member = a_canary()
    request_erasure(member=member, with_words=True, now=NOW)
    assert erase_due_members(now=LATER - timedelta(seconds=1), most_comments=100) == 0
    assert cancel_erasure(member=member)
    assert erase_due_members(now=LATER, most_comments=100) == 0
    assert User.objects.filter(username=NAME).exists()
    assert not cancel_erasure(member=member)


def test_a_long_life_is_erased_in_turns_and_twice_does_no_harm():
    member = a_canary()
    request_erasure(member=member, with_words=True, now=NOW)
    assert erase_due_members(now=LATER, most_comments=1) == 0
    assert User.objects.filter(username=NAME).exists()
    assert erase_due_members(now=LATER, most_comments=100) == 1
    assert erase_due_members(now=LATER, most_comments=100) == 0
    assert tables_with(NAME, ADDRESS, WORDS) == {}


def test_the_name_is_given_to_nobody_else(client):
    erase(a_canary())
    told = {
        "username": "quetzal-c0atl",
        "email": "new@example.org",
        "password1": "x7!kkeiq-Lm",
        "password2": "x7!kkeiq-Lm",
    }
    answer = client.post("/accounts/signup/", told)
    assert "belonged to a member who has left" in answer.content.decode()
    with pytest.raises(Refused, match="has left"):
        rename_member(member=a_member(), name=NAME, actor=an_editor(), reason="Asked", now=LATER)
    told["username"] = "Erased member 12"
    assert "kept for the site itself" in client.post("/accounts/signup/", told).content.decode()


def test_the_page_says_that_the_member_has_left_and_the_thread_names_nobody(client):
    member = a_canary()
    comment = Comment.objects.filter(author=member).first()
    erase(member, with_words=False)
    member.refresh_from_db()
    assert client.get(member.get_absolute_url()).status_code == 410
    page = client.get(comment.get_absolute_url()).content.decode()
    assert NAME not in page
    assert f"Erased member {member.pk}" in page


def test_nobody_is_let_in_any_more(client):
    member = a_canary()
    erase(member)
    member.refresh_from_db()
    assert not member.has_usable_password()
    sign_in(client, member)
    assert client.get("/preferences/").status_code == 302


def test_an_earlier_name_is_gone_as_well():
    member = a_canary()
    rename_member(member=member, name="Another", actor=an_editor("Staff One"), reason="Asked", now=NOW)
    erase(member)
    assert tables_with(NAME, "Another") == {}


def test_the_last_superuser_has_to_find_another_first(client):
    editor = an_editor("Only One")
    with pytest.raises(Refused, match="make somebody else a superuser"):
        request_erasure(member=editor, with_words=False, now=NOW)
    an_editor("Second One")
    assert request_erasure(member=editor, with_words=False, now=NOW)


def test_it_is_wished_on_a_page_signed_with_the_own_name_and_told_by_mail(client):
    member = a_member(NAME, email=ADDRESS)
    sign_in(client, member)
    assert client.post("/account/erase/", {"words": "erase", "name": "Somebody"}).status_code == 422
    assert not Erasure.objects.exists()
    answer = client.post("/account/erase/", {"words": "erase", "name": NAME}, follow=True)
    assert "Keep my account" in answer.content.decode()
    assert Erasure.objects.get().with_words
    told = Notification.objects.get(recipient=member)
    assert "will be erased" in told.line
    assert told.wants_mail
    client.post("/account/erase/cancel/")
    assert not Erasure.objects.exists()


def test_whoever_only_has_the_session_cannot_wish_it(client):
    member = a_member(NAME)
    client.force_login(member)
    answer = client.post("/account/erase/", {"words": "erase", "name": NAME})
    assert "/accounts/reauthenticate/" in answer["Location"]
    assert not Erasure.objects.exists()

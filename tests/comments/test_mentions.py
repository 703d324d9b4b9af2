"""Who is told that a comment names them: once, by somebody with a name, and nobody who would rather not be."""

import pytest

from comments.actions import edit_comment, prepare_words
from forum import policy
from forum.accounts.actions import relate
from forum.accounts.models import User
from forum.management.site import check_site
from forum.notifications.models import Notification
from moderation.actions import erase_comment
from tests.factories import NOW, a_comment, a_discussion, a_member, a_story, an_editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return a_member("Ada")


@pytest.fixture
def bob():
    return a_member("Bob")


def told(member):
    return list(Notification.objects.of(member).order_by("id").values_list("line", flat=True))


def test_a_member_is_told_and_the_name_leads_to_the_page(ada, bob):
    comment = a_comment(author=bob, subject="A question", body="What does @ada think? @Nobody knows.")
    assert told(ada) == ["Bob mentioned you in “A question”"]
    assert Notification.objects.get().link == comment.get_absolute_url()
    assert not Notification.objects.get().wants_mail
    assert '<a href="http://testserver/~Ada/" rel="nofollow ugc noopener">@ada</a>' in comment.text.html
    assert "@Nobody knows" in comment.text.html


def test_once_however_often_and_however_it_is_changed(ada, bob):
    carol = a_member("Carol")
    comment = a_comment(author=bob, body="@Ada @ada @Ada!")
    words = prepare_words(subject="A subject", body="@Ada and @Carol", markup="plain")
    edit_comment(comment=comment, author=bob, words=words, seen=0, now=NOW)
    assert len(told(ada)) == len(told(carol)) == 1


def test_not_the_author_and_not_twice_whoever_is_answered(ada, bob):
    parent = a_comment(author=ada)
    a_comment(parent=parent, author=bob, body="@Ada @Bob hello")
    assert told(ada) == ["Bob replied to your comment “A subject”"]
    assert told(bob) == []


@pytest.mark.parametrize("kind", ["foe", "ignore"])
def test_nobody_who_would_rather_not_hear_of_the_author(ada, bob, kind):
    relate(member=ada, other=bob, kind=kind, now=NOW)
    a_comment(author=bob, body="@Ada, please")
    assert told(ada) == []


def test_an_authors_own_foe_is_told(ada, bob):
    relate(member=bob, other=ada, kind="foe", now=NOW)
    a_comment(author=bob, body="@Ada, you are wrong")
    assert len(told(ada)) == 1


def test_a_name_called_by_nobody_is_a_link_and_tells_nobody(ada, bob):
    comment = a_comment(author=None, writer=bob, body="@Ada is here")
    assert "~Ada/" in comment.text.html
    assert told(ada) == []


def test_who_left_is_not_meant(ada, bob):
    User.objects.filter(pk=ada.pk).update(is_active=False)
    comment = a_comment(author=bob, body="@Ada")
    assert "<a" not in comment.text.html
    assert told(ada) == []


def test_code_and_quotations_tell_nobody(ada, bob):
    a_comment(author=bob, body="> @Ada said so\n\nIndeed.")
    a_comment(author=bob, body="@Ada.method()", markup="code")
    assert told(ada) == []


def test_so_many_are_told(bob):
    crowd = [a_member(f"Crowd{number}") for number in range(policy.MENTIONS_TOLD + 2)]
    a_comment(author=bob, body=", ".join(f"@{member.username}" for member in crowd))
    assert [len(told(member)) for member in crowd] == [1] * policy.MENTIONS_TOLD + [0, 0]


def test_words_without_an_at_ask_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        prepare_words(subject="A subject", body="Some words, ada@example.org", markup="plain")
    with django_assert_num_queries(1):
        prepare_words(subject="A subject", body="@One, @Two and @Three", markup="plain")


def test_erasing_takes_the_subject_out_of_it(ada, bob):
    comment = a_comment(a_discussion(), author=bob, subject="Planted subject", body="@Ada")
    erase_comment(comment=comment, actor=an_editor(), reason="Breaks the law", now=NOW)
    assert not [line for line in told(ada) if "Planted" in line]


def test_the_records_know_it(ada, bob):
    a_comment(a_story().discussion, author=bob, body="@Ada")
    assert [finding.line() for finding in check_site(is_repairing=False)] == []
    Notification.objects.filter(recipient=ada).update(event="mention:999999")
    assert len(list(check_site(is_repairing=False))) == 1

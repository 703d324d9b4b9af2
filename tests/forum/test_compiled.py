"""Queries made into SQL once give what Django would give each time."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from comments.models import Comment
from forum.accounts.models import User
from forum.compiled import Compiled
from tests.factories import NOW, a_comment, a_member

pytestmark = pytest.mark.django_db

SINCE = Compiled(lambda author, since: Comment.objects.filter(author=author, posted_at__gt=since).order_by("pk"))
PARENT = Compiled(lambda parent: Comment.objects.filter(parent=parent).order_by("pk").values_list("pk", "posted_at"))
ABOUT = Compiled(lambda subject: Comment.objects.filter(subject=subject).only("score"))
LOCKED = Compiled(lambda pk: User.objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk", flat=True))


def test_models_come_as_django_makes_them_with_what_is_joined():
    member = a_member()
    comment = a_comment(author=member)
    joined = Compiled(lambda pk: Comment.objects.filter(pk=pk).select_related("author", "text", "discussion"))
    found = joined.first(comment.pk)
    with CaptureQueriesContext(connection) as asked:
        assert (found.author, found.discussion, found.text.source) == (member, comment.discussion, "Some words.")
        assert vars(found).keys() == vars(Comment.objects.select_related("author", "text", "discussion").get()).keys()
    assert len(asked) == 1  # the plain one above
    assert found == comment
    assert found.posted_at == NOW


def test_other_values_bring_other_rows():
    one, other = a_member(), a_member()
    comments = [a_comment(author=one, now=NOW), a_comment(author=one, now=NOW + timedelta(hours=2))]
    a_comment(author=other)
    assert SINCE.all(one.pk, NOW - timedelta(hours=1)) == comments
    assert SINCE.all(one.pk, NOW) == comments[1:]
    assert SINCE.all(one.pk, NOW + timedelta(hours=3)) == []
    assert [comment.author for comment in SINCE.all(other.pk, NOW - timedelta(hours=1))] == [other]
    assert SINCE.first(0, NOW) is None


def test_none_is_another_query():
    first = a_comment()
    reply = a_comment(parent=first)
    assert PARENT.all(None) == [(first.pk, NOW)]
    assert PARENT.all(first.pk) == [(reply.pk, NOW)]
    assert PARENT.all(reply.pk) == []


@pytest.mark.parametrize("number", [2**31, 2**63 - 1, 2**63, 10**30, -(10**30)])
def test_a_number_that_no_column_holds_finds_nothing(number):
    comment = a_comment()
    numbered = Compiled(lambda pk: Comment.objects.filter(pk=pk))
    assert numbered.all(comment.pk) == [comment]
    assert numbered.all(number) == list(Comment.objects.filter(pk=number)) == []


@pytest.mark.parametrize("number", [2**31, 2**63 - 1, 2**63, 10**30])
@pytest.mark.parametrize("address", ["/comment/{}/", "/story/{}/", "/reply/{}/", "/reply/1/{}/", "/comment/{}/score/"])
def test_an_address_with_such_a_number_is_not_found(client, address, number):
    assert client.get(address.format(number)).status_code == 404
    client.force_login(a_member())
    assert client.get(address.format(number)).status_code == 404


@pytest.mark.parametrize("said", ["Ada", "O'Hara %s", "名前", 'a"b\\', "value 0 of a query"])
def test_a_text_is_only_a_value(said):
    comment = a_comment(subject=said)
    a_comment(subject="Something else")
    assert ABOUT.all(said) == [comment]
    assert ABOUT.first(said).get_deferred_fields()
    assert ABOUT.all(f"{said}' OR '1'='1") == []


def test_one_value_may_stand_in_several_places():
    either = Compiled(
        lambda pk, when: Comment.objects.filter(Q(pk=pk, posted_at=when) | Q(parent=pk, posted_at__lt=when))
    )
    first = a_comment(now=NOW)
    a_comment(parent=first, now=NOW)
    assert either.all(first.pk, NOW) == [first]
    assert len(either.all(first.pk, NOW + timedelta(seconds=1))) == 1


def test_the_sql_is_made_once_and_asked_each_time():
    made = []
    counted = Compiled(lambda pk: made.append(pk) or User.objects.filter(pk=pk))
    member = a_member()
    assert counted.first(member.pk).karma == 0
    User.objects.update(karma=7)
    assert counted.first(member.pk).karma == 7
    assert len(made) == 1


def test_a_lock_stays_a_lock():
    member = a_member()
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        assert LOCKED.all(member.pk) == [member.pk]
        LOCKED.all(member.pk)
    assert all(("FOR NO KEY UPDATE" in one["sql"]) == (connection.vendor == "postgresql") for one in asked)


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_through_its_own_connection():
    comment, found = a_comment(subject="Threads"), []
    ABOUT.all("Something else")

    def ask():
        found.append(ABOUT.all("Threads"))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[comment]] * 4


def test_what_does_not_stand_in_the_sql_as_it_is_is_refused():
    with pytest.raises(ValueError, match="does not stand"):
        Compiled(lambda start: User.objects.filter(username__startswith=start)).all("A")
    with pytest.raises(ValueError, match="does not stand"):
        Compiled(lambda most: User.objects.all()[:most]).all(2)
    with pytest.raises(ValueError, match="prefetched"):
        Compiled(lambda pk: Comment.objects.filter(pk=pk).prefetch_related("author")).all(1)
    with pytest.raises(TypeError, match="cannot change"):
        Compiled(lambda staff: User.objects.filter(is_staff=staff)).all(True)

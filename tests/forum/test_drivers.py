"""What the drivers give is what Django would have given, only sooner."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DataError, connection, transaction
from django.db.models import BigIntegerField, F, IntegerField, SmallIntegerField, Value

from comments.models import Comment
from comments.queries import COLUMNS
from comments.tree import ROOT_RIGHT
from forum.accounts.models import User
from forum.drivers import QuickTimes, plain_rows
from tests.factories import a_comment, a_member, a_story

pytestmark = pytest.mark.django_db

MOMENTS = [
    datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC),
    datetime(2026, 5, 4, 12, 0, 0, 500_000, tzinfo=UTC),
    datetime(2026, 5, 4, 12, 0, 0, 1, tzinfo=UTC),
    datetime(1997, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1, 1, 1, 0, 0, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 5, 4, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=45))),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_time_is_read_as_it_was_written(moment):
    member = a_member()
    User.objects.filter(pk=member.pk).update(joined_at=moment)
    read = User.objects.values_list("joined_at", flat=True).get(pk=member.pk)
    assert read == moment
    assert read.utcoffset() == timedelta(0)
    assert plain_rows(User.objects.filter(pk=member.pk).values_list("joined_at", "last_login")) == [(moment, None)]


def test_comments_are_read_as_django_reads_them():
    story = a_story()
    first = a_comment(story.discussion, author=a_member("Ada"), subject="Ünder <b>")
    a_comment(parent=first)
    Comment.objects.filter(pk=first.pk).update(hidden_at=MOMENTS[1], has_bonus=True, had_bonus=True)
    found = Comment.objects.order_by("id").values_list(*COLUMNS)
    rows = plain_rows(found)
    assert rows == list(found)
    assert len(rows) == 2
    assert [[type(value) for value in row] for row in rows] == [[type(value) for value in row] for row in found]


def test_what_nothing_can_match_is_not_asked_for(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert plain_rows(Comment.objects.filter(pk__in=[]).values_list("id")) == []


@pytest.mark.lane("sqlite")
@pytest.mark.parametrize("written", ["2026-05-04T12:00:00Z", "2026-05-04 14:00:00+02:00", "2026-05-04T12:00:00"])
def test_a_time_that_other_hands_have_written_is_understood(written):
    member = a_member()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET joined_at = %s WHERE id = %s", [written, member.pk])
    read = User.objects.values_list("joined_at", flat=True).get(pk=member.pk)
    assert read == datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.lane("postgresql+redis")
@pytest.mark.parametrize("setting", ["TimeZone TO 'Asia/Kathmandu'", "DateStyle TO 'ISO, DMY'"])
def test_a_session_that_says_times_otherwise_is_understood(setting):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {setting}")
        cursor.execute("SELECT '2026-05-04 12:00:00.25+00'::timestamptz")
        assert cursor.fetchone() == (datetime(2026, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC),)


@pytest.mark.lane("postgresql+redis")
def test_every_connection_reads_times_quickly():
    connection.ensure_connection()
    assert connection.connection.adapters.get_loader(1184, 0) is QuickTimes  # timestamptz, as text


@pytest.mark.lane("postgresql+redis")
def test_what_a_connection_is_asked_often_is_planned_once():
    member = a_member()
    for _ in range(20):
        User.objects.filter(pk=member.pk).update(karma=3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'UPDATE%%karma%%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize("number", [0, 2**15 - 1, 2**15, 2**31 - 1, 2**31, 2**59, -(2**15) - 1, -(2**31) - 1, -(2**59)])
@pytest.mark.parametrize("kind", [SmallIntegerField, IntegerField, BigIntegerField])
def test_a_number_in_an_expression_is_as_large_as_it_was_written(number, kind):
    comment = a_comment()
    found = Comment.objects.annotate(sum=F("lft") + Value(number, output_field=kind())).values_list("lft", "sum")
    for _ in range(7):  # the first times otherwise than when it is prepared
        lft, total = found.get(pk=comment.pk)
        assert total == lft + number
    Comment.objects.filter(pk=comment.pk).update(rght=F("rght") - 2**59)
    comment.refresh_from_db()
    assert comment.rght == ROOT_RIGHT - 2**59


@pytest.mark.lane("postgresql+redis")
def test_a_number_that_no_column_holds_is_refused_aloud():
    comment = a_comment()
    with pytest.raises(DataError, match="out of range"), transaction.atomic():
        Comment.objects.filter(pk=comment.pk).update(rght=F("rght") + 2**63)

"""The read log: one statement for a page of a member, which breaks no page whatever happens to it."""

from datetime import timedelta
from threading import Event, Thread
from time import perf_counter

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from moderation.actions import forget_old_reads, record_read
from moderation.models import ReadHour
from tests.factories import NOW, a_comment, a_member, a_story, some_reads
from tests.pages import queries_of
from tests.surroundings import SQLITE

HOUR = timedelta(hours=1)
INSERT = "moderation.actions.reading.COUNT_ONE_MORE"


@pytest.mark.django_db
def test_pages_are_counted_by_the_hour():
    member = a_member()
    some_reads(member, 2, now=NOW)
    some_reads(member, 1, now=NOW + HOUR - timedelta(seconds=1))
    some_reads(member, 1, now=NOW + HOUR)
    assert list(ReadHour.objects.order_by("hour").values_list("hour", "hits")) == [(NOW, 3), (NOW + HOUR, 1)]


@pytest.mark.django_db
def test_counting_costs_one_statement(django_assert_num_queries):
    member = a_member()
    with django_assert_num_queries(1):
        assert record_read(member=member, now=NOW)


@pytest.mark.django_db
def test_a_members_pages_of_stories_and_comments_count_and_no_others(client, at_noon):
    story, member = a_story(comments=2), a_member()
    client.force_login(member)
    for address in (story.get_absolute_url(), reverse("comment", args=[a_comment().pk]), reverse("front")):
        assert client.get(address).status_code == 200
    assert list(ReadHour.objects.values_list("member", "hour", "hits")) == [(member.pk, NOW, 2)]


@pytest.mark.django_db
def test_visitors_are_not_counted(client, at_noon, django_assert_num_queries):
    story = a_story(comments=2)
    queries = queries_of(client, story.get_absolute_url())
    assert not ReadHour.objects.exists()
    with django_assert_num_queries(queries - 1):  # the thread is rendered already
        client.get(story.get_absolute_url())


@pytest.mark.django_db(transaction=True)
def test_a_count_that_fails_breaks_no_page(client, at_noon, monkeypatch, caplog):
    story = a_story(comments=2)
    client.force_login(a_member())
    monkeypatch.setattr(INSERT, "INSERT INTO nowhere VALUES (%s, %s)")
    assert client.get(story.get_absolute_url()).status_code == 200
    assert "was not counted" in caplog.text
    assert not ReadHour.objects.exists()


@pytest.mark.lane(SQLITE)
@pytest.mark.django_db(transaction=True)
def test_no_page_waits_for_a_busy_sqlite():
    member, writes, done = a_member(), Event(), Event()

    def import_for_long():
        try:
            with transaction.atomic():
                writes.set()
                done.wait(30)
        finally:
            connection.close()

    other = Thread(target=import_for_long)
    other.start()
    writes.wait(30)
    before = perf_counter()
    counted = record_read(member=member, now=NOW)
    waited = perf_counter() - before
    done.set()
    other.join()
    assert not counted
    assert waited < 2


@pytest.mark.lane(SQLITE)
@pytest.mark.django_db(transaction=True)
def test_sqlite_is_patient_again_after_a_count():
    member = a_member()
    before = connection.connection.execute("PRAGMA busy_timeout").fetchone()
    record_read(member=member, now=NOW)
    assert connection.connection.execute("PRAGMA busy_timeout").fetchone() == before


@pytest.mark.django_db
def test_any_error_of_the_database_is_only_logged(monkeypatch, caplog):
    def broken(*_):
        raise DatabaseError("The disk is full.")

    monkeypatch.setattr("moderation.actions.reading._count_one_more", broken)
    assert record_read(member=a_member(), now=NOW) is False
    assert "The disk is full." in caplog.text


@pytest.mark.django_db
def test_old_counts_are_forgotten():
    member = a_member()
    record_read(member=member, now=NOW - timedelta(days=31))
    record_read(member=member, now=NOW - timedelta(days=29))
    assert forget_old_reads(now=NOW) == 1
    assert ReadHour.objects.count() == 1

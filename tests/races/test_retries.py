"""Two that wait for each other: the database breaks one off, and it is tried again unseen."""

from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction

from forum.accounts.models import User
from forum.retries import retried
from tests.crowd import at_the_same_moment
from tests.factories import a_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.lane("postgresql+redis")]


def crossing(first, second, meeting, attempts):
    """Lock one member, wait until the other side has locked the other one, and lock that as well."""

    @transaction.atomic
    def act():
        attempts.append(first.pk)
        User.objects.select_for_update().get(pk=first.pk)
        if attempts.count(first.pk) == 1:
            meeting.wait(timeout=20)
        User.objects.select_for_update().get(pk=second.pk)
        return "done"

    return act


def test_a_real_deadlock_is_tried_again_and_nobody_sees_it():
    one, other, attempts = a_member(), a_member(), []
    meeting = Barrier(2)
    pair = (crossing(one, other, meeting, attempts), crossing(other, one, meeting, attempts))
    assert at_the_same_moment(*(retried(act) for act in pair)) == ["done", "done"]
    assert len(attempts) == 3


def test_without_another_try_one_of_two_crossing_fails():
    one, other, attempts = a_member(), a_member(), []
    meeting = Barrier(2)
    outcomes = at_the_same_moment(crossing(one, other, meeting, attempts), crossing(other, one, meeting, attempts))
    (problem,) = [outcome for outcome in outcomes if outcome != "done"]
    assert isinstance(problem, OperationalError)
    assert problem.__cause__.sqlstate == "40P01"


def test_a_transaction_that_read_what_another_changed_is_tried_again():
    member, tries = a_member(), []

    @retried
    @transaction.atomic
    def write_what_was_read():
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        karma = User.objects.get(pk=member.pk).karma
        if len(tries) == 1:
            (outcome,) = at_the_same_moment(lambda: User.objects.filter(pk=member.pk).update(karma=7))
            assert outcome == 1
        User.objects.filter(pk=member.pk).update(karma=karma + 1)

    write_what_was_read()
    assert (len(tries), User.objects.get(pk=member.pk).karma) == (2, 8)


def test_inside_a_larger_transaction_only_that_one_can_be_tried_again():
    tries = []

    @retried
    def broken_off():
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'as if' USING ERRCODE = '40P01'; END $$")

    with pytest.raises(OperationalError), transaction.atomic():
        broken_off()
    assert len(tries) == 1

"""What a policy may be, and how two are told apart, from values alone."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.bounds import bound_of
from forum.presets import PRESETS, SLASHDOT, SOYLENTNEWS, THRESHOLD, Consequence, Policy, ReasonRule
from forum.rulebook.rules import (
    TABLES,
    BadSpan,
    check_policy,
    differences,
    numbers_in_words,
    read_span,
    span_words,
)


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("14 days", timedelta(days=14)),
        ("1 day 12 hours", timedelta(hours=36)),
        ("1 day and 12 hours", timedelta(hours=36)),
        ("2 Minutes", timedelta(minutes=2)),
        ("1.5 hours", timedelta(minutes=90)),
        ("0", timedelta(0)),
        ("  0 ", timedelta(0)),
    ],
)
def test_spans_are_read_as_people_write_them(words, span):
    assert read_span(words) == span


@pytest.mark.parametrize("words", ["soon", "14", "days", "3 weeks", "-1 day", "1 day x", "9" * 400 + " days"])
def test_words_that_tell_no_span_are_refused(words):
    with pytest.raises(BadSpan):
        read_span(words)


@given(st.integers(0, 10**8))
def test_a_span_is_read_again_as_it_was_told(seconds):
    span = timedelta(seconds=seconds)
    assert read_span(span_words(span)) == span


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_what_comes_with_the_site_may_come_into_force(preset):
    assert not check_policy(preset)


def test_every_number_has_a_bound_that_is_kept():
    for field in fields(Policy):
        bound = bound_of(field.name)
        if bound is None:
            continue
        unit = timedelta(seconds=1) if isinstance(bound.most, timedelta) else 1
        row = getattr(THRESHOLD, field.name)
        for value in (bound.most + unit, bound.least - unit):
            wrong = (*row[1:], value) if isinstance(row, tuple) else value
            assert field.name in {fault.name for fault in check_policy(replace(THRESHOLD, **{field.name: wrong}))}


def test_every_number_but_the_name_is_told_in_words():
    told = {one.name for one in numbers_in_words(THRESHOLD)}
    assert told == {field.name for field in fields(Policy)} - {"name"}


def test_a_policy_is_not_different_from_itself():
    assert not differences(SOYLENTNEWS, replace(SOYLENTNEWS, name="another"))


def test_each_number_that_changes_is_one_difference():
    changes = {(one.name, one.before, one.after) for one in differences(THRESHOLD, SLASHDOT)}
    assert ("undo_within", "2 minutes", "0") in changes
    assert ("pair_cap", "5", "0") in changes
    assert {one[0] for one in changes} == {
        field.name for field in fields(Policy) if field.name != "name" and _differs(field.name)
    }


def _differs(name) -> bool:
    return getattr(THRESHOLD, name) != getattr(SLASHDOT, name)


def test_tables_differ_row_by_row():
    changes = [one for one in differences(THRESHOLD, SOYLENTNEWS) if one.name in TABLES]
    assert ("Reason Spam", "–", "karma −10") in {(one.words, one.before, one.after) for one in changes}
    assert {one.words for one in changes if one.name == "reasons"} == {
        f"Reason {name}" for name in ("Overrated", "Underrated", "Touché", "Disagree", "Spam")
    }


def test_another_order_of_the_reasons_is_a_difference():
    turned = replace(THRESHOLD, reasons=THRESHOLD.reasons[::-1])
    (change,) = differences(THRESHOLD, turned)
    assert change.before.startswith("Offtopic")
    assert change.after.startswith("Underrated")


def test_a_reason_cannot_be_offered_twice():
    twice = replace(THRESHOLD, reasons=(ReasonRule(5, 1), ReasonRule(5, 2)))
    assert [fault.words for fault in check_policy(twice)] == ["Each reason can be offered once."]


@pytest.mark.parametrize("amount", [1e300, -1e300, float("nan"), float("inf")])
@pytest.mark.parametrize("column", ["fair_voters", "unfair_voters", "moderator_tokens", "moderator_karma"])
def test_no_verdict_moves_more_than_a_balance_can_hold(column, amount):
    row = replace(Consequence(1.0, 0, 0, 0, 0), **{column: amount})
    faults = check_policy(replace(THRESHOLD, consequences=(THRESHOLD.consequences[0], row)))
    assert {fault.name for fault in faults} == {"consequences"}


def test_no_penalty_is_larger_than_a_balance_can_hold():
    faults = check_policy(replace(THRESHOLD, repeat_penalties=((3, -(10**30)),)))
    assert {fault.name for fault in faults} == {"repeat_penalties"}


def test_a_comment_cannot_be_moderated_for_longer_than_its_origin_is_known():
    assert not check_policy(replace(THRESHOLD, window=timedelta(days=14)))
    assert {fault.name for fault in check_policy(replace(THRESHOLD, window=timedelta(days=15)))} == {"window"}

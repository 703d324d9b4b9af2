"""Many tabs call people friend or foe at once: one word for each pair, never more than the limit, no deadlock."""

from functools import partial

import pytest

from forum import policy
from forum.accounts.actions import Refused, relate
from forum.accounts.models import Relation
from tests.crowd import all_at_once, at_the_same_moment, many, shuffled
from tests.factories import NOW, a_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_tabs_one_word_stays():
    ada, bob = a_member("Ada"), a_member("Bob")
    for _ in range(many(8, on_sqlite=2)):
        said = [
            partial(relate, member=ada, other=bob, kind=kind, now=NOW) for kind in ("friend", "foe", "friend", None)
        ]
        assert at_the_same_moment(*said) == [None] * len(said)
        assert Relation.objects.count() <= 1


def test_nobody_gets_past_the_limit_by_haste(monkeypatch):
    monkeypatch.setattr(policy, "RELATIONS_MAX", 3)
    ada, crowd = a_member("Ada"), [a_member() for _ in range(8)]
    outcomes = at_the_same_moment(*(partial(relate, member=ada, other=one, kind="foe", now=NOW) for one in crowd))
    assert [one for one in outcomes if one is not None and not isinstance(one, Refused)] == []
    assert outcomes.count(None) == Relation.objects.filter(member=ada).count() == policy.RELATIONS_MAX


def test_everybody_calls_everybody_something_and_nobody_waits_for_ever():
    crowd = [a_member() for _ in range(5)]
    pairs = [(one, other) for one in crowd for other in crowd if one != other]
    said = shuffled(
        partial(relate, member=one, other=other, kind=kind, now=NOW)
        for one, other in pairs
        for kind in ("friend", None, "foe")
        for _ in range(many(3, on_sqlite=1))
    )
    assert set(all_at_once(said, writers=6)) == {None}
    kept = list(Relation.objects.values_list("member", "other"))
    assert len(kept) == len(set(kept))

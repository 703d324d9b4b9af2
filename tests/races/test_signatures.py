"""Tabs and members change signatures at once: of one member's tabs one wins, and nobody waits for ever."""

from functools import partial

import pytest

from forum.accounts.actions import Refused, change_signature
from forum.accounts.models import NameStamp, User
from tests.crowd import at_the_same_moment
from tests.factories import NOW, a_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_tabs_one_signature_stays_and_is_what_was_rendered():
    ada = a_member("Ada")
    words = [f"Words {number}" for number in range(6)]
    outcomes = at_the_same_moment(*(partial(change_signature, member=ada, signature=one, now=NOW) for one in words))
    assert outcomes.count(True) == 1
    assert sum(isinstance(one, Refused) for one in outcomes) == len(words) - 1
    kept = User.objects.get(pk=ada.pk)
    assert kept.signature == words[outcomes.index(True)]
    assert kept.signature in kept.signature_html


def test_every_change_of_many_members_makes_kept_pages_old():
    crowd = [a_member() for _ in range(6)]
    said = [partial(change_signature, member=one, signature="Penguins", now=NOW) for one in crowd]
    assert at_the_same_moment(*said) == [True] * len(crowd)
    assert NameStamp.objects.get(pk=1).version == len(crowd)

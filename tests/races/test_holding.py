"""One form that looks like spam is sent many times at once: one text waits for staff, and everybody is told so."""

from functools import partial

import pytest
from django.db import transaction

from comments.actions import prepare_words
from forum.presets import THRESHOLD
from moderation.actions import hold_suspect, learn
from moderation.models import Held
from tests.crowd import at_the_same_moment
from tests.factories import NOW, UNLIMITED, a_comment, a_discussion, a_policy
from tests.moderation.test_holding import ENOUGH, GOOD, SPAM

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_form_sent_many_times_at_once_waits_once():
    a_policy(THRESHOLD, **UNLIMITED)
    for number in range(ENOUGH):
        for is_spam, words in ((True, SPAM), (False, GOOD)):
            with transaction.atomic():
                learn(a_comment(body=f"{words}, number {number}."), is_spam=is_spam, now=NOW)
    said = {"discussion": a_discussion(), "author": None, "parent": None, "form_key": "one form", "now": NOW}
    words = prepare_words(subject="An offer", body=SPAM, markup="plain")
    outcomes = at_the_same_moment(*[partial(hold_suspect, words=words, **said)] * 6)
    assert outcomes == [Held.objects.get()] * 6

"""One solution comes with many comments at the same moment: it is worth one of them."""

from functools import partial

import pytest
from django.utils import timezone

from comments.actions import prepare_words
from comments.models import Comment
from forum.accounts.actions import NoSolution
from forum.accounts.models import SpentChallenge
from forum.presets import THRESHOLD
from moderation.actions import take_part
from tests.crowd import at_the_same_moment, many
from tests.factories import UNLIMITED, a_discussion, a_policy, a_solution

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_solution_that_comes_many_times_at_once_posts_once():
    a_policy(THRESHOLD, **UNLIMITED, anonymous_challenge=4)
    now = timezone.now()
    for _ in range(many(10, on_sqlite=3)):
        Comment.objects.all().delete()
        solution = a_solution(now=now)
        # In different discussions, so that no lock of one puts them in a row.
        acts = [
            partial(
                take_part,
                discussion=a_discussion(now=now),
                author=None,
                parent=None,
                words=prepare_words(subject="A subject", body=f"Words, number {number}.", markup="plain"),
                form_key=f"form {number}",
                now=now,
                solution=solution,
            )
            for number in range(6)
        ]
        outcomes = at_the_same_moment(*acts)
        refused = [one for one in outcomes if isinstance(one, NoSolution)]
        posted = [one for one in outcomes if isinstance(one, Comment)]
        assert (len(posted), len(refused)) == (1, 5), outcomes
        assert Comment.objects.get() == posted[0]
    assert SpentChallenge.objects.count() == many(10, on_sqlite=3)

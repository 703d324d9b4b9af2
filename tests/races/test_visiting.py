"""Two tabs of one member begin one visit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from comments.actions import record_visit
from comments.models import Visit
from forum import policy
from tests.factories import NOW, a_comment, a_member, a_story

pytestmark = pytest.mark.django_db(transaction=True)
TABS = 6


def look(member, discussion, now):
    try:
        return record_visit(member=member, discussion=discussion, now=now)
    finally:
        connection.close()


def test_tabs_that_open_at_once_mark_the_same_comments():
    story, member = a_story(), a_member()
    old = a_comment(story.discussion)
    with ThreadPoolExecutor(TABS) as pool:
        first = list(pool.map(lambda _: look(member, story.discussion, NOW), range(TABS)))
    # The first of them finds nothing, the others may find what it wrote; neither marks anything.
    assert set(first) <= {None, old.pk}
    a_comment(story.discussion)
    later = NOW + policy.VISIT_GAP + timedelta(hours=1)
    with ThreadPoolExecutor(TABS) as pool:
        begun = list(pool.map(lambda _: look(member, story.discussion, later), range(TABS)))
    assert set(begun) == {old.pk}
    assert Visit.objects.get().seen_before == old.pk

"""A moderator in an imported discussion: its comments have no time of their own, so the discussion's counts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from forum.presets import THRESHOLD
from forum.reading import Reading
from moderation.actions import grant_points
from stories.actions import import_raw
from stories.archive import read_file
from stories.models import Story
from stories.queries import load_story_page
from tests.factories import a_member

pytestmark = pytest.mark.django_db


def choices_offered(*, after: timedelta) -> int:
    imported_at = timezone.now()
    raw = read_file("stories/seeds/0177069105.txt")
    import_raw(raw=raw, encoding="utf-8", zone="America/New_York", dry_run=False, now=imported_at)
    now, member = imported_at + after, a_member()
    grant_points(member=member, points=1, actor=a_member(is_staff=True), reason="a test", now=now)
    page = load_story_page(story=Story.objects.get(), reading=Reading(), member=member, now=now)
    return b"".join(page.thread.html).count(b'name="reason-')


def test_a_fresh_import_can_be_moderated():
    assert choices_offered(after=timedelta(0)) > 0


def test_an_import_that_is_older_than_the_window_cannot():
    assert choices_offered(after=THRESHOLD.window + timedelta(minutes=1)) == 0

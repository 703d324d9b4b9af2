"""A day of a discussion site: whom moderators reach from the desk, and whom they reach when they read from the top."""

from datetime import timedelta
from random import Random

import pytest
from django.core.cache import cache

from forum import policy
from forum.accounts.actions import Refused
from forum.reading import Reading
from moderation.actions import spend_point
from moderation.models import Moderation
from moderation.queries import load_waiting
from moderation.rules import desk as rules
from tests.factories import NOW, a_comment, a_discussion, a_member

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DISCUSSIONS, COMMENTS, POSTING_HOURS, HOURS = 3, 50, 8, 12
POINTS_PER_COMMENT, POINTS = 0.75, 5  # as on Slashdot
EARLY_ON_SLASHDOT, LATE_ON_SLASHDOT = 0.59, 0.07  # shares ever moderated (Lampe and Resnick 2004)
REASONS = (5, 6, 7, 8)


def a_day(lot: Random) -> list:
    """A day in which people talk for eight hours and moderators come for twelve; the discussions."""
    begins = NOW - HOURS * HOUR
    discussions = [a_discussion(f"Discussion {n}", now=begins) for n in range(DISCUSSIONS)]
    talkers = [None, *(a_member(now=begins) for _ in range(5))]
    moderators = round(DISCUSSIONS * COMMENTS * POINTS_PER_COMMENT / POINTS)
    said = {discussion: [] for discussion in discussions}
    happenings = [(lot.uniform(0, POSTING_HOURS), "post", one) for one in discussions for _ in range(COMMENTS)]
    happenings += [(HOURS * (n + 1) / moderators, "moderate", None) for n in range(moderators)]
    for hours, what, discussion in sorted(happenings, key=lambda one: one[0]):
        now = begins + hours * HOUR
        if what == "moderate":
            moderate_from_the_desk(now, lot)
            continue
        parent = lot.choice(said[discussion]) if said[discussion] and lot.random() < 0.7 else None
        said[discussion].append(a_comment(discussion, author=lot.choice(talkers), parent=parent, now=now))
    return discussions


def moderate_from_the_desk(now, lot):
    """Somebody with five points reads what the desk shows and spends them on what pleases."""
    moderator = a_member(points=POINTS, now=now)
    page = load_waiting(member=moderator, reading=Reading(), seen_up_to=0, now=now)
    for one in lot.sample(page.waiting, min(POINTS, len(page.waiting))):
        comment = one.said.discussion.comments.get(pk=one.said.row.id)
        try:
            spend_point(comment=comment, moderator=moderator, reason=lot.choice(REASONS), now=now)
        except Refused:
            continue  # at the highest score already


def shares_by_fifth(discussions) -> list[float]:
    """The share of comments that somebody moderated, by fifths of their discussions."""
    moderated = set(Moderation.objects.values_list("comment_id", flat=True))
    found = [[] for _ in policy.DESK_BY_FIFTH]
    for discussion in discussions:
        ids = sorted(discussion.comments.values_list("pk", flat=True))
        for place, pk in enumerate(ids):
            found[rules.fifth_of(place, len(ids))].append(pk in moderated)
    return [sum(fifth) / len(fifth) for fifth in found]


@pytest.fixture(autouse=True)
def nobody_has_looked_yet():
    cache.clear()


@pytest.mark.parametrize("seed", [1, 2])
def test_from_the_desk_late_comments_are_moderated_as_often_as_early_ones(seed):
    shares = shares_by_fifth(a_day(Random(seed)))
    first, last = shares[0], shares[-1]
    assert last >= EARLY_ON_SLASHDOT
    assert last / first > 5 * LATE_ON_SLASHDOT / EARLY_ON_SLASHDOT
    assert min(shares) >= 4 * LATE_ON_SLASHDOT


def test_from_the_top_they_are_not(monkeypatch):
    """The control: the same day with a desk that shows what a reader would meet first."""
    monkeypatch.setattr(rules, "by_need", lambda cases, **_: sorted(cases, key=lambda one: one.id))
    shares = shares_by_fifth(a_day(Random(1)))
    assert shares[-1] <= LATE_ON_SLASHDOT < shares[0] / 4

"""What a member has seen of a discussion, so that the next visit can show what is new."""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.db.models import F, QuerySet

from comments.models import Comment, Discussion, Visit
from forum import policy
from forum.accounts.models import User
from forum.compiled import Compiled
from forum.retries import impatiently

log = logging.getLogger(__name__)


NEWEST = Compiled(
    lambda discussion: Comment.objects.filter(discussion=discussion).order_by("-id").values_list("pk", flat=True)[:1]
)


def _visits(member_id: int, discussion_id: int) -> QuerySet[Visit]:
    return Visit.objects.filter(member=member_id, discussion=discussion_id)


VISIT = Compiled(_visits)


def record_visit(*, member, discussion: Discussion, now: datetime) -> int | None:
    """Note that a member looks at a discussion; returns the number after which its comments are new to the member.

    None on the first visit, when everything would be. A visit ends with a pause of policy.VISIT_GAP, so what is new
    stays marked while the member reads and reloads. A page is never refused for it: what goes wrong is logged.
    """
    if not member.is_authenticated:
        return None
    newest = NEWEST.first(discussion.pk) or 0
    try:
        with impatiently():
            return _look(member.pk, discussion.pk, newest, now)
    except DatabaseError as problem:
        log.warning("A visit of member %s to discussion %s was not noted: %s", member.pk, discussion.pk, problem)
        return None


def _look(member_id: int, discussion_id: int, newest: int, now: datetime) -> int | None:
    visits, visit = _visits(member_id, discussion_id), VISIT.first(member_id, discussion_id)
    if visit is None:
        first = Visit(member_id=member_id, discussion_id=discussion_id, seen_before=newest, seen_now=newest)
        first.looked_at = now
        Visit.objects.bulk_create([first], ignore_conflicts=True)  # two tabs may open at once
        return None
    if visit.is_over(now):
        # The condition stands in the UPDATE: of two tabs one begins the visit, and both read what it says.
        begun = visits.filter(looked_at=visit.looked_at)
        begun.update(seen_before=F("seen_now"), seen_now=newest, looked_at=now)
        return visits.values_list("seen_before", flat=True).get()
    if newest > visit.seen_now or now - visit.looked_at >= policy.VISIT_NOTED:
        visits.update(seen_now=newest, looked_at=now)
    return visit.seen_before


def forget_visits(*, member: User) -> None:
    """Forget how far a member has read anywhere."""
    Visit.objects.filter(member=member).delete()

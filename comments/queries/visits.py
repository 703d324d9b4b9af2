"""What is new to a member in a discussion."""

from datetime import datetime

from comments.models import Discussion, Visit


def find_new_after(*, member, discussion: Discussion, now: datetime) -> int | None:
    """What ``comments.actions.record_visit`` would return, for a page that is no visit: nothing is noted."""
    if not member.is_authenticated:
        return None
    visit = Visit.objects.filter(member=member, discussion=discussion).first()
    return visit and visit.new_after(now)

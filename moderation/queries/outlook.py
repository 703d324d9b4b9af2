"""What another policy would mean for this site as it is now, in numbers; nothing is changed by asking."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, QuerySet

from comments.models import Comment, Discussion
from comments.rules import score_words, starting_score
from forum import policy
from forum.accounts.models import User
from forum.presets import DAILY, Policy
from moderation import rules
from moderation.models.eligibility import count_reads, in_good_standing, last_number


class Effect(NamedTuple):
    """One number of the site under the policy in force and under the other one."""

    words: str
    before: str
    after: str


def load_outlook(*, before: Policy, after: Policy, now: datetime) -> list[Effect]:
    """What is different between two policies on this site; lines that stay the same are told, too."""
    return [Effect(words, tell(before, now), tell(after, now)) for words, tell in LINES.items()]


def eligible(numbers: Policy, now: datetime) -> QuerySet[User]:
    """The members that a policy would give points to, before lots are drawn."""
    members, last = in_good_standing(numbers, now), last_number(numbers)
    if last is not None:
        members = members.filter(pk__lte=last)
    return members.filter(pk__in=count_reads(numbers, now)) if numbers.reads_min else members


def _newest_number() -> int:
    return User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _eligible(numbers: Policy, now: datetime) -> str:
    return f"{eligible(numbers, now).count():,}"


def _may_lower(numbers: Policy, now: datetime) -> str:
    return f"{eligible(numbers, now).filter(karma__gte=numbers.down_karma_min).count():,}"


def _points_a_day(numbers: Policy, now: datetime) -> str:
    if numbers.grant_mode == DAILY:
        return f"about {eligible(numbers, now).count() * min(numbers.daily_points, numbers.points_max):,}"
    comments = _posted(now).filter(posted_at__gte=now - policy.OUTLOOK_SPAN).count() / policy.OUTLOOK_SPAN.days
    return f"about {comments * numbers.tokens_per_comment / numbers.tokens_per_point:,.0f}"


def _posted(now: datetime) -> QuerySet[Comment]:
    """The comments that readers see in open discussions: as many as some weeks bring, however old the site."""
    return Comment.objects.filter(discussion__in=Discussion.objects.open(now), hidden_at=None)


def _open_to_moderation(numbers: Policy, now: datetime) -> str:
    return f"{_posted(now).filter(posted_at__gte=now - numbers.window).count():,}"


def _too_old(numbers: Policy, now: datetime) -> str:
    return f"{_posted(now).filter(posted_at__lt=now - numbers.window).count():,}"


def _reasons(numbers: Policy, now: datetime) -> str:
    return ", ".join(rule.name for rule in numbers.reasons)


def _starts(numbers: Policy, now: datetime) -> str:
    """Where the next comments of the members would start, by their karma now."""
    members = User.objects.filter(is_active=True, banned_at=None).order_by("karma").values_list("karma")
    counts: Counter[str] = Counter()
    for karma, count in members.annotate(Count("pk")):
        start = starting_score(karma=karma, numbers=numbers)
        counts[score_words(start.score) + " with the bonus" * start.has_bonus] += count
    return ", ".join(f"{count:,} at {words}" for words, count in counts.items()) or "nobody"


def _anonymous(numbers: Policy, now: datetime) -> str:
    return score_words(numbers.start_anonymous)


def _judges(numbers: Policy, now: datetime) -> str:
    if not numbers.metamoderation:
        return "nobody: it is off"
    oldest = User.objects.filter(pk__lte=int(_newest_number() * numbers.meta_oldest_share))
    able = oldest.filter(is_active=True, is_willing_to_moderate=True, banned_at=None, karma__gte=numbers.min_karma)
    return f"{able.count():,}"


def _votes(numbers: Policy, now: datetime) -> str:
    return f"{rules.votes_wanted(numbers, _newest_number())}" if numbers.metamoderation else "none"


LINES: dict[str, Callable[[Policy, datetime], str]] = {
    "Members who can be given points now": _eligible,
    "Of these, members who may moderate downwards": _may_lower,
    "Points a day, as busy as the last two weeks were": _points_a_day,
    "Reasons offered": _reasons,
    "Comments that can be moderated now": _open_to_moderation,
    "Comments of open discussions too old to be moderated": _too_old,
    "Members' next comments start": _starts,
    "An Anonymous Coward's next comment starts at": _anonymous,
    "Members who may metamoderate": _judges,
    "Votes wanted on a new moderation": _votes,
}

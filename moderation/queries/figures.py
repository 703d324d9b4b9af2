"""The economy of moderation in figures: what came and went, and how well comments were reached.

Flows are summed by day in the database. Shares and times look into the newest discussions of the span only, so that
the page answers at once on a site of any size.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low

from django.db import connection
from django.db.models import Aggregate, Count, Exists, F, Min, OuterRef, QuerySet, Sum, Window
from django.db.models.functions import Ntile, TruncDate
from django.utils.timezone import get_current_timezone

from comments.models import Comment, Discussion
from forum import policy
from moderation.models import Moderation, Moderator, PointEntry, PointGrant, TokenEntry, Verdict

Flows = Mapping[tuple[date, str], int]  # what happened of each kind on each day


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some comments were moderated, or how many votes on some moderations were fair."""

    whole: int = 0
    part: int = 0

    @property
    def ratio(self) -> float:
        return self.part / self.whole if self.whole else 0.0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.whole + other.whole, self.part + other.part)


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a span. Lists by day go with ``days``: those of the site's time zone, today the last."""

    days: list[date]
    tokens_drawn: list[int]
    tokens_held: list[int]  # by all members, at the end of the day
    points_issued: list[int]
    points_spent: list[int]
    points_gone: list[int]  # expired, or removed by staff
    points_held: int  # spendable now
    reasons: dict[str, int]  # moderations by points that count, the most frequent reason first
    withdrawn: int  # moderations of the span that count no more
    moderators: int  # members who moderated
    comments: int  # in discussions that opened in the span
    discussions: int  # that the shares and waits are from
    is_cut: bool  # whether there were more of them
    by_place: list[Share]  # of comments that were moderated; early ones first
    by_start: dict[int, Share]
    waits: list[timedelta]  # from a comment to its first moderation
    judged_up: Share  # fair votes of metamoderators on moderations upwards
    judged_down: Share

    @property
    def moderated(self) -> Share:
        return sum(self.by_start.values(), Share())

    @property
    def median_wait(self) -> timedelta | None:
        return median_low(self.waits) if self.waits else None


def load_figures(*, days: int, now: datetime) -> Figures:
    """The figures of the last ``days`` days, today included."""
    zone = get_current_timezone()
    today = now.astimezone(zone).date()
    span = [today - timedelta(days=back) for back in reversed(range(days))]
    since = datetime.combine(span[0], datetime.min.time(), zone)
    tokens = _by_day(TokenEntry.objects.filter(entered_at__gte=since), "entered_at", "kind", Sum("amount"))
    grants = PointGrant.objects.filter(granted_at__gte=since)
    points = Moderation.objects.filter(moderated_at__gte=since, sets_score=None)
    said = _said(points)
    kinds = (PointEntry.Kind.EXPIRED, PointEntry.Kind.REMOVED)
    gone = PointEntry.objects.filter(entered_at__gte=since, kind__in=kinds)
    opened = Discussion.objects.filter(opens_at__gte=since, opens_at__lte=now, comment_count__gte=1)
    newest = list(opened.order_by("-opens_at", "-pk").values_list("pk", flat=True)[: policy.FIGURES_DISCUSSIONS_MAX])
    opened_sums = opened.aggregate(comments=Sum("comment_count", default=0), discussions=Count("pk"))
    by_place, by_start = _shares(newest)
    judged_up, judged_down = _judged(since)
    return Figures(
        days=span,
        tokens_drawn=_on(span, tokens, {TokenEntry.Kind.DRAWN}),
        tokens_held=_held(span, tokens),
        points_issued=_on(span, _by_day(grants, "granted_at", "kind", Sum("points_granted"))),
        points_spent=_on(span, {(day, reason): every for day, reason, every, _ in said}),
        points_gone=_on(span, _by_day(gone, "entered_at", "kind", Sum("points"))),
        points_held=PointGrant.objects.spendable(now).aggregate(left=Sum("points_left", default=0))["left"],
        reasons=_reasons(said),
        withdrawn=sum(withdrawn for _, _, _, withdrawn in said),
        moderators=points.values("moderator").distinct().count(),
        comments=opened_sums["comments"],
        discussions=len(newest),
        is_cut=opened_sums["discussions"] > len(newest),
        by_place=by_place,
        by_start=by_start,
        waits=_waits(newest),
        judged_up=judged_up,
        judged_down=judged_down,
    )


# -- Day by day ------------------------------------------------------------------------------------------------


def _by_day(rows: QuerySet, when: str, kind: str, amount: Aggregate) -> Flows:
    grouped = rows.order_by().annotate(day=TruncDate(when)).values_list("day", kind).annotate(amount)
    return {(day, kind): amount for day, kind, amount in grouped}


def _on(span: list[date], flows: Flows, kinds: Collection[str] | None = None) -> list[int]:
    """What happened on each day of the span, of these kinds or of all."""
    sums: Counter[date] = Counter()
    for (day, kind), amount in flows.items():
        if kinds is None or kind in kinds:
            sums[day] += amount
    return [sums[day] for day in span]


def _held(span: list[date], flows: Flows) -> list[int]:
    """The tokens of all members at the end of each day: back from now, so that older entries need not be read."""
    now = Moderator.objects.aggregate(tokens=Sum("tokens", default=0))["tokens"]
    held = []
    for net in reversed(_on(span, flows)):
        held.append(now)
        now -= net
    return held[::-1]


def _said(points: QuerySet[Moderation]) -> list[tuple[date, int, int, int]]:
    """Day, reason, how many, how many of them withdrawn: the log of a span is long, so it is read once for all."""
    grouped = points.order_by().annotate(day=TruncDate("moderated_at")).values_list("day", "reason")
    return list(grouped.annotate(every=Count("pk"), withdrawn=Count("withdrawn_at")))


def _reasons(said: list[tuple[date, int, int, int]]) -> dict[str, int]:
    """How many count of each reason."""
    counts: Counter[int] = Counter()
    for _, reason, every, withdrawn in said:
        counts[reason] += every - withdrawn
    rows = sorted((row for row in counts.items() if row[1]), key=lambda row: (-row[1], row[0]))
    return {policy.REASONS[reason].name: count for reason, count in rows}


# -- In the newest discussions -----------------------------------------------------------------------------------


def _comments_of(discussions: list[int]) -> QuerySet[Comment]:
    return Comment.objects.filter(discussion__in=discussions, hidden_at=None, is_archived=False)


def _shares(discussions: list[int]) -> tuple[list[Share], dict[int, Share]]:
    """The shares of moderated comments by place in the discussion and by starting score."""
    points = Moderation.objects.active().filter(comment=OuterRef("pk"), sets_score=None)
    place = Window(Ntile(policy.FIGURES_PLACES), partition_by=[F("discussion_id")], order_by=[F("id").asc()])
    comments = _comments_of(discussions).annotate(place=place, is_moderated=Exists(points)).order_by()
    by_place, by_start = [Share()] * policy.FIGURES_PLACES, {}
    is_long = F("discussion__comment_count") + 0
    placed = comments.values("place", "start_score", "is_moderated", length=is_long)
    for number, start, length_is_enough, *counts in _count_placed(placed) if discussions else ():
        share = Share(*counts)
        by_start[start] = by_start.get(start, Share()) + share
        if length_is_enough:
            by_place[number - 1] += share
    return by_place, dict(sorted(by_start.items()))


def _count_placed(placed: QuerySet) -> list[tuple]:
    """Group what Django cannot: it does not count over a window."""
    inner, parameters = placed.query.sql_with_params()
    grouped = (
        "SELECT place, start_score, CASE WHEN length >= %s THEN 1 ELSE 0 END, COUNT(*), "
        f"COUNT(CASE WHEN is_moderated THEN 1 END) FROM ({inner}) AS placed GROUP BY 1, 2, 3"
    )
    with connection.cursor() as cursor:
        cursor.execute(grouped, [policy.FIGURES_PLACES_FROM, *parameters])
        return cursor.fetchall()


def _waits(discussions: list[int]) -> list[timedelta]:
    """How long each comment that was moderated waited for its first moderation."""
    seen = {"comment__discussion__in": discussions, "comment__hidden_at": None, "comment__is_archived": False}
    points = Moderation.objects.active().filter(sets_score=None, **seen).order_by()
    # The database subtracts: to read two times of each comment takes longer than to find them.
    wait = Min("moderated_at") - F("comment__posted_at")
    waits = points.values("comment").annotate(wait=wait).values_list("wait", flat=True)
    return [max(timedelta(0), wait) for wait in waits]


def _judged(since: datetime) -> tuple[Share, Share]:
    """What metamoderators found of moderations upwards, and of those downwards."""
    settled = Verdict.objects.filter(settled_at__gte=since).order_by()
    votes = settled.values_list("moderation__delta").annotate(Sum("fair_votes"), Sum("unfair_votes"))
    by_delta = {delta: Share(fair + unfair, fair) for delta, fair, unfair in votes}
    return by_delta.get(1, Share()), by_delta.get(-1, Share())

"""The economy's page in the admin: the figures as charts, each with its numbers and with what good looks like."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format

from comments.rules import score_words
from forum.charts import Series, bars, columns, line
from forum.rulebook.rules import span_words
from moderation.queries.figures import Figures, Share, load_figures

MAY_SEE = "moderation.view_moderation"
SPANS = {7: ("7 days", 1), 30: ("30 days", 1), 90: ("90 days", 7), 365: ("a year", 14)}  # words, days of a column
SPAN_AT_FIRST = 30
KEPT = 10 * 60  # seconds for which the figures of a longer span stand
PLACES = ("First fifth", "Second fifth", "Third fifth", "Fourth fifth", "Last fifth")
WAITS = (  # up to this long
    (timedelta(minutes=15), "15 min."),
    (timedelta(hours=1), "1 hour"),
    (timedelta(hours=2), "2 hours"),
    (timedelta(hours=6), "6 hours"),
    (timedelta(days=1), "1 day"),
    (timedelta(days=3), "3 days"),
    (timedelta.max, "Longer"),
)
# What Slashdot was measured at: docs/policy.md names the studies.
GOOD_SHARE, GOOD_EARLY, GOOD_LATE = 28.0, 59.0, 7.0
GOOD_UP, GOOD_DOWN = 95.1, 79.1


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: ``kind`` names its template, ``drawing`` is its geometry, heads and rows are its numbers."""

    title: str
    kind: str
    drawing: object
    says: str
    good: str
    heads: tuple[str, ...]
    rows: list[tuple]
    legend: tuple[str, ...] = field(default=())


def economy_view(request):
    """The economy over a span of days (``?days=``), for who may read the moderation log."""
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    asked = request.GET.get("days", "")
    days = next((span for span in SPANS if str(span) == asked), SPAN_AT_FIRST)
    figures = _figures(days)
    context = {
        **admin.site.each_context(request),
        "title": "The economy",
        "days": days,
        "spans": [(span, words) for span, (words, _) in SPANS.items()],
        "span_words": SPANS[days][0],
        "figures": figures,
        "summary": list(_summary(figures)),
        "charts": list(_charts(figures, SPANS[days][1])),
    }
    return TemplateResponse(request, "admin/economy.html", context)


def _figures(days: int) -> Figures:
    """The figures now; those of many weeks may be some minutes old, because they take the longer the more there is."""
    if days <= SPAN_AT_FIRST:
        return load_figures(days=days, now=timezone.now())
    return cache.get_or_set(f"figures:{days}", lambda: load_figures(days=days, now=timezone.now()), KEPT)


def _summary(figures: Figures) -> Iterator[tuple[str, str, str]]:
    """The figures that one reads first: what, the number, what it is of."""
    share, wait = figures.moderated, figures.median_wait
    issued = sum(figures.points_issued)
    yield "Comments moderated", _percent(share), f"{share.part:,} of {share.whole:,}"
    yield "First moderation after", _wait_words(wait), "the middle one of all that were moderated"
    yield "Points issued", f"{issued:,}", f"{_per(issued, figures.comments)} for each comment"
    yield "Points in hand now", f"{figures.points_held:,}", f"{sum(figures.points_spent):,} were spent"
    yield "Members who moderated", f"{figures.moderators:,}", f"{figures.withdrawn:,} moderations were withdrawn"
    fair = figures.judged_up + figures.judged_down
    yield "Votes that say fair", _percent(fair), f"of {fair.whole:,} votes in metamoderation"


def _charts(figures: Figures, step: int) -> Iterator[Chart]:
    buckets = Buckets(figures.days, step)
    yield _points(figures, buckets)
    yield _shares_by_place(figures)
    yield _shares_by_start(figures)
    yield _waits(figures)
    yield _reasons(figures)
    yield _judged(figures)
    yield _tokens_drawn(figures, buckets)
    yield _tokens_held(figures, buckets)


# -- Day by day ------------------------------------------------------------------------------------------------


class Buckets:
    """Days taken together, so that a year has as many columns as a month."""

    def __init__(self, days: list[date], step: int):
        # Counted from today back, so that the last one is whole.
        self.ends = [*range(len(days), 0, -step)][::-1]
        self.starts = [max(0, end - step) for end in self.ends]
        self.names = [date_format(days[start], "j M") for start in self.starts]
        self.head = "Day" if step == 1 else f"{step} days from"

    def sums(self, values: Sequence[int]) -> list[int]:
        return [sum(values[start:end]) for start, end in zip(self.starts, self.ends, strict=True)]

    def lasts(self, values: Sequence[int]) -> list[int]:
        return [values[end - 1] for end in self.ends]


def _table(buckets: Buckets, *series: Series) -> tuple[tuple[str, ...], list[tuple]]:
    heads = (buckets.head, *(title.capitalize() for title, _ in series))
    return heads, list(zip(buckets.names, *(values for _, values in series), strict=True))


def _points(figures: Figures, buckets: Buckets) -> Chart:
    issued = ("issued", buckets.sums(figures.points_issued))
    spent = ("spent", buckets.sums(figures.points_spent))
    gone = ("expired", buckets.sums(figures.points_gone))
    heads, rows = _table(buckets, issued, spent, gone)
    total, used = sum(figures.points_issued), sum(figures.points_spent)
    return Chart(
        title="Mod points",
        kind="columns",
        drawing=columns(buckets.names, [issued], [spent, gone]),
        says=f"{total:,} points were issued, {used:,} spent and {sum(figures.points_gone):,} expired.",
        good="Slashdot issued about 0.75 points for each comment. Where most points expire, fewer grants or more "
        "worth moderating would help; where all are spent at once, more are wanted.",
        heads=heads,
        rows=rows,
        legend=("issued", "spent", "expired"),
    )


def _tokens_drawn(figures: Figures, buckets: Buckets) -> Chart:
    drawn = ("drawn", buckets.sums(figures.tokens_drawn))
    heads, rows = _table(buckets, drawn)
    return Chart(
        title="Tokens given by lot",
        kind="columns",
        drawing=columns(buckets.names, [drawn]),
        says=f"{sum(figures.tokens_drawn):,} tokens were given to members who read.",
        good="They follow the comments: six for each under Slashdot's numbers. A policy of daily grants gives none.",
        heads=heads,
        rows=rows,
    )


def _tokens_held(figures: Figures, buckets: Buckets) -> Chart:
    held = ("held", buckets.lasts(figures.tokens_held))
    heads, rows = _table(buckets, held)
    return Chart(
        title="Tokens in circulation",
        kind="line",
        drawing=line(buckets.names, [max(0, value) for value in held[1]]),
        says=f"Members hold {figures.tokens_held[-1]:,} tokens together.",
        good="A level line: as many are turned into points, decay or are lost as are given.",
        heads=heads,
        rows=rows,
    )


# -- How well comments are reached -------------------------------------------------------------------------------


def _shares_by_place(figures: Figures) -> Chart:
    shares = list(zip(PLACES, figures.by_place, strict=True))
    early, late = figures.by_place[0], figures.by_place[-1]
    return _share_chart(
        title="Moderated, by place in the discussion",
        says=f"Of the earliest comments {_percent(early)} were moderated, of the latest {_percent(late)}.",
        good=f"Slashdot moderated {GOOD_EARLY:.0f} % of early comments and only {GOOD_LATE:.0f} % of late ones, its "
        "own weakness: bars of nearly one length are better. Discussions of fewer than ten comments are left out.",
        head="Place",
        shares=shares,
        goals=[GOOD_EARLY, None, None, None, GOOD_LATE],
    )


def _shares_by_start(figures: Figures) -> Chart:
    shares = [(f"Started at {score_words(start)}", share) for start, share in figures.by_start.items()]
    return _share_chart(
        title="Moderated, by starting score",
        says=f"Of all comments {_percent(figures.moderated)} were moderated.",
        good=f"Slashdot moderated {GOOD_SHARE:.0f} % of all. A comment that starts low needs a moderator most: if its "
        "bar is the shortest, good words without a name stay unread.",
        head="Start",
        shares=shares,
        goals=[GOOD_SHARE] * len(shares),
    )


def _share_chart(*, title, says, good, head, shares: list[tuple[str, Share]], goals) -> Chart:
    return Chart(
        title=title,
        kind="bars",
        drawing=bars([(label, 100 * share.ratio, _percent(share)) for label, share in shares], most=100, goals=goals),
        says=says,
        good=f"{good} The mark on a bar is Slashdot's figure.",
        heads=(head, "Comments", "Moderated", "Share"),
        rows=[(label, share.whole, share.part, _percent(share)) for label, share in shares],
    )


def _waits(figures: Figures) -> Chart:
    counts = [0] * len(WAITS)
    for wait in figures.waits:
        counts[next(place for place, (longest, _) in enumerate(WAITS) if wait <= longest)] += 1
    names = [words if words == "Longer" else f"Up to {words}" for _, words in WAITS]
    rows = [(name, count, f"{count:,}") for name, count in zip(names, counts, strict=True)]
    return Chart(
        title="Time to the first moderation",
        kind="bars",
        drawing=bars(rows, most=max(counts)),
        says=f"Half of the moderated comments waited less than {_wait_words(figures.median_wait)}."
        if figures.waits
        else "No comment was moderated.",
        good="On Slashdot half of them waited less than 83 minutes. Shorter is better for whoever reads along; a long "
        "tail means that late comments find a moderator after all.",
        heads=("Waited", "Comments"),
        rows=[(name, count) for name, count, _ in rows],
    )


# -- What moderators said, and what others made of it --------------------------------------------------------------


def _reasons(figures: Figures) -> Chart:
    whole = sum(figures.reasons.values())
    rows = [(name, count, f"{count:,}") for name, count in figures.reasons.items()]
    return Chart(
        title="Moderations by reason",
        kind="bars",
        drawing=bars(rows, most=max(figures.reasons.values(), default=0)),
        says=f"{whole:,} moderations count; the most frequent reason is {rows[0][0]}." if rows else "Nobody moderated.",
        good="Moderators who raise what is good give more plus than minus. Much Overrated means that many avoid to "
        "say what they mean: metamoderators never see it.",
        heads=("Reason", "Moderations", "Share"),
        rows=[(name, count, _percent(Share(whole, count))) for name, count, _ in rows],
    )


def _judged(figures: Figures) -> Chart:
    shares = [("Upwards", figures.judged_up), ("Downwards", figures.judged_down)]
    goals = [GOOD_UP, GOOD_DOWN]
    votes = sum(share.whole for _, share in shares)
    return Chart(
        title="Metamoderators agree",
        kind="bars",
        drawing=bars([(label, 100 * share.ratio, _percent(share)) for label, share in shares], most=100, goals=goals),
        says=f"{votes:,} votes on moderations that are settled." if votes else "No moderation was settled.",
        good="Slashdot's members found 95 % of moderations upwards fair and 79 % of those downwards: the marks on the "
        "bars. Far below that, moderators punish opinions.",
        heads=("Direction", "Votes", "Fair", "Share"),
        rows=[(label, share.whole, share.part, _percent(share)) for label, share in shares],
    )


# -- Words -----------------------------------------------------------------------------------------------------


def _percent(share: Share) -> str:
    return f"{100 * share.ratio:.0f} %" if share.whole else "–"


def _per(amount: int, comments: int) -> str:
    return f"{amount / comments:.2f}" if comments else "–"


def _wait_words(wait: timedelta | None) -> str:
    """A wait to the minute, in the largest unit that tells it well."""
    if wait is None:
        return "–"
    minutes = timedelta(minutes=max(1, round(wait / timedelta(minutes=1))))
    if minutes < timedelta(hours=3):
        return span_words(minutes) if minutes % timedelta(hours=1) else f"{minutes // timedelta(minutes=1)} minutes"
    hours = timedelta(hours=round(minutes / timedelta(hours=1)))
    return span_words(hours) if hours < timedelta(days=2) else f"{hours / timedelta(days=1):.1f} days"

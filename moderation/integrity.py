"""Scores and mod points held against the moderation log, and the log against its own rules. Reads only."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from comments.models import Comment
from forum import policy
from forum.integrity import Problem, in_batches
from forum.notifications.integrity import notifications_about_nothing
from forum.rulebook.models import PolicyVersion
from forum.rulebook.queries import Policies
from moderation import rules
from moderation.models import Moderation, PointEntry, PointGrant

LINE = ("reason", "delta", "sets_score")
STARTS = ("start_score", "start_label", "had_bonus")
DERIVED = ("score", "label", "has_bonus")


class WrongScore(NamedTuple):
    """A comment whose derived values are not the replay of its log."""

    comment_id: int
    stored: rules.Outcome
    replayed: rules.Outcome


def wrong_scores(**of_comments) -> Iterator[WrongScore]:
    """Comments held against their log, in constant memory; ``of_comments`` narrows them (``discussion=3``)."""
    of_log = {f"comment__{name}": value for name, value in of_comments.items()}
    columns = (f"comment__{name}" for name in (*STARTS, *DERIVED))
    log = Moderation.objects.active().filter(**of_log).exclude(Exists(_riddles(OuterRef("comment_id"))))
    lines = log.order_by("comment_id", "id").values_list("comment_id", *columns, "policy_id", *LINE).iterator()
    policies, width = Policies(), 1 + len(STARTS) + len(DERIVED)
    for (pk, *values), own in groupby(lines, key=lambda line: line[:width]):
        said = [line[width:] for line in own]
        numbers = policies[said[-1][0]]
        stored = rules.Outcome(*values[len(STARTS) :])
        replayed = rules.replay(
            **dict(zip(STARTS, values, strict=False)), lines=[rules.Line(*line) for _, *line in said], numbers=numbers
        )
        if stored != replayed:
            yield WrongScore(pk, stored, replayed)
    unmoderated = Comment.objects.filter(**of_comments).exclude(
        Exists(Moderation.objects.active().filter(comment=OuterRef("pk")))
    )
    moved = unmoderated.exclude(score=F("start_score"), label=F("start_label"), has_bonus=F("had_bonus"))
    for pk, *values in moved.order_by("pk").values_list("pk", *STARTS, *DERIVED).iterator():
        yield WrongScore(pk, rules.Outcome(*values[len(STARTS) :]), rules.Outcome(*values[: len(STARTS)]))


def _riddles(comment):
    """Lines of a comment's log that no replay can read; what they did to the score is not known."""
    return Moderation.objects.active().filter(comment=comment, sets_score=None).exclude(reason__in=policy.REASONS)


def check_discussion(discussion_id: int) -> Iterator[Problem]:
    """Scores of one discussion against the log, and the moderations in it against the rules."""
    for wrong in wrong_scores(discussion=discussion_id):
        yield Problem("score", f"comment {wrong.comment_id}", _words(wrong.stored), _words(wrong.replayed), True)
    inside = Moderation.objects.filter(comment__discussion=discussion_id).order_by("id")
    yield from _check_referees(inside.active(), discussion_id)
    yield from _check_log(inside)


def _words(outcome: rules.Outcome) -> str:
    return " ".join(filter(None, [str(outcome.score), outcome.label, "with bonus" if outcome.has_bonus else ""]))


def _check_referees(active, discussion_id: int) -> Iterator[Problem]:
    """Nobody moderates a comment twice, an own one, or where he has posted under his name."""
    active = active.filter(sets_score=None)
    twice = active.order_by().values_list("comment_id", "moderator_id").annotate(times=Count("id")).filter(times__gt=1)
    for comment, moderator, times in twice.order_by("comment_id", "moderator_id"):
        yield Problem("moderated twice", f"comment {comment}", f"{times} times by member {moderator}", "once", False)
    for pk, moderator in active.filter(comment__author=F("moderator")).values_list("pk", "moderator_id"):
        yield Problem("own comment moderated", f"moderation {pk}", f"by member {moderator}", "by somebody else", False)
    posted = Comment.objects.filter(discussion=discussion_id, author=OuterRef("moderator_id"))
    lenient = [version.number for version in PolicyVersion.objects.all() if not version.policy.is_exclusive]
    # Whichever of the two came second had to see the other, if its own policy keeps players and referees apart.
    posted_since = Exists(posted.filter(posted_at__gt=OuterRef("moderated_at")).exclude(policy__in=lenient))
    posted_before = ~Q(policy__in=lenient) & Exists(posted.filter(posted_at__lte=OuterRef("moderated_at")))
    partial = active.exclude(comment__author=F("moderator")).filter(posted_since | posted_before)
    for pk, moderator in partial.values_list("pk", "moderator_id"):
        found = f"active, though member {moderator} posted in discussion {discussion_id}"
        yield Problem("player and referee", f"moderation {pk}", found, "withdrawn", False)


def _check_log(moderations) -> Iterator[Problem]:
    """Each line of the log: a known reason, the comment's author, a karma line withdrawn when it is."""
    given = moderations.filter(sets_score=None)
    for pk, reason in given.exclude(reason__in=policy.REASONS).values_list("pk", "reason"):
        yield Problem("reason", f"moderation {pk}", str(reason), "a reason of the policy", False)
    others = moderations.exclude(Q(author=F("comment__author")) | Q(author=None, comment__author=None))
    for pk, author, wrote in others.values_list("pk", "author_id", "comment__author_id"):
        yield Problem("author of the moderated", f"moderation {pk}", f"member {author}", f"member {wrote}", False)
    half = Q(withdrawn_at=None, karma_change__withdrawn_at__isnull=False)
    half |= Q(withdrawn_at__isnull=False, karma_change__isnull=False, karma_change__withdrawn_at=None)
    for pk, withdrawn_at in moderations.filter(half).values_list("pk", "withdrawn_at"):
        found, expected = ("active", "withdrawn") if withdrawn_at else ("withdrawn", "active")
        yield Problem("karma line", f"moderation {pk}", f"its karma line {found}", expected, bool(withdrawn_at))


# -- Mod points ----------------------------------------------------------------------------------------------------


class Balance(NamedTuple):
    """What became of a grant's points: ``gone`` are those that expired or were removed."""

    left: int
    gone: int


def _in_log(field: str, **entries):
    """The sum of a grant's entries, as a subquery: joins of two tables would multiply each other's rows."""
    own = PointEntry.objects.filter(grant=OuterRef("pk"), **entries).order_by().values("grant")
    return Coalesce(Subquery(own.annotate(sum=Sum(field)).values("sum")), 0)


def _with_log(grants):
    """Each grant with what the log says was spent, returned and gone; what was withdrawn later stays spent."""
    spent = (
        Moderation.objects.filter(grant=OuterRef("pk")).order_by().values("grant").annotate(n=Count("pk")).values("n")
    )
    gone = _in_log("points", kind__in=(PointEntry.Kind.EXPIRED, PointEntry.Kind.REMOVED))
    returned = _in_log("points", kind=PointEntry.Kind.RETURNED)
    return grants.order_by("pk").annotate(spent=Coalesce(Subquery(spent), 0), gone=gone, returned=returned)


def wrong_grants() -> Iterator[int]:
    """Grants whose stored balance is not what the log says, or is below 0; one statement."""
    left = F("points_granted") + F("returned") - F("spent") - F("gone")
    right = Q(points_left=left, points_expired=F("gone"), points_left__gte=0)
    return _with_log(PointGrant.objects.all()).exclude(right).values_list("pk", flat=True).iterator()


def balance_of(grant_id: int) -> tuple[Balance, Balance]:
    """One grant's balance as it is stored, and as the log says."""
    grant = _with_log(PointGrant.objects.filter(pk=grant_id)).get()
    left = rules.balance(granted=grant.points_granted, spent=grant.spent, taken=grant.gone, returned=grant.returned)
    return Balance(grant.points_left, grant.points_expired), Balance(left, grant.gone)


def check_grant(grant_id: int) -> Iterator[Problem]:
    """One grant's points against the log; underivable where more were spent than granted."""
    stored, replayed = balance_of(grant_id)
    if stored != replayed or replayed.left < 0:
        found = f"{stored.left} left, {stored.gone} expired"
        expected = f"{replayed.left} left, {replayed.gone} expired"
        yield Problem("points", f"grant {grant_id}", found, expected, replayed.left >= 0)


def moderations_astray() -> Iterator[Problem]:
    """Points spent by somebody else than they were given to; notifications of moderations that are not there."""
    foreign = Moderation.objects.exclude(grant=None).exclude(grant__member=F("moderator")).order_by("pk")
    for pk, moderator, owner in foreign.values_list("pk", "moderator_id", "grant__member_id").iterator():
        yield Problem("points of another", f"moderation {pk}", f"member {owner}'s", f"member {moderator}'s", False)
    yield from notifications_about_nothing("moderation:", _existing_moderations)


def _existing_moderations(numbers: Iterable[int]) -> set[int]:
    batches = in_batches(numbers)
    return {pk for batch in batches for pk in Moderation.objects.filter(pk__in=batch).values_list("pk", flat=True)}

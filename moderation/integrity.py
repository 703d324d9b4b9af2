"""Scores and mod points held against the moderation log, and the log against its own rules. Reads only."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q

from comments.models import Comment
from forum import policy
from forum.integrity import Problem, in_batches
from forum.notifications.integrity import notifications_about_nothing
from moderation import rules
from moderation.models import Moderation, PointGrant

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
    lines = log.order_by("comment_id", "id").values_list("comment_id", *columns, "reason", "delta").iterator()
    for (pk, *values), log in groupby(lines, key=lambda line: line[:-2]):
        stored, replayed = rules.Outcome(*values[-3:]), _replay(values[:3], [line[-2:] for line in log])
        if stored != replayed:
            yield WrongScore(pk, stored, replayed)
    unmoderated = Comment.objects.filter(**of_comments).exclude(
        Exists(Moderation.objects.active().filter(comment=OuterRef("pk")))
    )
    moved = unmoderated.exclude(score=F("start_score"), label=F("start_label"), has_bonus=F("had_bonus"))
    for pk, *values in moved.order_by("pk").values_list("pk", *STARTS, *DERIVED).iterator():
        yield WrongScore(pk, rules.Outcome(*values[-3:]), _replay(values[:3], []))


def _riddles(comment):
    """Lines of a comment's log that no replay can read; what they did to the score is not known."""
    return Moderation.objects.active().filter(comment=comment).exclude(reason__in=policy.REASONS)


def _replay(start: list, reasons: list) -> rules.Outcome:
    return rules.replay(**dict(zip(STARTS, start, strict=True)), reasons=reasons)


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
    twice = active.order_by().values_list("comment_id", "moderator_id").annotate(times=Count("id")).filter(times__gt=1)
    for comment, moderator, times in twice.order_by("comment_id", "moderator_id"):
        yield Problem("moderated twice", f"comment {comment}", f"{times} times by member {moderator}", "once", False)
    for pk, moderator in active.filter(comment__author=F("moderator")).values_list("pk", "moderator_id"):
        yield Problem("own comment moderated", f"moderation {pk}", f"by member {moderator}", "by somebody else", False)
    posted = Comment.objects.filter(discussion=discussion_id, author=OuterRef("moderator_id"))
    partial = active.exclude(comment__author=F("moderator")).filter(Exists(posted))
    for pk, moderator in partial.values_list("pk", "moderator_id"):
        found = f"active, though member {moderator} posted in discussion {discussion_id}"
        yield Problem("player and referee", f"moderation {pk}", found, "withdrawn", False)


def _check_log(moderations) -> Iterator[Problem]:
    """Each line of the log: a known reason, the comment's author, a karma line withdrawn when it is."""
    for pk, reason in moderations.exclude(reason__in=policy.REASONS).values_list("pk", "reason"):
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


def _with_spent(grants):
    """Each grant with the points that the log says were spent; those withdrawn later stay spent."""
    return grants.order_by("pk").annotate(spent=Count("moderations"))


def wrong_grants() -> Iterator[int]:
    """Grants where granted is not left + spent + expired, or one of them is below 0; one statement."""
    balanced = Q(points_granted=F("points_left") + F("points_expired") + F("spent"))
    wrong = _with_spent(PointGrant.objects.all()).exclude(balanced, points_left__gte=0, points_expired__gte=0)
    return wrong.values_list("pk", flat=True).iterator()


def check_grant(grant_id: int) -> Iterator[Problem]:
    """One grant's points against the log; underivable where more were spent than granted."""
    for grant in _with_spent(PointGrant.objects.filter(pk=grant_id)):
        left, expired = rules.balance(granted=grant.points_granted, spent=grant.spent, expired=grant.points_expired)
        if (grant.points_left, grant.points_expired) != (left, expired) or left < 0:
            found = f"{grant.points_left} left, {grant.points_expired} expired"
            expected = f"{left} left, {expired} expired of {grant.points_granted} with {grant.spent} spent"
            yield Problem("points", f"grant {grant_id}", found, expected, left >= 0)


def moderations_astray() -> Iterator[Problem]:
    """Points spent by somebody else than they were given to; notifications of moderations that are not there."""
    foreign = Moderation.objects.exclude(grant__member=F("moderator")).order_by("pk")
    for pk, moderator, owner in foreign.values_list("pk", "moderator_id", "grant__member_id").iterator():
        yield Problem("points of another", f"moderation {pk}", f"member {owner}'s", f"member {moderator}'s", False)
    yield from notifications_about_nothing("moderation:", _existing_moderations)


def _existing_moderations(numbers: Iterable[int]) -> set[int]:
    batches = in_batches(numbers)
    return {pk for batch in batches for pk in Moderation.objects.filter(pk__in=batch).values_list("pk", flat=True)}

"""One discussion's part of the moderation log held against the rules, and what is kept of it. Reads only."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from comments.integrity import check_totals
from comments.models import Comment
from forum import policy
from forum.integrity import Problem
from forum.rulebook.models import PolicyVersion
from moderation import rules
from moderation.integrity.karma import unbalanced_karma
from moderation.integrity.scores import Withdrawal, WrongScore, out_of_step
from moderation.models import Moderation


def check_discussion(discussion_id: int) -> Iterator[Problem]:
    """One discussion: what is kept of its moderations and comments, and the moderations in it against the rules."""
    yield from check_copies(discussion_id)
    yield from check_karma_along(discussion_id)
    inside = Moderation.objects.filter(comment__discussion=discussion_id).order_by("id")
    yield from _check_referees(inside.active(), discussion_id)
    yield from _check_log(inside)


def check_copies(discussion_id: int) -> Iterator[Problem]:
    """Everything kept of one discussion's log: scores, withdrawals and totals."""
    moved: Counter[int] = Counter()
    for wrong in out_of_step(discussion=discussion_id):
        if not isinstance(wrong, WrongScore):
            where, found, expected = (
                f"moderation {wrong.moderation_id}",
                _standing(wrong.stored),
                _standing(wrong.logged),
            )
            yield Problem("withdrawal", where, found, expected, True)
            continue
        yield Problem("score", f"comment {wrong.comment_id}", _words(wrong.stored), _words(wrong.replayed), True)
        if wrong.is_visible:
            moved[wrong.stored.score] -= 1
            moved[wrong.replayed.score] += 1
    yield from check_totals(discussion_id, moved)


def check_karma_along(discussion_id: int) -> Iterator[Problem]:
    """Karma of one discussion's moderations that counts although they do not, or the other way round."""
    for one in unbalanced_karma(comment__discussion=discussion_id):
        found, expected = ("counts", "taken back") if one.is_withdrawn else ("taken back", "counts")
        yield Problem("karma of a moderation", f"moderation {one.moderation_id}", found, expected, True)


def _standing(withdrawal: Withdrawal) -> str:
    return f"withdrawn at {withdrawal.at}: {withdrawal.because}" if any(withdrawal) else "active"


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
    """Each line of the log: a known reason, and the comment's author."""
    given = moderations.filter(sets_score=None)
    for pk, reason in given.exclude(reason__in=policy.REASONS).values_list("pk", "reason"):
        yield Problem("reason", f"moderation {pk}", str(reason), "a reason of the policy", False)
    others = moderations.exclude(Q(author=F("comment__author")) | Q(author=None, comment__author=None))
    for pk, author, wrote in others.values_list("pk", "author_id", "comment__author_id"):
        yield Problem("author of the moderated", f"moderation {pk}", f"member {author}", f"member {wrote}", False)

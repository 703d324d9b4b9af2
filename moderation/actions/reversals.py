"""Taking moderations back, and putting them back again: everything they did is undone exactly, at every bound."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from comments.actions import check_not_own, lock_discussion, rescore_comment, tell_of_act
from comments.models import Comment
from forum.accounts.actions import check_reason_given, record_staff_act, restore_karma, withdraw_karma
from forum.accounts.models import StaffAct, User
from forum.retries import retried
from forum.rulebook.actions import version_in_force
from forum.rulebook.models import PolicyVersion
from forum.rulebook.queries import Policies
from moderation import rules
from moderation.actions.tokens import reverse_tokens
from moderation.models import Moderation, Reversal

LINE = ("reason", "delta", "sets_score")


def rescore_from_log(comment: Comment, policies: Policies | None = None) -> bool:
    """Set a comment's score, label and bonus to the replay of its log; True if one of them was another.

    The caller holds the discussion's lock and read the comment under it, and passes on the policies it read already.
    """
    policies = Policies() if policies is None else policies
    log = list(comment.moderations.active().in_order().values_list("policy_id", *LINE))
    outcome = rules.replay(
        start_score=comment.start_score,
        start_label=comment.start_label,
        had_bonus=comment.had_bonus,
        lines=[rules.Line(*line) for _, *line in log],
        numbers=policies[log[-1][0] if log else comment.policy_id],
    )
    if outcome == (comment.score, comment.label, comment.has_bonus):
        return False
    rescore_comment(comment, score=outcome.score, label=outcome.label, has_bonus=outcome.has_bonus)
    return True


def withdraw(
    moderations: list[Moderation], *, kind: str, because: str, now: datetime, act: StaffAct | None = None
) -> list[Moderation]:
    """Take moderations of one discussion back, under its lock; returns those that were active until now.

    Scores, labels, bonuses, karma and tokens are as if they had never been. Spent points stay spent.
    """
    active = [moderation for moderation in _fresh(moderations) if moderation.withdrawn_at is None]
    version = _reverse(active, kind=kind, because=because, now=now, act=act, withdrawn_at=now)
    withdraw_karma(changes=_karma_of(active), cause=because, now=now)
    reverse_tokens(active, version=version, now=now)
    return active


def put_back(moderations: list[Moderation], *, because: str, now: datetime, act: StaffAct) -> list[Moderation]:
    """Let withdrawn moderations of one discussion count again, under its lock; returns those that do.

    One that was overtaken stays withdrawn: its moderator moderated the comment anew or posted, or its act was undone.
    """
    back = [
        moderation for moderation in _fresh(moderations) if moderation.withdrawn_at and not _is_overtaken(moderation)
    ]
    version = _reverse(back, kind=Reversal.Kind.RESTORED, because=because, now=now, act=act, withdrawn_at=None)
    restore_karma(changes=_karma_of(back), cause=because, now=now)
    reverse_tokens(back, version=version, now=now)
    return back


def _is_overtaken(moderation: Moderation) -> bool:
    """Whether its moderator has since moderated the same comment anew, or posted when that withdrew moderations.

    A correction by staff is overtaken once its own act was undone.
    """
    if moderation.sets_score is not None:
        return StaffAct.objects.filter(undoes=moderation.act_id).exists()
    moderator, comment = moderation.moderator_id, moderation.comment
    anew = Moderation.objects.active().by(moderator).filter(comment=comment, sets_score=None)
    posted = Comment.objects.filter(discussion=comment.discussion_id, author=moderator)
    since = posted.filter(posted_at__gte=moderation.moderated_at).order_by().values_list("policy", flat=True)
    policies = Policies()
    return anew.exists() or any(policies[number].is_exclusive for number in since.distinct())


def _fresh(moderations: list[Moderation]) -> list[Moderation]:
    ids = [moderation.pk for moderation in moderations]
    return list(Moderation.objects.filter(pk__in=ids).select_related("karma_change", "comment").in_order())


def _karma_of(moderations: list[Moderation]) -> list:
    return [moderation.karma_change for moderation in moderations if moderation.karma_change]


def _reverse(moderations, *, kind, because, now, act, withdrawn_at) -> PolicyVersion:
    """The lines and the scores alone: members and moderators are locked afterwards, in that order."""
    version, ids = version_in_force(now), [moderation.pk for moderation in moderations]
    if not moderations:
        return version
    counted = Reversal.objects.filter(moderation__in=ids).order_by().values_list("moderation")
    numbers = dict(counted.annotate(Max("number")))
    shared = {"kind": kind, "cause": because[:200], "act": act, "policy": version, "reversed_at": now}
    Reversal.objects.bulk_create([Reversal(moderation_id=pk, number=numbers.get(pk, 0) + 1, **shared) for pk in ids])
    Moderation.objects.filter(pk__in=ids).update(
        withdrawn_at=withdrawn_at, withdrawn_because=because[:200] if withdrawn_at else ""
    )
    policies = Policies({version.number: version.policy})
    for comment in Comment.objects.filter(moderations__in=ids).distinct().order_by("id"):
        rescore_from_log(comment, policies)
    return version


@retried
@transaction.atomic
def set_back_comment(*, comment: Comment, actor: User, reason: str, now: datetime) -> bool:
    """A member of staff withdraws every moderation of a comment, so that it stands at its start; False if none was.

    Its author is told. Raises Refused without a reason, and for an own comment.
    """
    check_reason_given(reason)
    lock_discussion(comment.discussion_id)
    comment = Comment.objects.select_related("author").get(pk=comment.pk)
    check_not_own(comment, actor)
    active = list(comment.moderations.active())
    if not active:
        return False
    act = record_staff_act(
        actor=actor,
        verb="set back",
        target=comment,
        reason=reason,
        before=comment.score,
        after=comment.start_score,
        now=now,
    )
    because = f"Set back by staff. {reason}"[:200].strip()
    withdraw(active, kind=Reversal.Kind.STAFF, because=because, now=now, act=act)
    line = f"Staff withdrew every moderation of your comment “{comment.subject}”"
    tell_of_act(act, recipient=comment.author, line=line, now=now)
    return True


@retried
@transaction.atomic
def undo_set_back(*, act: StaffAct, actor: User, reason: str, now: datetime) -> bool:
    """Let the moderations count again that an act of staff withdrew, once; False if there is nothing to put back."""
    of_act = Moderation.objects.filter(reversals__act=act, withdrawn_at__isnull=False).distinct()
    places = set(Comment.objects.filter(moderations__in=of_act).values_list("discussion", flat=True))
    for discussion_id in sorted(places):
        lock_discussion(discussion_id)
    # Read under the locks: of two who undo one act at once, one finds it undone.
    withdrawn = list(of_act.in_order())
    if not withdrawn or StaffAct.objects.filter(undoes=act).exists():
        return False
    undone = record_staff_act(
        actor=actor, verb="undo", target=withdrawn[0].comment, reason=reason, before=act.verb, undoes=act, now=now
    )
    put_back_those_of(act, undone=undone, now=now)
    return True


def put_back_those_of(act: StaffAct, *, undone: StaffAct, now: datetime) -> None:
    """Let the moderations count again that an act withdrew last, under their discussions' locks."""
    withdrawn = Moderation.objects.filter(reversals__act=act, withdrawn_at__isnull=False).distinct().in_order()
    mine = [moderation for moderation in withdrawn if moderation.reversals.latest("number").act_id == act.pk]
    put_back(mine, because=f"Put back by staff. {undone.reason}"[:200].strip(), now=now, act=undone)

"""Appeals: filed once against an act of staff by whom it hit, decided by somebody else, by a day that is fixed."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from comments.models import Comment
from forum import policy
from forum.accounts.actions import Refused, record_staff_act
from forum.accounts.models import StaffAct, User
from forum.notifications.actions import leave_notification
from forum.retries import retried
from moderation.actions.undoing import take_back, target_of
from moderation.models import Appeal
from moderation.models.acts import PUBLIC, why_no_appeal


@retried
@transaction.atomic
def file_appeal(*, act: StaffAct, appellant: User, words: str, now: datetime) -> Appeal:
    """Ask another member of staff to look at an act again; those who may decide are told.

    Raises Refused with words: not hit by it, appealed or undone already, too late, nothing said.
    """
    words = words.strip()
    if refusal := why_no_appeal(act, appellant, now):
        raise Refused(refusal)
    if not words:
        raise Refused("Say why the act was wrong: somebody else will read it.")
    if len(words) > policy.APPEAL_MAX:
        raise Refused(f"Your appeal has {len(words):,} characters; at most {policy.APPEAL_MAX:,} are read.")
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                act=act,
                acted_by=act.actor,
                appellant=appellant,
                words=words,
                filed_at=now,
                due_at=now + policy.APPEAL_DUE,
            )
    except IntegrityError as problem:
        raise Refused("This act has been appealed already; there is one appeal for each.") from problem
    _tell_staff(appeal, "filed", f"An appeal waits for you until {appeal.due_at:%B} {appeal.due_at.day}", now)
    return appeal


@retried
@transaction.atomic
def decide_appeal(*, appeal: Appeal, outcome: str, actor: User, answer: str, now: datetime) -> StaffAct:
    """Let an act stand or undo it, for good: one act of staff, with the answer, in one transaction.

    Raises Refused with words: no answer, an own act or appeal, one that this member seconded, decided meanwhile.
    """
    if not answer.strip():
        raise Refused("Say why: the appellant is told, and the answer is public.")
    appeal = (
        Appeal.objects.select_for_update(of=("self",), no_key=True).select_related("act", "appellant").get(pk=appeal.pk)
    )
    _check_may_decide(appeal, actor)
    is_overturned = outcome == Appeal.Outcome.OVERTURNED
    Appeal.objects.filter(pk=appeal.pk).update(
        outcome=outcome, decided_by=actor, answer=answer.strip()[: policy.APPEAL_MAX], decided_at=now
    )
    if is_overturned:
        decision = take_back(act=appeal.act, verb="overturn", actor=actor, reason=answer, now=now)
    else:
        decision = record_staff_act(
            actor=actor, verb="uphold", target=target_of(appeal.act), reason=answer, before=appeal.act.verb, now=now
        )
    did = PUBLIC[appeal.act.verb].label.lower()
    leave_notification(
        recipient=appeal.appellant,
        event=f"appeal:{appeal.pk}",
        line=f"Your appeal was {'granted and the act undone' if is_overturned else 'rejected'} ({did}): {answer}",
        link=appeal.act.get_absolute_url(),
        wants_mail=appeal.appellant.mail_moderations,
        now=now,
    )
    return decision


def _check_may_decide(appeal: Appeal, actor: User) -> None:
    if appeal.decided_at:
        raise Refused("Somebody else has decided this appeal meanwhile.")
    mass = getattr(appeal.act, "bulk_act", None)
    if actor.pk == appeal.acted_by_id or (mass and actor.pk == mass.seconded_by_id):
        raise Refused("This is an appeal against what you did yourself; another member of staff has to decide it.")
    if actor.pk == appeal.appellant_id:
        raise Refused("This is your own appeal; another member of staff has to decide it.")
    target = target_of(appeal.act)
    if isinstance(target, Comment) and target.author_id == actor.pk:
        raise Refused("This is about your own comment; another member of staff has to decide it.")


def remind_of_appeals(*, now: datetime) -> int:
    """Remind staff of appeals that are due soon, and once more when they are overdue; returns how many appeals."""
    soon = list(Appeal.objects.due(now + policy.APPEAL_REMINDED).order_by("due_at"))
    for appeal in soon:
        is_overdue = appeal.due_at <= now
        words = "An appeal is overdue since" if is_overdue else "An appeal waits for you until"
        line = f"{words} {appeal.due_at:%B} {appeal.due_at.day}"
        _tell_staff(appeal, "overdue" if is_overdue else "due", line, now)
    return len(soon)


def _tell_staff(appeal: Appeal, occasion: str, line: str, now: datetime) -> None:
    for member in may_decide(appeal):
        leave_notification(
            recipient=member,
            event=f"appeal:{appeal.pk}:{occasion}",
            line=f"{line}: {PUBLIC[appeal.act.verb].label.lower()}, #{appeal.act_id} of the log",
            link=reverse("admin:moderation_appeal_change", args=[appeal.pk]),
            wants_mail=True,
            now=now,
        )


def may_decide(appeal: Appeal) -> QuerySet[User]:
    """The members of staff who can decide an appeal: everybody with that right but those whom it is about."""
    right = {"content_type__app_label": "moderation", "codename": "decide_appeal"}
    by_group = {f"groups__permissions__{name}": value for name, value in right.items()}
    by_themselves = {f"user_permissions__{name}": value for name, value in right.items()}
    entitled = Q(is_superuser=True) | Q(**by_group) | Q(**by_themselves)
    staff = User.objects.filter(entitled, is_active=True, is_staff=True)
    return (
        staff.exclude(pk__in=[pk for pk in (appeal.acted_by_id, appeal.appellant_id) if pk]).distinct().order_by("pk")
    )

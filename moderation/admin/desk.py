"""The admin's pages about moderation: a comment with its score's history, a member with points, the logs."""

from dataclasses import replace

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from comments.admin import CommentAdmin
from comments.models import Comment
from forum import policy
from forum.accounts.admin.acts import Act, ReasonForm
from forum.accounts.admin.desk import PANEL_LINES, Panel, change_link, list_address
from forum.accounts.admin.members import MemberAdmin, with_end
from forum.accounts.models import User
from moderation import actions
from moderation.models import BulkAct, Moderation, Moderator, PointEntry, PointGrant, TokenEntry, Verdict
from moderation.queries import load_receipt


def score_set_back(comment: Comment) -> str:
    return f"score now {comment.score} {comment.label}".strip() + f", then {comment.start_score}"


class ScoreForm(ReasonForm):
    score = forms.IntegerField(min_value=policy.SCORE_MIN, max_value=policy.SCORE_MAX)
    field_order = ("score", "reason")


def mass_buttons(request, row, *kinds: str) -> list[tuple[str, str]]:
    """Links to the proposals of mass acts that begin at this row."""
    if not request.user.has_perm("moderation.act_in_bulk"):
        return []
    page = "admin:moderation_bulkact_propose"
    return [(BulkAct.Kind(kind).label, reverse(page, args=[kind, row.pk])) for kind in kinds]


@admin.register(Comment)
class CommentDesk(CommentAdmin):
    """Comments with what moderators made of them."""

    acts = (
        replace(CommentAdmin.acts[0], perform=lambda comment, **said: actions.hide_comment(comment=comment, **said)),
        *CommentAdmin.acts[1:],
        Act(
            name="rescore",
            label="Set the score",
            permission="moderation.set_back_comment",
            will="The comment has this score, and moderators go on from there. The author is told; the log shows it.",
            perform=lambda comment, **said: actions.correct_score(comment=comment, **said) is not None,
            form=ScoreForm,
            outlook=lambda comment: f"score now {comment.score} {comment.label}".strip(),
            is_bulk=False,
        ),
        Act(
            name="set-back",
            label="Set back",
            permission="moderation.set_back_comment",
            will=(
                "Every moderation of the comment is withdrawn: it stands at its starting score, and its author's karma "
                "is as if they had never been. The points spent are not returned."
            ),
            perform=lambda comment, **said: actions.set_back_comment(comment=comment, **said),
            outlook=score_set_back,
        ),
        Act(
            name="erase",
            label="Erase the words",
            permission="comments.erase_comment",
            will=(
                "The words and the subject are gone for ever, here and in every notice that quotes them. For what "
                "breaks the law; hide what only breaks the rules. The author is told, and the log shows it."
            ),
            perform=lambda comment, **said: actions.erase_comment(comment=comment, **said),
            applies=lambda comment: not comment.is_archived and comment.text.erased_at is None,
            is_bulk=False,
        ),
    )

    def _buttons(self, request, row):
        return super()._buttons(request, row) + mass_buttons(request, row, BulkAct.Kind.HIDE_SUBTREE)

    def panels(self, request, row):
        if request.user.has_perm("moderation.view_moderation"):
            yield receipt_panel(row)
        yield from super().panels(request, row)


def receipt_panel(comment: Comment) -> Panel:
    receipt = load_receipt(comment)
    rows = [("", "", f"Start {comment.start_label}".strip(), "", comment.start_score, "")]
    for line in receipt.lines:
        moderation = line.moderation
        after = "" if line.score_after is None else line.score_after
        rows.append(
            (
                change_link(moderation, moderation.moderated_at),
                change_link(moderation.moderator),
                moderation.words,
                line.delta_words,
                after,
                moderation.withdrawn_because or ("held at the bound" if line.clamped else ""),
            )
        )
    title = f"Why its score is {receipt.outcome.score} {receipt.outcome.label}".strip()
    return Panel(title, ("When", "Moderator", "Reason", "Points", "Score then", "Remark"), rows)


class PointsForm(ReasonForm):
    points = forms.IntegerField(min_value=1, max_value=policy.MOD_POINTS_HELD_MAX)
    field_order = ("points", "reason")


def moderator_of(member: User) -> Moderator:
    return getattr(member, "moderator", None) or Moderator(member=member)


def barred_until(member: User):
    """Until when the member is barred; None if not at present."""
    until = moderator_of(member).barred_until
    return until if until and until > timezone.now() else None


# Here, where the letterbox is known, the member is told as well.
STANDING = {
    "ban": lambda member, **said: actions.ban(member=member, **with_end(**said)),
    "unban": lambda member, **said: actions.lift_ban(member=member, **said),
    "karma": lambda member, **said: actions.set_karma(member=member, **said),
}


@admin.register(User)
class MemberDesk(MemberAdmin):
    """Members with their mod points, what they said, and how they moderated and were moderated."""

    list_display = (*MemberAdmin.list_display[:3], "points", *MemberAdmin.list_display[3:])
    standing = (*MemberAdmin.standing[:3], "points", *MemberAdmin.standing[3:])
    acts = (
        *(replace(act, perform=STANDING.get(act.name, act.perform)) for act in MemberAdmin.acts),
        Act(
            name="bar",
            label="Bar from moderating",
            permission="moderation.bar_moderator",
            will=(
                f"The member gets no points and cannot moderate: for {policy.BAR_FIRST.days} days, and each later time "
                f"for {policy.BAR_AGAIN.days}. Points in hand are taken. The member is told, and can appeal. What the "
                "member moderated stays, unless you withdraw it by the mass act."
            ),
            perform=lambda member, **said: actions.bar_moderator(member=member, **said),
            applies=lambda member: not barred_until(member),
            outlook=lambda member: f"barred {moderator_of(member).bars} times so far",
        ),
        Act(
            name="lift-bar",
            label="Lift the bar",
            permission="moderation.bar_moderator",
            will="The member can moderate again, and is told.",
            perform=lambda member, **said: actions.lift_bar(member=member, **said),
            applies=lambda member: bool(barred_until(member)),
            outlook=lambda member: (
                f"barred until {barred_until(member):%Y-%m-%d}: {moderator_of(member).barred_because}"
            ),
        ),
        Act(
            name="grant-points",
            label="Grant points",
            permission="moderation.grant_points",
            will="The member gets mod points, to be spent before they expire.",
            perform=lambda member, **said: actions.grant_points(member=member, **said),
            form=PointsForm,
            is_bulk=False,
        ),
        Act(
            name="remove-points",
            label="Remove points",
            permission="moderation.grant_points",
            will="All mod points that the member could still spend are taken away.",
            perform=lambda member, **said: actions.remove_points(member=member, **said),
            outlook=lambda member: f"{member.points} now",
            applies=lambda member: member.points > 0,
            is_bulk=False,
        ),
    )

    def _buttons(self, request, row):
        kinds = (BulkAct.Kind.HIDE_NEWEST, BulkAct.Kind.SET_BACK_MODERATOR)
        return super()._buttons(request, row) + mass_buttons(request, row, *kinds)

    def get_queryset(self, request):
        spendable = PointGrant.objects.filter(member=OuterRef("pk")).spendable(timezone.now())
        points = spendable.order_by().values("member").annotate(points=Sum("points_left")).values("points")
        return super().get_queryset(request).annotate(points=Coalesce(Subquery(points), 0))

    @admin.display(description="mod points")
    def points(self, member):
        return member.points

    def panels(self, request, row):
        if request.user.has_perm("comments.view_comment"):
            yield comments_panel(row)
        if request.user.has_perm("moderation.view_moderation"):
            yield moderations_panel("Moderations given", row.moderations.all(), f"?moderator__id__exact={row.pk}")
            yield moderations_panel(
                "Moderations received", row.moderations_received.all(), f"?author__id__exact={row.pk}"
            )
        if request.user.has_perm("moderation.view_pointgrant"):
            yield grants_panel(row)
        if request.user.has_perm("moderation.view_pointentry"):
            yield points_panel(row)
        if request.user.has_perm("moderation.view_tokenentry"):
            yield tokens_panel(row)
        if request.user.has_perm("moderation.view_verdict"):
            yield verdicts_panel(row)
        yield from super().panels(request, row)


def comments_panel(member: User) -> Panel:
    newest = member.comments.select_related("discussion").order_by("-pk")[:PANEL_LINES]
    rows = [
        (change_link(one, one.subject), one.discussion, f"{one.score} {one.label}".strip(), one.posted_at)
        for one in newest
    ]
    link = list_address(Comment, f"?author__id__exact={member.pk}")
    return Panel("Newest comments", ("Subject", "Discussion", "Score", "Posted"), rows, link)


def moderations_panel(title: str, moderations, query: str) -> Panel:
    newest = moderations.select_related("comment", "moderator").order_by("-pk")[:PANEL_LINES]
    rows = [
        (
            change_link(one, one.moderated_at),
            one.moderator,
            change_link(one.comment),
            one.get_reason_display(),
            one.withdrawn_because,
        )
        for one in newest
    ]
    return Panel(title, ("When", "Moderator", "Comment", "Reason", "Withdrawn"), rows, list_address(Moderation, query))


def grants_panel(member: User) -> Panel:
    newest = member.point_grants.order_by("-pk")[:PANEL_LINES]
    rows = [
        (
            change_link(one, one.granted_at),
            one.cause,
            one.points_granted,
            one.points_left,
            one.points_expired,
            one.expires_at,
        )
        for one in newest
    ]
    columns = ("When", "Why", "Granted", "Left", "Expired", "Expire")
    return Panel("Grants of mod points", columns, rows, list_address(PointGrant, f"?member__id__exact={member.pk}"))


def points_panel(member: User) -> Panel:
    newest = member.point_entries.order_by("-pk")[:PANEL_LINES]
    rows = [(change_link(one, one.entered_at), one.get_kind_display(), one.points, one.cause) for one in newest]
    link = list_address(PointEntry, f"?member__id__exact={member.pk}")
    return Panel("What became of points", ("When", "What", "Points", "Why"), rows, link)


def tokens_panel(member: User) -> Panel:
    newest = member.token_entries.order_by("-pk")[:PANEL_LINES]
    rows = [
        (change_link(one, one.entered_at), one.get_kind_display(), f"{one.amount:+d}", f"{one.asked:+d}", one.balance)
        for one in newest
    ]
    link = list_address(TokenEntry, f"?member__id__exact={member.pk}")
    return Panel("Tokens", ("When", "Why", "Change", "Without the limits", "Balance"), rows, link)


def verdicts_panel(member: User) -> Panel:
    """What metamoderators found of this member's moderations, the newest moderations first."""
    judged = member.moderations.filter(judging_ended_at__isnull=False, verdict__isnull=False)
    newest = judged.select_related("verdict", "comment").order_by("-pk")[:PANEL_LINES]
    rows = [
        (
            change_link(one.verdict, one.verdict.settled_at),
            change_link(one),
            change_link(one.comment),
            one.verdict.words,
        )
        for one in newest
    ]
    link = list_address(Verdict, f"?moderation__moderator__id__exact={member.pk}")
    return Panel("Verdicts received", ("When", "Moderation", "Comment", "Found"), rows, link)

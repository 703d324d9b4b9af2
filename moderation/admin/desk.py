"""The admin's pages about moderation: a comment with its score's history, a member with points, the logs."""

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from comments.admin import CommentAdmin
from comments.models import Comment
from forum import policy
from forum.accounts.admin.acts import Act, ReasonForm
from forum.accounts.admin.desk import PANEL_LINES, Panel, change_link, list_address
from forum.accounts.admin.members import MemberAdmin
from forum.accounts.models import User
from moderation import actions
from moderation.models import Moderation, PointGrant
from moderation.queries import load_receipt


def score_set_back(comment: Comment) -> str:
    return f"score now {comment.score} {comment.label}".strip() + f", then {comment.start_score}"


@admin.register(Comment)
class CommentDesk(CommentAdmin):
    """Comments with what moderators made of them."""

    acts = (
        *CommentAdmin.acts,
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
    )

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


@admin.register(User)
class MemberDesk(MemberAdmin):
    """Members with their mod points, what they said, and how they moderated and were moderated."""

    list_display = (*MemberAdmin.list_display[:3], "points", *MemberAdmin.list_display[3:])
    standing = (*MemberAdmin.standing[:3], "points", *MemberAdmin.standing[3:])
    acts = (
        *MemberAdmin.acts,
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

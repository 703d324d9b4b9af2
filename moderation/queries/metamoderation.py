"""The pages of metamoderation: what there is to judge, and how one's own moderations were judged."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Sum

from comments.models import Comment, Discussion
from forum import policy, text
from forum.accounts.models import User
from forum.rulebook.queries import policy_in_force
from moderation.models import MetaSitting, Moderation, TokenEntry, Verdict
from moderation.rules import metamoderation as rules


@dataclass(frozen=True, slots=True)
class Case:
    """One moderation to judge, without names and scores: what was said, what it answers, the reason it was given."""

    moderation_id: int
    place: int
    reason: str
    comment: Comment
    answers: str  # the beginning of what it answers; "" where there is nothing to show
    is_before_edit: bool = False  # the comment said something else when it was moderated


@dataclass(frozen=True, slots=True)
class SittingPage:
    """The moderations of an open sitting; ``gone`` are those that were settled, withdrawn or removed meanwhile."""

    sitting: MetaSitting
    cases: list[Case]
    gone: int


def load_sitting(*, member: User, now: datetime) -> SittingPage | None:
    """What a member was given to judge and has not judged; None if there is nothing."""
    sitting = MetaSitting.objects.open().filter(member=member).first()
    if sitting is None:
        return None
    votes = sitting.votes.filter(is_twin=False)
    left = votes.filter(
        moderation__in=Moderation.objects.to_judge(),
        moderation__comment__hidden_at=None,
        moderation__comment__discussion__in=Discussion.objects.readable(now),
    )
    about = "moderation__comment"
    rows = left.select_related(f"{about}__text", f"{about}__discussion", f"{about}__parent__text").order_by("place")
    cases = [_case(vote) for vote in rows]
    return SittingPage(sitting, cases, votes.count() - len(cases)) if cases else None


def _case(vote) -> Case:
    comment, parent = vote.moderation.comment, vote.moderation.comment.parent
    answers = text.excerpt(parent.text.html, policy.EXCERPT_OF_PARENT) if parent and not parent.hidden_at else ""
    edited_at, reason = comment.text.edited_at, vote.moderation.get_reason_display()
    is_before_edit = edited_at is not None and vote.moderation.moderated_at < edited_at
    return Case(vote.moderation_id, vote.place, reason, comment, answers, is_before_edit)


def may_metamoderate(*, member, now: datetime) -> bool:
    """Whether to lead a member to the page: something waits, and nothing is against judging it."""
    if not (member.is_authenticated and member.is_willing_to_moderate) or member.banned_at:
        return False
    numbers = policy_in_force()
    waiting = Moderation.objects.to_judge().filter(moderated_at__lte=now - numbers.meta_min_age)
    # Asked for in their order, for the index of those that wait has it; SQLite would go through all by their times.
    if not numbers.metamoderation or waiting.order_by("pk").values_list("pk").first() is None:
        return False
    return rules.why_not(MetaSitting.objects.standing_of(member), numbers, now) is None


@dataclass(frozen=True, slots=True)
class OwnVerdict:
    """What metamoderators found of one of the member's moderations, and what came of it for the member."""

    verdict: Verdict
    comment: Comment
    reason: str
    tokens: int
    karma: int


def load_own_verdicts(*, member: User, page_number: str) -> Page:
    """A page of OwnVerdict, that of the newest moderation first: by verdict, those of everybody were gone through."""
    verdicts = Verdict.objects.filter(moderation__moderator=member).order_by("-moderation_id")
    page = Paginator(verdicts.select_related("moderation__comment", "karma_change"), policy.VERDICTS_PER_PAGE).get_page(
        page_number
    )
    own = TokenEntry.objects.filter(verdict__in=[verdict.pk for verdict in page.object_list], member=member)
    judged = own.exclude(kind=TokenEntry.Kind.VOTED).order_by().values_list("verdict")
    tokens = dict(judged.annotate(Sum("amount")))
    page.object_list = [
        OwnVerdict(
            verdict,
            verdict.moderation.comment,
            verdict.moderation.get_reason_display(),
            tokens.get(verdict.pk, 0),
            verdict.karma_change.delta if verdict.karma_change else 0,
        )
        for verdict in page.object_list
    ]
    return page

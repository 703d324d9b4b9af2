"""The moderator's own page: comments of open discussions that need a moderator most."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.core.cache import cache
from django.db.models import Count
from django.urls import reverse
from django.utils.functional import cached_property

from comments.models import Comment, Discussion
from comments.queries import CommentRow, Said, as_said, comment_rows
from forum import policy, text
from forum.accounts.models import User
from forum.presets import Policy
from forum.reading import Reading
from forum.rulebook.queries import policy_in_force
from moderation.models import Moderation
from moderation.queries.desk import Given, as_given, points_of, points_words, reason_choices, why_barred
from moderation.rules import desk as rules

SHOWN = "moderators-desk"  # in the cache: which comments were shown to whom; a hint, so losing some of it does no harm
COLUMNS = ("id", "discussion_id", "level", "start_score", "posted_at", "author_id", "hidden_at", "is_archived")


@dataclass(slots=True)
class Candidate:
    """A comment that could stand on the desk."""

    id: int
    discussion_id: int
    case: rules.Case


@dataclass(frozen=True, slots=True)
class Parent:
    """What a comment answers, in one line."""

    link: str
    author: str
    words: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A comment on the desk: as pages show it, where it stands, what it answers, why it is here."""

    said: Said
    parent: Parent | None
    why: str
    is_new: bool


@dataclass(frozen=True)
class WaitingPage:
    """The desk of one member. ``words``: why there is nothing to do, empty if there is."""

    points: int
    words: str
    waiting: list[Waiting]
    numbers: Policy
    karma: int
    newest: int  # the newest comment that could have been chosen
    just_given: list[tuple[Comment, Given]]  # what the member can still take back

    @property
    def points_words(self) -> str:
        return points_words(self.points)

    @property
    def new_count(self) -> int:
        return sum(one.is_new for one in self.waiting)

    @cached_property
    def choices(self) -> list[tuple[int, str]]:
        return reason_choices(self.numbers, karma=self.karma)


def load_waiting(*, member: User, reading: Reading, seen_up_to: int, now: datetime) -> WaitingPage:
    """The desk: at most policy.DESK_LINES comments, the same for one member until the hour ends.

    ``seen_up_to``: the newest comment there was at the member's last look; 0 at the first, when nothing counts as new.
    """
    numbers, points = policy_in_force(), points_of(member, now)
    words = why_barred(member, now) or ("" if points else "You have no mod points at present.")
    if words:
        return WaitingPage(points, words, [], numbers, member.karma, seen_up_to, _just_given(member, numbers, now))
    discussions = open_discussions(now)
    found = candidates(member=member, discussions=discussions, numbers=numbers, now=now)
    shown = cache.get(SHOWN, {})
    for one in found:
        one.case = one.case._replace(seen=len(set(shown.get(one.id, ())) - {member.pk}))
    chosen = choose(found, member_id=member.pk, now=now)
    _remember(shown, found, chosen, member, numbers.window)
    waiting = _as_shown(chosen, discussions, reading, seen_up_to)
    newest = max((one.id for one in found), default=seen_up_to)
    return WaitingPage(points, "", waiting, numbers, member.karma, newest, _just_given(member, numbers, now))


def _just_given(member: User, numbers: Policy, now: datetime) -> list[tuple[Comment, Given]]:
    own = Moderation.objects.active().by(member).filter(sets_score=None, moderated_at__gt=now - numbers.undo_within)
    newest = own.select_related("comment__discussion").order_by("-id")[: policy.DESK_LINES]
    return [(moderation.comment, as_given(moderation, numbers, now)) for moderation in newest]


def open_discussions(now: datetime) -> dict[int, Discussion]:
    """The newest open discussions that people talk in, by number, as many as can be looked through at once."""
    newest = Discussion.objects.open(now).filter(comment_count__gte=1).order_by("-opens_at")
    found, comments = {}, 0
    for discussion in newest[: policy.DESK_DISCUSSIONS]:
        comments += discussion.comment_count
        if found and comments > policy.DESK_COMMENTS:
            break
        found[discussion.pk] = discussion
    return found


def candidates(*, member: User, discussions: dict[int, Discussion], numbers: Policy, now: datetime) -> list[Candidate]:
    """The comments of these discussions that the member could moderate, as far as that is cheap to know."""
    if numbers.is_exclusive:
        posted = Comment.objects.filter(discussion__in=discussions, author=member).values_list("discussion_id")
        taboo = {discussion_id for (discussion_id,) in posted}
        discussions = {pk: one for pk, one in discussions.items() if pk not in taboo}
    comments = Comment.objects.filter(discussion__in=discussions).order_by("-id")
    rows = sorted(comments.values_list(*COLUMNS)[: policy.DESK_COMMENTS])
    # By number: asked by discussion, databases would go through every moderation there is.
    active = Moderation.objects.active().filter(comment__in=[pk for pk, *_ in rows], sets_score=None)
    own = set(active.by(member).values_list("comment_id", flat=True))
    given = dict(active.values_list("comment_id").annotate(Count("id")))
    found, places, totals = [], Counter(), Counter(discussion_id for _, discussion_id, *_ in rows)
    for pk, discussion_id, level, start, posted_at, author_id, hidden_at, is_archived in rows:
        place = places[discussion_id]
        places[discussion_id] += 1
        at = posted_at or discussions[discussion_id].opens_at
        # What an archive brought along was moderated where it came from.
        if is_archived or hidden_at or author_id == member.pk or pk in own or at < now - numbers.window:
            continue
        fifth = rules.fifth_of(place, totals[discussion_id])
        case = rules.Case(fifth, level, start, given.get(pk, 0), max(now - at, timedelta(0)))
        found.append(Candidate(pk, discussion_id, case))
    return found


def choose(found: list[Candidate], *, member_id: int, now: datetime) -> list[Candidate]:
    """What this member sees until the hour ends: the neediest, spread over discussions, with a share of chance."""
    look = look_number(now)

    def lot(one: Candidate) -> float:
        return Random(f"{member_id}:{look}:{one.id}").random()

    ranked = rules.by_need(found, case=lambda one: one.case, lot=lot)
    return rules.choose_spread(
        ranked,
        group=lambda one: one.discussion_id,
        most=policy.DESK_LINES,
        each=policy.DESK_PER_DISCUSSION,
    )


def look_number(now: datetime) -> int:
    """Which look at the desk this is; a new one begins each hour."""
    return int(now.timestamp() // policy.DESK_LOOK.total_seconds())


def _remember(shown: dict, found: Iterable[Candidate], chosen: list[Candidate], member: User, window: timedelta):
    """Keep for the others what this desk shows; what nobody could choose any more is forgotten."""
    known = {one.id for one in found}
    kept = {pk: seen for pk, seen in shown.items() if pk in known}
    for one in chosen:
        kept[one.id] = [*{*kept.get(one.id, ()), member.pk}][-policy.DESK_SEEN_MAX - 1 :]
    if kept != shown:
        cache.set(SHOWN, kept, window.total_seconds())


def _as_shown(
    chosen: list[Candidate], discussions: dict[int, Discussion], reading: Reading, seen_up_to: int
) -> list[Waiting]:
    rows = {row.id: row for row in comment_rows(Comment.objects.filter(pk__in=[one.id for one in chosen]))}
    parents = _parents({row.parent_id for row in rows.values() if row.parent_id})
    return [
        Waiting(
            said=as_said(rows[one.id], discussions[one.discussion_id], reading),
            parent=parents.get(rows[one.id].parent_id),
            why=" · ".join(rules.reasons_of_need(one.case)),
            is_new=bool(seen_up_to) and one.id > seen_up_to,
        )
        for one in chosen
        if one.id in rows
    ]


def _parents(ids: set[int]) -> dict[int, Parent]:
    rows = comment_rows(Comment.objects.filter(pk__in=ids, hidden_at=None))
    return {
        row.id: Parent(reverse("comment", args=[row.id]), _author_of(row), text.excerpt(row.html, policy.DESK_EXCERPT))
        for row in rows
    }


def _author_of(row: CommentRow) -> str:
    if row.archived_hidden_at:
        return "somebody"
    return row.author_name or row.archived_name or "Anonymous Coward"

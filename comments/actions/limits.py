"""How much and how fast one may post: members by karma, Anonymous Cowards by the network they are on.

Everything is counted in the records, under locks: of the member for what comes under a name, of the day's key for what
comes without one. So eight workers count as one, and none of it needs Redis or asks a process's memory.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from comments import rules
from comments.models import Comment, Discussion, Origin
from forum import policy
from forum.accounts.actions import Refused, network_key
from forum.accounts.models import NetworkKey, User
from forum.compiled import Compiled
from forum.networks import keyed_hash
from forum.presets import Policy

POSTS_OF = Compiled(
    lambda member, since: (
        Comment.objects.filter(author=member, posted_at__gt=since)
        .order_by("-posted_at", "-id")
        .values_list("posted_at", "score", "start_score", "discussion_id", "parent__author_id")[
            : policy.POSTS_LOOKED_AT
        ]
    )
)


class TooSoon(Refused):
    """Not now, but after ``wait``."""

    def __init__(self, words: str, wait: timedelta):
        super().__init__(f"{words} Try again in {in_words(wait)}.")
        self.wait = wait


class Place(NamedTuple):
    """Where somebody wants to post: the discussion, locked, and the comment to be answered; and from what network."""

    discussion: Discussion
    parent: Comment | None
    network: str


class Post(NamedTuple):
    """One comment of somebody's last days."""

    posted_at: datetime
    score: int
    start_score: int
    discussion_id: int
    answers: int | None  # the member who wrote what it answers

    @property
    def change(self) -> int:
        return self.score - self.start_score


def check_room(*, author: User | None, writer: User | None, place: Place, numbers: Policy, now: datetime) -> None:
    """Raise TooSoon, with the time to try again, where there is no room for another comment yet.

    The author is locked and freshly read; for a comment without one the day's key is locked, so that of many tabs no
    more get through. ``writer`` is the member who posts, with or without a name; staff are not limited.
    """
    if writer and writer.is_staff:
        return
    if author:
        posts = _posts_of(author, numbers, now)
        _check_member(author, posts, numbers, now)
        _check_pair(posts, place, numbers, now)
        _check_brake(posts, numbers.brake_member if author.karma < 1 else 0, numbers, now)
        return
    _check_discussion(place.discussion, numbers, now)
    if writer:
        _check_brake(_posts_of(writer, numbers, now), numbers.brake_member, numbers, now)
    if place.network or writer:
        _check_without_name(writer, place.network, numbers, now)


def asks_challenge(*, author: User | None, writer: User | None, numbers: Policy) -> bool:
    """Whether a comment must bring a solved challenge: those of visitors, where the policy says so; no member's."""
    return bool(numbers.anonymous_challenge) and author is None and writer is None


def check_form_time(*, opened_at: datetime | None, numbers: Policy, now: datetime) -> None:
    """Raise TooSoon for a visitor's form that was filled in quicker than people type."""
    if opened_at and now - opened_at < numbers.form_wait:
        raise TooSoon("That was very quick for somebody who types.", opened_at + numbers.form_wait - now)


# -- Under a name --------------------------------------------------------------------------------------------------


def _posts_of(member: User, numbers: Policy, now: datetime) -> list[Post]:
    """What a member said lately, oldest first; no more of it than counts for anything."""
    since = now - max(rules.DAY, numbers.brake_span)
    return [Post(*row) for row in POSTS_OF.all(member.pk, since)][::-1]


def _check_member(member: User, posts: Sequence[Post], numbers: Policy, now: datetime) -> None:
    gap = numbers.post_gap_low if member.karma < numbers.karma_low else numbers.post_gap
    until = rules.burst_until([post.posted_at for post in posts], gap=gap, burst=numbers.post_burst)
    _check(until, "You have just posted something else.", now)
    if allowed := rules.posts_allowed(member.karma, numbers):
        today = [(post.posted_at, post.change) for post in posts if post.posted_at > now - rules.DAY]
        words = f"With your karma you can post {allowed} comments a day."
        _check(rules.full_until(today, allowed), words, now)


def _check_pair(posts: Sequence[Post], place: Place, numbers: Policy, now: datetime) -> None:
    whom = place.parent and place.parent.author_id
    if not whom:
        return
    here = [post for post in posts if post.discussion_id == place.discussion.pk and post.answers == whom]
    lately = [post.posted_at for post in here if post.posted_at > now - policy.PAIR_SPAN]
    until = rules.pair_until(lately, free=numbers.pair_answers, gap=numbers.pair_gap)
    words = f"You have answered the same member {len(lately)} times within the hour. Let others have a word, too."
    _check(until, words, now)


def _check_brake(posts: Iterable[Post], limit: float, numbers: Policy, now: datetime) -> None:
    changed = [(post.posted_at, post.change) for post in posts if post.change]
    until = rules.braked_until(changed, limit=limit, numbers=numbers, now=now)
    _check(until, "Moderators have put down much of what came from you or from your network lately.", now)


# -- Without a name ------------------------------------------------------------------------------------------------


def _check_discussion(discussion: Discussion, numbers: Policy, now: datetime) -> None:
    """However many networks a flood comes from, one discussion takes only so much of it."""
    if not numbers.thread_anonymous:
        return
    newest = Comment.objects.filter(discussion=discussion).order_by("-id")
    rows = newest.values_list("author_id", "is_archived", "posted_at")[: policy.POSTS_LOOKED_AT]
    since = now - numbers.thread_span
    lately = [at for author, is_archived, at in rows if not (author or is_archived) and at > since]
    if len(lately) >= numbers.thread_anonymous:
        until = lately[numbers.thread_anonymous - 1] + numbers.thread_span
        _check(until, "Very many anonymous comments have come here within minutes. Sign in to say more.", now)


def _check_without_name(writer: User | None, network: str, numbers: Policy, now: datetime) -> None:
    posts = _posts_without_name(writer, network, numbers, now)
    today = [post.posted_at for post in posts if post.posted_at > now - rules.DAY]
    gap, growth = numbers.post_gap_anonymous, numbers.post_gap_growth
    until = rules.growing_until(today, gap=gap, growth=growth)
    _check(until, "An anonymous comment has just come from your network. Sign in to wait less.", now)
    if allowed := numbers.posts_anonymous:
        words = f"{allowed} anonymous comments a day can come from one network. Sign in to say more."
        _check(rules.full_until([(at, 0) for at in today], allowed), words, now)
    limit = rules.brake_limit(numbers.brake_network, writer and writer.karma)
    _check_brake(posts, limit, numbers, now)


def _posts_without_name(writer: User | None, network: str, numbers: Policy, now: datetime) -> list[Post]:
    """What came lately without a name from this network, or from this member wherever the member was; oldest first."""
    network_key(now.date())
    since = now - max(rules.DAY, numbers.brake_span)
    keys = NetworkKey.objects.select_for_update(no_key=True).filter(day__gte=since.date()).order_by("day")
    here = Q(pk=None)
    for key in keys:
        if network:
            here |= Q(key=key, network=keyed_hash(key.secret, f"network:{network}"))
        if writer:
            here |= Q(key=key, author=keyed_hash(key.secret, f"member:{writer.pk}"))
    origins = Origin.objects.filter(here, comment__author=None, comment__posted_at__gt=since)
    columns = ("posted_at", "score", "start_score", "discussion_id")
    rows = origins.order_by("-comment__posted_at", "-pk").values_list(*(f"comment__{name}" for name in columns))
    return [Post(*row, None) for row in rows[: policy.POSTS_LOOKED_AT]][::-1]


# -- Words ---------------------------------------------------------------------------------------------------------


def _check(until: datetime | None, words: str, now: datetime) -> None:
    if until and until > now:
        raise TooSoon(words, until - now)


def in_words(wait: timedelta) -> str:
    """A wait, rounded up: 3 hours, 1 minute, 20 seconds."""
    hour, minute, second = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
    one, name = (hour, "hour") if wait > hour else (minute, "minute") if wait > minute else (second, "second")
    count = -(-wait // one)
    return f"{count} {name}" if count == 1 else f"{count} {name}s"

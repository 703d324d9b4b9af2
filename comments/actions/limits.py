"""How much one may post in a day: members by karma, Anonymous Cowards by the network they are on."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from comments import rules
from comments.models import Comment, Origin
from forum.accounts.actions import Refused, network_key
from forum.accounts.models import NetworkKey, User
from forum.networks import keyed_hash
from forum.presets import Policy


def check_room(*, author: User | None, network: str, numbers: Policy, now: datetime) -> None:
    """Raise Refused, with the time to try again, where the day has no more room for a comment (Slash: comments_perday).

    The author is locked and freshly read; for a comment without one the day's key is locked, so that of many tabs no
    more get through.
    """
    if author:
        _check_member(author, numbers, now)
    elif network and numbers.posts_anonymous:
        _check_network(network, numbers, now)


def _check_member(member: User, numbers: Policy, now: datetime) -> None:
    allowed = rules.posts_allowed(member.karma, numbers)
    if allowed and not member.is_staff:
        posts = Comment.objects.filter(author=member, posted_at__gt=now - rules.DAY).order_by("posted_at", "id")
        words = f"With your karma you can post {allowed} comments a day."
        _check(posts.values_list("posted_at", "score", "start_score"), allowed, words, now)


def _check_network(network: str, numbers: Policy, now: datetime) -> None:
    network_key(now.date())
    keys = NetworkKey.objects.select_for_update(no_key=True).filter(day__gte=(now - rules.DAY).date()).order_by("day")
    here = Q()
    for key in keys:
        here |= Q(key=key, network=keyed_hash(key.secret, f"network:{network}"))
    origins = Origin.objects.filter(here, comment__author=None, comment__posted_at__gt=now - rules.DAY)
    posts = origins.order_by("comment__posted_at", "pk").values_list("comment__posted_at", flat=True)
    words = f"{numbers.posts_anonymous} anonymous comments a day can come from one network. Sign in to say more."
    _check([(posted_at, 0, 0) for posted_at in posts], numbers.posts_anonymous, words, now)


def _check(posts: Iterable[tuple[datetime, int, int]], allowed: int, words: str, now: datetime) -> None:
    until = rules.full_until([(at, score - start) for at, score, start in posts], allowed)
    if until:
        raise Refused(f"{words} Try again in {in_words(until - now)}.")


def in_words(wait: timedelta) -> str:
    """A wait, rounded up: 3 hours, 1 minute."""
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    one, name = (hour, "hour") if wait > hour else (minute, "minute")
    count = -(-wait // one)
    return f"{count} {name}" if count == 1 else f"{count} {name}s"

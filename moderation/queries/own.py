"""What a member takes along from the moderation: what was given, what was received, what was told to staff."""

from collections.abc import Iterable

from django.db.models import F

from forum.accounts.models import User
from moderation.models import (
    Appeal,
    Flag,
    Held,
    MetaVote,
    Moderation,
    Moderator,
    PointEntry,
    PointGrant,
    ReadHour,
    TokenEntry,
)

LINE = ("id", "comment_id", "reason", "delta", "sets_score", "moderated_at", "withdrawn_at", "withdrawn_because")


def own_records(member: User) -> dict[str, Iterable[dict]]:
    """Everything that concerns the member; who moderated or flagged the member's comments is those people's secret."""
    judged = Moderator.objects.filter(member=member)
    return {
        "moderator": judged.values("tokens", "granted_at", "barred_until", "barred_because", "bars"),
        "moderations_given": _lines(Moderation.objects.by(member), *LINE),
        "moderations_received": _lines(Moderation.objects.filter(author=member), *LINE),
        "mod_points": _lines(
            PointGrant.objects.of(member), "points_granted", "points_left", "kind", "cause", "granted_at", "expires_at"
        ),
        "mod_point_entries": _lines(PointEntry.objects.filter(member=member), "kind", "points", "cause", "entered_at"),
        "tokens": _lines(TokenEntry.objects.filter(member=member), "kind", "amount", "balance", "entered_at"),
        "pages_read": _lines(ReadHour.objects.filter(member=member), "hour", "hits"),
        "flags": _lines(Flag.objects.filter(member=member), "comment_id", "kind", "words", "flagged_at", "outcome"),
        "waiting_comments": _lines(
            Held.objects.filter(author=member), "subject", "source", "held_at", "outcome", "decided_at"
        ),
        "appeals": Appeal.objects.filter(appellant=member)
        .order_by("id")
        .values("words", "filed_at", "outcome", "answer", "decided_at", against=F("act__verb")),
        "metamoderation": _lines(MetaVote.objects.filter(member=member), "moderation_id", "word", "voted_at"),
    }


def _lines(rows, *columns: str) -> Iterable[dict]:
    return rows.order_by("id").values(*columns).iterator()

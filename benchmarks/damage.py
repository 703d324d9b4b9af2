"""Wrong values planted in a sound site, one row each, and whether they are right again."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.seed_log import fold_karma

THEN = datetime(2025, 1, 1, tzinfo=UTC)
ROWS_TO_CHOOSE_FROM = 4_000


class Damage(NamedTuple):
    """A row that was changed, and the columns as they were."""

    kind: str  # as replay calls it
    model: type
    number: int
    before: dict


class Kind(NamedTuple):
    """One way to damage a row that is among ``rows``."""

    kind: str
    rows: object
    change: Callable[[object], dict]


def kinds() -> list[Kind]:
    """Every way in which a copy can differ from the log."""
    from comments.models import Comment, Discussion
    from forum.accounts.models import KarmaChange, User
    from moderation.models import Moderation, Moderator, PointGrant, TokenEntry

    comments, moderations, lines = Comment.objects, Moderation.objects, KarmaChange.objects.filter(reverses=None)
    grants = PointGrant.objects
    return [
        Kind("score", comments.all(), lambda row: {"score": (row.score + 3) % 7 - 1}),
        Kind("score", comments.exclude(label=""), lambda row: {"label": ""}),
        Kind("score", comments.all(), lambda row: {"label": "Funny" if row.label != "Funny" else "Troll"}),
        Kind("score", comments.filter(had_bonus=True), lambda row: {"has_bonus": not row.has_bonus}),
        Kind(
            "withdrawal",
            moderations.filter(reversals=None),
            lambda _: {"withdrawn_at": THEN, "withdrawn_because": "Nobody"},
        ),
        Kind(
            "withdrawal",
            moderations.filter(withdrawn_at__isnull=False),
            lambda _: {"withdrawn_at": None, "withdrawn_because": ""},
        ),
        Kind("withdrawal", moderations.filter(withdrawn_at__isnull=False), lambda _: {"withdrawn_because": "Another"}),
        Kind("karma line", lines.filter(withdrawn_at=None), lambda _: {"withdrawn_at": THEN}),
        Kind("karma line", lines.filter(withdrawn_at__isnull=False), lambda _: {"withdrawn_at": None}),
        Kind("karma", User.objects.all(), lambda row: {"karma": row.karma - 1 if row.karma > 0 else row.karma + 1}),
        Kind("points", grants.filter(points_left__gte=1), lambda row: {"points_left": row.points_left - 1}),
        Kind("points", grants.filter(points_left=0, points_expired=0), lambda _: {"points_left": 1}),
        Kind("points", grants.filter(points_expired__gte=1), lambda row: {"points_expired": row.points_expired - 1}),
        Kind("tokens", Moderator.objects.all(), lambda row: {"tokens": row.tokens + 7}),
        Kind("token balance", TokenEntry.objects.all(), lambda row: {"balance": row.balance - 1}),
        Kind("last grant", Moderator.objects.filter(granted_at__isnull=False), lambda _: {"granted_at": None}),
        Kind("total", Discussion.objects.all(), lambda row: {"count_2": row.count_2 + 1}),
        Kind("total", Discussion.objects.all(), lambda row: {"comment_count": row.comment_count + 5}),
    ]


def plant(count: int, *, seed: int = 1) -> list[Damage]:
    """Damage so many rows, no row twice, each kind at least once."""
    chance, planted, taken = random.Random(seed), [], defaultdict(set)
    planted += unbalance_karma(max(1, count // 20), chance, taken)
    ways = kinds()
    for place, way in enumerate(ways):
        wanted = (count - len(planted)) // (len(ways) - place)
        planted += [spoil(way, row) for row in choose(way.rows, wanted, chance, taken)]
    assert len(planted) == count, f"only {len(planted)} rows could be damaged"
    return planted


def choose(rows, wanted: int, chance: random.Random, taken: dict) -> list:
    """Rows at random that nothing was done to yet."""
    model = rows.model
    newest = model.objects.order_by("-pk").values_list("pk", flat=True).first()
    near = rows.filter(pk__gte=chance.randint(0, newest)).order_by("pk")[:ROWS_TO_CHOOSE_FROM]
    found = {row.pk: row for row in [*near, *rows.order_by("pk")[:ROWS_TO_CHOOSE_FROM]]}
    free = [row for row in found.values() if not taken[model] & {row.pk}]
    if model._meta.model_name == "karmachange":
        free = [row for row in free if row.member_id not in taken["unbalanced"]]
    chosen = chance.sample(free, min(wanted, len(free)))
    taken[model] |= {row.pk for row in chosen}
    return chosen


def spoil(way: Kind, row) -> Damage:
    changed = way.change(row)
    before = {name: getattr(row, name) for name in changed}
    assert changed != before
    way.rows.model.objects.filter(pk=row.pk).update(**changed)
    return Damage(way.kind, way.rows.model, row.pk, before)


def unbalance_karma(count: int, chance: random.Random, taken: dict) -> list[Damage]:
    """Karma that counts again though its moderation is withdrawn: the line that took it back is lost."""
    from forum.accounts.models import KarmaChange, User
    from moderation.models import Moderation

    withdrawn = Moderation.objects.filter(withdrawn_because="turn 1", karma_change__isnull=False)
    planted = []
    for row in choose(withdrawn.select_related("karma_change"), 3 * count, chance, taken):
        line = row.karma_change
        if len(planted) == count or line.member_id in taken["unbalanced"]:
            continue
        before = User.objects.get(pk=line.member_id).karma
        KarmaChange.objects.filter(reverses=line).delete()
        KarmaChange.objects.filter(pk=line.pk).update(withdrawn_at=None)
        log = KarmaChange.objects.filter(member=line.member_id, reverses=None).order_by("pk")
        karma = fold_karma((delta, at is None) for delta, at in log.values_list("delta", "withdrawn_at"))
        User.objects.filter(pk=line.member_id).update(karma=karma)
        taken["unbalanced"].add(line.member_id)
        taken[User].add(line.member_id)
        planted.append(Damage("karma of a moderation", User, line.member_id, {"karma": before}))
    return planted


def still_wrong(planted: list[Damage]) -> list[Damage]:
    """Those whose columns are not as they were before the damage."""
    return [
        one for one in planted if not one.model.objects.filter(pk=one.number, **_as_conditions(one.before)).exists()
    ]


def _as_conditions(before: dict) -> dict:
    return {
        f"{name}__isnull" if value is None else name: True if value is None else value for name, value in before.items()
    }

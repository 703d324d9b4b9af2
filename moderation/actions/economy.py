"""The economy's hourly run: new comments and expired points become tokens, tokens become points.

Everything a run does is one transaction with one EconomyRun row, behind one lock. Run twice, late or by two workers
it has the same effect once; hours that were missed are not made up one by one: the next run takes all new comments.
"""

import secrets
from datetime import datetime
from random import Random

from django.db import transaction
from django.db.models import BigIntegerField, Max, Q, Sum

from comments.models import Comment
from forum import policy
from forum.accounts.models import User
from forum.presets import DAILY, TOKENS
from forum.retries import retried
from forum.rulebook.models import PolicyVersion
from moderation.actions.points import expire_mod_points, grant_daily_points, lock_economy, new_grant
from moderation.actions.tokens import Wish, change_tokens
from moderation.models import EconomyRun, Moderator, PointEntry, PointGrant, ReadHour, TokenEntry
from moderation.models.eligibility import find_candidates, points_held
from moderation.rules import lottery
from moderation.rules.lottery import Lots


def run_economy(*, now: datetime, seed: int | None = None) -> EconomyRun | None:
    """Do the work of the present hour, as the policy in force says; None if that was done already.

    Points past their time expire first, because what expired is handed out anew. Under a policy of daily grants every
    eligible member is given the day's points instead. ``seed``: of the lots, for tests; chosen at random otherwise.
    """
    expire_mod_points(now=now)
    grant_daily_points(now=now, today=now.date())
    return _run_hour(now, secrets.randbelow(BigIntegerField.MAX_BIGINT) if seed is None else seed)


@retried
@transaction.atomic
def _run_hour(now: datetime, seed: int) -> EconomyRun | None:
    version = lock_economy(now)
    last, slot = EconomyRun.objects.first(), lottery.hour_of(now)
    if last and last.slot >= slot:
        return None
    run = _take_in(last, version, slot, now, seed)
    if version.policy.grant_mode == TOKENS:
        _give_out(run, version, now)
    else:
        _count_daily_grants(run, last)
    run.save(update_fields=["tokens_given", "eligible_count", "receiver_count", "grant_count", "points_granted"])
    return run


def _take_in(last: EconomyRun | None, version: PolicyVersion, slot: datetime, now: datetime, seed: int) -> EconomyRun:
    """Make the run, with the comments and the expired points since the one before (Slash: steps 1-3).

    Comments of the last minute are the next run's: one that is being posted may have a lower number than one that
    stands already. Archives bring no tokens.
    """
    here = Comment.objects.filter(is_archived=False)
    newest = here.filter(posted_at__lte=now - policy.ECONOMY_SETTLES).aggregate(newest=Max("pk"))["newest"] or 0
    since, newest = (last.last_comment, max(newest, last.last_comment)) if last else (0, newest)
    comments = here.filter(pk__gt=since, pk__lte=newest).count()
    expiries = PointEntry.objects.filter(kind=PointEntry.Kind.EXPIRED, pk__gt=last.last_entry if last else 0)
    expired = expiries.aggregate(points=Sum("points", default=0), newest=Max("pk"))
    return EconomyRun.objects.create(
        slot=slot,
        policy=version,
        ran_at=now,
        last_comment=newest,
        last_entry=expired["newest"] or (last.last_entry if last else 0),
        comment_count=comments,
        points_recycled=expired["points"],
        token_supply=lottery.token_supply(version.policy, comments=comments, expired=expired["points"])
        if version.policy.grant_mode == TOKENS
        else 0,
        seed=seed,
    )


def _give_out(run: EconomyRun, version: PolicyVersion, now: datetime) -> None:
    """Draw the lots of a run, and enter what each member got for them (Slash: steps 4-10)."""
    numbers = version.policy
    lots = lottery.draw_lots(find_candidates(numbers, now), run.token_supply, numbers, Random(run.seed))
    entries = change_tokens(_wishes(run, lots, version), version=version, now=now)
    grants = _grants(run, lots, version, now)
    PointGrant.objects.bulk_create(grants)
    Moderator.objects.filter(pk__in=[grant.member_id for grant in grants]).update(granted_at=now)
    run.tokens_given = sum(entry.amount for entry in entries if entry.kind == TokenEntry.Kind.DRAWN)
    run.eligible_count, run.receiver_count = lots.eligible_count, len(lots.drawn)
    run.grant_count, run.points_granted = len(grants), sum(grant.points_granted for grant in grants)


def _wishes(run: EconomyRun, lots: Lots, version: PolicyVersion) -> list[Wish]:
    """All changes of tokens of a run at once, so that all moderators are locked in their order."""
    numbers, about = version.policy, {"run": run}
    wishes = [
        Wish(member, tokens, TokenEntry.Kind.DRAWN, about, ceiling=numbers.tokens_max)
        for member, tokens in lots.drawn.items()
    ]
    cost = -lottery.price(numbers)
    buyers = [*lots.granted, *lots.standby]
    return wishes + [Wish(member, cost, TokenEntry.Kind.PRICE, about, floor=0) for member in buyers]


KINDS = {
    PointGrant.Kind.TOKENS: "Mod points, by your tokens",
    PointGrant.Kind.STANDBY: "Mod points, because too few members had any",
}


def _grants(run: EconomyRun, lots: Lots, version: PolicyVersion, now: datetime) -> list[PointGrant]:
    held = points_held(now)
    kinds = dict.fromkeys(lots.standby, PointGrant.Kind.STANDBY) | dict.fromkeys(lots.granted, PointGrant.Kind.TOKENS)
    found = []
    for member_id, kind in kinds.items():
        points = lottery.points_of_grant(held.get(member_id, 0), version.policy)
        if points:
            about = {"kind": kind, "cause": KINDS[kind], "version": version, "now": now, "run": run}
            found.append(new_grant(member_id=member_id, points=points, **about))
    return found


def _count_daily_grants(run: EconomyRun, last: EconomyRun | None) -> None:
    daily = PointGrant.objects.filter(kind=PointGrant.Kind.DAILY, granted_at__lte=run.ran_at)
    daily = daily.filter(granted_at__gt=last.ran_at) if last else daily
    run.grant_count = run.receiver_count = run.eligible_count = daily.count()
    run.points_granted = daily.aggregate(points=Sum("points_granted", default=0))["points"]


@retried
@transaction.atomic
def decay_tokens(*, now: datetime) -> int:
    """Take a day's tokens from members who are away for long or whose karma is low; returns how many members.

    Once a day (UTC) and member, whoever calls it how often (Slash: decayTokens, step 12).
    """
    version = lock_economy(now)
    numbers = version.policy
    if numbers.grant_mode == DAILY:
        return 0
    since = now - numbers.decay_after
    here = ReadHour.objects.filter(hour__gte=lottery.hour_of(since)).values("member")
    away = Q(last_login__isnull=True) | Q(last_login__lt=since)
    idle = away & Q(joined_at__lt=since) & ~Q(pk__in=here)
    wasting = User.objects.filter(idle | Q(karma__lt=numbers.decay_below_karma), moderator__tokens__gt=0)
    decay = TokenEntry.Kind.DECAY
    today = TokenEntry.objects.filter(kind=decay, entered_at__gte=lottery.day_of(now)).values("member")
    members = wasting.exclude(pk__in=today).values_list("pk", flat=True)
    wishes = [Wish(member, -numbers.decay_per_day, decay, floor=0) for member in members]
    return len(change_tokens(wishes, version=version, now=now))

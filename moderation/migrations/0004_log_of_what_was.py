"""Write into the log what older versions kept only as columns: withdrawals, karma taken back, points that are gone.

Older versions had one fixed policy. It becomes version 1, and everything from then was made under it.
"""

from itertools import islice

from django.db import migrations
from django.db.models import F, Min
from django.utils import timezone

BATCH = 2_000
DAY = 24 * 60 * 60
FIRST, NAME, REASON = 1, "fixed", "The fixed policy of older versions."
# What decided anything then. What is missing here did not exist, and is switched off by what stands here.
NUMBERS = {
    "start_anonymous": 0,
    "start_named": 1,
    "karma_low": 0,
    "karma_bad": -10,
    "karma_bonus_from": 26,
    "bonus_lost_at_downmods": 3,
    # number, karma, can be the label, is metamoderable, needs another moderation before it
    "reasons": [
        [1, -1, True, True, False],
        [2, -1, True, True, False],
        [3, -1, True, True, False],
        [4, -1, True, True, False],
        [5, 1, True, True, False],
        [6, 1, True, True, False],
        [7, 1, True, True, False],
        [8, 0, True, True, False],
        [9, -1, False, False, False],
        [10, 1, False, False, False],
    ],
    "label_follows_direction": True,
    "grant_mode": "daily",
    "daily_points": 5,
    "points_max": 5,
    "point_lifetime": 3 * DAY,
    "min_karma": 0,
    "min_age": DAY,
    "window": 14 * DAY,
    "is_exclusive": True,
    "same_network_forbidden": False,
    "down_karma_min": -25,
    "pair_cap": 0,
    "undo_within": 0,
    "blind_reason_cost": 0,
    "standby_min": 0,
    "metamoderation": False,
}
POSTED = "The moderator posted in the discussion."
UNDER_POLICY = (
    ("comments", "Comment", "posted_at"),
    ("accounts", "KarmaChange", "changed_at"),
    ("accounts", "StaffAct", "acted_at"),
    ("moderation", "Moderation", "moderated_at"),
    ("moderation", "PointGrant", "granted_at"),
)


def write_the_log(apps, schema_editor):
    older = [(apps.get_model(app, name).objects, at) for app, name, at in UNDER_POLICY]
    older = [(rows.exclude(is_archived=True) if at == "posted_at" else rows.all(), at) for rows, at in older]
    began = [rows.filter(policy=None).aggregate(at=Min(at))["at"] for rows, at in older]
    if not any(began):
        return
    adopted_at = min((at for at in began if at), default=timezone.now())
    PolicyVersion = apps.get_model("rulebook", "PolicyVersion")
    columns = {"name": NAME, "numbers": NUMBERS, "reason": REASON, "adopted_at": adopted_at}
    PolicyVersion.objects.get_or_create(number=FIRST, defaults=columns)
    for rows, _ in older:
        rows.filter(policy=None).update(policy=FIRST)
    apps.get_model("moderation", "PointGrant").objects.filter(granted_on__isnull=False).update(kind="daily")
    in_batches(apps.get_model("moderation", "Reversal"), withdrawals(apps))
    in_batches(apps.get_model("accounts", "KarmaChange"), karma_taken_back(apps))
    in_batches(apps.get_model("moderation", "PointEntry"), points_gone(apps))


def in_batches(model, rows):
    while batch := list(islice(rows, BATCH)):
        model.objects.bulk_create(batch)


def in_pages(rows):
    """No statement stays open meanwhile, because the pages are written about."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from page
        last = page[-1].pk


def withdrawals(apps):
    """A reversal for each withdrawn moderation that has none; its act where staff set the comment back."""
    Moderation, Reversal = (apps.get_model("moderation", name) for name in ("Moderation", "Reversal"))
    acts = apps.get_model("accounts", "StaffAct").objects.filter(verb="set back", target_kind="comment")
    for withdrawn in in_pages(Moderation.objects.filter(withdrawn_at__isnull=False, reversals=None)):
        is_by_staff = withdrawn.withdrawn_because != POSTED
        act = acts.filter(target_id=withdrawn.comment_id, acted_at=withdrawn.withdrawn_at).first()
        yield Reversal(
            moderation=withdrawn,
            number=1,
            kind="staff" if is_by_staff else "posted",
            cause=withdrawn.withdrawn_because,
            act=act if is_by_staff else None,
            policy_id=FIRST,
            reversed_at=withdrawn.withdrawn_at,
        )


def karma_taken_back(apps):
    """A line that reverses each line which is kept as withdrawn."""
    KarmaChange = apps.get_model("accounts", "KarmaChange")
    silent = KarmaChange.objects.filter(withdrawn_at__isnull=False, reversed_by=None)
    for line in in_pages(silent.annotate(because=F("moderation__withdrawn_because"))):
        yield KarmaChange(
            member_id=line.member_id,
            delta=0,
            cause=line.because or "Taken back",
            changed_at=line.withdrawn_at,
            policy_id=FIRST,
            reverses=line,
        )


def points_gone(apps):
    """An entry for the points of each grant that are kept as expired; some of them were removed by staff."""
    PointGrant, PointEntry = (apps.get_model("moderation", name) for name in ("PointGrant", "PointEntry"))
    acts = apps.get_model("accounts", "StaffAct").objects.filter(verb="remove points", target_kind="member")
    for grant in in_pages(PointGrant.objects.filter(points_expired__gte=1, entries=None)):
        # Such an act took all that could still be spent, so nothing was left to expire afterwards.
        alive = {"acted_at__gte": grant.granted_at, "acted_at__lt": grant.expires_at}
        act = acts.filter(target_id=grant.member_id, **alive).order_by("pk").first()
        yield PointEntry(
            grant=grant,
            member_id=grant.member_id,
            kind="removed" if act else "expired",
            points=grant.points_expired,
            cause=f"Removed by staff. {act.reason}"[:200].strip() if act else "Not spent in time",
            act=act,
            policy_id=FIRST,
            entered_at=act.acted_at if act else grant.expires_at,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_policies_and_reversals"),
        ("comments", "0002_policy_and_origin"),
        ("moderation", "0003_judging_ends"),
        ("rulebook", "0001_policies"),
    ]

    operations = [migrations.RunPython(write_the_log, migrations.RunPython.noop)]

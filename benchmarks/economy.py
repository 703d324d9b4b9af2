"""A simulated year of the economy: does it issue what Slashdot's did, and how does a new site start?

The towns live in memory under the pure rules that the site calls (moderation/rules/lottery.py); what their people do is
a guess, written down in tests/town.py. A smaller town then lives in memory and in the site's database, through the
real actions, and both must have the same points and tokens at every hour.
"""

import argparse
import sys
from dataclasses import replace
from datetime import timedelta
from random import Random

from benchmarks.scratch import print_table, scratch_database
from forum.presets import SLASHDOT, THRESHOLD, Policy
from moderation.rules import lottery
from tests.town import DAY, Habits, Town, share

YEAR = 365 * DAY
OLD = 10 * YEAR


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=700, help="of the town that lives for a year")
    parser.add_argument("--days", type=int, default=365, help="it lives for")
    parser.add_argument("--largest", type=int, default=5000, help="members of the largest new site")
    asked = parser.parse_args()
    worked_examples()
    a_year(asked.members, asked.days)
    new_sites((5, 50, asked.largest))
    return cross_check(members=20, hours=7 * DAY)


def worked_examples() -> None:
    """SLASH.md 2.4: 300 comments and 40 expired points in an hour, some 22,000 regular readers."""
    supply = lottery.token_supply(SLASHDOT, comments=300, expired=40)
    drawn = lottery.hand_out(supply, list(range(22_000)), SLASHDOT, Random(1))
    grants = lottery.grant_count(2000, 22_000, SLASHDOT, Random(1))
    points = grants * SLASHDOT.points_per_grant
    rows = [
        ["tokens for 300 comments and 40 expired points", "2120", supply],
        ["members who draw them, of 22,000 eligible", "about 2000", len(drawn)],
        ["grants for 2000 receivers", "50", grants],
        ["points of these grants", "250", points],
        ["points for each of the 300 comments", "about 0.8", f"{points / 300:.2f}"],
    ]
    print_table("The worked examples of SLASH.md 2.4", ["what", "Slash", "ours"], rows)


def a_year(members: int, days: int) -> None:
    town = Town(members, SLASHDOT, founded_before=OLD)
    rows = []
    for quarter in range(4):
        before = town.comments, town.points_issued, town.points_expired, town.supply
        town.live_for(days * DAY * (quarter + 1) // 4 - town.hour)
        comments, points, expired, supply = (
            now - then
            for now, then in zip(
                (town.comments, town.points_issued, town.points_expired, town.supply), before, strict=True
            )
        )
        hours = days * DAY // 4
        rows.append([f"quarter {quarter + 1}", comments, *figures(town, comments, points, expired, supply, hours)])
    totals = town.comments, town.points_issued, town.points_expired, town.supply
    rows.append(["all", town.comments, *figures(town, *totals, days * DAY)])
    rows.append(["Slashdot", "some 7,200 a day", "6 + recycled", "0.7 to 0.8", "about 16 %", "–", "–", "28 %"])
    columns = ["", "comments", "tokens a comment", "points a comment", "of them expired", "eligible", "hold points"]
    title = f"{days} days of {members:,} members under slashdot-2009"
    print_table(title, [*columns, "moderated so far"], rows)


def figures(town: Town, comments: int, points: int, expired: int, supply: int, hours: int) -> list[str]:
    return [
        f"{supply / comments:.2f}",
        f"{points / comments:.3f}",
        percent(expired / max(1, points)),
        f"{share(town.eligible, hours) / town.size:.0%}",
        percent(share(town.holders, hours)),
        percent(town.moderated_share()),
    ]


def new_sites(sizes: tuple[int, ...]) -> None:
    rows = []
    for size in sizes:
        for name, numbers in policies().items():
            town = Town(size, numbers)
            first = town.live_for(7 * DAY).points_issued, town.comments, town.moderated_share()
            weeks = 1 if size > 1000 else 3
            town.live_for(weeks * 7 * DAY)
            later = town.comments - first[1]
            rows.append(
                [
                    f"{size:,}",
                    name,
                    "never" if town.first_points is None else town.first_points,
                    f"{first[0] / max(1, first[1]):.2f}",
                    percent(first[2]),
                    f"{(town.points_issued - first[0]) / max(1, later):.2f}",
                    percent(share(town.holders, weeks * 7 * DAY)),
                    percent(town.moderated_share()),
                    f"{town.grants['tokens']} / {town.grants['standby']}",
                ]
            )
    columns = ["members", "policy", "hours to the first moderator", "points a comment, week 1", "moderated, week 1"]
    columns += ["points a comment, later", "hold points, later", "moderated, in all", "grants: tokens / stand-by"]
    print_table("A new site, where everybody joins at once", columns, rows)


def policies() -> dict[str, Policy]:
    without = replace(THRESHOLD, standby_min=0, standby_share=0.0)
    return {"threshold": THRESHOLD, "threshold without stand-by": without, "slashdot-2009": SLASHDOT}


def percent(value: float) -> str:
    return f"{value:.1%}"


def cross_check(members: int, hours: int) -> int:
    """The same town in memory and in a database; returns 1 if they ever had different points or tokens."""
    with scratch_database("sqlite") as words:
        from tests.town_records import Records

        rows, found = [], []
        quick = {"is_exclusive": False, "pair_cap": 0, "tokens_per_point": 2, "point_lifetime": timedelta(hours=30)}
        for numbers in (SLASHDOT, THRESHOLD):
            lively = Habits(comments_a_day=4.0, visits_a_day=(1.0, 6.0))
            town = Town(members, replace(numbers, **quick), lively, founded_before=90 * DAY)
            different = Records(town).live_for(hours)
            spent = sum(town.spent.values())
            rows.append(
                [numbers.name, hours, town.comments, town.points_issued, spent, town.points_expired, len(different)]
            )
            found += different
            forget_everything()
    title = f"{members} members in memory and through the real actions, on {words}"
    print_table(title, ["policy", "hours", "comments", "points issued", "spent", "expired", "hours that differ"], rows)
    print("".join(f"\n{line}" for line in found[:10]))
    return bool(found)


def forget_everything() -> None:
    from django.core.management import call_command

    call_command("flush", interactive=False, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())

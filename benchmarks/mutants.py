"""Remove one guard after another, and see that a test fails each time: a test that cannot fail is worth nothing.

python -m benchmarks.mutants [NAME ...]

First the tests must pass with every guard in its place. Each mutant is a small change in a copy of the tree, or a test
database without one constraint; the tests named beside it run there. Those that need crossing transactions run on
PostgreSQL. Ends with 1 if a mutant survived.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests import services
from tests.surroundings import SERVERS, SQLITE

ROOT = Path(__file__).resolve().parent.parent
CODE = ("forum", "comments", "moderation", "stories", "tests", "benchmarks", "templates", "static")
FILES = ("pyproject.toml", "manage.py", "Makefile")
KILLED, SURVIVED = "killed", "SURVIVED"
SECONDS_EACH = 600
PLAINLY = ("--nomigrations", "-p", "no:playwright", "-p", "no:cacheprovider")  # tables right from the models: quicker

SPENDING = "moderation/actions/spending.py"
REVERSALS = "moderation/actions/reversals.py"
POINTS = "moderation/actions/points.py"
LOG = "moderation/models/log.py"
UNIT = "tests/moderation/"
RACES = "tests/races/test_moderating.py"
GUARDS = "tests/moderation/test_guards.py"
STORM = "tests/races/test_moderation_storm.py -k leaves_every_number"


@dataclass(frozen=True)
class Mutant:
    """One guard removed: ``old`` becomes ``new`` in ``path``; ``tests`` must notice."""

    name: str
    tests: str  # arguments for pytest
    path: str = ""
    old: str = ""
    new: str = ""
    lane: str = SQLITE


# Each has a test of its own in GUARDS that writes what it alone forbids, so all can be lost in one run.
CONSTRAINTS = (
    "one_moderation_per_comment",
    "nobody_moderates_himself",
    "a_point_or_a_correction",
    "withdrawn_with_a_cause",
    "reversals_in_turn",
    "points_not_negative",
    "points_left_were_granted",
    "one_daily_grant_per_member",
    "one_grant_per_member_and_run",
    "returned_for_a_moderation",
    "tokens_once_per_run",
    "tokens_between_nothing_and_asked",
    "one_vote_per_moderation",
    "one_open_sitting_per_member",
    "only_opinions_count",
    "one_flag_per_reader",
    "appeal_decided_by_another",
    "nobody_decides_an_own_appeal",
    "seconded_by_another",
    "score_in_range",
    "karma_in_range",
)

MUTANTS = (
    # -- Values ------------------------------------------------------------------------------------------------------
    Mutant(
        "score not held in its range",
        f"{UNIT}test_replay.py",
        "moderation/rules/__init__.py",
        "return clamp_score(score + line.delta) if",
        "return score + line.delta if",
    ),
    Mutant(
        "karma not held in its range",
        "tests/moderation/test_karma.py -k range_is_kept",
        "forum/accounts/rules.py",
        "        karma = clamp_karma(karma + delta)",
        "        karma = karma + delta",
    ),
    Mutant(
        "no step refused at a bound",
        f"{UNIT}test_replay.py",
        "moderation/rules/__init__.py",
        "    if clamp_score(score + rule.score) == score + rule.score or abs(rule.karma) > abs(rule.score):",
        "    if True:",
    ),
    Mutant(
        "tokens fall below the floor",
        f"{UNIT}test_tokens.py",
        "moderation/rules/__init__.py",
        "        return min(0, max(asked, floor - tokens))",
        "        return asked",
    ),
    Mutant(
        "tokens rise above the ceiling",
        f"{UNIT}test_tokens.py",
        "moderation/rules/__init__.py",
        "        return max(0, min(asked, ceiling - tokens))",
        "        return asked",
    ),
    # -- Who may moderate --------------------------------------------------------------------------------------------
    Mutant(
        "own comments moderated",
        f"{UNIT}test_spend_point.py",
        SPENDING,
        "    if comment.author_id == moderator.pk:\n",
        "    if False:\n",
    ),
    Mutant(
        "own anonymous comments moderated",
        f"{UNIT}test_taking_back.py",
        SPENDING,
        "    if origin.author and origin.author ==",
        "    if False and origin.author ==",
    ),
    Mutant(
        "own network moderated",
        f"{UNIT}test_taking_back.py",
        SPENDING,
        '    if origin.network == keyed_hash(origin.key.secret, f"network:{network}"):',
        "    if False:",
    ),
    Mutant(
        "players are referees",
        f"{UNIT}test_spend_point.py",
        SPENDING,
        "    if numbers.is_exclusive and Comment.objects",
        "    if False and Comment.objects",
    ),
    Mutant(
        "posting withdraws nothing",
        f"{UNIT}test_take_part.py",
        SPENDING,
        "    if own := OWN_HERE.all(comment.author_id, comment.discussion_id):",
        "    if own := []:",
    ),
    Mutant(
        "removed comments moderated",
        f"{UNIT}test_spend_point.py",
        SPENDING,
        "    if comment.hidden_at:\n",
        "    if False:\n",
    ),
    Mutant(
        "old comments moderated",
        f"{UNIT}test_spend_point.py",
        SPENDING,
        "    if (comment.posted_at or discussion.opens_at) < now - numbers.window:",
        "    if False:",
    ),
    Mutant(
        "closed discussions moderated",
        f"{UNIT}test_spend_point.py",
        SPENDING,
        "    if not discussion.is_open(now):",
        "    if False:",
    ),
    Mutant(
        "the banned moderate",
        f"{UNIT}test_spend_point.py",
        SPENDING,
        '    check_not_banned(moderator, "moderate")\n',
        "",
    ),
    Mutant(
        "the barred moderate", f"{UNIT}test_taking_back.py", SPENDING, "    _check_not_barred(moderator, now)\n", ""
    ),
    Mutant(
        "one author pursued",
        f"{UNIT}test_taking_back.py",
        SPENDING,
        "    _check_pair(comment, moderator, numbers, now)\n",
        "",
    ),
    Mutant(
        "an undone moderation is pursuit",
        f"{UNIT}test_taking_back.py",
        SPENDING,
        ".exclude(reversals__kind=Reversal.Kind.UNDONE).count()",
        ".count()",
    ),
    Mutant(
        "downwards without karma",
        f"{UNIT}test_taking_back.py",
        "moderation/rules/__init__.py",
        "    if rule.score < 0 and karma < numbers.down_karma_min:",
        "    if False:",
    ),
    Mutant(
        "overrated without an earlier moderation",
        f"{UNIT}test_taking_back.py",
        "moderation/rules/__init__.py",
        "    if rule.needs_prior and not has_prior:",
        "    if False:",
    ),
    # -- Points ------------------------------------------------------------------------------------------------------
    Mutant(
        "points spent that are not left",
        f"{UNIT}test_spend_point.py {UNIT}test_grants.py",
        LOG,
        "return self.filter(points_left__gte=1, expires_at__gt=now)",
        "return self.filter(expires_at__gt=now)",
    ),
    Mutant(
        "points spent after their time",
        f"{UNIT}test_spend_point.py {UNIT}test_grants.py",
        LOG,
        "return self.filter(points_left__gte=1, expires_at__gt=now)",
        "return self.filter(points_left__gte=1)",
    ),
    Mutant(
        "any number of points given by staff",
        f"{UNIT}test_grants.py",
        POINTS,
        "    if not 1 <= points <= policy.MOD_POINTS_HELD_MAX:",
        "    if False:",
    ),
    Mutant(
        "daily grants above what one may hold",
        f"{UNIT}test_grants.py",
        POINTS,
        "version.policy.points_max - held[",
        "version.policy.points_max - 0 * held[",
    ),
    Mutant(
        "two runs of the economy in one hour",
        f"{UNIT}test_economy.py",
        "moderation/actions/economy.py",
        "    if last and last.slot >= slot:",
        "    if False:",
    ),
    # -- Taking back -------------------------------------------------------------------------------------------------
    Mutant(
        "undone at any time",
        f"{UNIT}test_taking_back.py",
        SPENDING,
        "    if own.moderated_at < now - within or own.meta_votes.exists():",
        "    if own.meta_votes.exists():",
    ),
    Mutant(
        "undone by anybody",
        f"{UNIT}test_taking_back.py",
        SPENDING,
        "    own = Moderation.objects.active().by(moderator).filter(pk=moderation.pk",
        "    own = Moderation.objects.active().filter(pk=moderation.pk",
    ),
    Mutant(
        "the point not returned",
        f"{UNIT}test_taking_back.py",
        SPENDING,
        '    return_point(own, cause="A moderation taken back at once", now=now)\n',
        "",
    ),
    Mutant(
        "karma stays when withdrawn",
        f"{UNIT}test_take_part.py",
        REVERSALS,
        "    withdraw_karma(changes=_karma_of(active), cause=because, now=now)\n",
        "",
    ),
    Mutant(
        "tokens stay when withdrawn",
        f"{UNIT}test_taking_back.py",
        REVERSALS,
        "    reverse_tokens(active, version=version, now=now)\n",
        "",
    ),
    Mutant(
        "withdrawn twice",
        f"{UNIT}test_state_machine.py {UNIT}test_taking_back.py",
        REVERSALS,
        "_fresh(moderations) if moderation.withdrawn_at is None]",
        "_fresh(moderations)]",
    ),
    Mutant(
        "put back beside a newer one",
        f"{UNIT}test_taking_back.py",
        REVERSALS,
        "if moderation.withdrawn_at and not _is_overtaken(moderation)",
        "if moderation.withdrawn_at",
    ),
    Mutant(
        "put back though posting withdrew it",
        f"{UNIT}test_taking_back.py",
        REVERSALS,
        "    return anew.exists() or any(policies[number].is_exclusive for number in since.distinct())",
        "    return anew.exists()",
    ),
    # -- Locks, on PostgreSQL ----------------------------------------------------------------------------------------
    Mutant(
        "no lock on the discussion",
        f"{RACES} tests/races/test_posting.py -k cross or 200 or many_at_once",
        "comments/actions/discussion.py",
        'locking = f"UPDATE {table} SET version = version + 1 WHERE id = %s RETURNING *"',
        'locking = f"SELECT * FROM {table} WHERE id = %s"',
        lane=SERVERS,
    ),
    Mutant(
        "a point taken without its condition",
        f"{RACES} -k last_point",
        SPENDING,
        "        if spendable.filter(pk=grant.pk).update(",
        "        if PointGrant.objects.filter(pk=grant.pk).update(",
        lane=SERVERS,
    ),
    Mutant(
        "no lock on a grant that expires",
        f"{RACES} -k expires",
        POINTS,
        "PointGrant.objects.overdue(now).select_for_update(no_key=True).filter(pk=grant_id)",
        "PointGrant.objects.overdue(now).filter(pk=grant_id)",
        lane=SERVERS,
    ),
    Mutant(
        "no lock on the member whose karma changes",
        f"tests/races/test_everything.py {STORM} or everything_at_once",
        "forum/accounts/actions/members.py",
        'User.objects.select_for_update(no_key=True).values_list("karma", flat=True).get(pk=member.pk)\n    change',
        'User.objects.values_list("karma", flat=True).get(pk=member.pk)\n    change',
        lane=SERVERS,
    ),
    Mutant(
        "no lock on tokens",
        f"{RACES} -k tokens",
        "moderation/actions/tokens.py",
        "Moderator.objects.select_for_update(no_key=True).filter(pk__in=wanted)",
        "Moderator.objects.filter(pk__in=wanted)",
        lane=SERVERS,
    ),
    Mutant(
        "no lock on the economy",
        "tests/races/test_economy.py",
        POINTS,
        "    list(PolicyVersion.objects.select_for_update(no_key=True).filter(number=1))\n",
        "",
        lane=SERVERS,
    ),
    Mutant(
        "deadlocks not tried again",
        "tests/races/test_retries.py",
        "forum/retries.py",
        "if not left or state not in BROKEN_OFF",
        "if True or state not in BROKEN_OFF",
        lane=SERVERS,
    ),
)
# Pure rules, which need no database: a handful for every run of the tests.
QUICK = ("score not held in its range", "karma not held in its range", "no step refused at a bound")


def rotten() -> list[str]:
    """Mutants whose text is not in their file exactly once any more, in words."""
    counts = {one.name: (ROOT / one.path).read_text().count(one.old) for one in MUTANTS if one.path}
    return [f"{name}: its text is there {times} times" for name, times in counts.items() if times != 1]


def copy_of_the_tree(folder: Path) -> Path:
    """The code without what the tests of mutants never need."""
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def try_mutant(mutant: Mutant, tree: Path, surroundings: dict[str, str]) -> str:
    """What became of it: a test failed (killed), or none did. Raises where its tests could not run at all."""
    file = tree / mutant.path
    text = file.read_text() if mutant.path else ""
    if mutant.path:
        if text.count(mutant.old) != 1:
            raise ValueError(f"{mutant.name}: the old text is not in {mutant.path} exactly once.")
        file.write_text(text.replace(mutant.old, mutant.new))
    words = mutant.tests.split()
    place = words.index("-k") if "-k" in words else len(words)
    chosen = ["-k", " ".join(words[place + 1 :])] if place < len(words) else []
    try:
        ran = run_pytest(["-x", *words[:place], *chosen], tree, surroundings)
    except subprocess.TimeoutExpired:
        return KILLED  # what waits for ever is noticed
    finally:
        if mutant.path:
            file.write_text(text)
    return KILLED if ran.returncode else SURVIVED


def try_constraints(names: list[str], tree: Path, surroundings: dict[str, str]) -> dict[str, str]:
    """What became of each constraint, when a database has lost all of these."""
    ran = run_pytest(["-rf", GUARDS], tree, surroundings | {"THRESHOLD_WITHOUT": " ".join(names)})
    return {name: KILLED if f"[{name}]" in ran.stdout else SURVIVED for name in names}


def run_pytest(arguments: list[str], tree: Path, surroundings: dict[str, str]) -> subprocess.CompletedProcess:
    """Run these tests in the tree. Raises RuntimeError if they could not be run at all."""
    ran = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "--create-db", *PLAINLY, *arguments],
        cwd=tree,
        env=os.environ | surroundings,
        capture_output=True,
        text=True,
        timeout=SECONDS_EACH,
        check=False,
    )
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"These tests could not run: {arguments}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}")
    return ran


def surroundings_of(lane: str, stack: ExitStack, folder: Path) -> dict[str, str]:
    if lane == SQLITE:
        return {"THRESHOLD_LANE": SQLITE, "DATABASE_URL": "", "REDIS_URL": ""}
    programs, origin = services.postgresql_programs()
    server = stack.enter_context(services.running_postgresql(folder, programs, origin))
    queue = stack.enter_context(services.redis_database(folder, {}))
    return {"THRESHOLD_LANE": SERVERS, "DATABASE_URL": server.url, "REDIS_URL": queue.url}


def main(names: list[str]) -> int:
    known = {one.name: one for one in MUTANTS}
    if unknown := set(names) - set(known) - set(CONSTRAINTS):
        sys.exit(f"There is no mutant {', '.join(sorted(unknown))}.")
    mutants = [one for name, one in known.items() if not names or name in names]
    constraints = [name for name in CONSTRAINTS if not names or name in names]
    results: dict[str, str] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(services.private_folder())
        tree = copy_of_the_tree(folder / "tree")
        around = {lane: surroundings_of(lane, stack, folder) for lane in {SQLITE, *(one.lane for one in mutants)}}
        for tests, lane in sorted({(one.tests, one.lane) for one in mutants} | {(GUARDS, SQLITE)}):
            if try_mutant(Mutant("nothing", tests, lane=lane), tree, around[lane]) == KILLED:
                sys.exit(f"With every guard in its place these fail, so they show nothing: {tests} ({lane})")
        print("| guard removed | tests | lane | result | s |\n|---|---|---|---|---|", flush=True)
        for one in mutants:
            started = time.perf_counter()
            results[one.name] = try_mutant(one, tree, around[one.lane])
            told = (one.name, one.tests, one.lane, results[one.name], f"{time.perf_counter() - started:.0f}")
            print(f"| {' | '.join(told)} |", flush=True)
        for name, result in (try_constraints(constraints, tree, around[SQLITE]) if constraints else {}).items():
            results[name] = result
            print(f"| constraint {name} | {GUARDS} | {SQLITE} | {result} | |", flush=True)
    survived = [name for name, result in results.items() if result == SURVIVED]
    print(f"\n{len(results) - len(survived)} of {len(results)} killed; survived: {', '.join(survived) or 'none'}")
    return int(bool(survived))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

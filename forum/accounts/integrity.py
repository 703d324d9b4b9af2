"""Karma held against its log. Reads only."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef

from forum.accounts import rules
from forum.accounts.models import ArchivedPerson, KarmaChange, User
from forum.accounts.rules import KarmaLine
from forum.integrity import Problem

COLUMNS = ("id", "delta", "reverses_id", "changed_at", "withdrawn_at")


class WrongLine(NamedTuple):
    """A line of the karma log that is not kept as taken back, or as counting, as the lines that reverse it say."""

    number: int
    stored: datetime | None
    logged: datetime | None


def _logs(**of_members) -> Iterator[tuple[int, int, list[KarmaLine]]]:
    """Each member that has a karma log, with the stored karma and the lines; one statement, one member in memory."""
    of_lines = {f"member__{name}": value for name, value in of_members.items()}
    lines = KarmaChange.objects.filter(**of_lines).order_by("member_id", "id")
    rows = lines.values_list("member_id", "member__karma", *COLUMNS).iterator()
    for (member_id, stored), own in groupby(rows, key=itemgetter(0, 1)):
        yield member_id, stored, [KarmaLine(*line) for _, _, *line in own]


def _replayed(lines: list[KarmaLine]) -> tuple[int, list[WrongLine]]:
    """The karma that the lines make, and those that are not kept as they are."""
    since = rules.taken_back_since(lines)
    karma = rules.replay_karma(line.delta for line in lines if since[line.number] is None)
    wrong = (WrongLine(line.number, line.withdrawn_at, since[line.number]) for line in lines)
    return karma, [one for one in wrong if one.stored != one.logged]


def _strays(lines: list[KarmaLine]) -> list[KarmaLine]:
    """Lines that reverse what is not an older line of the same member: no replay can read them."""
    own = {line.number for line in lines}
    reversing = (line for line in lines if line.reverses)
    return [line for line in reversing if line.reverses not in own or line.reverses >= line.number]


def members_with_wrong_karma(**of_members) -> Iterator[int]:
    """Members whose stored karma, or one of whose lines, is not as the log says; two statements, in constant memory."""
    for member_id, stored, lines in _logs(**of_members):
        if _replayed(lines) != (stored, []) or _strays(lines):
            yield member_id
    unwritten = User.objects.filter(**of_members).exclude(Exists(KarmaChange.objects.filter(member=OuterRef("pk"))))
    yield from unwritten.exclude(karma=0).order_by("pk").values_list("pk", flat=True).iterator()


def wrong_karma_lines(member_id: int) -> list[WrongLine]:
    """One member's lines that are not kept as the lines that reverse them say."""
    return [one for _, _, lines in _logs(pk=member_id) for one in _replayed(lines)[1]]


def check_karma(member_id: int) -> Iterator[Problem]:
    """One member's karma and its lines against the log."""
    for _, stored, lines in _logs(pk=member_id):
        replayed, wrong = _replayed(lines)
        for line in _strays(lines):
            where, found = f"karma line {line.number}", f"reverses line {line.reverses}"
            yield Problem("karma chain", where, found, "an older line of the same member", False)
        for one in wrong:
            found, expected = (str(at or "counts") for at in (one.stored, one.logged))
            yield Problem("karma line", f"karma line {one.number}", found, expected, True)
        if stored != replayed:
            yield Problem("karma", f"member {member_id}", str(stored), str(replayed), True)
        return
    for stored in User.objects.filter(pk=member_id).exclude(karma=0).values_list("karma", flat=True):
        yield Problem("karma", f"member {member_id}", str(stored), "0", True)


def counting_lines(numbers: Iterable[int]) -> set[int]:
    """Those of these lines that count: the lines that reverse them are followed to the end of each chain."""
    counting = set(numbers)
    tips = {number: number for number in counting}
    while tips:
        nearer = KarmaChange.objects.filter(reverses__in=list(tips), pk__gt=F("reverses")).values_list(
            "pk", "reverses_id"
        )
        tips = {pk: tips[reverses] for pk, reverses in nearer}
        counting ^= set(tips.values())
    return counting


def names_astray() -> Iterator[Problem]:
    """People whose look-alike key is not that of their name, so that a look-alike could sign up."""
    members = User.objects.order_by("pk").values_list("pk", "username", "name_key")
    archived = ArchivedPerson.objects.order_by("pk").values_list("pk", "name", "name_key")
    for kind, people in (("member", members), ("archived person", archived)):
        for pk, name, key in people.iterator():
            if key != rules.name_skeleton(name):
                yield Problem("name key", f"{kind} {pk}", repr(key), repr(rules.name_skeleton(name)), False)

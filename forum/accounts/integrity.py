"""Karma held against its log. Reads only."""

from collections.abc import Iterator
from itertools import groupby

from django.db.models import Exists, OuterRef

from forum.accounts import rules
from forum.accounts.models import ArchivedPerson, KarmaChange, User
from forum.integrity import Problem


def members_with_wrong_karma() -> Iterator[int]:
    """Members whose stored karma is not the replay of their log; two statements, in constant memory."""
    log = KarmaChange.objects.counting().order_by("member_id", "id")
    lines = log.values_list("member_id", "member__karma", "delta").iterator()
    for (member_id, stored), own in groupby(lines, key=lambda line: line[:2]):
        if rules.replay_karma(delta for *_, delta in own) != stored:
            yield member_id
    unwritten = User.objects.exclude(Exists(KarmaChange.objects.counting().filter(member=OuterRef("pk"))))
    yield from unwritten.exclude(karma=0).values_list("pk", flat=True).iterator()


def check_karma(member_id: int) -> Iterator[Problem]:
    """One member's karma against the log."""
    stored = User.objects.filter(pk=member_id).values_list("karma", flat=True).first()
    deltas = KarmaChange.objects.counting().filter(member=member_id).order_by("id").values_list("delta", flat=True)
    replayed = rules.replay_karma(deltas.iterator())
    if stored is not None and stored != replayed:
        yield Problem("karma", f"member {member_id}", str(stored), str(replayed), True)


def names_astray() -> Iterator[Problem]:
    """People whose look-alike key is not that of their name, so that a look-alike could sign up."""
    members = User.objects.order_by("pk").values_list("pk", "username", "name_key")
    archived = ArchivedPerson.objects.order_by("pk").values_list("pk", "name", "name_key")
    for kind, people in (("member", members), ("archived person", archived)):
        for pk, name, key in people.iterator():
            if key != rules.name_skeleton(name):
                yield Problem("name key", f"{kind} {pk}", repr(key), repr(rules.name_skeleton(name)), False)

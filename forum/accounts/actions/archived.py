"""People of imported archives: their names are kept, renamed, taken off and put back."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from forum import policy
from forum.accounts import rules
from forum.accounts.actions.records import record_staff_act
from forum.accounts.models import ArchivedPerson, NameStamp, User


@transaction.atomic
def hide_archived_person(*, person: ArchivedPerson, actor: User, reason: str, now: datetime) -> None:
    """Take an archived person's name off the pages, at that person's request."""
    if ArchivedPerson.objects.filter(pk=person.pk, hidden_at=None).update(hidden_at=now):
        names_changed()
        record_staff_act(actor=actor, verb="hide name", target=person, reason=reason, now=now)


@transaction.atomic
def show_archived_person(*, person: ArchivedPerson, actor: User, reason: str, now: datetime) -> None:
    """Put an archived person's name back on the pages."""
    if ArchivedPerson.objects.filter(pk=person.pk, hidden_at__isnull=False).update(hidden_at=None):
        names_changed()
        record_staff_act(actor=actor, verb="show name", target=person, reason=reason, now=now)


def keep_archived_person(*, source: str, number: int, name: str) -> ArchivedPerson:
    """The record of an archived person, made on first meeting and renamed when a newer archive says so."""
    return keep_archived_people(source=source, names={number: name})[number]


@transaction.atomic
def keep_archived_people(*, source: str, names: dict[int, str]) -> dict[int, ArchivedPerson]:
    """The records of these archived people by their numbers, in a few statements however many they are."""
    known = _archived_people(source, names)
    fresh = [
        ArchivedPerson(source=source, number=number, name=name, name_key=rules.name_skeleton(name))
        for number, name in sorted(names.items())
        if number not in known
    ]
    if fresh:  # another importer may have met one of them just now
        ArchivedPerson.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=policy.ARCHIVE_PEOPLE_AT_ONCE)
        known = _archived_people(source, names)
    renamed = [known[number] for number, name in sorted(names.items()) if known[number].name != name]
    for person in renamed:
        person.name, person.name_key = names[person.number], rules.name_skeleton(names[person.number])
    ArchivedPerson.objects.bulk_update(renamed, ("name", "name_key"), batch_size=policy.ARCHIVE_PEOPLE_AT_ONCE)
    if renamed:
        names_changed()
    return known


def names_changed() -> None:
    """Let every page that was rendered with somebody's name be out of date."""
    NameStamp.objects.bulk_create([NameStamp(pk=1)], ignore_conflicts=True)
    NameStamp.objects.filter(pk=1).update(version=F("version") + 1)


def _archived_people(source: str, numbers: Iterable[int]) -> dict[int, ArchivedPerson]:
    wanted, found = sorted(numbers), {}
    for place in range(0, len(wanted), policy.ARCHIVE_PEOPLE_AT_ONCE):
        people = ArchivedPerson.objects.filter(
            source=source, number__in=wanted[place : place + policy.ARCHIVE_PEOPLE_AT_ONCE]
        )
        found |= {person.number: person for person in people}
    return found

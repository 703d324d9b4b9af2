"""Sections and topics: the shelves that stories stand on."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from forum.accounts.actions import Refused, record_staff_act
from forum.accounts.models import User
from stories.models import Section, Topic


@transaction.atomic
def add_shelf(*, shelf: Section | Topic, editor: User, now: datetime) -> None:
    """Store a section or topic that was just filled in. Raises Refused if its name or address is taken."""
    _store(shelf, force_insert=True)
    record_staff_act(actor=editor, verb=f"add {shelf._meta.verbose_name}", target=shelf, after=shelf.slug, now=now)


@transaction.atomic
def change_shelf(*, shelf: Section | Topic, editor: User, changed: list[str], now: datetime) -> None:
    """Store the columns named in ``changed``. Raises Refused if the name or address is taken."""
    before = type(shelf).objects.select_for_update(no_key=True).get(pk=shelf.pk)
    _store(shelf, update_fields=changed)
    old, new = (", ".join(f"{name}: {getattr(one, name)}" for name in changed) for one in (before, shelf))
    verb = f"change {shelf._meta.verbose_name}"
    record_staff_act(actor=editor, verb=verb, target=shelf, before=old, after=new, now=now)


@transaction.atomic
def delete_shelf(*, shelf: Section | Topic, editor: User, now: datetime) -> None:
    """Delete an empty section or topic. Raises Refused while a story stands under it."""
    verb = f"delete {shelf._meta.verbose_name}"
    record_staff_act(actor=editor, verb=verb, target=shelf, before=shelf.slug, now=now)
    try:
        type(shelf).objects.filter(pk=shelf.pk).delete()
    except ProtectedError as problem:
        raise Refused(
            f"Stories stand under “{shelf}”. Give them another {shelf._meta.verbose_name} first."
        ) from problem


def _store(shelf: Section | Topic, **how) -> None:
    try:
        with transaction.atomic():
            shelf.save(**how)
    except IntegrityError as problem:
        raise Refused("Somebody has just used that name or address for another one.") from problem

"""Hostile words typed into every field that anybody is shown: no answer is a failure, and no field is forgotten."""

import os
from itertools import count

import pytest
from django import forms

from forum.integrity import in_batches
from tests.security.fields import as_one_was, every_form, open_every_form, reader, send
from tests.security.payloads import every_text, scripts, written_by_hand
from tests.surroundings import SQLITE, lane_of

pytestmark = pytest.mark.django_db

SCRIPTS = [*scripts(), *written_by_hand()]
# Scripts three at a time: what shows words as they are escapes each of their characters by itself.
CORPUS = [" ".join(some) for some in in_batches(SCRIPTS, 3)]
CORPUS += [text for text in every_text(2_000) if text not in set(SCRIPTS)]
# Each field is sent one text of so many, and the next field the ones after those, so that together they send them all.
# ONE_OF=1 sends every text into every field, which takes hours. Where SQLite has shown it, PostgreSQL shows a part.
FIELDS = 140
ONE_OF = int(os.environ.get("ONE_OF", FIELDS if lane_of(os.environ, []) == SQLITE else 4 * FIELDS))
LESS_OFTEN = 4  # where nobody types words: numbers, and fields that are not shown


@pytest.fixture
def classes_met(monkeypatch) -> set[type]:
    """The classes of all forms that were made so far."""
    met, before = set(), forms.BaseForm.__init__

    def noted(form, *args, **kwargs):
        met.add(type(form))
        before(form, *args, **kwargs)

    monkeypatch.setattr(forms.BaseForm, "__init__", noted)
    return met


@pytest.fixture
def found(quiet, classes_met, everything):
    open_every_form(everything)
    return every_form(everything)


NOT_SHOWN = {
    "CodeAgainForm": "asks whoever has a second factor for a code, as mfa_authenticate does",
    "ProviderSignUpForm": "asks whoever comes from another site for a name, as account_signup does",
    "NetworkBanForm": "bans a network as admin:accounts_ban_add does, whose form has its fields",
    "FirstPasswordForm": "asks whoever came from another site for a password, as account_change_password does",
}


def every_subclass(kind: type) -> set[type]:
    return {kind, *(one for child in kind.__subclasses__() for one in every_subclass(child))}


def has_words(kind: type) -> bool:
    return any(isinstance(one, forms.CharField) for one in getattr(kind, "base_fields", {}).values())


def test_every_form_was_met_and_no_words_in_any_of_its_fields_are_a_failure(everything, found, classes_met):
    apps = ("forum.", "comments.", "moderation.", "stories.")
    ours = {one for one in every_subclass(forms.BaseForm) if one.__module__.startswith(apps) and has_words(one)}
    assert {one.__name__ for one in ours if not every_subclass(one) & classes_met} == NOT_SHOWN.keys()
    failed, sent, shown, hidden = set(), set(), count(), count()
    for role, form in found.values():
        client = reader(everything, role)
        for field in form.typed:
            start, step = (next(shown), ONE_OF) if field in form.words else (next(hidden), LESS_OFTEN * ONE_OF)
            for number, words in enumerate(CORPUS[start % step :: step]):
                with as_one_was(client):
                    status = send(client, form, {field: words}, number + start).status_code
                sent.add(words)
                if status >= 500:
                    failed.add((form.name, field, ascii(words)[:40]))
    assert not failed
    assert sent == set(CORPUS) or ONE_OF > FIELDS

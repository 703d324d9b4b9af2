"""Sittings, words, verdicts and tokens in the admin: read, searched, never written."""

from datetime import timedelta
from random import Random

import pytest

from forum.presets import SLASHDOT
from moderation.actions import settle_verdicts
from moderation.models import MetaSitting, MetaVote, TokenEntry, Verdict
from tests.factories import NOW, a_member, an_editor
from tests.moderation.test_metamoderation import FAIR, UNFAIR, a_policy, judged_by, moderated
from tests.pages import queries_of

pytestmark = pytest.mark.django_db
LISTS = ("metasitting", "metavote", "verdict", "tokenentry")
ROWS = (MetaSitting, MetaVote, Verdict, TokenEntry)


@pytest.fixture
def client(client):
    client.force_login(an_editor())
    return client


@pytest.fixture
def moderation(client):
    a_policy(SLASHDOT)
    moderation = moderated(by=a_member("Moira", points=5), wanted=3)
    judged_by(moderation, FAIR, UNFAIR, UNFAIR)
    settle_verdicts(now=NOW + timedelta(days=1), chance=Random(1))
    return moderation


@pytest.mark.parametrize("rows", ROWS)
def test_each_list_and_each_page_can_be_read_and_not_written(client, moderation, rows):
    name = rows._meta.model_name
    row = rows.objects.latest("pk")
    page = client.get(f"/admin/moderation/{name}/{row.pk}/change/")
    assert client.get(f"/admin/moderation/{name}/").status_code == page.status_code == 200
    assert b'name="_save"' not in page.content
    assert client.get(f"/admin/moderation/{name}/add/").status_code == 403
    assert client.post(f"/admin/moderation/{name}/{row.pk}/delete/").status_code == 403


@pytest.mark.parametrize("name", ["metavote", "verdict"])
def test_what_was_found_of_a_moderation_is_found_by_its_number(client, moderation, name):
    found = client.get(f"/admin/moderation/{name}/?q={moderation.pk}")
    assert f"/admin/moderation/moderation/{moderation.pk}/change/" in found.content.decode()


def test_verdicts_on_a_member_are_found_by_name(client, moderation):
    assert "Moira" in client.get("/admin/moderation/verdict/?q=Moira").content.decode()
    assert "Moira" not in client.get("/admin/moderation/verdict/?q=Nobody").content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_for_many_rows(client, moderation, name):
    few = queries_of(client, f"/admin/moderation/{name}/")
    for _ in range(3):
        judged_by(moderated(wanted=3), UNFAIR, UNFAIR, UNFAIR)
    settle_verdicts(now=NOW + timedelta(days=1), chance=Random(1))
    assert queries_of(client, f"/admin/moderation/{name}/") == few

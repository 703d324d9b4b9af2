"""A member's moderation history on the member's page in the admin: what each panel tells, and who sees it."""

import re
from datetime import timedelta
from html import unescape
from random import Random

import pytest
from django.contrib.auth.models import Permission

from forum.accounts.models import StaffAct
from forum.presets import SLASHDOT
from moderation.actions import bar_moderator, settle_verdicts
from moderation.models import Moderation, PointEntry, TokenEntry, Verdict
from tests.desk import check_page, page_of, queries_of
from tests.factories import NOW, a_comment, a_member, an_editor
from tests.moderation.test_metamoderation import FAIR, UNFAIR, a_policy, judged_by, moderated

pytestmark = pytest.mark.django_db
PANELS = {"Verdicts received": Verdict, "Tokens": TokenEntry, "What became of points": PointEntry}


@pytest.fixture
def moira():
    """A moderator who was judged, whose tokens moved, and who was barred with points in hand."""
    a_policy(SLASHDOT)
    moira = a_member("Moira", points=5)
    judged_by(moderated(by=moira, wanted=3), FAIR, UNFAIR, UNFAIR)
    settle_verdicts(now=NOW + timedelta(days=1), chance=Random(1))
    bar_moderator(member=moira, actor=an_editor(), reason="A ring", now=NOW + timedelta(hours=1))
    return moira


@pytest.fixture
def desk(client):
    client.force_login(an_editor())
    return client


def panel_of(page: str, title: str) -> str:
    found = re.search(rf"<h2>{title}</h2>(.*?)</section>", page, re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Verdicts received", "unfair (2 of 3)"),
        ("Tokens", "An own moderation was judged"),
        ("What became of points", "Removed by staff"),
        ("Staff acts", "A ring"),
    ],
)
def test_a_panel_tells_what_happened(desk, moira, title, words):
    assert words in panel_of(check_page(desk, page_of(moira)), title)


@pytest.mark.parametrize(("title", "rows"), [*PANELS.items(), ("Staff acts", StaffAct)])
def test_all_of_them_are_a_link_away_and_nobody_elses(desk, moira, title, rows):
    other = a_member("Other", points=2)
    judged_by(moderated(by=other, wanted=3), FAIR, FAIR, FAIR)
    settle_verdicts(now=NOW + timedelta(days=1), chance=Random(1))
    bar_moderator(member=other, actor=an_editor(), reason="Another ring", now=NOW + timedelta(hours=1))
    link = re.search(r'<a href="([^"]+)">All of them', panel_of(check_page(desk, page_of(moira)), title))[1]
    page = check_page(desk, unescape(link))
    assert "Moira" in page
    assert ">Other<" not in page


@pytest.mark.parametrize(("title", "rows"), PANELS.items())
def test_a_panel_is_for_those_who_may_see_its_rows(client, moira, title, rows):
    staff = a_member("Stan", is_staff=True)
    client.force_login(staff)
    staff.user_permissions.add(Permission.objects.get(codename="view_user"))
    assert f"<h2>{title}</h2>" not in check_page(client, page_of(moira))
    staff.user_permissions.add(Permission.objects.get(codename=f"view_{rows._meta.model_name}"))
    assert f"<h2>{title}</h2>" in check_page(client, page_of(moira))


def test_a_history_of_any_length_costs_the_same_and_shows_ten(desk, moira):
    check_page(desk, page_of(moira))
    few = queries_of(desk, page_of(moira))
    entry = TokenEntry.objects.filter(member=moira).first()
    TokenEntry.objects.bulk_create(
        TokenEntry(member=moira, kind="drawn", amount=1, asked=1, balance=1, policy=entry.policy, entered_at=NOW)
        for _ in range(15)
    )
    given = {"moderator": moira, "reason": 5, "delta": 1, "grant": moira.point_grants.first(), "moderated_at": NOW}
    lines = [Moderation(comment=a_comment(), judging_ended_at=NOW, **given) for _ in range(12)]
    found = {"fair_votes": 1, "unfair_votes": 0, "is_fair": True, "policy": entry.policy, "settled_at": NOW}
    Verdict.objects.bulk_create(Verdict(moderation=line, **found) for line in Moderation.objects.bulk_create(lines))
    assert queries_of(desk, page_of(moira)) == few
    page = check_page(desk, page_of(moira))
    assert [panel_of(page, title).count("<tr>") for title in ("Tokens", "Verdicts received")] == [11, 11]


@pytest.mark.parametrize("question", ["moderation__moderator__id__exact=x", "moderation__moderator__password__gte=a"])
def test_the_list_of_verdicts_asks_about_nothing_else_of_a_moderator(desk, moira, question):
    assert desk.get(f"/admin/moderation/verdict/?{question}").status_code == 400

"""The logs' lists in the admin: none counts or reads a log to its end, whatever is asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forum.rulebook.actions import version_in_force
from moderation.actions import Wish, change_tokens, grant_points, run_economy, set_back_comment, spend_point
from moderation.models import EconomyRun, Moderation, Moderator, PointEntry, PointGrant, Reversal, TokenEntry
from tests.desk import check_page, list_of, page_of
from tests.factories import NOW, a_comment, a_member, an_editor
from tests.surroundings import SERVERS

pytestmark = pytest.mark.django_db
LOGS = (Moderation, Reversal, PointGrant, PointEntry, TokenEntry, EconomyRun, Moderator)
MANY = 3_000


@pytest.fixture
def desk(client):
    client.force_login(an_editor("Edith"))
    return client


@pytest.fixture
def lines():
    """One line of every log."""
    member, comment = a_member("Judge"), a_comment(author=a_member("Writer"), subject="About bicycles")
    grant = grant_points(member=member, points=2, actor=an_editor(), reason="For a test", now=NOW)
    spend_point(comment=comment, moderator=member, reason=5, now=NOW)
    set_back_comment(comment=comment, actor=an_editor(), reason="A ring", now=NOW)
    version = version_in_force(NOW)
    PointEntry.objects.create(
        grant=grant, member=member, kind="expired", points=1, cause="Not spent", policy=version, entered_at=NOW
    )
    change_tokens([Wish(member.pk, 3, TokenEntry.Kind.DRAWN)], version=version, now=NOW)
    run_economy(now=NOW, seed=1)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.__name__)
def test_every_log_has_a_list_and_a_page_a_line(desk, lines, log):
    assert log.objects.exists()
    line = log.objects.first()
    assert page_of(line) in check_page(desk, list_of(log))
    check_page(desk, page_of(line))
    for address in (page_of(line), page_of(line).replace("change", "delete"), list_of(log) + "add/"):
        assert desk.post(address, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("log", LOGS[:5], ids=lambda log: log.__name__)
@pytest.mark.parametrize(("asked", "is_found"), [("judge", True), ("nobody-of-that-name", False), ("", True)])
def test_a_line_is_found_by_the_name_of_its_member(desk, lines, log, asked, is_found):
    page = check_page(desk, f"{list_of(log)}?q={asked}")
    assert (page_of(log.objects.latest("pk")) in page) == is_found


def test_a_line_is_found_by_its_number(desk, lines):
    line = Moderation.objects.get()
    assert page_of(line) in check_page(desk, f"{list_of(Moderation)}?q=%23{line.pk}")
    assert page_of(line) not in check_page(desk, f"{list_of(Moderation)}?q={line.pk + 1}")


def test_words_are_looked_for_in_the_newest_lines_and_names_in_all(desk, lines, monkeypatch):
    monkeypatch.setattr("moderation.admin.logs.COUNTED_MAX", 1)
    old = page_of(Moderation.objects.get())
    spend_point(comment=a_comment(author=a_member()), moderator=a_member(points=1), reason=5, now=NOW)
    assert old not in check_page(desk, f"{list_of(Moderation)}?q=bicycles")
    assert old in check_page(desk, f"{list_of(Moderation)}?q=judge")


@pytest.mark.lane(SERVERS)
@pytest.mark.parametrize("query", ["", "?p=2", "?moderator__id__exact={member}", "?withdrawn=yes"])
def test_no_list_reads_the_log_from_end_to_end(desk, lines, query):
    many_moderations()
    for plan in plans_of(desk, list_of(Moderation) + query.format(member=Moderation.objects.latest("pk").moderator_id)):
        # A scan that stops at the limit is no harm; one that is sorted has read everything before.
        is_bounded = "Limit" in plan and "Sort" not in plan
        assert is_bounded or "Seq Scan on moderation_moderation" not in plan, plan


@pytest.mark.lane(SERVERS)
def test_what_was_withdrawn_is_found_without_reading_the_rest(desk, lines):
    many_moderations()
    for plan in plans_of(desk, f"{list_of(Moderation)}?withdrawn=yes"):
        assert "moderations_withdrawn" in plan, plan


def many_moderations():
    """So many lines in force, corrections by staff, that reading them all would be the dearer way."""
    first = Moderation.objects.latest("pk")
    members = [a_member() for _ in range(3)]
    said = {"comment": first.comment, "author": first.author, "delta": 0, "sets_score": 2, "moderated_at": NOW}
    Moderation.objects.bulk_create(
        Moderation(moderator=member, policy=first.policy, **said) for member in members for _ in range(MANY // 3)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plans_of(desk, address: str) -> list[str]:
    """How the database goes about each statement on the log that this list asks."""
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(address).status_code == 200
    about = [one["sql"] for one in asked.captured_queries if 'FROM "moderation_moderation"' in one["sql"]]
    assert about
    return [plan_of(statement) for statement in about]


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())

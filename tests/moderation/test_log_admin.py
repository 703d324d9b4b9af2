"""The moderation log and the grants on the desk: read, searched, never written."""

import pytest

from forum.accounts.models import User
from moderation.actions import grant_points, set_back_comment, spend_point
from moderation.models import Moderation, PointGrant
from tests.desk import check_page, list_of, page_of, queries_of
from tests.factories import NOW, a_comment, a_member, an_editor, staff_of

pytestmark = pytest.mark.django_db
INSIGHTFUL, FUNNY = 5, 8


@pytest.fixture
def desk(client):
    client.force_login(staff_of("Moderators"))
    return client


def a_moderation(subject="A subject", *, reason=INSIGHTFUL, author="", moderator="") -> Moderation:
    comment = a_comment(author=a_member(author or None), subject=subject)
    return spend_point(comment=comment, moderator=a_member(moderator or None, points=1), reason=reason, now=NOW)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=bicycles", (True, False)),
        ("q=judge", (True, False)),
        ("q=writer", (True, False)),
        ("reason__exact=5", (True, False)),
        ("reason__exact=8", (False, True)),
        ("withdrawn=no", (False, True)),
        ("withdrawn=yes", (True, False)),
        ("withdrawn=perhaps", (True, True)),
        ("reason__exact=abc", (True, True)),
        ("moderated_at__gte=2020-01-01+00:00:00%2B00:00", (True, True)),
    ],
)
def test_the_log_is_found_by_words_reason_and_state(desk, query, is_found):
    bicycles = a_moderation("About bicycles", author="Writer", moderator="Judge")
    a_moderation("About trains", reason=FUNNY)
    set_back_comment(comment=bicycles.comment, actor=an_editor(), reason="A ring", now=NOW)
    response = desk.get(f"{list_of(Moderation)}?{query}", follow=True)
    page = response.content.decode()
    assert response.status_code == 200
    assert ("About bicycles" in page, "About trains" in page) == is_found


@pytest.mark.parametrize("model", [Moderation, User])
def test_no_search_is_too_long_for_the_database(client, model):
    client.force_login(an_editor("Susan"))
    a_moderation("About bicycles", moderator="Susan Two")
    for words in ("- " * 2_000, "x" * 60_000, f"susan {'x' * 60_000}"):
        assert client.get(list_of(model), {"q": words}).status_code == 200


def test_a_line_leads_to_comment_moderator_and_author(desk):
    line = a_moderation()
    page = check_page(desk, list_of(Moderation))
    for row in (line, line.comment, line.moderator, line.author):
        assert page_of(row) in page
    check_page(desk, page_of(line))


def test_the_log_is_not_written_by_hand(client):
    client.force_login(an_editor())
    line = a_moderation()
    for address in (page_of(line), page_of(line).replace("change", "delete"), list_of(Moderation) + "add/"):
        assert client.post(address, {"reason": "3", "delta": "-1", "post": "yes"}).status_code == 403
    line.refresh_from_db()
    assert (line.reason, line.delta) == (INSIGHTFUL, 1)


def test_the_log_costs_the_same_for_30_lines_as_for_5(desk):
    for _ in range(5):
        a_moderation()
    few = queries_of(desk, list_of(Moderation))
    for _ in range(25):
        a_moderation()
    assert queries_of(desk, list_of(Moderation)) == few


def test_grants_show_their_balance_and_cannot_be_changed(desk):
    member = a_member("Ann")
    grant = grant_points(member=member, points=4, actor=an_editor(), reason="For the festival", now=NOW)
    spend_point(comment=a_comment(author=a_member()), moderator=member, reason=INSIGHTFUL, now=NOW)
    page = check_page(desk, list_of(PointGrant) + "?q=ann")
    for column, points in (("granted", 4), ("left", 3), ("spent", 1), ("expired", 0)):
        assert f'<td class="field-points_{column}">{points}</td>' in page
    check_page(desk, page_of(grant))
    assert desk.post(page_of(grant), {"points_left": "5"}).status_code == 403


def test_editors_do_not_see_the_log(client):
    line = a_moderation()
    client.force_login(staff_of("Editors"))
    assert client.get(list_of(Moderation)).status_code == 403
    assert client.get(page_of(line)).status_code == 403
    assert "Why its score is" not in check_page(client, page_of(line.comment))

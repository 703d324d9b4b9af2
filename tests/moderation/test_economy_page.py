"""The economy's page: its figures against hand-counted ones, its charts and tables, who sees it."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from comments.models import Discussion
from forum import policy
from forum.rulebook.actions import version_in_force
from moderation.actions import Wish, change_tokens, expire_mod_points, set_back_comment, spend_point
from moderation.models import PointEntry, TokenEntry, Verdict
from moderation.queries.figures import Share, load_figures
from tests.desk import check_page, queries_of
from tests.factories import NOW, a_comment, a_discussion, a_member, an_editor, some_points, staff_of
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
PAGE = "/admin/economy/"
INSIGHTFUL, TROLL, FUNNY = 5, 3, 8
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def desk(client):
    client.force_login(staff_of("Moderators"))
    return client


def moderated(comment, *, after=HOUR, reason=INSIGHTFUL, by=None):
    at = comment.posted_at + after
    return spend_point(comment=comment, moderator=by or a_member(points=1, now=at), reason=reason, now=at)


def figures(days=30):
    return load_figures(days=days, now=NOW)


def test_an_empty_site_has_a_page(desk):
    page = read(desk.get(PAGE))
    for words in ("Nobody moderated", "No comment was moderated", "No moderation was settled", "What good looks like"):
        assert words in page.words


def test_points_are_counted_on_the_day_on_which_they_came_and_went():
    member = a_member()
    some_points(member, 5, now=NOW - 6 * DAY)
    comment = a_comment(now=NOW - 5 * DAY)
    moderated(comment, by=member)
    expire_mod_points(now=NOW - 2 * DAY)
    some_points(member, 3, now=NOW)
    week = figures(7)
    assert week.points_issued == [5, 0, 0, 0, 0, 0, 3]
    assert week.points_spent == [0, 1, 0, 0, 0, 0, 0]
    assert week.points_gone == [0, 0, 0, 0, 4, 0, 0]
    assert week.points_held == 3
    assert PointEntry.objects.get().points == 4


def test_tokens_are_those_at_the_end_of_each_day():
    member = a_member()
    version = version_in_force(NOW)
    for back, amount in ((9, 10), (5, 6), (2, -4)):
        kind = TokenEntry.Kind.DRAWN if amount > 0 else TokenEntry.Kind.DECAY
        change_tokens([Wish(member.pk, amount, kind)], version=version, now=NOW - back * DAY)
    week = figures(7)
    assert week.tokens_drawn == [0, 6, 0, 0, 0, 0, 0]
    assert week.tokens_held == [10, 16, 16, 16, 12, 12, 12]


def test_what_is_older_than_the_span_does_not_count():
    discussion = a_discussion(now=NOW - 40 * DAY)
    moderated(a_comment(discussion, now=NOW - 39 * DAY))
    month, year = figures(30), figures(365)
    assert (month.moderated, month.reasons, month.comments) == (Share(), {}, 0)
    assert (year.moderated, year.reasons, year.comments) == (Share(1, 1), {"Insightful": 1}, 1)


def test_reasons_are_those_that_count_the_most_frequent_first():
    comment = a_comment(now=NOW - DAY)
    for reason in (TROLL, INSIGHTFUL, INSIGHTFUL):
        moderated(comment, reason=reason)
    other = a_comment(now=NOW - DAY)
    moderated(other, reason=FUNNY)
    set_back_comment(comment=other, actor=an_editor(), reason="A ring", now=NOW)
    assert list(figures().reasons.items()) == [("Insightful", 2), ("Troll", 1)]
    assert figures().withdrawn == 1
    assert figures().moderators == 4


def test_places_are_fifths_of_long_discussions_alone():
    long, short = a_discussion("Long", now=NOW - DAY), a_discussion("Short", now=NOW - DAY)
    comments = [a_comment(long, now=NOW - 5 * HOUR) for _ in range(policy.FIGURES_PLACES_FROM)]
    for comment in (comments[0], comments[1], comments[-1]):
        moderated(comment)
    moderated(a_comment(short, now=NOW - 5 * HOUR))
    assert figures().by_place == [Share(2, 2), Share(2, 0), Share(2, 0), Share(2, 0), Share(2, 1)]
    assert figures().moderated == Share(11, 4)


def test_shares_go_by_starting_score():
    moderated(a_comment(author=a_member(), now=NOW - DAY))
    a_comment(author=a_member(karma=-20), now=NOW - DAY)
    a_comment(now=NOW - DAY)
    assert figures().by_start == {-1: Share(1, 0), 0: Share(1, 0), 1: Share(1, 1)}


def test_hidden_comments_and_withdrawn_moderations_are_no_part_of_shares():
    comment = a_comment(now=NOW - DAY)
    moderated(comment)
    set_back_comment(comment=comment, actor=an_editor(), reason="A ring", now=NOW)
    assert figures().moderated == Share(1, 0)
    assert figures().median_wait is None


def test_the_wait_is_that_for_the_first_moderation_and_half_waited_less():
    for minutes in (10, 83, 600):
        comment = a_comment(now=NOW - 2 * DAY)
        moderated(comment, after=minutes * MINUTE)
        moderated(comment, after=(minutes + 60) * MINUTE)
    assert sorted(figures().waits) == [10 * MINUTE, 83 * MINUTE, 600 * MINUTE]
    assert figures().median_wait == 83 * MINUTE


def test_votes_are_told_apart_by_direction():
    comment = a_comment(now=NOW - 2 * DAY)
    up, down = moderated(comment), moderated(comment, reason=TROLL)
    version = version_in_force(NOW)
    for moderation, fair, unfair in ((up, 9, 1), (down, 1, 4)):
        votes = {"fair_votes": fair, "unfair_votes": unfair, "is_fair": fair > unfair}
        Verdict.objects.create(moderation=moderation, policy=version, settled_at=NOW - HOUR, **votes)
    assert (figures().judged_up, figures().judged_down) == (Share(10, 9), Share(5, 1))


def test_only_the_newest_discussions_are_looked_into(monkeypatch, desk):
    monkeypatch.setattr(policy, "FIGURES_DISCUSSIONS_MAX", 2)
    for hours in (5, 3, 1):
        moderated(a_comment(a_discussion(now=NOW - hours * DAY), now=NOW - hours * DAY), after=hours * MINUTE)
    assert sorted(figures().waits) == [MINUTE, 3 * MINUTE]
    assert figures().is_cut
    assert "newest 2 discussions" in read(desk.get(PAGE)).words


@pytest.mark.parametrize(("query", "count"), [("?days=7", 7), ("?days=90", 13), ("?days=365", 27), ("?days=x", 30)])
def test_a_span_is_chosen_and_a_year_has_no_more_columns_than_a_month(desk, query, count):
    moderated(a_comment(now=NOW - DAY))
    page = desk.get(PAGE + query)
    points = next(chart for chart in page.context["charts"] if chart.title == "Mod points")
    assert len(points.rows) == count
    assert sum(row[2] for row in points.rows) == 1


@pytest.mark.parametrize(("days", "is_kept"), [(30, False), (365, True)])
def test_the_figures_of_a_year_stand_for_some_minutes_those_of_a_month_are_fresh(desk, days, is_kept):
    moderated(a_comment(now=NOW - DAY))
    first = desk.get(f"{PAGE}?days={days}").context["figures"]
    moderated(a_comment(now=NOW - DAY))
    assert (desk.get(f"{PAGE}?days={days}").context["figures"] == first) == is_kept


def test_every_chart_is_drawn_and_told_in_numbers(desk):
    comment = a_comment(author=a_member(), now=NOW - DAY)
    moderated(comment)
    page = check_page(desk, PAGE)
    assert page.count("What good looks like") == page.count("<details>") == 8
    assert page.count('role="img"') == 8
    words = read(desk.get(PAGE)).words
    for told in ("1 points were issued, 1 spent", "Half of the moderated comments waited less than 60 minutes", "28 %"):
        assert told in words


def test_the_page_costs_the_same_for_30_comments_as_for_3(desk):
    for _ in range(3):
        moderated(a_comment(now=NOW - DAY))
    few = queries_of(desk, PAGE)
    for _ in range(27):
        moderated(a_comment(now=NOW - DAY))
    assert queries_of(desk, PAGE) == few
    assert Discussion.objects.count() == 30


def test_it_is_for_who_may_read_the_log(client):
    client.force_login(staff_of("Editors"))
    assert client.get(PAGE).status_code == 403
    assert PAGE not in check_page(client, "/admin/")
    client.logout()
    assert client.get(PAGE).status_code == 302


def test_the_admins_front_page_leads_there(desk):
    assert PAGE in check_page(desk, "/admin/")

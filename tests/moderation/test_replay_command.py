"""manage.py replay: everything computed held against the logs it was computed from, told and mended."""

import io
import json
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import connection

from benchmarks import damage, seed_log
from comments.models import Comment, Discussion
from forum.accounts.models import KarmaChange, User
from forum.management.replay import LEDGERS, suspects
from moderation.actions import correct_score, set_back_comment, spend_point
from moderation.models import Moderation, Reversal
from tests.factories import NOW, a_comment, a_member, an_editor

pytestmark = pytest.mark.django_db
INSIGHTFUL = 5


@pytest.fixture
def site():
    """A discussion of three comments, one moderated, one set back, one left alone."""
    author, moderator = a_member(), a_member(points=5)
    comments = [a_comment(author=author)]
    comments += [a_comment(comments[0].discussion, author=author) for _ in range(2)]
    for comment in comments[:2]:
        spend_point(comment=comment, moderator=moderator, reason=INSIGHTFUL, now=NOW)
    set_back_comment(comment=comments[1], actor=an_editor(), reason="A test", now=NOW)
    return comments


def run(*arguments):
    """(exit status, what it printed)"""
    out = io.StringIO()
    try:
        call_command("replay", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def told(*arguments):
    status, words = run(*arguments, "--json")
    return status, json.loads(words)


def test_a_site_that_only_acts_moved_has_no_difference(site):
    status, report = told()
    assert (status, report["total"], report["differences"]) == (0, 0, [])
    assert report["checked"]["comments"] == 3
    assert report["checked"]["moderations"] == report["checked"]["grants"] * 2 == 2
    assert report["peak_memory_mb"] > 0


def test_a_wrong_score_is_one_difference_and_not_two(site):
    Comment.objects.filter(pk=site[0].pk).update(score=5)
    status, report = told()
    assert (status, report["by_kind"]) == (1, {"score": 1})
    assert report["differences"][0] == {
        "kind": "score",
        "where": f"comment {site[0].pk}",
        "found": "5 Insightful",
        "expected": "2 Insightful",
        "is_derived": True,
        "is_repaired": False,
    }


def test_scores_are_replayed_from_the_reversals_and_not_from_what_is_kept_of_them(site):
    Moderation.objects.filter(comment=site[1]).update(withdrawn_at=None, withdrawn_because="")
    assert told()[1]["by_kind"] == {"withdrawal": 1}


def test_karma_is_replayed_from_the_chains_and_not_from_what_is_kept_of_them(site):
    KarmaChange.objects.filter(moderation__comment=site[1]).update(withdrawn_at=None)
    assert told()[1]["by_kind"] == {"karma line": 1}


def test_differences_are_told_line_by_line_with_a_summary(site):
    User.objects.filter(pk=site[0].author_id).update(karma=9)
    Discussion.objects.update(count_3=7)
    status, words = run()
    assert status == 1
    assert words.splitlines()[-1].endswith("2 differences, 0 repaired, 2 left.")
    assert f"member {site[0].author_id}: karma: found 9, expected 1 (can be repaired)" in words


def test_a_repair_leaves_nothing_and_a_second_one_finds_nothing(site):
    Comment.objects.update(score=-1, label="Troll")
    User.objects.update(karma=3)
    status, report = told("--repair")
    assert (status, report["left"]) == (0, 0)
    assert report["repaired"] == report["total"] == 6
    assert told("--repair")[1]["total"] == 0


def test_what_cannot_be_computed_is_left_and_ends_with_status_1(site):
    Moderation.objects.first().grant.entries.create(
        member=site[0].author, kind="expired", points=9, cause="-", entered_at=NOW
    )
    status, report = told("--repair")
    assert (status, report["left"], report["by_kind"]) == (1, 1, {"points": 1})


def test_what_was_set_right_after_it_was_suspected_is_no_difference(site):
    scores = LEDGERS[0]
    Comment.objects.filter(pk=site[0].pk).update(score=5)
    (suspect,) = suspects(scores)
    Comment.objects.filter(pk=site[0].pk).update(score=2)
    assert suspect == site[0].discussion_id
    assert not list(scores.part.check(suspect, is_repairing=True))


def test_a_correction_by_staff_and_what_came_after_it_replay(site):
    correct_score(comment=site[2], score=4, actor=an_editor(), reason="A test", now=NOW)
    spend_point(comment=site[2], moderator=a_member(points=1), reason=INSIGHTFUL, now=NOW)
    Comment.objects.filter(pk=site[2].pk).update(score=1)
    assert told("--repair")[1]["by_kind"] == {"score": 1}
    assert Comment.objects.get(pk=site[2].pk).score == 5


# -- A whole log, made in bulk by another reckoning than the site's own ----------------------------------------------


@pytest.fixture
def log(db, tmp_path):
    """Some thousand rows with withdrawals, corrections, expiries and a switch of the policy in the middle."""
    return seed_log.seed(connection, tmp_path, comments=1_500, moderations=1_200)


def test_a_whole_log_replays_to_what_was_reckoned_without_the_site_s_own_code(log):
    status, report = told()
    assert (status, report["total"]) == (0, 0), report["differences"][:5]
    assert report["checked"]["moderations"] == log["moderations"] > 1_000
    assert Reversal.objects.filter(number=2).exists()
    assert Moderation.objects.filter(sets_score__isnull=False).exists()
    assert set(Moderation.objects.values_list("policy", flat=True)) == {1, 2}


def test_sixty_damaged_rows_of_every_kind_are_found_and_mended(log):
    planted = damage.plant(60)
    wanted = Counter(one.kind for one in planted)
    assert len({(one.model, one.number) for one in planted}) == 60
    assert set(wanted) == {way.kind for way in damage.kinds()} | {"karma of a moderation"}
    assert told()[1]["by_kind"] == wanted
    status, report = told("--repair")
    assert (status, report["repaired"], report["by_kind"]) == (0, 60, wanted)
    assert not damage.still_wrong(planted)
    assert told()[1]["total"] == 0


def test_the_statements_do_not_grow_with_the_rows(log, django_assert_max_num_queries):
    with django_assert_max_num_queries(45):
        told()

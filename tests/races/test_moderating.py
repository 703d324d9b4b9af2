"""Many moderate at once: no point is spent twice, no score leaves its range or its log, nobody is both."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum

from comments.models import Comment
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.models import KarmaChange, User
from forum.accounts.rules import replay_karma
from forum.presets import THRESHOLD
from forum.rulebook.actions import version_in_force
from moderation.actions import Wish, change_tokens, expire_mod_points, grant_daily_points, spend_point
from moderation.models import Moderation, Moderator, PointGrant, TokenEntry
from moderation.rules import Line, replay_score
from tests.crowd import Watcher, all_at_once, at_the_same_moment, many, shuffled
from tests.factories import NOW, a_comment, a_discussion, a_member, a_policy, some_points
from tests.races.test_posting import post

pytestmark = pytest.mark.django_db(transaction=True)
INSIGHTFUL, TROLL = 5, 3


def moderate(comment, moderator, reason=INSIGHTFUL, now=NOW):
    return lambda: spend_point(comment=comment, moderator=moderator, reason=reason, now=now)


def unforeseen(outcomes) -> list:
    return [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refused)]


def accepted(outcomes) -> list:
    return [one for one in outcomes if isinstance(one, Moderation)]


def left_to(member) -> int:
    return PointGrant.objects.filter(member=member).aggregate(left=Sum("points_left"))["left"]


def unequal_to_the_log(comment) -> list:
    """Score and log as one instant shows them: one statement sees one."""
    columns = ("score", "start_score", "moderations__reason", "moderations__delta", "moderations__withdrawn_at")
    rows = list(Comment.objects.filter(pk=comment.pk).order_by("moderations__id").values_list(*columns))
    score, start = rows[0][:2]
    replayed = replay_score(
        start, [Line(reason, delta) for *_, reason, delta, withdrawn in rows if delta and not withdrawn]
    )
    return [] if score == replayed and -1 <= score <= 5 else [f"score {score}, its log says {replayed}"]


def karma_unequal_to_its_log(member_id) -> list:
    deltas = KarmaChange.objects.filter(member=member_id).active().order_by("id").values_list("delta", flat=True)
    stored = User.objects.values_list("karma", flat=True).get(pk=member_id)
    return [] if stored == replay_karma(deltas) else [f"karma {stored}, its log says {replay_karma(deltas)}"]


# -- One comment, one point ----------------------------------------------------------------------------------------


def test_200_moderators_on_one_comment_at_once():
    crowd, chance = many(200, on_sqlite=60), random.Random(5)
    comment = a_comment(author=a_member(karma=10))
    moderators = [a_member(points=1) for _ in range(crowd)]
    acts = [moderate(comment, one, chance.choice(list(THRESHOLD.rule_of))) for one in moderators]
    with Watcher(lambda: unequal_to_the_log(comment)) as watcher:
        outcomes = all_at_once(acts, writers=many(24, on_sqlite=4))
    assert unforeseen(outcomes) == []
    assert watcher.found == []
    assert watcher.looks
    for moderator, outcome in zip(moderators, outcomes, strict=True):
        assert left_to(moderator) == (0 if isinstance(outcome, Moderation) else 1)
    assert Moderation.objects.active().count() == len(accepted(outcomes))
    assert unequal_to_the_log(comment) == []
    assert karma_unequal_to_its_log(comment.author_id) == []
    comment.discussion.refresh_from_db()
    assert comment.discussion.hit_parade[0] == 1


@pytest.mark.parametrize("is_one_discussion", [True, False])
def test_a_last_point_is_spent_once_by_eight_tabs(is_one_discussion):
    for _ in range(many(8, on_sqlite=3)):
        member, place = a_member(points=1), a_discussion()
        comments = [a_comment(place if is_one_discussion else a_discussion()) for _ in range(8)]
        outcomes = at_the_same_moment(*(moderate(comment, member) for comment in comments))
        assert unforeseen(outcomes) == []
        assert (len(accepted(outcomes)), left_to(member)) == (1, 0)


def test_a_comment_is_moderated_once_by_eight_tabs():
    for _ in range(many(8, on_sqlite=3)):
        member, comment = a_member(points=5), a_comment()
        outcomes = at_the_same_moment(*(moderate(comment, member) for _ in range(8)))
        assert unforeseen(outcomes) == []
        assert (len(accepted(outcomes)), left_to(member)) == (1, 4)


# -- How sharp these tests are -------------------------------------------------------------------------------------
#
# 20 members with 5 points, 8 comments at score 1: at most 32 moderations can be right. Every member tries every
# comment several times, from many threads. The same judge is shown our design and two that look right and are not.

MEMBERS, POINTS, COMMENTS, START, TRIES = 20, 5, 8, 1, 4


def shortcomings(*, accepted: list[tuple], points_left: list[int], scores: list[int]) -> list[str]:
    pairs = Counter(accepted)
    given = Counter(comment for _, comment in accepted)
    wrong = {
        f"{len(accepted)} moderations were accepted, not 32": len(accepted) != COMMENTS * (policy.SCORE_MAX - START),
        "somebody moderated the same comment twice": max(pairs.values()) > 1,
        "points spent and moderations differ": MEMBERS * POINTS - sum(points_left) != len(accepted),
        "somebody spent more than there was": min(points_left) < 0,
        "a score is not what its moderations make": Counter(scores) != Counter([START + n for n in given.values()]),
        "a score left its range": max(scores) > policy.SCORE_MAX,
    }
    return [words for words, is_so in wrong.items() if is_so]


def tried(attempt, members, comments) -> list[tuple]:
    """The (member, comment) pairs whose attempt was accepted."""
    pairs = shuffled([(member, comment) for member in members for comment in comments] * TRIES)
    outcomes = all_at_once([lambda pair=pair: attempt(*pair) for pair in pairs], writers=16)
    assert unforeseen(outcomes) == []
    return [pair for pair, outcome in zip(pairs, outcomes, strict=True) if outcome is True]


@pytest.fixture
def bare_tables():
    """Members with points and comments with scores, without a single constraint."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE race_member (id integer PRIMARY KEY, points integer)")
        cursor.execute("CREATE TABLE race_comment (id integer PRIMARY KEY, score integer)")
        cursor.execute("CREATE TABLE race_log (member integer, comment integer)")
        for number in range(MEMBERS):
            cursor.execute("INSERT INTO race_member VALUES (%s, %s)", [number, POINTS])
        for number in range(COMMENTS):
            cursor.execute("INSERT INTO race_comment VALUES (%s, %s)", [number, START])
    yield
    with connection.cursor() as cursor:
        for table in ("race_member", "race_comment", "race_log"):
            cursor.execute(f"DROP TABLE {table}")


def asked(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else None


def allowed(member, comment) -> tuple[int, int] | None:
    """(points, score) if the member has a point, the comment has room, and the two have not met."""
    points = asked("SELECT points FROM race_member WHERE id = %s", member)[0][0]
    score = asked("SELECT score FROM race_comment WHERE id = %s", comment)[0][0]
    met = asked("SELECT 1 FROM race_log WHERE member = %s AND comment = %s", member, comment)
    return (points, score) if points > 0 and score < policy.SCORE_MAX and not met else None


@transaction.atomic
def read_check_save(member, comment):
    if not (found := allowed(member, comment)):
        return False
    asked("UPDATE race_member SET points = %s WHERE id = %s", found[0] - 1, member)
    asked("INSERT INTO race_log VALUES (%s, %s)", member, comment)
    asked("UPDATE race_comment SET score = %s WHERE id = %s", found[1] + 1, comment)
    return True


@transaction.atomic
def check_then_count_without_a_condition(member, comment):
    if not allowed(member, comment):
        return False
    asked("UPDATE race_member SET points = points - 1 WHERE id = %s", member)
    asked("INSERT INTO race_log VALUES (%s, %s)", member, comment)
    asked("UPDATE race_comment SET score = score + 1 WHERE id = %s", comment)
    return True


@pytest.mark.lane("postgresql+redis")
@pytest.mark.parametrize("naive", [read_check_save, check_then_count_without_a_condition])
def test_the_judge_finds_a_design_that_only_looks_right(naive, bare_tables):
    pairs = tried(naive, range(MEMBERS), range(COMMENTS))
    points = [left for (left,) in asked("SELECT points FROM race_member")]
    scores = [score for (score,) in asked("SELECT score FROM race_comment")]
    assert shortcomings(accepted=pairs, points_left=points, scores=scores) != []


def test_exactly_the_32_right_moderations_are_accepted():
    members = [a_member(points=POINTS) for _ in range(MEMBERS)]
    place, author = a_discussion(), a_member()
    comments = [a_comment(place if number % 2 else None, author=author) for number in range(COMMENTS)]

    def attempt(member, comment):
        return isinstance(moderate(comment, member)(), Moderation)

    pairs = tried(attempt, members, comments)
    scores = list(Comment.objects.filter(pk__in=[one.pk for one in comments]).values_list("score", flat=True))
    assert shortcomings(accepted=pairs, points_left=[left_to(one) for one in members], scores=scores) == []
    assert karma_unequal_to_its_log(author.pk) == []


# -- Acts that cross -----------------------------------------------------------------------------------------------


def test_nobody_moderates_and_posts_in_one_discussion_however_the_two_cross():
    author = a_member()
    for pairs in range(0, many(200, on_sqlite=24), 4):
        place = a_discussion()
        comments = [a_comment(place, author=author) for _ in range(4)]
        members = [a_member(f"Crossing {pairs} {number}", points=1) for number in range(4)]
        acts = []
        for member, comment in zip(members, comments, strict=True):
            acts += [moderate(comment, member), lambda m=member, c=comment: post(c.discussion, author=m, parent=c)]
        outcomes = at_the_same_moment(*acts)
        assert unforeseen(outcomes) == []
        assert all(isinstance(outcome, Comment) for outcome in outcomes[1::2])
        assert not Moderation.objects.active().in_discussion(place).exists()
        assert set(Comment.objects.filter(discussion=place, author=author).values_list("score", flat=True)) == {1}
        for member, outcome in zip(members, outcomes[::2], strict=True):
            assert left_to(member) == (0 if isinstance(outcome, Moderation) else 1)
    assert karma_unequal_to_its_log(author.pk) == []
    assert User.objects.get(pk=author.pk).karma == 0


def test_karma_follows_its_log_when_withdrawing_crosses_moderating():
    author = a_member(karma=policy.KARMA_MAX - 1)
    for _ in range(many(20, on_sqlite=5)):
        first, second = a_comment(author=author), a_comment(author=author)
        leaving, staying, low = a_member(points=1), a_member(points=1), a_member(points=1)
        moderate(first, leaving)()
        outcomes = at_the_same_moment(
            lambda place=first, who=leaving: post(place.discussion, author=who, parent=place),
            moderate(second, staying),
            moderate(second, low, TROLL),
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        assert karma_unequal_to_its_log(author.pk) == []
        assert unequal_to_the_log(first) == unequal_to_the_log(second) == []


def test_a_point_is_spent_or_expires_but_never_both():
    end = NOW + timedelta(hours=1)
    for _ in range(many(20, on_sqlite=5)):
        members = [a_member() for _ in range(4)]
        grants = [some_points(member, 2, lifetime=timedelta(hours=1)) for member in members]
        spending = [moderate(a_comment(), member, now=end - timedelta(seconds=1)) for member in members]
        outcomes = at_the_same_moment(*spending, lambda: expire_mod_points(now=end))
        assert unforeseen(outcomes) == []
        for grant, outcome in zip(grants, outcomes, strict=False):
            grant.refresh_from_db()
            spent = isinstance(outcome, Moderation)
            assert grant.points_left + grant.points_expired + spent == grant.points_granted == 2
    assert not PointGrant.objects.filter(points_granted__lt=F("points_left") + F("points_expired")).exists()


def test_four_workers_grant_each_member_once_a_day():
    a_policy()
    members = [a_member() for _ in range(many(40, on_sqlite=10))]
    counted = at_the_same_moment(*[lambda: grant_daily_points(now=NOW, today=NOW.date())] * 4)
    assert sum(counted) == PointGrant.objects.count() == len(members)
    assert {left_to(member) for member in members} == {THRESHOLD.daily_points}


def test_posting_by_hand_of_the_same_member_from_many_tabs_withdraws_once():
    member, author = a_member(points=1), a_member()
    comment = a_comment(author=author)
    moderate(comment, member)()
    outcomes = at_the_same_moment(*[lambda: post(comment.discussion, author=member)] * 6)
    assert all(isinstance(outcome, Comment) for outcome in outcomes)
    assert Moderation.objects.get().withdrawn_at == NOW
    assert User.objects.get(pk=author.pk).karma == 0


def test_tokens_changed_by_many_at_once_all_count():
    member, version, rounds = a_member(), version_in_force(NOW), many(10, on_sqlite=4)
    wish = [Wish(member.pk, 1, TokenEntry.Kind.STAFF)]
    for _ in range(rounds):
        outcomes = at_the_same_moment(*[lambda: change_tokens(wish, version=version, now=NOW)] * 8)
        assert unforeseen(outcomes) == []
    balances = TokenEntry.objects.order_by("id").values_list("balance", flat=True)
    assert list(balances) == list(range(1, 8 * rounds + 1))
    assert Moderator.objects.get(pk=member.pk).tokens == 8 * rounds

"""Everybody moderates at once, and an independent judge looks at the records again and again: nothing is ever wrong.

The size is scaled by THRESHOLD_RACES; ``python -m benchmarks.storm`` runs 100,000 moderations. Two designs that only
look right, in the place of the site's own, are shown to the same judge.
"""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Least

from comments.actions import rescore_comment
from comments.models import Comment, Discussion
from comments.models.discussion import score_counter
from forum.accounts.actions import Refused
from forum.accounts.models import KarmaChange, User
from forum.presets import THRESHOLD
from moderation.models import Moderation, PointGrant
from tests.crowd import many
from tests.storm import Storm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.lane("postgresql+redis")]


def test_a_storm_of_moderations_leaves_every_number_as_its_log_says_at_every_instant():
    weather = Storm(moderations=many(1000), instants=many(30), comments=200).run()
    print(weather.line())
    assert weather.errors == []
    assert weather.differences == []
    assert weather.looks > many(30)
    for happened in ("accepted", "refused", "taken back", "posted", "set back", "put back", "corrected", "expired"):
        assert weather.counts[happened], happened


# -- How sharp the judge is ----------------------------------------------------------------------------------------


def looked_up(comment, moderator, reason, now):
    """What both designs read before they write, and refuse: it all looks right."""
    comment, rule = Comment.objects.get(pk=comment.pk), THRESHOLD.rule_of[reason]
    grant = PointGrant.objects.of(moderator).spendable(now).order_by("expires_at", "id").first()
    own = Comment.objects.filter(discussion=comment.discussion_id, author=moderator).exists()
    twice = Moderation.objects.active().by(moderator).filter(comment=comment).exists()
    if grant is None or own or twice or not -1 <= comment.score + rule.score <= 5:
        raise Refused("No.")
    return comment, rule, grant


def logged(comment, moderator, rule, grant, now):
    karma_line = None
    if comment.author_id and rule.karma:
        line = {"delta": rule.karma, "cause": "Naive", "changed_at": now}
        karma_line = KarmaChange.objects.create(member_id=comment.author_id, **line)
    return Moderation.objects.create(
        comment=comment,
        moderator=moderator,
        author_id=comment.author_id,
        reason=rule.number,
        delta=rule.score,
        grant=grant,
        karma_change=karma_line,
        moderated_at=now,
    )


@transaction.atomic
def read_check_save(*, comment, moderator, reason, now):
    comment, rule, grant = looked_up(comment, moderator, reason, now)
    grant.points_left -= 1
    grant.save(update_fields=["points_left"])
    rescore_comment(comment, score=comment.score + rule.score, label="", has_bonus=False)
    if comment.author_id and rule.karma:
        karma = User.objects.get(pk=comment.author_id).karma
        User.objects.filter(pk=comment.author_id).update(karma=max(-25, min(50, karma + rule.karma)))
    return logged(comment, moderator, rule, grant, now)


@transaction.atomic
def count_without_a_condition(*, comment, moderator, reason, now):
    comment, rule, grant = looked_up(comment, moderator, reason, now)
    PointGrant.objects.filter(pk=grant.pk).update(points_left=F("points_left") - 1)
    Comment.objects.filter(pk=comment.pk).update(score=F("score") + rule.score)
    old, new = score_counter(comment.score), score_counter(comment.score + rule.score)
    Discussion.objects.filter(pk=comment.discussion_id).update(**{old: F(old) - 1, new: F(new) + 1})
    if comment.author_id and rule.karma:
        karma = Greatest(-25, Least(50, F("karma") + rule.karma))
        User.objects.filter(pk=comment.author_id).update(karma=karma)
    return logged(comment, moderator, rule, grant, now)


GUARDS = {
    Moderation: ("one_moderation_per_comment",),
    Comment: ("score_in_range",),
    User: ("karma_in_range",),
    PointGrant: ("points_not_negative", "points_left_were_granted"),
}


@pytest.fixture
def without_constraints():
    """The real tables without the constraints that would stop a design from going wrong unseen."""
    guards = [(model, one) for model, names in GUARDS.items() for one in model._meta.constraints if one.name in names]
    with connection.schema_editor() as editor:
        for model, guard in guards:
            editor.remove_constraint(model, guard)
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_user, comments_discussion CASCADE")
    with connection.schema_editor() as editor:
        for model, guard in guards:
            editor.add_constraint(model, guard)


NAIVE = [read_check_save, count_without_a_condition]


@pytest.mark.parametrize("naive", NAIVE)
def test_the_same_judge_finds_a_design_that_only_looks_right(naive, without_constraints):
    weather = Storm(moderations=200, instants=10, members=20, comments=8, spend=naive, forgiven=(DatabaseError,)).run()
    print(naive.__name__, weather.line(), weather.differences[:3])
    assert weather.errors == []
    assert weather.differences != []


@pytest.mark.parametrize("naive", NAIVE)
def test_such_a_design_is_right_while_nobody_else_is_there(naive, without_constraints):
    weather = Storm(moderations=100, instants=5, members=20, comments=40, spend=naive, writers=1).run()
    assert (weather.errors, weather.differences) == ([], [])
    assert weather.counts["accepted"]

"""Spending a mod point: what one moves, and every refusal, after which nothing has moved."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comments.actions import DiscussionClosed, hide_comment, prepare_words, set_discussion_status
from comments.models import Comment, Discussion
from forum import policy
from forum.accounts.actions import Refused, ban_member
from forum.accounts.models import KarmaChange, User
from forum.notifications.models import Notification
from forum.presets import THRESHOLD
from moderation.actions import expire_mod_points, set_back_comment, spend_point, take_part
from moderation.models import Moderation, PointGrant
from moderation.queries import points_of
from tests.factories import NOW, UNLIMITED, a_comment, a_discussion, a_member, a_policy, an_editor, some_points

pytestmark = pytest.mark.django_db
INSIGHTFUL, FUNNY, TROLL, UNDERRATED = 5, 8, 3, 10


def moderate(comment, moderator, reason=INSIGHTFUL, now=NOW):
    return spend_point(comment=comment, moderator=moderator, reason=reason, now=now)


def everything(comment, moderator):
    """All that a moderation moves."""
    return (
        *Comment.objects.values_list("score", "label", "has_bonus").get(pk=comment.pk),
        list(PointGrant.objects.filter(member=moderator).values_list("points_left", "points_expired")),
        list(Moderation.objects.values_list("pk", "withdrawn_at")),
        list(User.objects.order_by("pk").values_list("pk", "karma")),
        KarmaChange.objects.count(),
        Notification.objects.count(),
        Discussion.objects.get(pk=comment.discussion_id).hit_parade,
    )


def test_one_point_makes_one_score_one_line_one_karma_and_one_notice():
    author, moderator = a_member(), a_member(points=2)
    comment = a_comment(author=author)
    moderation = moderate(comment, moderator)
    comment.refresh_from_db()
    author.refresh_from_db()
    assert (comment.score, comment.label, author.karma, points_of(moderator, NOW)) == (2, "Insightful", 1, 1)
    assert (moderation.delta, moderation.author, moderation.karma_change.delta) == (1, author, 1)
    assert Discussion.objects.get().hit_parade == (1, 1, 1, 1, 0, 0, 0)
    assert Notification.objects.get(recipient=author).line.endswith("moderated Insightful; its score is now 2")


@pytest.mark.parametrize(("reason", "karma"), [(FUNNY, 0), (TROLL, -1), (UNDERRATED, 1)])
def test_what_a_reason_does_to_karma(reason, karma):
    comment = a_comment(author=a_member())
    moderate(comment, a_member(points=1), reason)
    assert User.objects.get(pk=comment.author_id).karma == karma


def test_a_comment_of_nobody_moves_nobodys_karma():
    moderate(a_comment(author=None), a_member(points=1))
    assert not KarmaChange.objects.exists()
    assert not Notification.objects.exists()


def test_the_points_that_expire_first_are_spent_first():
    moderator = a_member()
    later = some_points(moderator, 1, lifetime=timedelta(days=3))
    sooner = some_points(moderator, 1, lifetime=timedelta(days=1))
    moderate(a_comment(), moderator)
    assert PointGrant.objects.get(pk=sooner.pk).points_left == 0
    assert PointGrant.objects.get(pk=later.pk).points_left == 1


def closed(status):
    def arrange(comment, moderator):
        set_discussion_status(discussion=comment.discussion, status=status, actor=None, reason="", now=NOW)

    return arrange


def removed(comment, moderator):
    hide_comment(comment=comment, actor=an_editor(), reason="Spam", now=NOW)


def own(comment, moderator):
    Comment.objects.filter(pk=comment.pk).update(author=moderator)


def old(comment, moderator):
    Comment.objects.filter(pk=comment.pk).update(posted_at=NOW - THRESHOLD.window - timedelta(seconds=1))


def banned(comment, moderator):
    ban_member(member=moderator, actor=an_editor(), reason="Spam", now=NOW)


def posted_here(comment, moderator):
    a_comment(comment.discussion, author=moderator)


def moderated_already(comment, moderator):
    moderate(comment, moderator, FUNNY)


def without_points(comment, moderator):
    PointGrant.objects.filter(member=moderator).update(points_left=0)


def with_expired_points(comment, moderator):
    PointGrant.objects.filter(member=moderator).update(expires_at=NOW, granted_at=NOW - timedelta(days=3))


def at_the_top(comment, moderator):
    Comment.objects.filter(pk=comment.pk).update(score=5, start_score=5)


REFUSALS = [
    (closed("archived"), "archived"),
    (closed("locked"), "closed"),
    (closed("hidden"), "closed"),
    (removed, "was removed"),
    (own, "your own comment"),
    (old, "older than 14 days"),
    (banned, "may not moderate"),
    (posted_here, "have posted in this discussion"),
    (moderated_already, "moderated this comment already"),
    (without_points, "no mod points left"),
    (with_expired_points, "no mod points left"),
    (at_the_top, "the highest score there is"),
]


@pytest.mark.parametrize(("arrange", "words"), REFUSALS, ids=[words for _, words in REFUSALS])
def test_a_refusal_says_why_and_moves_nothing(arrange, words):
    comment, moderator = a_comment(author=a_member()), a_member(points=3)
    arrange(comment, moderator)
    before = everything(comment, moderator)
    with pytest.raises(Refused, match=words):
        moderate(comment, moderator)
    assert everything(comment, moderator) == before


def test_the_lowest_score_is_refused_too():
    comment, moderator = a_comment(author=a_member(karma=-11)), a_member(points=3)
    before = everything(comment, moderator)
    with pytest.raises(Refused, match="the lowest score there is"):
        moderate(comment, moderator, TROLL)
    assert everything(comment, moderator) == before


def test_a_comment_can_be_moderated_to_the_last_second_of_its_window():
    comment, moderator = a_comment(), a_member(points=1, now=NOW + THRESHOLD.window)
    assert moderate(comment, moderator, now=NOW + THRESHOLD.window)


def test_a_discussion_that_is_gone_is_closed():
    comment, moderator = a_comment(), a_member(points=1)
    Comment.objects.all().delete()
    Discussion.objects.all().delete()
    with pytest.raises(DiscussionClosed, match="does not exist any more"):
        moderate(comment, moderator)


# -- Any sequence against a model of thirty lines --------------------------------------------------------------------


class Model:
    """Two members moderate two comments of one author and post; what must come of it, by the plainest means."""

    def __init__(self):
        self.log, self.points, self.posted = [], [5, 5], set()

    def moderate(self, who, comment, reason) -> bool:
        met = any(w == who and c == comment for w, c, _ in self.log)
        score = self.score(comment) + policy.REASONS[reason].score
        if met or who in self.posted or not self.points[who] or not -1 <= score <= 5:
            return False
        self.points[who] -= 1
        self.log.append((who, comment, reason))
        return True

    def post(self, who):
        self.posted.add(who)
        self.log = [line for line in self.log if line[0] != who]

    def set_back(self, comment):
        self.log = [line for line in self.log if line[1] != comment]

    def score(self, comment):
        score = 1
        for _, c, reason in self.log:
            score = max(-1, min(5, score + policy.REASONS[reason].score)) if c == comment else score
        return score

    def karma(self):
        karma = 49
        for _, _, reason in self.log:
            karma = max(-25, min(50, karma + policy.REASONS[reason].karma))
        return karma


acts = st.one_of(
    st.tuples(st.just("moderate"), st.integers(0, 1), st.integers(0, 1), st.sampled_from(list(THRESHOLD.rule_of))),
    st.tuples(st.just("post"), st.integers(0, 1)),
    st.tuples(st.just("set_back"), st.integers(0, 1)),
)


@given(st.lists(acts, max_size=12))
@settings(max_examples=40, deadline=None)
def test_any_sequence_of_moderating_posting_and_setting_back_ends_as_the_model_says(sequence):
    a_policy(THRESHOLD, **UNLIMITED)
    author, editor, place = a_member(karma=49), an_editor(), a_discussion()
    members = [a_member(points=5), a_member(points=5)]
    comments, known = [a_comment(place, author=author), a_comment(place, author=author)], Model()
    for name, which, *rest in sequence:
        if name == "moderate":
            if known.moderate(which, *rest):
                moderate(comments[rest[0]], members[which], rest[1])
            else:
                with pytest.raises(Refused):
                    moderate(comments[rest[0]], members[which], rest[1])
        elif name == "post":
            known.post(which)
            a_post(place, members[which])
        else:
            known.set_back(which)
            set_back_comment(comment=comments[which], actor=editor, reason="So", now=NOW)
    scores = [Comment.objects.get(pk=comment.pk).score for comment in comments]
    assert scores == [known.score(0), known.score(1)]
    assert User.objects.get(pk=author.pk).karma == known.karma()
    assert [points_of(member, NOW) for member in members] == known.points
    assert Moderation.objects.active().filter(comment__in=comments).count() == len(known.log)


def a_post(place, author):
    words = prepare_words(subject="A", body="B", markup="plain")
    return take_part(discussion=place, author=author, parent=None, words=words, form_key=None, now=NOW)


def test_an_expired_point_is_not_spent_and_stays_expired():
    moderator, grant_end = a_member(points=2), NOW + THRESHOLD.point_lifetime
    expire_mod_points(now=grant_end)
    with pytest.raises(Refused, match="no mod points left"):
        moderate(a_comment(), moderator)

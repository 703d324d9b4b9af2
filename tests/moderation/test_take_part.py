"""Posting where one has moderated: the moderations are withdrawn, as if they had never been."""

import pytest

from comments.actions import DiscussionClosed, prepare_words, recount_discussion
from comments.models import Comment, Discussion
from forum import policy
from forum.accounts.actions import Refused, ban_member
from forum.accounts.models import User
from forum.presets import THRESHOLD
from moderation.actions import check_may_post_as, set_back_comment, spend_point, take_part
from moderation.models import Moderation
from moderation.queries import points_of
from tests.factories import NOW, UNLIMITED, a_comment, a_discussion, a_member, a_policy, an_editor

pytestmark = pytest.mark.django_db
INSIGHTFUL, TROLL, FUNNY = 5, 3, 8


def a_comment_at(score, place=None, *, author=None):
    """A comment that started at this score."""
    comment = a_comment(place, author=author)
    Comment.objects.filter(pk=comment.pk).update(score=score, start_score=score)
    recount_discussion(comment.discussion_id)
    return comment


def moderate(comment, moderator=None, reason=INSIGHTFUL):
    return spend_point(comment=comment, moderator=moderator or a_member(points=1), reason=reason, now=NOW)


def take_part_in(discussion, author, parent=None, key=None):
    words = prepare_words(subject="My view", body="Some words.", markup="plain")
    return take_part(discussion=discussion, author=author, parent=parent, words=words, form_key=key, now=NOW)


def stored(comment):
    return Comment.objects.values_list("score", "label", "has_bonus").get(pk=comment.pk)


def karma(member):
    return User.objects.values_list("karma", flat=True).get(pk=member.pk)


def test_posting_withdraws_the_own_moderations_in_this_discussion_alone():
    moderator, author = a_member(points=3), a_member()
    here, there = a_comment(author=author), a_comment(author=author)
    moderate(here, moderator)
    moderate(there, moderator)
    take_part_in(here.discussion, moderator, here)
    assert (stored(here)[0], stored(there)[0], karma(author)) == (1, 2, 1)
    assert Moderation.objects.active().get().comment == there
    assert Moderation.objects.get(comment=here).withdrawn_because == "The moderator posted in the discussion."


def test_the_points_spent_are_not_returned():
    moderator, comment = a_member(points=3), a_comment()
    moderate(comment, moderator)
    take_part_in(comment.discussion, moderator)
    assert points_of(moderator, NOW) == 2


def test_the_moderations_of_others_stay():
    moderator, comment = a_member(points=1), a_comment_at(1)
    moderate(comment)
    moderate(comment, moderator, FUNNY)
    take_part_in(comment.discussion, moderator)
    assert stored(comment) == (2, "Insightful", False)


def test_posting_as_an_anonymous_coward_withdraws_nothing():
    comment = a_comment()
    moderate(comment)
    take_part_in(comment.discussion, None)
    assert Moderation.objects.active().count() == 1


@pytest.mark.parametrize("refused", ["closed", "banned"])
def test_a_refused_post_withdraws_nothing(refused):
    moderator, comment = a_member(points=1), a_comment_at(1)
    moderate(comment, moderator)
    if refused == "closed":
        Discussion.objects.update(status=Discussion.Status.LOCKED)
    else:
        ban_member(member=moderator, actor=an_editor(), reason="Spam", now=NOW)
    with pytest.raises(DiscussionClosed if refused == "closed" else Refused):
        take_part_in(comment.discussion, moderator)
    assert (Moderation.objects.active().count(), stored(comment)[0], Comment.objects.count()) == (1, 2, 1)


# -- Withdrawing is the exact inverse --------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [-25, -24, 0, 49, 50])
@pytest.mark.parametrize("reason", [INSIGHTFUL, TROLL, FUNNY])
def test_karma_is_afterwards_as_if_the_moderation_had_never_been(start, reason):
    author = a_member(karma=start)
    comment = a_comment_at(1, author=author)
    moderator = a_member(points=1)
    moderate(comment, moderator, reason)
    take_part_in(comment.discussion, moderator)
    assert karma(author) == start
    assert stored(comment)[:2] == (1, "")


def test_a_step_swallowed_by_the_highest_karma_is_not_taken_back_twice():
    author, early = a_member(karma=policy.KARMA_MAX), a_member(points=1)
    place = a_discussion()
    moderate(a_comment(place, author=author), early)  # swallowed: still 50
    moderate(a_comment(author=author), reason=TROLL)  # 49
    assert karma(author) == 49
    take_part_in(place, early)
    assert karma(author) == 49


def test_a_step_swallowed_by_the_lowest_karma_is_not_given_back_twice():
    a_policy(THRESHOLD, **UNLIMITED)
    author, early = a_member(karma=policy.KARMA_MIN), a_member(points=1)
    place = a_discussion()
    comment = a_comment_at(1, place, author=author)
    moderate(comment, early, TROLL)  # swallowed: still -25
    moderate(a_comment(author=author))  # -24
    take_part_in(place, early)
    assert karma(author) == policy.KARMA_MIN + 1


def test_a_score_that_met_its_bound_is_replayed_and_not_subtracted():
    comment, first = a_comment_at(4), a_member(points=1)
    moderate(comment, first)  # 5
    moderate(comment, reason=TROLL)  # 4
    moderate(comment)  # 5
    take_part_in(comment.discussion, first)
    assert stored(comment)[0] == 4


def test_the_bonus_lost_at_the_third_moderation_downwards_comes_back():
    author = a_member(karma=30)
    comment, third = a_comment_at(3, author=author), a_member(points=1)
    moderate(comment, reason=TROLL)
    moderate(comment, reason=TROLL)
    assert stored(comment)[2]
    moderate(comment, third, TROLL)
    assert not stored(comment)[2]
    take_part_in(comment.discussion, third)
    assert stored(comment) == (1, "Troll", True)


def test_one_may_moderate_elsewhere_again_but_not_here():
    moderator, comment = a_member(points=2), a_comment()
    moderate(comment, moderator)
    take_part_in(comment.discussion, moderator)
    with pytest.raises(Refused, match="have posted in this discussion"):
        moderate(comment, moderator)
    assert moderate(a_comment(), moderator)


# -- Staff set a comment back ----------------------------------------------------------------------------------------


def test_setting_back_withdraws_all_and_is_on_record():
    author, editor = a_member(), an_editor()
    comment = a_comment(author=author)
    for reason in (INSIGHTFUL, INSIGHTFUL, FUNNY):
        moderate(comment, reason=reason)
    assert set_back_comment(comment=comment, actor=editor, reason="A ring", now=NOW)
    act = editor.staff_acts.get(verb="set back")
    assert (stored(comment), karma(author)) == ((1, "", False), 0)
    assert (act.before, act.after, act.reason) == ("4", "1", "A ring")
    assert Moderation.objects.filter(withdrawn_because="Set back by staff. A ring").count() == 3


def test_setting_back_twice_is_one_act():
    comment, editor = a_comment(), an_editor()
    moderate(comment)
    assert set_back_comment(comment=comment, actor=editor, reason="So", now=NOW)
    assert not set_back_comment(comment=comment, actor=editor, reason="So", now=NOW)
    assert editor.staff_acts.count() == 1


def test_a_comment_that_was_set_back_can_be_moderated_again_by_the_same_member():
    moderator, comment = a_member(points=2), a_comment_at(1)
    moderate(comment, moderator)
    set_back_comment(comment=comment, actor=an_editor(), reason="So", now=NOW)
    moderate(comment, moderator, FUNNY)
    assert stored(comment)[:2] == (2, "Funny")


# -- Hiding behind a coward ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "is_anonymous"), [(0, True), (-1, False), (30, True)])
def test_who_may_post_how(points, is_anonymous):
    check_may_post_as(member=a_member(karma=points), is_anonymous=is_anonymous)


def test_with_bad_karma_nobody_posts_as_a_coward():
    with pytest.raises(Refused, match="under your own name"):
        check_may_post_as(member=a_member(karma=-1), is_anonymous=True)

"""How much one may post in a day, by karma or by network; a refusal says when to try again."""

from datetime import timedelta

import pytest

from comments.actions import prepare_words
from comments.models import Comment
from comments.rules import full_until, posts_allowed
from forum.accounts.actions import Refused
from forum.presets import THRESHOLD
from tests.factories import NOW, a_comment, a_discussion, a_member, a_policy, an_editor, post_comment

HOUR = timedelta(hours=1)
HERE, THERE = "203.0.113.0/24", "198.51.100.0/24"


def a_coward_posts(room, network=HERE, *, now=NOW):
    words = prepare_words(subject="Hm", body="Words.", markup="plain")
    return post_comment(discussion=room, author=None, parent=None, words=words, form_key=None, network=network, now=now)


def fill(author, count, *, now=NOW):
    room = a_discussion(now=now)
    return [a_comment(room, author=author, body=f"{number}", now=now) for number in range(count)]


# -- The rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("karma", "allowed"), [(-25, 2), (-1, 2), (0, 25), (25, 25), (26, 50), (50, 50)])
def test_a_day_has_room_by_karma_as_in_slash(karma, allowed):
    assert posts_allowed(karma, THRESHOLD) == allowed


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ([], None),
        ([0], None),
        ([0, 0], 0),  # the first leaves the day, and there is room again
        ([0, 0, 0], 1),
        ([3, 0], None),  # what was raised makes room
        ([3, 0, 0, 0, 0], 3),
        ([-1], 0),  # what was lowered takes it
        ([1, 1, 1, 1], None),
    ],
)
def test_there_is_room_again_when_the_oldest_posts_leave_the_day(changes, hours):
    posts = [(NOW + place * HOUR, change) for place, change in enumerate(changes)]
    until = full_until(posts, 2)
    assert until == (None if hours is None else NOW + (24 + hours) * HOUR)


# -- Members ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("karma", "allowed"), [(-1, 2), (0, 25)])
def test_a_day_has_room_for_so_many_comments_by_karma(karma, allowed):
    member = a_member(karma=karma)
    fill(member, allowed)
    with pytest.raises(Refused, match=f"you can post {allowed} comments a day. Try again in 20 hours."):
        a_comment(author=member, body="One more.", now=NOW + 4 * HOUR)
    assert Comment.objects.filter(author=member).count() == allowed
    assert a_comment(author=member, body="One more.", now=NOW + 24 * HOUR)


@pytest.mark.django_db
def test_the_limit_follows_the_karma_of_now():
    member = a_member(karma=-1)
    fill(member, 2)
    type(member).objects.filter(pk=member.pk).update(karma=0)
    assert a_comment(author=member, body="One more.")


@pytest.mark.django_db
def test_a_wait_below_an_hour_is_told_in_minutes():
    member = a_member(karma=-1)
    fill(member, 2)
    with pytest.raises(Refused, match="Try again in 30 minutes"):
        a_comment(author=member, body="One more.", now=NOW + 23.5 * HOUR)


@pytest.mark.django_db
def test_staff_are_not_limited_and_a_policy_need_not_limit_anybody():
    editor, member = an_editor(karma=-1), a_member(karma=-1)
    assert len(fill(editor, 3)) == 3
    a_policy(THRESHOLD, posts_low=0)
    assert len(fill(member, 3)) == 3


# -- Anonymous Cowards -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_anonymous_comments_of_one_network_have_a_limit():
    a_policy(THRESHOLD, posts_anonymous=3)
    room = a_discussion()
    for _ in range(3):
        a_coward_posts(room)
    with pytest.raises(Refused, match="3 anonymous comments a day can come from one network"):
        a_coward_posts(room)
    assert a_coward_posts(room, THERE)
    assert Comment.objects.count() == 4


@pytest.mark.django_db
def test_the_limit_reaches_over_midnight_though_each_day_has_a_key_of_its_own():
    a_policy(THRESHOLD, posts_anonymous=2)
    room, late, early = a_discussion(), NOW + 11 * HOUR, NOW + 13 * HOUR
    a_coward_posts(room, now=late)
    a_coward_posts(room, now=early)
    with pytest.raises(Refused, match="Try again in 23 hours"):
        a_coward_posts(room, now=late + HOUR)
    assert a_coward_posts(room, now=late + 24 * HOUR)


@pytest.mark.django_db
def test_comments_under_a_name_and_from_nowhere_do_not_count_for_the_network():
    a_policy(THRESHOLD, posts_anonymous=1)
    room = a_discussion()
    words = prepare_words(subject="Hm", body="Mine.", markup="plain")
    post_comment(discussion=room, author=a_member(), parent=None, words=words, form_key=None, network=HERE, now=NOW)
    assert a_coward_posts(room)
    assert a_coward_posts(room, "")
    assert a_coward_posts(room, "")

"""How much and how fast one may post, by karma or by network; a refusal says when to try again."""

from datetime import timedelta

import pytest

from comments.actions import TooSoon, check_form_time, prepare_words
from comments.models import Comment
from comments.rules import brake_limit, braked_until, burst_until, full_until, growing_until, pair_until, posts_allowed
from forum.accounts.actions import Refused
from forum.presets import THRESHOLD
from tests.factories import NOW, a_comment, a_discussion, a_member, a_policy, an_editor, post_comment

HOUR = timedelta(hours=1)
HERE, THERE = "203.0.113.0/24", "198.51.100.0/24"


def a_coward_posts(room, network=HERE, *, now=NOW, **said):
    words = prepare_words(subject="Hm", body="Words.", markup="plain")
    return post_comment(
        discussion=room, author=None, parent=None, words=words, form_key=None, network=network, now=now, **said
    )


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


# -- How fast: the rules -----------------------------------------------------------------------------------------------

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("seconds", "burst", "wait"),
    [
        ([], 3, None),
        ([0], 1, 20),
        ([0], 3, -20),
        ([0, 0, 0], 3, 20),
        ([0, 1, 2, 21], 3, 40),
        ([0, 1, 2, 300], 3, 280),
    ],
)
def test_some_may_follow_at_once_and_then_one_at_a_time(seconds, burst, wait):
    until = burst_until([NOW + at * SECOND for at in seconds], gap=20 * SECOND, burst=burst)
    assert until == (None if wait is None else NOW + wait * SECOND)


def test_the_wait_of_a_network_grows_with_each_comment_of_the_day():
    waits = [growing_until([NOW] * count, gap=MINUTE, growth=1.5) - NOW for count in (1, 2, 3, 10)]
    assert [round(wait / SECOND) for wait in waits] == [60, 90, 135, 2307]
    assert growing_until([NOW] * 100, gap=MINUTE, growth=1.5) == NOW + 24 * HOUR


def test_two_who_answer_each_other_wait_longer_each_time():
    waits = [pair_until([NOW] * count, free=3, gap=2 * MINUTE) for count in range(6)]
    assert waits == [None, None, None, NOW + 2 * MINUTE, NOW + 4 * MINUTE, NOW + 6 * MINUTE]


def test_what_moderators_took_counts_half_after_a_day_and_nothing_after_three():
    def until(*losses, limit=4):
        return braked_until(
            [(NOW - age * HOUR, change) for age, change in losses], limit=limit, numbers=THRESHOLD, now=NOW
        )

    assert until((0, -4)) == NOW + HOUR
    assert until((0, -8)) == NOW + 25 * HOUR
    assert until((24, -4)) is None
    assert until((73, -40)) is None
    assert until((0, -5), (1, 5)) is None
    assert until((0, -40), limit=0) is None


def test_a_network_with_a_member_of_karma_has_some_credit():
    assert [brake_limit(6, karma) for karma in (None, -3, 0, 1, 2, 20)] == [6, 6, 6, 6, 7, 9]
    assert brake_limit(0, 20) == 0


# -- How fast: members -------------------------------------------------------------------------------------------------


def posts_at_pace(member, *seconds, room=None, **said):
    rooms = [room or a_discussion() for _ in seconds]
    return [
        a_comment(place, author=member, writer=member, body=f"At {at}.", now=NOW + at * SECOND, at_pace=True, **said)
        for place, at in zip(rooms, seconds, strict=True)
    ]


@pytest.mark.django_db
def test_a_member_may_say_three_things_at_once_and_then_waits():
    member = a_member()
    posts_at_pace(member, 0, 1, 2)
    with pytest.raises(TooSoon, match=r"just posted something else. Try again in 17 seconds\.") as refusal:
        posts_at_pace(member, 3)
    assert refusal.value.wait == 17 * SECOND
    assert Comment.objects.filter(author=member).count() == 3
    assert posts_at_pace(member, 20)


@pytest.mark.django_db
def test_with_a_low_karma_the_wait_is_longer_and_staff_do_not_wait():
    troll, editor = a_member(karma=-1), an_editor()
    a_policy(THRESHOLD, posts_low=25)
    posts_at_pace(troll, 0, 1, 2)
    with pytest.raises(TooSoon, match="Try again in 2 minutes"):
        posts_at_pace(troll, 3)
    assert len(posts_at_pace(editor, *range(6))) == 6


@pytest.mark.django_db
def test_two_who_quarrel_let_others_have_a_word():
    ann, ben = a_member("Ann"), a_member("Ben")
    room = a_discussion()
    said = a_comment(room, author=ben)
    posts_at_pace(ann, 0, 100, 200, room=room, parent=said)
    with pytest.raises(TooSoon, match="answered the same member 3 times"):
        posts_at_pace(ann, 300, room=room, parent=said)
    assert posts_at_pace(ann, 300, room=room, parent=a_comment(room, author=a_member("Cleo")))
    assert posts_at_pace(ann, 340, room=room, parent=said)


@pytest.mark.django_db
def test_whom_moderators_put_down_waits_unless_karma_says_otherwise():
    troll, known = a_member(), a_member(karma=1)
    for member in (troll, known):
        Comment.objects.filter(pk__in=[one.pk for one in fill(member, 4, now=NOW - HOUR)]).update(score=-1)
    with pytest.raises(TooSoon, match="Moderators have put down much"):
        posts_at_pace(troll, 0)
    assert posts_at_pace(known, 0)
    assert posts_at_pace(troll, 3 * 24 * 3600)


# -- How fast: without a name ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_network_waits_longer_after_each_anonymous_comment():
    room = a_discussion()
    a_coward_posts(room, at_pace=True)
    with pytest.raises(TooSoon, match="Try again in 30 seconds"):
        a_coward_posts(room, now=NOW + 30 * SECOND, at_pace=True)
    assert a_coward_posts(room, THERE, now=NOW + 30 * SECOND, at_pace=True)
    a_coward_posts(room, now=NOW + 60 * SECOND, at_pace=True)
    with pytest.raises(TooSoon, match="Try again in 30 seconds"):
        a_coward_posts(room, now=NOW + 120 * SECOND, at_pace=True)


@pytest.mark.django_db
def test_a_member_without_a_name_is_counted_from_whatever_network():
    member, room = a_member(), a_discussion()
    a_coward_posts(room, HERE, writer=member, at_pace=True)
    with pytest.raises(TooSoon, match="anonymous comment has just come"):
        a_coward_posts(room, THERE, writer=member, now=NOW + SECOND, at_pace=True)
    assert a_coward_posts(room, THERE, writer=a_member(), now=NOW + SECOND, at_pace=True)


@pytest.mark.django_db
def test_the_anonymous_comments_of_a_network_are_braked_together():
    room = a_discussion()
    for minute in range(8):
        a_coward_posts(room, now=NOW + minute * MINUTE)
    Comment.objects.update(score=-1)
    late = NOW + HOUR
    assert a_coward_posts(room, THERE, now=late, at_pace=True)
    with pytest.raises(TooSoon, match="Moderators have put down"):
        a_coward_posts(room, now=late - 30 * MINUTE, at_pace=True)


@pytest.mark.django_db
def test_one_discussion_takes_only_so_much_from_all_networks_together():
    a_policy(THRESHOLD, thread_anonymous=3, thread_span=10 * MINUTE)
    room = a_discussion()
    for number in range(3):
        a_coward_posts(room, f"198.51.{number}.0/24", now=NOW + number * MINUTE, at_pace=True)
    with pytest.raises(TooSoon, match="Try again in 7 minutes"):
        a_coward_posts(room, "198.51.9.0/24", now=NOW + 3 * MINUTE, at_pace=True)
    assert a_comment(room, author=a_member(), now=NOW + 3 * MINUTE, at_pace=True)
    assert a_coward_posts(room, "198.51.9.0/24", now=NOW + 10 * MINUTE, at_pace=True)


def test_a_form_that_was_filled_in_at_once_was_filled_in_by_a_program():
    with pytest.raises(TooSoon, match="Try again in 2 seconds"):
        check_form_time(opened_at=NOW, numbers=THRESHOLD, now=NOW + SECOND)
    check_form_time(opened_at=NOW, numbers=THRESHOLD, now=NOW + 3 * SECOND)
    check_form_time(opened_at=None, numbers=THRESHOLD, now=NOW)

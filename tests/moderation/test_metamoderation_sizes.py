"""Metamoderation on a site of 5, 50 and 5,000 members: verdicts come about, by as many as there can be."""

from datetime import timedelta

import pytest

from forum.accounts.models import User
from forum.presets import THRESHOLD
from moderation.actions import answer_sitting, draw_sitting, settle_verdicts, spend_point
from moderation.models import MetaVote, Moderation, Verdict
from tests import factories
from tests.factories import NOW, a_comment, a_member, some_points

pytestmark = pytest.mark.django_db
INSIGHTFUL = 5
NEXT_DAY = NOW + timedelta(days=1)


def a_site(members: int) -> list[User]:
    """A site of so many members: numbers begin anew at 1 only on SQLite, so the policy reckons from the first."""
    first = a_member()
    others = [
        User(username=f"m{number}", name_key=f"m{number}", joined_at=NOW - timedelta(days=90))
        for number in range(1, members)
    ]
    made = [first, *User.objects.bulk_create(others)]
    per_vote = round(THRESHOLD.meta_members_per_vote * made[-1].pk / members)
    from_here = round(THRESHOLD.newest_excluded_from * made[-1].pk / members)
    share = (first.pk - 1 + THRESHOLD.meta_oldest_share * members) / made[-1].pk
    factories.a_policy(
        THRESHOLD, meta_members_per_vote=per_vote, newest_excluded_from=from_here, meta_oldest_share=share
    )
    return made


def a_moderation(*, moderator, author) -> Moderation:
    some_points(moderator)
    return spend_point(comment=a_comment(author=author), moderator=moderator, reason=INSIGHTFUL, now=NOW)


def judge(member, now=NEXT_DAY):
    sitting = draw_sitting(member=member, now=now)
    words = dict.fromkeys(sitting.votes.values_list("moderation_id", flat=True), MetaVote.Word.FAIR)
    answer_sitting(sitting=sitting, member=member, words=words, now=now)


def test_of_5_members_the_three_who_are_left_settle_it():
    moderator, author, *judges = a_site(5)
    moderation = a_moderation(moderator=moderator, author=author)
    assert moderation.votes_wanted == len(judges) == 3
    for member in judges:
        judge(member)
    assert settle_verdicts(now=NEXT_DAY) == 1


def test_of_5_members_two_judges_are_enough_in_the_end():
    moderator, author, *judges = a_site(5)
    a_moderation(moderator=moderator, author=author)
    for member in judges[:2]:
        judge(member)
    assert settle_verdicts(now=NEXT_DAY) == 0
    assert settle_verdicts(now=NOW + THRESHOLD.meta_give_up + timedelta(hours=1)) == 1
    assert Verdict.objects.get().fair_votes == 2


def test_of_3_members_nobody_is_judged_by_the_one_who_is_left():
    moderator, author, judge_ = a_site(3)
    moderation = a_moderation(moderator=moderator, author=author)
    judge(judge_)
    assert settle_verdicts(now=NOW + THRESHOLD.meta_give_up + timedelta(hours=1)) == 0
    moderation.refresh_from_db()
    assert moderation.judging_ended_at
    assert not Verdict.objects.exists()


@pytest.mark.parametrize(("members", "wanted"), [(50, 3), (5_000, 9)])
def test_larger_sites_ask_more(members, wanted):
    site = a_site(members)
    moderations = [a_moderation(moderator=one, author=site[-1]) for one in site[:4]]
    assert {one.votes_wanted for one in moderations} == {wanted}
    for member in site[10 : 10 + wanted]:
        judge(member)
    assert settle_verdicts(now=NEXT_DAY) == 4
    assert set(Verdict.objects.values_list("fair_votes", flat=True)) == {wanted}

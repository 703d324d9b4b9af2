"""What is taken back is as if it had never been, and what is put back is as if it had never been taken."""

from datetime import timedelta

import pytest

from comments.actions import prepare_words
from comments.models import Comment
from forum.accounts.actions import Refused, change_karma, restore_karma, withdraw_karma
from forum.accounts.models import KarmaChange, StaffAct, User
from forum.presets import SLASHDOT, SOYLENTNEWS, THRESHOLD
from moderation.actions import (
    correct_score,
    set_back_comment,
    spend_point,
    take_part,
    undo_act,
    undo_moderation,
    undo_set_back,
    withdraw,
)
from moderation.integrity import check_discussion
from moderation.models import Moderation, Moderator, PointEntry, Reversal, TokenEntry
from moderation.queries import points_of
from tests.factories import NOW, UNLIMITED, a_comment, a_discussion, a_member, a_policy, an_editor, some_points

pytestmark = pytest.mark.django_db
INSIGHTFUL, TROLL, OVERRATED, FUNNY = 5, 3, 9, 8
SOON = NOW + timedelta(seconds=30)


def spend(comment, moderator, reason=INSIGHTFUL, now=NOW, **where):
    return spend_point(comment=comment, moderator=moderator, reason=reason, now=now, **where)


def state(*members, comment):
    comment = Comment.objects.get(pk=comment.pk)
    karma = [User.objects.get(pk=member.pk).karma for member in members]
    tokens = [
        Moderator.objects.filter(pk=member.pk).values_list("tokens", flat=True).first() or 0 for member in members
    ]
    return comment.score, comment.label, comment.has_bonus, karma, tokens


@pytest.mark.parametrize("karma", [0, 50, 49, -25, -24, 30])
@pytest.mark.parametrize("reason", list(THRESHOLD.rule_of))
def test_undoing_within_moments_is_the_exact_inverse_at_every_bound(karma, reason):
    author, moderator = a_member(karma=karma), a_member(points=2)
    comment = a_comment(author=author)
    if comment.score == -1:
        spend(comment, a_member(points=1))
    before, held = state(author, moderator, comment=comment), points_of(moderator, NOW)
    moderation = spend(comment, moderator, reason)
    undo_moderation(moderation=moderation, moderator=moderator, now=SOON)
    assert state(author, moderator, comment=comment) == before
    assert points_of(moderator, NOW) == held


def test_an_undone_moderation_can_be_given_again_otherwise():
    comment, moderator = a_comment(), a_member(points=1)
    undo_moderation(moderation=spend(comment, moderator, TROLL), moderator=moderator, now=SOON)
    spend(comment, moderator, FUNNY, now=SOON)
    comment.refresh_from_db()
    assert (comment.score, comment.label) == (1, "Funny")
    assert points_of(moderator, SOON) == 0


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (lambda s: {"now": NOW + THRESHOLD.undo_within + timedelta(seconds=1)}, "too late"),
        (lambda s: {"moderator": a_member()}, "taken back already"),
        (lambda s: undo_moderation(moderation=s[0], moderator=s[1], now=SOON) and {}, "taken back already"),
    ],
)
def test_undoing_is_refused_in_words(meanwhile, words):
    moderator = a_member(points=1)
    moderation = spend(a_comment(), moderator)
    said = {"moderation": moderation, "moderator": moderator, "now": SOON} | meanwhile((moderation, moderator))
    reversals = Reversal.objects.count()
    with pytest.raises(Refused, match=words):
        undo_moderation(**said)
    assert Reversal.objects.count() == reversals


def test_undoing_leaves_rows_and_removes_none():
    moderator = a_member(points=1)
    moderation = spend(a_comment(author=a_member()), moderator)
    undo_moderation(moderation=moderation, moderator=moderator, now=SOON)
    assert Moderation.objects.get().withdrawn_at == SOON
    reversal = Reversal.objects.get()
    assert (reversal.number, reversal.kind, reversal.policy_id) == (1, Reversal.Kind.UNDONE, 1)
    assert PointEntry.objects.get().kind == PointEntry.Kind.RETURNED
    assert KarmaChange.objects.get(reverses__isnull=False).reverses == moderation.karma_change


def test_what_is_withdrawn_already_is_not_withdrawn_again():
    author, moderator = a_member(), a_member(points=1)
    comment = a_comment(author=author)
    moderation = spend(comment, moderator)
    taken = {"kind": Reversal.Kind.STAFF, "because": "A ring", "now": SOON}
    assert withdraw([moderation], **taken) == [moderation]
    before = state(author, moderator, comment=comment)
    assert withdraw([moderation], **taken) == []
    assert state(author, moderator, comment=comment) == before
    assert Reversal.objects.count() == KarmaChange.objects.filter(reverses__isnull=False).count() == 1


# -- Staff set back, and that undone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("karma", [0, 50, 48, -25])
def test_a_set_back_that_is_undone_leaves_everything_as_it_was(karma):
    author, editor = a_member(karma=karma), an_editor()
    comment = a_comment(author=author)
    moderators = [a_member(points=1) for _ in range(4)]
    for moderator, reason in zip(moderators, (INSIGHTFUL, FUNNY, OVERRATED, INSIGHTFUL), strict=True):
        spend(comment, moderator, reason)
    before = state(author, *moderators, comment=comment)
    set_back_comment(comment=comment, actor=editor, reason="A ring", now=NOW)
    act = StaffAct.objects.get(verb="set back")
    assert Comment.objects.get(pk=comment.pk).score == comment.start_score
    assert undo_set_back(act=act, actor=editor, reason="It was none", now=SOON)
    assert state(author, *moderators, comment=comment) == before
    assert StaffAct.objects.get(verb="undo").undoes == act
    assert list(Reversal.objects.order_by("id").values_list("number", flat=True)) == [1] * 4 + [2] * 4


def test_a_moderation_is_not_put_back_beside_a_newer_one_of_the_same_moderator():
    comment, moderator, editor = a_comment(), a_member(points=2), an_editor()
    spend(comment, moderator, TROLL)
    set_back_comment(comment=comment, actor=editor, reason="A slip", now=NOW)
    spend(comment, moderator, FUNNY)
    undo_set_back(act=StaffAct.objects.get(verb="set back"), actor=editor, reason="After all", now=SOON)
    comment.refresh_from_db()
    assert (comment.score, comment.label) == (1, "Funny")


def test_a_set_back_is_undone_once_even_where_something_stayed_withdrawn():
    comment, moderator, editor = a_comment(), a_member(points=2), an_editor()
    spend(comment, moderator, TROLL)
    set_back_comment(comment=comment, actor=editor, reason="A slip", now=NOW)
    act = StaffAct.objects.get(verb="set back")
    spend(comment, moderator, FUNNY)
    assert undo_set_back(act=act, actor=editor, reason="After all", now=SOON)
    assert not undo_set_back(act=act, actor=editor, reason="Once more", now=SOON)
    assert StaffAct.objects.filter(undoes=act).count() == 1


@pytest.mark.parametrize(("then", "active"), [(THRESHOLD, 0), (SOYLENTNEWS, 1)])
def test_what_is_put_back_stays_withdrawn_if_posting_meanwhile_withdrew_moderations(then, active):
    a_policy(SOYLENTNEWS)
    comment, moderator, editor = a_comment(), a_member(points=1), an_editor()
    spend(comment, moderator)
    set_back_comment(comment=comment, actor=editor, reason="A slip", now=NOW)
    a_policy(then)
    a_comment(comment.discussion, author=moderator, now=SOON)
    undo_set_back(act=StaffAct.objects.get(verb="set back"), actor=editor, reason="After all", now=SOON)
    assert Moderation.objects.active().count() == active
    assert list(check_discussion(comment.discussion_id)) == []


def test_karma_lines_can_be_taken_back_and_put_back_any_number_of_times():
    member = a_member(karma=50)
    lines = [change_karma(member=member, delta=delta, cause="x", now=NOW) for delta in (+5, -3, +2)]
    seen = []
    for turn in range(5):
        (withdraw_karma, restore_karma)[turn % 2](changes=lines[:1], now=NOW)
        seen.append(User.objects.get(pk=member.pk).karma)
    assert seen == [49] * 5  # 50, held at 50, then -3 and +2
    withdraw_karma(changes=lines[1:2], now=NOW)
    assert User.objects.get(pk=member.pk).karma == 50
    assert KarmaChange.objects.filter(reverses__isnull=False).count() == 6


# -- Corrections by staff ----------------------------------------------------------------------------------------------


def test_staff_set_a_score_and_later_moderations_go_on_from_there():
    comment = a_comment(author=a_member())
    spend(comment, a_member(points=1), TROLL)
    correction = correct_score(comment=comment, score=4, actor=an_editor(), reason="A bomb", now=NOW)
    spend(Comment.objects.get(pk=comment.pk), a_member(points=1), INSIGHTFUL, now=SOON)
    comment.refresh_from_db()
    assert comment.score == 5
    assert (correction.act.verb, correction.act.before, correction.act.after) == ("rescore", "0", "4")
    assert User.objects.get(pk=comment.author_id).karma == 0


def test_a_correction_is_refused_without_a_reason_beyond_the_range_or_for_an_own_comment():
    editor = an_editor()
    for score, reason, who in ((3, " ", None), (6, "High", None), (3, "Mine", editor)):
        comment = a_comment(author=who)
        with pytest.raises(Refused):
            correct_score(comment=comment, score=score, actor=editor, reason=reason, now=NOW)
    assert not StaffAct.objects.exists()
    assert correct_score(comment=comment, score=1, actor=an_editor(), reason="As it is", now=NOW) is None


# -- Who may not ---------------------------------------------------------------------------------------------------


def test_nobody_moderates_an_own_comment_that_was_posted_anonymously():
    member = a_member(points=1)
    comment = a_comment(writer=member)
    with pytest.raises(Refused, match="your own comment"):
        spend(comment, member)
    assert spend(comment, a_member(points=1))


def test_nobody_moderates_a_comment_from_the_own_network_unless_the_policy_lets_them():
    comment, member = a_comment(network="203.0.113.0/24"), a_member(points=2)
    with pytest.raises(Refused, match="the network you are on"):
        spend(comment, member, network="203.0.113.0/24")
    assert points_of(member, NOW) == 2
    assert spend(comment, member, network="198.51.100.0/24")
    a_policy(SLASHDOT, same_network_forbidden=False)
    assert spend(comment, a_member(points=1), network="203.0.113.0/24")


def test_nobody_pursues_one_author():
    author, moderator = a_member(), a_member(points=5)
    a_policy(THRESHOLD, pair_cap=3, **UNLIMITED)
    for _ in range(3):
        spend(a_comment(author=author), moderator, TROLL)
    with pytest.raises(Refused, match="3 times within 7 days"):
        spend(a_comment(author=author), moderator, TROLL)
    assert points_of(moderator, NOW) == 2
    assert spend(a_comment(author=a_member()), moderator, TROLL)
    some_points(moderator, 1, now=NOW + timedelta(days=8))
    late = a_comment(author=author, now=NOW + timedelta(days=8))
    assert spend(late, moderator, TROLL, now=NOW + timedelta(days=8))


def test_a_moderation_undone_at_once_does_not_count_as_pursuit():
    author, moderator = a_member(), a_member(points=2)
    a_policy(THRESHOLD, pair_cap=1)
    comment = a_comment(author=author)
    undo_moderation(moderation=spend(comment, moderator), moderator=moderator, now=SOON)
    assert spend(comment, moderator, now=SOON)


def test_moderating_downwards_can_take_karma():
    a_policy(down_karma_min=10)
    low, high = a_member(points=1, karma=9), a_member(points=1, karma=10)
    with pytest.raises(Refused, match="karma of 10"):
        spend(a_comment(), low, TROLL)
    assert spend(a_comment(), low)
    assert spend(a_comment(), high, TROLL)


def test_overrated_can_need_an_earlier_moderation_that_still_counts():
    a_policy()
    comment, moderator, first = a_comment(author=a_member()), a_member(points=3, karma=10), a_member(points=1)
    with pytest.raises(Refused, match="answers an earlier moderation"):
        spend(comment, moderator, OVERRATED)
    spend(comment, first)
    set_back_comment(comment=comment, actor=an_editor(), reason="x", now=NOW)
    with pytest.raises(Refused, match="answers an earlier moderation"):
        spend(comment, moderator, OVERRATED)
    spend(comment, a_member(points=1))
    assert spend(comment, moderator, OVERRATED)


def test_a_reason_that_the_policy_does_not_offer_is_refused():
    with pytest.raises(Refused, match="does not know that reason"):
        spend(a_comment(), a_member(points=1), 11)


def test_a_barred_moderator_is_told_until_when():
    moderator = a_member(points=1)
    Moderator.objects.create(member=moderator, barred_until=NOW + timedelta(days=3), barred_because="Spite")
    with pytest.raises(Refused, match=r"until 2026-05-07\. The reason: Spite"):
        spend(a_comment(), moderator)
    assert points_of(moderator, NOW) == 1


def test_where_the_policy_allows_both_a_member_posts_and_moderates_in_one_discussion():
    a_policy()
    place, member = a_discussion(), a_member(points=2)
    spend(a_comment(place), member)
    words = prepare_words(subject="Mine", body="Words", markup="plain")
    take_part(discussion=place, author=member, parent=None, words=words, form_key=None, now=NOW)
    assert Moderation.objects.active().count() == 1
    assert spend(a_comment(place), member)


# -- Tokens ------------------------------------------------------------------------------------------------------------


def test_a_reason_nobody_metamoderates_costs_a_token_and_a_loss_of_karma_costs_its_author():
    author, moderator = a_member(), a_member(points=1)
    spend(a_comment(author=author), moderator, OVERRATED)
    kinds = dict(TokenEntry.objects.values_list("member", "kind"))
    assert kinds == {author.pk: TokenEntry.Kind.KARMA, moderator.pk: TokenEntry.Kind.BLIND}
    assert set(Moderator.objects.values_list("tokens", flat=True)) == {-1}
    assert set(TokenEntry.objects.values_list("balance", flat=True)) == {-1}


def test_a_correction_that_was_undone_does_not_come_back_with_a_set_back_that_is_undone():
    comment, editor = a_comment(author=a_member()), an_editor()
    rescore = correct_score(comment=comment, score=5, actor=editor, reason="A slip", now=NOW).act
    set_back_comment(comment=comment, actor=editor, reason="A ring", now=NOW)
    set_back = StaffAct.objects.get(verb="set back")
    assert undo_act(act=rescore, actor=editor, reason="A mistake", now=NOW)
    assert undo_act(act=set_back, actor=editor, reason="No ring", now=NOW)
    comment.refresh_from_db()
    assert comment.score == comment.start_score == 1

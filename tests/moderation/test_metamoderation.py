"""Metamoderating: what is drawn for whom, what words do, and what a verdict brings, once."""

from datetime import timedelta
from random import Random

import pytest
from django.db import IntegrityError, transaction

from comments.actions import hide_comment, prepare_words
from forum.accounts.actions import Refused, ban_member
from forum.accounts.models import User
from forum.notifications.models import Notification
from forum.presets import SLASHDOT, SOYLENTNEWS, THRESHOLD
from forum.rulebook.actions import version_in_force
from moderation.actions import (
    Wish,
    answer_sitting,
    change_tokens,
    draw_sitting,
    settle_verdicts,
    spend_point,
    take_part,
    undo_moderation,
)
from moderation.models import MetaSitting, MetaVote, Moderation, Moderator, TokenEntry, Verdict
from moderation.rules.metamoderation import Circumstances
from tests import factories
from tests.factories import NOW, UNLIMITED, a_comment, a_discussion, a_member, an_editor, some_points

pytestmark = pytest.mark.django_db
INSIGHTFUL, TROLL, INTERESTING, FUNNY, OVERRATED = 5, 3, 6, 8, 9
NEXT_DAY = NOW + timedelta(days=1)
FAIR, UNFAIR = "fair", "unfair"


def a_policy(numbers, **changed):
    """A policy as on a small site: on PostgreSQL the numbers of members go on from test to test."""
    small = {"meta_oldest_share": 1.0, "meta_members_per_vote": numbers.meta_members_per_vote * 1_000_000}
    return factories.a_policy(numbers, **small | changed)


@pytest.fixture(autouse=True)
def all_may_judge(db):
    return a_policy(THRESHOLD)


def moderated(comment=None, *, by=None, reason=INSIGHTFUL, now=NOW, wanted=None) -> Moderation:
    comment = comment or a_comment(author=a_member(), now=now)
    moderation = spend_point(comment=comment, moderator=by or a_member(points=5, now=now), reason=reason, now=now)
    if wanted is not None:
        Moderation.objects.filter(pk=moderation.pk).update(votes_wanted=wanted)
        moderation.refresh_from_db()
    return moderation


def drawn(member, now=NEXT_DAY, seed=1) -> list[int]:
    sitting = draw_sitting(member=member, now=now, chance=Random(seed))
    return list(sitting.votes.order_by("place").values_list("moderation_id", flat=True)) if sitting else []


def judge(member, word, now=NEXT_DAY):
    """Draw and judge everything alike."""
    sitting = draw_sitting(member=member, now=now, chance=Random(1))
    words = dict.fromkeys(sitting.votes.values_list("moderation_id", flat=True), word)
    return answer_sitting(sitting=sitting, member=member, words=words, now=now)


def judged_by(moderation, *words, now=NEXT_DAY) -> list[User]:
    """Votes on one moderation by as many new members, as if it had been drawn for them."""
    voters = []
    for word in words:
        member = a_member(now=now)
        sitting = MetaSitting.objects.create(member=member, policy_id=1, drawn_at=now)
        MetaVote.objects.create(sitting=sitting, member=member, moderation=moderation, place=1)
        answer_sitting(sitting=sitting, member=member, words={moderation.pk: word}, now=now)
        voters.append(member)
    return voters


def tokens_of(member) -> int:
    return Moderator.objects.filter(pk=member.pk).values_list("tokens", flat=True).first() or 0


def give_tokens(member, tokens):
    change_tokens([Wish(member.pk, tokens, TokenEntry.Kind.STAFF)], version=version_in_force(NOW), now=NOW)


# -- Drawing ---------------------------------------------------------------------------------------------------------


def test_what_is_drawn_stays_the_same_until_it_is_judged():
    for _ in range(14):
        moderated()
    member = a_member()
    first = drawn(member)
    moderated(now=NOW + timedelta(minutes=1))
    assert len(first) == THRESHOLD.meta_sample
    assert drawn(member, seed=2) == first
    assert drawn(member, now=NEXT_DAY + timedelta(days=3), seed=3) == first


def test_two_members_are_not_given_the_same_of_many():
    for _ in range(14):
        moderated()
    assert drawn(a_member(), seed=1) != drawn(a_member(), seed=2)


def test_a_sitting_may_hold_fewer_than_ten():
    moderation = moderated()
    assert drawn(a_member()) == [moderation.pk]


def test_nothing_waits_on_an_empty_site():
    assert draw_sitting(member=a_member(), now=NOW) is None
    assert not MetaSitting.objects.exists()


def test_neither_own_moderations_nor_those_of_own_comments_are_drawn():
    member = a_member(points=5)
    moderated(by=member)
    moderated(a_comment(author=member))
    other = moderated()
    assert drawn(member) == [other.pk]


def test_moderations_of_own_anonymous_words_are_not_drawn():
    member, place = a_member(), a_discussion()
    words = prepare_words(subject="Hidden me", body="Said without a name.", markup="plain")
    posted = take_part(discussion=place, author=None, parent=None, words=words, form_key=None, now=NOW, writer=member)
    moderated(posted)
    assert drawn(member) == []
    assert drawn(a_member()) != []


def test_a_fresh_moderation_is_left_to_rest():
    moderation = moderated()
    member = a_member()
    assert drawn(member, now=NOW + THRESHOLD.meta_min_age - timedelta(seconds=1)) == []
    assert drawn(member, now=NOW + THRESHOLD.meta_min_age) == [moderation.pk]


def test_a_withdrawn_moderation_is_not_drawn():
    moderation = moderated()
    undo_moderation(moderation=moderation, moderator=moderation.moderator, now=NOW)
    assert drawn(a_member()) == []


def test_a_reason_that_nobody_metamoderates_is_not_drawn():
    moderated(reason=OVERRATED)
    assert drawn(a_member()) == []


def test_a_settled_moderation_is_not_drawn():
    judged_by(moderated(), FAIR, FAIR, FAIR)
    assert settle_verdicts(now=NEXT_DAY) == 1
    assert drawn(a_member()) == []


def test_words_that_staff_removed_are_not_drawn():
    moderation = moderated()
    hide_comment(comment=moderation.comment, actor=an_editor(), reason="Spam", now=NOW)
    assert drawn(a_member()) == []


def test_one_moderation_of_each_comment_is_drawn():
    comment = a_comment(author=a_member())
    moderated(comment), moderated(comment, reason=INTERESTING)
    assert len(drawn(a_member())) == 1


def test_what_was_judged_is_never_drawn_again_for_the_same_member():
    member = a_member()
    moderated()
    judge(member, FAIR)
    assert draw_sitting(member=member, now=NEXT_DAY + timedelta(days=2)) is None


def test_a_sitting_all_of_which_was_settled_by_others_makes_room_for_another():
    first = moderated()
    member = a_member()
    assert drawn(member) == [first.pk]
    judged_by(first, FAIR, FAIR, FAIR)
    settle_verdicts(now=NEXT_DAY)
    second = moderated()
    assert drawn(member) == [second.pk]


def test_the_database_holds_one_open_sitting_for_each_member():
    member = a_member()
    moderated()
    drawn(member)
    with pytest.raises(IntegrityError), transaction.atomic():
        MetaSitting.objects.create(member=member, policy_id=1, drawn_at=NOW)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ({"is_willing_to_moderate": False}, "do not want to moderate"),
        ({"karma": -1}, "a karma of 0 or more"),
        ({"joined_at": NEXT_DAY - timedelta(hours=3)}, "You can judge moderations in 21 hours."),
    ],
)
def test_who_may_not_judge_is_told_why(member, words):
    moderated()
    with pytest.raises(Refused, match=words):
        draw_sitting(member=a_member(**member), now=NEXT_DAY)
    assert not MetaSitting.objects.exists()


def test_a_banned_member_may_not_judge():
    moderated()
    member = a_member()
    ban_member(member=member, actor=an_editor(), reason="Rude", now=NOW)
    with pytest.raises(Refused, match="at present"):
        draw_sitting(member=member, now=NEXT_DAY)


def test_a_barred_moderator_may_not_judge_before_the_end():
    moderated()
    member = a_member()
    Moderator.objects.create(member=member, barred_until=NEXT_DAY + timedelta(seconds=1), barred_because="Feuds")
    with pytest.raises(Refused, match="barred"):
        draw_sitting(member=member, now=NEXT_DAY)
    assert drawn(member, now=NEXT_DAY + timedelta(seconds=1)) != []


def test_the_newest_tenth_may_not_judge_where_there_are_many_members():
    a_policy(THRESHOLD, newest_excluded_from=2, meta_oldest_share=0.9)
    moderated()
    with pytest.raises(Refused, match="The newest 10% of all members"):
        draw_sitting(member=a_member(), now=NEXT_DAY)


def test_nobody_judges_twice_within_a_day():
    member = a_member()
    moderated()
    judge(member, FAIR)
    moderated()
    with pytest.raises(Refused, match="again in 24 hours"):
        draw_sitting(member=member, now=NEXT_DAY + timedelta(seconds=1))
    assert drawn(member, now=NEXT_DAY + THRESHOLD.meta_every) != []


def test_nobody_judges_where_the_policy_has_no_metamoderation():
    moderated()
    a_policy(SOYLENTNEWS)
    with pytest.raises(Refused, match="nobody judges"):
        draw_sitting(member=a_member(), now=NEXT_DAY)
    assert settle_verdicts(now=NEXT_DAY + timedelta(days=90)) == 0


def test_drawing_looks_at_no_more_than_the_policy_says(django_assert_max_num_queries):
    a_policy(THRESHOLD, meta_candidates=3)
    for _ in range(12):
        moderated()
    member = a_member()
    with django_assert_max_num_queries(16):
        assert 1 <= len(drawn(member)) <= 4


# -- Judging ---------------------------------------------------------------------------------------------------------


def test_words_are_stored_with_their_time():
    moderation, member = moderated(), a_member()
    judged = judge(member, UNFAIR)
    vote = MetaVote.objects.get()
    assert (vote.moderation_id, vote.word, vote.counts, vote.voted_at) == (moderation.pk, UNFAIR, True, NEXT_DAY)
    assert (judged.fair, judged.unfair, judged.no_opinion, judged.twins, judged.counts) == (0, 1, 0, 0, True)


def test_a_missing_word_is_no_opinion_and_counts_nothing():
    moderated()
    member = a_member()
    sitting = draw_sitting(member=member, now=NEXT_DAY)
    assert answer_sitting(sitting=sitting, member=member, words={}, now=NEXT_DAY).no_opinion == 1
    assert MetaVote.objects.values_list("word", "counts").get() == ("none", False)


def test_a_sitting_is_answered_once_and_by_its_member_alone():
    moderation, member = moderated(), a_member()
    sitting = draw_sitting(member=member, now=NEXT_DAY)
    with pytest.raises(Refused, match="judged these already"):
        answer_sitting(sitting=sitting, member=a_member(), words={moderation.pk: FAIR}, now=NEXT_DAY)
    answer_sitting(sitting=sitting, member=member, words={moderation.pk: FAIR}, now=NEXT_DAY)
    with pytest.raises(Refused, match="judged these already"):
        answer_sitting(sitting=sitting, member=member, words={moderation.pk: UNFAIR}, now=NEXT_DAY)
    assert MetaVote.objects.get().word == FAIR


def test_words_on_what_was_not_drawn_are_not_heard():
    member = a_member()
    moderated()
    sitting = draw_sitting(member=member, now=NEXT_DAY)
    other = moderated()
    answer_sitting(sitting=sitting, member=member, words={other.pk: UNFAIR}, now=NEXT_DAY)
    assert not other.meta_votes.exists()


def test_who_is_banned_while_judging_is_refused_and_nothing_is_stored():
    moderation, member = moderated(), a_member()
    sitting = draw_sitting(member=member, now=NEXT_DAY)
    ban_member(member=member, actor=an_editor(), reason="Rude", now=NOW)
    with pytest.raises(Refused):
        answer_sitting(sitting=sitting, member=member, words={moderation.pk: FAIR}, now=NEXT_DAY)
    assert MetaSitting.objects.get().answered_at is None
    assert MetaVote.objects.get().word == ""


def test_a_word_counts_for_twins_up_to_five_and_for_nothing_else():
    comment, member = a_comment(author=a_member()), a_member(points=5)
    alike = [moderated(comment, reason=reason) for reason in (TROLL, *[FUNNY] * 3, TROLL, FUNNY, FUNNY)]
    a_policy(THRESHOLD, meta_twins=3)
    own = moderated(comment, by=member, reason=TROLL)
    sitting = MetaSitting.objects.create(member=member, policy_id=1, drawn_at=NOW)
    MetaVote.objects.create(sitting=sitting, member=member, moderation=alike[1], place=1)
    assert answer_sitting(sitting=sitting, member=member, words={alike[1].pk: UNFAIR}, now=NEXT_DAY).twins == 3
    voted = MetaVote.objects.filter(word=UNFAIR).order_by("moderation_id")
    assert [vote.moderation_id for vote in voted] == [alike[place].pk for place in (1, 2, 3, 5)]
    assert [vote.is_twin for vote in voted] == [False, True, True, True]
    assert not own.meta_votes.exists()


def test_no_opinion_is_none_on_twins_either():
    comment = a_comment(author=a_member())
    moderated(comment), moderated(comment)
    assert judge(a_member(), "none").twins == 0
    assert MetaVote.objects.count() == 1


def test_words_of_a_member_below_the_least_tokens_are_kept_and_do_not_count():
    a_policy(SLASHDOT)
    moderation, member = moderated(wanted=1), a_member()
    give_tokens(member, -1)
    assert judge(member, FAIR).counts is False
    assert moderation.meta_votes.values_list("word", "counts").get() == (FAIR, False)
    assert settle_verdicts(now=NEXT_DAY) == 0


def with_a_record(member, *, agreed, against, now=NOW):
    """A member whose newest judgements agreed so often with what others found."""
    for place in range(agreed + against):
        moderation = moderated()
        sitting = MetaSitting.objects.create(member=member, policy_id=1, drawn_at=now, answered_at=now)
        word = FAIR if place < agreed else UNFAIR
        MetaVote.objects.create(
            sitting=sitting, member=member, moderation=moderation, place=1, word=word, voted_at=now, counts=True
        )
        Verdict.objects.create(
            moderation=moderation, fair_votes=3, unfair_votes=0, is_fair=True, policy_id=1, settled_at=NEXT_DAY
        )
        Moderation.objects.filter(pk=moderation.pk).update(judging_ended_at=NEXT_DAY)


@pytest.mark.parametrize(("agreed", "against", "counts"), [(4, 2, False), (5, 2, True), (0, 4, True)])
def test_who_too_often_finds_otherwise_than_others_is_not_heard(agreed, against, counts):
    a_policy(THRESHOLD, meta_record_from=5)
    member = a_member()
    with_a_record(member, agreed=agreed, against=against)
    moderated()
    assert judge(member, FAIR, now=NEXT_DAY + timedelta(days=2)).counts is counts


def test_words_given_after_a_verdict_could_be_read_make_no_record():
    a_policy(THRESHOLD, meta_record_from=2)
    member = a_member()
    with_a_record(member, agreed=0, against=2, now=NEXT_DAY)
    moderated()
    assert judge(member, FAIR, now=NEXT_DAY + timedelta(days=2)).counts is True


def test_words_that_come_after_the_verdict_do_not_count():
    moderation, late = moderated(), a_member()
    sitting = draw_sitting(member=late, now=NEXT_DAY)
    judged_by(moderation, FAIR, FAIR, FAIR)
    settle_verdicts(now=NEXT_DAY)
    answer_sitting(sitting=sitting, member=late, words={moderation.pk: UNFAIR}, now=NEXT_DAY)
    assert MetaVote.objects.get(member=late).counts is False
    verdict = Verdict.objects.get()
    assert (verdict.fair_votes, verdict.unfair_votes) == (3, 0)


# -- Settling --------------------------------------------------------------------------------------------------------


def test_no_verdict_before_the_votes_wanted():
    moderation = moderated()
    judged_by(moderation, FAIR, FAIR)
    assert settle_verdicts(now=NEXT_DAY) == 0
    judged_by(moderation, FAIR)
    assert settle_verdicts(now=NEXT_DAY) == 1
    moderation.refresh_from_db()
    assert moderation.judging_ended_at == NEXT_DAY
    assert moderation.verdict.words == "fair (3 of 3)"


def settled(fair, unfair, *, numbers=SLASHDOT, seed=1, moderation=None, tokens=10, comment=None, **changed):
    """One moderation judged so, at once; the moderator and the voters had these tokens."""
    a_policy(numbers, **changed)
    moderation = moderation or moderated(comment, wanted=fair + unfair)
    give_tokens(moderation.moderator, tokens)
    voters = judged_by(moderation, *[FAIR] * fair, *[UNFAIR] * unfair)
    for voter in voters:
        give_tokens(voter, tokens)
    assert settle_verdicts(now=NEXT_DAY, chance=Random(seed)) == 1
    return moderation, voters


class Often:
    """Chance that always grants one unit more."""

    def random(self):
        return 0.0


class Never:
    def random(self):
        return 0.999


# At 20 votes every row can be reached: fair, tokens of fair voters, of unfair voters, of the moderator, karma.
ROWS = [
    (0, 20, 0, +2, -100, -1),
    (3, 17, -2, +1, -40, -1),
    (6, 14, -1, +1, -20, 0),
    (7, 13, 0, 0, -10, 0),
    (9, 11, 0, 0, -4, 0),
    (12, 8, 0, 0, +1, 0),
    (14, 6, 0, 0, +2, 0),
    (16, 4, +1, -1, +3, 0),
    (18, 2, +1, -2, +4, 0),
    (20, 0, +1, 0, +5, +1),
]


@pytest.mark.parametrize(("fair", "unfair", "for_fair", "for_unfair", "tokens", "karma"), ROWS)
def test_each_row_of_the_table_of_consequences(fair, unfair, for_fair, for_unfair, tokens, karma, monkeypatch):
    monkeypatch.setattr("moderation.actions.metamoderation._circumstances", plain_circumstances)
    a_policy(SLASHDOT)
    moderation = moderated(wanted=20)
    voters = judged_by(moderation, *[FAIR] * fair, *[UNFAIR] * unfair)
    assert settle_verdicts(now=NEXT_DAY, chance=Often()) == 1
    assert tokens_of(moderation.moderator) == tokens
    assert [tokens_of(one) for one in voters] == [for_fair] * fair + [for_unfair] * unfair
    assert User.objects.get(pk=moderation.moderator_id).karma == karma
    verdict = Verdict.objects.get()
    assert verdict.is_fair == (fair >= unfair)
    entries = TokenEntry.objects.exclude(verdict=verdict)
    assert not entries.exists()


def plain_circumstances(*_):
    """At which nothing is multiplied."""
    return Circumstances(after=timedelta(days=1), score=2, place=0, comments=1, is_reply=False)


def test_a_fraction_is_the_chance_of_one_more(monkeypatch):
    a_policy(SLASHDOT)
    moderation = moderated(wanted=20)
    voters = judged_by(moderation, *[FAIR] * 20)
    settle_verdicts(now=NEXT_DAY, chance=Never())
    assert {tokens_of(one) for one in voters} == {0}
    assert User.objects.get(pk=moderation.moderator_id).karma == 0
    assert Verdict.objects.get().karma_change is None


def test_gains_stop_at_the_bound_and_losses_at_the_floor():
    moderation, voters = settled(0, 3, tokens=24)
    assert [tokens_of(one) for one in voters] == [25, 25, 25]
    rich, _ = settled(3, 0, tokens=30)
    assert tokens_of(rich.moderator) == 30
    poor, _ = settled(0, 3, tokens=10, meta_tokens_floor=-7)
    assert tokens_of(poor.moderator) == -7
    assert tokens_of(moderation.moderator) == 24 - 100


def test_karma_gained_by_verdicts_stops_at_twelve():
    a_policy(SLASHDOT)
    for karma, after in ((11, 12), (12, 12)):
        moderator = a_member(karma=karma, points=5)
        judged_by(moderated(by=moderator, wanted=3), FAIR, FAIR, FAIR)
        settle_verdicts(now=NEXT_DAY, chance=Often())
        moderator.refresh_from_db()
        assert moderator.karma == after


def test_karma_lost_by_a_verdict_is_a_line_that_names_it():
    moderation, _ = settled(0, 3)
    change = Verdict.objects.get().karma_change
    assert (change.member_id, change.delta) == (moderation.moderator_id, -1)
    assert change.cause.endswith("was found unfair (3 of 3) by metamoderators")


def test_every_change_by_a_verdict_is_an_entry_that_names_it():
    moderation, _ = settled(0, 3)
    verdict = Verdict.objects.get()
    kinds = sorted(verdict.token_entries.values_list("kind", "amount", "member_id"))
    assert ("judged", -100, moderation.moderator_id) in kinds
    assert [kind for kind, *_ in kinds] == ["judged", "voted", "voted", "voted"]
    assert set(verdict.token_entries.values_list("policy", flat=True)) == {verdict.policy_id}


def test_few_votes_weigh_on_the_moderator_in_proportion_under_our_policy():
    moderation, _ = settled(0, 3, numbers=THRESHOLD, seed=1, tokens=0)
    assert tokens_of(moderation.moderator) in (-33, -34)


def test_settling_again_changes_nothing():
    moderation, _ = settled(3, 0)
    before = tokens_of(moderation.moderator)
    assert settle_verdicts(now=NEXT_DAY + timedelta(hours=1)) == 0
    assert (Verdict.objects.count(), tokens_of(moderation.moderator)) == (1, before)


def test_the_database_holds_one_verdict_for_each_moderation():
    moderation, _ = settled(3, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Verdict.objects.create(
            moderation=moderation, fair_votes=1, unfair_votes=0, is_fair=True, policy_id=1, settled_at=NOW
        )


def test_one_run_settles_no_more_than_a_batch_and_the_next_goes_on():
    a_policy(THRESHOLD, meta_batch=2)
    for _ in range(3):
        judged_by(moderated(), FAIR, FAIR, FAIR)
    assert [settle_verdicts(now=NEXT_DAY) for _ in range(3)] == [2, 1, 0]


def test_a_withdrawn_moderation_is_not_settled():
    moderation = moderated()
    judged_by(moderation, UNFAIR, UNFAIR, UNFAIR)
    words = prepare_words(subject="My view", body="I have to say this.", markup="plain")
    take_part(
        discussion=moderation.comment.discussion,
        author=moderation.moderator,
        parent=None,
        words=words,
        form_key=None,
        now=NEXT_DAY,
    )
    assert settle_verdicts(now=NEXT_DAY) == 0
    assert not Verdict.objects.exists()


# -- What waited too long --------------------------------------------------------------------------------------------

LATE = NOW + THRESHOLD.meta_give_up + timedelta(seconds=1)


def test_after_some_time_a_majority_of_the_votes_wanted_is_enough():
    moderation = moderated()
    judged_by(moderation, FAIR, UNFAIR)
    assert settle_verdicts(now=LATE - timedelta(seconds=1)) == 0
    assert settle_verdicts(now=LATE) == 1
    assert Verdict.objects.get().is_fair


def test_nobody_is_judged_by_one_alone():
    moderation = moderated()
    judged_by(moderation, UNFAIR)
    assert settle_verdicts(now=LATE) == 0
    moderation.refresh_from_db()
    assert moderation.judging_ended_at == LATE
    assert not Verdict.objects.exists()
    assert drawn(a_member(), now=LATE) == []


def test_slashdot_gives_up_what_has_not_all_its_votes():
    a_policy(SLASHDOT)
    moderation = moderated()
    judged_by(moderation, *[FAIR] * 8)
    assert settle_verdicts(now=NOW + timedelta(days=61)) == 0
    moderation.refresh_from_db()
    assert moderation.judging_ended_at


# -- Moderating the same author again and again ----------------------------------------------------------------------


def test_the_fourth_moderation_of_the_same_author_costs_tokens():
    a_policy(SLASHDOT, **UNLIMITED)
    author, moderator = a_member(), a_member(points=5)
    spent = [moderated(a_comment(author=author), by=moderator, wanted=3, reason=TROLL) for _ in range(4)]
    for moderation in spent:
        judged_by(moderation, FAIR, FAIR, UNFAIR)
    settle_verdicts(now=NEXT_DAY)
    repeated = TokenEntry.objects.filter(kind="repeated")
    assert list(repeated.values_list("verdict__moderation", "asked")) == [(spent[3].pk, -4)]


@pytest.mark.parametrize(
    "otherwise",
    [
        {"author": None},
        {"reason": INSIGHTFUL},
        {"now": NOW - timedelta(days=60, seconds=1)},
    ],
)
def test_other_authors_other_directions_and_old_ones_are_no_repeats(otherwise):
    a_policy(SLASHDOT, **UNLIMITED)
    author, moderator = a_member(), a_member()
    for place in range(4):
        now = otherwise.get("now", NOW) if place < 3 else NOW
        some_points(moderator, now=now)
        target = otherwise.get("author", author) if place < 3 else author
        last = moderated(
            a_comment(author=target, now=now),
            by=moderator,
            now=now,
            wanted=3,
            reason=otherwise.get("reason", TROLL) if place < 3 else TROLL,
        )
    judged_by(last, FAIR, FAIR, FAIR)
    settle_verdicts(now=NEXT_DAY)
    assert not TokenEntry.objects.filter(kind="repeated").exists()


# -- Telling the moderator -------------------------------------------------------------------------------------------


def test_only_an_unfair_verdict_is_told():
    fair, _ = settled(2, 1)
    assert not Notification.objects.filter(recipient=fair.moderator, event__startswith="verdict:").exists()
    unfair, _ = settled(1, 2)
    told = Notification.objects.get(recipient=unfair.moderator, event__startswith="verdict:")
    assert told.line == "Metamoderators found one of your moderations unfair"
    assert told.link == "/metamoderate/mine/"


def test_many_unfair_verdicts_are_one_unread_line():
    moderator = a_member(points=5)
    for _ in range(3):
        judged_by(moderated(by=moderator), UNFAIR, UNFAIR, UNFAIR)
    settle_verdicts(now=NEXT_DAY)
    told = Notification.objects.filter(recipient=moderator, event__startswith="verdict:")
    assert told.get().line == "Metamoderators found 3 of your moderations unfair"
    told.update(read_at=NEXT_DAY)
    judged_by(moderated(by=moderator), UNFAIR, UNFAIR, UNFAIR)
    settle_verdicts(now=NEXT_DAY)
    assert told.filter(read_at=None).get().line == "Metamoderators found one of your moderations unfair"


def test_who_was_drawn_only_what_staff_removed_since_is_drawn_something_else():
    member, removed = a_member(), moderated()
    assert drawn(member) == [removed.pk]
    hide_comment(comment=removed.comment, actor=an_editor(), reason="Spam", now=NEXT_DAY)
    assert drawn(member) == []
    other = moderated()
    assert drawn(member) == [other.pk]


def test_on_a_small_site_whose_first_members_are_gone_nobody_is_too_new():
    first = a_member()
    members = [a_member(pk=first.pk + 1_000 + place) for place in range(3)]
    User.objects.filter(pk=first.pk).delete()
    standing = MetaSitting.objects.standing_of(members[-1])
    assert (standing.number, standing.newest_number) == (3, 3)

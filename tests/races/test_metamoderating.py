"""Many draw, judge, settle and withdraw at once: one sitting each, one verdict each, nothing lost or paid twice."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from comments.actions import prepare_words
from forum.accounts.actions import Refused
from forum.accounts.models import KarmaChange, User
from forum.accounts.rules import replay_karma
from forum.notifications.models import Notification
from forum.presets import SLASHDOT, THRESHOLD
from moderation.actions import answer_sitting, draw_sitting, settle_verdicts, take_part
from moderation.models import MetaSitting, MetaVote, Moderation, Moderator, TokenEntry, Verdict
from tests.crowd import all_at_once, at_the_same_moment, many
from tests.factories import a_comment, a_member
from tests.moderation.test_metamoderation import FAIR, NEXT_DAY, TROLL, UNFAIR, a_policy, judged_by, moderated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def all_may_judge(db):
    a_policy(THRESHOLD)


def unforeseen(outcomes) -> list:
    return [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refused)]


def draw(member):
    return lambda: draw_sitting(member=member, now=NEXT_DAY)


def settle():
    return settle_verdicts(now=NEXT_DAY)


def tokens_unequal_to_their_log() -> list:
    summed = dict(TokenEntry.objects.order_by().values_list("member").annotate(Sum("amount")))
    return [one.pk for one in Moderator.objects.all() if one.tokens != summed.get(one.pk, 0)]


def verdicts_unequal_to_their_votes() -> list:
    counted = MetaVote.objects.filter(counts=True)
    return [
        verdict.pk
        for verdict in Verdict.objects.all()
        if counted.filter(moderation=verdict.moderation_id, word=FAIR).count() != verdict.fair_votes
        or counted.filter(moderation=verdict.moderation_id, word=UNFAIR).count() != verdict.unfair_votes
    ]


def test_many_tabs_of_one_member_are_given_one_sitting():
    for _ in range(6):
        moderated()
    for place in range(many(8, on_sqlite=3)):
        outcomes = at_the_same_moment(*[draw(a_member(f"Tabs {place}"))] * 6)
        assert unforeseen(outcomes) == []
        assert len({one.pk for one in outcomes}) == 1
        assert outcomes[0].votes.count() == 6


def test_a_sitting_sent_by_many_tabs_counts_once():
    moderation = moderated()
    for place in range(many(8, on_sqlite=3)):
        member = a_member(f"Sender {place}")
        sitting = draw_sitting(member=member, now=NEXT_DAY)
        words = [{moderation.pk: word} for word in (FAIR, UNFAIR) * 3]
        outcomes = at_the_same_moment(
            *(
                lambda w=w, m=member, s=sitting: answer_sitting(sitting=s, member=m, words=w, now=NEXT_DAY)
                for w in words
            )
        )
        assert unforeseen(outcomes) == []
        assert sum(not isinstance(one, Refused) for one in outcomes) == 1
        assert MetaVote.objects.filter(member=member).count() == 1


def test_two_workers_settle_each_moderation_once():
    a_policy(SLASHDOT)
    moderator = a_member(points=5)
    spent = [moderated(by=moderator, wanted=3) for _ in range(5)]
    for moderation in spent:
        judged_by(moderation, UNFAIR, UNFAIR, UNFAIR)
    outcomes = at_the_same_moment(settle, settle, settle)
    assert unforeseen(outcomes) == []
    assert sum(outcomes) == Verdict.objects.count() == len(spent)
    assert TokenEntry.objects.filter(kind="judged").count() == len(spent)
    assert TokenEntry.objects.filter(kind="voted").count() == 3 * len(spent)
    assert Moderator.objects.get(pk=moderator.pk).tokens == -100 * len(spent)
    assert User.objects.get(pk=moderator.pk).karma == -len(spent)
    assert Notification.objects.get(recipient=moderator, event__startswith="verdict:").line.startswith(
        f"Metamoderators found {len(spent)} of"
    )
    assert tokens_unequal_to_their_log() == []


def test_words_and_verdict_agree_however_they_cross():
    for place in range(many(12, on_sqlite=3)):
        moderation = moderated(wanted=3)
        judged_by(moderation, UNFAIR, UNFAIR, FAIR)
        late = [a_member(f"Late {place} {number}") for number in range(3)]
        sittings = [draw_sitting(member=one, now=NEXT_DAY) for one in late]
        acts = [
            lambda s=sitting, m=member, pk=moderation.pk: answer_sitting(
                sitting=s, member=m, words={pk: FAIR}, now=NEXT_DAY
            )
            for sitting, member in zip(sittings, late, strict=True)
        ]
        outcomes = at_the_same_moment(*acts, settle, settle)
        assert unforeseen(outcomes) == []
    assert Verdict.objects.count() == Moderation.objects.count()
    assert verdicts_unequal_to_their_votes() == []
    assert tokens_unequal_to_their_log() == []


def test_a_moderation_is_withdrawn_or_settled_first_but_all_logs_hold():
    for place in range(many(16, on_sqlite=4)):
        author, moderator = a_member(f"Author {place}"), a_member(f"Both {place}", points=5)
        moderation = moderated(a_comment(author=author), by=moderator, reason=TROLL, wanted=3)
        judged_by(moderation, FAIR, FAIR, UNFAIR)
        words = prepare_words(subject="My view", body=f"Some words {place}.", markup="plain")
        outcomes = at_the_same_moment(
            lambda m=moderation, w=words: take_part(
                discussion=m.comment.discussion, author=m.moderator, parent=None, words=w, form_key=None, now=NEXT_DAY
            ),
            settle,
            settle,
        )
        assert unforeseen(outcomes) == []
        moderation.refresh_from_db()
        assert moderation.withdrawn_at == NEXT_DAY
        assert Verdict.objects.filter(moderation=moderation).exists() == bool(moderation.judging_ended_at)
    assert tokens_unequal_to_their_log() == []
    for member in User.objects.filter(karma__lt=0):
        lines = KarmaChange.objects.filter(member=member).counting().order_by("id").values_list("delta", flat=True)
        assert member.karma == replay_karma(lines)


def test_a_crowd_judges_while_two_workers_settle():
    comments = [a_comment(author=a_member()) for _ in range(6)]
    for number in range(many(18, on_sqlite=8)):
        moderated(comments[number % 6], by=a_member(points=1))
    crowd = [a_member() for _ in range(many(40, on_sqlite=12))]
    MetaSitting.objects.all().delete()

    def judge(member, word):
        sitting = draw_sitting(member=member, now=NEXT_DAY)
        if sitting is None:
            return None
        words = dict.fromkeys(sitting.votes.values_list("moderation_id", flat=True), word)
        return answer_sitting(sitting=sitting, member=member, words=words, now=NEXT_DAY + timedelta(minutes=1))

    acts = [lambda m=member, w=(FAIR, FAIR, UNFAIR)[place % 3]: judge(m, w) for place, member in enumerate(crowd)]
    acts = [act for place, one in enumerate(acts) for act in ((one, settle) if place % 5 == 0 else (one,))]
    outcomes = all_at_once(acts, writers=many(8, on_sqlite=4))
    assert unforeseen(outcomes) == []
    settle()
    assert Verdict.objects.exists()
    assert verdicts_unequal_to_their_votes() == []
    assert tokens_unequal_to_their_log() == []
    assert not MetaVote.objects.filter(word="").exclude(sitting__answered_at=None).exists()

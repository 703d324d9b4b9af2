"""Every constraint of the moderation: the database itself refuses what the actions would never write."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from comments.models import Comment
from forum.accounts.actions import change_karma, record_staff_act
from forum.accounts.models import KarmaChange, StaffAct, User
from forum.rulebook.actions import version_in_force
from moderation.actions import spend_point, undo_moderation
from moderation.models import (
    Appeal,
    BulkAct,
    BulkItem,
    EconomyRun,
    Flag,
    Held,
    Lesson,
    MetaSitting,
    MetaVote,
    Moderation,
    PointEntry,
    PointGrant,
    ReadHour,
    Reversal,
    TokenEntry,
    Verdict,
)
from tests.factories import NOW, a_comment, a_member, an_editor, some_points

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


class Records:
    """One row of everything, made through the actions where there is one."""

    def __init__(self):
        self.author, self.moderator, self.reader, self.editor = a_member(), a_member(points=5), a_member(), an_editor()
        self.version = version_in_force(NOW)
        self.comment = a_comment(author=self.author)
        self.moderation = spend_point(comment=self.comment, moderator=self.moderator, reason=5, now=NOW)
        self.grant = self.moderation.grant
        self.run = EconomyRun.objects.create(slot=NOW, policy=self.version, ran_at=NOW)
        acted = {"actor": self.editor, "target": self.comment, "reason": "A test", "now": NOW}
        self.act = record_staff_act(verb="hide", **acted)
        self.undone = record_staff_act(verb="undo", undoes=self.act, **acted)

    def a_moderation(self, **other):
        wanted = {
            "comment": self.comment,
            "moderator": self.reader,
            "author": self.author,
            "reason": 5,
            "delta": 1,
            "grant": self.grant,
            "moderated_at": NOW,
        }
        return Moderation.objects.create(**wanted | other)

    def a_grant(self, **other):
        wanted = {"points_granted": 5, "points_left": 5, "cause": "x", "granted_at": NOW, "expires_at": LATER}
        return PointGrant.objects.create(member=self.reader, **wanted | other)

    def an_entry(self, **other):
        wanted = {"kind": "expired", "points": 1, "cause": "x", "entered_at": NOW}
        return PointEntry.objects.create(grant=self.grant, member=self.moderator, **wanted | other)

    def some_tokens(self, **other):
        wanted = {"kind": "drawn", "amount": 1, "asked": 1, "balance": 1, "entered_at": NOW}
        return TokenEntry.objects.create(member=self.reader, **wanted | other)

    def a_sitting(self, **other):
        return MetaSitting.objects.create(member=self.reader, policy=self.version, drawn_at=NOW, **other)

    def a_vote(self, **other):
        wanted = {"member": self.reader, "moderation": self.moderation, "place": 1}
        return MetaVote.objects.create(sitting=self.a_sitting(answered_at=NOW), **wanted | other)

    def a_verdict(self, **other):
        wanted = {"moderation": self.moderation, "fair_votes": 1, "unfair_votes": 0, "is_fair": True}
        return Verdict.objects.create(policy=self.version, settled_at=NOW, **wanted | other)

    def a_flag(self, **other):
        wanted = {"kind": "spam", "flagged_at": NOW}
        return Flag.objects.create(comment=self.comment, member=self.reader, **wanted | other)

    def an_appeal(self, **other):
        wanted = {"acted_by": self.editor, "appellant": self.author, "words": "x", "filed_at": NOW, "due_at": LATER}
        return Appeal.objects.create(act=self.act, **wanted | other)

    def a_mass_act(self, **other):
        wanted = {"kind": "hide-newest", "state": "done", "member": self.reader, "reason": "x", "proposed_at": NOW}
        return BulkAct.objects.create(proposed_by=self.editor, **wanted | other)

    def a_held_comment(self, **other):
        wanted = {"subject": "x", "source": "x", "markup": "plain", "html": "x", "spam": 0.9, "held_at": NOW}
        return Held.objects.create(discussion=self.comment.discussion, **wanted | other)

    def a_lesson(self, **other):
        return Lesson.objects.create(is_spam=True, words=[], learned_at=NOW, **other)

    def an_item(self, mass_act):
        return BulkItem.objects.create(bulk_act=mass_act, row_id=1)


def twice(act):
    act()
    act()


DECIDED = {"outcome": "upheld", "decided_at": NOW}
# Constraint, or unique column: what it refuses.
REFUSED = {
    "tokens_between_nothing_and_asked": lambda r: r.some_tokens(amount=2, asked=1),
    "tokens_once_per_run": lambda r: twice(lambda: r.some_tokens(run=r.run)),
    "one_count_an_hour": lambda r: twice(lambda: ReadHour.objects.create(member=r.reader, hour=NOW)),
    "points_not_negative": lambda r: r.a_grant(points_granted=0, points_left=0),
    "points_left_were_granted": lambda r: r.a_grant(points_left=4, points_expired=2),
    "one_grant_per_member_and_run": lambda r: twice(lambda: r.a_grant(run=r.run)),
    "points_expire_after_grant": lambda r: r.a_grant(expires_at=NOW),
    "one_daily_grant_per_member": lambda r: twice(lambda: r.a_grant(granted_on=NOW.date())),
    "one_moderation_per_comment": lambda r: r.a_moderation(moderator=r.moderator),
    "a_point_or_a_correction": lambda r: r.a_moderation(grant=None),
    "nobody_moderates_himself": lambda r: r.a_moderation(moderator=r.author),
    "moderation_by_one_point": lambda r: r.a_moderation(delta=2),
    "withdrawn_with_a_cause": lambda r: r.a_moderation(withdrawn_at=NOW),
    "reversals_in_turn": lambda r: twice(
        lambda: Reversal.objects.create(moderation=r.moderation, number=1, kind="staff", cause="x", reversed_at=NOW)
    ),
    "reversals_counted_from_1": lambda r: Reversal.objects.create(
        moderation=r.moderation, number=0, kind="staff", cause="x", reversed_at=NOW
    ),
    "entry_of_some_points": lambda r: r.an_entry(points=0),
    "returned_for_a_moderation": lambda r: r.an_entry(kind="returned"),
    "one_open_sitting_per_member": lambda r: twice(r.a_sitting),
    "one_vote_per_moderation": lambda r: twice(r.a_vote),
    "voted_with_a_word": lambda r: r.a_vote(word="fair"),
    "only_opinions_count": lambda r: r.a_vote(counts=True),
    "verdict_has_votes": lambda r: r.a_verdict(fair_votes=0),
    "one_flag_per_reader": lambda r: twice(r.a_flag),
    "flag_settled_with_an_outcome": lambda r: r.a_flag(outcome="acted"),
    "appeal_decided_by_another": lambda r: r.an_appeal(decided_by=r.editor, **DECIDED),
    "nobody_decides_an_own_appeal": lambda r: r.an_appeal(decided_by=r.author, **DECIDED),
    "appeal_decided_by_somebody": lambda r: r.an_appeal(**DECIDED),
    "seconded_by_another": lambda r: r.a_mass_act(seconded_by=r.editor),
    "mass_act_on_a_comment_or_a_member": lambda r: r.a_mass_act(comment=r.comment),
    "each_row_once_in_a_mass_act": lambda r: [r.an_item(mass) for mass in [r.a_mass_act()] * 2],
    "held_decided_with_an_outcome": lambda r: r.a_held_comment(outcome="released"),
    "lesson_of_one_text": lambda r: r.a_lesson(),
    # Elsewhere, but what the moderation stands on.
    "karma_in_range": lambda r: User.objects.filter(pk=r.reader.pk).update(karma=51),
    "score_in_range": lambda r: Comment.objects.filter(pk=r.comment.pk).update(score=6),
    "start_score_in_range": lambda r: Comment.objects.filter(pk=r.comment.pk).update(start_score=-2),
    "karma_change_changes": lambda r: KarmaChange.objects.create(member=r.reader, delta=0, cause="x", changed_at=NOW),
}
UNIQUE = {
    "EconomyRun.slot": lambda r: EconomyRun.objects.create(slot=NOW, policy=r.version, ran_at=NOW),
    "Moderation.karma_change": lambda r: r.a_moderation(karma_change=r.moderation.karma_change),
    "PointEntry.moderation": lambda r: twice(lambda: r.an_entry(kind="returned", moderation=r.moderation)),
    "Verdict.moderation": lambda r: twice(r.a_verdict),
    "Verdict.karma_change": lambda r: [
        r.a_verdict(moderation=one, karma_change=line)
        for line in [change_karma(member=r.reader, delta=1, cause="x", now=NOW)]
        for one in (r.moderation, r.a_moderation())
    ],
    "Appeal.act": lambda r: twice(r.an_appeal),
    "BulkAct.act": lambda r: twice(lambda: r.a_mass_act(act=r.act)),
    "Held.form_key": lambda r: twice(lambda: r.a_held_comment(form_key="x")),
    "Held.comment": lambda r: twice(lambda: r.a_held_comment(comment=r.comment)),
    "Lesson.comment": lambda r: twice(lambda: r.a_lesson(comment=r.comment)),
    "Lesson.held": lambda r: [r.a_lesson(held=held) for held in [r.a_held_comment()] * 2],
    "StaffAct.undoes": lambda r: StaffAct.objects.filter(pk=r.act.pk).update(undoes=r.act),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_database_refuses_what_this_constraint_forbids(name):
    records = Records()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        REFUSED[name](records)
    # SQLite names the columns of a unique constraint instead of the constraint.
    assert name in str(refusal.value) or re.search("UNIQUE constraint failed", str(refusal.value))


@pytest.mark.parametrize("column", UNIQUE)
def test_the_database_refuses_a_second_row_of_what_there_is_only_one(column):
    records = Records()
    with pytest.raises(IntegrityError), transaction.atomic():
        UNIQUE[column](records)


def test_no_constraint_of_the_moderation_is_forgotten_here():
    models = list(apps.get_app_config("moderation").get_models())
    assert {one.name for model in models for one in model._meta.constraints} <= set(REFUSED)
    unique = {
        f"{model.__name__}.{column.name}"
        for model in models
        for column in model._meta.local_fields
        if column.unique and not column.primary_key
    }
    assert unique <= set(UNIQUE)


def test_the_rows_that_the_refusals_are_made_of_are_right_in_themselves():
    records = Records()
    records.a_moderation()
    records.a_grant(run=records.run, granted_on=NOW.date())
    records.an_entry(kind="returned", moderation=records.moderation)
    records.some_tokens(run=records.run)
    records.a_vote(word="fair", voted_at=NOW, counts=True)
    records.a_verdict()
    records.a_lesson(held=records.a_held_comment(form_key="x"))
    records.a_flag(outcome="acted", settled_at=NOW)
    records.an_appeal(decided_by=an_editor(), **DECIDED)
    records.an_item(records.a_mass_act(seconded_by=an_editor()))


def test_a_point_is_returned_once_even_where_the_withdrawal_is_lost():
    moderator = a_member()
    some_points(moderator, 1)
    moderation = spend_point(comment=a_comment(), moderator=moderator, reason=5, now=NOW)
    undo_moderation(moderation=moderation, moderator=moderator, now=NOW)
    Moderation.objects.filter(pk=moderation.pk).update(withdrawn_at=None, withdrawn_because="")
    with pytest.raises(IntegrityError), transaction.atomic():
        undo_moderation(moderation=moderation, moderator=moderator, now=NOW)

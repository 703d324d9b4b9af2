"""Everything people and staff do, in any order: the site and a small model agree, and the books balance, at each step.

THRESHOLD_STEPS says how many steps; ``python -m benchmarks.state_machine`` runs a night's worth.
"""

import itertools
import os
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from comments.actions import hide_comment, prepare_words, restore_comment
from comments.models import Comment, CommentText
from forum import policy
from forum.accounts.actions import Refused, ban_member, unban_member
from forum.accounts.models import StaffAct
from forum.presets import PRESETS, THRESHOLD
from moderation.actions import (
    answer_sitting,
    check_may_post_as,
    correct_score,
    decay_tokens,
    draw_sitting,
    erase_comment,
    expire_mod_points,
    grant_daily_points,
    grant_points,
    record_read,
    remove_points,
    run_economy,
    set_back_comment,
    settle_verdicts,
    spend_point,
    take_part,
    undo_moderation,
    undo_set_back,
)
from moderation.models import TokenEntry, Verdict
from tests import ledger
from tests.factories import NOW, UNLIMITED, a_discussion, a_member, a_policy, an_editor
from tests.moderation.model import Model

STEPS = int(os.environ.get("THRESHOLD_STEPS", "2000"))
HALF_A_DAY = 43_200  # seconds
STEPS_PER_STORY, STORIES_AT_A_TIME = 50, 100
KARMAS = (3, 24, 49, -24, 10, -1)
STAFF = 2  # behind the members
MODERATED, POSTED = st.integers(0, len(KARMAS) - 1), st.integers(0, 40)
SOMEBODY = st.integers(0, len(KARMAS) + STAFF - 1)


class Site(RuleBasedStateMachine):
    """One story: six members, two of staff, two discussions. The people are made once, for all stories."""

    people, places = (), ()
    steps = sittings = verdicts = 0  # of all stories

    def __init__(self):
        super().__init__()
        self.all_undone = transaction.atomic()
        self.all_undone.__enter__()
        self.model, self.comments, self.lines, self.acts = Model([*KARMAS, 1, 1]), [], [], []
        self.log, self.now = None, NOW
        a_policy(THRESHOLD, **UNLIMITED)
        for number in range(3):
            self.post(who=number, where=number % 2, whom=None, anonymous=number == 2)
        for number in range(len(self.people)):
            self.grant(number, 5)
        Site.steps -= len(self.people) + 3

    def teardown(self):
        transaction.set_rollback(True)
        self.all_undone.__exit__(None, None, None)

    def tick(self, seconds=1):
        """Count a step; no two happen at the same time."""
        Site.steps += 1
        self.now += timedelta(seconds=seconds)
        self.model.now += seconds

    def midnight(self):
        """The beginning of this day, in the model's time."""
        today = self.now.replace(hour=0, minute=0, second=0)
        return self.model.now - int((self.now - today).total_seconds())

    def both(self, who):
        return self.people[who], self.model.people[who]

    def by_staff(self, who):
        return {"actor": self.people[len(KARMAS) + who % STAFF], "reason": "A test", "now": self.now}

    def comment(self, what):
        return self.comments[what % len(self.comments)]

    @rule(who=SOMEBODY, where=st.integers(0, 1), whom=st.none() | POSTED, anonymous=st.booleans())
    def post(self, who, where, whom, anonymous):
        self.tick()
        (member, person), (parent, above) = self.both(who), (None, None)
        if whom is not None:
            parent, above = self.comment(whom)
            where = above.place
        words = prepare_words(subject="A subject", body=f"Words {self.steps}", markup="plain")
        said = self.model.post(person, where, above, anonymous)
        with refused_if(said is None):
            check_may_post_as(member=member, is_anonymous=anonymous)
            comment = take_part(
                discussion=self.places[where],
                author=None if anonymous else member,
                writer=member,
                parent=parent and Comment.objects.get(pk=parent.pk),
                words=words,
                form_key=None,
                network=f"network of {who // 2}",
                now=self.now,
            )
            self.comments.append((comment, said))

    @rule(who=SOMEBODY, what=POSTED, reason=st.integers(1, 14))
    def moderate(self, who, what, reason):
        self.tick()
        (member, person), (comment, said) = self.both(who), self.comment(what)
        line = self.model.moderate(person, said, reason)
        with refused_if(line is None):
            row = spend_point(comment=comment, moderator=member, reason=reason, now=self.now)
            self.lines.append((row, line))

    @rule(which=st.integers(0, 999), reason=st.integers(1, 13))
    def moderate_as_allowed(self, which, reason):
        pairs = itertools.product(range(len(self.people)), range(len(self.comments)))
        may = self.model.may_moderate
        allowed = [(who, what) for who, what in pairs if may(self.model.people[who], self.comments[what][1], reason)]
        if allowed:
            self.moderate(*allowed[which % len(allowed)], reason)

    @rule(which=st.integers(0, 999), reason=st.sampled_from([1, 5, 8, 9, 10]))
    def moderate_as_mostly(self, which, reason):
        self.moderate_as_allowed(which, reason)

    @precondition(lambda self: self.lines)
    @rule(place=st.integers(0, 3), waited=st.sampled_from([0, 0, 60, 121]), another=st.booleans(), who=SOMEBODY)
    def undo(self, place, waited, another, who):
        self.tick(1 + waited)
        row, line = self.lines[-1 - place % len(self.lines)]
        person = self.model.people[who] if another else line.by
        member = self.people[self.model.people.index(person)]
        with refused_if(self.model.undo(person, line) is None):
            undo_moderation(moderation=row, moderator=member, now=self.now)

    @rule(seconds=st.sampled_from([3600, 86_400, 3 * 86_400]))
    def wait(self, seconds):
        self.tick(seconds)

    @rule()
    def expire(self):
        self.tick()
        self.model.expire()
        expire_mod_points(now=self.now)

    @rule(who=SOMEBODY, points=st.integers(0, 6))
    def grant(self, who, points):
        self.tick()
        member, person = self.both(who)
        with refused_if(not 1 <= points <= 5):
            grant_points(member=member, points=points, **self.by_staff(0))
            self.model.grant(person, points)

    @rule()
    def grant_daily(self):
        self.tick()
        self.model.grant_daily(self.midnight())
        grant_daily_points(now=self.now, today=self.now.date())

    @rule(who=SOMEBODY)
    def read(self, who):
        self.tick()
        for _ in range(3):
            assert record_read(member=self.people[who], now=self.now)

    @rule(draw=st.integers(0, 2**32))
    def run_economy(self, draw):
        """Whom the lots fall on is not for the model to say; what they may bring is."""
        self.tick()
        self.model.expire()
        self.model.grant_daily(self.midnight())
        run = run_economy(now=self.now, seed=draw)
        held = [sum(left for left, _ in self.model.spendable(person)) for person in self.model.people]
        for number, member in enumerate(self.people):
            person = self.model.people[number]
            for entry in member.token_entries.filter(run=run).exclude(run=None):
                bounds = {"drawn": (1, 3), "price": (-40, -1)}[entry.kind]
                assert bounds[0] <= entry.amount <= bounds[1]
                assert entry.balance <= 40 or entry.amount < 0
                person.tokens += entry.amount
            for grant in member.point_grants.filter(run=run).exclude(run=None):
                assert grant.points_granted == 5 - held[number]
                self.model.grant(person, grant.points_granted)

    @rule()
    def decay(self):
        self.tick()
        before = TokenEntry.objects.count()
        decay_tokens(now=self.now)
        for entry in list(TokenEntry.objects.order_by("id")[before:]):
            person = self.model.people[[member.pk for member in self.people].index(entry.member_id)]
            assert (entry.amount, self.model.policy != "soylentnews", person.tokens > 0) == (-1, True, True)
            person.tokens -= 1

    @rule(opinion=st.integers(0, 2**32))
    def metamoderate(self, opinion):
        """Half a day later everybody who may judges what the lots say, and half the time that is settled at once."""
        self.tick(HALF_A_DAY)
        chance = Random(opinion)
        for member in self.people:
            try:
                sitting = draw_sitting(member=member, now=self.now, chance=chance)
            except Refused:
                continue
            if sitting is None:
                continue
            own = sitting.votes.filter(moderation__moderator=member) | sitting.votes.filter(moderation__author=member)
            assert not own.exists()
            drawn = sitting.votes.values_list("moderation", flat=True)
            words = {pk: chance.choice(("fair", "fair", "fair", "unfair", "unfair", "none")) for pk in drawn}
            answer_sitting(sitting=sitting, member=member, words=words, now=self.now)
            Site.sittings += 1
        if opinion % 2:
            self.settle(opinion)

    @rule(draw=st.integers(0, 2**32))
    def settle(self, draw):
        """Each verdict once, by its votes; karma moves by one at most, and everything else is in the logs."""
        self.tick()
        before = set(Verdict.objects.values_list("pk", flat=True))
        settle_verdicts(now=self.now, chance=Random(draw))
        number = {member.pk: place for place, member in enumerate(self.people)}
        for verdict in Verdict.objects.exclude(pk__in=before).order_by("pk").select_related("moderation"):
            Site.verdicts += 1
            votes = list(verdict.moderation.meta_votes.filter(counts=True).values_list("word", flat=True))
            assert (verdict.fair_votes, verdict.unfair_votes) == (votes.count("fair"), votes.count("unfair"))
            if verdict.karma_change:
                assert abs(verdict.karma_change.delta) == 1
                person = self.model.people[number[verdict.moderation.moderator_id]]
                person.karma_log.append([verdict.karma_change.delta, True])
            for entry in verdict.token_entries.all():
                self.model.people[number[entry.member_id]].tokens += entry.amount

    @rule(who=SOMEBODY)
    def remove(self, who):
        self.tick()
        member, person = self.both(who)
        remove_points(member=member, **self.by_staff(1))
        for grant in self.model.spendable(person):
            grant[0] = 0

    @rule(who=SOMEBODY)
    def ban_or_unban(self, who):
        self.tick()
        member, person = self.both(who)
        (unban_member if person.is_banned else ban_member)(member=member, **self.by_staff(0))
        person.is_banned = not person.is_banned

    @rule(what=POSTED)
    def hide_or_restore(self, what):
        self.tick()
        comment, said = self.comment(what)
        act = (restore_comment if said.hidden else hide_comment)(comment=comment, **self.by_staff(0))
        assert (act is None) == said.erased  # there is nothing to show of it
        said.hidden = said.erased or not said.hidden

    @rule(what=POSTED)
    def erase(self, what):
        """The words are gone for ever; place, score, moderations and the author's karma stay as the model has them."""
        self.tick()
        comment, said = self.comment(what)
        assert (erase_comment(comment=comment, **self.by_staff(0)) is None) == said.erased
        said.hidden = said.erased = True
        text = CommentText.objects.get(pk=comment.pk)
        assert not text.source
        assert not text.html

    @rule(what=POSTED, score=st.integers(-2, 6), who=st.integers(0, STAFF - 1))
    def correct(self, what, score, who):
        self.tick()
        comment, said = self.comment(what)
        person = self.model.people[len(KARMAS) + who]
        with refused_if(not -1 <= score <= 5 or said.author is person):
            line = self.model.correct(person, said, score) if -1 <= score <= 5 else None
            row = correct_score(comment=comment, score=score, **self.by_staff(who))
            assert (row is None) == (line is None)

    @rule(what=POSTED)
    def set_back(self, what):
        self.tick()
        comment, said = self.comment(what)
        is_own, active = said.author is self.model.people[len(KARMAS) + 1], said.active
        with refused_if(is_own):
            assert set_back_comment(comment=comment, **self.by_staff(1)) == bool(active)
        if active and not is_own:
            self.model.switch(active, False)
            self.acts.append((StaffAct.objects.filter(verb="set back").latest("id"), active))

    @precondition(lambda self: self.acts)
    @rule(which=st.integers(0, 5))
    def undo_set_back(self, which):
        self.tick()
        act, lines = self.acts[which % len(self.acts)]
        self.model.put_back(lines)
        undo_set_back(act=act, **self.by_staff(0))
        self.acts.remove((act, lines))

    @rule(name=st.sampled_from(sorted(PRESETS)))
    def switch_policy(self, name):
        self.tick()
        a_policy(PRESETS[name], now=self.now, **UNLIMITED)
        self.model.policy = name

    @invariant()
    def the_books_balance(self):
        books = ledger.read_books()
        assert ledger.differences(books) == []
        log = ledger.lasting(books) | {"acts": ledger.read_acts()}
        assert self.log is None or ledger.rewritten(self.log, log) == []
        self.log = log
        self.compare(books)

    def compare(self, books):
        """Every number that a reader or a member sees, held against the model."""
        stored = {pk: (score, label, bool(bonus)) for pk, _, _, score, *_, label, bonus in books["comments"]}
        for comment, said in self.comments:
            score, reason, has_bonus = said.shown
            label = policy.REASONS[reason].name if reason else ""
            assert stored[comment.pk] == (score, label, has_bonus)
        karma, tokens = dict(books["members"]), dict(books["moderators"])
        grants = defaultdict(list)
        for _, owner, _, left, _ in books["grants"]:
            grants[owner].append(left)
        for member, person in zip(self.people, self.model.people, strict=True):
            assert karma[member.pk] == person.karma
            assert tokens.get(member.pk, 0) == person.tokens
            assert grants[member.pk] == [points for points, _ in person.grants]


@contextmanager
def refused_if(is_refused):
    """What the block tries must be refused if the model says so, and only then."""
    try:
        yield
        was_refused = False
    except Refused:
        was_refused = True
    assert was_refused == is_refused


def run_steps(wanted: int, *, first_seed: int = 1) -> int:
    """Tell stories until so many steps were taken; returns how many really were.

    The same seed tells the same on one machine, but not on another. There are few metamoderators among so few members,
    so it may take more steps until one of them judges something: up to three times as many.
    """
    Site.people = [a_member(karma=karma) for karma in KARMAS] + [an_editor(karma=1) for _ in range(STAFF)]
    Site.places, Site.steps = [a_discussion(), a_discussion()], 0
    for chosen in itertools.count(first_seed):
        if Site.steps >= (wanted if Site.sittings else 3 * wanted):
            return Site.steps
        # Of very few stories at a time Hypothesis tells the simplest ones, in which next to nothing happens.
        left = wanted - Site.steps if Site.steps < wanted else wanted
        stories = max(1, min(STORIES_AT_A_TIME, left // STEPS_PER_STORY))
        run_state_machine_as_test(
            seed(chosen)(type(f"SiteOfSeed{chosen}", (Site,), {})),
            settings=settings(
                max_examples=stories,
                stateful_step_count=STEPS_PER_STORY,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    return Site.steps


@pytest.mark.django_db
def test_the_site_and_a_small_model_agree_after_every_step():
    taken = run_steps(STEPS)
    print(f"{taken} steps, {Site.sittings} sittings, {Site.verdicts} verdicts")
    assert taken >= STEPS
    assert Site.sittings or STEPS < 1000

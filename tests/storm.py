"""A storm: 200 members moderate, take back, post; staff correct, set back, give and take points; points expire.

All at once, from several threads, while the independent judge of tests/ledger.py looks at the records again and again.
Needs PostgreSQL, and a test database whose rows may stay behind.
"""

import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from threading import Lock, Thread

from django.db import connection

from comments import tree
from comments.actions import Words, recount_discussion
from comments.models import Comment, Discussion
from forum import retries
from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct, User
from forum.presets import THRESHOLD
from moderation.actions import (
    correct_score,
    expire_mod_points,
    grant_points,
    remove_points,
    run_economy,
    set_back_comment,
    spend_point,
    take_part,
    undo_moderation,
    undo_set_back,
)
from moderation.models import PointGrant
from tests import ledger
from tests.factories import NOW, UNLIMITED, a_policy

SECONDS_BETWEEN_ACTS = 5  # of the storm's own clock
WHOLE_LOOKS = 20  # one look of so many reads everything; the others read one share of SHARES, each in its turn
SHARES = 10
AHEAD = 2  # looks that the acts may be ahead of the judge


@dataclass
class Weather:
    """What happened in a storm."""

    seconds: float = 0.0
    counts: Counter = field(default_factory=Counter)  # what the acts came to
    looks: int = 0
    differences: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    deadlocks: int = 0  # broken off and tried again unseen

    def line(self) -> str:
        tried = ", ".join(f"{name} {number:,}" for name, number in sorted(self.counts.items()))
        return (
            f"{tried}; {self.looks:,} instants, {len(self.differences)} differences, {len(self.errors)} errors, "
            f"{self.deadlocks} deadlocks tried again, {self.seconds:,.0f} s"
        )


class Town:
    """Members with five points each, two editors, comments of members and of Anonymous Cowards."""

    def __init__(self, *, members: int, comments: int, discussions: int, lifetime: timedelta):
        self.version = a_policy(replace(THRESHOLD, point_lifetime=lifetime, **UNLIMITED))
        self.members = self._people("Member", members)
        self.editors = self._people("Editor", 2)
        places = [Discussion(title=f"Place {n}", link="/", opens_at=NOW) for n in range(discussions)]
        self.places = Discussion.objects.bulk_create(places)
        self.comments = Comment.objects.bulk_create(self._comment(number) for number in range(comments))
        for place in self.places:
            Discussion.objects.filter(pk=place.pk).update(tree_count=comments)
            recount_discussion(place.pk)
        terms = {"points_granted": 5, "points_left": 5, "granted_at": NOW, "expires_at": NOW + lifetime}
        PointGrant.objects.bulk_create(PointGrant(member=one, cause="A storm", **terms) for one in self.members)

    def _people(self, name, number):
        joined = NOW - timedelta(days=90)
        return User.objects.bulk_create(
            User(username=f"{name} {n}", name_key=f"{name}{n}", joined_at=joined, password="!") for n in range(number)
        )

    def _comment(self, number):
        place, author = self.places[number % len(self.places)], self.members[number // 3 % len(self.members)]
        at = tree.root_place(discussion_id=place.pk, tree_number=1 + number // len(self.places))
        return Comment(
            discussion=place,
            author=author if number % 10 else None,
            subject="A subject",
            posted_at=NOW,
            policy=self.version,
            score=number % 2,
            start_score=number % 2,
            tree_id=at.tree_id,
            lft=at.lft,
            rght=at.rght,
            level=0,
        )


class Storm:
    """``spend`` is what moderates: the site's own action, or one that only looks right. After ``seconds`` it ends."""

    def __init__(
        self,
        *,
        moderations: int,
        instants: int,
        members: int = 200,
        comments: int = 1000,
        writers: int = 8,
        seed: int = 1,
        spend=spend_point,
        seconds: float = float("inf"),
        forgiven: tuple = (),
    ):
        acts = moderations * 5 // 4
        self.town = Town(
            members=members,
            comments=comments,
            discussions=max(2, comments // 20),
            lifetime=timedelta(seconds=acts * SECONDS_BETWEEN_ACTS // 3),
        )
        self.moderations, self.writers, self.seed, self.spend = moderations, writers, seed, spend
        self.each, self.instants = max(1, moderations // instants), instants
        self.weather, self.lock, self.clock = Weather(), Lock(), count(1)
        self.recent, self.acts = deque(maxlen=16), deque(maxlen=16)
        self.forgiven = forgiven  # errors that count as refusals
        self.is_over, self.ends_at = False, time.perf_counter() + seconds

    def run(self) -> Weather:
        started, broken_off = time.perf_counter(), retries.BROKEN_OFF
        retries.BROKEN_OFF = Counted(broken_off)
        try:
            judge = Thread(target=self._judge)
            writers = [Thread(target=self._write, args=(number,)) for number in range(self.writers)]
            for thread in (judge, *writers):
                thread.start()
            for thread in writers:
                thread.join()
            self.is_over = True
            judge.join()
            self.weather.deadlocks = retries.BROKEN_OFF.seen
        finally:
            retries.BROKEN_OFF = broken_off
        self._look(whole=True)
        self.weather.seconds = time.perf_counter() - started
        return self.weather

    # -- The judge ---------------------------------------------------------------------------------------------------

    def _judge(self):
        try:
            while self.weather.looks < self.instants and not self.weather.errors:
                if self.weather.counts["tried"] >= self.weather.looks * self.each:
                    self._look(whole=self.weather.looks % WHOLE_LOOKS == 0)
                elif self.is_over:
                    return
                else:
                    time.sleep(0.002)
        except Exception as problem:
            self.weather.errors.append(problem)
        finally:
            connection.close()

    def _look(self, *, whole: bool):
        share = {} if whole else {"of": SHARES, "rest": self.weather.looks % SHARES}
        self.weather.differences += ledger.differences_now(**share)
        self.weather.looks += 1

    # -- The writers -------------------------------------------------------------------------------------------------

    def _write(self, number: int):
        chance = random.Random(f"{self.seed} {number}")
        try:
            while self.weather.counts["tried"] < self.moderations and time.perf_counter() < self.ends_at:
                if self.weather.errors:
                    return
                if self.weather.counts["tried"] > (self.weather.looks + AHEAD) * self.each:
                    time.sleep(0.002)
                    continue
                self._act(chance, NOW + timedelta(seconds=next(self.clock) * SECONDS_BETWEEN_ACTS))
        except Exception as problem:
            self.weather.errors.append(problem)
        finally:
            connection.close()

    def _act(self, chance, now):
        names, weights = zip(*ACTS.items(), strict=True)
        (name,) = chance.choices(names, weights)
        try:
            done = getattr(self, name)(chance, now)
        except (Refused, *self.forgiven):
            done = "refused" if name == "moderate" else None
        with self.lock:
            self.weather.counts[done or f"no {name}"] += 1
            self.weather.counts["tried"] += name == "moderate"

    def _by_staff(self, chance, now):
        return {"actor": chance.choice(self.town.editors), "reason": "A storm", "now": now}

    def moderate(self, chance, now):
        comment, member = chance.choice(self.town.comments), chance.choice(self.town.members)
        reason = chance.choice((1, 3, 9, 5, 6, 8, 10, 4))
        self.recent.append((self.spend(comment=comment, moderator=member, reason=reason, now=now), member))
        return "accepted"

    def undo(self, chance, now):
        if self.recent:
            moderation, member = self.recent.pop()
            undo_moderation(moderation=moderation, moderator=member, now=now)
            return "taken back"
        return None

    def post(self, chance, now):
        parent, member = Comment.objects.get(pk=chance.choice(self.town.comments).pk), chance.choice(self.town.members)
        words = Words("A subject", f"Words {now}", "plain", "<p>Words</p>")
        author = member if chance.random() < 0.7 else None
        place = parent.discussion
        take_part(discussion=place, author=author, parent=parent, words=words, form_key=None, now=now, writer=member)
        return "posted" if author else "posted anonymously"

    def set_back(self, chance, now):
        comment, by_staff = chance.choice(self.town.comments), self._by_staff(chance, now)
        if not set_back_comment(comment=comment, **by_staff):
            return None
        self.acts.append(StaffAct.objects.filter(verb="set back", target_id=comment.pk).latest("id"))
        return "set back"

    def undo_set_back(self, chance, now):
        return (
            "put back"
            if self.acts and undo_set_back(act=chance.choice(self.acts), **self._by_staff(chance, now))
            else None
        )

    def correct(self, chance, now):
        comment = chance.choice(self.town.comments)
        done = correct_score(comment=comment, score=chance.randint(-1, 5), **self._by_staff(chance, now))
        return "corrected" if done else None

    def grant(self, chance, now):
        grant_points(member=chance.choice(self.town.members), points=5, **self._by_staff(chance, now))
        return "granted"

    def remove(self, chance, now):
        return (
            "removed" if remove_points(member=chance.choice(self.town.members), **self._by_staff(chance, now)) else None
        )

    def expire(self, chance, now):
        return "expired" if expire_mod_points(now=now) else None

    def run_economy(self, chance, now):
        return "run of the economy" if run_economy(now=now, seed=chance.randrange(2**32)) else None


# What happens how often, beside one another.
ACTS = {
    "moderate": 800,
    "grant": 160,
    "undo": 25,
    "post": 25,
    "set_back": 8,
    "undo_set_back": 4,
    "correct": 12,
    "remove": 4,
    "expire": 4,
    "run_economy": 2,
}


class Counted(set):
    """The codes of what is tried again; counts how often one was met."""

    seen = 0

    def __contains__(self, code):
        found = super().__contains__(code)
        self.seen += found
        return found

"""A simulated community in memory: people who read, write and moderate, under the site's own pure rules of the economy.

Time is counted in whole hours. ``benchmarks/economy.py`` lets towns of all sizes live for months; tests let small ones
live for days, and hold the site's database against them.
"""

from bisect import bisect
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import NamedTuple

from forum.presets import Policy
from moderation.rules import lottery
from moderation.rules.lottery import Candidate, Lots, Record

DAY = 24
HIGHEST = 5  # moderations upwards that one comment takes, from 0
CALM = [1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7, 6, 4, 2]  # how awake a town is, by the hour


class Habits(NamedTuple):
    """How people of a town behave; the figures are guesses, except where a source is named."""

    comments_a_day: float = 0.33  # by each member on average; Slashdot had 7,200 with some 22,000 regular readers
    visits_a_day: tuple[float, float] = (0.1, 2.0)  # of the laziest and of the keenest, evenly spread between them
    pages: tuple[int, int] = (2, 9)  # opened in one visit
    spends: float = 0.55  # chance of each point in hand to be spent in a visit; about one in six expires (SLASH.md 2.4)
    looks_back: float = 8.0  # hours; mean age of the comments that are moderated


class Happened(NamedTuple):
    """What people did within one hour, in their order; a comment is known by its number."""

    reads: dict[int, int]  # member -> pages
    comments: list[int]  # numbers of the new comments
    spent: list[tuple[int, int]]  # (member, comment)


@dataclass
class Town:
    """Members 1 to ``size``; what each has, and what was counted."""

    size: int
    numbers: Policy
    habits: Habits = field(default_factory=Habits)
    seed: int = 1
    hour: int = 0  # hours since the town was founded; everybody joined then
    founded_before: int = 0  # hours that it had existed by then, for towns that are not new

    tokens: Counter = field(default_factory=Counter)
    granted_at: dict[int, int] = field(default_factory=dict)
    purse: dict[int, list[list[int]]] = field(default_factory=dict)  # member -> [points left, hour they expire], ...
    spent: Counter = field(default_factory=Counter)
    expired: Counter = field(default_factory=Counter)

    comments: int = 0
    moderations: Counter = field(default_factory=Counter)  # comment -> how many
    points_issued: int = 0
    points_expired: int = 0
    supply: int = 0
    grants: Counter = field(default_factory=Counter)  # kind -> how many
    first_points: int | None = None  # hour
    holders: list[float] = field(default_factory=list)  # share of the members with points, hour by hour
    eligible: list[int] = field(default_factory=list)

    def __post_init__(self):
        self.chance = Random(self.seed)
        low, high = self.habits.visits_a_day
        self.visits = {pk: low + (high - low) * self.chance.random() ** 2 for pk in range(1, self.size + 1)}
        self.awake = list(accumulate(CALM))
        self.window: deque[tuple[int, int, int]] = deque()
        self.reads: Counter = Counter()
        self.last_read: dict[int, int] = {}
        self.plan: dict[int, list[int]] = {}
        self.counted = 0
        self.done: set[tuple[int, int]] = set()

    # -- People ----------------------------------------------------------------------------------------------------

    def live(self) -> Happened:
        """One hour of reading, writing and moderating."""
        if self.hour % DAY == 0:
            self._plan_day()
        reads, spent = {}, []
        lively = CALM[self.hour % DAY] * DAY / self.awake[-1]
        wanted = self.size * self.habits.comments_a_day / DAY * lively
        fresh = list(range(self.comments + 1, self.comments + 1 + int(wanted + self.chance.random())))
        self.comments += len(fresh)
        for member in self.plan.get(self.hour % DAY, ()):
            reads[member] = reads.get(member, 0) + self.chance.randint(*self.habits.pages)
            spent += [(member, comment) for comment in self._choose(member, wanted)]
        for member, pages in reads.items():
            self.window.append((self.hour, member, pages))
            self.reads[member] += pages
            self.last_read[member] = self.hour
        self.hour += 1
        return Happened(reads, fresh, spent)

    def _plan_day(self) -> None:
        self.plan = {}
        for member, rate in self.visits.items():
            for _ in range(int(rate + self.chance.random())):
                at = bisect(self.awake, self.chance.random() * self.awake[-1])
                self.plan.setdefault(min(at, DAY - 1), []).append(member)

    def _choose(self, member: int, wanted: float) -> list[int]:
        """The comments that somebody moderates in a visit: mostly young ones, each once."""
        chosen = []
        for _ in range(self.points_of(member)):
            if self.comments and self.chance.random() < self.habits.spends:
                back = int(self.chance.expovariate(1 / max(1.0, self.habits.looks_back * wanted)))
                comment = max(1, self.comments - back)
                if (member, comment) not in self.done and self.moderations[comment] < HIGHEST:
                    chosen.append(comment)
                    self.done.add((member, comment))
                    self.moderations[comment] += 1
        for _ in chosen:
            self._spend(member)
        return chosen

    def points_of(self, member: int) -> int:
        return sum(left for left, _ in self.purse.get(member, ()))

    def _spend(self, member: int) -> None:
        self.purse[member][0][0] -= 1
        self.spent[member] += 1
        if not self.purse[member][0][0]:
            del self.purse[member][0]

    # -- The economy, as moderation/actions/economy.py runs it -----------------------------------------------------

    def run(self) -> Lots:
        """The hourly run at the end of the hour that was lived; its lots are drawn from the hour's number."""
        numbers = self.numbers
        gone = self._expire()
        comments, self.counted = self.comments - self.counted, self.comments
        supply = lottery.token_supply(numbers, comments=comments, expired=gone)
        lots = lottery.draw_lots(self._candidates(), supply, numbers, Random(self.hour))
        for member, tokens in lots.drawn.items():
            self.tokens[member] = max(self.tokens[member], min(self.tokens[member] + tokens, numbers.tokens_max))
        for kind, members in (("tokens", lots.granted), ("standby", lots.standby)):
            for member in members:
                self._grant(member, kind)
        self.supply += supply
        self.eligible.append(lots.eligible_count)
        self.holders.append(sum(1 for purse in self.purse.values() if purse) / self.size)
        if self.hour % DAY == 0:
            self._decay()
        return lots

    def _expire(self) -> int:
        numbers, gone = self.numbers, 0
        for member, purse in self.purse.items():
            while purse and purse[0][1] <= self.hour:
                points = purse.pop(0)[0]
                gone += points
                self.expired[member] += points
                self.tokens[member] = max(0, self.tokens[member] - numbers.expiry_cost * points)
        self.points_expired += gone
        return gone

    def _candidates(self) -> list[Candidate]:
        numbers = self.numbers
        first = self.hour - round(numbers.reads_window.total_seconds() / 3600)
        while self.window and self.window[0][0] < first:
            _, member, pages = self.window.popleft()
            self.reads[member] -= pages
        if self.hour + self.founded_before < numbers.min_age.total_seconds() / 3600:
            return []
        last = self.size
        if self.size >= numbers.newest_excluded_from:
            last = int(self.size * (1 - numbers.newest_excluded))
        least = lottery.price(numbers) * numbers.grant_from_share
        return [
            Candidate(
                member=pk,
                reads=self.reads[pk],
                tokens=self.tokens[pk],
                held=self.points_of(pk),
                granted_at=self.granted_at.get(pk),
                record=Record(spent=self.spent[pk], expired=self.expired[pk]),
                is_eligible=self.reads[pk] >= numbers.reads_min and pk <= last,
            )
            for pk in range(1, self.size + 1)
            if self.reads[pk] >= numbers.reads_min or self.tokens[pk] >= least
        ]

    def _grant(self, member: int, kind: str) -> None:
        numbers = self.numbers
        self.tokens[member] = max(0, self.tokens[member] - lottery.price(numbers))
        points = lottery.points_of_grant(self.points_of(member), numbers)
        lifetime = round(numbers.point_lifetime.total_seconds() / 3600)
        self.purse.setdefault(member, []).append([points, self.hour + lifetime])
        self.granted_at[member] = self.hour
        self.points_issued += points
        self.grants[kind] += 1
        if self.first_points is None:
            self.first_points = self.hour

    def _decay(self) -> None:
        since = self.hour - round(self.numbers.decay_after.total_seconds() / 3600)
        for member in self.visits:
            if self.tokens[member] > 0 and self.last_read.get(member, -1) < since:
                self.tokens[member] = max(0, self.tokens[member] - self.numbers.decay_per_day)

    # -- What came of it -------------------------------------------------------------------------------------------

    def live_for(self, hours: int) -> "Town":
        for _ in range(hours):
            self.live()
            self.run()
        return self

    def moderated_share(self, settled: int = 0) -> float:
        """Share of the comments that somebody moderated; the newest ``settled`` ones are left out."""
        count = self.comments - settled
        return sum(1 for comment in self.moderations if comment <= count) / max(1, count)


def share(values: list[float], last: int) -> float:
    """The mean of the last hours."""
    chosen = values[-last:]
    return sum(chosen) / len(chosen)

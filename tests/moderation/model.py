"""Moderation as a small model in plain Python: what is expected of the site, written without any of its rules."""

from dataclasses import dataclass, field

UP, DOWN = (+1, +1), (-1, -1)
SLASH = {1: DOWN, 2: DOWN, 3: DOWN, 4: DOWN, 5: UP, 6: UP, 7: UP, 8: (+1, 0), 9: DOWN, 10: UP}  # (score, karma)
REHASH = SLASH | {9: (-1, 0), 10: (+1, 0), 11: (-1, -10), 12: (0, 0), 13: UP}
BLIND = (9, 10)  # Overrated and Underrated: never the label, never metamoderated
DAY = 86_400  # seconds
PRESETS = {
    "threshold": {"reasons": SLASH, "exclusive": True, "cap": 5, "undo": 120, "down": -25, "life": 3 * DAY},
    "slashdot-2009": {"reasons": SLASH, "exclusive": True, "cap": 0, "undo": 0, "down": -25, "life": 3 * DAY},
    "soylentnews": {"reasons": REHASH, "exclusive": False, "cap": 0, "undo": 0, "down": 10, "life": DAY},
}


@dataclass(eq=False)
class Person:
    karma_log: list = field(default_factory=list)  # of [delta, whether it counts]
    grants: list = field(default_factory=list)  # of [points left, end]
    days: set = field(default_factory=set)  # on which points were given to all
    tokens: int = 0
    is_banned: bool = False

    @property
    def karma(self):
        karma = 0
        for delta, counts in self.karma_log:
            karma = max(-25, min(50, karma + delta * counts))
        return karma


@dataclass(eq=False)
class Line:
    by: Person
    said: "Said"
    at: int
    policy: str
    reason: int | None = None
    delta: int = 0
    sets: int | None = None
    grant: list | None = None
    karma_line: list | None = None
    tokens: list = field(default_factory=list)  # of (person, amount)
    counts: bool = True
    undone: bool = False


@dataclass(eq=False)
class Said:
    place: int
    author: Person | None
    writer: Person
    start: int
    bonus: bool
    at: int
    policy: str
    hidden: bool = False
    erased: bool = False
    log: list = field(default_factory=list)

    @property
    def active(self):
        return [line for line in self.log if line.counts]

    @property
    def shown(self):
        """(score, reason that is the label, whether it carries the bonus)."""
        score, net, active = self.start, sum(line.delta for line in self.active), self.active
        for line in active:
            score = max(-1, min(5, score + line.delta)) if line.sets is None else line.sets
        anyway = bool(active) and active[-1].policy == "soylentnews"
        said = [x.reason for x in active if x.reason and x.reason not in BLIND and (anyway or x.delta * net >= 0)]
        label = max(said, key=lambda r: (said.count(r), -said[::-1].index(r)), default=None)
        return score, label, self.bonus and sum(line.delta < 0 for line in active) < 3


class Model:
    """A site of some people; times are seconds. What is refused answers None and changes nothing."""

    def __init__(self, karmas):
        self.people = [Person([[karma, True]]) for karma in karmas]
        self.said, self.policy, self.now = [], "threshold", 0

    @property
    def rules(self):
        return PRESETS[self.policy]

    def spendable(self, person):
        return [grant for grant in person.grants if grant[0] and grant[1] > self.now]

    def grant(self, person, points, since=None):
        person.grants.append([points, (self.now if since is None else since) + self.rules["life"]])

    def grant_daily(self, midnight):
        for person in self.people:
            points = 5 - sum(left for left, _ in self.spendable(person))
            has_none = points > 0 and midnight not in person.days
            if self.policy == "soylentnews" and person.karma >= 0 and not person.is_banned and has_none:
                person.days.add(midnight)
                self.grant(person, points, midnight)

    def expire(self):
        for person in self.people:
            for grant in person.grants:
                if grant[1] <= self.now:
                    if self.policy != "soylentnews":
                        person.tokens -= min(2 * grant[0], max(0, person.tokens))
                    grant[0] = 0

    def post(self, person, place, parent, anonymous):
        if person.is_banned or (parent and parent.hidden) or (anonymous and person.karma < 0):
            return None
        start = 0 if anonymous else 1 - (person.karma < 0) - (person.karma < -10)
        bonus = not anonymous and person.karma > 25
        said = Said(place, None if anonymous else person, person, start, bonus, self.now, self.policy)
        self.said.append(said)
        if not anonymous and self.rules["exclusive"]:
            here = [line for one in self.said if one.place == place for line in one.active]
            self.switch([line for line in here if line.by is person and line.reason], False)
        return said

    def may_moderate(self, person, said, reason):
        if said.hidden or said.writer is person or said.at < self.now - 14 * DAY or person.is_banned:
            return False
        if self.rules["exclusive"] and any(one.author is person and one.place == said.place for one in self.said):
            return False
        if any(line.by is person and line.reason for line in said.active) or reason not in self.rules["reasons"]:
            return False
        (delta, karma), is_answer = self.rules["reasons"][reason], self.policy == "soylentnews" and reason in BLIND
        if is_answer and not any(line.reason in REHASH and line.reason not in BLIND for line in said.active):
            return False
        if delta < 0 and person.karma < self.rules["down"]:
            return False
        if not -1 <= said.shown[0] + delta <= 5 and abs(karma) <= 1:
            return False
        pair = [x for one in self.said if one.author is said.author for x in one.log if x.by is person and x.reason]
        lately = sum(line.at > self.now - 7 * DAY and not line.undone for line in pair)
        return bool(self.spendable(person)) and not (said.author and 0 < self.rules["cap"] <= lately)

    def moderate(self, person, said, reason):
        if not self.may_moderate(person, said, reason):
            return None
        delta, karma = self.rules["reasons"][reason]
        grant = min(self.spendable(person), key=lambda one: one[1])
        grant[0] -= 1
        line = Line(person, said, self.now, self.policy, reason, delta, grant=grant)
        if said.author and karma:
            line.karma_line = [karma, True]
            said.author.karma_log.append(line.karma_line)
        if self.policy != "soylentnews":
            line.tokens = [(person, -1)] * (reason in BLIND) + [(said.author, karma)] * bool(said.author and karma < 0)
        for whose, amount in line.tokens:
            whose.tokens += amount
        said.log.append(line)
        return line

    def switch(self, lines, on):
        """Let these lines count or not, with everything they did; those that did so already are left alone."""
        for line in [one for one in lines if one.counts is not on]:
            line.counts = on
            if line.karma_line:
                line.karma_line[1] = on
            for whose, amount in line.tokens:
                whose.tokens += amount if on else -amount

    def undo(self, person, line):
        if line.by is not person or not line.counts or line.at < self.now - self.rules["undo"]:
            return None
        self.switch([line], False)
        line.undone, line.grant[0] = True, line.grant[0] + 1
        return line

    def correct(self, person, said, score):
        if said.author is person or said.shown[0] == score:
            return None
        said.log.append(Line(person, said, self.now, self.policy, sets=score))
        return said.log[-1]

    def put_back(self, lines):
        self.switch([line for line in lines if not line.counts and not self.is_overtaken(line)], True)

    def is_overtaken(self, line):
        anew = any(other.by is line.by and other.reason for other in line.said.active)
        posts = [one for one in self.said if one.author is line.by and one.place == line.said.place]
        since = any(one.at >= line.at and PRESETS[one.policy]["exclusive"] for one in posts)
        return bool(line.reason) and (anew or since)

"""A site's whole moderation log made in bulk, with everything kept of it computed on the way.

Nothing of the code under test is used: scores, labels, karma, points and tokens are computed here a second time,
plainly, so that replay agrees with them only if both are right.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
REASONS = {  # number: name, score, weight (how often it is given, about as on live Slashdot)
    1: ("Offtopic", -1, 6),
    2: ("Flamebait", -1, 5),
    3: ("Troll", -1, 7),
    4: ("Redundant", -1, 5),
    5: ("Insightful", 1, 24),
    6: ("Interesting", 1, 22),
    7: ("Informative", 1, 14),
    8: ("Funny", 1, 12),
    9: ("Overrated", -1, 3),
    10: ("Underrated", 1, 2),
}
NUMBERS, WEIGHTS = list(REASONS), [weight for *_, weight in REASONS.values()]
SILENT = {9, 10}  # never the label
# karma of a reason: version 1 is slashdot-2009, version 2 soylentnews (no karma for Over- and Underrated)
KARMA = {1: {n: 0 if n == 8 else score for n, (_, score, _) in REASONS.items()}}
KARMA[2] = KARMA[1] | dict.fromkeys(SILENT, 0)
LOAD = 20_000  # rows at a time
STAFF = 1  # the member who corrects scores
OPEN_GRANTS = 300


@lru_cache(10_000)
def at(minutes: int) -> str:
    """A moment, so many minutes after the beginning, in UTC as both databases take it."""
    return f"{BEGAN + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}"


def typed(value) -> str:
    """A value as COPY reads it."""
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "1" if value else "0"
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


class Table:
    """Rows of one model, kept in a file until all are known, then loaded by the fastest way the database has."""

    def __init__(self, model, folder: Path, *names: str):
        fields = {one.name: one for one in model._meta.concrete_fields}
        rest = [one for name, one in fields.items() if name not in names]
        self.model, self.count = model, 0
        self.columns = [fields[name].column for name in names] + [one.column for one in rest]
        defaults = [None if one.null else one.get_default() for one in rest]
        self.rest = "".join("\t" + typed(value) for value in defaults)
        self.path = folder / model._meta.db_table
        self.file = self.path.open("w")

    def add(self, *values) -> None:
        self.count += 1
        self.file.write("\t".join(map(typed, values)) + self.rest + "\n")

    def load(self, connection) -> None:
        self.file.close()
        quote = connection.ops.quote_name
        table, columns = quote(self.model._meta.db_table), ", ".join(map(quote, self.columns))
        with self.path.open() as lines, connection.cursor() as cursor:
            while block := list(islice(lines, LOAD)):
                if connection.vendor == "postgresql":
                    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                        copy.write("".join(block))
                else:
                    places = ", ".join(["%s"] * len(self.columns))
                    rows = [[None if v == "\\N" else v for v in line[:-1].split("\t")] for line in block]
                    cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
        self.path.unlink()


@dataclass
class Grant:
    """Some points of one member; ``left`` and ``gone`` are what is kept."""

    number: int
    member: int
    version: int
    minute: int
    left: int = 5
    gone: int = 0


@dataclass
class Line:
    """A line of a comment's log, as far as it decides the score."""

    reason: int | None
    score: int
    version: int
    sets: int | None = None
    is_active: bool = True


def score_of(start: int, log: list[Line]) -> int:
    score = start
    for line in log:
        if line.is_active:
            score = line.sets if line.sets is not None else min(5, max(-1, score + line.score))
    return score


def label_of(start: str, log: list[Line]) -> str:
    """Version 1 counts reasons in the direction of the net change, version 2 all; of equals the newest wins."""
    lines = [line for line in log if line.is_active]
    net = sum(line.score for line in lines)
    counted = [line for line in lines if line.reason and line.reason not in SILENT]
    if lines and lines[-1].version == 1:
        counted = [line for line in counted if net * line.score >= 0]
    often = Counter(line.reason for line in counted)
    top = max(often.values(), default=0)
    best = [line.reason for line in counted if often[line.reason] == top]
    return REASONS[best[-1]][0] if best else start


def fold_karma(deltas) -> int:
    """The karma after (delta, whether it counts), in their order."""
    karma = 0
    for delta, counts in deltas:
        karma = max(-25, min(50, karma + delta)) if counts else karma
    return karma


class Site:
    """Makes the log, discussion by discussion; what is kept is known when the last is made."""

    def __init__(self, folder: Path, *, comments: int, moderations: int, seed: int = 1):
        self.chance = random.Random(seed)
        self.wanted, self.rate = comments, moderations / comments
        self.members = max(60, comments // 40)
        self.tables = tables_in(folder)
        self.posted = self.minute = self.grant_count = 0
        self.karma: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        self.tokens: dict[int, int] = defaultdict(int)
        self.granted_at: dict[int, str] = {}
        self.days: Counter[int] = Counter()
        self.open_grants: list[Grant] = []

    def add(self, table: str, *values) -> int:
        """Add a row that begins with a number of its own; returns that."""
        number = self.tables[table].count + 1
        self.tables[table].add(number, *values)
        return number

    def build(self) -> dict[str, int]:
        """Make everything; returns how many rows of each table."""
        while self.posted < self.wanted:
            self.discuss()
        for grant in self.open_grants:
            self.close(grant)
        for member in range(1, self.members + 1):
            karma = fold_karma(self.karma.get(member, ()))
            self.add("users", f"m{member}", f"m{member}", at(0), karma)
        for member, tokens in self.tokens.items():
            self.tables["moderators"].add(member, tokens, self.granted_at.get(member))
        return {name: table.count for name, table in self.tables.items()}

    # -- Comments --------------------------------------------------------------------------------------------------

    def discuss(self) -> None:
        """One discussion: a few have thousands of comments, most have some."""
        size = min(self.wanted - self.posted, 3_000, int(8 * self.chance.paretovariate(1.1)))
        totals: Counter[int] = Counter()
        discussion, roots = self.tables["discussions"].count + 1, []
        for place in range(1, size + 1):
            score = self.say(discussion, place, roots)
            totals.update([score] if score is not None else [])
        counts = (totals[score] for score in range(-1, 6))
        self.add("discussions", f"Discussion {discussion}", "/", at(0), totals.total(), *counts)

    def say(self, discussion: int, place: int, roots: list[tuple[int, int]]) -> int | None:
        """One comment with its moderations; returns its score, None if it is hidden."""
        chance = self.chance
        self.posted += 1
        self.minute += self.posted % 3 == 0
        number, author = self.posted, None if chance.random() < 0.25 else chance.randint(2, self.members)
        start = chance.choice((1, 1, 1, 1, 0, -1)) if author else 0
        had_bonus = bool(author) and chance.random() < 0.2
        start_label = "Interesting" if chance.random() < 0.03 else ""
        posted_at = at(self.minute)  # before anything that happens to it
        version, log = self.version(), self.moderate_all(number, author)
        score, label = score_of(start, log), label_of(start_label, log)
        downs = sum(line.score < 0 for line in log if line.is_active)
        is_hidden = chance.random() < 0.005
        is_root = not roots or chance.random() < 0.4
        if is_root:
            roots.append((number, discussion * 2**32 + place))
        parent, tree = roots[-1] if is_root else chance.choice(roots)
        self.tables["comments"].add(
            *(number, discussion, author, posted_at, start, start_label, had_bonus),
            *(score, label, had_bonus and downs < 3, at(self.minute) if is_hidden else None, version),
            *(tree, 2 * place, 2 * place + 1, int(not is_root), None if is_root else parent),
        )
        if number % 100 == 0:
            self.change_karma(chance.randint(2, self.members), 3, 0)
        return None if is_hidden else score

    def version(self) -> int:
        """The policy is switched in the middle; around it both are met, as a discussion goes on meanwhile."""
        share = self.posted / self.wanted
        return 1 if share < 0.45 else 2 if share > 0.55 else self.chance.choice((1, 2))

    # -- Moderations -----------------------------------------------------------------------------------------------

    def moderate_all(self, comment: int, author: int | None) -> list[Line]:
        chance, log, used = self.chance, [], {author}
        if chance.random() >= self.rate / 2:
            return log
        log.append(self.moderate(comment, author, used))
        while chance.random() < 0.5 and len(log) < self.members // 4:
            log.append(self.moderate(comment, author, used))
        if chance.random() < 0.003:
            score, version = chance.randint(-1, 5), self.version()
            columns = (comment, STAFF, author, None, 0, score, None, None, version, at(self.minute), None, "")
            self.add("moderations", *columns)
            log.append(Line(None, 0, version, sets=score))
        return log

    def moderate(self, comment: int, author: int | None, used: set) -> Line:
        """One moderation: a point, a line of karma, and for some that it was taken back, put back, taken back again."""
        chance, version = self.chance, self.version()
        grant = self.grant_of_another(used, version)
        used.add(grant.member)
        reason = chance.choices(NUMBERS, WEIGHTS)[0]
        turns = 0 if chance.random() > 0.025 else chance.choices((1, 2, 3), (80, 15, 5))[0]
        kind = chance.choice(("posted", "staff", "undone")) if turns else ""
        end, is_withdrawn = at(self.minute + turns), bool(turns % 2)
        karma = KARMA[version][reason]
        line = self.change_karma(author, karma, turns) if author and karma else None
        number = self.add(
            "moderations",
            *(comment, grant.member, author, reason, REASONS[reason][1], None, grant.number, line, version),
            *(at(self.minute), end if is_withdrawn else None, f"turn {turns}" if is_withdrawn else ""),
        )
        for turn in range(1, turns + 1):
            word = kind if turn % 2 else "restored"
            self.add("reversals", number, turn, word, f"turn {turn}", version, at(self.minute + turn))
        if version == 1 and reason in SILENT:
            self.change_tokens(grant.member, "blind", -1, -1)
        grant.left -= 1
        if kind == "undone":
            grant.left += 1
            self.add("entries", grant.number, grant.member, "returned", 1, number, "-", end)
        self.expire_some()
        return Line(reason, REASONS[reason][1], version, is_active=not is_withdrawn)

    def change_karma(self, member: int, delta: int, turns: int) -> int:
        """A line of karma, reversed so many times; returns its number."""
        self.karma[member].append((delta, turns % 2 == 0))
        end = at(self.minute + turns)
        first = last = self.add("karma_lines", member, delta, "-", at(self.minute), None, end if turns % 2 else None)
        for turn in range(1, turns + 1):
            is_taken_back = end if (turns - turn) % 2 else None
            last = self.add("karma_lines", member, 0, "-", at(self.minute + turn), last, is_taken_back)
        return first

    # -- Points and tokens -----------------------------------------------------------------------------------------

    def grant_of_another(self, used: set, version: int) -> Grant:
        while True:
            if len(self.open_grants) < min(OPEN_GRANTS, self.members // 2):
                self.open_grants.append(self.give(version))
            place = self.chance.randrange(len(self.open_grants))
            grant = self.open_grants[place]
            if grant.left and grant.member not in used:
                return grant
            if not grant.left or self.chance.random() < 0.1:
                self.drop(place)

    def give(self, version: int) -> Grant:
        """A new grant: for tokens that were drawn up to three at a time, or of the day."""
        member = self.chance.randint(2, self.members)
        self.grant_count += 1
        if version == 1:
            while self.tokens[member] < 40:
                self.change_tokens(member, "drawn", self.chance.choice((1, 2, 3)), 3)
            self.change_tokens(member, "price", -40, -40)
            self.granted_at[member] = at(self.minute)
        else:
            self.days[member] += 1
        return Grant(self.grant_count, member, version, self.minute)

    def change_tokens(self, member: int, kind: str, amount: int, asked: int) -> None:
        self.tokens[member] += amount
        self.add("token_entries", member, kind, amount, asked, self.tokens[member], 1, at(self.minute))

    def expire_some(self) -> None:
        place = self.chance.randrange(len(self.open_grants))
        grant = self.open_grants[place]
        if grant.left and self.chance.random() < 0.03:
            self.add("entries", grant.number, grant.member, "expired", grant.left, None, "-", at(self.minute))
            if grant.version == 1 and (cost := min(2 * grant.left, max(0, self.tokens[grant.member]))):
                self.change_tokens(grant.member, "expiry", -cost, -2 * grant.left)
            grant.gone, grant.left = grant.left, 0
            self.drop(place)

    def drop(self, place: int) -> None:
        self.close(self.open_grants[place])
        self.open_grants[place] = self.open_grants[-1]
        self.open_grants.pop()

    def close(self, grant: Grant) -> None:
        day = str((BEGAN + timedelta(days=self.days[grant.member])).date()) if grant.version == 2 else None
        if day:
            self.days[grant.member] += 1
        self.tables["grants"].add(
            *(grant.number, grant.member, 5, grant.left, grant.gone, "daily" if day else "tokens", "-"),
            *(grant.version, day, at(grant.minute), at(grant.minute + 3 * 24 * 60)),
        )


def tables_in(folder: Path) -> dict[str, Table]:
    """The tables with the columns that differ from row to row, in an order in which nothing points forward."""
    from comments.models import Comment, Discussion
    from comments.models.discussion import SCORE_COUNTERS
    from forum.accounts.models import KarmaChange, User
    from moderation.models import Moderation, Moderator, PointEntry, PointGrant, Reversal, TokenEntry

    columns = {
        "users": (User, "id username name_key joined_at karma"),
        "discussions": (Discussion, f"id title link opens_at comment_count {' '.join(SCORE_COUNTERS)}"),
        "comments": (
            Comment,
            "id discussion author posted_at start_score start_label had_bonus score label has_bonus hidden_at policy "
            "tree_id lft rght level parent",
        ),
        "karma_lines": (KarmaChange, "id member delta cause changed_at reverses withdrawn_at"),
        "grants": (
            PointGrant,
            "id member points_granted points_left points_expired kind cause policy granted_on granted_at expires_at",
        ),
        "moderations": (
            Moderation,
            "id comment moderator author reason delta sets_score grant karma_change policy moderated_at withdrawn_at "
            "withdrawn_because",
        ),
        "reversals": (Reversal, "id moderation number kind cause policy reversed_at"),
        "entries": (PointEntry, "id grant member kind points moderation cause entered_at"),
        "moderators": (Moderator, "member tokens granted_at"),
        "token_entries": (TokenEntry, "id member kind amount asked balance policy entered_at"),
    }
    return {name: Table(model, folder, *names.split()) for name, (model, names) in columns.items()}


def seed(connection, folder: Path, *, comments: int, moderations: int, seed: int = 1) -> dict[str, int]:
    """Make a log of about this size and load it into an empty database; returns the rows of each table."""
    from django.core.management.color import no_style

    from forum.presets import SLASHDOT, SOYLENTNEWS
    from forum.rulebook.models import PolicyVersion

    for number, preset in enumerate((SLASHDOT, SOYLENTNEWS), start=1):
        adopted_at = BEGAN + timedelta(days=number)
        version = {"name": preset.name, "numbers": preset.to_numbers(), "adopted_at": adopted_at}
        PolicyVersion.objects.create(number=number, **version)
    site = Site(folder, comments=comments, moderations=moderations, seed=seed)
    counts = site.build()
    for table in site.tables.values():
        table.load(connection)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [one.model for one in site.tables.values()]):
            cursor.execute(statement)
    return counts

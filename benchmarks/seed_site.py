"""A whole site made in bulk: stories, threads of comments with their words, members, moderations, letters.

The first comments are made here one by one, in threads of all sizes, among them the longest that Slashdot had; the rest
are copies of those with other numbers and later times, made inside the database.
"""

import random
from collections import Counter, defaultdict
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.management.color import no_style
from django.db import DatabaseError, models, transaction

from benchmarks.seed_log import Table
from comments.models import Comment, CommentText, Discussion, Origin
from comments.models.discussion import SCORE_COUNTERS
from comments.tree import TREES_PER_DISCUSSION, number_trees
from forum import policy
from forum.accounts.models import KarmaChange, NetworkKey, StaffAct, User
from forum.notifications.models import Notification
from forum.rulebook.actions import version_in_force
from moderation.models import Moderation, PointEntry, PointGrant, TokenEntry, Verdict
from stories.models import Section, Story, Topic

BEGAN = datetime(2006, 1, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
COMMENTS_A_WEEK = 10_000
RECORD = 5_687  # comments of the longest discussion Slashdot ever had
PATTERN = 90_000  # comments that are made one by one and then copied
AT_ONCE = 20  # discussions that go on beside one another, so that their comments are mingled
SHELVES = 5  # sections, and topics
WORDS = "The interesting part is not that it works at all, but that it goes on working when many use it at once. " * 5
KINDS = {  # in an order in which nothing points forward; the columns that differ from row to row
    "users": (User, "id username name_key joined_at karma"),
    "discussions": (Discussion, f"id title link opens_at comment_count tree_count {' '.join(SCORE_COUNTERS)}"),
    "stories": (
        Story,
        "id title slug intro intro_html section topic state published_at created_at changed_at discussion",
    ),
    "comments": (
        Comment,
        "id discussion parent tree_id lft rght level author subject posted_at score start_score",
    ),
    "texts": (CommentText, "comment source markup html renderer"),
    "origins": (Origin, "comment key network"),
    "karma_lines": (KarmaChange, "id member delta cause changed_at"),
    "grants": (PointGrant, "id member points_granted points_left points_expired cause granted_at expires_at"),
    "entries": (PointEntry, "id grant member kind points cause entered_at"),
    "moderations": (
        Moderation,
        "id comment moderator author reason delta grant karma_change votes_wanted judging_ended_at moderated_at",
    ),
    "token_entries": (TokenEntry, "id member kind amount asked balance entered_at"),
    "verdicts": (Verdict, "id moderation fair_votes unfair_votes is_fair policy settled_at"),
    "letters": (Notification, "id recipient event line link created_at read_at"),
    "acts": (StaffAct, "id verb target_kind target_id target_name reason acted_at"),
}
NAMES = {model: name for name, (model, _) in KINDS.items()}
FORGOTTEN = {"origins"}  # their keys are destroyed within days, so they do not grow with the site


class Bulk:
    """Fills an empty, migrated database; ``now`` is the moment after its newest comment."""

    def __init__(self, connection, folder: Path, *, record: int = RECORD, began: datetime = BEGAN):
        self.connection, self.folder, self.record, self.began = connection, folder, record, began
        self.chance = random.Random(1)
        self.counts: Counter[str] = Counter()
        self.size = 0
        self.pattern: dict[str, range] = {}  # the rows that are copied, by kind

    @property
    def now(self) -> datetime:
        return self.time_of(self.size)

    def time_of(self, comment: int) -> datetime:
        return (self.began + WEEK * comment / COMMENTS_A_WEEK).replace(microsecond=0)

    def grow_to(self, comments: int) -> None:
        """Add comments until there are about so many."""
        if not self.size:
            self.make(min(comments, COMMENTS_A_WEEK), first=self.record)
        if self.size < comments and not self.pattern:
            self.counts.update(self.newest() - self.counts)  # the site may have made rows of its own meanwhile
            before = self.counts.copy()
            self.make(min(PATTERN, comments - self.size))
            self.pattern = {name: range(before[name], self.counts[name]) for name in KINDS}
        while self.size < comments:
            self.copy()
        self.settle()

    # -- Made one by one ----------------------------------------------------------------------------------------------

    def make(self, comments: int, first: int = 0) -> None:
        """So many comments with all that belongs to them; ``first`` is the size of the first discussion."""
        if not self.size:
            self.furnish()
        self.tables = {name: Table(model, self.folder, *names.split()) for name, (model, names) in KINDS.items()}
        members = self.add_members(max(60, comments // 40))
        sizes = self.sizes(comments, first)
        for place in range(0, len(sizes), AT_ONCE):
            self.talk(sizes[place : place + AT_ONCE], members)
        with self.unchecked():
            for table in self.tables.values():
                table.load(self.connection)

    @contextmanager
    def unchecked(self):
        """One transaction, in which PostgreSQL does not look up whether each row points to another; all of these do."""
        with transaction.atomic(), self.connection.cursor() as cursor:
            if self.connection.vendor == "postgresql":
                with suppress(DatabaseError), transaction.atomic():  # only a superuser may
                    cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            if self.connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = origin")

    def furnish(self) -> None:
        version_in_force(self.began)
        self.key = NetworkKey.objects.create(day=self.began.date(), secret=b"0" * 32).pk
        for number in range(1, SHELVES + 1):
            names = {"name": f"Shelf {number}", "slug": f"shelf-{number}"}
            Section.objects.create(**names)
            Topic.objects.create(icon="Sh", **names)
        self.sections, self.topics = (list(kind.objects.values_list("pk", flat=True)) for kind in (Section, Topic))

    def add(self, name: str, *values) -> int:
        """Add a row that begins with a number of its own; returns that."""
        self.counts[name] += 1
        self.tables[name].add(self.counts[name], *values)
        return self.counts[name]

    def add_members(self, many: int) -> range:
        at, first = self.time_of(self.size), self.counts["users"] + 1
        for number in range(first, first + many):
            self.add("users", f"m{number}", f"m{number}", at - timedelta(days=90), 5)
            grant = self.add("grants", number, 5, 0, 5, "-", at, at + timedelta(days=3))
            self.add("entries", grant, number, "expired", 5, "-", at)
        return range(first, first + many)

    def sizes(self, comments: int, first: int) -> list[int]:
        """A few discussions have thousands of comments, most have some dozens."""
        found = [min(first, comments)] if first else []
        while (left := comments - sum(found)) > 0:
            found.append(min(left, 2_500, int(20 * self.chance.paretovariate(1.2))))
        return found

    def talk(self, sizes: list[int], members: range) -> None:
        """Some discussions that go on beside one another."""
        turns = [place for place, size in enumerate(sizes) for _ in range(size)]
        self.chance.shuffle(turns)
        opened, first = self.time_of(self.size), self.counts["discussions"] + 1
        said: dict[int, list[tuple]] = defaultdict(list)  # by discussion: (number, parent, author, posted at, score)
        for number, place in enumerate(turns, start=self.counts["comments"] + 1):
            self.size += 1
            said[place].append(self.say(number, said[place], members))
        rows = []
        for place in range(len(sizes)):
            rows += self.discuss(first + place, opened + timedelta(minutes=place), said[place])
        for row in sorted(rows):
            self.add("comments", *row[1:])
            self.tables["texts"].add(row[0], WORDS, "plain", f"<p>{WORDS}</p>", 1)
            self.follow(*row, members)

    def say(self, number: int, before: list[tuple], members: range) -> tuple:
        chance = self.chance
        parent = chance.choice(before)[0] if before and chance.random() < 0.81 else None
        author = self.one_of(members) if chance.random() < 0.8 else None
        score = chance.choices((-1, 0, 1, 2, 3, 4, 5), (3, 22, 50, 13, 6, 4, 2))[0]
        return number, parent, author, self.time_of(self.size), score

    def one_of(self, members: range) -> int:
        """A few members write much, most write little."""
        return members[int(len(members) * self.chance.random() ** 2)]

    def discuss(self, number: int, opened: datetime, comments: list[tuple]) -> list[tuple]:
        """A story with its discussion; returns the rows of its comments."""
        children, roots, tree = defaultdict(list), [], {}
        for pk, parent, *_ in comments:
            (children[parent] if parent else roots).append(pk)
            tree[pk] = tree[parent] if parent else number * TREES_PER_DISCUSSION + len(roots)
        totals = Counter(score for *_, score in comments)
        counts = (totals[score] for score in policy.SCORES)
        title = f"Story {number}"
        shelves = self.sections[number % SHELVES], self.topics[number // SHELVES % SHELVES]
        self.add("discussions", title, f"/story/{number}/a-story/", opened, len(comments), len(roots), *counts)
        self.add("stories", title, "a-story", WORDS, f"<p>{WORDS}</p>", *shelves, "published", *[opened] * 3, number)
        places = number_trees(children, roots)
        return [
            (pk, number, parent, tree[pk], *places[pk], author, f"Point {pk}", posted, score, max(-1, min(score, 2)))
            for pk, parent, author, posted, score in comments
        ]

    def follow(
        self, comment, discussion, parent, tree, lft, rght, level, author, subject, posted, score, start, members
    ):
        """What comes of a comment: moderations with points and karma, letters, tokens, where it came from."""
        moderator, recipient = self.one_of(members), self.one_of(members)
        if author and moderator != author and self.chance.random() < 0.6:
            self.moderate(comment, author, moderator, posted)
        if self.chance.random() < 0.5:
            read = posted if self.chance.random() < 0.9 else None
            self.add("letters", recipient, f"reply:{comment}", "A reply", f"/comment/{comment}/", posted, read)
        if author is None:
            self.tables["origins"].add(comment, self.key, f"{self.chance.randrange(2_000):032x}")

    def moderate(self, comment: int, author: int, moderator: int, posted: datetime) -> None:
        line = self.add("karma_lines", author, 1, "-", posted)
        grant = self.add("grants", moderator, 1, 0, 0, "-", posted, posted + timedelta(days=3))
        moderation = self.add("moderations", comment, moderator, author, 5, 1, grant, line, 3, posted, posted)
        self.add("token_entries", moderator, "price", -1, -1, 0, posted)
        self.add("verdicts", moderation, 3, 0, True, 1, posted)
        if moderation % 3 == 0:
            self.add("acts", "hide", "comment", comment, f"#{comment}", "Spam", posted)

    # -- Copied -------------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """The pattern once more, with later numbers and times."""
        further = {name: number - self.pattern[name].start for name, number in self.newest().items()}
        days = (self.size - self.pattern["comments"].start) * WEEK.days // COMMENTS_A_WEEK
        with self.unchecked(), self.connection.cursor() as cursor:
            for name in KINDS.keys() - FORGOTTEN:
                cursor.execute(self.copying(name, further, days))
        self.size += len(self.pattern["comments"])

    def newest(self) -> Counter[str]:
        """The highest number of each kind; that of a story is also that of its discussion."""
        kinds = {name: model for name, (model, _) in KINDS.items() if model._meta.pk.name == "id"}
        found = Counter({name: model.objects.latest("pk").pk for name, model in kinds.items()})
        found["stories"] = found["discussions"] = max(found["stories"], found["discussions"])
        return found

    def copying(self, name: str, further: dict[str, int], days: int) -> str:
        model = KINDS[name][0]
        columns = {field.column: self.later(field, further, days) for field in model._meta.concrete_fields}
        table, key, rows = model._meta.db_table, model._meta.pk.column, self.pattern.get(name)
        rows = rows if model._meta.pk.name == "id" else self.pattern[NAMES[model._meta.pk.related_model]]
        names = ", ".join(f'"{one}"' for one in columns)
        return (
            f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())} FROM {table} "
            f"WHERE {key} > {rows.start} AND {key} <= {rows.stop} ORDER BY {key}"
        )

    def later(self, field, further: dict[str, int], days: int) -> str:
        """A column of a copy: keys are those of the other copies, times are so many days later."""
        column, model = f'"{field.column}"', field.model
        if isinstance(field, models.DateTimeField):
            is_sqlite = self.connection.vendor == "sqlite"
            return f"datetime({column}, '+{days} days')" if is_sqlite else f"{column} + interval '{days} days'"
        kind = NAMES.get(field.related_model) if field.is_relation else NAMES[model] if field.primary_key else None
        if kind:
            return f"{column} + {further[kind]}"
        if (model, field.name) == (Comment, "tree_id"):
            return f"{column} + {further['discussions'] * TREES_PER_DISCUSSION}"
        if model is User and field.name in ("username", "name_key"):
            return f"'m' || (id + {further['users']})"
        if (model, field.name) == (Discussion, "link"):
            return f"'/story/' || (id + {further['discussions']}) || '/a-story/'"
        return column

    def settle(self) -> None:
        """What a site has after a while: old discussions archived, numbers that go on, statistics of its tables."""
        old = self.now - policy.DISCUSSION_LIFETIME
        Discussion.objects.filter(opens_at__lt=old, status="open").update(status="archived")
        with self.connection.cursor() as cursor:
            for statement in self.connection.ops.sequence_reset_sql(no_style(), list(NAMES)):
                cursor.execute(statement)
            is_free = self.connection.vendor == "postgresql" and not self.connection.in_atomic_block
            cursor.execute("VACUUM ANALYZE" if is_free else "ANALYZE")
            if is_free:
                with suppress(DatabaseError):  # only a superuser may; else the bulk is written out meanwhile
                    cursor.execute("CHECKPOINT")

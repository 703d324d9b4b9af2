"""The ways of putting a reply into a tree that benchmarks/tree.py compares. Imported after Django is set up."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest import mock

from django.db import connection, models, transaction
from django.db.utils import Error
from django.utils import timezone
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey

from comments import tree
from comments.actions import renumber_discussion
from comments.models import Comment, Discussion


class PlainNode(MPTTModel):
    """What django-mptt's manual shows, with the columns that a comment has beside its place."""

    discussion_id = models.BigIntegerField()
    parent = TreeForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    subject = models.CharField(max_length=100)
    posted_at = models.DateTimeField()
    score = models.SmallIntegerField()
    objects = TreeManager()

    class Meta:
        app_label = "benchmarks"
        indexes = (models.Index(fields=["tree_id", "lft"], name="plain_tree_order"),)


@contextmanager
def tables_of_plain_mptt():
    with connection.schema_editor() as editor:
        editor.create_model(PlainNode)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(PlainNode)


@contextmanager
def counting_rewritten_rows():
    """The number of rows that each spreading wrote anew."""
    rows, spread = [], tree._spread

    def counting(part, *, inside, **rest):
        rows.append(inside)
        spread(part, inside=inside, **rest)

    with mock.patch.object(tree, "_spread", counting):
        yield rows


class Ours:
    """A thread of a discussion, written as the site writes it: under the discussion's lock."""

    model = Comment

    def __init__(self):
        self.discussion = Discussion.objects.create(title="A", link="/", opens_at=timezone.now())
        self.root = self.insert(None)
        self.made = [self.root.pk]

    def columns(self):
        return {
            "discussion_id": self.discussion.pk,
            "subject": "A subject",
            "posted_at": timezone.now(),
            "score": 1,
        }

    def insert(self, parent):
        with transaction.atomic():
            return Comment.objects.create(parent=parent, start_score=1, **self.columns())

    def reply(self, chance: random.Random) -> None:
        parent = self.model.objects.get(pk=chance.choice(self.made))
        self.made.append(self.insert(parent).pk)

    def fill(self, size: int, chance: random.Random) -> None:
        """Random parents; numbered by ``place_all`` at once, because writing them one by one would take too long."""
        blank = {"tree_id": self.root.tree_id, "lft": 2, "rght": 3, "level": 1}
        while len(self.made) < size:
            many = [self.fresh(chance, blank) for _ in range(min(500, len(self.made), size - len(self.made)))]
            self.made += [node.pk for node in self.model.objects.bulk_create(many)]
        self.place_all()

    def fresh(self, chance, blank):
        return Comment(parent_id=chance.choice(self.made), start_score=1, **blank, **self.columns())

    def place_all(self):
        renumber_discussion(self.discussion.pk, lambda comment: comment.pk)

    def is_wrong(self) -> bool:
        return is_wrong(Comment.objects.filter(discussion=self.discussion))


class PlainMptt(Ours):
    """django-mptt as it is: ``create(parent=...)``."""

    model = PlainNode

    def insert(self, parent):
        return PlainNode.objects.create(parent=parent, **self.columns())

    def fresh(self, chance, blank):
        return PlainNode(parent_id=chance.choice(self.made), **blank, **self.columns())

    def place_all(self):
        nodes = {node.pk: node for node in PlainNode.objects.filter(discussion_id=self.discussion.pk)}
        children: dict = {}
        for node in nodes.values():
            children.setdefault(node.parent_id, []).append(node.pk)
        number, stack = 0, [(self.root.pk, 0, True)]
        while stack:
            pk, level, opens = stack.pop()
            number += 1
            if opens:
                nodes[pk].lft, nodes[pk].level = number, level
                stack.append((pk, level, False))
                stack += [(child, level + 1, True) for child in reversed(children.get(pk, ()))]
            else:
                nodes[pk].rght = number
        PlainNode.objects.bulk_update(nodes.values(), ("lft", "rght", "level"), batch_size=200)

    def is_wrong(self) -> bool:
        return is_wrong(PlainNode.objects.filter(discussion_id=self.discussion.pk))


class LockedMptt(PlainMptt):
    """django-mptt, with a lock that is taken before the tree is read."""

    def reply(self, chance: random.Random) -> None:
        with transaction.atomic():
            Discussion.objects.select_for_update().get(pk=self.discussion.pk)
            super().reply(chance)


class Bare(PlainMptt):
    """A bare INSERT under the same lock, with no place at all: what no tree can beat."""

    def reply(self, chance: random.Random) -> None:
        with transaction.atomic():
            Discussion.objects.select_for_update(no_key=True).get(pk=self.discussion.pk)
            PlainNode.objects.bulk_create([self.fresh(chance, {"tree_id": 0, "lft": 1, "rght": 2, "level": 1})])

    def place_all(self):
        """It has no places."""


def is_wrong(nodes) -> bool:
    """Whether the numbers say anything else than the parents do."""
    open_now = []
    marks = []
    for pk, parent, lft, rght in nodes.values_list("pk", "parent_id", "lft", "rght"):
        marks += [(lft, True, pk, parent), (rght, False, pk, parent)]
    if len({mark for mark, *_ in marks}) < len(marks):
        return True
    for _, opens, pk, parent in sorted(marks):
        if opens and (open_now[-1] if open_now else None) != parent:
            return True
        if opens:
            open_now.append(pk)
        elif not open_now or open_now.pop() != pk:
            return True
    return False


def crowd(way: Ours, replies: int, writers: int) -> tuple[float, float, int, bool]:
    """(replies/s, median ms a reply, errors, whether the thread is wrong afterwards)."""
    way.fill(200, random.Random(3))
    times, errors = [], []

    def write(number: int) -> None:
        chance = random.Random(number)
        for _ in range(replies // writers):
            started = time.perf_counter()
            try:
                way.reply(chance)
                times.append(1000 * (time.perf_counter() - started))
            except Error as problem:
                errors.append(problem)
        connection.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    seconds = time.perf_counter() - started
    return len(times) / seconds, sorted(times)[len(times) // 2], len(errors), way.is_wrong()

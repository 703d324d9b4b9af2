"""check_site finds every kind of damage, mends what can be computed, and says the rest needs a person."""

import copy
import io
import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F

from comments.models import Comment, CommentText, Discussion
from forum.accounts.actions import withdraw_karma
from forum.accounts.models import KarmaChange, User
from forum.management.site import check_site
from forum.notifications.models import Notification
from forum.rulebook.actions import version_in_force
from moderation.actions import Wish, change_tokens, reconcile_grant, set_back_comment, spend_point
from moderation.models import Moderation, Moderator, PointEntry, PointGrant, TokenEntry
from stories.actions import import_raw
from stories.models import ArchivedArticle, ArchivedPlace, Story
from tests.factories import NOW, a_comment, a_discussion, a_member, a_story, an_editor
from tests.surroundings import SERVERS

pytestmark = pytest.mark.django_db
SEED = Path(__file__).resolve().parent.parent / "stories" / "seeds" / "0177069105.txt"
NOWHERE = 987_654_321
INSIGHTFUL, FUNNY = 5, 8


class Site:
    """A small site that uses everything: a live story, an archived one, moderations active and withdrawn."""

    def __init__(self):
        self.editor = an_editor()
        self.author, self.moderator = a_member(karma=30), a_member(points=5)
        self.story = a_story(editor=self.editor)
        self.first, self.second, self.third = (self.say() for _ in range(3))
        self.reply = self.say(self.first)
        self.sibling = self.say(self.first)
        self.deep = self.say(self.reply)
        self.deeper = self.say(self.deep)
        self.moderation = self.moderate(self.first)
        self.withdrawn = self.moderate(self.second)
        set_back_comment(comment=self.second, actor=self.editor, reason="A test", now=NOW)
        self.keeper = self.give_tokens(self.moderator, 5, -3, 2)
        _, imported = import_raw(
            raw=SEED.read_bytes(), encoding="utf-8", zone="America/New_York", dry_run=False, now=NOW
        )
        self.archive = ArchivedArticle.objects.get(pk=imported.pk)
        self.archived = self.archive.places.order_by("number").first().comment

    def give_tokens(self, member, *amounts):
        wishes = [Wish(member.pk, amount, TokenEntry.Kind.STAFF) for amount in amounts]
        change_tokens(wishes, version=version_in_force(NOW), now=NOW)
        return Moderator.objects.get(pk=member.pk)

    @property
    def discussion(self):
        return self.story.discussion

    def say(self, parent=None):
        return a_comment(self.discussion, author=self.author, parent=parent)

    def moderate(self, comment):
        return spend_point(comment=comment, moderator=self.moderator, reason=INSIGHTFUL, now=NOW)


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """The site is made once, in a database that takes any nonsense until the last of these tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        site = Site()
        loosen()
        yield site
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
        transaction.set_rollback(True)


@pytest.fixture
def site(built, db):
    """The site as it was made, for one test to damage."""
    yield copy.deepcopy(built)
    transaction.set_rollback(True)  # or the end of the test would find the damage, too


UNIQUE = ("one_root_per_tree", "one_moderation_per_comment")


def loosen():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            tables = [model._meta.db_table for model in (Comment, Discussion, Moderation, PointGrant, Notification)]
            drop = (
                "SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname FROM pg_constraint "
                "WHERE (contype = 'c' OR conname = 'one_notification_per_event') AND conrelid::regclass::text = ANY(%s)"
            )
            cursor.execute(drop, [tables])
            for (statement,) in cursor.fetchall():
                cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for index in UNIQUE:
            cursor.execute(f"DROP INDEX {index}")


def change(row, **columns):
    type(row)._base_manager.filter(pk=row.pk).update(**columns)


def swap(first, second, *names):
    """Let two rows exchange some columns."""
    first.refresh_from_db(), second.refresh_from_db()
    change(first, **{name: getattr(second, name) for name in names})
    change(second, **{name: getattr(first, name) for name in names})


def archived_siblings(site):
    return Comment.objects.filter(discussion=site.archive.story.discussion, parent=None).order_by("tree_id")[:2]


def brought_along(site):
    return KarmaChange.objects.filter(member=site.author, moderation=None)


def forget_reversal(site):
    KarmaChange.objects.filter(reverses=site.withdrawn.karma_change).delete()


def take_karma_back(site):
    withdraw_karma(changes=[site.moderation.karma_change], now=NOW)


def take_from_another(site):
    line = {"delta": 0, "cause": "-", "changed_at": NOW}
    KarmaChange.objects.create(member=site.editor, reverses=site.moderation.karma_change, **line)


def turn_back(site):
    KarmaChange.objects.filter(reverses__isnull=False).update(reverses=KarmaChange.objects.latest("id").pk + 1)
    KarmaChange.objects.create(member=site.author, delta=1, cause="-", changed_at=NOW)


def enter_points(site, **columns):
    PointEntry.objects.create(grant=site.moderation.grant, member=site.moderator, cause="-", entered_at=NOW, **columns)


def forget(moderation):
    Notification.objects.filter(event=f"moderation:{moderation.pk}").delete()
    moderation.delete()


# What was done to the site, the kind of problem it is; the first list can be computed anew, the second cannot.
MENDABLE = {
    "a wrong level": ("level", lambda s: change(s.deep, level=F("level") + 3)),
    "a reply outside its parent": ("nesting", lambda s: change(s.deep, lft=2**61, rght=2**61 + 1)),
    "a reply as wide as its parent": ("nesting", lambda s: swap(s.deep, s.reply, "lft", "rght")),
    "replies that overlap": ("nesting", lambda s: change(s.sibling, lft=F("lft") - 2**59)),
    "a root that closes before it opens": ("nesting", lambda s: change(s.third, lft=5, rght=4)),
    "a root beyond the end": ("nesting", lambda s: change(s.third, rght=2**62 + 5)),
    "a reply in another tree": ("tree", lambda s: change(s.deep, tree_id=F("tree_id") + 1)),
    "two roots in one tree": ("tree", lambda s: change(s.second, tree_id=Comment.objects.get(pk=s.first.pk).tree_id)),
    "a tree of no discussion": ("tree", lambda s: change(s.third, tree_id=17)),
    "a tree of another discussion": ("tree", lambda s: change(s.third, tree_id=F("tree_id") + 2**32)),
    "the last tree there could be": ("tree", lambda s: change(s.third, tree_id=(s.discussion.pk + 1) * 2**32 - 1)),
    "a counter of trees that fell behind": ("tree", lambda s: change(s.discussion, tree_count=0)),
    "threads in the wrong order": ("order", lambda s: swap(s.first, s.third, "tree_id")),
    "replies in the wrong order": ("order", lambda s: swap(s.reply, s.sibling, "lft", "rght")),
    "archived comments in the wrong order": ("order", lambda s: swap(*archived_siblings(s), "tree_id")),
    "a comment under another parent": ("nesting", lambda s: change(s.sibling, parent=s.deeper)),
    "a thread made a reply": ("tree", lambda s: change(s.third, parent=s.first, level=1)),
    "a total too high": ("total", lambda s: change(s.discussion, comment_count=F("comment_count") + 1)),
    "a total of 0": ("total", lambda s: change(s.discussion, comment_count=0, count_1=0)),
    "a total below 0": ("total", lambda s: change(s.discussion, count_5=-2)),
    "one score counted wrong": ("total", lambda s: change(s.discussion, count_minus_1=1)),
    "a comment hidden behind the totals": ("total", lambda s: change(s.third, hidden_at=NOW)),
    "a score without a reason": ("score", lambda s: change(s.reply, score=4)),
    "a moderated comment's score": ("score", lambda s: change(s.first, score=-1)),
    "a score above the highest": ("score", lambda s: change(s.reply, score=9)),
    "a score below the lowest": ("score", lambda s: change(s.reply, score=-5)),
    "a label that nobody gave": ("score", lambda s: change(s.reply, label="Funny")),
    "a label that was lost": ("score", lambda s: change(s.first, label="")),
    "a bonus that was lost": ("score", lambda s: change(s.reply, has_bonus=False)),
    "an archived comment's score": ("score", lambda s: change(s.archived, score=F("score") - 1)),
    "a moderation lost from the log": ("score", lambda s: forget(s.moderation)),
    "points too many": ("points", lambda s: change(s.moderation.grant, points_left=F("points_left") + 1)),
    "points lost": ("points", lambda s: change(s.moderation.grant, points_left=0)),
    "points below 0": ("points", lambda s: change(s.moderation.grant, points_left=-1, points_expired=4)),
    "points expired from nothing": ("points", lambda s: change(s.moderation.grant, points_expired=9)),
    "karma from nothing": ("karma", lambda s: change(s.moderator, karma=1)),
    "karma lost": ("karma", lambda s: change(s.author, karma=0)),
    "karma that was taken back": ("karma line", lambda s: brought_along(s).update(withdrawn_at=NOW)),
    "karma left of a withdrawn moderation": (
        "karma line",
        lambda s: change(s.withdrawn.karma_change, withdrawn_at=None),
    ),
    "karma taken though the moderation stands": (
        "karma line",
        lambda s: change(s.moderation.karma_change, withdrawn_at=NOW),
    ),
    "karma counting though its moderation does not": ("karma of a moderation", forget_reversal),
    "karma gone though its moderation stands": ("karma of a moderation", take_karma_back),
    "a moderation that is kept as withdrawn": (
        "withdrawal",
        lambda s: change(s.moderation, withdrawn_at=NOW, withdrawn_because="Nobody did"),
    ),
    "a withdrawn moderation that is kept as active": (
        "withdrawal",
        lambda s: change(s.withdrawn, withdrawn_at=None, withdrawn_because=""),
    ),
    "a withdrawal for another reason": ("withdrawal", lambda s: change(s.withdrawn, withdrawn_because="Another")),
    "points expired in the log alone": ("points", lambda s: enter_points(s, kind="expired", points=2)),
    "points returned in the log alone": (
        "points",
        lambda s: enter_points(s, kind="returned", points=1, moderation=s.withdrawn),
    ),
    "tokens from nothing": ("tokens", lambda s: change(s.keeper, tokens=99)),
    "a moderator that was lost": ("tokens", lambda s: Moderator.objects.filter(pk=s.keeper.pk).delete()),
    "a token entry's balance": (
        "token balance",
        lambda s: s.moderator.token_entries.filter(amount=-3).update(balance=7),
    ),
    "a token entry's amount": ("token balance", lambda s: s.moderator.token_entries.filter(amount=5).update(amount=4)),
    "a grant that is kept as later than it was": ("last grant", lambda s: change(s.keeper, granted_at=NOW)),
    "a wrong address": ("link", lambda s: change(s.discussion, link="/story/0/")),
    "a wrong title": ("title", lambda s: change(s.discussion, title="Another")),
    "an empty slug": ("slug", lambda s: change(s.story, slug="")),
    "a slug that is no address": ("slug", lambda s: change(s.story, slug="a b/c")),
}
FOR_A_PERSON = {
    "a karma line that takes back another member's": ("karma chain", take_from_another),
    "a karma line that takes back a newer one": ("karma chain", turn_back),
    "a parent that is not there": ("parent missing", lambda s: change(s.deep, parent_id=NOWHERE)),
    "a parent in another discussion": (
        "parent in another discussion",
        lambda s: change(s.deep, parent_id=s.archived.pk),
    ),
    "a circle of three": ("circle", lambda s: change(s.reply, parent_id=s.deeper.pk)),
    "a comment that answers itself": ("circle", lambda s: change(s.deep, parent_id=s.deep.pk)),
    "a comment without words": ("text missing", lambda s: CommentText.objects.filter(comment=s.deep).delete()),
    "words without a comment": (
        "comment missing",
        lambda s: CommentText.objects.create(comment_id=NOWHERE, renderer=1),
    ),
    "a comment without a discussion": ("discussion missing", lambda s: change(s.third, discussion_id=NOWHERE)),
    "a discussion without an owner": ("owner missing", lambda s: a_discussion()),
    "a draft with an open discussion": ("visibility", lambda s: change(s.story, state="draft")),
    "a published story with a hidden discussion": ("visibility", lambda s: change(s.discussion, status="hidden")),
    "a discussion that opens before its story": (
        "visibility",
        lambda s: change(s.discussion, opens_at=NOW - timedelta(days=900)),
    ),
    "a member's key of another name": ("name key", lambda s: change(s.author, name_key="somebody")),
    "an archived person's key of another name": (
        "name key",
        lambda s: change(s.archived.archived_author, name_key="somebody"),
    ),
    "a story without a discussion": ("discussion missing", lambda s: change(s.story, discussion_id=NOWHERE)),
    "an archive without a story": (
        "story missing",
        lambda s: Story.objects.filter(pk=s.archive.pk)._raw_delete("default"),
    ),
    "an archived comment without a number": (
        "archived place missing",
        lambda s: ArchivedPlace.objects.filter(comment=s.archived).delete(),
    ),
    "a place without a comment": (
        "comment missing",
        lambda s: ArchivedPlace.objects.create(comment_id=NOWHERE, article=s.archive, number=999),
    ),
    "a place in another story": (
        "place elsewhere",
        lambda s: ArchivedPlace.objects.create(comment=s.deep, article=s.archive, number=999),
    ),
    "a moderation by the author": ("own comment moderated", lambda s: change(s.first, author=s.moderator)),
    "a moderation by somebody who posted": ("player and referee", lambda s: change(s.deeper, author=s.moderator)),
    "a comment moderated twice by one": (
        "moderated twice",
        lambda s: Moderation.objects.create(
            comment=s.first,
            moderator=s.moderator,
            author=s.author,
            reason=FUNNY,
            delta=1,
            grant=s.moderation.grant,
            moderated_at=NOW,
        ),
    ),
    "a moderation for a reason that is none": ("reason", lambda s: change(s.moderation, reason=99)),
    "a moderation of somebody else's": ("author of the moderated", lambda s: change(s.moderation, author=s.editor)),
    "a point of somebody else": ("points of another", lambda s: change(s.moderation.grant, member=s.author)),
    "more points spent than granted": (
        "points",
        lambda s: change(s.moderation.grant, points_granted=1, points_left=0),
    ),
    "a notification of a reply that is not there": ("subject missing", lambda s: tell(s, f"reply:{NOWHERE}")),
    "a notification of no moderation": ("subject missing", lambda s: tell(s, "moderation:abc")),
}


def tell(site, event):
    Notification.objects.create(recipient=site.author, event=event, line="-", link="/", created_at=NOW)


def kinds(findings):
    return {finding.problem.kind for finding in findings}


def found(*, repair=False):
    return list(check_site(is_repairing=repair))


def reading_order(discussion):
    rows = Comment.objects.filter(discussion=discussion).order_by("tree_id", "lft")
    return list(rows.values_list("pk", "parent_id", "level"))


# -- Found and mended ----------------------------------------------------------------------------------------------


def test_a_sound_site_has_no_problem(site):
    assert not found()


@pytest.mark.parametrize("damage", MENDABLE)
def test_damage_that_can_be_computed_is_found_and_mended(site, damage):
    kind, plant = MENDABLE[damage]
    plant(site)
    assert kind in kinds(found())
    assert all(finding.is_repaired for finding in found(repair=True))
    assert not found()


@pytest.mark.parametrize("damage", FOR_A_PERSON)
def test_damage_that_only_a_person_can_judge_is_reported_and_left(site, damage):
    kind, plant = FOR_A_PERSON[damage]
    plant(site)
    assert kind in kinds(found())
    left = [finding for finding in found(repair=True) if not finding.is_repaired]
    assert kind in kinds(left)
    assert kinds(found()) == kinds(left)


@pytest.mark.lane(SERVERS)
def test_an_event_told_twice_is_found(site):
    tell(site, f"reply:{site.deep.pk}")
    tell(site, f"reply:{site.deep.pk}")
    assert kinds(found()) == {"told again"}


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_numbers_are_the_parents_give_the_same_trees_again(site, seed):
    dice = random.Random(seed)
    discussions = (site.discussion, site.archive.story.discussion)
    before = [reading_order(one) for one in discussions]
    for comment in Comment.objects.all():
        change(comment, lft=dice.randrange(2**62), rght=dice.randrange(2**62), level=dice.randrange(9))
        change(comment, tree_id=dice.choice([comment.tree_id, dice.randrange(2**40)]))
    assert all(finding.is_repaired for finding in found(repair=True))
    assert [reading_order(one) for one in discussions] == before


def test_a_circle_does_not_keep_the_rest_from_being_mended(site):
    change(site.reply, parent_id=site.deeper.pk)
    change(site.sibling, level=7)
    left = [finding for finding in found(repair=True) if not finding.is_repaired]
    assert kinds(left) == {"circle"}
    assert len(left) == 3
    assert Comment.objects.get(pk=site.sibling.pk).level == 1


def test_after_the_mending_people_can_reply_and_moderate(site):
    change(site.discussion, tree_count=0, comment_count=0, count_1=0)
    change(site.reply, lft=2**61, rght=2**61 + 1)
    found(repair=True)
    site.say(), site.say(site.reply), site.say(site.sibling)
    site.moderate(site.third)
    assert not found()


def test_everything_at_once_is_mended_at_once(site):
    for _, plant in MENDABLE.values():
        plant(site)
    assert all(finding.is_repaired for finding in found(repair=True))
    assert not found()


def test_looking_changes_nothing(site):
    change(site.reply, level=7, score=4)
    found()
    assert Comment.objects.get(pk=site.reply.pk).level == 7


def test_a_grant_spent_beyond_what_was_given_is_not_touched(site):
    change(site.moderation.grant, points_granted=1, points_left=0)
    assert not reconcile_grant(site.moderation.grant_id)


# -- The command ---------------------------------------------------------------------------------------------------


def run(*arguments):
    """(exit status, what it printed)"""
    out = io.StringIO()
    try:
        call_command("check_site", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_a_sound_site_ends_with_status_0(site):
    status, words = run()
    assert status == 0
    assert words.startswith("Checked 2 discussions, 19 comments, 3 members: 0 problems found")


def test_damage_ends_with_status_1_and_a_line_for_each(site):
    change(site.deep, level=7)
    status, words = run()
    assert status == 1
    assert words.splitlines()[0] == f"comment {site.deep.pk}: level: found 7, expected 2 (can be repaired)"


def test_repaired_damage_ends_with_status_0(site):
    change(site.deep, level=7)
    status, words = run("--repair")
    assert status == 0
    assert words.splitlines()[0].endswith("(repaired)")
    assert words.splitlines()[-1].endswith("1 problems found, 1 repaired, 0 left.")


def test_what_needs_a_person_ends_with_status_1_even_after_repair(site):
    change(site.deep, level=7, parent_id=NOWHERE)
    status, words = run("--repair")
    assert status == 1
    assert "parent missing" in words
    assert "needs a person" in words


def test_json_is_one_object_and_nothing_else(site, capsys):
    change(site.deep, level=7)
    status, words = run("--json")
    report = json.loads(words)
    assert (status, report["is_clean"], report["left"]) == (1, False, 1)
    assert report["problems"] == [
        {
            "kind": "level",
            "where": f"comment {site.deep.pk}",
            "found": "7",
            "expected": "2",
            "is_derived": True,
            "is_repaired": False,
        }
    ]
    assert capsys.readouterr() == ("", "")


def test_a_long_absence_of_the_jobs_is_no_damage(site):
    PointGrant.objects.update(granted_at=NOW - timedelta(days=9), expires_at=NOW - timedelta(days=6))
    assert not found()


def test_the_checks_do_not_grow_with_the_comments(site, django_assert_max_num_queries):
    for _ in range(20):
        site.say(site.deep)
    with django_assert_max_num_queries(70):
        found()
    assert User.objects.count() == 3

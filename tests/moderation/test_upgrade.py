"""A database of an older version, in which the log was only columns, comes out as a log that explains every number."""

import json
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from comments.models import Comment
from forum.accounts.models import KarmaChange, StaffAct, User
from forum.presets import DAILY
from forum.rulebook.models import PolicyVersion
from moderation.actions import undo_set_back
from moderation.models import Moderation, PointEntry, PointGrant, Reversal
from tests.factories import NOW, an_editor

write_the_log = import_module("moderation.migrations.0004_log_of_what_was").write_the_log
POSTED = "The moderator posted in the discussion."
OLD = [("moderation", "0001_initial"), ("comments", "0001_initial"), ("accounts", "0002_cache_table")]
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def old_apps():
    """The tables as older versions had them; migrated to the newest again whatever happens."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    migrate_to([*OLD, ("rulebook", None)])
    yield MigrationExecutor(connection).loader.project_state(OLD).apps
    migrate_to(newest)


def migrate_to(targets):
    MigrationExecutor(connection).migrate(targets)


def replayed():
    out = StringIO()
    with suppress(SystemExit):
        call_command("replay", "--json", stdout=out)
    return json.loads(out.getvalue())


class OldSite:
    """Two comments of one author; of four moderations one was withdrawn by posting and one set back by staff."""

    def __init__(self, apps):
        self.apps = apps
        User = apps.get_model("accounts", "User")
        names = ("Author", "Moderator", "Editor")
        self.author, self.moderator, self.editor = (
            User.objects.create(username=name, name_key=name.lower(), email=f"{name}@example.org") for name in names
        )
        discussion = apps.get_model("comments", "Discussion").objects.create(title="-", link="/", opens_at=NOW)
        self.comments = [self.comment(discussion, tree, score) for tree, score in ((1, 2), (2, 1), (3, 1))]
        apps.get_model("comments", "Discussion").objects.update(comment_count=3, count_1=2, count_2=1)
        self.grant = self.granted(points_granted=5, points_left=0, points_expired=2, granted_on=NOW.date())
        self.standing = self.moderate(self.comments[0])
        self.posted = self.moderate(self.comments[1], LATER, POSTED)
        self.set_back = self.moderate(self.comments[2], LATER, "Set back by staff. Unfair")
        self.record("set back", "comment", self.comments[2].pk, LATER)
        User.objects.filter(pk=self.author.pk).update(karma=1)

    def comment(self, discussion, tree, score):
        place = {"tree_id": discussion.pk * 2**32 + tree, "lft": 1, "rght": 2, "level": 0}
        return self.apps.get_model("comments", "Comment").objects.create(
            discussion=discussion,
            author=self.author,
            subject="-",
            posted_at=NOW,
            score=score,
            start_score=1,
            label="Insightful" if score > 1 else "",
            **place,
        )

    def granted(self, **columns):
        times = {"granted_at": NOW, "expires_at": NOW + timedelta(days=3)}
        Grant = self.apps.get_model("moderation", "PointGrant")
        return Grant.objects.create(member=self.moderator, cause="Daily grant", **times, **columns)

    def moderate(self, comment, withdrawn_at=None, because=""):
        line = self.apps.get_model("accounts", "KarmaChange").objects.create(
            member=self.author, delta=1, cause="-", changed_at=NOW, withdrawn_at=withdrawn_at
        )
        return self.apps.get_model("moderation", "Moderation").objects.create(
            comment=comment,
            moderator=self.moderator,
            author=self.author,
            reason=5,
            delta=1,
            grant=self.grant,
            karma_change=line,
            moderated_at=NOW,
            withdrawn_at=withdrawn_at,
            withdrawn_because=because,
        )

    def record(self, verb, target_kind, target_id, acted_at):
        target = {"target_kind": target_kind, "target_id": target_id, "target_name": "-"}
        self.apps.get_model("accounts", "StaffAct").objects.create(
            actor=self.editor, verb=verb, reason="Unfair", acted_at=acted_at, **target
        )


@pytest.mark.django_db(transaction=True)
def test_an_older_database_comes_out_with_a_log_that_explains_every_number(old_apps):
    OldSite(old_apps)
    migrate_to(MigrationExecutor(connection).loader.graph.leaf_nodes())
    report = replayed()
    assert (report["total"], report["checked"]["moderations"]) == (0, 3), report["differences"]
    assert Reversal.objects.count() == KarmaChange.objects.exclude(reverses=None).count() == 2
    assert PolicyVersion.objects.get().policy.grant_mode == DAILY


@pytest.fixture
def site(db):
    """The rows of an older version in the tables of today, and the log written."""
    site = OldSite(apps)
    write_the_log(apps, None)
    return site


def test_withdrawals_are_told_by_their_causes(site):
    kinds = Moderation.objects.order_by("pk").values_list("reversals__kind", "reversals__cause")
    assert list(kinds) == [(None, None), ("posted", POSTED), ("staff", "Set back by staff. Unfair")]
    assert replayed()["total"] == 0


def test_daily_grants_and_the_points_that_expired_are_told(site):
    entry = PointEntry.objects.get()
    assert (entry.kind, entry.points, entry.grant_id) == ("expired", 2, site.grant.pk)
    assert PointGrant.objects.get().kind == PointGrant.Kind.DAILY


def test_what_was_made_before_keeps_the_policy_it_was_made_under(site):
    version = PolicyVersion.objects.get()
    policy = version.policy
    assert (version.number, policy.grant_mode, policy.pair_cap, policy.metamoderation) == (1, DAILY, 0, False)
    assert (policy.undo_within, policy.point_lifetime) == (timedelta(0), timedelta(days=3))
    for model in (Comment, KarmaChange, StaffAct, Moderation, PointGrant):
        assert set(model.objects.values_list("policy", flat=True)) == {1}


def test_points_that_staff_removed_are_told_from_those_that_expired(db):
    site = OldSite(apps)
    site.record("remove points", "member", site.moderator.pk, LATER)
    write_the_log(apps, None)
    entry = PointEntry.objects.get()
    assert (entry.kind, entry.cause, entry.entered_at) == ("removed", "Removed by staff. Unfair", LATER)
    assert replayed()["total"] == 0


def test_an_old_act_of_staff_can_be_undone_after_the_upgrade(site):
    assert undo_set_back(act=StaffAct.objects.get(verb="set back"), actor=an_editor(), reason="Fair", now=LATER)
    assert Comment.objects.order_by("pk").last().score == 2
    assert User.objects.get(username="Author").karma == 2
    assert replayed()["total"] == 0


def test_writing_the_log_again_adds_nothing(site):
    write_the_log(apps, None)
    assert (Reversal.objects.count(), PointEntry.objects.count(), KarmaChange.objects.count()) == (2, 1, 5)


def test_a_new_site_adopts_no_policy_of_the_past(db):
    write_the_log(apps, None)
    assert not PolicyVersion.objects.exists()

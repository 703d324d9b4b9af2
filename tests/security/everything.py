"""A site where there is one of everything: people of each role, comments in each state, a row of each kind.

What a state hides carries a word of its own (``canary``), so that a test can look for it on every page.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from comments.actions import edit_comment, prepare_words, save_draft, set_discussion_status
from comments.actions import hide_comment as take_off
from comments.models import Comment, Discussion
from comments.rules import Typed
from forum.accounts.actions import ban_member, relate
from forum.accounts.models import ArchivedPerson, User
from forum.jobs.models import JobRun
from forum.presets import SLASHDOT
from forum.rulebook.actions import version_in_force
from moderation.actions import erase_comment, file_appeal, flag_comment, propose_mass_act, spend_point, undo_moderation
from moderation.models import (
    Appeal,
    BulkAct,
    EconomyRun,
    Held,
    MetaSitting,
    MetaVote,
    Moderation,
    Moderator,
    PointEntry,
    TokenEntry,
    Verdict,
)
from stories.actions import hide_story
from stories.models import Story
from tests.factories import NOW, UNLIMITED, a_comment, a_member, a_policy, a_story, an_editor, staff_of

ROLES = ("visitor", "banned", "member", "author", "moderator", "clerk", "editor", "superuser")
STAFF = {"clerk", "editor", "superuser"}
# Of a comment and of where it stands; the first four stand in a discussion that is open.
STATES = ("shown", "answered", "hidden", "erased", "locked", "archived", "withdrawn", "draft", "scheduled")
OUT_OF_SIGHT = ("hidden", "erased", "withdrawn", "draft", "scheduled")
INSIGHTFUL, TROLL = 5, 3
NAMES = {"banned": "Bert", "member": "Mary", "author": "Ann"}


CANARY = re.compile(r"qanary([a-z]+?)(subject|words|title|intro|dept|appeal|typed)", re.IGNORECASE)


def canary(state: str, kind: str = "words") -> str:
    """A word that stands nowhere but in what is in this state."""
    return f"Qanary{state}{kind}"


def every_canary(text: str) -> set[str]:
    """Those in a text, as "state kind"; an address has them in small letters."""
    return {f"{state} {kind}".lower() for state, kind in CANARY.findall(text)}


@dataclass
class Everything:
    """``people`` by role, ``comments`` and ``stories`` by state, ``moderations`` of shown comments."""

    people: dict[str, User | None]
    stories: dict[str, Story] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)

    def client(self, role: str, **how) -> Client:
        client = Client(raise_request_exception=False, **how)
        if self.people[role]:
            client.force_login(self.people[role], backend="django.contrib.auth.backends.ModelBackend")
        return client

    def row_of(self, model):
        """One row of this kind: where it can, one that the author's shown comment is about."""
        if model is Comment:
            return self.comments["shown"]
        if model is Story:
            return self.stories["open"]
        if model is Discussion:
            return self.stories["open"].discussion
        if model is User:
            return self.people["author"]
        return model._default_manager.order_by("pk").first()


def make_everything() -> Everything:
    a_policy(SLASHDOT, **UNLIMITED)
    people = make_people()
    made = Everything(people)
    editor, author = people["superuser"], people["author"]
    for place in ("open", "locked", "archived", "withdrawn", "draft", "scheduled"):
        made.stories[place] = a_story(
            f"Title {canary(place, 'title')}",
            editor=editor,
            intro=f"<p>{canary(place, 'intro')}</p>",
            dept=canary(place, "dept"),
        )
    for state in STATES:
        story = made.stories.get(state) or made.stories["open"]
        made.comments[state] = a_comment(
            story.discussion, author=author, subject=canary(state, "subject"), body=canary(state)
        )
    for state in ("answered", "hidden", "erased"):
        words = prepare_words(subject=canary(state, "subject"), body=f"{canary(state)} once more", markup="plain")
        edit_comment(comment=made.comments[state], author=author, words=words, seen=0, now=NOW)
    moderate(made)
    put_in_states(made)
    make_records(made)
    return made


def make_people() -> dict[str, User | None]:
    people: dict[str, User | None] = {"visitor": None}
    for role in ("banned", "member", "author"):
        people[role] = a_member(NAMES[role], karma=10)
    people["moderator"] = a_member("Molly", karma=10, points=5)
    people["clerk"] = staff_of(name="Clerk")
    people["clerk"].user_permissions.set(Permission.objects.filter(codename="view_comment"))
    people["editor"] = staff_of("Editors", name="Eddy")
    people["superuser"] = an_editor("Susan")
    for member in filter(None, people.values()):
        EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
    a_comment(author=people["banned"], subject="Flood", body="Buy this.")
    ban_member(member=people["banned"], actor=people["superuser"], reason="Floods", now=NOW)
    relate(member=people["member"], other=people["author"], kind="friend", now=NOW)
    return people


def moderate(made: Everything) -> None:
    """A moderation that its moderator may still take back, one that was taken back, a flag, an answer."""
    people = made.people
    kept = spend_point(comment=made.comments["shown"], moderator=people["moderator"], reason=INSIGHTFUL, now=NOW)
    spend_point(comment=made.comments["locked"], moderator=people["moderator"], reason=INSIGHTFUL, now=NOW)
    gone = spend_point(comment=made.comments["answered"], moderator=people["moderator"], reason=TROLL, now=NOW)
    undo_moderation(moderation=gone, moderator=people["moderator"], now=NOW)
    for state in ("hidden", "shown"):
        flag_comment(comment=made.comments[state], member=people["member"], kind="spam", words="Look", now=NOW)
    a_comment(parent=made.comments["answered"], author=people["member"], subject="An answer", body="An answer.")
    assert kept.withdrawn_at is None
    typed = Typed(subject=canary("draft", "typed"), body=canary("draft", "typed"), markup="plain")
    save_draft(member=people["author"], discussion=made.stories["open"].discussion, parent=None, typed=typed, now=NOW)


def put_in_states(made: Everything) -> None:
    people, tomorrow = made.people, NOW + timedelta(days=1)
    staff, why = people["editor"], "Against the rules"
    act = take_off(comment=made.comments["hidden"], actor=staff, reason=why, now=NOW)
    file_appeal(act=act, appellant=people["author"], words=canary("hidden", "appeal"), now=NOW)
    erase_comment(comment=made.comments["erased"], actor=people["superuser"], reason=why, now=NOW)
    for state in ("locked", "archived"):
        discussion = made.stories[state].discussion
        set_discussion_status(discussion=discussion, status=state, actor=staff, reason=why, now=NOW)
    hide_story(story=made.stories["withdrawn"], editor=staff, reason=why, now=NOW)
    # No comment can be posted into these, so the stories go back to where they were before they were published.
    draft, scheduled = made.stories["draft"], made.stories["scheduled"]
    Story.objects.filter(pk=draft.pk).update(state=Story.State.DRAFT, published_at=None)
    Discussion.objects.filter(pk=draft.discussion_id).update(status=Discussion.Status.HIDDEN)
    Story.objects.filter(pk=scheduled.pk).update(state=Story.State.SCHEDULED, published_at=tomorrow)
    Discussion.objects.filter(pk=scheduled.discussion_id).update(opens_at=tomorrow)
    for table in (made.stories, made.comments):
        for row in table.values():
            row.refresh_from_db()


def make_records(made: Everything) -> None:
    """One row of each kind that the admin lists and nothing above made."""
    people, version = made.people, version_in_force(NOW)
    judged = Moderation.objects.get(comment=made.comments["locked"])
    member = people["moderator"]
    propose_mass_act(
        kind=BulkAct.Kind.HIDE_NEWEST, target=people["banned"], most=1, actor=people["editor"], reason="Flood", now=NOW
    )
    Moderator.objects.get_or_create(member=member)
    run = EconomyRun.objects.create(slot=NOW, policy=version, ran_at=NOW)
    TokenEntry.objects.create(member=member, kind="drawn", amount=1, asked=1, balance=1, run=run, entered_at=NOW)
    Held.objects.create(
        discussion=made.stories["open"].discussion,
        author=people["member"],
        subject="An offer",
        source="Buy this.",
        markup="plain",
        html="<p>Buy this.</p>",
        spam=1,
        held_at=NOW,
    )
    sitting = MetaSitting.objects.create(member=people["member"], policy=version, drawn_at=NOW)
    MetaVote.objects.create(sitting=sitting, member=people["member"], moderation=judged, place=1)
    Verdict.objects.create(
        moderation=judged, fair_votes=1, unfair_votes=0, is_fair=True, policy=version, settled_at=NOW
    )
    waiting = canary("hidden", "typed")
    Held.objects.create(
        **{"discussion": made.stories["open"].discussion, "author": people["member"], "subject": waiting},
        **{"source": waiting, "markup": "plain", "html": f"<p>{waiting}</p>", "spam": 0.99, "held_at": NOW},
    )
    JobRun.objects.create(name="moderation.tasks.run_economy")
    UserSession.objects.create(user=people["author"], ip="203.0.113.9", session_key="the-authors-other-browser")
    ArchivedPerson.objects.create(source="slashdot.org", number=1, name="Old Timer", name_key="oldtimer")
    LogEntry.objects.create(
        user=people["superuser"], action_flag=CHANGE, object_repr="Group", object_id="1", change_message=""
    )
    assert Appeal.objects.exists()
    assert PointEntry.objects.exists()


def admin_models() -> list:
    """Every kind of row that the admin lists."""
    from django.contrib import admin

    registered = set(admin.site._registry)
    return [model for model in apps.get_models() if model in registered]

"""People and things for tests, in English, made through the real actions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import altcha
from django.contrib.auth.models import Group
from django.db import transaction

from comments import actions
from comments.actions import Words, lock_discussion, prepare_words
from comments.models import Comment, Discussion
from forum import text
from forum.accounts.actions import Refused, change_karma, new_challenge
from forum.accounts.models import User
from forum.presets import SOYLENTNEWS, Policy
from forum.rulebook.actions import adopt_policy, version_in_force
from forum.rulebook.models import PolicyVersion
from moderation.actions import record_read
from moderation.models import PointGrant
from stories.actions import publish_story, write_story
from stories.models import Section, Story, Topic

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
number = count(1)


def a_member(name=None, *, karma=0, points=0, now=NOW, **fields) -> User:
    """A member with this karma (by one line of the log) and this many mod points."""
    name = name or f"Member {next(number)}"
    fields = {"joined_at": now - timedelta(days=90), "email": f"{name.replace(' ', '-').lower()}@example.org"} | fields
    member = User.objects.create_user(name, password="correct horse battery", **fields)
    if karma:
        change_karma(member=member, delta=karma, cause="Brought along", now=now)
        member.refresh_from_db()
    if points:
        some_points(member, points, now=now)
    return member


def an_editor(name=None, **fields) -> User:
    return a_member(name, is_staff=True, is_superuser=True, **fields)


def staff_of(*groups, name=None, **fields) -> User:
    """Somebody who may use the admin with no more rights than these groups have."""
    member = a_member(name, is_staff=True, **fields)
    member.groups.set(Group.objects.filter(name__in=groups))
    return member


ANY_PACE = dict.fromkeys(("post_gap", "post_gap_low", "post_gap_anonymous", "form_wait", "pair_gap"), timedelta(0))
ANY_PACE |= {"thread_anonymous": 0}
UNLIMITED = dict.fromkeys(("posts_low", "posts_middle", "posts_high", "posts_anonymous"), 0)  # as much as one wants
UNLIMITED |= ANY_PACE | {"brake_member": 0, "brake_network": 0}


def a_policy(numbers: Policy = SOYLENTNEWS, *, now=NOW, **changed) -> PolicyVersion:
    """Put this policy into force, with some of its numbers changed."""
    wanted = replace(numbers, **changed)
    return adopt_policy(policy=wanted, after=version_in_force(now), reason="For a test", now=now)


def a_solution(*, now=NOW, tries=4) -> str:
    """What comes with a comment from a device that has solved a challenge of this site."""
    challenge = altcha.Challenge.from_dict(new_challenge(tries=tries, now=now))
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()


def some_points(member, points=5, *, now=NOW, lifetime=timedelta(days=3)) -> PointGrant:
    return PointGrant.objects.create(
        member=member,
        points_granted=points,
        points_left=points,
        cause="For a test",
        granted_at=now,
        expires_at=now + lifetime,
    )


def some_reads(member, pages=3, *, now=NOW) -> None:
    """Pages of discussions that a member opened in this hour."""
    for _ in range(pages):
        record_read(member=member, now=now)


def a_discussion(title="What do you think?", *, now=NOW, status=Discussion.Status.OPEN) -> Discussion:
    return Discussion.objects.create(title=title, link="/", opens_at=now - timedelta(hours=1), status=status)


def a_comment(
    discussion=None,
    *,
    author=None,
    parent=None,
    subject="A subject",
    body="Some words.",
    markup="plain",
    now=NOW,
    form_key=None,
    **where,
) -> Comment:
    """A comment posted as people post; without an author by an Anonymous Coward."""
    discussion = discussion or (parent.discussion if parent else a_discussion(now=now))
    words = words_of(subject, body, markup)
    return post_comment(
        discussion=discussion, author=author, parent=parent, words=words, form_key=form_key, now=now, **where
    )


def words_of(subject: str, body: str, markup: str) -> Words:
    """What somebody says. Pages also show what no form takes: it came with an archive, or before there were filters."""
    try:
        return prepare_words(subject=subject, body=body, markup=markup)
    except Refused:
        return Words(subject, body, markup, text.render(body, markup))


@transaction.atomic
def post_comment(*, discussion, now, at_pace=False, **said) -> Comment:
    """As people post, but for the moderations of the poster's own that are withdrawn where that happens.

    In a test everybody posts at one moment, so nobody waits unless ``at_pace`` says so.
    """
    discussion, version = lock_discussion(discussion.pk), version_in_force(now)
    if not at_pace:
        version.policy = replace(version.policy, **ANY_PACE)
    return actions.post_comment(discussion=discussion, version=version, now=now, **said)


def a_story(title="A story about something", *, comments=0, now=NOW, editor=None, **words) -> Story:
    """A published story; every third of its comments begins a thread, the others answer one before them."""
    section, _ = Section.objects.get_or_create(slug="main", defaults={"name": "Main"})
    topic, _ = Topic.objects.get_or_create(slug="news", defaults={"name": "News", "icon": "Ne"})
    words = {"title": title, "intro": "What happened.", "markup": "html", "section": section, "topic": topic} | words
    editor = editor or an_editor()
    story = write_story(editor=editor, now=now - timedelta(hours=1), **words)
    publish_story(story=story, editor=editor, now=now - timedelta(hours=1))
    story.refresh_from_db()
    posted: list[Comment] = []
    for place in range(comments):
        parent = posted[(place * 7) % len(posted)] if place % 3 else None
        posted.append(a_comment(story.discussion, author=None, parent=parent, subject=f"Comment {place}", now=now))
    return story

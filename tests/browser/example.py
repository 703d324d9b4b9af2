"""The community on the pictures of docs/screenshots: example.yaml said by real actions, at times that never change."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from comments.actions import hide_comment
from comments.models import Comment
from forum import policy
from forum.accounts.models import User
from forum.notifications.actions import mark_read
from moderation.actions import spend_point
from stories.actions import import_raw, publish_story, schedule_story, write_story
from stories.models import Section, Story, Topic
from tests.factories import a_comment, a_member, an_editor, some_points

NOW = datetime(2026, 5, 4, 15, 20, tzinfo=UTC)
SEED = Path(__file__).parents[2] / "stories" / "seeds" / "0177069105.txt"
EXAMPLE = Path(__file__).with_name("example.yaml")
REASONS = {reason.name: number for number, reason in policy.REASONS.items()}


def make_example() -> None:
    """Fill an empty database: stories of some days, a long discussion, an archive, an inbox, a queue of drafts."""
    example = yaml.safe_load(EXAMPLE.read_text())
    import_raw(raw=SEED.read_bytes(), encoding="utf-8", zone="America/New_York", dry_run=False, now=NOW)
    editor = an_editor("Edith", now=NOW)
    members = {name: a_member(name, karma=karma, now=NOW) for name, karma in example["members"].items()}
    for place, name in enumerate(example["sections"]):
        Section.objects.create(name=name, slug=name.lower(), position=place)
    for name, icon in example["topics"].items():
        Topic.objects.create(name=name, slug=name.lower().replace(" ", "-"), icon=icon)
    for words in reversed(example["stories"]):
        story = publish(words, editor)
        discuss(story, words["threads"], members, editor)
    fill_the_desk(example["drafts"], editor)
    some_points(members["Robin"], now=NOW)
    read_all_but(4, members["Robin"])


def write(words: dict, editor: User, at: datetime) -> Story:
    shelves = {"section": Section.objects.get(name=words["section"]), "topic": Topic.objects.get(name=words["topic"])}
    kept = {name: words[name] for name in ("title", "dept", "source_domain", "intro", "body") if name in words}
    return write_story(editor=editor, now=at, markup="html", **shelves, **kept)


def publish(words: dict, editor: User) -> Story:
    at = NOW - timedelta(hours=words["hours_ago"])
    story = write(words, editor, at)
    publish_story(story=story, editor=editor, now=at)
    story.refresh_from_db()
    return story


def discuss(story: Story, threads: list, members: dict, editor: User) -> None:
    """Say it all in reading order, some minutes after one another; then staff look through it."""
    at, removed = story.published_at, []
    waiting = [(None, one) for one in reversed(threads)]
    while waiting:
        parent, words = waiting.pop()
        at += timedelta(minutes=7 + len(words["says"]) % 11)
        comment = say(story, members.get(words.get("by")), parent, words, at)
        moderate(comment, words.get("moderated", ""), at + timedelta(minutes=3))
        removed += [(comment, words["removed"])] if "removed" in words else []
        waiting += [(comment, one) for one in reversed(words.get("replies", []))]
    for comment, reason in removed:
        hide_comment(comment=comment, actor=editor, reason=reason, now=at)


def say(story: Story, author: User | None, parent: Comment | None, words: dict, at: datetime) -> Comment:
    subject = words.get("subject") or f"Re: {parent.subject.removeprefix('Re: ')}"
    where = {"discussion": story.discussion, "parent": parent}
    return a_comment(author=author, subject=subject, body=words["says"], markup="markdown", now=at, **where)


def moderate(comment: Comment, reasons: str, at: datetime) -> None:
    """Give these reasons, each by another reader."""
    for place, reason in enumerate(reasons.split()):
        name = f"reader-{place}"
        moderator = User.objects.filter(username=name).first() or a_member(name, points=90, now=NOW)
        spend_point(comment=comment, moderator=moderator, reason=REASONS[reason], now=at)


def fill_the_desk(drafts: list[dict], editor: User) -> None:
    shelves = {"section": "Main", "topic": "Open Source", "intro": "<p>Soon.</p>"}
    first, *_ = [write(words | shelves, editor, NOW) for words in drafts]
    schedule_story(story=first, editor=editor, at=NOW + timedelta(hours=14), now=NOW)


def read_all_but(count: int, member: User) -> None:
    older = member.notifications.order_by("-created_at", "-pk").values_list("pk", flat=True)[count:]
    mark_read(member=member, ids=list(older), now=NOW)

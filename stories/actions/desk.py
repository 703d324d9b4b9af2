"""The editors' desk: a story from the first draft to the archive."""

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from comments.actions import set_discussion_status
from comments.models import Discussion
from forum import text
from forum.accounts.actions import Refused, record_staff_act
from forum.accounts.models import StaffAct, User
from stories.models import Story

STATE = Story.State
MOVES = {  # what is done to a story: the states in which it can be done
    "publish": (STATE.DRAFT, STATE.SCHEDULED),
    "schedule": (STATE.DRAFT, STATE.SCHEDULED),
    "archive": (STATE.SCHEDULED, STATE.PUBLISHED),
    "hide": (STATE.DRAFT, STATE.SCHEDULED, STATE.PUBLISHED, STATE.ARCHIVED),
    "restore": (STATE.HIDDEN,),
}
WORDS = ("title", "intro", "body", "markup", "dept", "source_domain", "topic", "section")


def render_words(story: Story) -> None:
    """Render intro and body once, when they are written. Raises Refused with words for the editor."""
    try:
        story.intro_html = text.render_story(story.intro, story.markup)
        story.body_html = text.render_story(story.body, story.markup) if story.body.strip() else ""
    except text.TextRefused as problem:
        raise Refused(str(problem)) from problem


@transaction.atomic
def write_story(*, editor: User, now: datetime, **words) -> Story:
    """Begin a draft with its discussion; nobody but staff sees either. ``words``: the fields named in WORDS."""
    story = Story(editor=editor, created_at=now, changed_at=now, **words)
    render_words(story)
    story.slug = slugify(story.title)[:80].strip("-") or "story"
    story.discussion = Discussion.objects.create(
        title=story.title, link="/", opens_at=now, status=Discussion.Status.HIDDEN
    )
    story.save(force_insert=True)
    _link_discussion(story)
    record_staff_act(actor=editor, verb="write story", target=story, now=now)
    return story


def _link_discussion(story: Story) -> None:
    Discussion.objects.filter(pk=story.discussion_id).update(title=story.title, link=story.get_absolute_url())


@transaction.atomic
def edit_story(*, story: Story, editor: User, now: datetime, **words) -> Story:
    """Change a story's words; its address stays as it was, so that links keep working."""
    before = story.title
    for name, value in words.items():
        setattr(story, name, value)
    render_words(story)
    story.changed_at = now
    story.save(update_fields=[*words, "intro_html", "body_html", "changed_at"])
    _link_discussion(story)
    record_staff_act(actor=editor, verb="edit story", target=story, before=before, after=story.title, now=now)
    return story


@transaction.atomic
def publish_story(*, story: Story, editor: User, now: datetime) -> None:
    """Show a story to readers from now on, and open its discussion. Raises Refused unless a draft or scheduled."""
    _set_state(story, Story.State.PUBLISHED, editor, "publish", now, published_at=now)
    _open_discussion(story, opens_at=now, now=now)


@transaction.atomic
def schedule_story(*, story: Story, editor: User, at: datetime, now: datetime) -> None:
    """Show a story from a later time on. Raises Refused if that time has passed."""
    if at <= now:
        raise Refused("A story can only be scheduled for a time that is still to come.")
    _set_state(story, Story.State.SCHEDULED, editor, "schedule", now, published_at=at)
    _open_discussion(story, opens_at=at, now=now)


@transaction.atomic
def hide_story(*, story: Story, editor: User, reason: str, now: datetime) -> None:
    """Take a story and its discussion off the site; nothing is deleted."""
    _set_state(story, Story.State.HIDDEN, editor, "hide", now, reason=reason)
    set_discussion_status(
        discussion=story.discussion, status=Discussion.Status.HIDDEN, actor=editor, reason=reason, now=now
    )


@transaction.atomic
def restore_story(*, story: Story, editor: User, reason: str, now: datetime) -> None:
    """Put a hidden story and its discussion back as they were; one that readers never saw becomes a draft."""
    state = _state_before_hiding(story)
    _set_state(story, state, editor, "restore", now, reason=reason)
    if state != Story.State.DRAFT:
        # A discussion that was locked or archived before must not open again by the way.
        hidden = _last_hiding(story.discussion, verb="set discussion")
        status = hidden.before if hidden else Discussion.Status.OPEN
        set_discussion_status(discussion=story.discussion, status=status, actor=editor, reason=reason, now=now)


def _state_before_hiding(story: Story) -> str:
    hidden = _last_hiding(story, verb="hide story")
    if hidden is None or hidden.before == Story.State.DRAFT:
        return Story.State.DRAFT
    if hidden.before == Story.State.SCHEDULED:  # the timetable may not have marked it before it was hidden
        was_seen = story.published_at <= hidden.acted_at
        return Story.State.PUBLISHED if was_seen else Story.State.DRAFT
    return hidden.before


def _last_hiding(target: Story | Discussion, *, verb: str) -> StaffAct | None:
    return StaffAct.objects.on(target).filter(verb=verb, after="hidden").order_by("-id").first()


@transaction.atomic
def archive_story(*, story: Story, editor: User | None, now: datetime, reason: str = "") -> None:
    """Close a story's discussion for good: readable, nothing can be added."""
    _set_state(story, Story.State.ARCHIVED, editor, "archive", now, reason=reason)
    set_discussion_status(
        discussion=story.discussion, status=Discussion.Status.ARCHIVED, actor=editor, reason=reason, now=now
    )


def _set_state(story: Story, state: str, editor: User | None, verb: str, now: datetime, reason="", **columns) -> None:
    # Another editor may have been quicker since the page was drawn.
    before = Story.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=story.pk)
    if before not in MOVES[verb]:
        raise Refused(f"“{story.title}” is {Story.State(before).label.lower()} now, so one cannot {verb} it.")
    Story.objects.filter(pk=story.pk).update(state=state, changed_at=now, **columns)
    story.refresh_from_db()
    record_staff_act(
        actor=editor, verb=f"{verb} story", target=story, reason=reason, before=before, after=state, now=now
    )


def _open_discussion(story: Story, *, opens_at: datetime, now: datetime) -> None:
    Discussion.objects.filter(pk=story.discussion_id).update(opens_at=opens_at)
    # Part of publishing, which is on record: no act against a discussion of its own.
    set_discussion_status(discussion=story.discussion, status=Discussion.Status.OPEN, actor=None, reason="", now=now)


def publish_due_stories(*, now: datetime) -> int:
    """Mark scheduled stories whose time has come as published; readers see them from that time on in any case."""
    return Story.objects.due(now).update(state=Story.State.PUBLISHED)

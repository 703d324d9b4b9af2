"""What pages show of stories."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from comments.queries import Thread, load_thread
from forum import policy
from forum.reading import Reading
from moderation.queries import Desk, load_desk
from stories.archive import Article, from_stored
from stories.models import ArchivedArticle, Section, Story, Topic


@dataclass(frozen=True, slots=True)
class FrontPage:
    """A page of stories, of the whole site or of one section or topic."""

    page: Page
    shelf: Section | Topic | None


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A story with its whole discussion, arranged for one reader."""

    story: Story
    thread: Thread
    desk: Desk | None
    archive: ArchivedArticle | None


def load_front(*, stories: QuerySet[Story], shelf=None, page_number: str, now: datetime) -> FrontPage:
    """One page of the stories readers may see now, newest first; a senseless page number gives the nearest."""
    shown = stories.published(now).newest_first().with_everything_shown()
    return FrontPage(Paginator(shown, policy.STORIES_PER_PAGE).get_page(page_number), shelf)


def find_story(pk: int, *, now: datetime, by_staff: bool) -> Story | None:
    """A story readers may see now; staff see the others too, as a preview."""
    stories = Story.objects.all() if by_staff else Story.objects.published(now)
    return stories.with_everything_shown().select_related("archive").filter(pk=pk).first()


def load_story_page(*, story: Story, reading: Reading, member, now: datetime) -> StoryPage:
    """The story's page: the same number of queries for 2 comments as for 10,000."""
    thread = load_thread(discussion=story.discussion, reading=reading)
    desk = load_desk(member=member, discussion=story.discussion, now=now)
    return StoryPage(story, thread, desk, getattr(story, "archive", None))


def find_archive(name: str) -> Article | None:
    """The archived article of this number in its archive, else of the story of this number here; None if neither is."""
    archives = ArchivedArticle.objects.all()
    found = archives.filter(source_id=name).first()
    if found is None and name.isdecimal() and int(name) < policy.ARCHIVE_UID_MAX:
        found = archives.filter(pk=int(name)).first()
    return from_stored(found.printed) if found else None

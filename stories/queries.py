"""What pages show of stories."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery

from comments.models import Comment, Discussion
from comments.queries import Thread, load_thread
from forum import policy
from forum.compiled import Compiled
from forum.reading import Reading
from moderation.fragments import reader_layer
from moderation.queries import Desk, load_desk
from stories.archive import Article, from_stored
from stories.models import ArchivedArticle, Section, Story, Topic


@dataclass(frozen=True, slots=True)
class StoriesPage:
    """Some stories in their order, and whether there are older ones; nobody counts all there are for that."""

    stories: list[Story]
    number: int
    has_next: bool

    def __iter__(self):
        return iter(self.stories)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_next or self.has_previous

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def previous_page_number(self) -> int:
        return self.number - 1


@dataclass(frozen=True, slots=True)
class FrontPage:
    """A page of stories, of the whole site or of one section or topic."""

    page: StoriesPage
    shelf: Section | Topic | None
    topics: list[Topic]
    older: list[Story]
    hot: list[Comment]


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A story with its whole discussion, arranged for one reader."""

    story: Story
    thread: Thread
    desk: Desk | None
    archive: ArchivedArticle | None
    others: list[Story]
    is_preview: bool  # readers do not see it yet, or not any more


SECTIONS = Compiled(Section.objects.all)
TOPICS = Compiled(Topic.objects.all)


def load_sections() -> list[Section]:
    """The sections for the head of every page."""
    return SECTIONS.all()


def load_front(*, stories: QuerySet[Story], shelf=None, page_number: str, now: datetime) -> FrontPage:
    """One page of the stories readers may see now, newest first; a senseless page number gives the nearest."""
    page = _page_of(stories.published(now).newest_first(), page_number)
    older = recent_stories(now=now, beside=[story.pk for story in page])
    return FrontPage(page, shelf, TOPICS.all(), older, hot_comments(now=now))


def _page_of(shown: QuerySet[Story], page_number: str) -> StoriesPage:
    each, is_number = policy.STORIES_PER_PAGE, page_number.isdecimal() and len(page_number) < policy.PAGE_DIGITS
    number = int(page_number) if is_number else 1
    found = _read(shown[(number - 1) * each : number * each + 1]) if number else []
    if not found and number != 1:  # beyond the end: only now it matters where that is
        number = Paginator(shown, each).num_pages
        found = _read(shown[(number - 1) * each : number * each])
    return StoriesPage(found[:each], number, len(found) > each)


def _read(page: QuerySet[Story]) -> list[Story]:
    # Chosen before they are joined: otherwise SQLite begins with the few topics, and sorts all stories of all of them.
    return list(Story.objects.filter(pk__in=page.values("pk")).newest_first().with_everything_shown())


def recent_stories(*, now: datetime, beside: list[int]) -> list[Story]:
    """The newest stories that are not on the page already."""
    return list(_recent(Story.objects.published(now).exclude(pk__in=beside)))


def _recent(stories: QuerySet[Story]) -> QuerySet[Story]:
    return stories.newest_first().select_related("discussion")[: policy.BOX_LINES]


def _hot(now: datetime) -> QuerySet[Comment]:
    hot = Discussion.objects.readable(now).with_top_comments().order_by("-opens_at")[: policy.BOX_LINES]
    comments = Comment.objects.filter(discussion__in=hot, hidden_at=None, score=policy.SCORE_MAX)
    return comments.select_related("discussion").order_by("-id")[: policy.BOX_LINES]


HOT = Compiled(_hot)


def hot_comments(*, now: datetime) -> list[Comment]:
    """The newest comments of the highest score, from the newest discussions that have any."""
    return HOT.all(now)


def _whole(stories: QuerySet[Story]) -> QuerySet[Story]:
    # The newest comment, as load_news tells it: from there on what comes is new to the page.
    seen = Comment.objects.filter(discussion=OuterRef("discussion"), hidden_at=None).order_by("-pk").values("pk")
    return stories.with_everything_shown().select_related("archive").annotate(newest=Subquery(seen[:1]))


ANY_STORY = Compiled(lambda pk: _whole(Story.objects.filter(pk=pk)))
PUBLISHED_STORY = Compiled(lambda pk, now: _whole(Story.objects.published(now).filter(pk=pk)))


def find_story(pk: int, *, now: datetime, by_staff: bool) -> Story | None:
    """A story readers may see now; staff see the others too, as a preview."""
    return ANY_STORY.first(pk) if by_staff else PUBLISHED_STORY.first(pk, now)


OTHERS = Compiled(lambda now, pk: _recent(Story.objects.published(now).exclude(pk=pk)))


def load_story_page(
    *, story: Story, reading: Reading, member, now: datetime, after: int | None = None, new_after: int | None = None
) -> StoryPage:
    """The story's page: the same number of queries for 2 comments as for 10,000."""
    discussion = story.discussion
    desk = load_desk(member=member, discussion=discussion, now=now)
    is_open = discussion.is_open(now)
    layer = reader_layer(member=member, desk=desk, taste=reading.taste, now=now, is_open=is_open, new_after=new_after)
    thread = load_thread(discussion=discussion, reading=reading, is_open=is_open, after=after, layer=layer)
    others = OTHERS.all(now, story.pk)
    return StoryPage(story, thread, desk, getattr(story, "archive", None), others, not story.is_published(now))


def find_archive(name: str) -> Article | None:
    """The archived article of this number in its archive, else of the story of this number here; None if neither is."""
    archives = ArchivedArticle.objects.all()
    found = archives.filter(source_id=name).first()
    if found is None and name.isdecimal() and int(name) < policy.ARCHIVE_UID_MAX:
        found = archives.filter(pk=int(name)).first()
    return from_stored(found.printed) if found else None


def own_records(member) -> dict[str, Iterable[dict]]:
    """The stories that a member edited."""
    stories = Story.objects.filter(editor=member).order_by("id")
    return {"stories_edited": stories.values("id", "title", "dept", "discussion__opens_at").iterator()}

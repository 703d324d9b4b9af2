"""What somebody has said, and single comments and discussions that readers may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from comments import rules
from comments.models import Comment, Discussion
from comments.models.discussion import is_readable
from comments.queries.rows import CommentRow, comment_rows
from forum import policy
from forum.accounts.models import ArchivedPerson, User
from forum.compiled import Compiled
from forum.reading import Reading
from forum.times import usual_time

FOUND = Compiled(
    lambda pk, now: Comment.objects.filter(is_readable(now, of="discussion__"), pk=pk).select_related(
        "discussion", "author", "archived_author", "text"
    )
)


def find_comment(comment_id: int, *, now: datetime) -> Comment | None:
    """A comment in a discussion that readers may see, or None; hidden comments are found, their pages say so."""
    return FOUND.first(comment_id, now)


def find_discussion(discussion_id: int, *, now: datetime) -> Discussion | None:
    return Discussion.objects.readable(now).filter(pk=discussion_id).first()


class News(NamedTuple):
    """How far a discussion has come: its version, the comments that can be seen, and the newest of them."""

    version: int
    comments: int
    newest: int | None


def load_news(discussion_id: int, *, now: datetime) -> News | None:
    seen = Comment.objects.filter(discussion=OuterRef("pk"), hidden_at=None).order_by("-pk").values("pk")
    discussions = Discussion.objects.readable(now).filter(pk=discussion_id).annotate(newest=Subquery(seen[:1]))
    found = discussions.values_list("version", "comment_count", "newest").first()
    return News(*found) if found else None


@dataclass(frozen=True, slots=True)
class Said:
    """A comment outside its thread, with the score that this reader sees."""

    row: CommentRow
    discussion: Discussion
    shown: int

    @property
    def link(self) -> str:
        return reverse("comment", args=[self.row.id])

    @property
    def author_link(self) -> str:
        return reverse("member", args=[self.row.author_name]) if self.row.author_name else ""

    @property
    def score_words(self) -> str:
        return rules.score_words(self.shown, self.row.label)

    @property
    def posted_words(self) -> str:
        at = self.row.posted_at
        return usual_time(at, timezone.get_default_timezone())[1] if at else ""


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A member or an archived person and the newest comments."""

    person: User | ArchivedPerson
    page: Page
    said: list[Said]


def load_person(
    *, comments: QuerySet[Comment], person, page_number: str, reading: Reading, now: datetime
) -> PersonPage:
    """A page of somebody's newest comments that readers may see."""
    # By a join: a list of all readable discussions would be longer than any member's comments.
    seen = comments.filter(is_readable(now, of="discussion__"), hidden_at=None).order_by("-id")
    page = Paginator(seen.values_list("pk", flat=True), policy.COMMENTS_PER_MEMBER_PAGE).get_page(page_number)
    chosen = Comment.objects.filter(pk__in=list(page.object_list))
    discussions = Discussion.objects.filter(comments__in=chosen).distinct()
    of_comment = dict(chosen.values_list("pk", "discussion_id"))
    by_id = {discussion.pk: discussion for discussion in discussions}
    said = [as_said(row, by_id[of_comment[row.id]], reading) for row in comment_rows(chosen.order_by("-id"))]
    return PersonPage(person, page, said)


def as_said(row: CommentRow, discussion: Discussion, reading: Reading) -> Said:
    """A comment by itself, as this reader sees it."""
    return Said(row, discussion, rules.shown_score(row.facts, reading.taste))

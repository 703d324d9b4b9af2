"""What pages show of discussions and comments."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from comments import rules
from comments.models import Comment, Discussion, Mark
from comments.rules import Entry
from forum import policy
from forum.accounts.models import ArchivedPerson, User
from forum.reading import Reading

COLUMNS = (
    "id",
    "parent_id",
    "level",
    "subject",
    "posted_at",
    "score",
    "label",
    "has_bonus",
    "is_archived",
    "is_cut_off",
    "mark",
    "hidden_at",
    "author_id",
    "author__username",
    "archived_author_id",
    "archived_author__name",
    "archived_author__number",
    "archived_author__source",
    "archived_author__hidden_at",
    "text__html",
)


@dataclass(slots=True)
class CommentRow:
    """A comment as a page shows it: plain values of one query, no model behind it."""

    id: int
    parent_id: int | None
    level: int
    subject: str
    posted_at: datetime | None
    score: int
    label: str
    has_bonus: bool
    is_archived: bool
    is_cut_off: bool
    mark: str
    hidden_at: datetime | None
    author_id: int | None
    author_name: str | None
    archived_id: int | None
    archived_name: str | None
    archived_number: int | None
    archived_source: str | None
    archived_hidden_at: datetime | None
    html: str
    shown: int = 0
    place: int = 0

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None

    @property
    def mark_words(self) -> str:
        return Mark(self.mark).label if self.mark else ""

    @property
    def is_guessed(self) -> bool:
        return self.mark in (Mark.SUBJECT, Mark.ADJACENT)


@dataclass(frozen=True, slots=True)
class Thread:
    """A discussion arranged for one reader."""

    entries: list[Entry]
    reading: Reading
    levels: list[tuple[int, int]]  # (threshold, comments it shows)
    visible_count: int
    beneath: int  # threads (nested) or comments (flat) beneath the threshold


def comment_rows(comments: QuerySet[Comment], reading: Reading) -> list[CommentRow]:
    """Comments with authors and texts in one query, in tree order, with the score this reader sees."""
    rows = [CommentRow(*values) for values in comments.order_by("tree_id", "lft").values_list(*COLUMNS)]
    for place, row in enumerate(rows):
        row.place = place
        row.shown = rules.shown_score(row.score, row.has_bonus, reading.counts_bonus)
    return rows


def load_thread(*, discussion: Discussion, reading: Reading) -> Thread:
    """The whole discussion in the reader's mode, order and threshold: one query, however many comments."""
    rows = comment_rows(Comment.objects.filter(discussion=discussion), reading)
    return _arranged(rows, reading)


def _arranged(rows: list[CommentRow], reading: Reading) -> Thread:
    if reading.mode == "flat":
        for row in rows:  # an archive tells no times, only its order, and all of it is older than what was posted here
            row.place = row.place if row.is_archived else len(rows) + row.id
        entries, beneath = rules.arrange_flat(rows, threshold=reading.threshold, order=reading.order)
    else:
        entries, beneath = rules.arrange_nested(rows, threshold=reading.threshold, order=reading.order)
    visible = [row.shown for row in rows if not row.is_hidden]
    return Thread(entries, reading, rules.counts_by_threshold(visible), len(visible), beneath)


@dataclass(frozen=True, slots=True)
class CommentPage:
    """One comment with what it answers and what answers it."""

    comment: Comment
    context: list[CommentRow]  # the comments above it, oldest first
    thread: Thread  # the comment and its replies
    is_context_cut: bool


def load_comment_page(*, comment: Comment, reading: Reading) -> CommentPage:
    """A comment, the nearest comments above it and everything beneath it; the comment itself is always shown."""
    above = comment_rows(comment.get_ancestors(), reading)
    family = Comment.objects.filter(tree_id=comment.tree_id, lft__gte=comment.lft, lft__lte=comment.rght)
    rows = comment_rows(family, reading)
    for row in rows:
        if row.id == comment.pk:
            row.parent_id, row.shown = None, max(row.shown, reading.threshold)
    context = above[-policy.CONTEXT_ANCESTORS_MAX :]
    return CommentPage(comment, context, _arranged(rows, reading), len(above) > len(context))


def find_comment(comment_id: int, *, now: datetime) -> Comment | None:
    """A comment in a discussion that readers may see, or None; hidden comments are found, their pages say so."""
    readable = Discussion.objects.readable(now)
    comments = Comment.objects.filter(discussion__in=readable, pk=comment_id)
    return comments.select_related("discussion", "author", "archived_author", "text").first()


def find_discussion(discussion_id: int, *, now: datetime) -> Discussion | None:
    return Discussion.objects.readable(now).filter(pk=discussion_id).first()


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A member or an archived person and the newest comments."""

    person: User | ArchivedPerson
    page: Page
    rows: list[CommentRow]
    discussions: dict[int, Discussion]


def load_person(
    *, comments: QuerySet[Comment], person, page_number: str, reading: Reading, now: datetime
) -> PersonPage:
    """A page of somebody's newest comments that readers may see."""
    seen = comments.filter(hidden_at=None, discussion__in=Discussion.objects.readable(now)).order_by("-id")
    page = Paginator(seen.values_list("pk", flat=True), policy.COMMENTS_PER_MEMBER_PAGE).get_page(page_number)
    chosen = Comment.objects.filter(pk__in=list(page.object_list))
    rows = sorted(comment_rows(chosen, reading), key=lambda row: -row.id)
    discussions = Discussion.objects.filter(comments__in=chosen).distinct()
    of_comment = dict(chosen.values_list("pk", "discussion_id"))
    by_id = {discussion.pk: discussion for discussion in discussions}
    return PersonPage(person, page, rows, {row.id: by_id[of_comment[row.id]] for row in rows})

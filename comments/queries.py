"""What pages show of discussions and comments."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from comments import rules
from comments.models import Comment, Discussion, Mark
from comments.rules import Entry
from forum import policy
from forum.accounts.models import ArchivedPerson, ReadingMode, ReadingOrder, User
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
    posted_words: str = ""  # in the site's time zone; made here because |date costs a page of 1,000 comments 27 ms
    link: str = ""
    author_link: str = ""
    may_moderate: bool = False  # by this reader; these are filled by the floor above
    given: str = ""  # the reason this reader gave
    undo_link: str = ""  # where that can be taken back, while it can
    undo_seconds: int = 0

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None

    @property
    def score_words(self) -> str:
        return rules.score_words(self.shown, self.label)

    @property
    def posted_iso(self) -> str:
        return self.posted_at.isoformat(timespec="seconds") if self.posted_at else ""

    @property
    def mark_words(self) -> str:
        """What a reader must know about its place; nothing for a certain parent, quoted ones included."""
        return "" if self.mark in ("", Mark.QUOTED) else Mark(self.mark).label

    @property
    def has_named_parent(self) -> bool:
        """Whether it stands under its parent, known or guessed, and not just in its thread."""
        return self.parent_id is not None and self.mark not in (Mark.UNKNOWN, Mark.MISSING)

    @property
    def is_guessed(self) -> bool:
        return self.mark in (Mark.SUBJECT, Mark.ADJACENT)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read, as a link: ``words`` name it, ``count`` says how many comments it shows (thresholds only)."""

    words: str
    link: str
    is_current: bool
    count: int = 0
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A discussion arranged for one reader."""

    entries: list[Entry]
    reading: Reading
    levels: list[tuple[int, int]]  # (threshold, comments it shows)
    visible_count: int
    beneath: int  # threads (nested) or comments (flat) beneath the threshold
    comment_stem: str  # addresses without the comment's number, so that 1,000 links cost one look-up
    reply_stem: str

    @property
    def steps(self) -> list[Choice]:
        """The seven thresholds with the number of comments at each."""
        here = self.reading.threshold
        return [
            Choice(rules.score_words(score), self.reading.link(threshold=score), score == here, count, score >= here)
            for score, count in self.levels
        ]

    @property
    def modes(self) -> list[Choice]:
        read = self.reading
        return [Choice(label, read.link(mode=mode), mode == read.mode) for mode, label in ReadingMode.choices]

    @property
    def orders(self) -> list[Choice]:
        read = self.reading
        return [Choice(label, read.link(order=order), order == read.order) for order, label in ReadingOrder.choices]


def link_stem(name: str, *before: int) -> str:
    """The address of a comment's page up to the comment's number."""
    return reverse(name, args=[*before, 0]).removesuffix("0/")


def comment_rows(comments: QuerySet[Comment], reading: Reading) -> list[CommentRow]:
    """Comments with authors and texts in one query, in tree order, with the score this reader sees."""
    rows = [CommentRow(*values) for values in comments.order_by("tree_id", "lft").values_list(*COLUMNS)]
    zone, stem, links = timezone.get_default_timezone(), link_stem("comment"), {}
    for place, row in enumerate(rows):
        row.place = place
        row.shown = rules.shown_score(_facts(row), reading.taste)
        row.link = f"{stem}{row.id}/"
        row.author_link = _link_of_author(row, links)
        if row.posted_at:
            posted = row.posted_at.astimezone(zone)
            row.posted_words = f"{posted:%B} {posted.day}, {posted:%Y @%I:%M%p}"
    return rows


def _facts(row: CommentRow) -> rules.Facts:
    of_archive = row.archived_id is not None
    return rules.Facts(row.score, row.has_bonus, row.label, row.author_id, of_archive, len(row.html or ""))


def _link_of_author(row: CommentRow, links: dict) -> str:
    """The page of whoever wrote it; "" for an Anonymous Coward. Somebody who wrote often is looked up once."""
    who = (row.author_id, row.archived_id)
    if who not in links:
        member = row.author_name and reverse("member", args=[row.author_name])
        archived = row.archived_id and not row.archived_hidden_at
        links[who] = member or (reverse("archived_person", args=[row.archived_id]) if archived else "")
    return links[who]


def load_thread(*, discussion: Discussion, reading: Reading) -> Thread:
    """The whole discussion in the reader's mode, order and threshold: one query, however many comments."""
    rows = comment_rows(Comment.objects.filter(discussion=discussion), reading)
    return _arranged(rows, reading, discussion.pk)


def _arranged(rows: list[CommentRow], reading: Reading, discussion_id: int, always: int | None = None) -> Thread:
    chosen = {"threshold": reading.threshold, "order": reading.order, "always": always}
    if reading.mode == "flat":
        for row in rows:  # an archive tells no times, only its order, and all of it is older than what was posted here
            row.place = row.place if row.is_archived else len(rows) + row.id
        entries, beneath = rules.arrange_flat(rows, **chosen)
    else:
        entries, beneath = rules.arrange_nested(rows, **chosen)
    visible = [row.shown for row in rows if not row.is_hidden]
    return Thread(
        entries,
        reading,
        rules.counts_by_threshold(visible),
        len(visible),
        beneath,
        comment_stem=link_stem("comment"),
        reply_stem=link_stem("reply", discussion_id),
    )


@dataclass(frozen=True, slots=True)
class CommentPage:
    """One comment with what it answers and what answers it."""

    comment: Comment
    context: list[Entry]  # the comments above it, oldest first
    thread: Thread  # the comment and its replies
    is_context_cut: bool


def load_comment_page(*, comment: Comment, reading: Reading) -> CommentPage:
    """A comment, the nearest comments above it and everything beneath it; the comment itself is always shown."""
    nearest = _around(comment, lft__lt="lft", rght__gt="rght").order_by("-lft").values_list("pk", flat=True)
    shown = list(nearest[: policy.CONTEXT_ANCESTORS_MAX + 1])  # a chain may be thousands deep
    above = comment_rows(Comment.objects.filter(pk__in=shown), reading)
    rows = comment_rows(_around(comment, lft__gte="lft", lft__lte="rght"), reading)
    for row in rows:
        if row.id == comment.pk:
            row.parent_id = None
    context = [Entry(row, 0, is_tombstone=row.is_hidden) for row in above[-policy.CONTEXT_ANCESTORS_MAX :]]
    thread = _arranged(rows, reading, comment.discussion_id, always=comment.pk)
    return CommentPage(comment, context, thread, len(above) > len(context))


def _around(comment: Comment, **numbers: str) -> QuerySet[Comment]:
    # Numbers are asked for in the same statement: those of the copy in hand may have been spread anew meanwhile.
    here = Comment.objects.filter(pk=comment.pk)
    asked = {"tree_id": "tree_id", **numbers}
    return Comment.objects.filter(**{how: Subquery(here.values(number)[:1]) for how, number in asked.items()})


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
    said: list[tuple[CommentRow, Discussion]]


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
    return PersonPage(person, page, [(row, by_id[of_comment[row.id]]) for row in rows])

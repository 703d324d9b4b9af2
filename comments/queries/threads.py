"""A page of a discussion, and a comment with what is around it, arranged for one reader."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from comments import rules, tree
from comments.fragments import NO_COMMENTS, VISITOR, Layer, Setting, links_of, slot, thread_html
from comments.models import Comment, Discussion
from comments.queries.rows import CommentRow, comment_rows
from comments.queries.windows import Page, count_scores, load_branch
from comments.rules import Entry
from comments.store import Rendered, render, rendered_page
from forum import policy
from forum.accounts.models import ReadingMode, ReadingOrder
from forum.reading import Reading
from forum.scores import Taste

FLAT = ReadingMode.FLAT


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read, as a link: ``words`` name it, ``count`` says how many comments it shows (thresholds only)."""

    words: str
    link: str
    is_current: bool
    count: int = 0
    form: str = ""  # what such comments are now: full, line or hide (thresholds only)


@dataclass(frozen=True, slots=True)
class Thread:
    """A page of a discussion, or of a branch of it, arranged for one reader."""

    html: Sequence[bytes]  # in parts, which comments.fragments.fill puts into the page
    reading: Reading
    levels: list[tuple[int, int]]  # (threshold, comments it shows)
    visible_count: int  # on all pages
    here_count: int  # on this page, hidden ones included
    beneath: int  # threads (nested) or comments (flat) beneath the threshold
    new: list[int]  # those new to this reader, on this page, in its order
    next_after: int | None
    after: int | None = None  # the comment that this page comes after; None: it is the first

    @property
    def is_first(self) -> bool:
        return self.after is None

    @property
    def slot(self) -> SafeString:
        return slot("thread")

    @property
    def steps(self) -> list[Choice]:
        """The seven thresholds with the number of comments at each."""
        read = self.reading
        return [
            Choice(
                rules.score_words(score),
                self._link(threshold=score),
                score == read.threshold,
                count,
                "hide" if score < read.threshold else "line" if score < read.full_from else "full",
            )
            for score, count in self.levels
        ]

    @property
    def full_steps(self) -> list[Choice]:
        """From which score comments are shown in full: all those that are not hidden, or better ones only."""
        read = self.reading
        lowest = read.threshold
        return [
            Choice(rules.score_words(score), self._link(full_from=score), score == max(read.full_from, lowest), count)
            for score, count in self.levels
            if score >= lowest
        ]

    @property
    def modes(self) -> list[Choice]:
        read = self.reading
        return [Choice(label, self._link(mode=mode), mode == read.mode) for mode, label in ReadingMode.choices]

    @property
    def orders(self) -> list[Choice]:
        read = self.reading
        return [Choice(label, self._link(order=order), order == read.order) for order, label in ReadingOrder.choices]

    @property
    def next_link(self) -> str:
        return f"{self.reading.link()}&after={self.next_after}" if self.next_after else ""

    @property
    def everything_link(self) -> str:
        return self._link(threshold=policy.SCORE_MIN)

    def _link(self, **changed) -> str:
        """The same discussion read in another way, from the same comment on where that leaves their order as it is."""
        read = self.reading
        link = read.link(**changed)
        if self.after is None or changed.get("order", read.order) != read.order:
            return link
        mode = changed.get("mode", read.mode)
        return link if (mode == FLAT) != (read.mode == FLAT) else f"{link}&after={self.after}"


def load_thread(
    *, discussion: Discussion, reading: Reading, is_open: bool = False, after: int | None = None, layer: Layer = VISITOR
) -> Thread:
    """A page of the discussion in the reader's mode, order and thresholds.

    No query but for names if it was rendered before; without comments one for their counts.
    """
    if reading.mode == ReadingMode.NONE:
        levels = _levels_of(count_scores(discussion), reading.taste)
        return Thread(NO_COMMENTS, reading, levels, discussion.comment_count, 0, 0, [], None)
    wanted = {"is_flat": reading.mode == FLAT, "order": reading.order, "after": after, "is_open": is_open}
    found = rendered_page(discussion, **wanted)
    setting = Setting(links_of(discussion.pk, is_open=is_open), reading.mode, reading.full_from)
    total = None if found.page.is_whole else discussion.comment_count
    return _arranged(found, reading, setting, layer, after, total=total)


def place_of(comment: Comment, reading: Reading) -> str:
    """Where a reader finds a comment: in its discussion, or on its own page if the discussion's may not show it."""
    discussion, taste = comment.discussion, reading.taste
    is_on_first_page = discussion.comment_count < policy.COMMENTS_PER_PAGE
    is_shown = reading.mode != ReadingMode.NONE and rules.shown_score(comment.facts(taste), taste) >= reading.threshold
    in_discussion = f"{discussion.link}#comment-{comment.pk}"
    return in_discussion if is_on_first_page and is_shown else comment.get_absolute_url()


def _arranged(
    found: Rendered, reading: Reading, setting: Setting, layer: Layer, after: int | None, total: int | None = None
) -> Thread:
    shown = _shown(found, reading.taste)
    chosen = {"threshold": reading.threshold, "order": reading.order, "always": setting.always}
    arrange = rules.arrange_flat if setting.mode == FLAT else rules.arrange_nested
    entries, beneath = arrange(found.rows, shown, **chosen)
    levels = _levels(found, shown, reading.taste)
    return Thread(
        thread_html(entries, found.fragments, setting, layer),
        reading,
        levels,
        levels[0][1] if total is None else total,
        len(found.rows),
        beneath,
        layer.new_among(entries),
        found.page.next_after,
        None if found.page.is_first else after,
    )


def _shown(found: Rendered, taste: Taste) -> Sequence[int]:
    """The score that this reader sees of each row."""
    if taste.is_plain:
        return found.fragments.shown
    return [rules.shown_score(row.facts, taste) for row in found.rows]


def _levels(found: Rendered, shown: Sequence[int], taste: Taste) -> list[tuple[int, int]]:
    """How many comments each threshold shows: exactly on one page; of larger discussions as all readers see them.

    What a taste adds there is counted for the bonus alone: it would take every comment's words to say more.
    """
    if found.page.is_whole:
        visible = zip(found.rows, shown, strict=True)
        return rules.counts_by_threshold([score for row, score in visible if not row.is_hidden])
    counts = found.counts
    if counts is None:
        counts = Counter((row.score, row.has_bonus) for row in found.rows if not row.is_hidden)
    return _levels_of(counts, taste)


def _levels_of(counts: Mapping[tuple[int, bool], int], taste: Taste) -> list[tuple[int, int]]:
    seen = Counter()
    for (score, has_bonus), number in counts.items():
        seen[rules.clamp_score(score + taste.bonus * has_bonus)] += number
    return rules.counts_by_threshold(seen)


@dataclass(frozen=True, slots=True)
class CommentPage:
    """One comment with what it answers and what answers it."""

    comment: Comment
    context: Sequence[bytes]  # as HTML: the comments above it, oldest first
    thread: Thread  # the comment and its replies
    is_context_cut: bool

    @property
    def context_slot(self) -> SafeString:
        return slot("context")


def load_comment_page(
    *, comment: Comment, reading: Reading, is_open: bool = False, after: int | None = None, layer: Layer = VISITOR
) -> CommentPage:
    """A comment, the nearest comments above it and what is beneath it; the comment itself is always shown."""
    above = _nearest_above(comment)
    links = links_of(comment.discussion_id, is_open=is_open)
    found = render(load_branch(comment, after=after), links)
    # A branch is a tree, so the modes of a whole discussion have no say; a first reply may follow another's page.
    setting = Setting(links, ReadingMode.NESTED, reading.full_from, comment.pk)
    thread = _arranged(found, reading, setting, layer, after)
    shown = above[-policy.CONTEXT_ANCESTORS_MAX :]
    return CommentPage(comment, _context(shown, setting, layer, reading.taste), thread, len(above) > len(shown))


def _context(rows: Sequence[CommentRow], setting: Setting, layer: Layer, taste: Taste) -> Sequence[bytes]:
    fragments = render(Page(list(rows), None), setting.links).fragments
    entries = [
        Entry(row, rules.shown_score(row.facts, taste), at, is_tombstone=row.is_hidden) for at, row in enumerate(rows)
    ]
    plain = Setting(setting.links, setting.mode, policy.SCORE_MIN)
    return thread_html(entries, fragments, plain, layer, "thread context")


def _nearest_above(comment: Comment) -> list[CommentRow]:
    """What it answers, one more than a page shows, the oldest first; a chain may be thousands deep."""
    nearest = tree.nearest_above(comment, policy.CONTEXT_ANCESTORS_MAX + 1)
    return comment_rows(Comment.objects.filter(pk__in=nearest).order_by("level"))

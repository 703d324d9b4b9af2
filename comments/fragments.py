"""Comments as HTML. The only place besides templates where pages are made, because a template costs 60 times as much:
a page of 1,000 comments takes 70 ms in one and about 2 ms here (docs/decisions/0015).

Everything that comes from people is escaped when it is made part of a Fragment; the body alone was sanitised when it
was written (forum/text). A Fragment is the same for every reader, a Layer is what one reader sees beyond it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from comments import rules
from comments.queries.rows import CommentRow
from comments.rules import FULL, LINE, LINK, Entry
from forum import policy
from forum.accounts.rules import IGNORED
from forum.scores import plain_score
from forum.times import usual_time

SCORE = "<i>Score </i>"  # for ears and for browsers of text; the style hides it where a chip says so
NBSP = "\u00a0"
CUT_OFF = '<p class="cut">The archive has only the beginning of this comment.</p>'
TAG_OR_CUT = re.compile("<[^>]*>?|&[^;]*$")


class Links(NamedTuple):
    """Addresses without the comment's number, so that 1,000 links cost one look-up. ``reply``: "" where nobody can."""

    comment: str
    reply: str


def links_of(discussion_id: int, *, is_open: bool) -> Links:
    return Links(link_stem("comment"), link_stem("reply", discussion_id) if is_open else "")


def link_stem(name: str, *before: int) -> str:
    return reverse(name, args=[*before, 0]).removesuffix("0/")


class Author(NamedTuple):
    """Who said it, as HTML."""

    name: str
    byline: str  # the name with a link and a number


@dataclass(slots=True)
class Fragment:
    """A comment as HTML, the same for every reader, in each form that pages show: made when it is first asked for.

    ``shown`` is its score as visitors see it. What only some readers see never becomes a part of what is kept here.
    """

    row: CommentRow
    author: Author
    links: Links
    shown: int
    kept: dict[str, bytes] = field(default_factory=dict)  # by form and words about its place

    @property
    def size(self) -> int:
        """Bytes of memory: the words as they were read, and two forms with them; hardly any is shown in more."""
        return 3 * len(self.row.html) + 2 * policy.COMMENT_MARKUP_BYTES

    def said(self, form: str, place: str = "") -> bytes:
        """The comment up to its controls."""
        found = self.kept.get(form + place)
        if found is None:
            found = comment_html(self, form, place).encode()
            if place != BENEATH:  # that depends on the reader's threshold
                self.kept[form + place] = found
        return found


def fragments_of(
    rows: Sequence[CommentRow], links: Links, before: Mapping[int, Fragment] = MappingProxyType({})
) -> dict[int, Fragment]:
    """Each comment by its number; those that look as they did ``before`` are taken from there."""
    authors: dict[tuple, Author] = {}
    made = {}
    for row in rows:
        old = before.get(row.id)
        if old is not None and old.row == row:
            made[row.id] = old
            continue
        who = (row.author_id, row.archived_id)
        if who not in authors:  # somebody who wrote often is looked up once
            authors[who] = _author(row)
        made[row.id] = Fragment(row, authors[who], links, plain_score(row.score, row.has_bonus))
    return made


def _first_words(html: str) -> str:
    """What a line shows of a comment, after what it quotes. No tag is left, so what was sanitised stays so."""
    if html.startswith("<blockquote"):
        html = html.partition("</blockquote>")[2] or html
    return TAG_OR_CUT.sub(" ", html[: policy.FIRST_WORDS])


def _author(row: CommentRow) -> Author:
    """A member and an archived person with their numbers, or nobody known."""
    if row.author_name:
        name, address = escape(row.author_name), escape(reverse("member", args=[row.author_name]))
        return Author(name, f'<a href="{address}"><b>{name}</b></a> ({row.author_id})')
    if row.archived_hidden_at:
        return Author("somebody", f"<b>somebody</b> of {escape(row.archived_source)}, name withheld")
    if row.archived_name:
        name, address = escape(row.archived_name), reverse("archived_person", args=[row.archived_id])
        number, source = row.archived_number, escape(row.archived_source)
        return Author(name, f'<a href="{address}"><b>{name}</b></a> ({number}) of {source}')
    return Author("Anonymous Coward", "<b>Anonymous Coward</b>")


def _notes(row: CommentRow) -> str:
    if not row.mark_words:
        return ""
    return f'<p class="orphan{" guessed" if row.is_guessed else ""}">{escape(row.mark_words)}</p>'


def no_controls(row: CommentRow) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one reader sees at comments beyond what everybody does; nothing of it may be kept for another.

    ``controls`` gives the HTML that follows "Reply" and "Parent" at a comment. ``people`` has a word for authors whom
    the reader knows. ``new_after``: comments of a higher number are new to the reader, own ones excepted.
    """

    controls: Callable[[CommentRow], str] = no_controls
    people: Mapping[int, str] = field(default_factory=dict)
    new_after: int | None = None
    member_id: int | None = None
    hides_signatures: bool = False

    def is_new(self, row: CommentRow) -> bool:
        own = row.author_id is not None and row.author_id == self.member_id
        return self.new_after is not None and row.id > self.new_after and not own and not row.is_hidden

    def new_among(self, entries: Sequence[Entry]) -> list[int]:
        """The numbers of those that are new to the reader, in the order of the page."""
        return [entry.row.id for entry in entries if self.is_new(entry.row)] if self.new_after is not None else []


VISITOR = Layer()
NO_COMMENTS = b""


# What its place does not tell a reader: which comment it answers, and why that does not stand above it.
FLATTENED = "Answers {}; from here on replies step in no further."
ELSEWHERE = "In reply to {}, on another page."
BENEATH = "In reply to {}, which is beneath your threshold."
ANSWERS = "In reply to {}."


@dataclass(frozen=True, slots=True)
class Setting:
    """What the discussion and the way to read it say about every comment of a page."""

    links: Links
    mode: str
    full_from: int
    always: int | None = None  # the comment that the page is about

    def place(self, entry: Entry) -> str:
        """The words that its place asks for, "" where it stands under what it answers."""
        if not (entry.stands_apart or entry.is_flattened):
            return ""
        row = entry.row
        if not row.has_named_parent or row.id == self.always:
            return ""
        if entry.is_flattened:
            return FLATTENED
        if self.mode == "flat":
            return ANSWERS
        return ELSEWHERE if entry.is_cut else BENEATH


def slot(name: str) -> SafeString:
    """What a template writes where ``fill`` puts comments. No text of a reader holds a NUL: none is let in."""
    return mark_safe(f"\0{name}\0")


def fill(response, **threads: bytes):
    """Put threads into the slots of a page. A megabyte of text through a template's joints costs ten times as much."""
    for name, thread in threads.items():
        response.content = response.content.replace(slot(name).encode(), thread)
    return response


def thread_html(
    entries: Sequence[Entry],
    fragments: Mapping[int, Fragment],
    setting: Setting,
    layer: Layer = VISITOR,
    name: str = "thread",
) -> bytes:
    """Entries in reading order as nested lists, in UTF-8."""
    if not entries:
        return NO_COMMENTS
    new = layer.new_among(entries)
    following = dict(zip(new, [*new[1:], *new[:1]], strict=True))  # the last leads to the first again
    parts = [f'<ol class="{name}" role="list">'.encode()]
    for entry in entries:
        pk = entry.row.id
        if entry.is_tombstone:
            parts.append(_tombstone(entry, setting.links).encode())
        else:
            parts += _comment(entry, fragments[pk], setting, layer, following.get(pk) if new else None)
        parts.append(b'<ol role="list">' if entry.opens else b"</li>")
        if entry.closes:
            parts.append(b"</ol></li>" * entry.closes)
    parts.append(b"</ol>")
    return b"".join(parts)


def _comment(entry: Entry, fragment: Fragment, setting: Setting, layer: Layer, next_new: int | None) -> Sequence[bytes]:
    """The parts of a comment for this reader; nearly always what everybody sees and the reader's own controls."""
    row = entry.row
    form = rules.form_of(entry, mode=setting.mode, full_from=setting.full_from, always=setting.always)
    knows = layer.people.get(row.author_id) if layer.people else None
    if knows and form == FULL and knows.endswith(IGNORED) and row.id != setting.always:
        form = LINE  # at the lowest threshold as well
    place = setting.place(entry)
    if knows or next_new or entry.shown != fragment.shown or (layer.hides_signatures and row.signature):
        own = {"shown": entry.shown, "knows": knows, "next_new": next_new, "is_signed": not layer.hides_signatures}
        said = comment_html(fragment, form, place, **own).encode()
    else:
        said = fragment.said(form, place)
    below = _below(entry, setting.links).encode() if entry.beneath else b""
    controls = b"" if form == LINK else layer.controls(row).encode()
    return said, controls, below, ENDS[form]


ENDS = {FULL: b"</p></article>", LINE: b"</p></details>", LINK: b"</p>"}


def comment_html(
    fragment: Fragment,
    form: str,
    place: str,
    *,
    shown: int | None = None,
    knows: str | None = None,
    next_new: int | None = None,
    is_signed: bool = True,
) -> str:
    """A comment up to its controls, as visitors see it; ``shown`` and what follows are one reader's own."""
    row, author, links = fragment.row, fragment.author, fragment.links
    pk, stem = row.id, links.comment
    score = fragment.shown if shown is None else shown
    words = SCORE + rules.score_words(score, escape(row.label) if row.label else "")
    subject = escape(row.subject)
    mark = f'<a class="fresh" href="#comment-{next_new}">new</a>' if next_new else ""
    if form == LINK:
        return (
            f'<li><p class="comment link" id="comment-{pk}" data-score="{score}"><a href="{stem}{pk}/">{subject}</a>'
            f'{mark} <span class="score">{words}</span> <span class="who">by {author.name}</span>'
        )
    byline, parent, where, signature = author.byline, "", "", ""
    if knows:
        byline += f' <i class="known">{knows}</i>'
    if row.posted_at:
        minute, said = usual_time(row.posted_at, timezone.get_default_timezone())
        byline += f' · <time datetime="{minute}">{said}</time>'
    if row.has_named_parent:
        parent = f'<a href="{stem}{row.parent_id}/">Parent{" (guessed)" if row.is_guessed else ""}</a>'
    if place:
        number = f'<a href="{stem}{row.parent_id}/">#{row.parent_id}</a>'
        where = f'<p class="orphan">{place.format(number)}</p>'
    if is_signed and row.signature:
        signature = f'<div class="signature">{row.signature}</div>'
    edited = f' · <a href="{stem}{pk}/history/">edited</a>' if row.edited_at else ""
    reply = f'<a href="{links.reply}{pk}/">Reply</a>' if links.reply else ""
    rest = (
        f'<a class="score" href="{stem}{pk}/score/">{words}</a>'
        f'<p class="byline">by {byline} ·{NBSP}<a href="{stem}{pk}/">#{pk}</a>{edited}</p></header>'
        f'{where}{_notes(row)}<div class="body">{row.html}{CUT_OFF if row.is_cut_off else ""}</div>{signature}'
        f'<p class="acts">{reply}{parent}'
    )
    if form == FULL:
        return (
            f'<li><article class="comment" id="comment-{pk}" data-score="{score}"><header><h3>{subject}</h3>'
            f"{mark}{rest}"
        )
    first = IGNORED if knows and knows.endswith(IGNORED) else _first_words(row.html)
    return (
        f'<li><details class="comment line" id="comment-{pk}" data-score="{score}"><summary><h3>{subject}</h3>{mark}'
        f'<span class="score">{words}</span> <span class="who">by {author.name}</span> '
        f'<span class="first">{first}</span></summary><header>{rest}'
    )


def _below(entry: Entry, links: Links) -> str:
    replies = "reply" if entry.beneath == 1 else "replies"
    address = f"{links.comment}{entry.row.id}/?threshold=-1"
    return f'<a class="below" rel="nofollow" href="{address}">{entry.beneath} {replies} beneath your threshold</a>'


def _tombstone(entry: Entry, links: Links) -> str:
    pk, who = entry.row.id, "deleted by its author" if entry.row.is_deleted else "removed by staff"
    rest = _below(entry, links) if entry.beneath else "what answers it is still here."
    return (
        f'<li><article class="comment gone" id="comment-{pk}"><h3 class="orphan">This comment was {who}; '
        f'{rest} <a href="{links.comment}{pk}/">#{pk}</a></h3></article>'
    )

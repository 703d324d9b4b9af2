"""Comments as HTML. The only place besides templates where pages are made, because a template costs 60 times as much:
a page of 1,000 comments takes 70 ms in one and about 2 ms here (docs/decisions/0015).

Everything that comes from people is escaped when it is made part of a fragment; the body alone was sanitised when it
was written (forum/text). Fragments are the same for every reader, a Layer is what one reader sees beyond them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone
from django.utils.http import RFC3986_SUBDELIMS
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


SAFE_IN_ADDRESS = f"{RFC3986_SUBDELIMS}/~:@"  # as Django has it


class Links(NamedTuple):
    """Addresses without the number or name at their end, so that 1,000 links cost one look-up.

    ``reply``: "" where nobody can.
    """

    comment: str
    member: str
    reply: str


def links_of(discussion_id: int, *, is_open: bool) -> Links:
    return Links(link_stem("comment"), link_stem("member"), link_stem("reply", discussion_id) if is_open else "")


def link_stem(name: str, *before: int) -> str:
    return reverse(name, args=[*before, 0]).removesuffix("0/")


class Author(NamedTuple):
    """Who said it, as HTML."""

    name: str
    byline: str  # the name with a link and a number


class Own(NamedTuple):
    """What one reader sees at a comment otherwise than everybody, its score apart."""

    knows: str | None = None  # what its author is to the reader
    next_new: int | None = None  # it is new to the reader: the number of the next one that is
    is_signed: bool = True


NOBODYS = Own()


class Fragments:
    """The comments of a page as HTML, the same for every reader, in each form that pages show: made when asked for.

    ``shown``: their scores as visitors see them. What only some readers see never becomes a part of what is kept here.
    """

    def __init__(self, rows: Sequence[CommentRow], links: Links, before: "Fragments | None" = None):
        """Comments that look as they did ``before`` are taken from there."""
        self.rows, self.links = rows, links
        self.shown = [plain_score(row.score, row.has_bonus) for row in rows]
        self._authors: dict[tuple, Author] = {}
        self._kept: dict[str, list[bytes | None]] = {form: [None] * len(rows) for form in (FULL, LINE, LINK)}
        if before:
            self._take_from(before)

    @property
    def size(self) -> int:
        """Bytes of memory: the words as they were read, and two forms with them; hardly any is shown in more."""
        return 3 * sum(len(row.html) for row in self.rows) + 2 * policy.COMMENT_MARKUP_BYTES * len(self.rows)

    def kept(self, form: str) -> list[bytes | None]:
        """Each comment in this form where it was made already, by its place on the page."""
        return self._kept[form]

    def said(self, at: int, form: str, place: str = "") -> bytes:
        """The comment at this place of the page, up to its controls."""
        if place == BENEATH:  # that depends on the reader's threshold
            return self.made(at, form, place, self.shown[at])
        if place and form + place not in self._kept:
            self._kept[form + place] = [None] * len(self.rows)
        kept = self._kept[form + place]
        found = kept[at]
        if found is None:
            found = kept[at] = self.made(at, form, place, self.shown[at])
        return found

    def made(self, at: int, form: str, place: str, shown: int, own: Own = NOBODYS) -> bytes:
        """The same with the score that one reader sees, and with what else is that reader's own."""
        row = self.rows[at]
        who = row.author_id, row.archived_id
        author = self._authors.get(who)
        if author is None:  # somebody who wrote often is looked up once
            author = self._authors[who] = _author(row, self.links)
        return comment_html(row, author, self.links, form, place, shown, own).encode()

    def _take_from(self, before: "Fragments") -> None:
        places = {row.id: at for at, row in enumerate(before.rows)}
        found = [places.get(row.id) for row in self.rows]
        same = [None if at is None or before.rows[at] != row else at for at, row in zip(found, self.rows, strict=True)]
        for form, kept in list(before._kept.items()):  # other readers may be adding to it
            self._kept[form] = [None if at is None else kept[at] for at in same]


def _first_words(html: str) -> str:
    """What a line shows of a comment, after what it quotes. No tag is left, so what was sanitised stays so."""
    if html.startswith("<blockquote"):
        html = html.partition("</blockquote>")[2] or html
    return TAG_OR_CUT.sub(" ", html[: policy.FIRST_WORDS])


def _author(row: CommentRow, links: Links) -> Author:
    """A member and an archived person with their numbers, or nobody known."""
    if row.author_name:
        name, address = escape(row.author_name), escape(f"{links.member}{quote(row.author_name, SAFE_IN_ADDRESS)}/")
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
NO_COMMENTS = ()


# What its place does not tell a reader: which comment it answers, and why that does not stand above it.
FLATTENED = "Answers {}; from here on replies step in no further."
BELOW = "Answers {}."  # further on
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

    @property
    def forms(self) -> tuple[dict[int, str], dict[int, str]]:
        """How much of a comment with each score is shown: of one that begins a thread, and of a reply."""
        asked = {"mode": self.mode, "full_from": self.full_from}
        begins = {score: rules.form_of(score, is_reply=False, **asked) for score in policy.SCORES}
        answers = {score: rules.form_of(score, is_reply=True, **asked) for score in policy.SCORES}
        return begins, answers

    def place(self, entry: Entry) -> str:
        """The words that its place asks for, "" where it stands under what it answers."""
        if not (entry.stands_apart or entry.is_flattened):
            return ""
        row = entry.row
        if not row.has_named_parent or row.id == self.always:
            return ""
        if entry.is_flattened and not entry.stands_apart:
            return BELOW if entry.above.is_flattened else FLATTENED
        if self.mode == "flat":
            return ANSWERS
        return ELSEWHERE if entry.is_cut else BENEATH


def slot(name: str) -> SafeString:
    """What a template writes where ``fill`` puts comments. No text of a reader holds a NUL: none is let in."""
    return mark_safe(f"\0{name}\0")


SLOT = re.compile(rb"\0(\w+)\0")


def fill(response, **threads: Sequence[bytes]):
    """Put threads into the slots of a page. A megabyte of text through a template's joints costs ten times as much."""
    first, *rest = SLOT.split(response.content)
    parts = [first]
    for name, following in zip(rest[::2], rest[1::2], strict=True):
        parts += threads[name.decode()]
        parts.append(following)
    response.content = b"".join(parts)
    return response


def thread_html(
    entries: Sequence[Entry], fragments: Fragments, setting: Setting, layer: Layer = VISITOR, name: str = "thread"
) -> Sequence[bytes]:
    """Entries of the fragments' page in reading order as nested lists, in UTF-8: the parts, to be joined."""
    if not entries:
        return NO_COMMENTS
    new = layer.new_among(entries)
    following = dict(zip(new, [*new[1:], *new[:1]], strict=True))  # the last leads to the first again
    begins, answers = setting.forms
    kept = {form: fragments.kept(form) for form in ENDS}
    is_own = bool(layer.people or new or layer.hides_signatures)
    usual, controls = fragments.shown, layer.controls
    parts = [f'<ol class="{name}" role="list">'.encode()]
    add = parts.append
    for entry in entries:
        row, at = entry.row, entry.age
        if entry.is_tombstone:
            add(_tombstone(entry, setting.links).encode())
        else:
            form = (begins if row.parent_id is None else answers)[entry.shown]
            if is_own or entry.stands_apart or entry.is_flattened or entry.shown != usual[at] or setting.always:
                form, said = _said_otherwise(entry, fragments, form, setting, layer, following.get(row.id))
            else:
                said = kept[form][at] or fragments.said(at, form)
            add(said)
            if controls is not no_controls and form != LINK:
                add(controls(row).encode())
            if entry.beneath:
                add(_below(entry, setting.links).encode())
            add(ENDS[form])
        add(b'<ol role="list">' if entry.opens else b"</li>")
        if entry.closes:
            add(b"</ol></li>" * entry.closes)
    add(b"</ol>")
    return parts


def _said_otherwise(
    entry: Entry, fragments: Fragments, form: str, setting: Setting, layer: Layer, next_new: int | None
) -> tuple[str, bytes]:
    """A comment whose place, page or reader may ask for something else than what nearly everybody sees."""
    row, at, place = entry.row, entry.age, setting.place(entry)
    knows = layer.people.get(row.author_id)
    if row.id == setting.always:
        form = FULL
    elif knows and form == FULL and knows.endswith(IGNORED):
        form = LINE  # at the lowest threshold as well
    if knows or next_new or entry.shown != fragments.shown[at] or (layer.hides_signatures and row.signature):
        own = Own(knows, next_new, not layer.hides_signatures)
        return form, fragments.made(at, form, place, entry.shown, own)
    return form, fragments.said(at, form, place)


ENDS = {FULL: b"</p></article>", LINE: b"</p></details>", LINK: b"</p>"}


def comment_html(row: CommentRow, author: Author, links: Links, form: str, place: str, shown: int, own: Own) -> str:
    """A comment up to its controls, with the score that the reader sees."""
    pk, stem = row.id, links.comment
    knows, next_new, is_signed = own
    words = SCORE + rules.score_words(shown, escape(row.label) if row.label else "")
    subject = escape(row.subject)
    mark = f'<a class="fresh" href="#comment-{next_new}">new</a>' if next_new else ""
    where = place and place.format(f'<a href="{stem}{row.parent_id}/">#{row.parent_id}</a>')
    if form == LINK:
        where = where and f' <i class="orphan">{where}</i>'
        return (
            f'<li><p class="comment link" id="comment-{pk}" data-score="{shown}"><a href="{stem}{pk}/">{subject}</a>'
            f'{mark} <span class="score">{words}</span> <span class="who">by {author.name}</span>{where}'
        )
    byline, parent, signature = author.byline, "", ""
    if knows:
        byline += f' <i class="known">{knows}</i>'
    if row.posted_at:
        minute, said = usual_time(row.posted_at, timezone.get_default_timezone())
        byline += f' · <time datetime="{minute}">{said}</time>'
    if row.has_named_parent:
        parent = f' <a href="{stem}{row.parent_id}/">Parent{" (guessed)" if row.is_guessed else ""}</a>'
    where = where and f'<p class="orphan">{where}</p>'
    if is_signed and row.signature:
        signature = f'<div class="signature">{row.signature}</div>'
    edited = f' · <a href="{stem}{pk}/history/">edited</a>' if row.edited_at else ""
    reply = f'<a href="{links.reply}{pk}/">Reply</a>' if links.reply else ""
    notes = _notes(row) if row.mark else ""
    rest = (
        f'<a class="score" href="{stem}{pk}/score/">{words}</a>'
        f'<p class="byline">by {byline} ·{NBSP}<a href="{stem}{pk}/">#{pk}</a>{edited}</p></header>'
        f'{where}{notes}<div class="body">'
    )
    end = f'{CUT_OFF if row.is_cut_off else ""}</div>{signature}<p class="acts">{reply}{parent}'
    if form == FULL:
        return (
            f'<li><article class="comment" id="comment-{pk}" data-score="{shown}"><header><h3>{subject}</h3>'
            f"{mark}{rest}{row.html}{end}"
        )
    first = IGNORED if knows and knows.endswith(IGNORED) else _first_words(row.html)
    return (
        f'<li><details class="comment line" id="comment-{pk}" data-score="{shown}"><summary><h3>{subject}</h3>{mark}'
        f'<span class="score">{words}</span> <span class="who">by {author.name}</span> '
        f'<span class="first">{first}</span></summary><header>{rest}{row.html}{end}'
    )


def _below(entry: Entry, links: Links) -> str:
    replies = "reply" if entry.beneath == 1 else "replies"
    address = f"{links.comment}{entry.row.id}/?threshold=-1"
    return f' <a class="below" rel="nofollow" href="{address}">{entry.beneath} {replies} beneath your threshold</a>'


def _tombstone(entry: Entry, links: Links) -> str:
    pk, who = entry.row.id, "deleted by its author" if entry.row.is_deleted else "removed by staff"
    rest = _below(entry, links) if entry.beneath else "what answers it is still here."
    return (
        f'<li><article class="comment gone" id="comment-{pk}"><h3 class="orphan">This comment was {who}; '
        f'{rest} <a href="{links.comment}{pk}/">#{pk}</a></h3></article>'
    )

"""Comments as HTML. The only place besides templates where pages are made, because a template costs 60 times as much:
a page of 1,000 comments takes 70 ms in one and about 2 ms here (docs/decisions/0015).

Everything that comes from people is escaped when it is made part of a Fragment; the body alone was sanitised when it
was written (forum/text). A Fragment is the same for every reader, a Layer is what one reader sees beyond it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from comments import rules
from comments.queries.rows import CommentRow
from comments.rules import FULL, LINE, LINK, Entry
from forum import policy
from forum.accounts.rules import IGNORED
from forum.times import time_words

SCORE = "<i>Score </i>"  # for ears and for browsers of text; the style hides it where a chip says so
NBSP = "\u00a0"
TAG_OR_CUT = re.compile("<[^>]*>?|&[^;]*$")


class Fragment(NamedTuple):
    """The parts of a comment that no reader's choice changes, as HTML."""

    subject: str
    who: str  # the author's name alone
    byline: str
    notes: str
    body: str
    parent: str  # the link to what it answers, or ""
    signature: str = ""


class Links(NamedTuple):
    """Addresses without the comment's number, so that 1,000 links cost one look-up."""

    comment: str
    reply: str


def links_of(discussion_id: int) -> Links:
    return Links(link_stem("comment"), link_stem("reply", discussion_id))


def link_stem(name: str, *before: int) -> str:
    return reverse(name, args=[*before, 0]).removesuffix("0/")


def fragments_of(rows: Sequence[CommentRow]) -> list[Fragment]:
    zone, stem, authors = timezone.get_default_timezone(), link_stem("comment"), {}
    made = []
    for row in rows:
        who = (row.author_id, row.archived_id)
        if who not in authors:  # somebody who wrote often is looked up once
            authors[who] = _author(row)
        name, byline = authors[who]
        if row.posted_at:
            posted = row.posted_at.astimezone(zone)
            minutes = posted.isoformat(timespec="minutes")
            byline += f' · <time datetime="{minutes}">{time_words(posted)}</time>'
        edited = f' · <a href="{stem}{row.id}/history/">edited</a>' if row.edited_at else ""
        byline = f'<p class="byline">by {byline} ·{NBSP}<a href="{stem}{row.id}/">#{row.id}</a>{edited}</p>'
        cut = '<p class="cut">The archive has only the beginning of this comment.</p>' if row.is_cut_off else ""
        body = f'<div class="body">{row.html}{cut}</div>'
        parent = _parent_link(row, stem) if row.has_named_parent else ""
        signature = f'<div class="signature">{row.signature}</div>' if row.signature else ""
        made.append(Fragment(escape(row.subject), name, byline, _notes(row), body, parent, signature))
    return made


def _first_words(html: str) -> str:
    """What a line shows of a comment, after what it quotes. No tag is left, so what was sanitised stays so."""
    if html.startswith("<blockquote"):
        html = html.partition("</blockquote>")[2] or html
    return TAG_OR_CUT.sub(" ", html[: policy.FIRST_WORDS])


def _author(row: CommentRow) -> tuple[str, str]:
    """(the name, how a byline gives it): a member and an archived person with their numbers, or nobody known."""
    if row.author_name:
        name = escape(row.author_name)
        return (
            name,
            f'<a href="{escape(reverse("member", args=[row.author_name]))}"><b>{name}</b></a> ({row.author_id})',
        )
    if row.archived_hidden_at:
        return "somebody", f"<b>somebody</b> of {escape(row.archived_source)}, name withheld"
    if row.archived_name:
        name, address = escape(row.archived_name), reverse("archived_person", args=[row.archived_id])
        number, source = row.archived_number, escape(row.archived_source)
        return name, f'<a href="{address}"><b>{name}</b></a> ({number}) of {source}'
    return "Anonymous Coward", "<b>Anonymous Coward</b>"


def _notes(row: CommentRow) -> str:
    if not row.mark or not row.mark_words:
        return ""
    return f'<p class="orphan{" guessed" if row.is_guessed else ""}">{escape(row.mark_words)}</p>'


def _parent_link(row: CommentRow, stem: str) -> str:
    return f'<a href="{stem}{row.parent_id}/">Parent{" (guessed)" if row.is_guessed else ""}</a>'


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


@dataclass(frozen=True, slots=True)
class Setting:
    """What the discussion and the way to read it say about every comment of a page."""

    links: Links
    mode: str
    full_from: int
    is_open: bool = False
    always: int | None = None  # the comment that the page is about

    def where(self, entry: Entry) -> str:
        """What its place does not tell a reader: which comment it answers."""
        row = entry.row
        if not row.has_named_parent or row.id == self.always:
            return ""
        parent = f'<a href="{self.links.comment}{row.parent_id}/">#{row.parent_id}</a>'
        if entry.is_flattened:
            return f'<p class="orphan">Answers {parent}; from here on replies step in no further.</p>'
        if not entry.stands_apart:
            return ""
        why = ", on another page" if entry.is_cut else ", which is beneath your threshold"
        return f'<p class="orphan">In reply to {parent}{"" if self.mode == "flat" else why}.</p>'


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
        said = _comment(entry, fragments[entry.row.id], setting, layer, following.get(entry.row.id))
        parts.append(said.encode())
        parts.append(b'<ol role="list">' if entry.opens else b"</li>")
        if entry.closes:
            parts.append(b"</ol></li>" * entry.closes)
    parts.append(b"</ol>")
    return b"".join(parts)


def _comment(entry: Entry, fragment: Fragment, setting: Setting, layer: Layer, next_new: int | None) -> str:
    row, links = entry.row, setting.links
    below = _below(entry, links) if entry.beneath else ""
    if entry.is_tombstone:
        return _tombstone(entry, links, below)
    form = rules.form_of(entry, mode=setting.mode, full_from=setting.full_from, always=setting.always)
    knows = layer.people.get(row.author_id) if layer.people else None
    is_ignored = knows is not None and knows.endswith(IGNORED)
    if is_ignored and form == FULL and row.id != setting.always:
        form = LINE  # at the lowest threshold as well
    words = SCORE + rules.score_words(entry.shown, escape(row.label) if row.label else "")
    mark = f'<a class="fresh" href="#comment-{next_new}">new</a>' if next_new else ""
    head = f'id="comment-{row.id}" data-score="{entry.shown}"'
    if form == LINK:
        return (
            f'<li><p class="comment link" {head}><a href="{links.comment}{row.id}/">{fragment.subject}</a>{mark} '
            f'<span class="score">{words}</span> <span class="who">by {fragment.who}</span>{below}</p>'
        )
    reply = f'<a href="{links.reply}{row.id}/">Reply</a>' if setting.is_open else ""
    byline = fragment.byline.replace(" ·", f' <i class="known">{knows}</i> ·', 1) if knows else fragment.byline
    signature = "" if layer.hides_signatures else fragment.signature
    score = f'<a class="score" href="{links.comment}{row.id}/score/">{words}</a>'
    acts = f'<p class="acts">{reply}{fragment.parent}{layer.controls(row)}{below}</p>'
    rest = f"{byline}</header>{setting.where(entry)}{fragment.notes}{fragment.body}{signature}{acts}"
    if form == FULL:
        return f'<li><article class="comment" {head}><header><h3>{fragment.subject}</h3>{mark}{score}{rest}</article>'
    return (
        f'<li><details class="comment line" {head}><summary><h3>{fragment.subject}</h3>{mark}'
        f'<span class="score">{words}</span> <span class="who">by {fragment.who}</span> '
        f'<span class="first">{IGNORED if is_ignored else _first_words(row.html)}</span></summary>'
        f"<header>{score}{rest}</details>"
    )


def _below(entry: Entry, links: Links) -> str:
    replies = "reply" if entry.beneath == 1 else "replies"
    address = f"{links.comment}{entry.row.id}/?threshold=-1"
    return f'<a class="below" rel="nofollow" href="{address}">{entry.beneath} {replies} beneath your threshold</a>'


def _tombstone(entry: Entry, links: Links, below: str) -> str:
    pk, who = entry.row.id, "deleted by its author" if entry.row.is_deleted else "removed by staff"
    rest = below or "what answers it is still here."
    return (
        f'<li><article class="comment gone" id="comment-{pk}"><h3 class="orphan">This comment was {who}; '
        f'{rest} <a href="{links.comment}{pk}/">#{pk}</a></h3></article>'
    )

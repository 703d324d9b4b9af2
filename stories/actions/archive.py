"""Importing archived articles: all of one or nothing of it, and the same one twice changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from comments.actions import (
    ArchivedWords,
    change_archived_comment,
    insert_archived_comments,
    lock_discussion,
    place_archived_comments,
)
from comments.models import Comment, Discussion, Mark
from forum import policy, text
from forum.accounts.actions import keep_archived_people
from forum.accounts.models import ArchivedPerson, Markup
from moderation.actions import reconcile_discussion
from stories.archive import (
    ArchivedComment,
    Article,
    Merged,
    as_stored,
    from_stored,
    merge_articles,
    read_article,
)
from stories.models import ArchivedArticle, ArchivedPlace, Section, Story, Topic


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. ``story``: "new", "changed" or "unchanged"; the comments by their number."""

    story: str
    pk: int
    comments_new: int
    comments_changed: int
    warnings: tuple[str, ...]


@transaction.atomic
def import_article(*, article: Article, now: datetime) -> Imported:
    """Store an archived article, or bring the stored one up to it. Raises BadArticle if it is another story.

    Raises IntegrityError if another importer stored the same story at this very moment; trying again finds it known.
    """
    known = ArchivedArticle.objects.select_for_update(no_key=True).select_related("story__discussion")
    archive = known.filter(source=policy.ARCHIVE_SOURCE, source_id=article.id).first()
    return _update(archive, article, now) if archive else _insert(article, now)


def _insert(article: Article, now: datetime) -> Imported:
    slug = slugify(article.title)[:80].strip("-") or "story"
    discussion = Discussion.objects.create(title=article.title, link="/", opens_at=_opening(article, now))
    story = Story(slug=slug, discussion=discussion, created_at=now, changed_at=now, **_columns(article))
    story.state = Story.State.PUBLISHED
    story.save(force_insert=True)
    Discussion.objects.filter(pk=discussion.pk).update(link=story.get_absolute_url())
    archive = ArchivedArticle.objects.create(
        story=story,
        source=policy.ARCHIVE_SOURCE,
        source_id=article.id,
        printed=as_stored(article),
        fortune=article.fortune or "",
        imported_at=now,
    )
    words = _words(article.comments)
    _store_places(archive, insert_archived_comments(discussion=discussion, words=words), words)
    return Imported("new", story.pk, len(words), 0, article.warnings)


def _columns(article: Article) -> dict:
    """The story's columns that the archive decides."""
    length = _intro_length(article)
    intro, body = article.paragraphs[:length], article.paragraphs[length:]
    links = dict(reversed(article.links))  # a number used twice: the first counts
    return {
        "title": article.title,
        "intro": _source(intro),
        "body": _source(body),
        "markup": Markup.PLAIN,
        "intro_html": text.render_archived(intro, links),
        "body_html": text.render_archived(body, links),
        "dept": article.dept or "",
        "source_domain": article.domain or "",
        "editor_name": article.editor or "",
        "published_at": article.published_utc,
        "section": _shelf(Section, "Archive", position=policy.ARCHIVE_SECTION_POSITION),
        "topic": _topic(article.category or "News"),
    }


def _intro_length(article: Article) -> int:
    """How many paragraphs the front page shows: up to the first quotation, at least one."""
    quoted = (place for place, paragraph in enumerate(article.paragraphs) if place and paragraph.depth)
    return next(quoted, len(article.paragraphs))


def _source(paragraphs) -> str:
    return "\n\n".join(paragraph.printed for paragraph in paragraphs)


def _opening(article: Article, imported_at: datetime) -> datetime:
    """When its discussion opens: with the import, or with the story where its date is still to come."""
    return max(imported_at, article.published_utc)


def _topic(name: str) -> Topic:
    return _shelf(Topic, name, icon=name[:2])


def _shelf(kind: type[Section] | type[Topic], name: str, **columns):
    """The section or topic of this name, whatever its address; made with an address of its own if there is none.

    Of two importers that make it at once one fails by constraint, tries again, and finds it.
    """
    name = name[: kind._meta.get_field("name").max_length]
    found = kind.objects.filter(name=name).first() or kind.objects.filter(name__iexact=name).first()
    return found or kind.objects.create(name=name, slug=_free_slug(kind, name), **columns)


def _free_slug(kind: type[Section] | type[Topic], name: str) -> str:
    slug = slugify(name)[:50] or kind._meta.model_name
    taken = set(kind.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    tries = (slug if number == 1 else f"{slug}-{number}" for number in count(1))
    return next(one for one in tries if one not in taken)


def _words(comments: tuple[ArchivedComment, ...]) -> list[ArchivedWords]:
    people = _people(comments)
    return [_said(comment, people) for comment in comments]


def _people(comments: tuple[ArchivedComment, ...]) -> dict[int, ArchivedPerson]:
    named = {comment.uid: comment.author for comment in comments if not comment.anonymous}
    return keep_archived_people(source=policy.ARCHIVE_SOURCE, names=named)


def _said(comment: ArchivedComment, people: dict[int, ArchivedPerson]) -> ArchivedWords:
    return ArchivedWords(
        number=comment.n,
        parent=_stands_under(comment),
        author=None if comment.anonymous else people[comment.uid],
        subject=comment.subject,
        source=_source(comment.paragraphs),
        html=text.render_archived(comment.paragraphs, dict(reversed(comment.links))),
        score=comment.score,
        label=comment.reason or "",
        mark=comment.parent_status if comment.parent_status in Mark.values else "",
        is_cut_off=comment.truncated,
    )


def _stands_under(comment: ArchivedComment) -> int | None:
    """Its parent, or the opener of its thread where the archive does not tell the parent; its mark says which."""
    return comment.parent or (comment.thread if comment.thread != comment.n else None)


def _store_places(archive: ArchivedArticle, made: dict[int, Comment], words: list[ArchivedWords]) -> None:
    places = [ArchivedPlace(comment=made[said.number], article=archive, number=said.number) for said in words]
    ArchivedPlace.objects.bulk_create(places, batch_size=500)


def _update(archive: ArchivedArticle, article: Article, now: datetime) -> Imported:
    merged = merge_articles(from_stored(archive.printed), article)
    if not (merged.story_changed or merged.changed or merged.added):
        return Imported("unchanged", archive.pk, 0, 0, merged.article.warnings)
    story = archive.story
    lock_discussion(story.discussion_id)
    if merged.story_changed:
        columns = _columns(merged.article)
        Story.objects.filter(pk=story.pk).update(changed_at=now, **columns)
        Discussion.objects.filter(pk=story.discussion_id).update(
            title=merged.article.title, opens_at=_opening(merged.article, archive.imported_at)
        )
    _update_comments(archive, story.discussion, merged)
    ArchivedArticle.objects.filter(pk=archive.pk).update(
        printed=as_stored(merged.article), fortune=merged.article.fortune or ""
    )
    return Imported("changed", story.pk, len(merged.added), len(merged.changed), merged.article.warnings)


def _update_comments(archive: ArchivedArticle, discussion: Discussion, merged: Merged) -> None:
    """Apply a merge: numbers anew, changed comments, added ones, and all in the new order."""
    by_old = {place.number: place.comment for place in archive.places.select_related("comment")}
    by_new = {n: by_old[old] for n, old in merged.known.items()}
    archive.places.all().delete()  # numbers move past one another, which the unique constraint would stop half-way
    words = {said.number: said for said in _words(merged.article.comments)}
    added = [words[n] for n in merged.added]
    made = insert_archived_comments(discussion=discussion, words=added, known=by_new)
    for n in by_new:
        parent = made.get(words[n].parent)
        if n in merged.changed or made[n].parent_id != (parent and parent.pk):
            change_archived_comment(comment=made[n], said=words[n], parent=parent)
    _store_places(archive, made, list(words.values()))
    place_archived_comments(discussion=discussion, order=[made[n].pk for n in sorted(made)])
    reconcile_discussion(discussion.pk)


def import_raw(*, raw: bytes, encoding: str, zone: str, dry_run: bool, now: datetime) -> tuple[Article, Imported]:
    """Import one document: the article as read, and what was done with it. A dry run does it all and takes it back.

    Raises BadArticle; then nothing of the document is stored.
    """
    article = read_article(raw, encoding=encoding, zone=zone)
    try:
        return article, _import_or_try(article, dry_run, now)
    except IntegrityError:  # another importer stored the same story just now: this time it is known
        return article, _import_or_try(article, dry_run, now)


@transaction.atomic
def _import_or_try(article: Article, dry_run: bool, now: datetime) -> Imported:
    imported = import_article(article=article, now=now)
    transaction.set_rollback(dry_run)
    return imported

"""Stories, their discussions and their archives held against one another. Reads only."""

from collections.abc import Iterator
from itertools import pairwise

from django.db.models import Exists, F, OuterRef
from django.urls import NoReverseMatch

from comments.models import Comment, Discussion
from forum.integrity import Problem
from stories.models import ArchivedArticle, ArchivedPlace, Story


def check_discussion(discussion_id: int) -> Iterator[Problem]:
    """What a discussion belongs to, its address and title, and the archive's order in it."""
    yield from _check_owner(discussion_id)
    for story in Story.objects.filter(discussion=discussion_id).select_related("discussion"):
        yield from _check_address(story)
        yield from _check_visibility(story)
    yield from _check_archive(discussion_id)


def _check_owner(discussion_id: int) -> Iterator[Problem]:
    # Whatever owns a discussion points to it from a one-to-one field; more kinds of owners may come.
    owners = [relation for relation in Discussion._meta.related_objects if relation.one_to_one]
    held = (relation.related_model.objects.filter(**{relation.field.name: discussion_id}) for relation in owners)
    if not any(owner.exists() for owner in held):
        yield Problem("owner missing", f"discussion {discussion_id}", "no owner", "a story, a poll ...", False)


def _check_address(story: Story) -> Iterator[Problem]:
    try:
        link = story.get_absolute_url()
    except NoReverseMatch:
        yield Problem("slug", f"story {story.pk}", repr(story.slug), "letters, digits and hyphens", True)
        return
    where = f"discussion {story.discussion_id}"
    if story.discussion.link != link:
        yield Problem("link", where, story.discussion.link, link, True)
    if story.discussion.title != story.title:
        yield Problem("title", where, repr(story.discussion.title), repr(story.title), True)


def _check_visibility(story: Story) -> Iterator[Problem]:
    """What readers may not see as a story they may not see as a discussion, and the other way round."""
    is_hidden = story.discussion.status == Discussion.Status.HIDDEN
    where = f"discussion {story.discussion_id}"
    if story.state in Story.SHOWN_STATES and is_hidden:
        yield Problem("visibility", where, "hidden", f"as its {story.state} story", False)
    if story.state not in Story.SHOWN_STATES and not is_hidden:
        yield Problem("visibility", where, story.discussion.status, f"hidden, as its {story.state} story", False)
    elif story.published_at and story.state in Story.SHOWN_STATES and story.discussion.opens_at < story.published_at:
        yield Problem("visibility", where, "open before its story", f"opening at {story.published_at}", False)


def _check_archive(discussion_id: int) -> Iterator[Problem]:
    """Archived comments of one discussion: each known by its number in the document, siblings in that order."""
    archived = Comment.objects.filter(discussion=discussion_id, is_archived=True)
    for pk in archived.filter(archived_place=None).values_list("pk", flat=True):
        yield Problem("archived place missing", f"comment {pk}", "no number", "a number in the document", False)
    placed = archived.filter(archived_place__isnull=False).order_by("parent_id", "tree_id", "lft")
    for before, row in pairwise(placed.values_list("parent_id", "archived_place__number", "pk")):
        if before[0] == row[0] and before[1] > row[1]:
            found = f"number {row[1]} behind number {before[1]}"
            yield Problem("order", f"comment {row[2]}", found, "the order of the document", True)


def stories_astray() -> Iterator[Problem]:
    """Stories without a discussion, archives without a story, places without their comment or in another's story."""
    silent = Story.objects.exclude(Exists(Discussion.objects.filter(pk=OuterRef("discussion_id"))))
    for pk, discussion in silent.order_by("pk").values_list("pk", "discussion_id").iterator():
        yield Problem("discussion missing", f"story {pk}", f"discussion {discussion}", "one that exists", False)
    untold = ArchivedArticle.objects.exclude(Exists(Story.objects.filter(pk=OuterRef("story_id"))))
    for pk in untold.order_by("pk").values_list("pk", flat=True).iterator():
        yield Problem("story missing", f"archived article {pk}", "no such story", f"story {pk}", False)
    empty = ArchivedPlace.objects.exclude(Exists(Comment.objects.filter(pk=OuterRef("comment_id"))))
    for pk in empty.order_by("pk").values_list("pk", flat=True).iterator():
        yield Problem("comment missing", f"archived place {pk}", "no such comment", f"comment {pk}", False)
    foreign = ArchivedPlace.objects.exclude(comment__discussion=F("article__story__discussion"))
    foreign = foreign.filter(comment__discussion__isnull=False, article__story__discussion__isnull=False)
    for pk, article in foreign.order_by("pk").values_list("pk", "article_id").iterator():
        yield Problem("place elsewhere", f"archived place {pk}", f"article {article}", "its comment's story", False)

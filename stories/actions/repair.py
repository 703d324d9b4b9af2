"""Setting a story's derived values right: what its discussion is called, where it is, in which order it stands."""

from django.db import transaction
from django.urls import NoReverseMatch
from django.utils.text import slugify

from comments.actions import lock_discussion, place_archived_comments
from comments.models import Discussion
from stories.models import ArchivedPlace, Story


@transaction.atomic
def restore_order(discussion_id: int) -> None:
    """Number a discussion's trees anew: archived comments as in the document, the others behind them as posted."""
    discussion = lock_discussion(discussion_id)
    placed = ArchivedPlace.objects.filter(comment__discussion=discussion).order_by("number")
    place_archived_comments(discussion=discussion, order=list(placed.values_list("comment_id", flat=True)))


@transaction.atomic
def restore_address(discussion_id: int) -> None:
    """Give a story's discussion the story's title and address; an address that cannot be is made from the title."""
    lock_discussion(discussion_id)
    story = Story.objects.select_for_update(no_key=True).get(discussion=discussion_id)
    try:
        story.get_absolute_url()
    except NoReverseMatch:
        story.slug = slugify(story.title)[:80].strip("-") or "story"
        story.save(update_fields=["slug"])
    Discussion.objects.filter(pk=discussion_id).update(title=story.title, link=story.get_absolute_url())

"""What a member takes along from the discussions."""

from collections.abc import Iterable, Iterator

from django.db.models import F
from django.urls import reverse

from comments.models import Comment, Draft, Revision, Visit
from forum.accounts.models import User


def own_records(member: User) -> dict[str, Iterable[dict]]:
    """Comments, removed ones and earlier versions too, what was typed and not posted, how far one has read.

    Each is read as it is used.
    """
    visits = Visit.objects.filter(member=member).order_by("discussion_id")
    drafts = Draft.objects.filter(member=member).order_by("id")
    earlier = Revision.objects.filter(comment__author=member).order_by("id")
    return {
        "comments": _comments(member),
        "earlier_versions": earlier.values("comment_id", "subject", "source", "markup", "replaced_at").iterator(),
        "drafts": drafts.values("subject", "body", "markup", "saved_at", title=F("discussion__title")).iterator(),
        "visits": visits.values("seen_before", "seen_now", "looked_at", title=F("discussion__title")).iterator(),
    }


def _comments(member: User) -> Iterator[dict]:
    own = Comment.objects.filter(author=member).order_by("id")
    columns = ("id", "parent_id", "subject", "posted_at", "score", "label", "start_score", "has_bonus", "hidden_at")
    words = {
        "title": F("discussion__title"),
        "source": F("text__source"),
        "markup": F("text__markup"),
        "html": F("text__html"),
    }
    for record in own.values(*columns, **words).iterator():
        yield {**record, "link": reverse("comment", args=[record["id"]])}

"""Banning the network that a comment came from, which nobody has to know for that."""

from datetime import datetime

from django.db import transaction

from comments.models import Comment, Origin
from forum.accounts.actions import Refused, ban_hash
from forum.accounts.models import Ban, StaffAct, User


@transaction.atomic
def ban_network_of(
    *,
    comment: Comment,
    actor: User,
    reason: str,
    now: datetime,
    kind: str = Ban.Kind.ANONYMOUS,
    until: datetime | None = None,
) -> StaffAct | None:
    """Stop what comes from where this comment came from, until then, and no longer than the day's key lives.

    None if it is banned from that already. Raises Refused with words: no reason, or the key is gone.
    """
    origin = Origin.objects.select_related("key").filter(pk=comment.pk).exclude(network="").first()
    if origin is None:
        raise Refused("Where this comment came from is not known (any more).")
    where = {"key": origin.key, "network_hash": origin.network}
    return ban_hash(**where, target=comment, actor=actor, reason=reason, now=now, kind=kind, until=until)

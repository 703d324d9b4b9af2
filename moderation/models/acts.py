"""Which acts of staff are public, in which words, and which of them can be appealed."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Subquery

from comments.models import Comment
from forum import policy
from forum.accounts.models import StaffAct
from moderation.models.log import Moderation
from moderation.models.staff import Appeal, BulkAct, BulkItem


class PublicVerb(NamedTuple):
    """A kind of act as the public log tells it: ``label`` names it, ``did`` is followed by what it was done to."""

    label: str
    did: str
    is_appealable: bool = False
    tells_change: bool = True  # whether before and after are public


PUBLIC = {
    "hide": PublicVerb("Comment removed", "removed", True),
    "restore": PublicVerb("Comment put back", "put back"),
    "erase": PublicVerb("Words erased", "erased for ever the words of"),
    "rescore": PublicVerb("Score set", "set the score of", True),
    "set back": PublicVerb("Moderations withdrawn", "withdrew every moderation of", True),
    "mass hide": PublicVerb("Many comments removed", "removed many comments:", True),
    "mass set back": PublicVerb("Many moderations withdrawn", "withdrew the newest moderations of", True),
    "set discussion": PublicVerb("Discussion opened or closed", "changed the state of"),
    "ban": PublicVerb("Member banned", "banned", True),
    "unban": PublicVerb("Ban lifted", "lifted the ban of"),
    "ban network": PublicVerb("Network banned", "banned the network behind"),
    "unban network": PublicVerb("Ban of a network lifted", "let a network post again:"),
    "bar": PublicVerb("Barred from moderating", "barred from moderating:", True),
    "lift bar": PublicVerb("Bar lifted", "let moderate again:"),
    "grant points": PublicVerb("Mod points given", "gave mod points to"),
    "remove points": PublicVerb("Mod points removed", "removed the mod points of"),
    "set karma": PublicVerb("Karma set", "set the karma of", tells_change=False),  # a karma is its member's alone
    "adopt policy": PublicVerb("Policy adopted", "put into force:"),
    "undo": PublicVerb("Act undone", "undid an act on", tells_change=False),
    "uphold": PublicVerb("Appeal rejected", "rejected an appeal about", tells_change=False),
    "overturn": PublicVerb("Appeal granted", "granted an appeal about", tells_change=False),
}
APPEALABLE = tuple(verb for verb, told in PUBLIC.items() if told.is_appealable)


def public_acts():
    """The acts that everybody may read about."""
    return StaffAct.objects.filter(verb__in=list(PUBLIC))


def was_hit(act: StaffAct, member) -> bool:
    """Whether this act took something from this member: words, a score, or the right to take part."""
    if act.verb in ("ban", "bar", "mass set back"):
        return act.target_id == member.pk
    if act.verb == "mass hide":
        return comments_hit(act, member).exists()
    return act.verb in APPEALABLE and Comment.objects.filter(pk=act.target_id, author=member).exists()


def why_no_appeal(act: StaffAct, member, now: datetime) -> str:
    """Why this member cannot appeal against this act now, in words; "" if it can be done."""
    if act.verb not in APPEALABLE or not was_hit(act, member):
        return "Only whom an act hit can appeal against it."
    if Appeal.objects.filter(act=act).exists():
        return "This act has been appealed already; there is one appeal for each."
    if StaffAct.objects.filter(undoes=act).exists():
        return "This act was undone already."
    if act.acted_at < now - policy.APPEAL_WITHIN:
        return f"An appeal has to come within {policy.APPEAL_WITHIN.days} days."
    return ""


def comments_hit(act: StaffAct, member):
    """The member's own comments that this act took off the pages, one or many."""
    own = Comment.objects.filter(author=member)
    if act.verb == "mass hide":
        changed = BulkItem.objects.filter(bulk_act__act=act, is_changed=True)
        return own.filter(pk__in=changed.values("row_id"))
    return own.filter(pk=act.target_id) if act.verb == "hide" else own.none()


def rows_of_mass_act(kind: str, target, most: int):
    """(discussion, number) of the comments or moderations that a mass act would change, newest first."""
    if kind == BulkAct.Kind.SET_BACK_MODERATOR:
        given = Moderation.objects.active().by(target).filter(sets_score=None)
        return given.order_by("-id").values_list("comment__discussion_id", "pk")[:most]
    visible = Comment.objects.filter(hidden_at=None).order_by("-id").values_list("discussion_id", "pk")
    if kind == BulkAct.Kind.HIDE_NEWEST:
        return visible.filter(author=target)[:most]
    # Asked for in one statement: the tree's numbers may be spread anew at any time.
    here = Comment.objects.filter(pk=target.pk)
    tree, left, right = (Subquery(here.values(number)[:1]) for number in ("tree_id", "lft", "rght"))
    return visible.filter(tree_id=tree, lft__gte=left, lft__lte=right)

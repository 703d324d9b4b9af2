"""The only door through which a member's belongings are asked for, and through which a member is erased."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from comments.actions import forget_drafts, forget_visits
from comments.actions.limits import in_words
from comments.models import Comment
from forum import policy
from forum.accounts.actions import Refused, erase_account
from forum.accounts.models import User
from forum.accounts.rules import erased_name
from forum.belongings.models import Erasure, Export
from forum.notifications.actions import forget_letterbox, forget_name, leave_notification
from forum.retries import retried
from moderation.actions import erase_own_words, forget_member


@transaction.atomic
def claim_export(*, member: User, now: datetime) -> None:
    """Note that the member takes everything along now. Raises Refused, with words, so soon after the last time."""
    if Export.objects.get_or_create(member=member, defaults={"exported_at": now})[1]:
        return
    # The condition stands in the UPDATE: of two tabs one goes on.
    if not Export.objects.filter(member=member, exported_at__lte=now - policy.EXPORT_PAUSE).update(exported_at=now):
        raise Refused(
            f"You took everything along less than {in_words(policy.EXPORT_PAUSE)} ago. Please try again later."
        )


@transaction.atomic
def request_erasure(*, member: User, with_words: bool, now: datetime) -> Erasure:
    """Write down that the member wishes to be erased, and tell the member until when that can be taken back.

    Raises Refused with words: nobody else could run the site. Asked again, the last choice holds and the time stays.
    """
    _check_replaceable(member)
    due_at = now + policy.ERASURE_GRACE
    fresh = Erasure(member=member, with_words=with_words, requested_at=now, due_at=due_at)
    Erasure.objects.bulk_create([fresh], ignore_conflicts=True)
    Erasure.objects.filter(member=member).update(with_words=with_words)
    leave_notification(
        recipient=member,
        event=f"erasure:{now:%Y%m%d%H}",
        line=f"Your account will be erased on {due_at:%B %-d, %Y}. Until then you can change your mind.",
        link=reverse("erase"),
        wants_mail=True,
        now=now,
    )
    return Erasure.objects.get(member=member)


def _check_replaceable(member: User) -> None:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=member.pk)
    if member.is_superuser and not others.exists():
        raise Refused("Nobody else may do everything on this site: make somebody else a superuser first.")


def cancel_erasure(*, member: User) -> bool:
    """Take the wish back; False if there was none, or if it is done."""
    return bool(Erasure.objects.filter(member=member).delete()[0])


def erase_due_members(*, now: datetime, most_comments: int) -> int:
    """Erase whom it is time for; returns how many members are gone.

    The words of so many comments at most in one run: the next run goes on where this one ended.
    """
    gone, left = 0, most_comments
    for erasure in Erasure.objects.due(now).order_by("due_at", "pk").select_related("member"):
        if erasure.with_words:
            left -= _erase_words(erasure.member, left, now)
            if left <= 0:
                break
        gone += erase_member(member=erasure.member, now=now)
    return gone


def _erase_words(member: User, most: int, now: datetime) -> int:
    own = Comment.objects.filter(author=member, text__erased_at=None).order_by("-pk").values_list("pk", flat=True)
    return sum(erase_own_words(comment_id=pk, now=now) for pk in list(own[:most]))


@retried
@transaction.atomic
def erase_member(*, member: User, now: datetime) -> bool:
    """Let nothing be left that tells who a member was; False if that is done, or if the wish was taken back.

    What others need stays under a name that names nobody: the place and score of comments, moderations, what staff
    did. The old name is given to nobody else.
    """
    if not Erasure.objects.select_for_update(no_key=True).due(now).filter(member=member).exists():
        return False
    name = User.objects.values_list("username", flat=True).get(pk=member.pk)
    told = erased_name(member.pk)
    forget_visits(member=member)
    forget_drafts(member=member)
    forget_member(member=member)
    forget_letterbox(member=member)
    own = list(Comment.objects.filter(author=member).values_list("pk", flat=True))
    forget_name(events=[f"{what}:{pk}" for pk in own for what in ("reply", "mention")], name=name, told=told)
    Export.objects.filter(member=member).delete()
    Erasure.objects.filter(member=member).delete()
    erase_account(member=member, now=now)
    return True

"""Moderating: spending a point, taking it back at once, posting where one has moderated, corrections by staff.

Locks are always taken in this order, so that no two acts wait for each other: discussion, comment, grant, members by
number, moderators by number.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from comments.actions import (
    DiscussionClosed,
    Words,
    check_not_own,
    current_karma,
    forget_draft,
    lock_discussion,
    post_comment,
    tell_of_act,
)
from comments.models import Comment, Discussion, Origin
from comments.rules import score_words, shown_score
from forum import policy
from forum.accounts.actions import Refused, banned, change_karma, check_not_banned, check_reason_given, record_staff_act
from forum.accounts.models import User
from forum.accounts.queries import load_taste
from forum.compiled import Compiled
from forum.networks import keyed_hash
from forum.notifications.actions import leave_notification
from forum.presets import TOKENS, Policy, ReasonRule
from forum.retries import retried
from forum.rulebook.actions import version_in_force
from forum.rulebook.models import PolicyVersion
from forum.rulebook.queries import Policies, policy_in_force
from moderation import rules
from moderation.actions.points import return_point
from moderation.actions.reversals import rescore_from_log, withdraw
from moderation.actions.tokens import Wish, change_tokens
from moderation.models import Moderation, Moderator, PointGrant, Reversal, TokenEntry

NO_POINTS = "You have no mod points left."


@retried
@transaction.atomic
def take_part(
    *,
    discussion: Discussion,
    author: User | None,
    parent: Comment | None,
    words: Words,
    form_key: str | None,
    now: datetime,
    declines_bonus: bool = False,
    network: str = "",
    writer: User | None = None,
    solution: str = "",
    draft_seen: int = 0,
) -> Comment:
    """Post a comment, and withdraw the member's own moderations in the discussion: nobody is player and referee.

    Posting as an Anonymous Coward (``author=None``) withdraws nothing (Slash: the sanctioned loophole), and a policy
    may let members do both. Points spent are not returned. The writer's draft is gone (``draft_seen``: its version
    that the form began with). Raises as comments.actions.post_comment; then nothing was withdrawn either.
    """
    # The comment says which policy it was posted under, so that may be asked before others have to wait.
    version = version_in_force(now)
    discussion = lock_discussion(discussion.pk)
    comment = post_comment(
        discussion=discussion,
        version=version,
        author=author,
        parent=parent,
        words=words,
        form_key=form_key,
        now=now,
        declines_bonus=declines_bonus,
        network=network,
        writer=writer,
        solution=solution,
    )
    withdraw_own(comment, version=version, now=now)
    if writer:
        forget_draft(member=writer, discussion=discussion, parent=parent, form_key=form_key, seen=draft_seen)
    return comment


OWN_HERE = Compiled(
    lambda member, discussion: Moderation.objects.active().by(member).in_discussion(discussion).filter(sets_score=None)
)


def withdraw_own(comment: Comment, *, version: PolicyVersion, now: datetime) -> None:
    """Withdraw what the author of a comment that was just posted has moderated in its discussion."""
    if not (comment.author_id and version.policy.is_exclusive):
        return
    # Nearly always nothing, and then nothing more is asked while others wait for the discussion.
    if own := OWN_HERE.all(comment.author_id, comment.discussion_id):
        withdraw(own, kind=Reversal.Kind.POSTED, because="The moderator posted in the discussion.", now=now)


@retried
@transaction.atomic
def spend_point(*, comment: Comment, moderator: User, reason: int, now: datetime, network: str = "") -> Moderation:
    """Moderate one comment: one point less, one line in the log, the score recomputed from it, the author's karma.

    ``network`` is where the moderator is. Raises Refused with words; then nothing has moved and the point is still
    there.
    """
    discussion = lock_discussion(comment.discussion_id)
    comment = Comment.objects.select_for_update(of=("self",), no_key=True).select_related("author").get(pk=comment.pk)
    version = version_in_force(now)
    numbers = version.policy
    check_may_moderate(
        discussion=discussion, comment=comment, moderator=moderator, now=now, network=network, numbers=numbers
    )
    rule = numbers.rule_of.get(reason)
    has_prior = bool(rule and rule.needs_prior) and _has_prior(comment, numbers)
    karma = current_karma(moderator)
    if refusal := rules.check_reason(rule, score=comment.score, karma=karma, has_prior=has_prior, numbers=numbers):
        raise Refused(refusal)
    grant = _take_point(moderator, now)
    # Two tabs of one moderator take their points one after the other, so only from here on can they be counted.
    _check_pair(comment, moderator, numbers, now)
    moderation = _log(comment, moderator, rule, grant, version, now)
    rescore_from_log(comment, Policies({version.number: numbers}))
    _charge_tokens(moderation, rule, version, now)
    _tell_author(moderation, comment, now)
    return moderation


def check_may_moderate(
    *,
    discussion: Discussion,
    comment: Comment,
    moderator: User,
    now: datetime,
    network: str = "",
    numbers: Policy,
) -> None:
    """Raise Refused, in words, if this member may not moderate this comment now (Slash: _can_mod)."""
    if discussion.status == Discussion.Status.ARCHIVED:
        raise DiscussionClosed("This discussion is archived: its scores stay as they are.")
    if not discussion.is_open(now):
        raise DiscussionClosed("This discussion is closed.")
    if comment.hidden_at:
        raise Refused("This comment was removed meanwhile.")
    if comment.author_id == moderator.pk:
        raise Refused("This is your own comment; others decide about it.")
    if (comment.posted_at or discussion.opens_at) < now - numbers.window:
        raise Refused(f"This comment is older than {numbers.window.days} days; its score stays as it is.")
    check_not_banned(moderator, "moderate")
    _check_not_barred(moderator, now)
    if numbers.is_exclusive and Comment.objects.filter(discussion=discussion, author=moderator).exists():
        raise Refused("You have posted in this discussion, so you cannot moderate in it.")
    if Moderation.objects.active().by(moderator).filter(comment=comment, sets_score=None).exists():
        raise Refused("You have moderated this comment already.")
    # Before the question where a comment came from: who cannot moderate learns nothing about who wrote it.
    if not PointGrant.objects.of(moderator).spendable(now).exists():
        raise Refused(NO_POINTS)
    _check_origin(comment, moderator, network, numbers)


def _check_not_barred(moderator: User, now: datetime) -> None:
    barred = Moderator.objects.filter(pk=moderator.pk, barred_until__gt=now).first()
    if barred:
        until = f"{barred.barred_until:%Y-%m-%d}"
        raise Refused(f"Staff have barred you from moderating until {until}. The reason: {barred.barred_because}")


def _check_origin(comment: Comment, moderator: User, network: str, numbers: Policy) -> None:
    """Neither own words posted anonymously, nor words from the same network (Slash: IP-hash and /24-hash differ)."""
    origin = Origin.objects.filter(pk=comment.pk).select_related("key").first()
    if origin is None:
        return
    if origin.author and origin.author == keyed_hash(origin.key.secret, f"member:{moderator.pk}"):
        raise Refused("This is your own comment; others decide about it.")
    if not (numbers.same_network_forbidden and network and origin.network):
        return
    if origin.network == keyed_hash(origin.key.secret, f"network:{network}"):
        raise Refused("This comment came from the network you are on, so somebody elsewhere has to decide about it.")


def _check_pair(comment: Comment, moderator: User, numbers: Policy, now: datetime) -> None:
    """Nobody pursues one author, or carries one along (Slash fines repeats in metamoderation, too late)."""
    if not (numbers.pair_cap and comment.author_id):
        return
    since = now - numbers.pair_span
    given = Moderation.objects.by(moderator).filter(author=comment.author_id, moderated_at__gt=since, sets_score=None)
    if given.exclude(reversals__kind=Reversal.Kind.UNDONE).count() >= numbers.pair_cap:
        raise Refused(
            f"You have moderated this author {numbers.pair_cap} times within {numbers.pair_span.days} days. "
            "Let others decide about this one."
        )


def _has_prior(comment: Comment, numbers: Policy) -> bool:
    answered = [number for number, rule in numbers.rule_of.items() if not rule.needs_prior]
    return comment.moderations.active().filter(reason__in=answered).exists()


def _take_point(moderator: User, now: datetime) -> PointGrant:
    """Take one point from the grant that expires first. The condition stands in the UPDATE: of two tabs one wins."""
    spendable = PointGrant.objects.of(moderator).spendable(now)
    while grant := spendable.order_by("expires_at", "id").first():
        if spendable.filter(pk=grant.pk).update(points_left=F("points_left") - 1):
            return grant
    raise Refused(NO_POINTS)


def _log(comment, moderator, rule: ReasonRule, grant: PointGrant, version: PolicyVersion, now: datetime) -> Moderation:
    karma_change = None
    if comment.author and rule.karma:
        cause = f"“{comment.subject}” was moderated {rule.name}"
        karma_change = change_karma(member=comment.author, delta=rule.karma, cause=cause, now=now, version=version)
    numbers = version.policy
    is_judged = numbers.metamoderation and rule.is_metamoderable
    try:
        with transaction.atomic():
            return Moderation.objects.create(
                comment=comment,
                moderator=moderator,
                author=comment.author,
                reason=rule.number,
                delta=rule.score,
                grant=grant,
                karma_change=karma_change,
                policy=version,
                votes_wanted=rules.votes_wanted(numbers, _member_count()) if is_judged else 0,
                moderated_at=now,
            )
    except IntegrityError as problem:
        raise Refused("You have moderated this comment already.") from problem


def _member_count() -> int:
    """How many members there are, by the newest one's number: counting them all would cost each moderation a scan."""
    return User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _charge_tokens(moderation: Moderation, rule: ReasonRule, version: PolicyVersion, now: datetime) -> None:
    """What the moderation costs in tokens: a reason nobody metamoderates its giver, a loss of karma the author."""
    numbers = version.policy
    if numbers.grant_mode != TOKENS:
        return
    about, wishes = {"moderation": moderation}, []
    if not rule.is_metamoderable and numbers.blind_reason_cost:
        wishes.append(Wish(moderation.moderator_id, -numbers.blind_reason_cost, TokenEntry.Kind.BLIND, about))
    if moderation.author_id and rule.karma < 0:
        wishes.append(Wish(moderation.author_id, rule.karma, TokenEntry.Kind.KARMA, about))
    change_tokens(wishes, version=version, now=now)


def _tell_author(moderation: Moderation, comment: Comment, now: datetime) -> None:
    if comment.author:
        taste = load_taste(comment.author, of_others=False)
        shown = shown_score(comment.facts(taste), taste)
        leave_notification(
            recipient=comment.author,
            event=f"moderation:{moderation.pk}",
            line=f"Your comment “{comment.subject}” was moderated {moderation.get_reason_display()}; "
            f"its score is now {score_words(shown)}",
            link=comment.get_absolute_url(),
            wants_mail=comment.author.mail_moderations,
            now=now,
        )


@retried
@transaction.atomic
def undo_moderation(*, moderation: Moderation, moderator: User, now: datetime) -> Comment:
    """Take an own moderation back within moments, and have the point again: a slip of the hand costs nothing.

    Raises Refused with words when it is too late, or not one's own.
    """
    discussion_id = Comment.objects.values_list("discussion_id", flat=True).get(pk=moderation.comment_id)
    lock_discussion(discussion_id)
    within = version_in_force(now).policy.undo_within
    own = Moderation.objects.active().by(moderator).filter(pk=moderation.pk, sets_score=None).first()
    if own is None:
        raise Refused("This moderation was taken back already.")
    if own.moderated_at < now - within or own.meta_votes.exists():
        raise Refused("It is too late to take this moderation back.")
    return_point(own, cause="A moderation taken back at once", now=now)
    withdraw([own], kind=Reversal.Kind.UNDONE, because="The moderator took it back at once.", now=now)
    return Comment.objects.get(pk=own.comment_id)


@retried
@transaction.atomic
def correct_score(*, comment: Comment, score: int, actor: User, reason: str, now: datetime) -> Moderation | None:
    """A member of staff sets a comment's score: one line of its log, public, with the reason; None if it stands there.

    Later moderations go on from there. Karma and points stay as they are. Raises Refused with words.
    """
    if not policy.SCORE_MIN <= score <= policy.SCORE_MAX:
        raise Refused(f"A score lies between {policy.SCORE_MIN} and {policy.SCORE_MAX}.")
    check_reason_given(reason)
    lock_discussion(comment.discussion_id)
    comment = Comment.objects.select_related("author").get(pk=comment.pk)
    check_not_own(comment, actor)
    if comment.score == score:
        return None
    act = record_staff_act(
        actor=actor, verb="rescore", target=comment, reason=reason, before=comment.score, after=score, now=now
    )
    correction = Moderation.objects.create(
        comment=comment,
        moderator=actor,
        author_id=comment.author_id,
        delta=0,
        sets_score=score,
        act=act,
        policy=version_in_force(now),
        moderated_at=now,
    )
    rescore_from_log(comment)
    line = f"Staff set the score of your comment “{comment.subject}” from {act.before} to {score}"
    tell_of_act(act, recipient=comment.author, line=line, now=now)
    return correction


def check_may_post_as(*, member, is_anonymous: bool) -> None:
    """Raise Refused if this member may not hide behind Anonymous Coward (Slash: not below karma 0), or is banned."""
    if not member.is_authenticated:
        return
    if member.banned_at:  # whoever is banned while this is sent is refused where the comment is stored
        raise banned("post here")
    if is_anonymous and current_karma(member) < (low := policy_in_force().karma_low):
        raise Refused(f"With a karma below {low} you can only post under your own name.")

"""Comments that wait for staff: held when they look like spam, then posted at their place or refused with a reason."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from comments.actions import (
    KnownOrigin,
    Place,
    Words,
    asks_challenge,
    check_limits,
    check_may_post,
    forget_draft,
    lock_discussion,
    lock_member,
    look_around,
    origin_of,
    post_comment,
    prepare_words,
)
from comments.models import Comment, Discussion
from forum import policy
from forum.accounts.actions import Refused, check_reason_given, prove_member, record_staff_act, spend_solution
from forum.accounts.models import User
from forum.notifications.actions import leave_notification
from forum.retries import retried
from forum.rulebook.actions import version_in_force
from forum.text import words_said
from moderation.actions.learning import learn
from moderation.actions.spending import withdraw_own
from moderation.models import Held, Lesson, SpamWord
from moderation.rules.spam import Lessons, Weight, weigh


def hold_suspect(
    *,
    author: User | None,
    words: Words,
    form_key: str | None,
    now: datetime,
    writer: User | None = None,
    solution: str = "",
    **sent,
) -> Held | None:
    """Keep what looks like spam for staff to look at, in place of take_part; None if it does not have to wait.

    Only of Anonymous Cowards and new accounts, and only once enough was learned. What comes without the solution of a
    challenge that the policy asks for waits in any case, and so does what a member writes who signed up without one. A
    form sent again gives what was kept of it. Takes what take_part takes, and raises as it does, for the same reasons;
    Refused where no more can wait for want of a solution.
    """
    # Most writers are known, and for them nothing is asked here.
    if not _is_looked_at(author, writer, now):
        return None
    if form_key and (held := Held.objects.filter(form_key=form_key).first()):
        return held
    spam, why = judge(words.html)
    lacks_solution = _lacks_solution(author or writer, solution, now)
    if spam < policy.SPAM_HELD_FROM and not lacks_solution:
        return None
    if Held.objects.waiting().count() >= policy.HELD_MAX:
        if lacks_solution:
            words = "So many comments wait for staff that no more can. Try again tomorrow"
            raise Refused(f"{words}, or from an account that staff know, or let your browser run this site's scripts.")
        return None
    sent |= {"author": author, "words": words, "form_key": form_key, "now": now, "writer": writer, "solution": solution}
    return _hold(spam=spam, why=why, lacks_solution=lacks_solution, **sent)


@retried
@transaction.atomic
def _hold(
    *,
    discussion: Discussion,
    author: User | None,
    parent: Comment | None,
    words: Words,
    form_key: str | None,
    now: datetime,
    spam: float,
    why: list[Weight],
    solution: str,
    lacks_solution: bool,
    declines_bonus: bool = False,
    network: str = "",
    writer: User | None = None,
    draft_seen: int = 0,
) -> Held:
    discussion, version = lock_discussion(discussion.pk), version_in_force(now)
    # The same form may have been sent twice at once: the second waits for the lock, and then finds what was kept.
    if form_key and (held := Held.objects.filter(form_key=form_key).first()):
        return held
    around = look_around(discussion=discussion, author=author, parent=parent, words=words, form_key=None, now=now)
    member = author and lock_member(author)
    check_may_post(discussion=discussion, author=member, around=around, now=now)
    place = Place(discussion, parent, network)
    check_limits(author=member, writer=writer, place=place, numbers=version.policy, now=now)
    if asks_challenge(author=author, writer=writer, numbers=version.policy) and not lacks_solution:
        spend_solution(solution=solution, now=now)
    origin = origin_of(network, None if author else writer, now)
    _check_room(author, origin)
    held = Held.objects.create(
        discussion=discussion,
        parent=parent,
        author=author,
        key=origin.key,
        network_hash=origin.network,
        author_hash=origin.author,
        subject=words.subject,
        source=words.source,
        markup=words.markup,
        html=words.html,
        form_key=form_key,
        declines_bonus=declines_bonus,
        spam=spam,
        why=[[one.word, one.spam] for one in why[: policy.SPAM_WORDS_TOLD]],
        lacks_solution=lacks_solution,
        held_at=now,
    )
    if writer:
        forget_draft(member=writer, discussion=discussion, parent=parent, form_key=form_key, seen=draft_seen)
    return held


def _lacks_solution(member: User | None, solution: str, now: datetime) -> bool:
    """Whether it waits for want of a challenge's solution: the comment's of a visitor, the sign-up's of a member."""
    if member:
        return member.is_unproven and version_in_force(now).policy.challenge_at_sign_up
    return not solution and bool(version_in_force(now).policy.anonymous_challenge)


def _is_looked_at(author: User | None, writer: User | None, now: datetime) -> bool:
    if writer and writer.is_staff:
        return False
    if author is None or author.is_unproven:
        return True
    if author.joined_at <= now - policy.SPAM_NEW_ACCOUNT:
        return False
    standing = Comment.objects.filter(author=author, hidden_at=None)
    return standing[: policy.SPAM_NEW_COMMENTS].count() < policy.SPAM_NEW_COMMENTS


def judge(html: str) -> tuple[float, list[Weight]]:
    """How much this text looks like spam, and why; not at all while too little was learned."""
    learned = Lessons(**Lesson.objects.aggregate(spam=_lessons(True), other=_lessons(False)))
    if not learned.is_enough:
        return 0, []
    said = words_said(html, policy.SPAM_WORDS_MAX, policy.SPAM_WORD_LENGTH)
    rows = SpamWord.objects.filter(word__in=said).values_list("word", "spam", "other")
    return weigh(said, {word: Lessons(spam, other) for word, spam, other in rows}, learned)


def _lessons(is_spam: bool) -> Count:
    return Count("pk", filter=Q(is_spam=is_spam))


def _check_room(author: User | None, origin: KnownOrigin) -> None:
    """Nobody fills the queue: neither a member nor a network."""
    waiting = Held.objects.waiting()
    if author:
        mine = waiting.filter(author=author)
    elif origin.key:
        same = Q(network_hash=origin.network) & ~Q(network_hash="")
        mine = waiting.filter(same | (Q(author_hash=origin.author) & ~Q(author_hash="")), author=None)
    else:
        return
    if mine.count() >= policy.HELD_EACH_MAX:
        raise Refused(f"{policy.HELD_EACH_MAX} comments of yours, or from your network, wait for staff. Let them look.")


# -- What staff decide ---------------------------------------------------------------------------------------------


@retried
@transaction.atomic
def release_held(*, held: Held, actor: User, reason: str, now: datetime) -> Comment | None:
    """Post what waited, at its place, and learn that it is no spam; None if it was decided already.

    Raises DiscussionClosed or Refused, in words, where it can be posted no more.
    """
    discussion, version = lock_discussion(held.discussion_id), version_in_force(now)
    held = _lock_waiting(held, actor)
    if held is None:
        return None
    comment = post_comment(
        discussion=discussion,
        version=version,
        author=held.author,
        parent=held.parent,
        words=prepare_words(subject=held.subject, body=held.source, markup=held.markup),
        form_key=held.form_key,
        now=now,
        declines_bonus=held.declines_bonus,
        approved=KnownOrigin(held.key, held.network_hash, held.author_hash),
    )
    withdraw_own(comment, version=version, now=now)
    # From here on the comment has the words; a second copy would outlive its erasing.
    _decide(held, Held.Outcome.RELEASED, now, comment=comment, source="", html="")
    learn(comment, is_spam=False, now=now)
    if held.author:
        prove_member(held.author)
    record_staff_act(actor=actor, verb="release", target=held, reason=reason, now=now)
    _tell(held, f"Staff have posted your comment “{held.subject}”", comment.get_absolute_url(), now)
    return comment


@retried
@transaction.atomic
def refuse_held(*, held: Held, actor: User, reason: str, now: datetime) -> bool:
    """Refuse what waited, for a reason that its author is told, and learn it as spam; False if decided already."""
    check_reason_given(reason)
    held = _lock_waiting(held, actor)
    if held is None:
        return False
    _decide(held, Held.Outcome.REFUSED, now)
    learn(held, is_spam=True, now=now)
    record_staff_act(actor=actor, verb="refuse", target=held, reason=reason, now=now)
    _tell(held, f"Staff did not post your comment “{held.subject}”: {reason}", held.discussion.link, now)
    return True


def _lock_waiting(held: Held, actor: User) -> Held | None:
    if held.author_id == actor.pk:
        raise Refused("This is your own comment; another member of staff has to decide about it.")
    waiting = Held.objects.waiting().filter(pk=held.pk).select_for_update(of=("self",), no_key=True)
    return waiting.select_related("author", "parent", "discussion", "key").first()


def _decide(held: Held, outcome: str, now: datetime, **also) -> None:
    Held.objects.filter(pk=held.pk).update(outcome=outcome, decided_at=now, **also)


def forget_old_held(*, now: datetime) -> int:
    """Delete what was decided long ago; returns how many. What was learned of it stays, in counts of words."""
    old = Held.objects.filter(decided_at__lt=now - policy.NOTICE_LIFETIME)
    return old.delete()[1].get("moderation.Held", 0)


def _tell(held: Held, line: str, link: str, now: datetime) -> None:
    if held.author:
        leave_notification(
            recipient=held.author,
            event=f"held:{held.pk}",
            line=line,
            link=link,
            wants_mail=held.author.mail_moderations,
            now=now,
        )

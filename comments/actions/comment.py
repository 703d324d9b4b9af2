"""Comments: posting one, its score, what staff do to it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import BigAutoField, F, Subquery, Value

from comments import rules, tree
from comments.actions.discussion import DiscussionClosed, count_comment, lock_discussion
from comments.actions.drafts import erase_drafts_with
from comments.actions.limits import Place, asks_challenge, check_room
from comments.models import Comment, CommentText, Discussion, Origin, Revision
from comments.models.discussion import score_counter
from forum import policy, text
from forum.accounts.actions import (
    Refused,
    banned,
    check_may_write,
    check_reason_given,
    network_key,
    record_staff_act,
    spend_solution,
)
from forum.accounts.models import NetworkKey, StaffAct, User
from forum.accounts.queries import members_named, stance_of
from forum.compiled import Compiled
from forum.networks import keyed_hash
from forum.notifications.actions import leave_notification
from forum.presets import Policy
from forum.rulebook.models import PolicyVersion

SAID_BEFORE = "The same text stands in this discussion already. Please say it in words of your own, or add some."
ERASED = "Erased"  # the subject of a comment whose words are gone

LOCKED_MEMBER = Compiled(
    lambda pk: User.objects.select_for_update(no_key=True).only("karma", "is_staff", "banned_at").filter(pk=pk)
)


class FormSpent(Refused):
    """This form has made a comment already, of other words."""


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wants to say, checked and rendered; made before any lock is taken, because rendering takes time."""

    subject: str
    source: str
    markup: str
    html: str
    fingerprint: str | None = None  # of a text long enough to be known again
    mentions: tuple[int, ...] = ()  # members whom it names after an @, in their order


class KnownOrigin(NamedTuple):
    """Where a comment came from, as it is kept: hashes of its network and of who wrote without a name."""

    key: NetworkKey | None
    network: str
    author: str


def prepare_words(*, subject: str, body: str, markup: str) -> Words:
    """Check and render a text; nothing is stored. Raises Refused with words: it cannot be shown, or is no comment."""
    subject = text.clean_line(subject)
    if not subject:
        raise Refused("A comment needs a subject.")
    if len(subject) > policy.SUBJECT_MAX:
        raise Refused(f"The subject has {len(subject)} characters; at most {policy.SUBJECT_MAX} are allowed.")
    try:
        named = members_named(text.names_in(body))
        addresses = {name: f"{settings.SITE_URL}{member.get_absolute_url()}" for name, member in named.items()}
        html = text.render(body, markup, addresses)
        text.check_fit_subject(subject)
        text.check_fit(html)
        mentions = dict.fromkeys(named[name].pk for name, link in addresses.items() if f'href="{escape(link)}"' in html)
        return Words(subject, body, markup, html, text.fingerprint(html), tuple(mentions))
    except text.TextRefused as problem:
        raise Refused(str(problem)) from problem


def post_comment(
    *,
    discussion: Discussion,
    version: PolicyVersion,
    author: User | None,
    parent: Comment | None,
    words: Words,
    form_key: str | None,
    now: datetime,
    declines_bonus: bool = False,
    network: str = "",
    writer: User | None = None,
    solution: str = "",
    approved: KnownOrigin | None = None,
) -> Comment:
    """Add one comment at its place in the tree and tell the parent's author.

    The caller holds the discussion's lock and has read the discussion under it; ``version`` is the policy in force.
    ``author=None`` posts as an Anonymous Coward; ``writer`` is the member who does so, ``network`` where it comes from:
    both are kept as hashes only, and only for days. A form (``form_key``) makes one comment: sent again it gives the
    comment that was made of it, with other words it raises FormSpent. Raises DiscussionClosed if the discussion closed
    while the form was open, Refused with words otherwise: NoSolution where the policy wants a challenge solved and
    ``solution`` solves none. What staff have ``approved`` was counted when it was sent.
    """
    said = {"author": author, "parent": parent, "words": words, "form_key": form_key}
    around = look_around(discussion=discussion, now=now, **said)
    if posted := _posted_before(around, words):
        return posted
    member = author and lock_member(author)
    check_may_post(discussion=discussion, author=member, around=around, now=now)
    if approved is None:
        place = Place(discussion, parent, network)
        check_limits(author=member, writer=writer, place=place, numbers=version.policy, now=now)
        if asks_challenge(author=author, writer=writer, numbers=version.policy):
            spend_solution(solution=solution, now=now)
    start = rules.starting_score(karma=member and member.karma, declines_bonus=declines_bonus, numbers=version.policy)
    comment = Comment(
        discussion=discussion,
        author=author,
        parent=parent,
        subject=words.subject,
        posted_at=now,
        score=start.score,
        start_score=start.score,
        has_bonus=start.has_bonus,
        had_bonus=start.has_bonus,
        policy=version,
        fingerprint=words.fingerprint,
    )
    _take_place(comment, parent)
    _store(comment, words, form_key)
    _keep_origin(comment, approved or origin_of(network, None if author else writer, now))
    count_comment(comment, +1)
    tell_parents_author(comment, now=now)
    tell_mentioned(comment, words.mentions, now=now)
    return comment


def check_limits(*, author: User | None, writer: User | None, place: Place, numbers: Policy, now: datetime) -> None:
    """Raise Refused where a ban stands against posting from here, or TooSoon where it would be too much or too fast."""
    poster = author or (writer and lock_member(writer))
    check_may_write(member=poster, network=place.network, is_anonymous=author is None, now=now)
    check_room(author=author, writer=poster, place=place, numbers=numbers, now=now)


class Surroundings(NamedTuple):
    """What matters to a comment that is about to be posted; comments by their numbers, None where there is none."""

    made: int | None  # what its form has made already
    said_lately: int | None  # what its author said in these very words at this place
    said: int | None  # what stands in the discussion in the same words, whoever said them
    removed: int | None  # what it answers, if staff have removed that


def _surroundings(discussion, parent, form_key, fingerprint, author, since, subject, source):
    made = said_lately = said = removed = Value(None, output_field=BigAutoField())
    here = Comment.objects.filter(discussion=discussion)
    if form_key:  # ordered by what is unique: by number, SQLite would look through every text for it
        made = Subquery(CommentText.objects.filter(form_key=form_key).order_by("form_key").values("pk")[:1])
    if author:
        lately = here.filter(author=author, parent=parent, posted_at__gt=since, subject=subject, text__source=source)
        said_lately = Subquery(lately.order_by("pk").values("pk")[:1])
    if fingerprint:
        said = Subquery(here.filter(fingerprint=fingerprint).order_by().values("pk")[:1])
    if parent:
        removed = Subquery(Comment.objects.filter(pk=parent, hidden_at__isnull=False).values("pk"))
    return Discussion.objects.filter(pk=discussion).values_list(made, said_lately, said, removed)


SURROUNDINGS = Compiled(_surroundings)


def look_around(
    *, discussion: Discussion, author: User | None, parent: Comment | None, words: Words, form_key, now: datetime
) -> Surroundings:
    """All of it in one statement, because others wait: the caller holds the discussion's lock."""
    # Never what Anonymous Cowards said lately, who may well be two people with one thought.
    is_signed = bool(form_key and author)
    own = (
        (author.pk, now - policy.SAME_WORDS_WITHIN, words.subject, words.source)
        if is_signed
        else (None, None, None, None)
    )
    return Surroundings(*SURROUNDINGS.first(discussion.pk, parent and parent.pk, form_key, words.fingerprint, *own))


def _posted_before(around: Surroundings, words: Words) -> Comment | None:
    """The comment that this form made, whatever name it was sent under; FormSpent if it said something else.

    Or the member's comment with these very words here: after Back, some browsers fetch a fresh form for them.
    """
    number = around.made or around.said_lately
    if number is None:
        return None
    posted = Comment.objects.select_related("discussion", "text").get(pk=number)
    if (posted.subject, posted.text.source) != (words.subject, words.source):
        raise FormSpent("This form was sent before, with other words. To post these as well, send them once more.")
    return posted


def lock_member(member: User) -> User:
    """What decides whether and how a member may post, as it is now: of the member's many tabs one at a time."""
    fresh = LOCKED_MEMBER.first(member.pk)
    if fresh is None:
        raise Refused("This account is gone.")
    return fresh


def current_karma(author: User) -> int:
    # The request's copy of the member may be older than the last moderation.
    return User.objects.values_list("karma", flat=True).get(pk=author.pk)


def check_may_post(*, discussion: Discussion, author: User | None, around: Surroundings, now: datetime) -> None:
    """Raise DiscussionClosed or Refused, in words, if this cannot be posted here now; ``author`` is freshly read."""
    if discussion.status == Discussion.Status.ARCHIVED:
        raise DiscussionClosed("This discussion is archived: it can be read, but nothing can be added.")
    if not discussion.is_open(now):
        raise DiscussionClosed("This discussion is closed.")
    if author and author.banned_at:
        raise banned("post here")
    if around.removed:
        raise Refused("The comment you are answering was removed meanwhile.")
    if around.said:
        raise Refused(SAID_BEFORE)


def check_not_said(discussion: Discussion, words: Words) -> None:
    """Raise Refused if a longer text was said in this discussion before, by whomever; the caller holds its lock."""
    if words.fingerprint and Comment.objects.filter(discussion=discussion, fingerprint=words.fingerprint).exists():
        raise Refused(SAID_BEFORE)


def _take_place(comment: Comment, parent: Comment | None) -> None:
    if parent:
        place = tree.last_child_place(parent)
    else:
        Discussion.objects.filter(pk=comment.discussion_id).update(tree_count=F("tree_count") + 1)
        number = comment.discussion.tree_count + 1
        place = tree.root_place(discussion_id=comment.discussion_id, tree_number=number)
    comment.tree_id, comment.lft, comment.rght, comment.level = place.tree_id, place.lft, place.rght, place.level


def _store(comment: Comment, words: Words, form_key: str | None) -> None:
    # Its place is taken already, so django-mptt's save() has nothing to add.
    Comment.objects.bulk_create([comment])
    words_of_it = CommentText(
        comment=comment,
        source=words.source,
        markup=words.markup,
        html=words.html,
        renderer=text.RENDERER_VERSION,
        form_key=form_key,
    )
    CommentText.objects.bulk_create([words_of_it])


def origin_of(network: str, writer: User | None, now: datetime) -> KnownOrigin:
    """Where something comes from, as hashes under the key of the day."""
    if not (network or writer):
        return KnownOrigin(None, "", "")
    key = network_key(now.date())
    return KnownOrigin(
        key,
        keyed_hash(key.secret, f"network:{network}") if network else "",
        keyed_hash(key.secret, f"member:{writer.pk}") if writer else "",
    )


def _keep_origin(comment: Comment, origin: KnownOrigin) -> None:
    if origin.key and (origin.network or origin.author):
        Origin.objects.create(comment=comment, **origin._asdict())


def tell_parents_author(comment: Comment, *, now: datetime) -> None:
    """Leave the reply in the letterbox of whoever wrote the parent, unless it is the same person."""
    recipient = comment.parent and comment.parent.author
    if recipient and recipient.pk != comment.author_id:
        who = comment.author.username if comment.author else "An Anonymous Coward"
        leave_notification(
            recipient=recipient,
            event=f"reply:{comment.pk}",
            line=f"{who} replied to your comment “{comment.parent.subject}”",
            link=comment.get_absolute_url(),
            wants_mail=recipient.mail_replies,
            now=now,
            author=comment.author,
        )


def tell_mentioned(comment: Comment, members: Sequence[int], *, now: datetime) -> None:
    """Tell the members whom a signed comment names, each once, however often it is changed; the first few of them.

    Not its author, not whoever it answers, who is told of that, and nobody who calls its author foe. What is not signed
    tells nobody: a name that is called by nobody is only a nuisance.
    """
    author, answered = comment.author, comment.parent and comment.parent.author_id
    others = [pk for pk in members if pk not in (comment.author_id, answered)][: policy.MENTIONS_TOLD]
    if not (author and others):
        return
    for recipient in User.objects.filter(pk__in=others).order_by("pk"):
        if stance_of(author, recipient).theirs != "freak":
            leave_notification(
                recipient=recipient,
                event=f"mention:{comment.pk}",
                line=f"{author.username} mentioned you in “{comment.subject}”",
                link=comment.get_absolute_url(),
                wants_mail=False,
                now=now,
                author=author,
            )


def rescore_comment(comment: Comment, *, score: int, label: str, has_bonus: bool) -> None:
    """Store a comment's score, label and bonus as computed from the log, and move it in its discussion's totals.

    The caller holds the discussion's lock, and ``comment`` was read under it.
    """
    if score != comment.score and comment.hidden_at is None:
        old, new = score_counter(comment.score), score_counter(score)
        Discussion.objects.filter(pk=comment.discussion_id).update(**{old: F(old) - 1, new: F(new) + 1})
    comment.score, comment.label, comment.has_bonus = score, label, has_bonus
    Comment.objects.filter(pk=comment.pk).update(score=score, label=label, has_bonus=has_bonus)


def set_score(comment_id: int, *, score: int, label: str, has_bonus: bool) -> None:
    """Store a comment's derived values without a word to the totals: for repairs, which count anew afterwards."""
    Comment.objects.filter(pk=comment_id).update(score=score, label=label, has_bonus=has_bonus)


@transaction.atomic
def hide_comment(*, comment: Comment, actor: User, reason: str, now: datetime) -> StaffAct | None:
    """Take a comment off the pages; its replies stay and its author is told why. None if it was hidden already.

    Raises Refused without a reason.
    """
    check_reason_given(reason)
    lock_discussion(comment.discussion_id)
    if not take_off([comment.pk], now=now):
        return None
    comment.refresh_from_db()
    act = record_staff_act(actor=actor, verb="hide", target=comment, reason=reason, now=now)
    line = f"Your comment “{comment.subject}” was removed by staff"
    tell_of_act(act, recipient=comment.author, line=line, now=now)
    return act


@transaction.atomic
def restore_comment(*, comment: Comment, actor: User, reason: str, now: datetime) -> StaffAct | None:
    """Put a hidden comment back; None if it was not hidden. Raises Refused for an own one that somebody else hid."""
    lock_discussion(comment.discussion_id)
    if not put_on([comment.pk]):
        return None
    comment.refresh_from_db()
    hiding = StaffAct.objects.on(comment).standing("hide").first()
    if not (hiding and hiding.actor_id == actor.pk):
        check_not_own(comment, actor)
    act = record_staff_act(actor=actor, verb="restore", target=comment, reason=reason, undoes=hiding, now=now)
    line = f"Your comment “{comment.subject}” is shown again"
    tell_of_act(act, recipient=comment.author, line=line, link=comment.get_absolute_url(), now=now)
    return act


def check_not_own(comment: Comment, actor: User) -> None:
    """Raise Refused if a member of staff decides in a case of the member's own."""
    if comment.author_id == actor.pk:
        raise Refused("This is your own comment; another member of staff has to decide about it.")


def take_off(comment_ids: Iterable[int], *, now: datetime) -> list[Comment]:
    """Hide these comments; returns those that were visible until now, with their authors.

    The caller holds the locks of their discussions, keeps a record and tells whom it concerns.
    """
    visible = Comment.objects.filter(pk__in=comment_ids, hidden_at=None).select_related("author").order_by("pk")
    comments = list(visible)
    Comment.objects.filter(pk__in=[comment.pk for comment in comments]).update(hidden_at=now)
    _count_out(comments, -1)
    return comments


def put_on(comment_ids: Iterable[int]) -> list[Comment]:
    """Show these comments again; returns those that were hidden until now. The caller does as for take_off.

    Those whose words were erased stay as they are: there is nothing to show. Those that their authors deleted are
    theirs to bring back.
    """
    hidden = Comment.objects.filter(pk__in=comment_ids, hidden_at__isnull=False, is_deleted=False, text__erased_at=None)
    comments = list(hidden.select_related("author").order_by("pk"))
    Comment.objects.filter(pk__in=[comment.pk for comment in comments]).update(hidden_at=None)
    _count_out(comments, +1)
    return comments


def erase_words(comment: Comment, *, now: datetime) -> None:
    """Let a comment's words and subject be gone for ever; its place, its author and its score stay.

    The caller holds the discussion's lock, has hidden the comment, and erases where else the words are quoted.
    """
    sources = [comment.text.source, *comment.revisions.values_list("source", flat=True)]
    Comment.objects.filter(pk=comment.pk).update(subject=ERASED, is_deleted=False, fingerprint=None)
    CommentText.objects.filter(pk=comment.pk).update(source="", html="", form_key=None, erased_at=now)
    Revision.objects.filter(comment=comment).update(subject=ERASED, source="")
    erase_drafts_with(comment, sources)


def _count_out(comments: list[Comment], one: int) -> None:
    for (discussion_id, score), found in Counter((c.discussion_id, c.score) for c in comments).items():
        column, change = score_counter(score), one * found
        Discussion.objects.filter(pk=discussion_id).update(
            comment_count=F("comment_count") + change, **{column: F(column) + change}
        )


def tell_of_act(act: StaffAct, *, recipient: User | None, line: str, now: datetime, link: str = "") -> None:
    """Tell a member, once, what staff did, why, and where it can be read about and appealed; nobody: nobody is told."""
    if recipient:
        leave_notification(
            recipient=recipient,
            event=f"act:{act.pk}",
            line=f"{line}: {act.reason}" if act.reason else line,
            link=link or act.get_absolute_url(),
            wants_mail=recipient.mail_moderations,
            now=now,
        )

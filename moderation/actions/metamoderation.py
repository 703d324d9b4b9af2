"""Metamoderating: moderations are drawn by lot, judged, and settled once with what follows from it.

Locks are taken in this order: moderations by number, members by number, moderators by number; never a discussion.
"""

from collections import defaultdict
from datetime import datetime
from random import Random, SystemRandom
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from comments.models import Comment, Discussion, Origin
from forum.accounts.actions import Refused, change_karma
from forum.accounts.models import KarmaChange, User
from forum.networks import keyed_hash
from forum.notifications.actions import leave_bundled_notification
from forum.presets import Consequence, Policy
from forum.retries import retried
from forum.rulebook.actions import version_in_force
from forum.rulebook.models import PolicyVersion
from moderation.actions.tokens import Wish, change_tokens
from moderation.models import MetaSitting, MetaVote, Moderation, Moderator, Reversal, TokenEntry, Verdict
from moderation.rules import Line, replay_score
from moderation.rules import metamoderation as rules

ANSWERED = "You have judged these already. Thank you."


def check_may_metamoderate(*, member: User, now: datetime) -> PolicyVersion:
    """The policy under which this member may judge moderations now. Raises Refused with words where none lets him."""
    version = version_in_force(now)
    if refusal := rules.why_not(MetaSitting.objects.standing_of(member), version.policy, now):
        raise Refused(refusal)
    return version


# -- Drawing ---------------------------------------------------------------------------------------------------------


@retried
@transaction.atomic
def draw_sitting(*, member: User, now: datetime, chance: Random | None = None) -> MetaSitting | None:
    """The moderations this member is to judge: those drawn before and not answered, or new ones by lot.

    None when nothing waits for this member. Two tabs at once are given the same, by constraint. Raises Refused.
    """
    version = check_may_metamoderate(member=member, now=now)
    # Of two tabs the second waits here, and then sees what the first was given.
    User.objects.select_for_update(no_key=True).get(pk=member.pk)
    own = MetaSitting.objects.open().filter(member=member)
    # Locked as well, so that one that is being answered in another tab is not deleted with its words.
    sitting = own.select_for_update(no_key=True).first()
    if sitting and sitting.votes.filter(moderation__in=_seen(Moderation.objects.to_judge(), now)).exists():
        return sitting
    if sitting:  # others settled all of it meanwhile, or staff removed the rest, so nothing was answered
        sitting.delete()
    drawn = _drawn(member, version.policy, now, chance or SystemRandom())
    if not drawn:
        return None
    made = {"policy": version, "drawn_at": now}
    sitting, is_new = MetaSitting.objects.get_or_create(member=member, answered_at=None, defaults=made)
    if is_new:
        votes = [MetaVote(sitting=sitting, member=member, moderation_id=pk, place=n) for n, pk in enumerate(drawn, 1)]
        MetaVote.objects.bulk_create(votes, ignore_conflicts=True)
    return sitting


def _drawn(member: User, numbers: Policy, now: datetime, chance: Random) -> list[int]:
    """By lot, one of each comment. However many wait, only some are looked at, from a random place on."""
    waiting = Moderation.objects.to_judge().filter(moderated_at__lte=now - numbers.meta_min_age)
    first, last = (waiting.order_by(order).values_list("pk", flat=True).first() for order in ("pk", "-pk"))
    if first is None:
        return []
    start, most = chance.randint(first, last), numbers.meta_candidates
    proper = _not_of(member, waiting, now).order_by("pk").values_list("pk", "comment_id", "author_id")
    found = list(proper.filter(pk__gte=start)[:most])
    found += proper.filter(pk__lt=start)[: most - len(found)]
    oldest = list(proper[: rules.zone_size(len(found), numbers)])
    own = _own_words(member, [comment for _, comment, author in found + oldest if author is None])
    comment_of = {pk: comment for pk, comment, _ in found + oldest if comment not in own}
    weights = rules.weigh([pk for pk, *_ in found], [pk for pk, *_ in oldest], numbers)
    in_turn = {}
    for pk in rules.draw_lots(weights, chance):
        if pk in comment_of:
            in_turn.setdefault(comment_of[pk], pk)
    return list(in_turn.values())[: numbers.meta_sample]


def _not_of(member: User, waiting: QuerySet, now: datetime) -> QuerySet:
    """Without what this member gave, got or judged, and without words that readers cannot see."""
    judged = MetaVote.objects.filter(member=member, moderation=OuterRef("pk"))
    return _seen(waiting, now).exclude(moderator=member).exclude(author=member).exclude(Exists(judged))


def _seen(waiting: QuerySet, now: datetime) -> QuerySet:
    """Those of comments that readers can see."""
    return waiting.filter(comment__hidden_at=None, comment__discussion__in=Discussion.objects.readable(now))


def _own_words(member: User, comments: list[int]) -> set[int]:
    """Those of these comments that the member wrote as an Anonymous Coward, as long as their keys exist."""
    told = Origin.objects.filter(pk__in=comments).exclude(author="").values_list("pk", "author", "key__secret")
    secrets = {bytes(secret) for *_, secret in told}
    mark = {secret: keyed_hash(secret, f"member:{member.pk}") for secret in secrets}
    return {pk for pk, author, secret in told if author == mark[bytes(secret)]}


# -- Judging ---------------------------------------------------------------------------------------------------------


class Judged(NamedTuple):
    """What became of the words of one sitting."""

    fair: int
    unfair: int
    no_opinion: int
    twins: int  # moderations like these for which the words count, too
    counts: bool  # False: kept, but the member is not heard at present


@retried
@transaction.atomic
def answer_sitting(*, sitting: MetaSitting, member: User, words: dict[int, str], now: datetime) -> Judged:
    """Store one word for each moderation of a sitting, once; fair and unfair count for its twins, too.

    ``words``: moderation -> MetaVote.Word; one that is missing is no opinion. Raises Refused; then nothing is stored.
    """
    own = MetaSitting.objects.open().filter(pk=sitting.pk, member=member)
    if not own.exists():
        raise Refused(ANSWERED)
    numbers = check_may_metamoderate(member=member, now=now).policy
    if not own.update(answered_at=now):
        raise Refused(ANSWERED)
    votes = list(sitting.votes.select_related("moderation"))
    said = {vote: words.get(vote.moderation_id) or MetaVote.Word.NONE for vote in votes}
    twins = _twins({vote: word for vote, word in said.items() if word != MetaVote.Word.NONE}, member, numbers, now)
    open_ones = _locked([vote.moderation_id for vote in [*votes, *twins]])
    counts = _is_heard(member, numbers)
    for vote in [*votes, *twins]:
        vote.word, vote.voted_at = vote.word or said[vote], now
        is_opinion = vote.word != MetaVote.Word.NONE
        vote.counts = counts and is_opinion and vote.moderation_id in open_ones
    MetaVote.objects.bulk_update(votes, ["word", "voted_at", "counts"])
    MetaVote.objects.bulk_create(twins, ignore_conflicts=True)
    told = [word for vote, word in said.items()]
    by_word = (told.count(word) for word in (MetaVote.Word.FAIR, MetaVote.Word.UNFAIR, MetaVote.Word.NONE))
    return Judged(*by_word, twins=len(twins), counts=counts)


def _twins(opinions: dict[MetaVote, str], member: User, numbers: Policy, now: datetime) -> list[MetaVote]:
    """Votes on what others found of the same comments for the same reasons (Slash: m2_multicount)."""
    alike = Q(pk=None)
    for vote in opinions:
        alike |= Q(comment=vote.moderation.comment_id, reason=vote.moderation.reason)
    waiting = Moderation.objects.to_judge().filter(alike, moderated_at__lte=now - numbers.meta_min_age)
    found = defaultdict(list)
    for pk, *like in _not_of(member, waiting, now).order_by("pk").values_list("pk", "comment_id", "reason"):
        found[tuple(like)].append(pk)
    return [
        MetaVote(sitting_id=vote.sitting_id, member=member, moderation_id=pk, place=vote.place, word=word, is_twin=True)
        for vote, word in opinions.items()
        for pk in found[vote.moderation.comment_id, vote.moderation.reason][: numbers.meta_twins]
    ]


def _locked(moderations: list[int]) -> set[int]:
    """Those that are not settled yet, kept so until the transaction ends: a verdict counts all of its votes."""
    rows = Moderation.objects.select_for_update(no_key=True).filter(pk__in=moderations).order_by("pk")
    return {moderation.pk for moderation in rows if moderation.judging_ended_at is None}


def _is_heard(member: User, numbers: Policy) -> bool:
    """By tokens, and by the newest judgements that were given before the verdict: receipts tell verdicts."""
    tokens = Moderator.objects.filter(pk=member.pk).values_list("tokens", flat=True).first() or 0
    opinions = MetaVote.objects.filter(member=member).exclude(word__in=("", MetaVote.Word.NONE))
    settled = opinions.filter(voted_at__lt=F("moderation__verdict__settled_at")).order_by("-pk")
    newest = settled.values_list("word", "moderation__verdict__is_fair")[: numbers.meta_record]
    agreed = [(word == MetaVote.Word.FAIR) == is_fair for word, is_fair in newest]
    return rules.is_heard(tokens=tokens, agreed=sum(agreed), judged=len(agreed), numbers=numbers)


# -- Settling --------------------------------------------------------------------------------------------------------


def settle_verdicts(*, now: datetime, chance: Random | None = None) -> int:
    """Settle what has its votes, and give up what has waited too long; returns how many verdicts there were.

    Each in a transaction of its own, and once: twice, late or by two workers does no harm.
    """
    version = version_in_force(now)
    numbers = version.policy
    if not numbers.metamoderation:
        return 0
    waiting = Moderation.objects.to_judge().order_by("pk")
    voted = waiting.annotate(votes=Count("meta_votes", filter=Q(meta_votes__counts=True)))
    ripe = voted.filter(votes__gte=F("votes_wanted")).values_list("pk", flat=True)
    stale = waiting.filter(moderated_at__lt=now - numbers.meta_give_up).values_list("pk", flat=True)
    chosen = dict.fromkeys([*ripe[: numbers.meta_batch], *stale[: numbers.meta_batch]])
    return sum(_settle(pk, version, now, chance or SystemRandom()) for pk in chosen)


@retried
@transaction.atomic
def _settle(moderation_id: int, version: PolicyVersion, now: datetime, chance: Random) -> bool:
    """Settle or give up one moderation; False without a verdict."""
    numbers = version.policy
    # Read anew under the lock: it may have been withdrawn meanwhile, or settled by another worker.
    locked = Moderation.objects.to_judge().select_for_update(no_key=True).filter(pk=moderation_id).first()
    if locked is None:
        return False
    votes = list(locked.meta_votes.filter(counts=True).order_by("pk"))
    is_stale = locked.moderated_at < now - numbers.meta_give_up
    is_enough = len(votes) >= rules.votes_needed(locked.votes_wanted, is_stale=is_stale, numbers=numbers)
    if not (is_enough or is_stale):
        return False
    Moderation.objects.filter(pk=locked.pk).update(judging_ended_at=now)
    if is_enough:
        _pronounce(locked, votes, version, now, chance)
    return is_enough


def _pronounce(
    moderation: Moderation, votes: list[MetaVote], version: PolicyVersion, now: datetime, chance: Random
) -> None:
    """The verdict and all that follows from it: karma and tokens of the moderator, tokens of who voted, a word."""
    numbers = version.policy
    fair = sum(vote.word == MetaVote.Word.FAIR for vote in votes)
    row = rules.consequence(fair / len(votes), numbers)
    moderator = User.objects.select_for_update(no_key=True).get(pk=moderation.moderator_id)
    comment = Comment.objects.get(pk=moderation.comment_id)
    verdict = Verdict(
        moderation=moderation,
        fair_votes=fair,
        unfair_votes=len(votes) - fair,
        is_fair=rules.is_fair(fair, len(votes) - fair),
        policy=version,
        settled_at=now,
    )
    asked = rules.whole(row.moderator_karma * rules.weight_of_verdict(len(votes), numbers), chance)
    verdict.karma_change = _karma_of(verdict, moderator, comment, asked)
    verdict.save(force_insert=True)
    wishes = _wishes_for_moderator(verdict, comment, row, numbers, chance)
    gain = {MetaVote.Word.FAIR: row.fair_voters, MetaVote.Word.UNFAIR: row.unfair_voters}
    wishes += [(vote.member_id, rules.whole(gain[vote.word], chance), TokenEntry.Kind.VOTED) for vote in votes]
    about = ({"verdict": verdict}, numbers.meta_tokens_floor, numbers.meta_token_gain_below)
    change_tokens([Wish(*wish, *about) for wish in wishes], version=version, now=now)
    if not verdict.is_fair:
        _tell_moderator(verdict, moderator, now)


def _wishes_for_moderator(
    verdict: Verdict, comment: Comment, row: Consequence, numbers: Policy, chance: Random
) -> list[tuple[int, int, str]]:
    """(member, tokens, kind): what the verdict is worth, and the price of moderating one author time and again."""
    moderation, votes = verdict.moderation, verdict.fair_votes + verdict.unfair_votes
    reward = row.moderator_tokens * rules.weight_of_verdict(votes, numbers)
    if reward > 0:
        reward *= rules.reward_factor(_circumstances(moderation, comment), verdict.fair_votes / votes, numbers)
    penalty = rules.repeat_penalty(_earlier(moderation, numbers), numbers)
    return [
        (moderation.moderator_id, rules.whole(reward, chance), TokenEntry.Kind.JUDGED),
        (moderation.moderator_id, penalty, TokenEntry.Kind.REPEATED),
    ]


def _karma_of(verdict: Verdict, moderator: User, comment: Comment, asked: int) -> KarmaChange | None:
    """The moderator's line of karma; a gain stops at the policy's bound (Slash: m2_maxbonus_karma)."""
    if not asked or (asked > 0 and moderator.karma >= verdict.policy.policy.meta_karma_max):
        return None
    cause = f"Your moderation of “{comment.subject}” was found {verdict.words} by metamoderators"
    return change_karma(member=moderator, delta=asked, cause=cause, now=verdict.settled_at, version=verdict.policy)


def _circumstances(moderation: Moderation, comment: Comment) -> rules.Circumstances:
    inside = Comment.objects.filter(discussion=comment.discussion_id).aggregate(
        all=Count("pk"), before=Count("pk", filter=Q(pk__lt=comment.pk))
    )
    return rules.Circumstances(
        after=moderation.moderated_at - comment.posted_at if comment.posted_at else None,
        score=_score_before(moderation, comment),
        place=inside["before"],
        comments=inside["all"],
        is_reply=comment.parent_id is not None,
    )


def _score_before(moderation: Moderation, comment: Comment) -> int:
    """The comment's score when it was moderated, replayed from what counted then."""
    until = Q(reversals__reversed_at__lte=moderation.moderated_at)
    earlier = comment.moderations.filter(pk__lt=moderation.pk).annotate(turns=Count("reversals", filter=until))
    columns = ("turns", "reason", "delta", "sets_score")
    lines = [
        Line(*line) for turns, *line in earlier.in_order().values_list(*columns) if not turns & 1
    ]  # odd: withdrawn
    return replay_score(comment.start_score, lines)


def _earlier(moderation: Moderation, numbers: Policy) -> int:
    """How often the moderator moved the same author the same way within the span before (Slash: m2 repeats)."""
    if not (moderation.author_id and moderation.delta):
        return 0
    since = moderation.moderated_at - numbers.repeat_span
    alike = Moderation.objects.filter(
        moderator=moderation.moderator_id, author=moderation.author_id, delta=moderation.delta, pk__lt=moderation.pk
    )
    return alike.filter(moderated_at__gte=since).exclude(reversals__kind=Reversal.Kind.UNDONE).count()


def _tell_moderator(verdict: Verdict, moderator: User, now: datetime) -> None:
    """One unread line at a time, however many verdicts it stands for."""
    against = Verdict.objects.filter(moderation__moderator=moderator, is_fair=False)

    def line(first: int) -> str:
        count = against.filter(pk__gte=first).count()
        if count == 1:
            return "Metamoderators found one of your moderations unfair"
        return f"Metamoderators found {count} of your moderations unfair"

    leave_bundled_notification(
        recipient=moderator, prefix="verdict:", number=verdict.pk, line=line, link=reverse("own_verdicts"), now=now
    )

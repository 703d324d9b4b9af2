"""The receipt behind a score: the log of one comment, line by line, up to the number that its reader sees."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Prefetch

from comments.models import Comment
from comments.rules import score_words, signed
from forum import policy, scores
from forum.accounts.models import StaffAct
from forum.accounts.rules import IGNORED
from forum.presets import Policy
from forum.reading import Reading
from forum.rulebook.models import PolicyVersion
from forum.rulebook.queries import Policies
from moderation import rules
from moderation.models import Moderation, Reversal
from moderation.models.acts import PUBLIC

TURNS = {True: "Withdrawn", False: "Put back"}


@dataclass(frozen=True, slots=True)
class Turn:
    """A moderation withdrawn, or put back: when, and why."""

    reversal: Reversal
    withdraws: bool

    @property
    def words(self) -> str:
        turn, cause = TURNS[self.withdraws], self.reversal.cause or self.reversal.get_kind_display()
        return cause if cause.startswith(turn) else f"{turn}: {cause}"

    @property
    def log_link(self) -> str:
        return public_log_link(self.reversal.act)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line of the log: a reason or a correction, the score after it (None once withdrawn); ``clamped``: held."""

    moderation: Moderation
    score_after: int | None
    clamped: bool
    turns: list[Turn]
    moderator_name: str = ""  # "" unless the site names its moderators
    is_yours: bool = False
    is_before_edit: bool = False  # the comment said something else then

    @property
    def counts(self) -> bool:
        return self.score_after is not None

    @property
    def delta_words(self) -> str:
        """What it changed: a step, or ``=`` and the score that staff set."""
        if not self.counts:
            return "±0"
        if self.moderation.sets_score is not None:
            return "= " + score_words(self.moderation.sets_score)
        return signed(self.moderation.delta)

    @property
    def score_words(self) -> str:
        return "" if self.score_after is None else score_words(self.score_after)

    @property
    def who(self) -> str:
        if self.moderation.sets_score is not None:
            return "Staff"
        return "You" if self.is_yours else self.moderator_name or "A moderator"

    @property
    def reason(self) -> str:
        """The reason given; for a correction the words of staff."""
        act = self.moderation.act
        return self.moderation.words if self.moderation.sets_score is None else (act.reason if act else "")

    @property
    def log_link(self) -> str:
        return public_log_link(self.moderation.act)

    @property
    def verdict_words(self) -> str:
        verdict = getattr(self.moderation, "verdict", None)
        if verdict is None:
            return ""
        votes = verdict.fair_votes + verdict.unfair_votes
        side = verdict.fair_votes if verdict.is_fair else verdict.unfair_votes
        return f"Metamoderators found it {'fair' if verdict.is_fair else 'unfair'}: {side} of {votes}"

    def to_json(self) -> dict:
        moderation, verdict = self.moderation, getattr(self.moderation, "verdict", None)
        return {
            "kind": "moderation" if moderation.sets_score is None else "correction",
            "reason": self.reason,
            "delta": moderation.delta,
            "sets_score": moderation.sets_score,
            "at": _iso(moderation.moderated_at),
            "policy": moderation.policy_id,
            "moderator": self.moderator_name or None,
            "is_yours": self.is_yours,
            "before_edit": self.is_before_edit,
            "counts": self.counts,
            "score": self.score_after,
            "held": self.clamped,
            "log": self.log_link or None,
            "turns": [
                {
                    "kind": turn.reversal.kind,
                    "withdraws": turn.withdraws,
                    "words": turn.words,
                    "at": _iso(turn.reversal.reversed_at),
                    "log": turn.log_link or None,
                }
                for turn in self.turns
            ],
            "verdict": verdict
            and {"is_fair": verdict.is_fair, "fair": verdict.fair_votes, "unfair": verdict.unfair_votes},
        }


@dataclass(frozen=True, slots=True)
class ReaderStep:
    """What one preference of the reader adds, and the sum so far, which only the end holds in the range."""

    name: str
    words: str
    delta: int
    score: int

    @property
    def delta_words(self) -> str:
        return signed(self.delta)

    @property
    def score_words(self) -> str:
        return score_words(self.score)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reason that was given, in the words of the paragraph on the label."""

    name: str
    times: int
    remark: str  # why it could not become the label, "" where it could


@dataclass(frozen=True)
class Receipt:
    """Why a comment has its score: the start, each line of the log in order, the result, and the reader's own steps."""

    comment: Comment
    lines: list[ReceiptLine]
    outcome: rules.Outcome
    start_why: str
    version: PolicyVersion | None  # that the comment was posted under
    candidates: list[Candidate]
    net: int  # sum of the active moderations
    numbers: Policy  # that decide on label and bonus
    steps: list[ReaderStep]
    shown: int
    names_moderators: bool  # whether the policy in force does

    @property
    def start_words(self) -> str:
        return score_words(self.comment.start_score)

    @property
    def words(self) -> str:
        """The score beside the comment, as this reader sees it."""
        return score_words(self.shown, self.outcome.label)

    @property
    def held(self) -> bool:
        """Whether the reader's own modifiers led out of the range, so that the end is held in it."""
        return bool(self.steps) and self.steps[-1].score != self.shown

    @cached_property
    def label_why(self) -> str:
        """Why this word, or none, stands beside the score."""
        best = [one for one in self.candidates if not one.remark]
        if not best:
            return self._no_label_words()
        equal = [one.name for one in best if one.times == best[0].times]
        if len(best) == 1:
            return f"{self._direction} {equal[0]} is the only one."
        if len(equal) == 1:
            return f"{self._direction} {equal[0]} was given most often."
        return f"{self._direction} {_listed(equal)} were given equally often; {equal[0]} was given last."

    def _no_label_words(self) -> str:
        if self.comment.start_label:
            return f"{self.comment.start_label} came with it from the archive."
        if self.candidates:
            return f"{self._direction} None of those that were given can."
        return "No word stands beside it, since nobody has given it a reason that counts."

    @property
    def _direction(self) -> str:
        if not self.numbers.label_follows_direction:
            return "The reason given most often becomes the word."
        if not self.net:
            return "All moderations together change nothing, so all reasons can become the word."
        way = "raise" if self.net > 0 else "lower"
        return f"All moderations together come to {signed(self.net)}, so only reasons that {way} can become the word."

    @cached_property
    def bonus_why(self) -> str:
        """What became of the karma bonus; "" where there never was one."""
        if not self.comment.had_bonus:
            return ""
        start = self.version.policy.karma_bonus_from if self.version else self.numbers.karma_bonus_from
        begun = f"Its author had a karma of {start} or more when it was posted, so it began with the karma bonus"
        if self.outcome.has_bonus:
            return f"{begun}, and still has it."
        downs = sum(line.counts and line.moderation.delta < 0 for line in self.lines)
        limit = self.numbers.bonus_lost_at_downmods
        return f"{begun}. {downs} moderations downwards count now, and with {limit} the bonus is lost."

    def to_json(self) -> dict:
        """The same as plain values; docs/receipts.md tells what each means."""
        comment, version = self.comment, self.version
        return {
            "comment": comment.pk,
            "link": comment.get_absolute_url(),
            "discussion": comment.discussion_id,
            "start": {
                "score": comment.start_score,
                "label": comment.start_label,
                "why": self.start_why,
                "at": _iso(comment.posted_at),
                "policy": version and {"version": version.number, "name": version.name},
            },
            "lines": [line.to_json() for line in self.lines],
            "label": {
                "word": self.outcome.label,
                "why": self.label_why,
                "net": self.net,
                "reasons": [
                    {"reason": one.name, "times": one.times, "competes": not one.remark, "remark": one.remark}
                    for one in self.candidates
                ],
            },
            "bonus": {"had": comment.had_bonus, "has": self.outcome.has_bonus, "why": self.bonus_why},
            "score": self.outcome.score,
            "reader": {
                "modifiers": [
                    {"name": step.name, "words": step.words, "delta": step.delta, "score": step.score}
                    for step in self.steps
                ],
                "held": self.held,
                "score": self.shown,
                "words": self.words,
            },
        }


def load_receipt(comment: Comment, *, reading: Reading | None = None, viewer=None) -> Receipt:
    """The log of one comment replayed line by line, for a reader who reads in this way.

    Moderators stay unnamed unless both the policy of the time and the one in force name them. ``viewer`` is the member
    who looks, and finds the own lines marked.
    """
    reading, policies = reading or Reading(), Policies()
    lines, score, active = [], comment.start_score, []
    policy_id = comment.policy_id
    for moderation in log_of(comment):
        line = rules.Line(moderation.reason, moderation.delta, moderation.sets_score)
        after, clamped = None, False
        if moderation.withdrawn_at is None:
            after = rules.step(score, line)
            clamped = line.sets_score is None and after != score + line.delta
            score, policy_id = after, moderation.policy_id
            active.append(line)
        lines.append(_line(moderation, after, clamped, policies, viewer, comment.text.edited_at))
    numbers = policies[policy_id]
    outcome = rules.replay(
        start_score=comment.start_score,
        start_label=comment.start_label,
        had_bonus=comment.had_bonus,
        lines=active,
        numbers=numbers,
    )
    judged = {"score": outcome.score, "has_bonus": outcome.has_bonus, "label": outcome.label}
    facts = comment.facts(reading.taste)._replace(**judged)
    return Receipt(
        comment=comment,
        lines=lines,
        outcome=outcome,
        start_why=rules.start_words(
            start=comment.start_score,
            is_named=comment.author_id is not None,
            is_archived=comment.is_archived,
            numbers=policies[comment.policy_id],
        ),
        version=PolicyVersion.objects.filter(pk=comment.policy_id).first(),
        candidates=[_candidate(one, numbers) for one in rules.contenders(active, numbers)],
        net=sum(line.delta for line in active),
        numbers=numbers,
        steps=_steps(facts, reading.taste),
        shown=scores.shown_score(facts, reading.taste),
        names_moderators=policies.in_force.names_moderators,
    )


def log_of(comment: Comment) -> list[Moderation]:
    """Every line of a comment's log, with what became of it, in two queries however long it is."""
    turns = Prefetch("reversals", Reversal.objects.order_by("number").select_related("act"))
    return list(comment.moderations.in_order().select_related("verdict", "act", "moderator").prefetch_related(turns))


def _line(
    moderation: Moderation, after: int | None, clamped: bool, policies: Policies, viewer, edited_at: datetime | None
) -> ReceiptLine:
    is_named = policies[moderation.policy_id].names_moderators and policies.in_force.names_moderators
    is_yours = viewer is not None and moderation.moderator_id == viewer.pk and moderation.sets_score is None
    turns = [Turn(reversal, reversal.kind != Reversal.Kind.RESTORED) for reversal in moderation.reversals.all()]
    named = is_named and moderation.sets_score is None
    return ReceiptLine(
        moderation,
        after,
        clamped,
        turns,
        moderation.moderator.username if named else "",
        is_yours=is_yours,
        is_before_edit=edited_at is not None and moderation.moderated_at < edited_at,
    )


def _candidate(contender: rules.Contender, numbers: Policy) -> Candidate:
    reason = policy.REASONS[contender.reason]
    rule = numbers.rule_of.get(contender.reason)
    if contender.competes:
        remark = ""
    elif not (rule.is_label if rule else reason.is_label):
        remark = "never becomes the word"
    else:
        remark = f"{'raises' if reason.score > 0 else 'lowers'}, against the sum"
    return Candidate(reason.name, contender.times, remark)


def _steps(facts: scores.Facts, taste: scores.Taste) -> list[ReaderStep]:
    steps, score = [], facts.score
    for modifier in scores.modifiers_of(facts, taste):
        score += modifier.delta
        steps.append(ReaderStep(modifier.name, modifier_words(modifier, taste), modifier.delta, score))
    return steps


def modifier_words(modifier: scores.Modifier, taste: scores.Taste) -> str:
    """Why one of the reader's modifiers applies to a comment."""
    if modifier.name == scores.KARMA_BONUS:
        return "its author had excellent karma" if modifier.delta else "you chose not to count it"
    if modifier.name in taste.reasons:
        return "the word beside its score"
    return {
        IGNORED: "you ignore its author",
        scores.ANONYMOUS: "nobody put a name to it",
        scores.NEW: f"its author is one of the newest members, those from number {taste.new_from} on",
        scores.SHORT: f"it has fewer than {taste.short_below:,} characters",
        scores.LONG: f"it has more than {taste.long_above:,} characters",
    }.get(modifier.name, f"your {modifier.name} wrote it")


def public_log_link(act: StaffAct | None) -> str:
    """The page of an act of staff in the public log, "" where there is none."""
    return act.get_absolute_url() if act and act.verb in PUBLIC else ""


def _listed(names: list[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))


def _iso(at) -> str | None:
    return at.isoformat(timespec="seconds") if at else None

"""Moderation policies: named sets of numbers that decide how moderation works, and the three that come with the site.

A policy in force is kept in the database as it was then (forum.rulebook), so nothing here rewrites history.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from forum import policy


@dataclass(frozen=True, slots=True)
class ReasonRule:
    """What a policy makes of one reason; its name and what it does to the score are the same in every policy."""

    number: int  # key of policy.REASONS
    karma: int  # karma points for the comment's author
    is_label: bool = True  # whether it can stand beside the score
    is_metamoderable: bool = True  # whether metamoderators are asked about it
    needs_prior: bool = False  # only on a comment that somebody has moderated otherwise (rehash: needs_prior_mod)

    @property
    def name(self) -> str:
        return policy.REASONS[self.number].name

    @property
    def score(self) -> int:
        return policy.REASONS[self.number].score


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a verdict does: the row with the smallest ``up_to`` that is not below the fair share (Slash: m2_consequences).

    Fractions are chances of one unit.
    """

    up_to: float  # share of fair votes
    fair_voters: float  # tokens for each who said fair
    unfair_voters: float  # tokens for each who said unfair
    moderator_tokens: float
    moderator_karma: float


def _told(default: Any, words: str, slash: str = "–", group: str = "") -> Any:
    """A number of a policy with its meaning, in words for members, and its name and value in Slash."""
    return field(default=default, metadata={"words": words, "slash": slash, "group": group})


def _reasons(*changed: ReasonRule) -> tuple[ReasonRule, ...]:
    base = {n: ReasonRule(n, r.karma, r.is_label, r.is_label) for n, r in policy.REASONS.items() if n <= 10}
    return tuple((base | {rule.number: rule for rule in changed}).values())


SLASH_CONSEQUENCES = (
    Consequence(0.00, 0, +2, -100, -1),
    Consequence(0.15, -2, +1, -40, -1),
    Consequence(0.30, -0.5, +0.5, -20, 0),
    Consequence(0.35, 0, 0, -10, 0),
    Consequence(0.49, 0, 0, -4, 0),
    Consequence(0.60, 0, 0, +1, 0),
    Consequence(0.70, 0, 0, +2, 0),
    Consequence(0.80, +0.01, -1, +3, 0),
    Consequence(0.90, +0.02, -2, +4, 0),
    Consequence(1.00, +0.05, 0, +5, +0.5),
)
TOKENS, DAILY = "tokens", "daily"


@dataclass(frozen=True)
class Policy:
    """Every number of moderation that a site may choose. Times are spans, shares are between 0 and 1."""

    name: str = "threshold"

    # -- Starting score ------------------------------------------------------------------------------------------
    start_anonymous: int = _told(0, "Score at which an Anonymous Coward's comment starts", "defaultpoints 0", "start")
    start_named: int = _told(1, "Score at which a member's comment starts", "defaultpoints 1", "start")
    karma_low: int = _told(0, "Below this karma comments start one lower", "0", "start")
    karma_bad: int = _told(-10, "Below this karma comments start two lower", "badkarma -10", "start")
    karma_bonus_from: int = _told(26, "From this karma on comments carry the bonus", "goodkarma 25, more than", "start")
    bonus_lost_at_downmods: int = _told(
        3, "With so many active moderations downwards the bonus is lost", "mod_karma_bonus_max_downmods 2", "start"
    )

    # -- Posting ---------------------------------------------------------------------------------------------------
    posts_low: int = _told(
        2,
        "Comments a day with a karma below that for a whole start; 0: no limit",
        "comments_perday 2 to karma -1",
        "posting",
    )
    posts_middle: int = _told(
        25, "Comments a day with a karma up to the bonus; 0: no limit", "25 to karma 25", "posting"
    )
    posts_high: int = _told(50, "Comments a day with a karma that brings the bonus; 0: no limit", "50 above", "posting")
    posts_anonymous: int = _told(
        10, "Anonymous comments a day from one network; 0: no limit", "comments_perday_anon 10", "posting"
    )
    post_gap: timedelta = _told(
        timedelta(seconds=20),
        "Time between two comments of a member; 0: none",
        "ResKey 60 s, formkeys 120 s",
        "posting",
    )
    post_gap_low: timedelta = _told(
        timedelta(minutes=2),
        "The same with a karma below that for a whole start",
        "300 s, as without an account",
        "posting",
    )
    post_burst: int = _told(3, "Comments of a member that may come without that time between them", "1", "posting")
    post_gap_anonymous: timedelta = _told(
        timedelta(minutes=1), "Time after the first anonymous comment of a network; 0: none", "ResKey 300 s", "posting"
    )
    post_gap_growth: float = _told(1.5, "How much longer after each further one of the day", "ResKey 1.5", "posting")
    form_wait: timedelta = _told(
        timedelta(seconds=3),
        "Time that a visitor's form is open at least: programs are quicker; 0: none",
        "ResKey 10 s, formkeys 5 to 20 s",
        "posting",
    )
    anonymous_challenge: int = _told(0, "Tries of a visitor's device for a comment, at most; 0: none", "–", "posting")
    challenge_at_sign_up: bool = _told(False, "Whether signing up asks for as many tries, too", "–", "posting")
    pair_answers: int = _told(
        3, "Answers of a member to the same other one, in one discussion and hour, without waiting", "–", "posting"
    )
    pair_gap: timedelta = _told(
        timedelta(minutes=2), "How much longer the wait is before each further one; 0: none", "–", "posting"
    )
    thread_anonymous: int = _told(
        30, "Anonymous comments on one discussion within the span, from wherever; 0: no limit", "–", "posting"
    )
    thread_span: timedelta = _told(timedelta(minutes=10), "The span of that limit", "–", "posting")
    brake_member: int = _told(
        4, "Points that moderators took lately after which a member waits; 0: no brake", "istroll 4 (uid)", "posting"
    )
    brake_network: int = _told(
        6, "The same for the anonymous comments of one network", "istroll 4 (IP), 6 (subnet)", "posting"
    )
    brake_span: timedelta = _told(timedelta(hours=72), "How far back that looks", "72 hours", "posting")
    brake_half_life: timedelta = _told(
        timedelta(hours=24), "The time after which what was taken counts half", "halved up to 3 times", "posting"
    )

    # -- Reasons ---------------------------------------------------------------------------------------------------
    reasons: tuple[ReasonRule, ...] = _told(_reasons(), "What each reason does", "modreasons", "reasons")
    label_follows_direction: bool = _told(
        True,
        "Only reasons in the direction of the net change become the label; else the most frequent",
        "yes",
        "reasons",
    )

    # -- Who is given points ---------------------------------------------------------------------------------------
    grant_mode: str = _told(
        TOKENS, "How points are given: by tokens, or the same to everybody each day", TOKENS, "grants"
    )
    min_karma: int = _told(0, "The least karma of a moderator", "mod_elig_minkarma 0", "grants")
    min_age: timedelta = _told(timedelta(days=1), "The least age of a moderator's account", "–", "grants")
    newest_excluded: float = _told(
        0.2, "Share of the newest accounts that get nothing", "m1_eligible_percentage 0.8", "grants"
    )
    newest_excluded_from: int = _told(
        50, "With fewer members than this the newest are not left out: all are new on a new site", "–", "grants"
    )
    reads_min: int = _told(3, "Pages of discussions read within the window", "m1_eligible_hitcount 3", "grants")
    reads_window: timedelta = _told(timedelta(hours=60), "The window for reading", "accesslog_hoursback 60", "grants")
    readers_from: float = _told(
        1 / 6,
        "Of the eligible by how much they read, leave out the lowest share",
        "m1_pointgrant_start 0.167",
        "grants",
    )
    readers_to: float = _told(
        0.8888, "Of the eligible by how much they read, leave out those above", "m1_pointgrant_end 0.8888", "grants"
    )
    readers_cut_from: int = _told(
        50, "With fewer eligible members than this nobody is cut for reading little or much", "–", "grants"
    )
    fairness_factor: float = _told(
        1.3,
        "How much the fairest weigh more, and the least fair less",
        "m1_pointgrant_factor_* 1.3 (dead code)",
        "grants",
    )
    fairness_votes_min: int = _told(5, "Verdicts needed before fairness counts", "5", "grants")
    fairness_spends_min: int = _told(10, "Points spent or expired before that ratio counts", "10", "grants")

    # -- Tokens and points -------------------------------------------------------------------------------------------
    tokens_per_comment: int = _told(6, "Tokens that each comment brings", "tokenspercomment 6", "tokens")
    tokens_per_point: int = _told(8, "Price of a point in tokens", "tokensperpoint 8", "tokens")
    tokens_max: int = _told(40, "The most tokens that hand-outs fill up to", "maxtokens 40", "tokens")
    tokens_per_run: int = _told(3, "The most tokens to one member in one run", "maxtokens_add 3", "tokens")
    grant_from_share: float = _told(0.5, "Share of the price that a member must have saved", "half the price", "tokens")
    grants_share_max: float = _told(0.1, "Of the eligible, the largest share granted in a run", "users/10", "tokens")
    points_per_grant: int = _told(5, "Points of one grant", "maxpoints 5", "tokens")
    points_max: int = _told(5, "The most points that one can hold", "maxpoints 5", "tokens")
    point_lifetime: timedelta = _told(
        timedelta(hours=72), "Unspent points expire after this", "stir 72 hours", "tokens"
    )
    expiry_cost: int = _told(2, "Tokens lost for each point that expired", "mod_stir_token_cost 2", "tokens")
    recycled_share: float = _told(
        1.0, "Share of expired points that comes back as tokens for all", "mod_stir_recycle_fraction 1.0", "tokens"
    )
    decay_after: timedelta = _told(
        timedelta(days=14), "Tokens of members away for longer decay", "mod_token_decay_days 14", "tokens"
    )
    decay_per_day: int = _told(1, "Tokens that decay each day", "mod_token_decay_perday 1", "tokens")
    decay_below_karma: int = _told(-3, "Below this karma tokens decay too", "mod_elig_minkarma - 3", "tokens")
    standby_min: int = _told(
        3, "Moderators with points there should be at any time, as far as members are eligible", "–", "tokens"
    )
    standby_share: float = _told(0.0, "The same as a share of the eligible", "–", "tokens")
    daily_points: int = _told(5, "Points of a daily grant", "rehash m1_pointsgrant_arbitrary 5", "tokens")

    # -- Spending --------------------------------------------------------------------------------------------------
    window: timedelta = _told(
        timedelta(days=14), "Older comments keep their score", "comments_moddable_hours 336", "spending"
    )
    same_network_forbidden: bool = _told(
        True, "Nobody moderates a comment from the own network", "mod_same_subnet_forbid 1", "spending"
    )
    is_exclusive: bool = _told(
        True, "Who posts in a discussion cannot moderate there, and posting withdraws", "moderate_or_post", "spending"
    )
    down_karma_min: int = _told(
        -25, "The least karma for moderating downwards", "rehash downmod_karma_floor 10", "spending"
    )
    pair_cap: int = _told(0, "Moderations of one author by one moderator within the span; 0: no limit", "–", "spending")
    pair_span: timedelta = _told(timedelta(days=7), "The span of that limit", "–", "spending")
    undo_within: timedelta = _told(
        timedelta(minutes=2),
        "A moderator can take a moderation back within this, and has the point again",
        "–",
        "spending",
    )
    blind_reason_cost: int = _told(
        1, "Tokens for a reason that metamoderators never see", "mod_unm2able_token_cost 1", "spending"
    )
    names_moderators: bool = _told(
        False, "Receipts name who moderated, if that was so when it was done", "modviewseclev 100", "spending"
    )

    # -- Metamoderation ----------------------------------------------------------------------------------------------
    metamoderation: bool = _told(True, "Whether members judge moderations", "m2", "metamoderation")
    meta_sample: int = _told(10, "Moderations in one sitting", "m2_comments 10", "metamoderation")
    meta_votes_min: int = _told(3, "Votes wanted on a moderation, at least", "m2_consensus 9, live 5", "metamoderation")
    meta_votes_max: int = _told(9, "Votes wanted on a moderation, at most", "m2_consensus 9", "metamoderation")
    meta_members_per_vote: int = _told(
        50, "Members for each vote wanted above the least; 0: always the most", "–", "metamoderation"
    )
    meta_every: timedelta = _told(timedelta(days=1), "Time between two sittings", "m2_freq 86400", "metamoderation")
    meta_oldest_share: float = _told(
        0.9, "Of all members by number, the oldest share may metamoderate", "m2_userpercentage 0.9", "metamoderation"
    )
    meta_min_age: timedelta = _told(
        timedelta(hours=12), "Age of a moderation before it is judged", "m2_wait_hours 12", "metamoderation"
    )
    meta_twins: int = _told(
        5, "Twins (same comment, same reason) a vote also counts for", "m2_multicount 5", "metamoderation"
    )
    meta_tokens_min: int = _told(
        -999_999, "With fewer tokens a vote is kept but does not count", "m2_mintokens 0", "metamoderation"
    )
    meta_record: int = _told(
        40, "Of a member's judgements with a verdict, the newest that are looked at", "–", "metamoderation"
    )
    meta_record_from: int = _told(20, "With fewer of them every member is heard", "–", "metamoderation")
    meta_agreement: float = _told(
        0.7,
        "Share of them that must agree with the verdict, or new ones are kept but do not count",
        "–",
        "metamoderation",
    )
    meta_batch: int = _told(300, "Moderations settled in one run", "m2_batchsize 300", "metamoderation")
    meta_karma_max: int = _told(12, "Karma gained by verdicts stops here", "m2_maxbonus_karma 12", "metamoderation")
    meta_token_gain_below: int = _told(
        25, "Tokens gained by verdicts stop here", "m2_consequences_token_max 25", "metamoderation"
    )
    meta_tokens_floor: int = _told(
        -999_999, "Tokens lost by verdicts stop here", "m2_consequences_token_min", "metamoderation"
    )
    meta_oldest_zone: float = _told(
        0.02,
        "Of the waiting moderations, the oldest share is drawn more often",
        "m2_oldest_zone_percentile 2 %",
        "metamoderation",
    )
    meta_oldest_weight: float = _told(2.0, "How much more often", "m2_oldest_zone_mult 2", "metamoderation")
    consequences: tuple[Consequence, ...] = _told(
        SLASH_CONSEQUENCES, "What a verdict does", "m2_consequences", "metamoderation"
    )
    meta_full_weight: int = _told(
        9,
        "Votes from which a verdict weighs in full on the moderator; fewer weigh in proportion; 0: always",
        "–",
        "metamoderation",
    )
    meta_give_up: timedelta = _told(
        timedelta(days=14), "Then a moderation is judged by the votes it has, or by nobody", "60 days", "metamoderation"
    )
    meta_quorum: float = _told(
        0.5, "Share of the votes wanted, rounded up, that is enough then", "all of them", "metamoderation"
    )
    meta_candidates: int = _told(
        1000, "Waiting moderations looked at for one sitting, from a random place on", "all", "metamoderation"
    )
    meta_bonus_from: float = _told(
        0.8,
        "From this share of fair votes the moderator's reward is raised by what follows; it is lowered at any share",
        "0.8",
        "metamoderation",
    )
    meta_quick: timedelta = _told(
        timedelta(seconds=1800), "Moderated within this after it was posted: quick", "1800 s", "metamoderation"
    )
    meta_quick_factor: float = _told(1.1, "What a quick moderation's reward is multiplied by", "1.1", "metamoderation")
    meta_score_factors: tuple[float, ...] = _told(
        (1.1, 1.2, 1.1, 1.0, 0.8, 0.5, 0.8),
        "The same by the score that the comment had, from −1 to 5",
        "the same",
        "metamoderation",
    )
    meta_place_from: int = _told(
        10, "Comments of a discussion from which the place among them counts", "10", "metamoderation"
    )
    meta_place_factors: tuple[float, ...] = _told(
        (0.9, 1.0, 1.1, 1.1, 1.1),
        "The same by the place in the discussion, early to late, in equal parts",
        "the same",
        "metamoderation",
    )
    meta_reply_factor: float = _told(1.2, "The same for a reply", "1.2", "metamoderation")
    repeat_penalties: tuple[tuple[int, int], ...] = _told(
        ((3, -4), (5, -12), (10, -100)),
        "Tokens lost for moderating the same author again: (earlier, tokens)",
        "m2 repeats",
        "metamoderation",
    )
    repeat_span: timedelta = _told(
        timedelta(days=60), "The span in which repeats are counted", "60 days", "metamoderation"
    )

    # -- Staff -------------------------------------------------------------------------------------------------------
    names_staff: bool = _told(
        False, "Whether the public log names the member of staff who acted, or says “a member of staff”", "–", "staff"
    )
    second_pair_from: int = _told(
        0, "A mass act on so many or more waits for a second member of staff; 0: never", "–", "staff"
    )

    @cached_property
    def rule_of(self) -> Mapping[int, ReasonRule]:
        """The policy's reasons by number, in the order in which they are offered."""
        return {rule.number: rule for rule in self.reasons}

    def to_numbers(self) -> dict[str, Any]:
        """As plain JSON values: spans in seconds, tables as lists."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple):
        return [_plain(dataclasses.astuple(one) if dataclasses.is_dataclass(one) else one) for one in value]
    return value


ROWS = {"reasons": ReasonRule, "consequences": Consequence}


def from_numbers(numbers: Mapping[str, Any]) -> Policy:
    """A policy from what to_numbers made; a number that did not exist then has the default, unknown ones are dropped."""
    known = {f.name: f for f in dataclasses.fields(Policy)}
    return Policy(
        **{name: _typed(name, known[name].default, value) for name, value in numbers.items() if name in known}
    )


def _typed(name: str, default: Any, value: Any) -> Any:
    if name in ROWS:
        return tuple(ROWS[name](*row) for row in value)
    if isinstance(default, timedelta):
        return timedelta(seconds=value)
    if isinstance(default, tuple):
        return tuple(tuple(row) if isinstance(row, list) else row for row in value)
    return value


SLASH_PACE = {
    "post_gap": timedelta(seconds=60),
    "post_burst": 1,
    **dict.fromkeys(("post_gap_low", "post_gap_anonymous"), timedelta(seconds=300)),
    "form_wait": timedelta(seconds=10),
    "pair_gap": timedelta(0),
    "thread_anonymous": 0,
    "undo_within": timedelta(0),
}
SLASHDOT = Policy(
    name="slashdot-2009",
    min_age=timedelta(0),
    newest_excluded_from=0,
    readers_cut_from=0,
    standby_min=0,
    meta_votes_min=9,
    meta_members_per_vote=0,
    meta_tokens_min=0,
    meta_agreement=0.0,
    meta_full_weight=0,
    meta_give_up=timedelta(days=60),
    meta_quorum=1.0,
    **SLASH_PACE,
)
SOYLENTNEWS = Policy(
    name="soylentnews",
    reasons=_reasons(
        ReasonRule(9, 0, False, False, needs_prior=True),
        ReasonRule(10, 0, False, False, needs_prior=True),
        ReasonRule(13, +1),
        ReasonRule(12, 0),
        ReasonRule(11, -10),
    ),
    label_follows_direction=False,
    grant_mode=DAILY,
    min_age=timedelta(days=30),
    newest_excluded=0.0,
    reads_min=0,
    point_lifetime=timedelta(days=1),
    is_exclusive=False,
    down_karma_min=10,
    metamoderation=False,
    **SLASH_PACE,
)
THRESHOLD = Policy(pair_cap=5, tokens_per_comment=8, standby_share=0.05)
PRESETS = {preset.name: preset for preset in (THRESHOLD, SLASHDOT, SOYLENTNEWS)}

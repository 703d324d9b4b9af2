"""What the numbers of a policy may be: the least and the most that a site can choose."""

from datetime import timedelta
from typing import Any, NamedTuple

from forum import policy
from forum.presets import THRESHOLD


class Bound(NamedTuple):
    """The least and the most that a number may be, both allowed."""

    least: Any
    most: Any


LARGEST, LONGEST, HOUR = 32_767, timedelta(days=3650), timedelta(hours=1)  # what columns hold; ten years; a run
ANY_KARMA = Bound(policy.KARMA_MIN, policy.KARMA_MAX)
ANY_SCORE = Bound(policy.SCORE_MIN, policy.SCORE_MAX)
SOME, A_SPAN, FACTOR = Bound(1, LARGEST), Bound(HOUR, LONGEST), Bound(0.0, 10.0)
BY_KIND = {int: Bound(0, LARGEST), float: Bound(0.0, 1.0), timedelta: Bound(timedelta(0), LONGEST)}
BOUNDS = {
    **dict.fromkeys(("start_anonymous", "start_named"), ANY_SCORE),
    **dict.fromkeys(("karma_low", "karma_bad", "min_karma", "down_karma_min", "decay_below_karma"), ANY_KARMA),
    "karma_bonus_from": Bound(policy.KARMA_MIN, policy.KARMA_MAX + 1),  # the last: nobody has the bonus
    "meta_karma_max": ANY_KARMA,
    **dict.fromkeys(
        ("bonus_lost_at_downmods", "tokens_per_point", "meta_sample", "meta_batch", "meta_candidates"), SOME
    ),
    **dict.fromkeys(("points_per_grant", "points_max", "daily_points", "tokens_per_run"), Bound(1, 1_000)),
    **dict.fromkeys(("meta_votes_min", "meta_votes_max"), Bound(1, 99)),
    **dict.fromkeys(("reads_window", "point_lifetime", "pair_span", "repeat_span"), A_SPAN),
    # Longer, and what tells an anonymous author's own comment would be gone while it can be moderated.
    "window": Bound(HOUR, policy.NETWORK_KEY_LIFETIME),
    "fairness_factor": Bound(1.0, 10.0),
    "post_gap_growth": Bound(1.0, 10.0),
    "post_burst": Bound(1, 1_000),
    **dict.fromkeys(("post_gap", "post_gap_low", "post_gap_anonymous", "pair_gap"), Bound(timedelta(0), HOUR)),
    "form_wait": Bound(timedelta(0), timedelta(minutes=1)),
    # More, and an old phone would be busy for minutes.
    "anonymous_challenge": Bound(0, 30_000),
    "thread_span": Bound(timedelta(minutes=1), timedelta(days=1)),
    "brake_half_life": Bound(HOUR, LONGEST),
    # Longer, and what tells the comments of a network would be gone.
    "brake_span": Bound(HOUR, policy.NETWORK_KEY_LIFETIME),
    **dict.fromkeys(("meta_quick_factor", "meta_reply_factor", "meta_score_factors", "meta_place_factors"), FACTOR),
    "meta_oldest_weight": Bound(1.0, 100.0),
    "meta_tokens_floor": Bound(-999_999, 0),
    "meta_tokens_min": Bound(-999_999, LARGEST),
}


def bound_of(name: str) -> Bound | None:
    """What a number of a policy, or each of several in a row, may be; None for what is no number."""
    return BOUNDS.get(name) or BY_KIND.get(type(getattr(THRESHOLD, name)))

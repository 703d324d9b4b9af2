"""The only door through which moderations, mod points and tokens change.

Locks are always taken in this order, so that no two acts wait for each other: discussion, comment, grant, moderations
by number, members by number, moderators by number.
"""

from moderation.actions.economy import decay_tokens, run_economy
from moderation.actions.metamoderation import (
    Judged,
    answer_sitting,
    check_may_metamoderate,
    draw_sitting,
    settle_verdicts,
)
from moderation.actions.points import expire_mod_points, grant_daily_points, grant_points, remove_points
from moderation.actions.policies import switch_policy
from moderation.actions.reading import forget_old_reads, record_read
from moderation.actions.repair import (
    balance_karma,
    reconcile_comment,
    reconcile_discussion,
    reconcile_grant,
    reconcile_moderator,
)
from moderation.actions.reversals import put_back, rescore_from_log, set_back_comment, undo_set_back, withdraw
from moderation.actions.spending import (
    check_may_moderate,
    check_may_post_as,
    correct_score,
    spend_point,
    take_part,
    undo_moderation,
)
from moderation.actions.tokens import Wish, change_tokens, lock_moderators

__all__ = (
    "Judged",
    "Wish",
    "answer_sitting",
    "balance_karma",
    "change_tokens",
    "check_may_metamoderate",
    "check_may_moderate",
    "check_may_post_as",
    "correct_score",
    "decay_tokens",
    "draw_sitting",
    "expire_mod_points",
    "forget_old_reads",
    "grant_daily_points",
    "grant_points",
    "lock_moderators",
    "put_back",
    "reconcile_comment",
    "reconcile_discussion",
    "reconcile_grant",
    "reconcile_moderator",
    "record_read",
    "remove_points",
    "rescore_from_log",
    "run_economy",
    "set_back_comment",
    "settle_verdicts",
    "spend_point",
    "switch_policy",
    "take_part",
    "undo_moderation",
    "undo_set_back",
    "withdraw",
)

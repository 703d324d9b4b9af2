"""The only door through which moderations, mod points and tokens change.

Locks are always taken in this order, so that no two acts wait for each other: discussion, comment, grant, moderations
by number, members by number, moderators by number.
"""

from moderation.actions.appeals import decide_appeal, file_appeal, remind_of_appeals
from moderation.actions.economy import decay_tokens, run_economy
from moderation.actions.erasing import erase_comment, erase_own_words, forget_member
from moderation.actions.flags import dismiss_flags, flag_comment, hide_comment, settle_flags
from moderation.actions.holding import forget_old_held, hold_suspect, judge, refuse_held, release_held
from moderation.actions.learning import forget_lesson, learn, learn_from_what_stands
from moderation.actions.mass import (
    propose_mass_act,
    reject_mass_act,
    run_chunk,
    run_mass_acts,
    second_mass_act,
)
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
from moderation.actions.standing import ban, bar_moderator, lift_ban, lift_bar, set_karma
from moderation.actions.tokens import Wish, change_tokens, lock_moderators
from moderation.actions.undoing import undo_act

__all__ = (
    "Judged",
    "Wish",
    "answer_sitting",
    "balance_karma",
    "ban",
    "bar_moderator",
    "change_tokens",
    "check_may_metamoderate",
    "check_may_moderate",
    "check_may_post_as",
    "correct_score",
    "decay_tokens",
    "decide_appeal",
    "dismiss_flags",
    "draw_sitting",
    "erase_comment",
    "erase_own_words",
    "expire_mod_points",
    "file_appeal",
    "flag_comment",
    "forget_lesson",
    "forget_member",
    "forget_old_held",
    "forget_old_reads",
    "grant_daily_points",
    "grant_points",
    "hide_comment",
    "hold_suspect",
    "judge",
    "learn",
    "learn_from_what_stands",
    "lift_ban",
    "lift_bar",
    "lock_moderators",
    "propose_mass_act",
    "put_back",
    "reconcile_comment",
    "reconcile_discussion",
    "reconcile_grant",
    "reconcile_moderator",
    "record_read",
    "refuse_held",
    "reject_mass_act",
    "release_held",
    "remind_of_appeals",
    "remove_points",
    "rescore_from_log",
    "run_chunk",
    "run_economy",
    "run_mass_acts",
    "second_mass_act",
    "set_back_comment",
    "set_karma",
    "settle_flags",
    "settle_verdicts",
    "spend_point",
    "switch_policy",
    "take_part",
    "undo_act",
    "undo_moderation",
    "undo_set_back",
    "withdraw",
)

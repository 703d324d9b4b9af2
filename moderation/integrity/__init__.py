"""What is kept of the moderation log held against it, and the log against its own rules. Reads only.

Each truth is defined here once: check_site, replay and the jobs ask the same functions.
"""

from moderation.integrity.discussions import check_copies, check_discussion, check_karma_along
from moderation.integrity.karma import unbalanced_karma
from moderation.integrity.points import balance_of, check_grant, moderations_astray, wrong_grants
from moderation.integrity.scores import WrongScore, WrongWithdrawal, out_of_step, wrong_scores
from moderation.integrity.tokens import check_moderator, kept_of, wrong_balances, wrong_moderators

__all__ = (
    "WrongScore",
    "WrongWithdrawal",
    "balance_of",
    "check_copies",
    "check_discussion",
    "check_grant",
    "check_karma_along",
    "check_moderator",
    "kept_of",
    "moderations_astray",
    "out_of_step",
    "unbalanced_karma",
    "wrong_balances",
    "wrong_grants",
    "wrong_moderators",
    "wrong_scores",
)

from moderation.models.economy import EconomyRun, Moderator, ReadHour, TokenEntry
from moderation.models.log import Moderation, PointEntry, PointGrant, Reversal
from moderation.models.metamoderation import MetaSitting, MetaVote, Verdict
from moderation.models.staff import Appeal, BulkAct, BulkItem, Flag

__all__ = (
    "Appeal",
    "BulkAct",
    "BulkItem",
    "EconomyRun",
    "Flag",
    "MetaSitting",
    "MetaVote",
    "Moderation",
    "Moderator",
    "PointEntry",
    "PointGrant",
    "ReadHour",
    "Reversal",
    "TokenEntry",
    "Verdict",
)

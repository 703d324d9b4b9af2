from moderation.models.economy import EconomyRun, Moderator, ReadHour, TokenEntry
from moderation.models.log import Moderation, PointEntry, PointGrant, Reversal
from moderation.models.metamoderation import MetaSitting, MetaVote, Verdict
from moderation.models.spam import Held, Lesson, SpamWord
from moderation.models.staff import Appeal, BulkAct, BulkItem, Flag

__all__ = (
    "Appeal",
    "BulkAct",
    "BulkItem",
    "EconomyRun",
    "Flag",
    "Held",
    "Lesson",
    "MetaSitting",
    "MetaVote",
    "Moderation",
    "Moderator",
    "PointEntry",
    "PointGrant",
    "ReadHour",
    "Reversal",
    "SpamWord",
    "TokenEntry",
    "Verdict",
)

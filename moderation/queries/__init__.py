"""What pages show of moderation."""

from moderation.queries.desk import Desk, lay_out_desk, load_desk, own_moderation_count, points_of
from moderation.queries.karma import KarmaAccount, load_karma
from moderation.queries.metamoderation import load_own_verdicts, load_sitting, may_metamoderate
from moderation.queries.receipts import Receipt, ReceiptLine, load_receipt
from moderation.queries.standing import Standing, load_standing

__all__ = (
    "Desk",
    "KarmaAccount",
    "Receipt",
    "ReceiptLine",
    "Standing",
    "lay_out_desk",
    "load_desk",
    "load_karma",
    "load_own_verdicts",
    "load_receipt",
    "load_sitting",
    "load_standing",
    "may_metamoderate",
    "own_moderation_count",
    "points_of",
)

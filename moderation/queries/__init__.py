"""What pages show of moderation."""

from moderation.queries.desk import Desk, lay_out_desk, load_desk, own_moderation_count, points_of
from moderation.queries.metamoderation import load_own_verdicts, load_sitting, may_metamoderate
from moderation.queries.receipts import Receipt, ReceiptLine, load_receipt

__all__ = (
    "Desk",
    "Receipt",
    "ReceiptLine",
    "lay_out_desk",
    "load_desk",
    "load_own_verdicts",
    "load_receipt",
    "load_sitting",
    "may_metamoderate",
    "own_moderation_count",
    "points_of",
)

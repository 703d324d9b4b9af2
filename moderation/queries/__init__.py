"""What pages show of moderation."""

from moderation.queries.desk import (
    Desk,
    Given,
    as_given,
    load_desk,
    may_moderate,
    own_moderation_count,
    points_of,
    points_words,
    reason_choices,
    why_barred,
)
from moderation.queries.karma import KarmaAccount, load_karma
from moderation.queries.metamoderation import load_own_verdicts, load_sitting, may_metamoderate
from moderation.queries.own import own_records
from moderation.queries.receipts import Receipt, ReceiptLine, load_receipt
from moderation.queries.standing import Standing, load_standing
from moderation.queries.waiting import WaitingPage, load_waiting, look_number

__all__ = (
    "Desk",
    "Given",
    "KarmaAccount",
    "Receipt",
    "ReceiptLine",
    "Standing",
    "WaitingPage",
    "as_given",
    "load_desk",
    "load_karma",
    "load_own_verdicts",
    "load_receipt",
    "load_sitting",
    "load_standing",
    "load_waiting",
    "look_number",
    "may_metamoderate",
    "may_moderate",
    "own_moderation_count",
    "own_records",
    "points_of",
    "points_words",
    "reason_choices",
    "why_barred",
)

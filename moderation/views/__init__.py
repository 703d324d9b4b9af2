"""Pages of moderation, by what they are about."""

from moderation.views.comment import comment, score, score_json
from moderation.views.flags import flag
from moderation.views.metamoderate import metamoderate, own_verdicts
from moderation.views.moderate import desk, moderate, undo
from moderation.views.public_log import act, log, log_json
from moderation.views.reply import reply
from moderation.views.standing import karma, karma_json, points, points_json
from moderation.views.waiting import own_waiting

__all__ = (
    "act",
    "comment",
    "desk",
    "flag",
    "karma",
    "karma_json",
    "log",
    "log_json",
    "metamoderate",
    "moderate",
    "own_verdicts",
    "own_waiting",
    "points",
    "points_json",
    "reply",
    "score",
    "score_json",
    "undo",
)

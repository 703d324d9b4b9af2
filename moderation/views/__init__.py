"""Pages of moderation, by what they are about."""

from moderation.views.comment import comment, reply, score, score_json
from moderation.views.metamoderate import metamoderate, own_verdicts
from moderation.views.moderate import desk, moderate, undo
from moderation.views.standing import karma, karma_json, points, points_json

__all__ = (
    "comment",
    "desk",
    "karma",
    "karma_json",
    "metamoderate",
    "moderate",
    "own_verdicts",
    "points",
    "points_json",
    "reply",
    "score",
    "score_json",
    "undo",
)

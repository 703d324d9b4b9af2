"""Pages of moderation, by what they are about."""

from moderation.views.comment import comment, reply, score, score_json
from moderation.views.moderate import moderate

__all__ = ("comment", "moderate", "reply", "score", "score_json")

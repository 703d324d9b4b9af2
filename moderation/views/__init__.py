"""Pages of moderation, by what they are about."""

from moderation.views.comment import comment, reply, score, score_json
from moderation.views.metamoderate import metamoderate, own_verdicts
from moderation.views.moderate import moderate

__all__ = ("comment", "metamoderate", "moderate", "own_verdicts", "reply", "score", "score_json")

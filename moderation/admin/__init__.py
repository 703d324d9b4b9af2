"""The admin's pages about moderation."""

from moderation.admin import desk, logs

__all__ = ("desk", "logs")

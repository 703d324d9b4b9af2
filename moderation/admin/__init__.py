"""The admin's pages about moderation."""

from moderation.admin import desk, logs, policy

__all__ = ("desk", "logs", "policy")

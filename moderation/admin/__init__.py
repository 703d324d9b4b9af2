"""The admin's pages about moderation."""

from moderation.admin import desk, logs, policy, staff
from moderation.admin.economy import economy_view

__all__ = ("desk", "economy_view", "logs", "policy", "staff")

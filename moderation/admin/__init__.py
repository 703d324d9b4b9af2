"""The admin's pages about moderation."""

from moderation.admin import desk, held, logs, metamoderation, policy, staff
from moderation.admin.economy import economy_view

__all__ = ("desk", "economy_view", "held", "logs", "metamoderation", "policy", "staff")

"""Discussions and what people say in them, as trees. Knows no story and no moderator.

May import: forum.policy, forum.text, forum.accounts, forum.notifications.
"""

"""Mod points, moderations (the log that scores are computed from), what staff do to comments. Knows no story.

May import: forum.policy, forum.text, forum.accounts, forum.notifications, comments.
"""

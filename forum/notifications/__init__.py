"""The letterbox: a recipient, a line, a link. It knows nothing of what a notification is about.

May import: forum.policy, forum.text, forum.accounts.
"""

"""Members: who they are, how they sign in, what they prefer, their karma; archived people; the record of staff acts.

May import: forum.policy, forum.text.
"""

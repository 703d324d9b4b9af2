"""Which policy is in force, and every one that ever was: kept as it was, so that no switch rewrites history.

May import: forum.policy, forum.presets.
"""

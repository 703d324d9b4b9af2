"""Stories, sections and topics, the front page, the editors' desk, import and export of archives.

May import: forum.policy, forum.text, forum.accounts, forum.notifications, comments, moderation.
"""

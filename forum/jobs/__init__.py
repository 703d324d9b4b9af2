"""The timetable's own record: which job began when, how it ended. Knows no job but by its name.

May import: forum.policy.
"""

"""What a member owns here: taking all of it along, and having it erased. It stands on the roof, since it is everywhere.

May import: every app's queries and actions. Nothing imports it but forum.urls and the timetable.
"""

"""The site's own queue with a timetable for people in a hurry: what comes every minute there comes every two seconds.

celery -A tests.faults.quick:app worker --beat
"""

from forum.celery import app

HURRY = 2  # seconds
MAIL = "forum.notifications.tasks.send_pending_notifications"

app.conf.beat_schedule = {
    MAIL: app.conf.beat_schedule[MAIL] | {"args": (MAIL, HURRY), "schedule": HURRY, "options": {"expires": HURRY}}
}
app.conf.beat_max_loop_interval = HURRY

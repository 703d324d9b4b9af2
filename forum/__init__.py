"""The building: settings, timetable, policy, readers' text; the cellar (accounts, notifications) stands inside it."""

from forum.celery import app as celery_app

__all__ = ("celery_app",)

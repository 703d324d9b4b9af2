"""A community that never was: its stories, its words, its people, and weeks of their life through the real actions."""

from forum.management.community.life import MEMBERS, STORIES, fake_site

__all__ = ("MEMBERS", "STORIES", "fake_site")

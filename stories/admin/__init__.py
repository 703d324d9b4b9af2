"""The newsroom in the admin: the desk of stories, and the shelves they stand on."""

from stories.admin import desk, shelves

__all__ = ("desk", "shelves")

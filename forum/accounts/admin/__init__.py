"""The admin's pages about members, archived people and records; the page of a member stands where all it shows is."""

from forum.accounts.admin import bans, records

__all__ = ("bans", "records")

"""What pages about members show that only needs the members' own tables."""

from forum.accounts.models import KarmaChange, User


def karma_history(member: User, limit: int) -> list[KarmaChange]:
    """The newest lines of a member's karma log, withdrawn ones included."""
    return list(KarmaChange.objects.filter(member=member).order_by("-id")[:limit])

"""What allauth asks of us: which names may be, and what a new member's row needs."""

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError

from forum.accounts import rules
from forum.accounts.models import ArchivedPerson, User


class AccountAdapter(DefaultAccountAdapter):
    def clean_username(self, username, shallow=False):
        """A name in its stored form, or ValidationError with words: malformed, taken, look-alike, archived."""
        try:
            name = rules.check_name(username)
        except rules.BadName as problem:
            raise ValidationError(str(problem)) from problem
        key = rules.name_skeleton(name)
        if User.objects.filter(name_key=key).exists():
            raise ValidationError("That name, or one that looks like it, is taken.")
        if ArchivedPerson.objects.filter(name_key=key).exists():
            raise ValidationError("That name belongs to somebody in an imported archive and is kept for them.")
        return name

    def populate_username(self, request, user):
        super().populate_username(request, user)
        user.name_key = rules.name_skeleton(user.username)

"""What allauth asks of us: which names and addresses may be, what a new member's row needs, mail that may fail."""

import logging

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError

from forum.accounts import rules
from forum.accounts.models import ArchivedPerson, User

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix, email, context):
        """A message, or a warning in the log and words on the page: a mail server that is down breaks no sign-up."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as problem:
            log.warning("%s could not be sent: %s", template_prefix, type(problem).__name__)
            if self.request:
                words = "The message could not be sent: mail does not work here at the moment. Please try again later."
                self.add_message(self.request, messages.WARNING, message=words)

    def clean_email(self, email):
        """The address, or ValidationError when the member who adds it is not the one who has it.

        At the sign-up nothing is said: allauth answers there as if the address were free, and tells its owner by mail.
        """
        asker = getattr(self.request, "user", None)
        others = User.objects.exclude(pk=asker.pk) if asker and asker.is_authenticated else User.objects.none()
        if others.filter(email__iexact=email).exists():
            raise ValidationError("Another member has this address.")
        return email

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

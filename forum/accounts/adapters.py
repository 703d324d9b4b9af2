"""What allauth asks of us: which names and addresses may be, what a new member's row needs, mail that may fail."""

import logging
from base64 import urlsafe_b64encode
from hashlib import sha256
from ipaddress import IPv6Address

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError

from forum.accounts import rules
from forum.accounts.models import ArchivedPerson, RetiredName, User

log = logging.getLogger(__name__)


# For each member one network of those that lead nowhere; a limit takes the first half of it.
FIRST_NETWORK, NEXT_NETWORK = IPv6Address("fd00::"), int(IPv6Address("0:0:0:1::"))


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request):
        """Whom limits count as one: the address of a visitor, but a made-up one for each member.

        The list of a member's sessions and letters about changes name it, too, and nothing here keeps an address.
        """
        if request.user.is_authenticated:
            return str(FIRST_NETWORK + request.user.pk * NEXT_NETWORK)
        return super().get_client_ip(request)

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
        if RetiredName.objects.like(key).exists():
            raise ValidationError("That name belonged to a member who has left, and is given to nobody else.")
        return name

    def populate_username(self, request, user):
        super().populate_username(request, user)
        user.name_key = rules.name_skeleton(user.username)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are of no use to whoever finds the database alone."""

    def get_totp_label(self, user):
        # The code's app would show an address to whoever looks over a shoulder.
        return user.username

    def encrypt(self, text):
        return _safe().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """The secret; another than anybody's after SECRET_KEY was changed, with which no code is right."""
        try:
            return _safe().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            log.warning("A second factor cannot be read: it was made under another SECRET_KEY.")
            return generate_totp_secret()


def _safe() -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(b"second factors: " + settings.SECRET_KEY.encode()).digest()))

"""What allauth asks of us: which names and addresses may be, what a new member's row needs, mail that may fail."""

import logging
from base64 import urlsafe_b64encode
from hashlib import sha256
from ipaddress import IPv6Address

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.utils import filter_users_by_email, filter_users_by_username
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends import db as sessions
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from zxcvbn import zxcvbn

from forum import policy
from forum.accounts import rules
from forum.accounts.actions import NoSolution, Refused, check_not_kept, spend_solution
from forum.accounts.models import User
from forum.compiled import Compiled
from forum.rulebook.queries import policy_in_force
from forum.text import unlinked

log = logging.getLogger(__name__)
AUTHENTICATION_METHODS = "account_authentication_methods"  # allauth's, in the session


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

    def login(self, request, user):
        super().login(request, user)
        ways = [record["method"] for record in request.session.get(AUTHENTICATION_METHODS, ())]
        log.info("Signed in: member %s (%s)", user.pk, ", ".join(ways) or "at once")

    def logout(self, request):
        log.info("Signed out: member %s", request.user.pk)
        super().logout(request)
        request.has_left = True

    def authentication_failed(self, request, **credentials):
        # Neither what was typed, which may be a password in the wrong field, nor whether there is such an account.
        log.warning("A sign-in failed: wrong name, address or password")

    def send_mail(self, template_prefix, email, context):
        """A message, or a warning in the log and words on the page: a mail server that is down breaks no sign-up."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as problem:
            log.warning("%s could not be sent: %s", template_prefix, type(problem).__name__)
            if self.request:
                words = "The message could not be sent: mail does not work here at the moment. Please try again later."
                self.add_message(self.request, messages.WARNING, message=words)

    def render_mail(self, template_prefix, email, context, headers=None):
        """A message in which nothing that strangers chose is a link: not the name, nor what a browser calls itself."""
        said = {
            "shown_name": unlinked(rules.shown_name(context["user"])) if context.get("user") else "",
            "user_agent": unlinked(context.get("user_agent") or ""),
        }
        return super().render_mail(template_prefix, email, context | said, headers)

    def clean_email(self, email):
        """The address, or ValidationError when the member who adds it is not the one who has it.

        At the sign-up nothing is said: allauth answers there as if the address were free, and tells its owner by mail.
        Whoever asks for a new password is told nothing either, signed in or not.
        """
        match = getattr(self.request, "resolver_match", None)
        if match and match.url_name == "account_reset_password":
            return email
        asker = getattr(self.request, "user", None)
        others = User.objects.exclude(pk=asker.pk) if asker and asker.is_authenticated else User.objects.none()
        if others.filter(email__iexact=email).exists():
            raise ValidationError("Another member has this address.")
        return email

    def clean_username(self, username, shallow=False):
        """A name in its stored form, or ValidationError with words: malformed, taken, look-alike, archived."""
        try:
            name = rules.check_name(username)
            key = rules.name_skeleton(name)
            check_not_kept(key)
        except (rules.BadName, Refused) as problem:
            raise ValidationError(str(problem)) from problem
        if User.objects.filter(name_key=key).exists():
            raise ValidationError("That name, or one that looks like it, is taken.")
        return name

    def populate_username(self, request, user):
        super().populate_username(request, user)
        user.name_key = rules.name_skeleton(user.username)

    def save_user(self, request, user, form, commit=True):
        user.is_unproven = getattr(form, "is_unproven", False)
        return super().save_user(request, user, form, commit)

    def asks_challenge(self):
        """Whether who signs up here must bring a solved challenge, or is read by staff at first."""
        numbers = policy_in_force()
        return numbers.challenge_at_sign_up and bool(numbers.anonymous_challenge)

    def take_solution(self, solution):
        """Spend a challenge's solution on a sign-up; ValidationError, with words, where it is none."""
        try:
            spend_solution(solution=solution, now=timezone.now())
        except NoSolution as problem:
            raise ValidationError(str(problem)) from problem


# Every page of a member asks for both of these first.
MEMBER = Compiled(lambda pk: User.objects.filter(pk=pk))
SESSION = Compiled(lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now))


class SessionStore(sessions.SessionStore):
    """Django's sessions in the database, found by a query that is made once."""

    def _get_session_from_db(self):
        found = SESSION.first(self.session_key, timezone.now())
        if found is None:
            self._session_key = None
        return found


class OneCheck(AuthenticationBackend):
    """One account is looked up, by name or address, and one password is checked: of one that is not there as well.

    A second check for some would tell by its time which accounts there are. So no other backend is asked afterwards.
    """

    def authenticate(self, request, **credentials):
        login = credentials.get("username") or credentials.get("email") or ""
        password = credentials.get("password") or ""
        by_address = filter_users_by_email(login, prefer_verified=True) if "@" in login else []
        user = next(iter(by_address), None) if "@" in login else filter_users_by_username(login).first()
        if user is None:
            User().set_password(password)
        if not self._check_password(user, password):
            raise PermissionDenied
        return user

    def get_user(self, user_id):
        user = MEMBER.first(user_id)
        return user if user and self.user_can_authenticate(user) else None


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


# Signs that stand for the same letter as another do: with each of them in one password, the library tries 576 readings.
ONE_FOR_EACH_LETTER = str.maketrans("{[<|!@+$", "(((11475")


class Unguessable:
    """Refuses passwords that who has the lists and habits of leaked ones would try soon (docs/decisions/0019)."""

    def validate(self, password, user=None):
        # Longer ones cost more than a moment to judge, and their beginning is enough to be hard.
        beginning = password[: policy.PASSWORD_JUDGED_MAX].translate(ONE_FOR_EACH_LETTER) or " "
        own = [settings.SITE_NAME, settings.SITE_HOST, getattr(user, "username", ""), getattr(user, "email", "")]
        found = zxcvbn(beginning, user_inputs=list(filter(None, own)))
        if found["guesses_log10"] < policy.PASSWORD_GUESSES_LOG10:
            words = "This password is one of those that are guessed first. Take some words that do not belong together."
            raise ValidationError(words)

    def get_help_text(self):
        return "Some words that do not belong together are easy to keep and hard to guess."

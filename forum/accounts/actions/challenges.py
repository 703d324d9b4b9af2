"""Challenges: what a visitor's device works out for a comment, or an account: one for one (docs/decisions/0025).

A challenge is ALTCHA's, version 2: find the number under which PBKDF2 gives a key that begins so. Nothing of it is kept
until it is solved; its signature tells that it is ours, how hard it was made, and until when it is good.
"""

import secrets
from datetime import UTC, datetime
from typing import Any

import altcha
from django.conf import settings
from django.utils.crypto import salted_hmac

from forum import policy
from forum.accounts.actions.records import Refused
from forum.accounts.models import SpentChallenge

ALGORITHM = "PBKDF2/SHA-256"
ONCE_MORE = "Nothing was stored yet: please send it once more, and it is done again."


class NoSolution(Refused):
    """What came is worth nothing; the form is to be sent once more."""


def new_challenge(*, tries: int, now: datetime) -> dict[str, Any]:
    """A challenge that takes so many tries at most and half of them at least, ready to be sent as JSON."""
    number = secrets.choice(range(int(tries * policy.CHALLENGE_LEAST), tries))
    challenge = altcha.create_challenge(
        ALGORITHM,
        policy.CHALLENGE_ROUNDS,
        counter=number,
        expires_at=now + policy.CHALLENGE_LIFETIME,
        hmac_secret=_key("challenge"),
        hmac_key_secret=_key("solution"),
    )
    return challenge.to_dict()


def spend_solution(*, solution: str, now: datetime) -> None:
    """Take a solution for what it is spent on, in the transaction of that: if it comes to nothing, nothing was spent.

    Raises NoSolution, with words, for one that is forged, wrong, too old, of another site, or spent before.
    """
    payload = _read(solution)
    told = payload and altcha.verify_solution(payload, _key("challenge"), hmac_key_secret=_key("solution"))
    # The library looks at the age before the signature, so what it calls too old may be anybody's.
    if told and (told.expired or (told.verified and payload.challenge.parameters.expires_at <= now.timestamp())):
        raise NoSolution(f"The work that your device did is too old. {ONCE_MORE}")
    if not (told and told.verified):
        raise NoSolution(f"The work that your device did is not right. {ONCE_MORE}")
    challenge = payload.challenge
    expires_at = datetime.fromtimestamp(challenge.parameters.expires_at, UTC)
    # The unique column decides between two who send one solution at once.
    known = {"signature": challenge.signature, "defaults": {"expires_at": expires_at}}
    _, is_first = SpentChallenge.objects.get_or_create(**known)
    if not is_first:
        raise NoSolution(f"The work that your device did counted once already. {ONCE_MORE}")


def forget_spent_challenges(*, now: datetime) -> int:
    """Delete what is too old to be spent again anyway; returns how many."""
    return SpentChallenge.objects.filter(expires_at__lt=now).delete()[0]


def _read(solution: str) -> altcha.Payload | None:
    """A challenge and what is said to solve it; None for what is nothing of the kind, whatever was sent."""
    if len(solution) > policy.CHALLENGE_SOLUTION_MAX:
        return None
    try:
        return altcha.Payload.from_base64(solution)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _key(what: str) -> bytes:
    """This site's key for signing: another site's is another, and so is that of the same key at another address."""
    return salted_hmac(f"forum.accounts.challenges.{what}", settings.SITE_URL, algorithm="sha256").digest()

"""The only door through which policies come into force."""

from datetime import datetime

from django.db import IntegrityError, transaction

from forum.presets import THRESHOLD, Policy
from forum.rulebook.models import LATEST, PolicyVersion

FIRST = "The policy that the site began with."


class AdoptedMeanwhile(Exception):
    """Another policy came into force while this one was being decided on."""


def version_in_force(now: datetime) -> PolicyVersion:
    """The policy in force; a new site adopts its first one when somebody first asks."""
    latest = LATEST.first()
    if latest is None:
        latest, _ = PolicyVersion.objects.get_or_create(number=1, defaults=_columns(THRESHOLD, FIRST, now))
    return latest


def adopt_policy(*, policy: Policy, after: PolicyVersion, reason: str, now: datetime) -> PolicyVersion:
    """Put a policy into force in place of ``after``; what happened before keeps the policy it happened under.

    Raises AdoptedMeanwhile when ``after`` is not in force any more: of two who switch at once, one must look again.
    """
    if after.number != version_in_force(now).number:
        raise AdoptedMeanwhile
    try:
        with transaction.atomic():
            return PolicyVersion.objects.create(number=after.number + 1, **_columns(policy, reason, now))
    except IntegrityError as problem:
        raise AdoptedMeanwhile from problem


def _columns(policy: Policy, reason: str, now: datetime) -> dict:
    return {"name": policy.name, "numbers": policy.to_numbers(), "adopted_at": now, "reason": reason[:200]}

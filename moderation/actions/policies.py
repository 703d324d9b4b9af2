"""Switching the policy: a new version and who did it, why; what happened before stays as it was."""

from datetime import datetime

from django.db import transaction

from forum.accounts.actions import Refused, record_staff_act
from forum.accounts.models import User
from forum.presets import Policy
from forum.rulebook.actions import AdoptedMeanwhile, adopt_policy
from forum.rulebook.models import PolicyVersion
from forum.rulebook.rules import check_policy, differences

VERB = "adopt policy"


@transaction.atomic
def switch_policy(*, policy: Policy, after: PolicyVersion, actor: User, reason: str, now: datetime) -> PolicyVersion:
    """Put another policy into force in place of ``after``: one version, one act of staff; no earlier row changes.

    Raises Refused with words: no reason, nothing different, numbers that cannot be, or another switch came first.
    """
    if not reason.strip():
        raise Refused("Say why: the reason stands beside the policy for as long as the site does.")
    if faults := check_policy(policy):
        raise Refused(" ".join(fault.words for fault in faults))
    if not differences(after.policy, policy) and policy.name == after.name:
        raise Refused("No number is different from the policy in force, so there is nothing to switch.")
    try:
        version = adopt_policy(policy=policy, after=after, reason=reason.strip(), now=now)
    except AdoptedMeanwhile as problem:
        raise Refused(
            "Somebody else switched the policy meanwhile. Look at the preview again: it shows what is different now."
        ) from problem
    record_staff_act(actor=actor, verb=VERB, target=version, reason=reason, before=after, after=version, now=now)
    return version

"""What was in force when."""

from django.utils.functional import cached_property

from forum.presets import THRESHOLD, Policy
from forum.rulebook.models import LATEST, PolicyVersion


class Policies(dict):
    """The policies by the number of their version, each read once: ``policies[row.policy_id]``.

    A row from before policies were versioned (None) was made under the first one.
    """

    def __missing__(self, number: int | None) -> Policy:
        version = PolicyVersion.objects.filter(number=number or 1).first()
        self[number] = version.policy if version else THRESHOLD
        return self[number]

    @cached_property
    def in_force(self) -> Policy:
        latest = LATEST.first()
        return latest.policy if latest else THRESHOLD


def policy_in_force() -> Policy:
    """The numbers that count now; one query, and no row where there is none yet."""
    return Policies().in_force

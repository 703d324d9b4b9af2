"""One table: the policies of moderation that were in force, each with all its numbers. Rows are only ever added."""

from django.db import models
from django.utils.functional import cached_property

from forum.compiled import Compiled
from forum.presets import Policy, from_numbers


class PolicyVersion(models.Model):
    """A policy from the moment it was adopted; the one with the highest number is in force."""

    number = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=50, help_text="The preset it began as, such as slashdot-2009.")
    numbers = models.JSONField(help_text="Every number, as it was.")
    adopted_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-number",)
        verbose_name = "policy"
        verbose_name_plural = "policies"
        default_permissions = ("view",)
        permissions = (("adopt_policy", "Can switch the policy of moderation"),)

    def __str__(self):
        return f"{self.name}, version {self.number}"

    @cached_property
    def policy(self) -> Policy:
        """The numbers as the rules take them."""
        return from_numbers(self.numbers | {"name": self.name})


LATEST = Compiled(lambda: PolicyVersion.objects.order_by("-number")[:1])  # asked for by every post and every page

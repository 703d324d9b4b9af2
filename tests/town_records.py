"""The same town in the site's database, through the real actions: hour by hour it has to have what the town has."""

from datetime import datetime, timedelta

from django.db.models import Sum

from comments.models import Comment
from forum.presets import Policy
from forum.rulebook.actions import adopt_policy, version_in_force
from moderation.actions import record_read, run_economy, spend_point
from moderation.models import EconomyRun, Moderator
from moderation.models.eligibility import points_held
from tests.factories import NOW, a_comment, a_discussion, a_member
from tests.town import Happened, Town

INTERESTING = 6  # costs no tokens and brings its author nothing that the economy asks about
HOUR = timedelta(hours=1)


class Records:
    """A town's members in the database. Comments are by Anonymous Cowards, so nobody is kept from moderating."""

    def __init__(self, town: Town):
        numbers: Policy = town.numbers
        adopt_policy(policy=numbers, after=version_in_force(NOW), reason="For a town", now=NOW)
        self.members = [a_member(now=NOW) for _ in range(town.size)]
        self.number_of = {member.pk: number for number, member in enumerate(self.members, 1)}
        self.room = a_discussion(now=NOW)
        self.comments: list[Comment] = []
        self.town = town

    def at(self, hour: int) -> datetime:
        return NOW + hour * HOUR

    def live(self, happened: Happened) -> None:
        """What happened in the hour that has just been lived."""
        within = self.at(self.town.hour - 1) + HOUR / 2
        for member, pages in happened.reads.items():
            for _ in range(pages):
                record_read(member=self.members[member - 1], now=within)
        self.comments += [a_comment(self.room, now=within) for _ in happened.comments]
        for member, comment in happened.spent:
            moderator, target = self.members[member - 1], self.comments[comment - 1]
            spend_point(comment=target, moderator=moderator, reason=INTERESTING, now=within)

    def run(self) -> EconomyRun:
        """The hourly run, with the town's own lots."""
        return run_economy(now=self.at(self.town.hour), seed=self.town.hour)

    def live_for(self, hours: int) -> list[str]:
        """Let both live; returns what was not the same, hour by hour."""
        found = []
        for _ in range(hours):
            self.live(self.town.live())
            self.town.run()
            self.run()
            found += self.differences()
        return found

    def differences(self) -> list[str]:
        town, now = self.town, self.at(self.town.hour)
        held = {self.number_of[pk]: points for pk, points in points_held(now).items()}
        tokens = {self.number_of[pk]: some for pk, some in Moderator.objects.values_list("pk", "tokens") if some}
        issued = EconomyRun.objects.aggregate(points=Sum("points_granted"), supply=Sum("token_supply"))
        pairs = (
            ("points", held, {pk: town.points_of(pk) for pk in town.purse if town.points_of(pk)}),
            ("tokens", tokens, {pk: some for pk, some in town.tokens.items() if some}),
            ("issued", issued["points"], town.points_issued),
            ("supply", issued["supply"], town.supply),
        )
        return [f"hour {town.hour}: {name} {here} and {there}" for name, here, there in pairs if here != there]

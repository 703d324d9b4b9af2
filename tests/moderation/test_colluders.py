"""A tenth, three tenths, four tenths of the voters collude: what they reach, and for how long. Decision 0011."""

from collections import deque
from dataclasses import dataclass, field
from functools import cache
from math import comb
from random import Random

import pytest

from forum.presets import THRESHOLD
from moderation.rules.metamoderation import consequence, is_fair, is_heard, weight_of_verdict

MEMBERS, DAYS, MODERATIONS_A_DAY, MISTAKES = 100, 60, 40, 0.05


@dataclass
class Community:
    """Members who moderate and judge for some days; the first so many collude.

    Whatever an honest member gave, colluders find unfair, and whatever one of them gave, fair. All others find what
    is right, and err at times.
    """

    colluders: int
    wanted: int  # votes on each moderation
    abuses: bool  # whether the colluders also moderate unfairly, or only judge as they agreed
    chance: Random = field(default_factory=lambda: Random(1))

    def __post_init__(self):
        self.record = [deque(maxlen=THRESHOLD.meta_record) for _ in range(MEMBERS)]
        self.wronged: list[bool] = []  # moderations of the honest, in their order: found unfair?
        self.spared: list[bool] = []  # abuse: found fair?
        self.tokens: list[float] = []  # what each verdict brought the honest moderator
        for _ in range(DAYS * MODERATIONS_A_DAY):
            self.moderate()

    def moderate(self):
        moderator = self.chance.randrange(MEMBERS)
        is_friend = moderator < self.colluders
        is_abuse = is_friend and self.abuses
        heard, unheard = self.judge(moderator, is_friend, is_abuse)
        fair, votes = sum(heard.values()), len(heard)
        verdict = is_fair(fair, votes - fair)
        for voter, word in (heard | unheard).items():
            self.record[voter].append(word == verdict)
        if is_abuse:
            self.spared.append(verdict)
        if not is_friend:
            self.wronged.append(not verdict)
            row = consequence(fair / votes, THRESHOLD)
            self.tokens.append(row.moderator_tokens * weight_of_verdict(votes, THRESHOLD))

    def judge(self, moderator, is_friend, is_abuse) -> tuple[dict[int, bool], dict[int, bool]]:
        """Words of members drawn by lot until as many are heard as are wanted; True is fair."""
        heard, unheard = {}, {}
        for voter in self.chance.sample(range(MEMBERS), MEMBERS):
            if voter != moderator:
                word = is_friend if voter < self.colluders else is_abuse == (self.chance.random() < MISTAKES)
                (heard if self.hears(voter) else unheard)[voter] = word
            if len(heard) == self.wanted:
                break
        return heard, unheard

    def hears(self, member) -> bool:
        record = self.record[member]
        return is_heard(tokens=0, agreed=sum(record), judged=len(record), numbers=THRESHOLD)

    def share_heard(self, members) -> float:
        return share([self.hears(one) for one in members])


def bound(colluding: float, votes: int) -> float:
    """How often a majority of votes drawn by lot is wrong, when so many collude and the others err at times."""
    wrong = colluding + (1 - colluding) * MISTAKES
    return sum(comb(votes, k) * wrong**k * (1 - wrong) ** (votes - k) for k in range(votes // 2 + 1, votes + 1))


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


@cache
def a_community(colluding: float, wanted: int, abuses: bool) -> Community:
    return Community(round(colluding * MEMBERS), wanted, abuses)


EACH_WAY = pytest.mark.parametrize("abuses", [False, True], ids=["only judge together", "abuse together"])
EACH_QUORUM = pytest.mark.parametrize("wanted", [3, 5, 9])


@EACH_WAY
@EACH_QUORUM
@pytest.mark.parametrize("colluding", [0.1, 0.3])
def test_colluders_reach_less_than_the_lot_alone_would_give_them(colluding, wanted, abuses):
    community = a_community(colluding, wanted, abuses)
    assert share(community.wronged) <= bound(colluding, wanted)
    assert not abuses or share(community.spared) <= bound(colluding, wanted) + 0.01


@EACH_WAY
@EACH_QUORUM
@pytest.mark.parametrize("colluding", [0.1, 0.3])
def test_colluders_are_soon_not_heard_and_the_honest_are(colluding, wanted, abuses):
    community, crowd = a_community(colluding, wanted, abuses), round(colluding * MEMBERS)
    assert community.share_heard(range(crowd)) <= 0.05
    assert community.share_heard(range(crowd, MEMBERS)) >= 0.98
    assert share(community.wronged[len(community.wronged) // 2 :]) <= 0.02


@EACH_QUORUM
@pytest.mark.parametrize("colluding", [0.1, 0.3])
def test_honest_moderators_gain_by_being_judged_all_the_same(colluding, wanted):
    late = a_community(colluding, wanted, False).tokens[-1000:]
    assert sum(late) / len(late) > 0


@EACH_QUORUM
def test_four_tenths_reach_no_more_than_the_lot_gives_them_and_with_five_votes_nothing_for_long(wanted):
    community = a_community(0.4, wanted, False)
    assert share(community.wronged) <= bound(0.4, wanted) + 0.02
    assert wanted == 3 or share(community.wronged[-500:]) <= 0.02


def test_without_colluders_hardly_anybody_is_wronged():
    community = a_community(0.0, 3, False)
    assert share(community.wronged) <= 0.02
    assert community.share_heard(range(MEMBERS)) == 1

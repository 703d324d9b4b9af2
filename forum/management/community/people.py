"""The people of the community: names that can be said, and characters that are told by how they write and judge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.core.exceptions import ValidationError

from forum.accounts.actions import relate
from forum.accounts.models import Relation, User
from forum.management.community.talk import BAD, GOOD

FIRST = ("Al", "Bra", "Cor", "Da", "El", "Fen", "Gri", "Ha", "Is", "Jo", "Kal", "Lu", "Mar", "Nel", "Or", "Per")
FIRST = (*FIRST, "Quin", "Ro", "Sa", "Ti", "Ul", "Ver", "Wil", "Zan")
LAST = ("bert", "da", "dric", "fa", "gan", "ka", "la", "lin", "mo", "na", "nard", "no", "ra", "rik", "sa", "ta")
LAST = (*LAST, "ton", "va", "vin", "wen", "xo")
BIOS = (
    "I keep old things running.",
    "Network engineer by day, beekeeper by accident.",
    "Mostly here to read.",
    "Opinions are my own, facts are on loan.",
    "Retired twice. Still compiling.",
    "Librarian. Ask me about metadata.",
)
KINDS = {  # how often a comment is of each kind, whoever writes it
    **{"plain": 26, "insightful": 14, "informative": 13, "interesting": 14, "funny": 11, "question": 12},
    **{"redundant": 5, "offtopic": 3, "troll": 1, "flamebait": 1},
}
CHARACTERS = {  # what is different for some
    "steady": ({}, 12),
    "learned": ({"insightful": 20, "informative": 20}, 5),
    "joker": ({"funny": 40}, 3),
    "asker": ({"question": 30}, 3),
    "grump": ({"flamebait": 25, "troll": 20, "offtopic": 8}, 2),
}
OLDEST, YOUNGEST = timedelta(days=400), timedelta(days=3)  # memberships when the story begins


@dataclass(eq=False)
class Person:
    """One member with a character: ``talks`` weighs among all writers, ``judges`` is how often points are used."""

    member: User
    kinds: dict[str, float]
    talks: float
    judges: float
    fairness: float  # the chance of judging a comment for what it is

    def kind(self, chance: Random) -> str:
        return chance.choices(list(self.kinds), list(self.kinds.values()))[0]


def make_people(count: int, *, begins: datetime, chance: Random) -> list[Person]:
    """So many members, who joined before the story begins; nobody can sign in as one of them."""
    names = _names(chance)
    joined = sorted(begins - chance.uniform(YOUNGEST / OLDEST, 1) * OLDEST for _ in range(count))
    return [_person(_member(names, at, chance), place, chance) for place, at in enumerate(joined, start=1)]


def make_member(names, at: datetime, **fields) -> User:
    """The next name that is free, as a member without password or address."""
    for name in names:
        try:
            return User.objects.create_user(name, joined_at=at, **fields)
        except ValidationError:
            continue  # taken, or too much like another
    raise AssertionError("names never end")


def _member(names, at: datetime, chance: Random) -> User:
    bio = chance.choice(BIOS) if chance.random() < 0.2 else ""
    return make_member(names, at, bio=bio)


def _names(chance: Random):
    """Names without end: a first half, a second half, now and then with something behind."""
    number = 0
    while True:
        number += 1
        name = chance.choice(FIRST) + chance.choice(LAST)
        style = chance.random()
        if style < 0.2:
            name = name.lower()
        elif style < 0.3:
            name = f"{name} {chance.choice(FIRST)}."[:-1]
        elif style < 0.38 or number > len(FIRST) * len(LAST):
            name = f"{name}{chance.randint(2, 99)}"
        yield name


def _person(member: User, place: int, chance: Random) -> Person:
    names = list(CHARACTERS)
    character = chance.choices(names, [CHARACTERS[name][1] for name in names])[0]
    return Person(
        member=member,
        kinds=KINDS | CHARACTERS[character][0],
        talks=1 / chance.randint(1, place + 4) ** 0.7,
        judges=chance.uniform(0.1, 0.5),
        fairness=0.75 if character == "grump" else chance.uniform(0.88, 0.98),
    )


def worth_of(kind: str) -> int:
    """Which way a fair judge moves a comment of this kind."""
    return (kind in GOOD) - (kind in BAD)


def make_friends(people: list[Person], *, at: datetime, chance: Random) -> None:
    """Some call others friend, mostly those who talk much; trolls are called foe."""
    for person in people:
        for other in chance.choices(people, [one.talks for one in people], k=chance.randrange(4)):
            if other is not person:
                kind = Relation.Kind.FOE if other.kinds["troll"] > 1 else Relation.Kind.FRIEND
                relate(member=person.member, other=other.member, kind=kind, now=at)

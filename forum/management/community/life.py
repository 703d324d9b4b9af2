"""Weeks of a community's life, hour by hour, through the actions that people's browsers call."""

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random

from django.conf import settings
from django.core.management import CommandError
from django.db import transaction

from comments.actions import prepare_words
from comments.models import Comment
from comments.rules import reply_subject
from forum import policy
from forum.accounts.actions import Refused, ban_member, set_karma
from forum.accounts.models import Markup, StaffAct, User
from forum.management.community.people import Person, make_friends, make_people, worth_of
from forum.management.community.talk import BAD, GOOD, Talk
from forum.management.community.topics import BLUEPRINTS, SECTIONS, TOPICS, Blueprint
from moderation.actions import (
    answer_sitting,
    correct_score,
    decay_tokens,
    decide_appeal,
    dismiss_flags,
    draw_sitting,
    file_appeal,
    flag_comment,
    hide_comment,
    record_read,
    run_economy,
    settle_verdicts,
    spend_point,
    take_part,
    undo_moderation,
)
from moderation.models import Appeal, Flag, MetaVote, Moderation
from moderation.models.eligibility import points_held
from stories.actions import add_shelf, publish_story, write_story
from stories.models import Section, Story, Topic

MEMBERS, STORIES = 40, 12
MOST_MEMBERS, MOST_STORIES = 500, 120
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HOURS_PER_STORY, SHORTEST = 28, 14 * 24
QUIET_END = 1  # hours between the last word and now
AWAKE = (2, 1, 1, 1, 1, 2, 5, 9, 12, 13, 12, 12, 11, 12, 12, 11, 12, 13, 13, 14, 14, 12, 8, 4)  # by hour, of 14
COMMENTS_MIDDLE, COMMENTS_SPREAD = 45, 0.45  # of a story: a log-normal draw
DELAY_MIDDLE, DELAY_SPREAD = 7, 1.1  # hours after the story: the same
ANONYMOUS, VISITORS = 0.13, 0.6  # comments without a name; those of them by somebody who is no member
NEW_THREAD, TO_AND_FRO, RELUCTANCE = 0.27, 0.3, 0.25
FRESH = 40  # hours in which a comment is moderated
REASONS = {reason.name: number for number, reason in policy.REASONS.items()}
WORDS_OF_STAFF = "Moved over from our old mailing list"
ADVERTS = (0, 5, 26)  # hours after the first third
ADVERTISING = "Advertising"
APPEAL = "It was sharp, I admit, but it was about the subject and not about anybody. Please look at it again."
ANSWER = "Read again in its thread it is about the subject. It is back."


def fake_site(*, members: int = MEMBERS, stories: int = STORIES, seed: int = 1, now: datetime) -> "Report | None":
    """Let a community live for some weeks that end now; None if it is there already. Raises CommandError in words.

    The same numbers and the same ``now`` give the same community. All of it is one transaction.
    """
    check_numbers(members, stories)
    if Story.objects.filter(title=BLUEPRINTS[0].title, archive=None).exists():
        return None
    if not settings.DEBUG and User.objects.exists():
        raise CommandError(
            "This site has members, and invented people do not belong among them. A fake community is made only on an "
            "empty site or where DEBUG=true is set."
        )
    with transaction.atomic():
        life = Life(members, stories, Random(seed), now)
        life.live()
    return life.report()


def check_numbers(members: int, stories: int) -> None:
    if not (5 <= members <= MOST_MEMBERS and 1 <= stories <= MOST_STORIES):
        raise CommandError(f"Choose 5 to {MOST_MEMBERS} members and 1 to {MOST_STORIES} stories.")


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    members: int
    stories: int
    comments: int
    moderations: int
    withdrawn: int
    votes: int
    days: int

    def line(self) -> str:
        return (
            f"{self.members} members, {self.stories} stories and {self.comments} comments over {self.days} days; "
            f"{self.moderations} moderations, {self.withdrawn} of them withdrawn, {self.votes} votes on them."
        )


@dataclass(eq=False)
class Thing:
    """One comment as the community knows it."""

    comment: Comment
    kind: str
    by: Person | None
    at: datetime
    answers: int = 0


class Debate:
    """One story's discussion as it grows."""

    def __init__(self, story: Story, about: Blueprint, chance: Random):
        self.story, self.talk = story, Talk(about, chance)
        self.things: list[Thing] = []
        self.writers: set[Person] = set()
        self.judges: set[Person] = set()


class Life:
    """The weeks of one community; ``live`` runs them hour by hour."""

    def __init__(self, members: int, stories: int, chance: Random, now: datetime):
        self.chance, self.now = chance, now
        self.hours = max(SHORTEST, stories * HOURS_PER_STORY)
        self.begins = now - self.hours * HOUR
        self.editor, self.second = _staff(self.begins)
        self.people = make_people(members, begins=self.begins, chance=chance)
        self.spammer = self.people[-1]
        self.debates: list[Debate] = []
        self.due: dict[int, list[Callable[[datetime], None]]] = defaultdict(list)  # hour: what happens in it
        self.things: dict[int, Thing] = {}  # by the comment's number
        self.given: set[tuple[Person, Thing]] = set()
        self._welcome_old_hands()
        shelves = _shelves(self.editor, self.begins)
        for place in range(stories):
            self._plan_story(place, stories, shelves)
        self._plan_staff()

    def live(self) -> None:
        """Run all hours: what was planned, those who read, the economy, those who judge."""
        for hour in range(self.hours - QUIET_END):
            begins = self.begins + hour * HOUR
            minutes = sorted(self.chance.uniform(0, 39) for _ in self.due[hour])
            for minute, happen in zip(minutes, self.due[hour], strict=True):
                happen(begins + minute * MINUTE)
            self._read(begins + 40 * MINUTE, hour)
            if self.due[hour]:  # the next run takes what a quiet hour would have
                run_economy(now=begins + 42 * MINUTE, seed=self.chance.getrandbits(32))
                self._judge(begins + 45 * MINUTE, hour)
            if hour % 24 == 7:
                decay_tokens(now=begins + 55 * MINUTE)
            if hour % 8 == 0:
                self._metamoderate(begins + 56 * MINUTE, hour)
                settle_verdicts(now=begins + 59 * MINUTE, chance=self.chance)
        make_friends(self.people, at=self.now - HOUR, chance=self.chance)

    def report(self) -> Report:
        moderations = Moderation.objects.filter(comment__in=list(self.things), sets_score=None)
        return Report(
            members=len(self.people),
            stories=len(self.debates),
            comments=len(self.things),
            moderations=moderations.count(),
            withdrawn=moderations.exclude(withdrawn_at=None).count(),
            votes=MetaVote.objects.filter(moderation__in=moderations).exclude(word="").count(),
            days=self.hours // 24,
        )

    def _busy(self, hour: int) -> float:
        """How many are awake, of all: between 0 and 1. The last hour of all is an evening."""
        return AWAKE[(hour - self.hours + 20) % 24] / max(AWAKE)

    def _is(self, likely: float) -> bool:
        return self.chance.random() < likely

    # -- Plans -----------------------------------------------------------------------------------------------------

    def _welcome_old_hands(self) -> None:
        for person in self.people[:: max(1, len(self.people) // 7)][:6]:
            karma = self.chance.randint(18, 34)
            at = self.begins - HOUR
            set_karma(member=person.member, karma=karma, actor=self.editor, reason=WORDS_OF_STAFF, now=at)
        low = next((one for one in self.people if one.kinds["troll"] > 1), self.people[-2])
        words = "Insults, again and again, on the old mailing list"
        set_karma(member=low.member, karma=-11, actor=self.editor, reason=words, now=self.begins - HOUR)

    def _plan_story(self, place: int, stories: int, shelves) -> None:
        """A story at its hour, and when its comments will come."""
        about = BLUEPRINTS[place % len(BLUEPRINTS)]
        hour = 4 + int((self.hours - 16) * place / stories)
        hour += next(wait for wait in count() if self._busy(hour + wait) > 0.6)
        again = place // len(BLUEPRINTS)
        title = about.title if not again else f"Followed Up{' Again' * (again - 1)}: {about.title}"
        self.due[hour].append(lambda now: self._publish(about, title, shelves, now))
        comments = int(COMMENTS_MIDDLE * math.exp(self.chance.gauss(0, COMMENTS_SPREAD)))
        for _ in range(max(8, comments)):
            later = hour + 1 + int(DELAY_MIDDLE * math.exp(self.chance.gauss(0, DELAY_SPREAD)))
            later += next(wait for wait in count() if self._is(self._busy(later + wait)))
            if later < self.hours - QUIET_END:
                self.due[later].append(lambda now, place=place: self._speak(self.debates[place], now))

    def _plan_staff(self) -> None:
        """Advertisements, and what staff do: hide, ban, set a score, leave alone, hide too much."""
        third = self.hours // 3
        for later in ADVERTS:
            self.due[third + later].append(self._advertise)
        self.due[2 * third + 8].append(self._correct)
        self.due[third + 9].append(self._leave_alone)
        self.due[third + 14].append(self._hide_too_much)

    # -- What happens ----------------------------------------------------------------------------------------------

    def _publish(self, about: Blueprint, title: str, shelves, now: datetime) -> None:
        sections, topics = shelves
        words = {"title": title, "intro": f"<p>{about.intro}</p>", "markup": Markup.HTML, "dept": about.dept}
        places = {"section": sections[about.section], "topic": topics[about.topic]}
        story = write_story(editor=self.editor, now=now - 20 * MINUTE, **words, **places)
        publish_story(story=story, editor=self.editor, now=now)
        self.debates.append(Debate(story, about, self.chance))

    def _speak(self, debate: Debate, now: datetime) -> None:
        """Somebody says something: begins a thread, answers, or answers an answer."""
        parent = self._parent(debate, now)
        person = self._writer(debate, parent)
        kind = person.kind(self.chance)
        is_anonymous = self._is(ANONYMOUS)
        is_visitor = is_anonymous and self._is(VISITORS)
        self._post(debate, None if is_visitor else person, parent, kind, now, is_anonymous=is_anonymous)

    def _post(
        self, debate: Debate, person: Person | None, parent: Thing | None, kind: str, now, *, is_anonymous
    ) -> None:
        subject = reply_subject(parent.comment.subject) if parent else debate.talk.subject(kind)
        body = debate.talk.body(kind, is_reply=parent is not None)
        author = None if is_anonymous else person.member
        try:
            comment = take_part(
                discussion=debate.story.discussion,
                author=author,
                writer=person.member if person and is_anonymous else None,
                parent=parent and parent.comment,
                words=prepare_words(subject=subject, body=body, markup=Markup.PLAIN),
                form_key=None,
                now=now,
            )
        except Refused:  # banned, or the comment above was hidden meanwhile
            return
        thing = self.things[comment.pk] = Thing(comment, kind, person, now)
        debate.things.append(thing)
        if person and not is_anonymous:
            debate.writers.add(person)
        if parent:
            parent.answers += 1

    def _parent(self, debate: Debate, now: datetime) -> Thing | None:
        if not debate.things or self._is(NEW_THREAD):
            return None
        if self._is(TO_AND_FRO):
            return debate.things[-1]
        weights = [
            (1 + 1.6 * thing.answers + 2 * (worth_of(thing.kind) != 0)) / (1 + (now - thing.at) / (6 * HOUR))
            for thing in debate.things
        ]
        return self.chance.choices(debate.things, weights)[0]

    def _writer(self, debate: Debate, parent: Thing | None) -> Person:
        """Whoever was answered often answers; nobody answers himself; who moderated here mostly keeps silent."""
        if parent and self._is(TO_AND_FRO):
            above = self.things.get(parent.comment.parent_id)
            if above and above.by and above.by is not parent.by:
                return above.by
        others = [one for one in self.people[:-1] if not (parent and one is parent.by)]
        return self.chance.choices(others, [one.talks * (RELUCTANCE if one in debate.judges else 1) for one in others])[
            0
        ]

    def _read(self, now: datetime, hour: int) -> None:
        for person in self.people:
            if self._is(0.3 * self._busy(hour)):
                record_read(member=person.member, now=now)

    # -- Judging ---------------------------------------------------------------------------------------------------

    def _judge(self, now: datetime, hour: int) -> None:
        held = points_held(now)
        for person in self.people:
            points = held.get(person.member.pk, 0)
            if points and self._is(person.judges * self._busy(hour)):
                for _ in range(self.chance.randint(1, points)):
                    self._moderate(person, now)

    def _moderate(self, person: Person, now: datetime) -> None:
        found = [
            (debate, thing)
            for debate in self.debates
            # Who has spoken cannot; some moderate first and speak later, which withdraws it.
            if person not in debate.writers
            for thing in debate.things
            if thing.by is not person and now - thing.at < FRESH * HOUR and self._may_give(person, thing)
        ]
        if not found:
            return
        debate, thing = self.chance.choices(found, [self._calls_for_it(thing) for _, thing in found])[0]
        self.given.add((person, thing))
        try:
            reason = REASONS[self._reason(person, thing)]
            moderation = spend_point(comment=thing.comment, moderator=person.member, reason=reason, now=now)
            if self._is(0.02):
                undo_moderation(moderation=moderation, moderator=person.member, now=now + MINUTE)
        except Refused:
            return  # moderated before, at the bound already, the same author too often: what a page tells in words
        debate.judges.add(person)
        thing.comment.refresh_from_db(fields=["score"])

    def _may_give(self, person: Person, thing: Thing) -> bool:
        return thing.kind not in ("spam", "question") and (person, thing) not in self.given

    def _calls_for_it(self, thing: Thing) -> float:
        score = thing.comment.score
        if thing.kind in GOOD:
            return (2 + score) ** 1.5 if score < policy.SCORE_MAX else 0.1  # what is seen is raised further
        return 3.0 if thing.kind in BAD and score > policy.SCORE_MIN else 0.6

    def _reason(self, person: Person, thing: Thing) -> str:
        """What a moderator chooses: mostly what the comment is, now and then the opposite."""
        is_fair = self._is(person.fairness)
        score = thing.comment.score
        if thing.kind in GOOD:
            own = thing.kind.capitalize()
            fair = self.chance.choices((own, "Underrated", "Interesting", "Insightful"), (70, 8, 11, 11))[0]
            return fair if is_fair else self.chance.choice(("Overrated", "Redundant", "Flamebait"))
        if thing.kind in BAD:
            return thing.kind.capitalize() if is_fair else self.chance.choice(("Insightful", "Funny"))
        return "Overrated" if score > 2 else self.chance.choice(("Interesting", "Insightful", "Underrated"))

    def _metamoderate(self, now: datetime, hour: int) -> None:
        for person in self.people:
            if not self._is(0.16 * self._busy(hour)):
                continue
            try:
                sitting = draw_sitting(member=person.member, now=now, chance=self.chance)
            except Refused:
                continue  # too new, or judged today
            if sitting:
                words = {
                    vote.moderation_id: self._word(vote.moderation)
                    for vote in sitting.votes.select_related("moderation")
                }
                answer_sitting(sitting=sitting, member=person.member, words=words, now=now + MINUTE)

    def _word(self, moderation: Moderation) -> str:
        if self._is(0.12):
            return MetaVote.Word.NONE
        worth = worth_of(self.things[moderation.comment_id].kind)
        is_fair = moderation.delta * worth > 0 or (worth == 0 and moderation.delta > 0)
        return MetaVote.Word.FAIR if is_fair != self._is(0.07) else MetaVote.Word.UNFAIR

    # -- Staff -----------------------------------------------------------------------------------------------------

    def _advertise(self, now: datetime) -> None:
        """An advertisement, flagged by readers and hidden by staff; after the third its author is banned."""
        self._post(self.debates[-1], self.spammer, None, "spam", now, is_anonymous=False)
        spam = self.debates[-1].things[-1]
        for reader in self.chance.sample(self.people[:-1], 2):
            flag_comment(comment=spam.comment, member=reader.member, kind=Flag.Kind.SPAM, words="", now=now + MINUTE)
        hide_comment(comment=spam.comment, actor=self.editor, reason=ADVERTISING, now=now + 5 * MINUTE)
        hidden = sum(thing.kind == "spam" for thing in self.things.values())
        if hidden == len(ADVERTS):
            ban_member(member=self.spammer.member, actor=self.editor, reason=ADVERTISING, now=now + 6 * MINUTE)

    def _correct(self, now: datetime) -> None:
        """Staff raise one good comment that moderators sank."""
        lowest = min(self._seen(GOOD), key=lambda thing: thing.comment.score)
        words = "Moderated for its opinion; see the discussion"
        correct_score(comment=lowest.comment, score=1, actor=self.editor, reason=words, now=now)

    def _leave_alone(self, now: datetime) -> None:
        """A flag on what is merely wrong: staff leave the comment where it is."""
        thing = self.chance.choice(self._seen(("plain",)))
        reader = next(one for one in self.people if one is not thing.by)
        flag = {"kind": Flag.Kind.OTHER, "words": "This is simply not true."}
        flag_comment(comment=thing.comment, member=reader.member, now=now, **flag)
        dismiss_flags(comment=thing.comment, actor=self.second, reason="Wrong, perhaps, but allowed", now=now + MINUTE)

    def _hide_too_much(self, now: datetime) -> None:
        """A comment is hidden, its author appeals, and the other member of staff puts it back."""
        thing = self.chance.choice(self._seen(("flamebait", "funny", "insightful")))
        hide_comment(comment=thing.comment, actor=self.editor, reason="Insults a member", now=now)
        appeal = file_appeal(act=_act_on(thing), appellant=thing.by.member, words=APPEAL, now=now + 20 * MINUTE)
        answer = {"outcome": Appeal.Outcome.OVERTURNED, "answer": ANSWER}
        self.due[self._hour(now) + 9].append(
            lambda later: decide_appeal(appeal=appeal, actor=self.second, now=later, **answer)
        )

    def _hour(self, now: datetime) -> int:
        return (now - self.begins) // HOUR

    def _seen(self, kinds: tuple[str, ...]) -> list[Thing]:
        """Comments of these kinds under a member's name, with their scores as they are."""
        things = [thing for thing in self.things.values() if thing.kind in kinds and thing.comment.author_id]
        for thing in things:
            thing.comment.refresh_from_db(fields=["score", "label"])
        return things


def _act_on(thing: Thing) -> StaffAct:
    return StaffAct.objects.on(thing.comment).latest("pk")


# -- What is there before ------------------------------------------------------------------------------------------


def _staff(at: datetime) -> tuple[User, User]:
    """The editor, and a second member of staff who decides about what the first did; nobody can sign in as them."""
    joined = at - timedelta(days=500)
    return tuple(
        User.objects.filter(username=name).first() or User.objects.create_user(name, joined_at=joined, is_staff=True)
        for name in ("Harriet", "Basil")
    )


def _shelves(editor: User, now: datetime) -> tuple[dict[str, Section], dict[str, Topic]]:
    sections = {name: _shelf(Section, editor, now, name=name, slug=slug) for name, slug in SECTIONS.items()}
    topics = {
        name: _shelf(Topic, editor, now, name=name, slug=name.lower().replace(" ", "-"), icon=icon)
        for name, icon in TOPICS.items()
    }
    return sections, topics


def _shelf(kind, editor: User, now: datetime, **words):
    shelf = kind.objects.filter(slug=words["slug"]).first()
    if shelf is None:
        shelf = kind(**words)
        add_shelf(shelf=shelf, editor=editor, now=now)
    return shelf

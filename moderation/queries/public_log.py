"""The public log: what staff did, newest first, without a count and without an offset, however long it is."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from comments.models import Comment, Discussion
from forum import policy
from forum.accounts.models import StaffAct, User
from forum.accounts.rules import name_skeleton
from forum.rulebook.models import PolicyVersion
from forum.rulebook.queries import Policies
from moderation.models import Appeal, BulkAct
from moderation.models.acts import PUBLIC, comments_hit, public_acts, was_hit, why_no_appeal

SOMEBODY = "A member of staff"
COMMENT, MEMBER, DISCUSSION = (model._meta.verbose_name for model in (Comment, User, Discussion))
SLUGS = {verb.replace(" ", "-"): verb for verb in PUBLIC}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What of the log is wanted: ``act`` a kind by its slug, ``about`` "#12" or a member's name, ``staff`` a name."""

    act: str = ""
    about: str = ""
    staff: str = ""
    before: int | None = None  # only acts with a lower number: the next page

    def query(self, **changed) -> str:
        """The query string of this view of the log; "" for all of it."""
        wanted = replace(self, **changed)
        said = {name: getattr(wanted, name) for name in ("act", "about", "staff", "before")}
        words = urlencode({name: value for name, value in said.items() if value})
        return f"?{words}" if words else ""

    @property
    def first(self) -> str:
        """The query string of the first page of this view."""
        return self.query(before=None)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One act as everybody may read it: no words of hidden comments, no author of an anonymous one."""

    act: StaffAct
    who: str
    target: str
    target_link: str
    appeal: Appeal | None
    undone_by: int | None

    @property
    def did(self) -> str:
        return PUBLIC[self.act.verb].did

    @property
    def sentence(self) -> str:
        return f"{self.who} {self.did} {self.target}"

    @property
    def change(self) -> str:
        """From what to what, where that is public."""
        if not PUBLIC[self.act.verb].tells_change:
            return ""
        if self.act.before and self.act.after:
            return f"from {self.act.before} to {self.act.after}".replace(" -", " −")
        return self.act.after


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page of the log. ``next_query``: of the older ones, "" on the last page."""

    entries: list[LogEntry]
    wanted: LogFilter
    next_query: str
    names_staff: bool  # whether any policy ever named staff, so that one can ask for a name

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        return [(slug, PUBLIC[verb].label, slug == self.wanted.act) for slug, verb in SLUGS.items()]


def load_log(wanted: LogFilter, *, now: datetime) -> LogPage:
    """A page of the log; one more row than it shows tells whether there is another page."""
    found = list(log_query(wanted))
    shown = found[: policy.LOG_PER_PAGE]
    next_query = wanted.query(before=shown[-1].pk) if len(found) > len(shown) else ""
    return LogPage(entries_of(shown, now=now), wanted, next_query, bool(_naming_policies()))


def log_query(wanted: LogFilter) -> QuerySet[StaffAct]:
    """The rows of one page and one more, read from an index in its order."""
    acts = _matching(wanted, _naming_policies() if wanted.staff else [])
    if wanted.before:
        acts = acts.filter(pk__lt=wanted.before)
    return acts.select_related("actor").order_by("-pk")[: policy.LOG_PER_PAGE + 1]


def _naming_policies() -> list[int]:
    """The versions under which acts are signed: an act made under another stays unsigned, whatever comes later."""
    return [version.number for version in PolicyVersion.objects.all() if version.policy.names_staff]


def _matching(wanted: LogFilter, naming: list[int]) -> QuerySet[StaffAct]:
    acts = public_acts()
    if wanted.act:
        verb = SLUGS.get(wanted.act)
        acts = StaffAct.objects.filter(verb=verb) if verb else acts.none()
    if wanted.staff:
        actor = User.objects.filter(name_key=name_skeleton(wanted.staff)).first()
        acts = acts.filter(actor=actor, policy__in=naming) if actor else acts.none()
    return _about(acts, wanted.about.strip()) if wanted.about.strip() else acts


def _about(acts: QuerySet[StaffAct], words: str) -> QuerySet[StaffAct]:
    number = words.removeprefix("#")
    if number.isascii() and number.isdecimal():
        is_small = int(number) <= policy.ARCHIVE_UID_MAX
        return acts.filter(target_kind=COMMENT, target_id=number) if is_small else acts.none()
    member = User.objects.filter(name_key=name_skeleton(words.removeprefix("~"))).first()
    return acts.filter(target_kind=MEMBER, target_id=member.pk) if member else acts.none()


def entries_of(acts: list[StaffAct], *, now: datetime) -> list[LogEntry]:
    """The acts as the public may read them; five queries, however many acts."""
    policies, targets = Policies(), _targets(acts, now)
    appeals = {appeal.act_id: appeal for appeal in Appeal.objects.filter(act__in=acts)}
    # Without the table's order, for whose sake SQLite would walk through all of it.
    undone = dict(StaffAct.objects.filter(undoes__in=acts).order_by().values_list("undoes_id", "pk"))
    return [LogEntry(act, _who(act, policies), *targets(act), appeals.get(act.pk), undone.get(act.pk)) for act in acts]


def _who(act: StaffAct, policies: Policies) -> str:
    if act.actor is None:
        return "The site"
    return act.actor.username if policies[act.policy_id].names_staff else SOMEBODY


def _targets(acts: list[StaffAct], now: datetime):
    """A function from an act to the words and the link for what it was done to, as they are today."""
    ids = {kind: {act.target_id for act in acts if act.target_kind == kind} for kind in (MEMBER, DISCUSSION)}
    members = User.objects.filter(pk__in=ids[MEMBER]).in_bulk()
    discussions = Discussion.objects.readable(now).filter(pk__in=ids[DISCUSSION]).in_bulk()

    def target_of(act: StaffAct) -> tuple[str, str]:
        if act.target_kind == COMMENT:  # its subject is part of its words
            return f"comment #{act.target_id}", reverse("comment", args=[act.target_id])
        if act.target_kind == MEMBER:
            member = members.get(act.target_id)
            return (member.username, member.get_absolute_url()) if member else ("a member", "")
        if act.target_kind == DISCUSSION:
            found = discussions.get(act.target_id)
            return (f"“{found.title}”", found.link) if found else ("a discussion that is not public", "")
        return act.target_name, ""

    return target_of


@dataclass(frozen=True, slots=True)
class ActPage:
    """One act in full. What follows ``entry`` is for the member alone whom it hit."""

    entry: LogEntry
    mass: BulkAct | None
    undoes: StaffAct | None
    is_hit: bool
    removed: list[Comment]  # the member's own comments with their texts
    is_own_appeal: bool
    why_no_appeal: str  # "" if the member can appeal now


def load_act(act_id: int, *, member, now: datetime) -> ActPage | None:
    """An act of the public log with what this reader may see of it; None for acts that are not public."""
    act = public_acts().select_related("actor", "undoes").filter(pk=act_id).first()
    if act is None:
        return None
    (entry,) = entries_of([act], now=now)
    is_hit = member.is_authenticated and was_hit(act, member)
    removed = comments_hit(act, member).select_related("text").order_by("pk") if is_hit else Comment.objects.none()
    return ActPage(
        entry=entry,
        mass=getattr(act, "bulk_act", None),
        undoes=act.undoes,
        is_hit=is_hit,
        removed=list(removed[: policy.MASS_SHOWN]),
        is_own_appeal=bool(entry.appeal) and entry.appeal.appellant_id == member.pk,
        why_no_appeal=why_no_appeal(act, member, now) if is_hit else "",
    )

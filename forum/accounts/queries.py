"""What pages about members show that only needs the members' own tables."""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, Q, Value, When

from forum import policy
from forum.accounts import rules
from forum.accounts.models import Ban, KarmaChange, NameStamp, Relation, StaffAct, User
from forum.compiled import Compiled
from forum.scores import Taste


def karma_history(member: User, limit: int) -> list[KarmaChange]:
    """The newest lines of a member's karma log, withdrawn ones included."""
    return list(KarmaChange.objects.filter(member=member).order_by("-id")[:limit])


def load_taste(member: User, *, of_others: bool = True) -> Taste:
    """What a member adds to scores, in one query: friends and foes, fans and freaks. One more for newest members.

    ``of_others`` is false where only the member's own comments are looked at: nobody is one's own friend.
    """
    people = _people_around(member) if of_others else []
    newest = newest_number() if rules.all_modifiers(member.modifiers)["new"] else None
    return rules.taste_from(member.modifiers, people, newest)


AROUND = Compiled(
    lambda member: (
        Relation.objects.around(member)
        .told_to(member)
        .order_by(Case(When(member=member, then=Value(0)), default=Value(1)), "-id")
        .values_list("member", "other", "kind")[: policy.PEOPLE_COUNTED_MAX]
    )
)


def _people_around(member: User) -> list[tuple[int, str]]:
    """(number, word) of the people a reader has to do with: all of the own choice, and the newest of the others."""
    own = {**dict(zip(rules.OWN_WORDS, rules.OWN_WORDS, strict=True)), Relation.Kind.IGNORED: rules.IGNORED}
    return [
        (other, own[kind]) if who == member.pk else (who, rules.THEIR_WORDS[kind])
        for who, other, kind in AROUND.all(member.pk)
    ]


def newest_number() -> int:
    """The number of the newest member, which stands for how many there are."""
    return User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class Stance:
    """How two members stand to each other: what the reader calls the person, and what the person calls the reader."""

    own: str  # "friend", "foe", "ignored" or ""
    theirs: str  # "fan", "freak" or ""


def stance_of(reader: User, person: User) -> Stance:
    between = Relation.objects.filter(Q(member=reader, other=person) | Q(member=person, other=reader))
    kinds = dict(between.values_list("member", "kind"))
    own = kinds.get(reader.pk, "")
    return Stance(
        rules.IGNORED if own == Relation.Kind.IGNORED else own, rules.THEIR_WORDS.get(kinds.get(person.pk, ""), "")
    )


IGNORED = Compiled(
    lambda member, other: Relation.objects.filter(member=member, other=other, kind=Relation.Kind.IGNORED).values_list(
        "pk"
    )
)


def ignores(member: User, other: User) -> bool:
    """Whether a member wants to hear nothing of another."""
    return bool(IGNORED.first(member.pk, other.pk))


@dataclass(frozen=True, slots=True)
class PeopleList:
    """One of the lists of a member; ``counts`` are those of all that the reader may see."""

    word: str
    counts: list[tuple[str, int]]
    page: Page  # of relations

    @property
    def people(self) -> list[tuple[User, Relation]]:
        side = "member" if self.word in rules.THEIR_WORDS.values() else "other"
        return [(getattr(relation, side), relation) for relation in self.page.object_list]


def load_people(*, person: User, word: str, page_number: str, is_own: bool = False) -> PeopleList:
    """Whom a member calls friend or foe, or who calls the member so, newest first; who left is not shown.

    Whom the member ignores is told only where ``is_own``.
    """
    here = Relation.objects.around(person).filter(member__is_active=True, other__is_active=True)
    lists = {kind: Q(member=person, kind=kind) for kind in rules.OWN_WORDS}
    lists |= {seen_as: Q(other=person, kind=kind) for kind, seen_as in rules.THEIR_WORDS.items()}
    lists |= {rules.IGNORED: Q(member=person, kind=Relation.Kind.IGNORED)} if is_own else {}
    word = word if word in lists else rules.PEOPLE[0]
    counts = here.aggregate(**{one: Count("pk", filter=which) for one, which in lists.items()})
    shown = here.filter(lists[word]).select_related("member", "other").order_by("-related_at", "-id")
    page = Paginator(shown, policy.PEOPLE_PER_PAGE).get_page(page_number)
    return PeopleList(word, list(counts.items()), page)


STAMP = Compiled(lambda: NameStamp.objects.filter(pk=1).values_list("version", flat=True))


def names_version() -> int:
    """Another number whenever somebody's name was changed, taken off or put back."""
    return STAMP.first() or 0


def has_second_factor(member: User) -> bool:
    """Whether somebody signs in with more than the password; recovery codes alone are no factor."""
    return is_mfa_enabled(member, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])


def lacks_second_factor(member) -> bool:
    """Whether somebody has rights of staff, but nothing beside the password to sign in with."""
    is_staff = member.is_authenticated and (member.is_staff or member.is_superuser)
    return is_staff and not has_second_factor(member)


# What a member's own row holds for nobody's reading: what proves who somebody is, and keys made from the name.
NOT_TAKEN_ALONG = frozenset(("password", "name_key", "signature_html"))


def own_records(member: User) -> dict[str, Iterable[dict]]:
    """What is kept about a member as a member, by the name of a file."""
    columns = [field.attname for field in User._meta.concrete_fields if field.name not in NOT_TAKEN_ALONG]
    acts = StaffAct.objects.order_by("id").values("verb", "target_kind", "target_name", "reason", "acted_at")
    return {
        "account": User.objects.filter(pk=member.pk).values(*columns),
        "sessions": UserSession.objects.filter(user=member).values("user_agent", "created_at", "last_seen_at"),
        "second_factors": Authenticator.objects.filter(user=member).values("type", "created_at", "last_used_at"),
        "other_sign_ins": SocialAccount.objects.filter(user=member).values("provider", "uid", "date_joined"),
        "addresses": EmailAddress.objects.filter(user=member).values("email", "verified", "primary"),
        "karma": KarmaChange.objects.filter(member=member)
        .order_by("id")
        .values("delta", "cause", "changed_at", "withdrawn_at")
        .iterator(),
        "friends_and_foes": Relation.objects.filter(member=member)
        .order_by("id")
        .values("kind", "related_at", name=F("other__username")),
        "bans": Ban.objects.filter(member=member)
        .order_by("id")
        .values("kind", "reason", "set_at", "ends_at", "over_at"),
        "acts_of_staff_on_me": acts.filter(target_kind=User._meta.verbose_name, target_id=member.pk),
        "my_acts_as_staff": acts.filter(actor=member).iterator(),
    }


def members_named(names: Iterable[str]) -> dict[str, User]:
    """Those of the names that members have, in any case and with whatever separators; without a query for none."""
    keys = {name: rules.name_skeleton(name) for name in names}
    if not keys:
        return {}
    found = User.objects.filter(name_key__in=set(keys.values()), is_active=True).only("username", "name_key")
    by_key = {member.name_key: member for member in found}
    return {name: by_key[key] for name, key in keys.items() if key in by_key}

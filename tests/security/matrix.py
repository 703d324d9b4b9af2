"""Who is answered what where: every address by role, by method, and by the state of what it leads to.

What is right stands in tests/security/matrix.txt, a table for people; this module asks the site for the same lines.
A form is sent as its page would send it, so that "302" after POST mostly means: done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from django.db import transaction

from tests.security.addresses import IN_STATES, Address, every_address, place_of, places
from tests.security.everything import ROLES, STATES, Everything, every_canary
from tests.security.forms import form_for

DESK_ROLES = ("visitor", "member", "clerk", "editor", "superuser")
LOGIN = "login"
ROW_OF_DESK = ("changelist", "add", "history", "delete", "change", "act")


@dataclass(frozen=True)
class Answer:
    """What one role was answered at one place; ``canaries``: the words there that belong to what is in some state."""

    name: str
    state: str
    method: str
    role: str
    outcome: str
    canaries: frozenset[str]


def survey(made: Everything, *, is_desk: bool) -> list[Answer]:
    """Every answer of the public addresses, or of the admin's; nothing done stays done."""
    roles = DESK_ROLES if is_desk else ROLES
    clients, stands = {role: made.client(role) for role in roles}, places(made)
    found = []
    for address in every_address():
        if address.route.startswith("admin/") != is_desk:
            continue
        name, states = label_of(address)
        for state in states:
            comment = made.comments.get(state) if address.name in IN_STATES else None
            place = place_of(address, comment) if comment else stands[address]
            for method in ("GET", "POST"):
                form = form_for(address, made, comment) if method == "POST" else {}
                for role in roles:
                    found.append(Answer(name, state, method, role, *ask(clients[role], method, place, form)))
    return found


def label_of(address: Address) -> tuple[str, tuple[str, ...]]:
    """What the table calls an address, and the states it is tried in; of the admin's lists, the kind of row."""
    if address.name in IN_STATES:
        return address.name, STATES
    kind, _, what = address.name.removeprefix("admin:").rpartition("_")
    if address.route.startswith("admin/") and what in ROW_OF_DESK and "_" in kind:
        return f"* {what}", (kind.partition("_")[2],)
    if address.route.endswith("/<path:object_id>/") and address.name.endswith(address.route):
        return "* old address", (address.route.split("/")[2],)
    return address.name, ("-",)


@contextmanager
def as_if():
    """What is done inside is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client, method: str, place: str, form: dict) -> tuple[str, frozenset[str]]:
    """The status, or "login" for whoever is sent to sign in first; and the canaries in the answer."""
    cookies = client.cookies.copy()
    with as_if():
        answer = client.get(place) if method == "GET" else client.post(place, form)
        body = "" if answer.streaming else answer.content.decode(errors="replace")
    asked = quote(place)  # the page that leads to the sign-in and back repeats it
    body = body.replace(asked, "").replace(quote(asked, safe=""), "")
    client.cookies = cookies
    is_sent_away = answer.status_code == 302 and "/login/?next=" in answer["Location"]
    return LOGIN if is_sent_away else str(answer.status_code), frozenset(every_canary(body))


def as_lines(found: list[Answer]) -> Iterator[str]:
    """The table: states that are answered alike share a line."""
    cells: dict[tuple[str, str, str], list[str]] = {}
    for answer in found:
        cells.setdefault((answer.name, answer.method, answer.state), []).append(answer.outcome)
    groups: dict[tuple, list[str]] = {}
    for (name, method, state), outcomes in cells.items():
        groups.setdefault((name, method, *outcomes), []).append(state)
    for (name, method, *outcomes), states in groups.items():
        told = "all" if tuple(states) == STATES else ",".join(states)
        yield f"{name:<36} {method:<5}" + " ".join(f"{outcome:>5}" for outcome in outcomes) + f"   {told}"

"""Every field of the site into which words can be typed, found as people find them: on the pages.

A page is opened and each form on it is read, with what it holds; a field is known by what its form does and by its own
name, such as ``reply: body``. A form that is added is found by itself. What no page shows to anybody here,
tests/security/test_every_field.py misses by the classes of forms.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import Resolver404, resolve, reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from comments.actions import hide_comment
from comments.models import Comment
from forum.accounts.models import StaffAct, User
from moderation.actions import bar_moderator, correct_score, propose_mass_act
from moderation.models import BulkAct
from tests.factories import NOW, a_comment, a_member
from tests.security.addresses import places
from tests.security.everything import Everything
from tests.security.forms import NEW_SECRET, SECRET
from tests.security.matrix import as_if

NO_WORDS = {"checkbox", "radio", "submit", "button", "reset", "image", "file"}
# What fields hold while words are typed into another one, where the page leaves them empty.
USUAL = {
    **{"subject": "Sent words", "body": "Sent words, and more of them.", "reason": "Against the rules"},
    **{"words": "Sent words", "answer": "Sent words", "title": "Sent words", "intro": "Sent words", "name": "Sent"},
    **{"username": "New Comer", "email": "new@example.org", "password1": NEW_SECRET, "password2": NEW_SECRET},
    **{"login": "Mary", "password": SECRET, "oldpassword": SECRET, "old_password": SECRET},
    **{"new_password1": NEW_SECRET, "new_password2": NEW_SECRET, "network": "203.0.113.0/24", "slug": "sent"},
    **{"icon": "Se", "points": "1", "karma": "1", "score": "1", "most": "1", "days": "1", "code": "123456"},
}
WITHOUT_FORMS = ("_history", "/<path:object_id>/", "_download_recovery_codes", "favicon")
ROWS_TRIED = 8  # of each kind, until an act of staff has something to do


@dataclass
class Form:
    """One form of a page: what it does, what it would send as it stands, and into which fields one can type.

    ``words`` are fields of text; ``typed`` also those that are hidden or want a number, into which a program can.
    """

    page: str
    action: str
    method: str
    holds: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it does: the name of the address it is sent to, and which of several acts."""
        path = urlsplit(self.action).path
        try:
            found = resolve(path)
        except Resolver404:
            return path
        which = (found.kwargs[key] for key in ("name", "kind") if key in found.kwargs and "admin:" in found.view_name)
        asks = "" if self.method == "post" else " (get)"
        return " ".join([found.view_name or path, *which]) + asks


class _Reader(HTMLParser):
    """Reads the forms of one page."""

    def __init__(self, page: str, html: str):
        super().__init__(convert_charrefs=True)
        self.page, self.found = page, []
        self.form, self.area, self.choice = None, "", ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        said = {name: value or "" for name, value in attributes}
        name, kind = said.get("name", ""), said.get("type", "text").lower()
        if tag == "form":
            method = said.get("method", "get").lower()
            self.form = Form(self.page, urljoin(self.page, said.get("action") or self.page), method)
            self.found.append(self.form)
        elif self.form is None:
            return
        elif tag == "option" and self.choice:
            self._offer(self.choice, said.get("value", ""), "selected" in said)
        elif tag == "textarea" and name:
            self.area, self.form.holds[name] = name, [""]
            self._type(name, kind)
        elif tag == "select":
            self.choice = name
        elif tag == "button" and name:
            self.form.buttons.append((name, said.get("value", "")))
        elif tag == "input" and name:
            self._read_input(name, kind, said)

    def _read_input(self, name, kind, said):
        if kind in {"submit", "image"}:
            self.form.buttons.append((name, said.get("value", "")))
        elif kind == "radio":
            self._offer(name, said.get("value", "on"), "checked" in said)
        elif kind == "checkbox" and "checked" in said:
            self.form.holds.setdefault(name, []).append(said.get("value", "on"))
        elif kind not in NO_WORDS:
            self.form.holds.setdefault(name, []).append(said.get("value", ""))
            self._type(name, kind)

    def _type(self, name, kind):
        if name == "csrfmiddlewaretoken":
            return
        self.form.typed.append(name)
        if kind not in {"hidden", "number"}:
            self.form.words.append(name)

    def _offer(self, name, value, is_chosen):
        """The choice that is made already, or else the first one that says something."""
        if is_chosen or (value and not any(self.form.holds.get(name, ()))):
            self.form.holds[name] = [value]

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.choice = ""

    def handle_data(self, data):
        if self.area and self.form:
            self.form.holds[self.area][0] += data


def forms_of(page: str, html: str) -> list[Form]:
    return _Reader(page, html).found


def one_name(name: str) -> str:
    """A field's name without the number of its row."""
    return re.sub(r"\d+", "*", name)


# -- Everywhere ----------------------------------------------------------------------------------------------------

TWO_STEPS = "two steps"  # the name of somebody who has given the password, and not yet the code


def open_every_form(made: Everything) -> None:
    """Put more in everything, so that each form has something to do."""
    author, staff = made.people["author"], made.people["superuser"]
    User.objects.filter(pk=author.pk).update(signature="Signed", signature_html="<p>Signed</p>")
    why = {"actor": staff, "reason": "Against the rules", "now": NOW}
    made.comments["removed"] = a_comment(made.stories["open"].discussion, author=author, body="Removed words.")
    hide_comment(comment=made.comments["removed"], **why)
    made.comments["rescored"] = a_comment(made.stories["open"].discussion, author=author, body="Words of note.")
    correct_score(comment=made.comments["rescored"], score=5, **why)
    bar_moderator(member=made.people["banned"], **why)
    mass = propose_mass_act(kind=BulkAct.Kind.SET_BACK_MODERATOR, target=made.people["moderator"], most=9, **why)
    BulkAct.objects.filter(pk=mass.pk).update(state=BulkAct.State.PROPOSED)
    made.people[TWO_STEPS] = a_member("Tess")
    Authenticator.objects.create(user=made.people[TWO_STEPS], type="totp", data={"secret": ""})
    Authenticator.objects.create(user=author, type="webauthn", data={"name": "My key", "credential": a_credential()})


def a_credential() -> dict:
    """What a browser tells of a passkey that was made for it; nobody has its other half."""
    point = ES256({1: 2, 3: -7, -1: 1, -2: b"\1" * 32, -3: b"\2" * 32})
    known = AttestedCredentialData.create(Aaguid.NONE, b"key", point)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    told = AuthenticatorData.create(sha256(b"testserver").digest(), flags, 0, known)
    client = {"type": "webauthn.create", "challenge": "", "origin": "http://testserver"}
    response = {
        "clientDataJSON": websafe_encode(json.dumps(client).encode()),
        "attestationObject": websafe_encode(AttestationObject.create("none", told, {})),
    }
    number = websafe_encode(b"key")
    return {"id": number, "rawId": number, "type": "public-key", "response": response, "clientExtensionResults": {}}


def reader(made: Everything, role: str) -> Client:
    """Somebody at a browser, who has just typed the password once more."""
    client = made.client(role)
    if role == TWO_STEPS:
        client = made.client("visitor")
        client.post(reverse("account_login"), {"login": made.people[role].username, "password": SECRET})
    elif role != "visitor":
        client.post(reverse("account_reauthenticate"), {"password": SECRET})
    return client


def every_page(made: Everything) -> list[str]:
    """The addresses to open: one of each kind, and the question of each act of staff."""
    acts = (act for state in ("removed", "rescored") for act in StaffAct.objects.on(made.comments[state]))
    keys = (reverse("mfa_edit_webauthn", args=[key.pk]) for key in Authenticator.objects.filter(type="webauthn"))
    found = [place for address, place in places(made).items() if not address.name.endswith(WITHOUT_FORMS)]
    return list(dict.fromkeys([*found, *(act.get_absolute_url() for act in acts), *keys, *_acts_of_staff()]))


def _acts_of_staff() -> Iterator[str]:
    for model, desk in admin.site._registry.items():
        for act in getattr(desk, "acts", ()):
            rows = desk.get_queryset(RequestFactory().get("/")).order_by("-pk")[:ROWS_TRIED]
            if row := next(filter(act.applies, rows), None):
                yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_act", args=[row.pk, act.name])
    for kind in BulkAct.Kind.values:
        target = Comment if kind == BulkAct.Kind.HIDE_SUBTREE else User
        yield reverse("admin:moderation_bulkact_propose", args=[kind, target.objects.earliest("pk").pk])


def every_form(made: Everything) -> dict[str, tuple[str, Form]]:
    """By what it does: the role that was shown it, and the form."""
    found, pages = {}, every_page(made)
    public = [page for page in pages if not page.startswith("/admin/")]
    shown = {"visitor": public, "author": public, "superuser": [page for page in pages if page not in public]}
    for role, opened in (shown | {TWO_STEPS: [reverse("mfa_authenticate")]}).items():
        client = reader(made, role)
        for page in opened:
            for form in _opened(client, page):
                if form.typed:
                    found.setdefault(form.name, (role, form))
    return found


def _opened(client, page: str) -> list[Form]:
    with as_one_was(client):
        answer = client.get(page, follow=True)
    if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
        return []
    return forms_of(answer.request["PATH_INFO"], answer.content.decode())


@contextmanager
def as_one_was(client):
    """What is done inside is undone, and whoever did it is signed in as before."""
    cookies = client.cookies.copy()
    with as_if():
        yield
    client.cookies = cookies


def send(client: Client, form: Form, said: dict[str, str], button: int = 0):
    """The answer to a form in which this was typed, and one of its buttons pressed."""
    pressed = dict([form.buttons[button % len(form.buttons)]]) if form.buttons else {}
    # Broken halves of characters, too, as bytes that no browser sends.
    said = {name: words.encode(errors="surrogatepass") for name, words in said.items()}
    usual = {name: value for name, value in USUAL.items() if form.holds.get(name) == [""]}
    words = urlencode({**form.holds, **usual, **said, **pressed}, doseq=True)
    if form.method == "get":
        return client.get(f"{form.action.partition('?')[0]}?{words}")
    return client.post(form.action, words, content_type="application/x-www-form-urlencoded")

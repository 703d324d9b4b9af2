"""Hostile words in every column of text, put there past every form, and every view of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path

from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.cache import cache
from django.db import models
from django.http import HttpResponse
from django.urls import reverse

from comments.models import Comment, CommentText
from comments.store import STORE
from forum.accounts.models import StaffAct, User
from forum.jobs.models import JobRun
from forum.text import MARKUPS, TextRefused, render, render_story
from moderation.actions import decide_appeal, file_appeal, hide_comment
from moderation.models import Held
from stories.actions import import_raw
from stories.models import Section, Story, Topic
from tests.accounts.test_other_sites import APP
from tests.factories import NOW, a_comment
from tests.security.everything import Everything
from tests.security.fields import a_credential, as_one_was, every_page, open_every_form, reader

SEED = Path(__file__).parents[2] / "stories" / "seeds" / "0177069105.txt"

LONG = 1_200  # characters that go into a column without a limit
# Columns that hold no words of people, or words that were judged before they came there.
MADE_BY_THE_SITE = {
    "rulebook.PolicyVersion": "numbers",
    "accounts.User": "password zone modifiers name_key signature_html",
    "accounts.ArchivedPerson": "source name_key",
    "accounts.StaffAct": "verb target_kind",
    "accounts.RetiredName": "name_hash",
    "accounts.SpentChallenge": "signature",
    "accounts.Ban": "network_hash network",  # a network is kept as it was understood
    "notifications.Notification": "event link",
    "comments.Discussion": "link",
    "comments.Comment": "fingerprint",
    "comments.CommentText": "html form_key",
    "comments.Origin": "network author",
    "comments.Draft": "form_key",
    "moderation.Held": "network_hash author_hash html form_key",
    "moderation.SpamWord": "word",  # shown from Held.why alone
    "moderation.Lesson": "words",
    "stories.Section": "slug",
    "stories.Topic": "slug",
    "stories.Story": "slug intro_html body_html",
    "stories.ArchivedArticle": "source source_id printed",
    "account.EmailConfirmation": "key",
    "usersessions.UserSession": "ip session_key data",
    "admin.LogEntry": "object_id change_message",
    "auth.Permission": "name codename",
    "contenttypes.ContentType": "app_label model",
    "sessions.Session": "session_key session_data",
    "socialaccount.SocialApp": "provider provider_id name client_id secret key settings",  # of the operator alone
    "socialaccount.SocialAccount": "provider",
    "socialaccount.SocialToken": "token token_secret",
}
JUDGED = {"accounts.User": "username"}  # no hostile text is a name: tests/security/test_payloads.py
IN_JSON: dict[str, Callable] = {
    "moderation.Held.why": lambda words: [[words, 0.9]],
    "mfa.Authenticator.data": lambda words: {"name": words, "credential": a_credential()},
    "socialaccount.SocialAccount.extra_data": lambda words: {"name": words, "email": words, "picture": words},
}
ADDRESSES = {"accounts.User.email", "account.EmailAddress.email"}


def columns_of_words() -> Iterator[tuple[type[models.Model], list[models.Field]]]:
    """Every table with its columns that hold words of people; a new column is one of them until it is told above."""
    for model in apps.get_models():
        left_out = f"{MADE_BY_THE_SITE.get(model._meta.label, '')} {JUDGED.get(model._meta.label, '')}".split()
        columns = [one for one in model._meta.concrete_fields if _holds_text(one) and one.name not in left_out]
        if columns:
            yield model, columns


def _holds_text(column: models.Field) -> bool:
    kinds = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField)
    return isinstance(column, kinds) and not column.choices


def words_for_every_column(made: Everything) -> None:
    """Let there be words in every one of those columns, and something to do for every form."""
    open_every_form(made)
    author, staff = made.people["author"], made.people["editor"]
    import_raw(raw=SEED.read_bytes(), encoding="utf-8", zone="America/New_York", dry_run=False, now=NOW)
    made.stories["printed"] = Story.objects.get(archive__isnull=False)
    for story in (made.stories["open"], made.stories["printed"]):
        Story.objects.filter(pk=story.pk).update(body="More of it.", source_domain="example.org")
    comment = a_comment(made.stories["open"].discussion, author=author, body="Words that were judged.")
    act = hide_comment_act(comment, staff)
    appeal = file_appeal(act=act, appellant=author, words="It was right", now=NOW)
    decide_appeal(appeal=appeal, outcome="upheld", actor=made.people["superuser"], answer="It was not", now=NOW)
    User.objects.filter(pk=author.pk).update(bio="About me")
    JobRun.objects.update(last_result="Done", last_error="Broken")
    for shelf in (Section, Topic):
        shelf.objects.update(description="What stands here")
    Held.objects.update(why=[["buy", 0.9]])
    UserSession.objects.update(user_agent="A browser")
    said = {"name": "Ann", "email": "ann@example.org"}
    SocialAccount.objects.create(user=author, provider=APP["provider_id"], uid="4711", extra_data=said)


def hide_comment_act(comment: Comment, staff: User) -> StaffAct:
    hide_comment(comment=comment, actor=staff, reason="Against the rules", now=NOW)
    return StaffAct.objects.on(comment).get(verb="hide")


class Words:
    """Texts one after the other, over and over: as many at a time as there is room for, one at least, cut to it."""

    def __init__(self, corpus: list[str]):
        self.ahead = cycle(corpus)
        self.next, self.used = next(self.ahead), 0

    def take(self, room: int) -> str:
        taken = self._one()[:room]
        while len(taken) + 1 + len(self.next) <= room:
            taken += f" {self._one()}"
        return taken

    def _one(self) -> str:
        # No form lets them come so far, and no database keeps all of them: a NUL, and half a character.
        one, self.next = self.next, next(self.ahead)
        self.used += 1
        return one.replace("\0", "").encode(errors="replace").decode()


def fill(words: Words) -> set[str]:
    """Put words into every column that says something; the columns that were filled, such as "stories.Story.title"."""
    filled = set()
    for model, columns in columns_of_words():
        for row in model._base_manager.all():
            said = {one.name: _words_for(one, words) for one in columns if getattr(row, one.attname)}
            filled |= {f"{model._meta.label}.{name}" for name in said}
            if said:
                model._base_manager.filter(pk=row.pk).update(**said)
    _render_anew(words)
    STORE.clear()
    cache.clear()
    return filled


def _words_for(column: models.Field, words: Words):
    label = f"{column.model._meta.label}.{column.name}"
    said = words.take(min(column.max_length or LONG, LONG))
    if label in IN_JSON:
        return IN_JSON[label](said)
    if label in ADDRESSES:  # a part before the @ may be anything between quotes
        plain = said.encode("ascii", "replace").decode().replace('"', "").replace("\\", "")
        return f'"{" ".join(plain[:60].split())}"@example.org'
    return said


def _render_anew(words: Words) -> None:
    """What is shown as HTML is what the renderer makes of the words, or of the next ones that it takes."""
    for place, row in enumerate(chain(CommentText.objects.all(), Held.objects.all())):
        row.markup = MARKUPS[place % len(MARKUPS)]
        row.source, row.html = _rendered(words, lambda text, markup=row.markup: render(text, markup))
        row.save(update_fields=["source", "markup", "html"])
    for story in Story.objects.all():
        story.intro, story.intro_html = _rendered(words, lambda text: render_story(text, "html"))
        story.body, story.body_html = _rendered(words, lambda text: render_story(text, "html"))
        story.save(update_fields=["intro", "intro_html", "body", "body_html"])
    for member in User.objects.exclude(signature=""):
        html = _rendered(words, lambda text: render(text, "plain"))[1]
        User.objects.filter(pk=member.pk).update(signature_html=html)


def _rendered(words: Words, by: Callable[[str], str]) -> tuple[str, str]:
    while True:
        text = words.take(LONG)
        try:
            return text, by(text)
        except TextRefused:
            continue


# -- Views ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """What somebody was shown somewhere."""

    role: str
    page: str
    answer: HttpResponse

    @property
    def kind(self) -> str:
        return self.answer.headers.get("Content-Type", "").partition(";")[0]

    @property
    def name(self) -> str:
        return f"{self.page} for {self.role}"


def every_view(made: Everything) -> Iterator[View]:
    """Every page of the site: for a visitor, a member whose words they are, a moderator, and whoever may do all."""
    printed = made.stories["printed"]
    comment = printed.discussion.comments.earliest("pk")
    pages = [*every_page(made), printed.get_absolute_url(), comment.get_absolute_url(), "/~Ann/people/?of=fan"]
    public = [page for page in pages if not page.startswith("/admin/")]
    for role, shown in {"visitor": public, "author": public, "moderator": public, "superuser": pages}.items():
        client = reader(made, role)
        for page in shown:
            with as_one_was(client):
                yield View(role, page, client.get(page))


def take_along(made: Everything) -> bytes:
    """The zip file of the member whose words they are."""
    answer = reader(made, "author").post(reverse("export"))
    return b"".join(answer.streaming_content)

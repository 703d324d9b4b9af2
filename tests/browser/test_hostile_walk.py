"""Hostile words in every column and every field of the site, and every view of them in a browser.

Most are looked at without the content security policy, as a reader of a broken browser would; the site is also walked
through with it and without it. Nothing may run, be armed to run, or ask another site for anything.
"""

import io
import os
import zipfile
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import time_machine
from django.apps import apps
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import resolve

from comments.actions import edit_comment, save_draft
from comments.models import CommentText
from comments.rules import Typed
from forum import policy
from forum.accounts.actions import Refused
from forum.accounts.models import StaffAct, User
from forum.text import MARKUPS, TextRefused, render
from forum.views import COMES_ALONG, WORDS_OF_PEOPLE, server_error
from moderation.actions import flag_comment, hide_comment
from stories.models import Story
from tests.factories import NOW, a_comment, a_member, a_policy, a_story, an_editor, words_of
from tests.security.conftest import other_site, quiet  # noqa: F401
from tests.security.everything import make_everything
from tests.security.fields import as_one_was, every_form, open_every_form, reader, send
from tests.security.payloads import every_text, scripts
from tests.security.stored import Words, every_view, fill, take_along, words_for_every_column

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet", "other_site")]

ROUNDS = int(os.environ.get("ROUNDS", "1"))  # in each of them other words stand in a place
ONE_OF = int(os.environ.get("ONE_OF", "1000"))  # each field is sent one text of so many
SHORT, LONG = 200, 2_000  # characters of a flood


@pytest.fixture
def everything():
    """The site with everything in it. The clock stands still only while pages are made, not while they are shown."""
    make_groups_of_staff()
    with at_noon():
        return make_everything()


def make_groups_of_staff() -> None:
    """Other tests of this lane have emptied all tables, with what the migrations had put there."""
    made_by = import_module("stories.migrations.0002_staff_groups")
    made_by.make_groups(apps, SimpleNamespace(connection=connection))


@contextmanager
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def check_nothing_runs(counter, pages: dict[str, str]) -> None:
    armed = counter.show(pages)
    assert armed == []
    assert counter.heard == []


# -- Words that are stored -----------------------------------------------------------------------------------------


def pages_of(everything) -> dict[str, str]:
    """Every view as HTML, by its name: pages, what a feed's reader makes of an entry, what was taken along."""
    pages = {}
    for view in every_view(everything):
        if view.kind == "text/html":
            pages[view.name] = view.answer.content.decode()
        if view.kind == "application/atom+xml":
            entries = ElementTree.fromstring(view.answer.content).iter()
            pages[view.name] = "<hr>".join(one.text or "" for one in entries if one.get("type") == "html")
    with zipfile.ZipFile(io.BytesIO(take_along(everything))) as archive:
        pages["what was taken along"] = archive.read("comments.html").decode()
    return pages


def test_words_in_every_column_run_in_no_view(counter, everything, complaints):
    texts = every_text(SHORT)
    with at_noon():
        words_for_every_column(everything)
    for turn in range(ROUNDS):
        with at_noon():
            fill(Words(texts[turn * 97 :] + texts[: turn * 97]))
            pages = pages_of(everything)
        assert len(pages) > 300
        check_nothing_runs(counter, pages)


def test_a_text_that_slipped_past_is_heard_where_it_stands(counter, everything, complaints):
    """Else the test above would prove nothing."""
    planted, story = everything.comments["shown"], everything.stories["open"]
    html = "<p>Words</p><img src=x onerror=hit()><script>alert(1)</script><a href=javascript:hit()>x</a>"
    CommentText.objects.filter(pk=planted.pk).update(html=html)
    client = everything.client("superuser")
    where = ("/", story.get_absolute_url(), planted.get_absolute_url(), f"/admin/comments/comment/{planted.pk}/change/")
    with at_noon():
        pages = {place: client.get(place).content.decode() for place in where}
    armed = counter.show(pages)
    assert {fault.split(":")[0] for fault in armed} == set(where[1:])
    assert {heard.split(":")[0] for heard in counter.heard} == set(where[1:])
    assert any("alert" in heard for heard in counter.heard)
    complaints.clear()


# -- Words that are given back -------------------------------------------------------------------------------------


def test_words_that_are_given_back_run_nowhere(counter, everything, complaints):
    pages, texts, place = {}, every_text(SHORT), count()
    with at_noon():
        open_every_form(everything)
        for role, form in every_form(everything).values():
            client = reader(everything, role)
            for field in form.words:
                start = next(place)
                for number, words in enumerate(texts[start % ONE_OF :: ONE_OF]):
                    with as_one_was(client):
                        answer = send(client, form, {field: words}, number + start)
                    if answer.headers.get("Content-Type", "").startswith("text/html") and answer.content:
                        pages[f"{form.name} {field} {number}"] = answer.content.decode()
    assert len(pages) > 120
    check_nothing_runs(counter, pages)


@pytest.mark.parametrize("failure", [ValueError(), OperationalError()], ids=["broken", "no database"])
def test_words_run_on_no_page_of_an_error(counter, complaints, failure):
    """Pages that give words back because something failed: a stranger's form, a mistake, a database that is away."""
    pages, strict = {}, Client(enforce_csrf_checks=True)
    for number, words in enumerate(every_text(SHORT)[::16]):
        sent = dict.fromkeys([*WORDS_OF_PEOPLE, *COMES_ALONG], words.encode(errors="replace").decode())
        request = RequestFactory().post("/reply/1/", sent)
        request.resolver_match = resolve("/reply/1/")
        try:
            raise failure
        except type(failure):
            pages[f"failed {number}"] = server_error(request).content.decode()
        if isinstance(failure, ValueError):
            pages[f"refused {number}"] = strict.post("/reply/1/", sent).content.decode()
    check_nothing_runs(counter, pages)


# -- The site itself -----------------------------------------------------------------------------------------------

PATIENCE = 60_000  # milliseconds; a page of a thousand comments, on a machine that has other work
SOMETIMES = 60  # one comment of so many is changed, flagged, hidden


def a_discussion_of_hostile_words(now) -> tuple[Story, list]:
    """A story and a comment for every text, in one markup after the other, by an editor or by nobody."""
    susan, mary, taken = an_editor("Susan", karma=30, now=now), a_member("Mary", now=now), Words(every_text(LONG))
    a_policy(now=now)
    story = a_story(taken.take(150), editor=susan, intro="Here they are.", dept=taken.take(90), now=now)
    Story.objects.filter(pk=story.pk).update(intro_html=render(" ".join(every_text(SHORT)[:100]), "html"))
    User.objects.filter(pk=susan.pk).update(
        bio=taken.take(1000), signature="Signed", signature_html=render("<b onclick=hit()>Signed</b>", "html")
    )
    posted = []
    for place, text in enumerate(every_text(LONG)):
        words = text.encode(errors="replace").decode()[: policy.BODY_MAX]
        said = {"subject": words[: policy.SUBJECT_MAX], "body": words, "markup": MARKUPS[place % len(MARKUPS)]}
        try:
            posted.append(a_comment(story.discussion, author=susan if place % 3 else None, now=now, **said))
        except (TextRefused, Refused):  # nothing to show, or said before
            continue
        if len(posted) % SOMETIMES == 1 and posted[-1].author_id:
            said_now = words_of(words[: policy.SUBJECT_MAX], f"{words} again", "html")
            edit_comment(comment=posted[-1], author=susan, words=said_now, seen=0, now=now)
        elif len(posted) % SOMETIMES == 2:
            flag_comment(comment=posted[-1], member=mary, kind="spam", words=words[:200], now=now)
        elif len(posted) % SOMETIMES == 3:
            hide_comment(comment=posted[-1], actor=susan, reason=words[:200].strip() or "So", now=now)
    for text, parent in zip(scripts(), posted[:9], strict=False):
        typed = Typed(subject=text[:90], body=text, markup="html")
        save_draft(member=susan, discussion=story.discussion, parent=parent, typed=typed, now=now)
    return story, posted


def places_of(story, posted) -> list[str]:
    """Every kind of page that shows these words, and of lists every page."""
    read, reply = f"{story.get_absolute_url()}?threshold=-1", f"/reply/{story.discussion_id}/"
    own = [one for one in posted if one.author_id]
    changed = next(one for one in own if one.revisions.exists())
    act = StaffAct.objects.filter(verb="hide").latest("pk")
    some = posted[:: len(posted) // 4]
    return [
        *("/", f"{read}&mode=nested", f"{read}&mode=flat", f"{read}&mode=threaded", "/~Susan/", "/inbox/", "/drafts/"),
        *("/preferences/", "/log/", "/log.json", "/moderate/", act.get_absolute_url(), "/karma/", "/points/"),
        *(f"{one.get_absolute_url()}{more}" for one in some for more in ("", "score/", "score.json", "flag/")),
        *(f"{reply}{one.pk}/?quote=1" for one in some),
        *(f"{own[-1].get_absolute_url()}{more}" for more in ("edit/", "delete/")),
        f"{changed.get_absolute_url()}history/",
        *(f"/admin/comments/comment/?p={page}" for page in range(1, 1 + len(posted) // 100)),
        *(f"/admin/comments/comment/{one.pk}/change/" for one in (*some, changed)),
        *(
            "/admin/stories/story/",
            f"/admin/stories/story/{story.pk}/change/",
            f"/admin/stories/story/{story.pk}/history/",
        ),
        *("/admin/accounts/staffact/", f"/admin/accounts/staffact/{act.pk}/change/", "/admin/moderation/flag/"),
        *(f"/admin/accounts/user/{posted[1].author_id}/change/", "/admin/comments/discussion/"),
    ]


def type_and_preview(visitor, counter, story) -> None:
    """Type as people do, look at the preview, and send it."""
    for markup, words in zip(MARKUPS, ("\n\n".join(scripts()[at::4])[:9_000] for at in range(4)), strict=False):
        visitor.go(f"/reply/{story.discussion_id}/")
        visitor.fill(subject=scripts()[4][:90], body=words)
        visitor.page.locator("main [name=markup]").select_option(markup)
        for button in ("preview", "post"):
            with visitor.page.expect_navigation(wait_until="domcontentloaded"):
                visitor.page.locator(f"main button[name={button}]").last.click()
            assert counter.armed() == []


def walk(visitor, counter, place: str) -> tuple[bool, list[str]]:
    """Open a page of the site: whether it came with a policy, and what is wrong with it."""
    answer = visitor.page.goto(visitor.home + place)
    wrong = [f"{place}: answered {answer.status}"] if answer.status != 200 else []
    wrong += [f"{place}: {fault}" for fault in counter.armed()]
    if answer.headers["content-type"].startswith("text/html") and not place.startswith("/admin/"):
        is_whole = visitor.page.locator("body > footer.foot").count() == 1
        wrong += [] if is_whole else [f"{place}: something left its place"]
    return "content-security-policy" in answer.headers, wrong


def test_the_site_is_walked_through_with_its_policy_and_without(visitor, counter, settings, now, complaints):
    story, posted = a_discussion_of_hostile_words(now)
    assert len(posted) > 800
    visitor.page.set_default_timeout(PATIENCE)
    visitor.become(User.objects.get(username="Susan"))
    places = places_of(story, posted)
    for policy_of_site in (settings.CONTENT_SECURITY_POLICY, None):
        settings.CONTENT_SECURITY_POLICY = policy_of_site
        type_and_preview(visitor, counter, story)
        for place in places:
            assert walk(visitor, counter, place) == (bool(policy_of_site), [])
        visitor.page.goto(f"{visitor.home}/log.atom")
        assert "contains the following errors" not in visitor.page.content()
    assert counter.heard == []


def test_a_text_that_slipped_past_meets_the_second_wall(visitor, counter, settings, now, complaints):
    """The walk without the policy hears it, with the policy the browser refuses to run it."""
    comment = a_comment(a_story(now=now).discussion, now=now)
    html = "<p>Words</p><img src=/static/nothing.png onerror=hit()>"
    CommentText.objects.filter(pk=comment.pk).update(html=html)
    visitor.go(comment.get_absolute_url())
    visitor.page.wait_for_timeout(200)
    assert counter.heard == []
    assert any("Content Security Policy" in complaint for complaint in complaints)
    settings.CONTENT_SECURITY_POLICY = None
    visitor.go(comment.get_absolute_url())
    visitor.page.wait_for_timeout(200)
    assert counter.heard
    assert counter.armed() == ["IMG onerror=hit()"]
    complaints.clear()

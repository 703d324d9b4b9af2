"""A member and an address that say something anonymously: nothing that anybody can reach tells who or where it was.

The canary posts a hundred comments as an Anonymous Coward, the first half signed in, the others not. Then pages, feeds
and files that a visitor, a member, the canary and low staff can open, every mail, every line of the log and the whole
database are searched for the canary's name, address and mail address, plain, as hexadecimal and as base64.
"""

import base64
import io
import logging
import os
import re
import subprocess
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.db import connection
from django.test import Client

from comments.forms import new_form_key
from comments.models import Comment
from forum.accounts.models import User
from forum.belongings.queries import write_takeout
from tests import services
from tests.factories import NOW, UNLIMITED, a_comment, a_member, a_policy, a_story, staff_of

pytestmark = pytest.mark.django_db
NAME, ADDRESS, IP = "Xochipilli Macuil", "xochipilli@canary.example", "198.51.100.77"
SAID = "Cempasuchil"  # in every anonymous comment, and nowhere else
POSTS = 100
LOOKS = 10  # every so many comments the form is looked at and the words are previewed first
PAGES_MAX = 80  # looked at by each


def spellings() -> list[bytes]:
    """The canary's name, mail address and address as they could be written."""
    packed = bytes(map(int, IP.split(".")))
    whole = [NAME.encode(), ADDRESS.encode(), IP.encode(), packed]
    return [
        *whole[:3],
        *(one.hex().encode() for one in whole),
        *(base64.b64encode(one).rstrip(b"=") for one in whole),
        str(int.from_bytes(packed)).encode(),
        b"198.51.100",
    ]


def hits(found: bytes, wanted: list[bytes]) -> list[bytes]:
    return [one for one in wanted if one.lower() in found.lower()]


@pytest.fixture
def site(caplog):
    """A story with an answer to a comment of somebody who is told by mail, and the canary's hundred comments in it."""
    caplog.set_level(logging.DEBUG)
    a_policy(**UNLIMITED)
    story = a_story()
    reader = a_member("Reader One", mail_replies=True)
    canary = a_member(NAME, email=ADDRESS)
    theirs = a_comment(story.discussion, author=reader)
    web = Client(REMOTE_ADDR=IP)
    web.force_login(canary)
    for number in range(POSTS):
        if number == POSTS // 2:
            web.logout()
        say(web, theirs, number)
    assert Comment.objects.filter(author=None, subject__contains=SAID).count() == POSTS
    return story, reader, canary


def say(web, parent, number: int) -> None:
    """One comment as a browser sends it: the form, a look at it, and two minutes later the comment itself."""
    place, at = f"/reply/{parent.discussion_id}/{parent.pk}/", NOW + timedelta(minutes=15 * number)
    form = {"subject": f"{SAID} {number}", "body": f"Flower number {number}, as I see it.", "markup": "plain"}
    with time_machine.travel(at, tick=False):
        form |= {"key": new_form_key(f"{parent.discussion_id}:{parent.pk}"), "is_anonymous": "on"}
        if number % LOOKS == 0:
            web.get(place)
            web.post(place, form | {"preview": "1"})
    with time_machine.travel(at + timedelta(minutes=2), tick=False):
        answer = web.post(place, form)
        assert answer.status_code == 302, answer.content.decode()
        web.get(answer["Location"])


# -- What people can reach -----------------------------------------------------------------------------------------


def crawl(client: Client, start: list[str]) -> dict[str, bytes]:
    """The pages that links lead to from these, nearest first; what changes something is a form, and not met."""
    found: dict[str, bytes] = {}
    waiting = list(start)
    while waiting and len(found) < PAGES_MAX:
        address = waiting.pop(0)
        if address in found:
            continue
        answer = client.get(address)
        found[address] = b"".join(answer) + str(answer.headers).encode()
        links = re.findall(rb'(?:href|src|action)="(/[^"#]*)', found[address])
        waiting += [
            one for one in map(plain, links) if one not in found and not one.startswith(("/static/", "/accounts/"))
        ]
        if "Location" in answer.headers:
            waiting.append(answer["Location"])
    return found


def plain(link: bytes) -> str:
    return link.decode().replace("&amp;", "&")


def start_pages(story) -> list[str]:
    comments = [f"/comment/{pk}/" for pk in Comment.objects.filter(author=None).values_list("pk", flat=True)]
    receipts = [f"{one}{more}" for one in comments[::LOOKS] for more in ("score/", "score.json")]
    feeds = [f"/discussion/{story.discussion_id}/news/", "/log/", "/log/feed/"]
    return ["/", story.get_absolute_url(), *feeds, *comments[::LOOKS], *receipts]


def signed_in(member) -> Client:
    client = Client(REMOTE_ADDR="203.0.113.5")
    client.force_login(member)
    return client


def test_nothing_that_anybody_can_reach_tells_who_or_where_it_was(caplog, site):
    story, reader, canary = site
    assert hits(caplog.text.encode(), [IP.encode(), ADDRESS.encode(), NAME.encode()]) == []
    assert database_tells(canary) == []
    staff = staff_of("Moderators")
    assert pages_tell(Client(), start_pages(story)) == {}
    assert pages_tell(signed_in(reader), start_pages(story)) == {}
    assert pages_tell(signed_in(staff), ["/admin/", *admin_pages(), *start_pages(story)[:5]]) == {}
    assert len(mail.outbox) + reader.notifications.filter(wants_mail=True).count() >= POSTS
    letters = "".join(f"{one.subject}{one.body}{one.recipients()}" for one in mail.outbox).encode()
    assert hits(letters + takeout_of(reader), spellings()) == []
    assert SAID.encode() not in takeout_of(canary)


def pages_tell(client: Client, start: list[str]) -> dict[str, list[bytes]]:
    """The pages with something that was said anonymously on them that tell who said it."""
    pages = crawl(client, start)
    with_words = {address: page for address, page in pages.items() if SAID.encode() in page}
    assert len(with_words) > POSTS // LOOKS
    canary = [*spellings(), f"/~{NAME.replace(' ', '%20')}/".encode()]
    return {address: found for address, page in with_words.items() if (found := hits(page, canary))}


def admin_pages() -> list[str]:
    numbers = Comment.objects.filter(author=None).values_list("pk", flat=True)
    return ["/admin/comments/comment/", *(f"/admin/comments/comment/{pk}/change/" for pk in numbers[::LOOKS])]


def takeout_of(member) -> bytes:
    """The files of a member's export, unpacked."""
    file = io.BytesIO()
    write_takeout(member=member, file=file, now=NOW)
    with zipfile.ZipFile(file) as archive:
        return b"".join(map(archive.read, archive.namelist()))


# -- What the database keeps ---------------------------------------------------------------------------------------


def database_tells(canary: User) -> list[str]:
    """Rows with the address, rows beside the account that name the canary, rows that tie a comment to it."""
    packed = bytes(map(int, IP.split(".")))
    networks = [IP, IP.rpartition(".")[0], packed.hex(), str(int.from_bytes(packed))]
    rows = [(table, str(row)) for table, row in rows_of_database()]
    found = [row for _, row in rows if any(one in row for one in networks)]
    found += [row for table, row in rows if table not in ACCOUNT and (NAME in row or ADDRESS in row)]
    for model, to_comment, to_member in tables_about_both():
        anonymous = model._base_manager.filter(**{f"{to_comment}__subject__contains": SAID})
        found += map(repr, anonymous.filter(**{to_member: canary}))
    return found


@pytest.mark.django_db(transaction=True)
def test_a_dump_of_the_database_tells_nothing_either(site):
    _, reader, _ = site
    statements = dumped()
    comments = [one for one in statements if table_of(one) == "comments_comment" and SAID in one]
    assert len(comments) == POSTS  # the dump is whole
    assert hits("".join(statements).encode(), [reader.email.encode(), NAME.encode()]) != []  # and can be searched
    beside = "\n".join(one for one in statements if table_of(one) not in ACCOUNT)
    assert hits(beside.encode(), spellings()) == []
    assert hits("\n".join(statements).encode(), [IP.encode(), bytes(map(int, IP.split("."))).hex().encode()]) == []


def dumped() -> list[str]:
    """The INSERT statements of a dump, as an operator would make it for a backup."""
    if connection.vendor == "sqlite":
        text = "\n".join(connection.connection.iterdump())
    else:
        to = connection.settings_dict
        place = {"PGHOST": to["OPTIONS"].get("host") or to["HOST"], "PGPORT": to["PORT"], "PGUSER": to["USER"]}
        place |= {"PGPASSWORD": to["PASSWORD"]}
        environment = os.environ | {name: str(value) for name, value in place.items() if value}
        program = services.postgresql_client("pg_dump", least=connection.pg_version // 10_000)
        command = [program, "--data-only", "--inserts", to["NAME"]]
        text = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return re.split(r"\n(?=INSERT INTO )", text)[1:]


def table_of(statement: str) -> str:
    return re.match(r'INSERT INTO (?:public\.)?"?(\w+)', statement)[1]


ACCOUNT = {"accounts_user", "account_emailaddress"}


def rows_of_database():
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield from ((table, tuple(map(as_text, row))) for row in cursor.fetchall())


def as_text(value) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def tables_about_both():
    """(model, column to a comment, column to a member) of every table that has both."""
    for model in apps.get_models():
        links = [field for field in model._meta.get_fields() if field.concrete and field.is_relation]
        comments = [field.name for field in links if field.related_model is Comment]
        members = [field.name for field in links if field.related_model is User]
        yield from ((model, one, other) for one in comments for other in members)


def test_two_comments_of_one_person_have_nothing_in_common_that_a_reader_sees(site):
    said = Comment.objects.filter(subject__contains=SAID)
    assert set(said.values_list("author", "archived_author")) == {(None, None)}
    first, second = hashes_of_days(said)
    assert first.isdisjoint(second)


def hashes_of_days(said) -> tuple[set, set]:
    """The hashes that the first and the last day left: no hash is on both."""
    hashes = {}
    for comment in said.filter(origin__isnull=False).select_related("origin"):
        kept = comment.origin
        hashes.setdefault(comment.posted_at.date(), set()).update({kept.network, kept.author} - {""})
    days = sorted(hashes)
    assert len(days) >= 2
    return hashes[days[0]], hashes[days[-1]]

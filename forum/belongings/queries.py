"""Everything of one member, gathered from every floor, and the file it is taken along in."""

import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import IO

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from comments.queries import own_records as of_comments
from forum.accounts.models import User
from forum.accounts.queries import own_records as of_account
from forum.belongings.models import Erasure
from forum.notifications.queries import own_records as of_letterbox
from moderation.queries import own_records as of_moderation
from stories.queries import own_records as of_stories

Records = dict[str, Iterable[dict]]

README = """Everything that {site} keeps about {name} (number {number}), as of {now:%Y-%m-%d %H:%M} UTC.

comments.html is for reading. Each other file has one record on each line, as JSON; times are in UTC.

{files}
What you wrote as an Anonymous Coward is not here: nothing that is kept says that it was you.
"""


def find_erasure(member: User) -> Erasure | None:
    return Erasure.objects.filter(member=member).first()


def records_of(member: User) -> Records:
    """By the name of a file, what is kept about a member; each is read from the database while it is gone through."""
    return of_account(member) | of_letterbox(member) | of_comments(member) | of_moderation(member) | of_stories(member)


def write_takeout(*, member: User, file: IO[bytes], now: datetime) -> None:
    """Write a member's zip file, one record in memory at a time."""
    counts = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, records in records_of(member).items():
            with archive.open(f"{name}.jsonl", "w") as part:
                counts[name] = _write_lines(part, records)
        with archive.open("comments.html", "w") as part:
            _write_page(part, member, of_comments(member)["comments"])
        archive.writestr("README.txt", _readme(member, counts, now))


def _write_lines(part: IO[bytes], records: Iterable[dict]) -> int:
    count = 0
    for record in records:
        line = json.dumps(record, cls=DjangoJSONEncoder, ensure_ascii=False)
        part.write(f"{line}\n".encode())
        count += 1
    return count


def _readme(member: User, counts: dict[str, int], now: datetime) -> str:
    files = "".join(f"{name}.jsonl: {count:,}\n" for name, count in counts.items())
    return README.format(site=settings.SITE_NAME, name=member.username, number=member.pk, now=now, files=files)


def _write_page(part: IO[bytes], member: User, comments: Iterable[dict]) -> None:
    """The comments to read: what stands in them is what the site itself shows, and every other word is escaped."""
    title = escape(f"What {member.username} said on {settings.SITE_NAME}")
    part.write(f'<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>\n'.encode())
    for one in comments:
        head = f"{escape(one['subject'])} <small>({one['posted_at']:%Y-%m-%d %H:%M} UTC, score {one['score']})</small>"
        link = escape(settings.SITE_URL + one["link"])
        part.write(f'<article><h2><a href="{link}">{head}</a></h2>\n{one["html"]}\n</article><hr>\n'.encode())

"""Spirit, the fastest forum that was found to run here, beside ours: replies and pages, in turns in one run.

python -m benchmarks.spirit PYTHON [--seconds 5] [--rounds 3]

PYTHON is the interpreter of an environment that has Spirit (``pip install django-spirit gunicorn 'psycopg[binary]'``).
It runs as its own project template sets it up for production, with the limit of its rate switched off, on the same
PostgreSQL, by the same gunicorn with two workers of four threads. Into one discussion of 1,000 comments (Spirit's are
flat, 20 on a page) eight writers post at once for two hundred members, by requests as a browser sends them that has the
form already; then one visitor's browser after another asks for the page, sixteen at a time.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from benchmarks import floors
from benchmarks.posting import EACH, WORDS, WRITERS, crowd, groups_of, request_of, stored
from benchmarks.scratch import median, print_table, scratch_database
from benchmarks.serving import HEAD, collect_static, load
from tests import services

COMMENTS = 1_000
SETTINGS = """
from .prod import *
DEBUG = False
SECRET_KEY = "only for this run"
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600} | NAMED}
ST_RATELIMIT_ENABLE = False
ST_SITE_URL = "http://127.0.0.1/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = False
LOGGING = {"version": 1, "disable_existing_loggers": True}
"""
# What Spirit's own interpreter does: members, a topic, its comments by Spirit's own models; prints what to ask with.
SEED = """
import json, sys, django
django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from spirit.category.models import Category
from spirit.comment.models import Comment
from spirit.core.utils.markdown import Markdown
from spirit.topic.models import Topic
members, comments, words = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
people = [get_user_model().objects.create_user(f"member{n}", f"m{n}@example.org", "x") for n in range(members)]
topic = Topic.objects.create(title="A topic", category=Category.objects.create(title="A category"), user=people[0])
html = Markdown().render(words)
Comment.objects.bulk_create(
    Comment(user=people[n % members], topic=topic, comment=words, comment_html=html) for n in range(comments)
)
Topic.objects.filter(pk=topic.pk).update(comment_count=comments)
keys = []
for one in people:
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(one.pk), one.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "spirit.user.auth.backends.UsernameAuthBackend"
    session.create()
    keys.append(session.session_key)
print(json.dumps({"topic": topic.pk, "address": topic.get_absolute_url(), "sessions": keys}))
"""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Post into Spirit and into ours.")
    parser.add_argument("python", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    with scratch_database("postgresql") as words, tempfile.TemporaryDirectory() as folder:
        from django.db import connection

        discussion, people = ours(Path(folder))
        before, address = stored([discussion]), ours_address(discussion)
        collect_static(Path(folder))
        connection.close()
        with floors.web_server(Path(folder)) as port, spirit(asked.python.absolute(), Path(folder)) as (other, known):
            runs: dict = {}
            writers = [list(range(start, WRITERS * EACH, WRITERS)) for start in range(WRITERS)]
            for _ in range(asked.rounds):
                for name, work in {
                    ("a reply", "ours"): partial(crowd, request_of(port), [discussion], people, asked.seconds),
                    ("a reply", "Spirit"): partial(crowd, reply_to(other, known), [discussion], writers, asked.seconds),
                    ("the page", "ours"): partial(load, port, address, HEAD, Path(folder), asked.seconds),
                    ("the page", "Spirit"): partial(load, other, known["address"], HEAD, Path(folder), asked.seconds),
                }.items():
                    runs.setdefault(name, []).append(work())
            posted = sum(found[3] for found in runs["a reply", "ours"])
            print_table(f"In turns, {asked.seconds:g} s x {asked.rounds}, {words}", COLUMNS, table(runs))
            print(f"\nOurs lost {before + posted - stored([discussion])} of {posted} replies.")


COLUMNS = ["what", "where", "a second", "of rounds", "beside Spirit's", "p50 ms", "p95 ms"]


def table(runs: dict) -> list[list]:
    rows = []
    for (what, where), each in runs.items():
        rate, p50, p95 = (median(list(values)) for values in list(zip(*each, strict=True))[:3])
        rates = [found[0] for found in each]
        beside = rate / median([found[0] for found in runs[what, "Spirit"]])
        rows.append([what, where, rate, f"{min(rates):,.0f}–{max(rates):,.0f}", f"{beside:.2f}", p50, p95])
    return rows


# -- Ours --------------------------------------------------------------------------------------------------------


def ours(folder: Path) -> tuple[int, list[list[int]]]:
    """A story whose discussion has as many comments, and members who may post without limit."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from benchmarks.seed_site import Bulk
    from comments.models import Discussion
    from stories.models import Story
    from tests.factories import UNLIMITED, a_member, a_policy

    now = timezone.now()
    Bulk(connection, folder, record=COMMENTS, began=now - timedelta(days=4)).grow_to(COMMENTS)
    a_policy(now=now, **UNLIMITED)
    people = groups_of([a_member(now=now) for _ in range(WRITERS * EACH)])
    discussion = Discussion.objects.order_by("-comment_count").first()
    assert Story.objects.filter(discussion=discussion).exists(), "The discussion belongs to no story."
    return discussion.pk, people


def ours_address(discussion: int) -> str:
    from stories.models import Story

    return Story.objects.get(discussion=discussion).get_absolute_url()


# -- Spirit ------------------------------------------------------------------------------------------------------


@contextmanager
def spirit(python: Path, folder: Path) -> Iterator[tuple[int, dict]]:
    """The port of Spirit on a database of its own, and what its seed told."""
    import json

    from django.db import connection

    name, site = f"{connection.settings_dict['NAME']}_spirit", folder / "spirit"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()  # the writers are copies of this process
    try:
        site.mkdir()
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(folder), "DJANGO_SETTINGS_MODULE": "mysite.settings.measured"}

        def run(*command) -> str:
            words = list(map(str, command))
            done = subprocess.run(words, env=environment, cwd=site, capture_output=True, text=True, check=False)
            return done.stdout if done.returncode == 0 else sys.exit(done.stdout + done.stderr)

        run(python.parent / "spirit", "startproject", "mysite", "--path", site)
        to = connection.settings_dict
        named = {key: to[key] for key in ("USER", "PASSWORD", "HOST", "PORT")} | {"NAME": name}
        named["HOST"] = to["OPTIONS"].get("host") or named["HOST"]
        (site / "mysite/settings/measured.py").write_text(SETTINGS.replace("NAMED", repr(named)))
        for command in (["migrate", "-v0"], ["createcachetable"], ["collectstatic", "--noinput", "-v0"]):
            run(python, "manage.py", *command)
        known = json.loads(run(python, "-c", SEED, WRITERS * EACH, COMMENTS, WORDS).splitlines()[-1])
        port = services.free_port()
        serve = [
            "-m",
            "gunicorn",
            "mysite.wsgi",
            "--workers",
            "2",
            "--threads",
            "4",
            "--keep-alive",
            "0",
            "--bind",
            f"127.0.0.1:{port}",
        ]
        with (folder / "spirit.log").open("wb") as log:
            server = subprocess.Popen([str(python), *serve], env=environment, cwd=site, stdout=log, stderr=log)
        try:
            services.wait_for(lambda: fetch(port, known["address"]), OSError, folder / "spirit.log")
            yield port, known
        finally:
            server.terminate()
            server.wait()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def reply_to(port: int, known: dict):
    """Post as a browser does that has the form already: over a kept connection, with cookie and token."""
    lines: dict = {}  # one for each writer, as writers are processes

    def way(number: int):
        cookie = f"csrftoken={'t' * 32}; sessionid={known['sessions'][number]}"
        head = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        line = lines.setdefault(port, HTTPConnection("127.0.0.1", port, timeout=60))

        def post(discussion: int, parent: int, said: str) -> None:
            form = {"comment": said, "csrfmiddlewaretoken": "t" * 32}
            line.request("POST", f"/comment/{known['topic']}/publish/", urlencode(form), head)
            answer = line.getresponse()
            page = answer.read()
            if answer.status != 302:
                raise SystemExit(f"Spirit answered {answer.status}: {page[:300]}")

        return post

    return way


def fetch(port: int, address: str) -> int:
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", address, headers={"Accept-Encoding": "gzip"})
    answer = line.getresponse()
    size = len(answer.read())
    if answer.status != 200:
        raise OSError(f"{address} was answered {answer.status}")
    return size


if __name__ == "__main__":
    main(sys.argv[1:])

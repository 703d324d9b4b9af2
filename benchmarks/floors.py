"""What no site can beat: a bare INSERT and a counter on the same database; and the server that ``make serve`` runs."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tests import services

BODY = "x" * 522  # bytes, as the mean comment of the corpus
SCRIPT = f"""\\set place random(1, :places)
BEGIN;
INSERT INTO floor_post (place, body) VALUES (:place, '{BODY}');
UPDATE floor_place SET posts = posts + 1 WHERE id = :place;
END;
"""


def prepare(places: int) -> None:
    """Two tables of the floor's own in the same database."""
    number = "bigserial" if connection.vendor == "postgresql" else "integer"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE floor_place (id integer PRIMARY KEY, posts integer NOT NULL)")
        cursor.execute(f"CREATE TABLE floor_post (id {number} PRIMARY KEY, place integer NOT NULL, body text NOT NULL)")
        cursor.executemany("INSERT INTO floor_place VALUES (%s, 0)", [(one,) for one in range(1, places + 1)])
        cursor.execute("ANALYZE")
    connection.close()


def run(places: int, writers: int, seconds: float) -> tuple[float, float, float, int]:
    """(posts/s, median ms, ms that 95 of 100 stay under, posts) on the first so many places."""
    bare = _by_pgbench if connection.vendor == "postgresql" else _by_sqlite
    times = sorted(bare(places, writers, seconds))
    return len(times) / seconds, times[len(times) // 2], times[len(times) * 95 // 100], len(times)


def pgbench() -> str:
    beside = services.postgresql_programs()[0] / "pgbench"
    others = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    found = shutil.which("pgbench") or next((str(one) for one in (*others[-1:], beside) if one.exists()), None)
    return found or sys.exit("There is no pgbench here: it comes with PostgreSQL's server or contrib package.")


def _by_pgbench(places: int, writers: int, seconds: float) -> list[float]:
    to = connection.settings_dict
    place = {"PGHOST": to["HOST"], "PGPORT": to["PORT"], "PGUSER": to["USER"], "PGPASSWORD": to["PASSWORD"]}
    host = to["OPTIONS"].get("host")
    environment = os.environ | {name: str(value) for name, value in place.items() if value}
    environment |= {"PGHOST": host} if host else {}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.sql"
        script.write_text(SCRIPT)
        command = [pgbench(), "-n", "-M", "prepared", "-c", writers, "-j", 2, "-T", round(seconds), "-f", script]
        command += ["-D", f"places={places}", "-l", "--log-prefix", f"{folder}/log", to["NAME"]]
        subprocess.run(list(map(str, command)), env=environment, check=True, capture_output=True)
        logs = [line.split() for log in Path(folder).glob("log*") for line in log.read_text().splitlines()]
    return [int(line[2]) / 1000 for line in logs]


def _by_sqlite(places: int, writers: int, seconds: float) -> list[float]:
    fork = get_context("fork")
    ready, answers = fork.Barrier(writers), fork.Queue()
    share = (connection.settings_dict, places, seconds, ready, answers)
    crowd = [fork.Process(target=_bare_writer, args=share, daemon=True) for _ in range(writers)]
    for one in crowd:
        one.start()
    return [time for _ in crowd for time in answers.get(timeout=60 + 10 * seconds)]


def _bare_writer(to: dict, places: int, seconds: float, ready, answers) -> None:
    import random
    import sqlite3

    own = sqlite3.connect(to["NAME"], timeout=to["OPTIONS"]["timeout"], isolation_level=None)
    own.executescript(to["OPTIONS"]["init_command"])
    chance, times = random.Random(os.getpid()), []
    ready.wait()
    end = time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        place = chance.randint(1, places)
        own.execute("BEGIN IMMEDIATE")
        own.execute("INSERT INTO floor_post (place, body) VALUES (?, ?)", (place, BODY))
        own.execute("UPDATE floor_place SET posts = posts + 1 WHERE id = ?", (place,))
        own.execute("COMMIT")
        times.append(1000 * (time.perf_counter() - started))
    answers.put(times)


# -- The web server ----------------------------------------------------------------------------------------------


@contextmanager
def web_server(folder: Path, application: str = "forum.wsgi:application", **more: str) -> Iterator[int]:
    """The port of the site served as by ``make serve``, with two workers, on this database; or of another application.

    ``more`` goes into its environment.
    """
    port = services.free_port()
    rule = re.search(r"^GUNICORN := (.+)$", Path("Makefile").read_text(), re.MULTILINE)
    serve = rule[1].replace("forum.wsgi:application", application).split()
    command = [sys.executable, "-m", *serve, "--bind", f"127.0.0.1:{port}"]
    environment = os.environ | {"DATABASE_URL": address(), "WEB_CONCURRENCY": "2", "STATIC_ROOT": str(folder)} | more
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        services.wait_for(lambda: _answers(port), OSError, folder / "server.log")
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> None:
    from http.client import HTTPConnection

    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", "/healthz")
    if line.getresponse().status != 200:
        raise OSError("not yet")


def address() -> str:
    """This process's database as an address."""
    to = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{to['NAME']}"
    query = f"?host={quote(to['OPTIONS']['host'])}" if to["OPTIONS"].get("host") else ""
    port = f":{to['PORT']}" if to["PORT"] else ""
    return f"postgres://{quote(to['USER'])}:{quote(to['PASSWORD'])}@{to['HOST']}{port}/{to['NAME']}{query}"


def signed_in(member_id: int) -> str:
    """The cookie of a fresh session of this member."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from forum.accounts.models import User

    member, session = User.objects.get(pk=member_id), SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(member.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = member.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"

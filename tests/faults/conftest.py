"""A whole site in processes of its own: web server, worker and beat, and a Redis that a test may take away."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings

from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
WEB = "gunicorn forum.wsgi:application --worker-class gthread --threads 4 --keep-alive 0 --no-control-socket"
WORKER = (
    "celery -A tests.faults.quick:app worker --beat --concurrency 2 --loglevel INFO --without-gossip --without-mingle"
)
INPUT = re.compile(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"')
SECONDS_TO_START = 60


@dataclass
class Answers:
    """What a reader's browser was answered: statuses and seconds."""

    statuses: Counter = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def p95(self) -> float:
        return sorted(self.seconds)[int(0.95 * (len(self.seconds) - 1))]


class Reader:
    """A browser without a name: follows redirects, keeps cookies, notes every answer."""

    def __init__(self, address: str, answers: Answers):
        self.address, self.answers = address, answers
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        return self._ask(path, None)

    def reply(self, path: str, subject: str) -> None:
        """Fetch the form and send it, as a browser without JavaScript does."""
        form = dict(INPUT.findall(self.get(path)))
        said = {"subject": subject, "body": "Some words.", "markup": "plain", "key": form["key"]}
        self._ask(path, urlencode(said | {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]}).encode())

    def _ask(self, path: str, form: bytes | None) -> str:
        began = time.monotonic()
        try:
            with self.opener.open(self.address + path, form, timeout=30) as answer:
                page = answer.read().decode()
            self.answers.statuses[answer.status] += 1
            return page
        except OSError as problem:
            self.answers.statuses[str(problem)] += 1
            raise
        finally:
            self.answers.seconds.append(time.monotonic() - began)


@dataclass
class Stage:
    """The running site."""

    redis: services.RedisServer
    address: str
    mail: Path
    worker_log: Path
    worker: subprocess.Popen | None = None

    def message_ids(self) -> Counter:
        """How often each letter was sent."""
        letters = "".join(path.read_text() for path in self.mail.glob("*.log"))
        return Counter(re.findall(r"^Message-ID: (\S+)", letters, re.M))

    def forget_mail(self) -> None:
        for path in self.mail.glob("*.log"):
            path.unlink()


@contextmanager
def running(command: list[str], surroundings: dict, log: Path):
    """A process group of our own, ended with all its children."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | surroundings,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        services.end(process, signal.SIGTERM)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def wait_until(is_so, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not is_so():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.1)


def answers_at(address: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=2):
        return True
    return False


@pytest.fixture(scope="module")
def stage(django_db_setup):
    """The site on the test's own database; made once for the tests of a module."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(services.private_folder())
            redis = stack.enter_context(services.running_redis(folder))
        except services.NotHere as reason:
            pytest.skip(str(reason))
        site = Stage(redis, f"http://127.0.0.1:{services.free_port()}", folder / "mail", folder / "worker.log")
        site.mail.mkdir()
        surroundings = {
            "DATABASE_URL": services.beside(os.environ["DATABASE_URL"], settings.DATABASES["default"]["NAME"]),
            "REDIS_URL": redis.url,
            "EMAIL_URL": f"filemail://{site.mail}",
            "DEBUG": "true",
            "LOG_LEVEL": "INFO",
        }
        web = [*WEB.split(), "--bind", site.address.removeprefix("http://")]
        stack.enter_context(running(web, surroundings, folder / "web.log"))
        worker = [*WORKER.split(), "--schedule", str(folder / "beat")]
        site.worker = stack.enter_context(running(worker, surroundings, site.worker_log))
        wait_until(lambda: answers_at(site.address), folder / "web.log")
        wait_until(lambda: " ready." in site.worker_log.read_text(), site.worker_log)
        yield site

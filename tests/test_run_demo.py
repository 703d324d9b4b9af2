"""The example community: made once, complete, served on this machine alone, and gone with one signal."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from comments.models import Comment, Discussion
from forum.accounts.models import KarmaChange, StaffAct, User
from forum.first_start import make_settings_file
from forum.management import demo
from forum.management.serving import check_port
from forum.notifications.models import Notification
from moderation.models import Moderation, PointGrant
from stories.models import ArchivedArticle, Section, Story, Topic
from tests.services import free_port
from tests.surroundings import SQLITE

ROOT = Path(__file__).resolve().parent.parent
TABLES = (Comment, Discussion, User, KarmaChange, StaffAct, Notification, Moderation, PointGrant, Story, Section, Topic)


@pytest.fixture
def debug(settings):
    settings.DEBUG = True


def run(*arguments, stories=0) -> str:
    out = io.StringIO()
    call_command("run_demo", "--no-serve", f"--stories={stories}", *arguments, stdout=out)
    return out.getvalue()


def counts():
    return {table.__name__: table.objects.count() for table in TABLES}


@pytest.mark.django_db
def test_the_second_time_makes_nothing_more(debug):
    run()
    made = counts()
    run()
    assert counts() == made
    assert min(made.values()) > 0


@pytest.mark.django_db
def test_it_says_who_can_sign_in_and_where_the_records_are(debug):
    words = run("--port", "8123")
    assert "http://localhost:8123/" in words
    assert demo.PASSWORD in words
    assert "Edith" in words
    assert "The records are in" in words


@pytest.mark.django_db
def test_everybody_it_names_can_sign_in(debug):
    run()
    assert all(authenticate(username=one.name, password=demo.PASSWORD) for one in demo.ACCOUNTS)
    assert [one.username for one in User.objects.filter(is_staff=True)] == [demo.EDITOR.name]


@pytest.mark.django_db
def test_the_moderator_has_points_karma_and_news(debug):
    run()
    moderator = User.objects.get(username=demo.MODERATOR.name)
    assert moderator.point_grants.get().points_left == 5
    assert moderator.karma == 31  # and one point of it was earned
    assert moderator.notifications.count() == 2


@pytest.mark.django_db
def test_points_that_were_spent_or_have_expired_are_made_good(debug):
    run()
    PointGrant.objects.update(points_expired=5, points_left=0)
    run()
    assert User.objects.get(username=demo.MODERATOR.name).point_grants.count() == 2


@pytest.mark.django_db
def test_the_archived_story_is_there_and_every_record_is_sound(debug):
    run()
    assert ArchivedArticle.objects.get().source_id == demo.SEED.stem
    call_command("check_site", stdout=io.StringIO())


@pytest.mark.django_db
def test_others_live_beside_them_and_nobody_can_be_one_of_those(debug):
    run(stories=1)
    assert Story.objects.latest("published_at").title == demo.TITLE
    assert User.objects.count() > len(demo.ACCOUNTS) + 30
    able = [one.username for one in User.objects.all() if one.has_usable_password()]
    assert sorted(able) == sorted(one.name for one in demo.ACCOUNTS)
    assert User.objects.get(username=demo.MODERATOR.name).notifications.count() == 2


@pytest.mark.django_db
def test_a_real_site_is_refused_in_words_and_gets_no_account():
    with pytest.raises(CommandError, match="DEBUG=true"):
        run()
    assert not User.objects.exists()


@pytest.mark.parametrize("typed", ["x", "0", "65536", "-1", "8000x", "²"])
def test_a_port_that_is_none_is_refused_in_words(typed):
    with pytest.raises(CommandError, match="is no port"):
        call_command("run_demo", f"--port={typed}")


def test_a_port_that_is_taken_is_named_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {port} cannot be used .* make run PORT={port + 1}"):
            check_port(port)


# -- The first start -----------------------------------------------------------------------------------------------


def test_the_first_start_writes_a_secret_of_its_own(tmp_path):
    path = make_settings_file(tmp_path, {})
    lines = path.read_text().splitlines()
    assert lines[2] == "DEBUG=true"
    assert len(lines[1].removeprefix("SECRET_KEY=")) > 50
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_machines_have_two_secrets(tmp_path):
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    assert len({make_settings_file(folder, {}).read_text() for folder in folders}) == 2


def test_settings_that_are_there_are_left_alone(tmp_path):
    (tmp_path / ".env").write_text("SECRET_KEY=mine\n")
    assert make_settings_file(tmp_path, {}) is None
    assert (tmp_path / ".env").read_text() == "SECRET_KEY=mine\n"


def test_a_key_in_the_environment_needs_no_file(tmp_path):
    assert make_settings_file(tmp_path, {"SECRET_KEY": "x"}) is None
    assert not list(tmp_path.iterdir())


# -- Serving -------------------------------------------------------------------------------------------------------


@contextmanager
def a_running_demo(folder: Path, port: int):
    given = {"DEBUG": "true", "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3", "REDIS_URL": "", "PORT": str(port)}
    given |= {"ALLOWED_HOSTS": "", "SITE_URL": ""}
    log = (folder / "log").open("w+")
    command = [sys.executable, "manage.py", "run_demo", "--stories=0"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | given, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill() if process.poll() is None else None
        process.wait()
        log.close()


def page(port: int, path: str, seconds: float = 60) -> tuple[int, str]:
    """The status and the text of a page, waiting until the server is there."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def wait_for_words(words: str, log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while words not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.mark.lane(SQLITE)
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_serves_pages_and_styles_and_ends_when_told(tmp_path, ending):
    port = free_port()
    with a_running_demo(tmp_path, port) as process:
        status, front = page(port, "/")
        assert status == 200
        assert demo.TITLE in front
        assert page(port, "/static/css/base.css")[0] == 200
        wait_for_words("Ready", tmp_path / "log")
        process.send_signal(ending)
        assert process.wait(timeout=30) == 0
    assert "Ended." in (tmp_path / "log").read_text()
    assert not answers(port)

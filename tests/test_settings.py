"""The environment: every value that makes no sense stops the start with words, and what is absent is safe."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import environ
import pytest

from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)
ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "forum" / "settings.py"
KEY = "a-key-for-this-test-that-is-long-enough-for-a-real-site-0123456789"
# What the containers and make read, and the settings do not.
OTHERS = {"SITE_DOMAIN", "POSTGRES_PASSWORD", "WEB_CONCURRENCY", "PORT"}
NAMES = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)) - OTHERS

SENSELESS = [
    ("DEBUG", "maybe", "true or false"),
    ("DEBUG", "2", "true or false"),
    ("SECRET_KEY", "", "not set"),
    ("SECRET_KEY", "short", "too short"),
    ("SITE_URL", "forum.example.org", "begins with http"),
    ("SITE_URL", "ftp://forum.example.org", "begins with http"),
    ("SITE_URL", "https://", "host"),
    ("SITE_URL", "https://forum.example.org:port", "begins with http"),
    ("SITE_URL", "https://forum.example.org/forum", "path"),
    ("ALLOWED_HOSTS", "https://forum.example.org", "host names"),
    ("ALLOWED_HOSTS", "forum.example.org:443", "host names"),
    ("CSRF_TRUSTED_ORIGINS", "forum.example.org", "origins"),
    ("DATABASE_URL", "mysql://somebody@host/name", "begins with sqlite"),
    ("DATABASE_URL", "postgres://somebody@host:port/name", "begins with sqlite"),
    ("DATABASE_URL", "just words", "begins with sqlite"),
    ("DATABASE_URL", "postgres://somebody@host/", "name"),
    ("DATABASE_POOL_MIN", "-1", "at least 0"),
    ("DATABASE_POOL_MIN", "many", "whole number"),
    ("DATABASE_POOL_MIN", "9", "DATABASE_POOL_MAX"),
    ("DATABASE_POOL_MAX", "0", "at least 1"),
    ("DATABASE_POOL_MAX", "1.5", "whole number"),
    ("DATABASE_PREPARES", "sometimes", "true or false"),
    ("REDIS_URL", "localhost:6379", "begins with redis"),
    ("REDIS_URL", "http://localhost:6379", "begins with redis"),
    ("REDIS_URL", "redis://localhost:port/0", "begins with redis"),
    ("REDIS_URL", "redis://localhost:6379/zero", "number"),
    ("EMAIL_URL", "mail.example.org", "begins with smtp"),
    ("EMAIL_URL", "smtp://mail.example.org:port", "begins with smtp"),
    ("DEFAULT_FROM_EMAIL", "nobody", "address"),
    ("DEFAULT_FROM_EMAIL", "a@example.org\nBcc: b@example.org", "address"),
    ("STAFF_SECOND_FACTOR", "for some", "true or false"),
    ("SIGN_IN_WITH", "github.com", "addresses such as"),
    ("SIGN_IN_WITH", "github://id@", "addresses such as"),
    ("SIGN_IN_WITH", "myspace://id:secret@", "addresses such as"),
    ("SIGN_IN_WITH", "openid://id:secret@", "addresses such as"),
    ("TIME_ZONE", "Mars/Olympus", "Europe/Berlin"),
    ("LANGUAGE_CODE", "tlh-klingon", "language"),
    ("LOG_LEVEL", "LOUD", "WARNING"),
    ("SECURE_SSL_REDIRECT", "perhaps", "true or false"),
    ("BEHIND_PROXY", "yes please", "true or false"),
    ("SECURITY_CONTACT", "security@example.org", "mailto:"),
    ("SECURITY_CONTACT", "mailto:a@example.org\nPolicy: https://evil.example", "mailto:"),
    ("PROXY_COUNT", "none", "whole number"),
]
ANYTHING_GOES = {"SITE_NAME", "STATIC_ROOT"}


@pytest.fixture
def settings_of(monkeypatch):
    """The settings as read from these variables and no others, as a dictionary. Raises SystemExit with the words."""

    def read(**variables):
        for name in NAMES | OTHERS:
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"SECRET_KEY": KEY} | variables).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(environ.Env, "read_env", lambda *_: None)
        return runpy.run_path(str(SETTINGS))

    return read


def refusal(settings_of, **variables) -> str:
    with pytest.raises(SystemExit) as end:
        settings_of(**variables)
    return str(end.value)


@pytest.mark.parametrize(("name", "value", "words"), SENSELESS)
def test_a_senseless_value_stops_the_start_with_its_name_and_words(settings_of, name, value, words):
    others = {"DATABASE_URL": "postgres:///site"} if name.startswith("DATABASE_P") else {}
    told = refusal(settings_of, **others | {name: value})
    assert told.startswith("Threshold cannot start: ")
    assert name in told
    assert words in told


def test_every_variable_is_tried():
    assert {name for name, *_ in SENSELESS} | ANYTHING_GOES == NAMES


@pytest.mark.parametrize("name", sorted(NAMES - {"SECRET_KEY"}))
def test_a_variable_left_empty_is_the_same_as_an_absent_one(settings_of, name):
    empty, absent = settings_of(**{name: ""}), settings_of()
    assert {key for key in absent if key.isupper() and empty[key] != absent[key]} == set()


@pytest.mark.parametrize(("value", "prepares"), [("", True), ("true", True), ("false", False)])
def test_postgresql_prepares_what_it_is_asked_often_unless_a_pooler_forbids_it(settings_of, value, prepares):
    options = settings_of(DATABASE_URL="postgres:///site", DATABASE_PREPARES=value)["DATABASES"]["default"]["OPTIONS"]
    assert ("server_side_binding" in options, "prepare_threshold" in options) == (prepares, prepares)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "EMAIL_URL"])
def test_a_password_in_a_refused_address_is_not_repeated(settings_of, name):
    assert "s3cret" not in refusal(settings_of, **{name: "gopher://somebody:s3cret@host/name"})


def test_a_secret_of_another_site_is_not_repeated(settings_of):
    assert "s3cret" not in refusal(settings_of, SIGN_IN_WITH="gopher://id:s3cret@host")


def test_other_sites_to_sign_in_through_are_named_as_allauth_wants_them(settings_of):
    server = "openid://an%40id:s3cret@login.example.org/realms/forum?name=Our%20firm"
    found = settings_of(SIGN_IN_WITH=f"github://one:two@ {server}")
    assert found["SOCIALACCOUNT_PROVIDERS"]["github"]["APPS"] == [{"client_id": "one", "secret": "two"}]
    (app,) = found["SOCIALACCOUNT_PROVIDERS"]["openid_connect"]["APPS"]
    assert (app["client_id"], app["name"], app["provider_id"]) == ("an@id", "Our firm", "login.example.org")
    assert app["settings"] == {"server_url": "https://login.example.org/realms/forum"}
    assert "allauth.socialaccount.providers.github" in found["INSTALLED_APPS"]


@pytest.mark.parametrize("value", ["maybe", None])
def test_the_start_ends_without_a_traceback(value):
    given = {"SECRET_KEY": KEY, "DEBUG": value} if value else {"SECRET_KEY": "", "DEBUG": ""}
    command = [sys.executable, "manage.py", "check"]
    asked = subprocess.run(command, cwd=ROOT, env=os.environ | given, capture_output=True, text=True, check=False)
    assert asked.returncode == 1
    assert asked.stderr.startswith("Threshold cannot start: ")
    assert len(asked.stderr.splitlines()) == 1


# -- Safe when absent ----------------------------------------------------------------------------------------------


def test_what_is_absent_is_safe(settings_of):
    found = settings_of()
    assert found["DEBUG"] is False
    assert found["SECRET_KEY"] == KEY
    assert found["ALLOWED_HOSTS"] == ["localhost"]
    assert found["SECURE_PROXY_SSL_HEADER"] is None
    assert found["STAFF_SECOND_FACTOR"] is True
    assert found["SOCIALACCOUNT_PROVIDERS"] == {}
    assert found["SESSION_COOKIE_HTTPONLY"]
    assert found["CSRF_COOKIE_HTTPONLY"]


def test_an_address_with_https_makes_cookies_and_redirects_secure(settings_of):
    found = settings_of(SITE_URL="https://forum.example.org")
    wanted = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    assert all(found[name] for name in wanted)
    assert found["ALLOWED_HOSTS"] == ["forum.example.org"]


def test_a_site_with_https_passes_djangos_own_deployment_check():
    given = {"SECRET_KEY": KEY, "DEBUG": "", "SITE_URL": "https://forum.example.org", "ALLOWED_HOSTS": ""}
    given |= {"DATABASE_URL": "", "REDIS_URL": "", "EMAIL_URL": "smtp://localhost:25", "LOG_LEVEL": "WARNING"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    asked = subprocess.run(command, cwd=ROOT, env=os.environ | given, capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_without_redis_jobs_need_no_service_and_with_it_they_have_a_worker(settings_of):
    assert settings_of()["CELERY_TASK_ALWAYS_EAGER"]
    found = settings_of(REDIS_URL="redis://localhost:6379/3")
    assert (found["CELERY_TASK_ALWAYS_EAGER"], found["CELERY_BROKER_URL"]) == (False, "redis://localhost:6379/3")


def test_a_name_with_commas_is_still_a_sender(settings_of):
    assert settings_of(SITE_NAME="News, old and new")["DEFAULT_FROM_EMAIL"] == '"News, old and new" <noreply@localhost>'


def test_letters_are_filed_in_the_folder_that_was_named(settings_of):
    assert settings_of(EMAIL_URL="filemail:///srv/mail")["EMAIL_FILE_PATH"] == "/srv/mail"


def test_a_redis_in_the_file_system_is_called_as_the_queue_calls_it(settings_of):
    assert settings_of(REDIS_URL="unix:///run/redis.sock")["CELERY_BROKER_URL"] == "redis+socket:///run/redis.sock"


def test_a_job_ends_before_the_queue_gives_it_to_another_worker(settings_of):
    found = settings_of()
    visibility = found["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"]
    assert found["CELERY_TASK_SOFT_TIME_LIMIT"] < found["CELERY_TASK_TIME_LIMIT"] < visibility


def test_a_post_waits_for_the_queue_no_longer_than_a_moment(settings_of):
    found = settings_of()["BROKER_PUBLISH_OPTIONS"]
    assert found["socket_timeout"] == found["socket_connect_timeout"] <= 0.4
    assert found["max_retries"] == 0

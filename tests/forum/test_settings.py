"""What the environment makes of the site, each case in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "only-for-this-test-and-long-enough-to-be-taken-0123456789"
ASK = "import json, sys; from forum import settings as s; print(json.dumps([getattr(s, n) for n in sys.argv[1:]]))"


def started(*asked: str, **environment: str) -> subprocess.CompletedProcess:
    """Read the settings with these variables alone and print the ones asked for."""
    # An empty value keeps a developer's own .env from speaking.
    names = [line.split("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line]
    clean = dict.fromkeys(names, "") | {"SECRET_KEY": SECRET, "PATH": os.environ["PATH"]} | environment
    command = [sys.executable, "-c", ASK, *asked]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)


def setting(name: str, **environment: str):
    return json.loads(started(name, **environment).stdout)[0]


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("SECRET_KEY", "short", "SECRET_KEY is too short"),
        ("DEBUG", "maybe", "DEBUG is 'maybe', but it must be true or false"),
        ("SITE_URL", "example.org", "SITE_URL must be an address that begins with http:// or https://"),
        ("CSRF_TRUSTED_ORIGINS", "example.org", "CSRF_TRUSTED_ORIGINS must be origins such as"),
        ("TIME_ZONE", "Mars", "TIME_ZONE is 'Mars', but it must be a name such as"),
        ("LANGUAGE_CODE", "klingon", "LANGUAGE_CODE is 'klingon', but it must be a language"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must be an address that begins with sqlite://"),
        ("REDIS_URL", "http://x", "REDIS_URL must be an address that begins with redis://"),
        ("EMAIL_URL", "mail.example.org", "EMAIL_URL must be an address that begins with smtp://"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'LOUD', but it must be DEBUG"),
        ("SECURE_SSL_REDIRECT", "perhaps", "SECURE_SSL_REDIRECT is 'perhaps', but it must be true or false"),
        ("BEHIND_PROXY", "2", "BEHIND_PROXY is '2', but it must be true or false"),
        ("PROXY_COUNT", "0", "PROXY_COUNT is 0, but it must be at least 1"),
    ],
)
def test_a_malformed_value_stops_the_start_with_one_sentence(variable, value, complaint):
    stopped = started("DEBUG", **{variable: value})
    assert stopped.returncode == 1
    assert stopped.stderr.startswith(f"Threshold cannot start: {complaint}")
    assert stopped.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("least", "most", "complaint"),
    [
        ("1", "0", "DATABASE_POOL_MAX is 0, but it must be at least 1"),
        ("few", "8", "DATABASE_POOL_MIN is 'few', but it must be a whole number"),
        ("9", "8", "DATABASE_POOL_MIN is larger than DATABASE_POOL_MAX"),
    ],
)
def test_a_pool_that_cannot_be_stops_the_start(least, most, complaint):
    pool = {"DATABASE_POOL_MIN": least, "DATABASE_POOL_MAX": most}
    stopped = started("DEBUG", DATABASE_URL="postgres://u@localhost/x", **pool)
    assert stopped.stderr.startswith(f"Threshold cannot start: {complaint}")


def test_an_address_with_a_password_is_never_repeated():
    assert "geheim" not in started("DEBUG", DATABASE_URL="postgress://u:geheim@localhost/x").stderr


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("DEBUG", False),
        ("SITE_NAME", "Threshold"),
        ("LANGUAGE_CODE", "en"),
        ("TIME_ZONE", "UTC"),
        ("LOG_LEVEL", "INFO"),
        ("STATIC_ROOT", str(ROOT / "staticfiles")),
        ("DEFAULT_FROM_EMAIL", "Threshold <noreply@localhost>"),
        ("ALLOWED_HOSTS", ["localhost"]),
    ],
)
def test_a_line_left_empty_as_in_the_example_file_is_the_default(name, default):
    assert setting(name) == default


def test_an_https_address_makes_cookies_and_redirects_safe_by_itself():
    asked = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT")
    assert json.loads(started(*asked, SITE_URL="https://forum.example.org").stdout) == [True, True, True]


def test_behind_a_proxy_each_visitor_has_an_address_of_their_own():
    assert setting("ALLAUTH_TRUSTED_PROXY_COUNT", BEHIND_PROXY="true") == 1
    assert setting("ALLAUTH_TRUSTED_PROXY_COUNT", BEHIND_PROXY="true", PROXY_COUNT="2") == 2


def test_without_a_proxy_no_visitor_can_claim_an_address():
    assert setting("ALLAUTH_TRUSTED_PROXY_COUNT") == 0


def logged(speak: str, **environment: str) -> str:
    """What stands in the log after these lines of Python."""
    code = f"import django, logging; django.setup(); {speak}"
    # An empty value keeps a developer's own .env from speaking.
    clean = {"SECRET_KEY": SECRET, "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "forum.settings"} | environment
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stderr


def test_a_foreign_host_is_not_written_down():
    assert "evil" not in logged("logging.getLogger('django.security.DisallowedHost').error('evil')")


def test_djangos_own_words_keep_to_the_level():
    speak = "logging.getLogger('django.request').{}('spoken')"
    assert "spoken" not in logged(speak.format("warning"), LOG_LEVEL="ERROR")
    assert "spoken" in logged(speak.format("debug"), LOG_LEVEL="DEBUG")

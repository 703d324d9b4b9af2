"""The surroundings of a test run, loaded by pytest before the settings are read (``-p tests.surroundings``).

A test run never reads a developer's own ``.env``: every variable of the settings is given here or stays as the
caller set it. The lane is named by THRESHOLD_LANE, which tests/lanes.py sets; a plain ``pytest`` works it out.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

SQLITE, SERVERS, BROWSER = "sqlite", "postgresql+redis", "browser"
LANES = (SQLITE, SERVERS, BROWSER)
PLAIN = {
    "SECRET_KEY": "only-for-the-tests-and-known-to-everyone-who-reads-them",
    "DEBUG": "false",
    "SITE_NAME": "Threshold",
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "TIME_ZONE": "UTC",
    "LANGUAGE_CODE": "en",
    # Only the tests of it ask staff for one: the others are of what staff do afterwards.
    "STAFF_SECOND_FACTOR": "false",
    "LOG_LEVEL": "WARNING",
    "DEFAULT_FROM_EMAIL": "Threshold <noreply@testserver>",
}
EMPTY = ("CSRF_TRUSTED_ORIGINS", "EMAIL_URL", "SECURE_SSL_REDIRECT", "BEHIND_PROXY", "SIGN_IN_WITH")


def lane_of(environment: dict[str, str], arguments: list[str]) -> str:
    """The lane named by THRESHOLD_LANE; otherwise told from the paths asked for and from DATABASE_URL."""
    named = environment.get("THRESHOLD_LANE")
    if named:
        return named
    if any("tests/browser" in argument for argument in arguments if not argument.startswith("-")):
        return BROWSER
    return SERVERS if environment.get("DATABASE_URL", "").startswith("postgres") else SQLITE


def surround(environment: dict[str, str], lane: str) -> None:
    """Write what the settings will read into ``environment``."""
    if lane not in LANES:
        raise pytest.UsageError(f"THRESHOLD_LANE is {lane!r}; it must be one of {', '.join(LANES)}.")
    environment["THRESHOLD_LANE"] = lane
    # What the tests start writes as it does for anybody, also where this run was told to hold nothing back.
    environment.pop("PYTHONUNBUFFERED", None)
    environment.update(PLAIN)
    environment.update(dict.fromkeys(EMPTY, ""))
    if lane != SERVERS:
        environment.update(DATABASE_URL="", REDIS_URL="")
    if lane == BROWSER:
        # The browser's driver keeps an event loop running in the thread that also asks the database.
        environment["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


surround(os.environ, lane_of(os.environ, sys.argv))


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    """Make the settings quick and harmless for tests, wherever the tests themselves do not depend on it."""
    if not config.pluginmanager.hasplugin("django"):
        return
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True
    place = Path(tempfile.mkdtemp(prefix="threshold-sqlite-"))
    config.add_cleanup(lambda: shutil.rmtree(place, ignore_errors=True))
    settings.STATIC_ROOT = str(place)
    _make_the_database_a_test_database(settings.DATABASES["default"], place)


def _make_the_database_a_test_database(database: dict, place: Path) -> None:
    if database["ENGINE"].endswith("sqlite3"):
        # A file, as in real life: the in-memory database of the test runner has other locks.
        database.setdefault("TEST", {})["NAME"] = str(place / "tests.sqlite3")
        database["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    else:
        # A pool would hold connections to a test database that is about to be dropped.
        database["OPTIONS"].pop("pool", None)

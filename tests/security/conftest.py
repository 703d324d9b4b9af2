"""The site as it stands in the open: over https, with everything in it."""

import logging
import runpy
from pathlib import Path

import environ
import pytest

from tests.accounts.test_other_sites import APP
from tests.security.everything import make_everything

SETTINGS = Path(__file__).parents[2] / "forum/settings.py"
# What https changes; the rest of the settings stays that of the lane.
CHANGED = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_", "COOKIE_PREFIX", "CONTENT_SECURITY_", "TOLD_TO_", "SITE_URL")


@pytest.fixture
def over_https(monkeypatch, settings):
    """Settings as forum/settings.py makes them of an address with https."""
    with monkeypatch.context() as patch:
        patch.setenv("SITE_URL", "https://testserver")
        patch.setattr(environ.Env, "read_env", lambda *_: None)
        found = runpy.run_path(str(SETTINGS))
    for name in (name for name in found if name.startswith(CHANGED)):
        setattr(settings, name, found[name])
    return settings


@pytest.fixture
def everything(at_noon, db):
    return make_everything()


@pytest.fixture
def quiet():
    """Refusals are told in the log, which nobody reads here."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def other_site(settings):
    """Another site that members may come from."""
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [APP]}}

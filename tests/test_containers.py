"""The container files, as far as they can be known without a container engine: their form, that every name in them
leads somewhere, and that the image is built and started by the same commands as CI and `make serve` use."""

import copy
import json
import re
import shlex
from pathlib import Path

import jsonschema
import pytest
import yaml
from django.conf import settings

from forum import reading
from forum.pages import FRESH
from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = json.loads((ROOT / "tests/compose.schema.json").read_text())
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
OURS = ("migrate", "web", "worker", "beat")
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_URL"}


def complaints(compose: dict) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message}" for one in validator.iter_errors(compose)]


def changed(path: str, value) -> dict:
    """The compose file with one thing changed: ``services.web.restart``."""
    compose = copy.deepcopy(COMPOSE)
    *way, last = path.split(".")
    place = compose
    for step in way:
        place = place[step]
    place[last] = value
    return compose


def made_by_make(name: str) -> list[str]:
    """The words of a command that the Makefile names."""
    return shlex.split(re.search(rf"^{name} := (.*)$", MAKEFILE, re.M)[1])


def starts_like(command: list[str], name: str) -> bool:
    expected = ["python", "-m", *made_by_make(name)]
    return command[: len(expected)] == expected


def image_command() -> list[str]:
    return json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.M)[1])


# -- The form ------------------------------------------------------------------------------------------------------


def test_the_compose_file_follows_the_format():
    assert not complaints(COMPOSE)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("services.web.restrat", "always"),
        ("services.web.restart", "sometimes"),
        ("services.web.environment.DEBUG", False),
        ("services.db.ports", ["5432"]),
        ("services.db.healthcheck.interval", "5 seconds"),
        ("services.db.healthcheck.test", ["pg_isready"]),
        ("services.web.depends_on.db.condition", "service_ready"),
        ("version", "3"),
    ],
)
def test_a_slip_in_the_compose_file_is_noticed(path, value):
    assert complaints(changed(path, value))


# -- Every name leads somewhere --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_only_for_services_that_can_answer(name):
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        if wanted["condition"] == "service_healthy":
            assert SERVICES[other].get("healthcheck") or (other == "web" and "HEALTHCHECK" in DOCKERFILE)
        else:
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_only_volumes_networks_and_configs_that_exist(name):
    service = SERVICES[name]
    assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= COMPOSE["volumes"].keys()
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    assert {config["source"] for config in service.get("configs", [])} <= COMPOSE["configs"].keys()


def test_every_file_that_a_container_is_given_exists():
    files = [config["file"] for config in COMPOSE["configs"].values() if "file" in config]
    assert files
    assert all((ROOT / file).is_file() for file in files)


def test_the_page_cache_lets_pass_whoever_has_a_cookie_that_decides_a_page_or_a_secret_of_his_own():
    rules = (ROOT / "docs/nginx-cache.conf").read_text()
    passed = re.search(r'"~\*\(\^\|;\\s\*\)\(__Host-\)\?\((.*)\)="', rules)[1].split("|")
    ours = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages", FRESH}
    assert ours <= set(passed)
    assert f"(__Host-)?{reading.COOKIE}=(?<chosen>" in rules


def test_every_variable_of_the_site_is_one_that_the_settings_read():
    source = (ROOT / "forum/settings.py").read_text()
    # gunicorn reads this one by itself.
    names = SERVICES["web"]["environment"].keys() - {"WEB_CONCURRENCY"}
    assert not [name for name in names if f'"{name}"' not in source]


# -- What must hold for a site in the open ---------------------------------------------------------------------------


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    assert not [name for name in SECRETS if re.search(rf"\${{{name}(?::?-|}})", text)]
    assert all(f"${{{name}:?" in text for name in SECRETS)


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert all(SERVICES[name]["networks"] == ["inside"] for name in ("db", "redis"))
    assert COMPOSE["networks"]["inside"]["internal"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_hold_no_rights_that_they_do_not_need(name):
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]


def test_the_image_does_not_run_as_root():
    after_the_account = DOCKERFILE.split("\nUSER threshold\n")
    assert len(after_the_account) == 2
    assert "\nCMD " in after_the_account[1]


def test_a_full_queue_refuses_jobs_and_drops_none():
    command = SERVICES["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_records_and_certificates_survive_the_containers():
    assert SERVICES["db"]["volumes"] == ["records:/var/lib/postgresql/data"]
    assert "certificates:/data" in SERVICES["proxy"]["volumes"]


# -- The same commands as everywhere else -----------------------------------------------------------------------------


def test_the_image_is_filled_from_the_same_pinned_file_by_the_same_command():
    makes = re.search(r"^INSTALL := \$\(PY\) (-m pip .*)$", MAKEFILE, re.M)[1]
    assert f"RUN python {makes} requirements/base.txt\n" in DOCKERFILE
    assert "$(VENV)/.base: requirements/base.txt" in MAKEFILE


def test_the_image_collects_the_static_files_by_the_same_command():
    assert f"python {' '.join(made_by_make('COLLECTSTATIC'))} " in DOCKERFILE


def test_the_web_server_is_started_by_the_same_command():
    assert starts_like(image_command(), "GUNICORN")
    assert "command" not in SERVICES["web"]


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_the_jobs_are_started_by_the_same_command(name):
    assert starts_like(SERVICES[name]["command"], "CELERY")


def test_the_image_holds_every_app_and_nothing_is_kept_from_the_build():
    copied = set(re.findall(r"^COPY (\S+) ", DOCKERFILE, re.M))
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    ours = {app.split(".")[0] for app in settings.INSTALLED_APPS if (ROOT / app.split(".")[0]).is_dir()}
    assert ours | {"templates", "static", "manage.py"} <= copied
    assert copied == sent


def test_the_python_of_the_image_is_one_that_the_project_supports():
    version = re.search(r"^FROM python:(\d+)\.(\d+)-slim", DOCKERFILE, re.M)
    assert (int(version[1]), int(version[2])) >= (3, 11)

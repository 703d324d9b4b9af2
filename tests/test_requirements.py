"""The pinned requirements match pyproject.toml and carry neither addresses nor unpinned packages."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = {
    "base": PROJECT["dependencies"],
    "test": PROJECT["dependencies"] + EXTRAS["test"],
    "browser": PROJECT["dependencies"] + EXTRAS["test"] + EXTRAS["browser"],
}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^ ;\\]+)", re.M)


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(text: str) -> dict[str, set[str]]:
    """Every version of every package; a file for several platforms may hold two."""
    found: dict[str, set[str]] = {}
    for match in PIN.finditer(text):
        found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return found


def unmet(wanted: list[str], text: str) -> list[str]:
    """The requirements that ``text`` does not pin to a version they allow."""
    pinned = pins(text)

    def is_met(requirement: Requirement) -> bool:
        versions = pinned.get(canonicalize_name(requirement.name), set())
        return bool(versions) and all(requirement.specifier.contains(one, prereleases=True) for one in versions)

    return [line for line in wanted if not is_met(Requirement(line))]


def unhashed(text: str) -> list[str]:
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    return [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry]


@pytest.mark.parametrize("name", WANTED)
def test_every_requirement_is_pinned_to_a_version_it_allows(name):
    assert not unmet(WANTED[name], text_of(name))


@pytest.mark.parametrize("name", WANTED)
def test_every_pin_carries_its_hashes(name):
    assert not unhashed(text_of(name))


@pytest.mark.parametrize("name", WANTED)
def test_no_address_is_written_into_a_requirements_file(name):
    assert "://" not in text_of(name)


def test_the_three_files_agree():
    base, test, browser = (pins(text_of(name)) for name in ("base", "test", "browser"))
    assert base.items() <= test.items() <= browser.items()


def test_a_missing_an_outdated_and_an_unhashed_pin_are_noticed():
    text = "django==4.2 \\\n    --hash=sha256:00\nrich==15.0"
    assert unmet(["django>=5.2,<5.3", "rich>=14", "nh3>=0.3"], text) == ["django>=5.2,<5.3", "nh3>=0.3"]
    assert unhashed(text) == ["rich"]

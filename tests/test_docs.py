"""The documentation says what the code does: its numbers, its variables, its commands, its links."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from forum import policy
from forum.celery import TIMETABLE
from forum.presets import PRESETS, Policy
from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PICTURES = DOCS / "screenshots"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
POLICY = (DOCS / "policy.md").read_text()
SETTINGS = (DOCS / "settings.md").read_text()


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each line of each table."""
    for line in text.splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


# -- docs/policy.md --------------------------------------------------------------------------------------------------

UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
    ("second", timedelta(seconds=1)),
    ("millisecond", timedelta(milliseconds=1)),
)


def spelled(value) -> str:
    """A number, a span of time or a word as docs/policy.md writes it."""
    if isinstance(value, timedelta):
        unit, one = next((unit, one) for unit, one in UNITS if not value % one)
        return f"{value // one} {unit}" if value == one else f"{value // one} {unit}s"
    return f"{value:,}" if isinstance(value, int) else str(value)


def spelled_in_policy(value) -> str:
    """A number of a policy as the tables of docs/policy.md write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple):
        return ", ".join(": ".join(map(str, one)) if isinstance(one, tuple) else f"{one:.4g}" for one in value)
    return spelled(value)


def preset_rows() -> list[str]:
    """The line of docs/policy.md for each number that a policy has."""
    told = [field for field in dataclasses.fields(Policy) if field.name not in {"name", "reasons", "consequences"}]
    return [
        f"| `{field.name}` | {' | '.join(spelled_in_policy(getattr(one, field.name)) for one in PRESETS.values())} "
        f"| {field.metadata['words']} | {field.metadata['slash']} |"
        for field in told
    ]


def public_names() -> dict[str, object]:
    return {name: value for name, value in vars(policy).items() if name.isupper()}


def wrong_numbers(text: str, numbers: dict[str, object]) -> list[str]:
    """The names that no row of the page begins with, or whose row gives another value."""
    told = {cells[0].strip("`"): cells[1] for cells in rows(text) if len(cells) > 1}
    plain = {name: value for name, value in numbers.items() if isinstance(value, int | str | timedelta)}
    return [n for n, v in plain.items() if not re.match(rf"{re.escape(spelled(v))}(?![\d.,])", told.get(n, ""))]


def test_every_number_is_explained_with_its_present_value():
    assert not wrong_numbers(POLICY, public_names())


def test_every_name_is_explained():
    assert not [name for name in [*public_names(), "Reason"] if f"`{name}`" not in POLICY]


def test_no_number_is_explained_that_does_not_exist():
    named = {cells[0].strip("`") for cells in rows(POLICY) if re.match(r"`[A-Z_]+`$", cells[0])}
    assert named <= public_names().keys()


def test_the_ten_reasons_stand_as_they_are():
    signed = {0: "0"}
    told = {cells[0]: cells[1:5] for cells in rows(POLICY) if cells[0].isdigit()}
    assert told == {
        str(number): [
            reason.name,
            signed.get(reason.score, f"{reason.score:+d}"),
            signed.get(reason.karma, f"{reason.karma:+d}"),
            "yes" if reason.is_label else "no",
        ]
        for number, reason in policy.REASONS.items()
    }


def test_every_word_for_a_karma_stands_with_its_limit():
    assert not [word for limit, word in policy.KARMA_WORDS if f"up to {limit} {word}" not in POLICY]


def test_a_number_that_was_changed_or_forgotten_is_noticed():
    text = "| `A_MAX` | 150 points | a |\n| `B` | 3 days | b |"
    assert wrong_numbers(text, {"A_MAX": 15, "B": timedelta(days=3), "C": 1}) == ["A_MAX", "C"]


# -- docs/operating.md -----------------------------------------------------------------------------------------------

OPERATING = (DOCS / "operating.md").read_text()


def test_the_timetable_is_told_as_it_is():
    told = {cells[0].strip("`"): cells[1] for cells in rows(OPERATING) if len(cells) == 3}
    assert {job.rsplit(".", 1)[-1]: spelled(every) for job, every in TIMETABLE.items()}.items() <= told.items()


def kinds_of_problems(source: str) -> set[str]:
    """What the first word of each ``Problem(...)`` can be, also where it was chosen a line before."""
    chosen = {word.value for node in ast.walk(ast.parse(source)) for word in words_given_to_a_problem(node)}
    return {word for word in chosen if isinstance(word, str)}


def words_given_to_a_problem(node: ast.AST) -> list[ast.Constant]:
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
        return [node.args[0]] if isinstance(node.args[0], ast.Constant) else []
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "kind":
        return [word for word in ast.walk(node.value) if isinstance(word, ast.Constant)]
    return []


def test_every_finding_of_check_site_is_explained():
    apps, rooms = ("forum", "comments", "moderation", "stories"), ("integrity.py", "integrity/*.py")
    sources = [path for app in apps for room in rooms for path in ROOT.glob(f"{app}/**/{room}")]
    kinds = {kind for path in sources for kind in kinds_of_problems(path.read_text())}
    told = {kind for cells in rows(OPERATING) for kind in cells[0].split(", ")}
    assert {"parent missing", "withdrawal", "karma chain", "token balance"} <= kinds
    assert not kinds - told


def test_the_web_server_and_the_worker_are_started_as_make_starts_them():
    commands = re.findall(r"^(?:GUNICORN|CELERY) := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert len(commands) == 2
    assert not [command for command in commands if f".venv/bin/python -m {command} " not in OPERATING]


# -- docs/settings.md and .env.example -------------------------------------------------------------------------------

READERS = {"setting", "words", "true_or_false", "whole_number", "service_url"}


def asks_the_environment(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return getattr(node.func, "id", "") in READERS or getattr(getattr(node.func, "value", None), "id", "") == "env"


def read_by_the_settings(source: str) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(source)) if asks_the_environment(node)]
    named = [call.args[getattr(call.func, "id", "") == "setting"] for call in calls]
    return {name.value for name in named if isinstance(name, ast.Constant)}


def read_by_make(source: str) -> set[str]:
    chosen = re.findall(r"^([A-Z_]+) \?=", source, re.M)
    return {*chosen, *re.findall(r"\$\$([A-Z_]{3,})", source)} - {"MAKEFILE_LIST"}


FROM_SETTINGS = read_by_the_settings((ROOT / "forum/settings.py").read_text())
FROM_COMPOSE = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
FROM_MAKE = read_by_make((ROOT / "Makefile").read_text())
EXAMPLE = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
TOLD = {cells[0].strip("`") for cells in rows(SETTINGS) if re.match(r"`[A-Z_]+`$", cells[0])}


def test_the_variables_are_found_where_they_are_read():
    assert {"SECRET_KEY", "DATABASE_POOL_MAX", "EMAIL_URL", "BEHIND_PROXY"} <= FROM_SETTINGS
    assert {"SITE_DOMAIN", "POSTGRES_PASSWORD"} <= FROM_COMPOSE
    assert {"PORT", "BIND", "LANES"} <= FROM_MAKE


def test_every_variable_is_explained():
    assert not (FROM_SETTINGS | FROM_COMPOSE | FROM_MAKE) - TOLD


def test_no_variable_is_explained_that_nothing_reads():
    everywhere = "".join((ROOT / name).read_text() for name in ("Makefile", ".ci/run", "tests/lanes.py"))
    assert not [name for name in TOLD - FROM_SETTINGS - FROM_COMPOSE if name not in everywhere]


def test_the_example_file_holds_every_variable_of_a_site_and_no_other():
    assert not (FROM_SETTINGS | FROM_COMPOSE) - EXAMPLE
    assert not EXAMPLE - FROM_SETTINGS - FROM_COMPOSE - FROM_MAKE


# -- Commands --------------------------------------------------------------------------------------------------------


def our_commands() -> list[str]:
    places = ROOT.glob("**/management/commands/*.py")
    ours = (path for path in places if ".venv" not in path.parts and not path.name.startswith("_"))
    return sorted(path.stem for path in ours)


def test_every_command_is_explained_in_some_page():
    text = "".join(page.read_text() for page in DOCS.glob("*.md"))
    assert our_commands()
    assert not [name for name in our_commands() if not re.search(rf"manage\.py {name}\b", text)]


def targets_of_make() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_word_for_make_is_one_that_make_knows(page):
    asked = re.findall(r"(?:`|^ {4}|sudo )make ([a-z]+)", page.read_text(), re.M)
    assert set(asked) <= targets_of_make()


# -- Links -----------------------------------------------------------------------------------------------------------

LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.M | re.S)


def links_of(text: str) -> list[str]:
    return LINK.findall(CODE.sub("", text))


def anchors_of(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.casefold()).strip().replace(" ", "-") for head in heads}


def is_dead(link: str, page: Path) -> bool:
    if re.match(r"[a-z]+:", link):
        return False
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if target.parent == PICTURES and not PICTURES.exists():
        return False  # `make screenshots` takes them all at once
    if not target.exists():
        return True
    return bool(anchor) and anchor not in anchors_of(target.read_text())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_inside_the_project_leads_somewhere(page):
    assert not [link for link in links_of(page.read_text()) if is_dead(link, page)]


def test_a_dead_link_and_a_dead_anchor_are_noticed():
    page = DOCS / "policy.md"
    assert is_dead("nowhere.md", page)
    assert is_dead("text.md#no-such-heading", page)
    assert not is_dead("text.md#links", page)


def pages_linked_from(page: Path) -> list[Path]:
    """The pages of our own that this one leads to; a link to a folder leads to all in it."""
    links = [link.partition("#")[0] for link in links_of(page.read_text()) if not re.match(r"[a-z]+:", link)]
    targets = [(page.parent / link).resolve() for link in links if link]
    return [one for target in targets for one in (target.glob("*.md") if target.is_dir() else [target]) if one in PAGES]


def test_every_page_of_the_docs_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += pages_linked_from(page)
    assert not set(DOCS.rglob("*.md")) - reached


# -- Nothing that belongs to one machine -------------------------------------------------------------------------------

MIRROR = re.compile(
    r"(?:index-url|extra-index|proxy\.golang|registry\.|pypi\.org/simple|://[^/\s]*(?:mirror|proxy))", re.I
)
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|Users|tmp/[a-z]+_)/")


def what_belongs_to_one_machine(text: str) -> list[str]:
    return [match.group(0) for match in [*MIRROR.finditer(text), *MACHINE.finditer(text)]]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_machine_or_a_mirror_of_packages(page):
    assert not what_belongs_to_one_machine(page.read_text())


@pytest.mark.parametrize("mistake", ["pip --index-url x", "https://mirror.example/simple", "cd /home/" + "ann/site"])
def test_a_machine_or_a_mirror_is_noticed(mistake):
    assert what_belongs_to_one_machine(mistake)

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
from forum.presets import PRESETS, SLASHDOT, THRESHOLD, Policy
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


def test_every_number_of_the_three_policies_stands_as_it_is():
    assert not [row for row in preset_rows() if row not in POLICY.splitlines()]


def test_no_number_of_a_policy_is_told_that_does_not_exist():
    told = {cells[0].strip("`") for cells in rows(POLICY) if re.match(r"`[a-z_]+`$", cells[0])}
    assert told <= {field.name for field in dataclasses.fields(Policy)}


def test_the_table_of_consequences_stands_as_it_is():
    told = {cells[0]: cells[1:] for cells in rows(POLICY) if re.fullmatch(r"[01]\.\d\d", cells[0])}
    columns = ("fair_voters", "unfair_voters", "moderator_tokens", "moderator_karma")
    for ours, theirs in zip(THRESHOLD.consequences, SLASHDOT.consequences, strict=True):
        pairs = [(f"{getattr(ours, name):g}", f"{getattr(theirs, name):g}") for name in columns]
        assert told[f"{ours.up_to:.2f}"] == [a if a == b else f"{a} (slashdot-2009: {b})" for a, b in pairs]


# -- Slashdot's moderation, line by line -------------------------------------------------------------------------------

CONSTANTS = re.findall(
    r"\w+",
    """
    comment_minscore comment_maxscore maxpoints tokensperpoint maxtokens maxtokens_add tokenspercomment stir
    mod_stir_hours mod_stir_token_cost mod_stir_recycle_fraction mod_token_decay_days mod_unm2able_token_cost
    mod_elig_minkarma m1_eligible_hitcount accesslog_hoursback m1_eligible_percentage m1_pointgrant_start
    upfairratio downfairratio fairtotal stirratio m1_pointgrant_highclout mod_token_assignment_delay
    moderatord_maxrows mod_up_points_needed mod_same_subnet_forbid comments_moddable_hours
    comments_moddable_archived authors_unlimited modviewseclev mod_karma_bonus_max_downmods
    mod_down_karmacoststyle comment_karma_limit archive_delay_mod mod_delete_maxrows minkarma maxkarma goodkarma
    badkarma karma_posting_penalty_style submission_bonus formkey_minloggedinkarma m2 m2_comments m2_consensus
    m2_freq adjust_m2_freq m2_userpercentage m2_wait_hours m2_multicount m2_mintokens m2_batchsize
    m2_maxbonus_karma m2_consequences_token_max m2_oldest_wanted zone_percentile zone_mult m2_only_perdec
    m2_inherit m2_use_sliding_consensus tagbox_metamod_modfrac adminmult tagbox_csr_baseneediness minneediness
    needinesspercent m1_pointsgrant_arbitrary moderate_or_post downmod_karma_floor m1_1st_ban_duration
    m1_ban_duration mod_mb_floor mod_mb_time_span comments_perday_bykarma comments_perday_anon
    """,
)
SLASH = POLICY.partition("## Slashdot's moderation, line by line")[2].partition("### Further differences")[0]
LINES = [
    cells
    for cells in rows(SLASH)
    if len(cells) == 5 and cells[0] not in {"constant", "where"} and "---" not in cells[0]
]


def test_every_constant_of_slash_has_its_line():
    named = " ".join(cells[0] for cells in LINES)
    assert not [name for name in CONSTANTS if not re.search(rf"(?<![a-z0-9_]){name}(?![a-z0-9_])", named)]


def test_every_step_of_slash_has_its_line():
    assert {f"step {number}" for number in range(1, 34)} <= {cells[0] for cells in LINES}


def test_every_line_names_tests_that_exist_or_says_why_nothing_is_here():
    source = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    ours = set(re.findall(r"^def (test_\w+)\(", source, re.M))
    assert not {name for cells in LINES for name in re.findall(r"`(test_\w+)`", cells[3])} - ours
    assert not [cells[0] for cells in LINES if not re.search(r"`test_\w+`", cells[3]) and cells[4] == "–"]


def test_every_value_that_a_line_gives_is_the_present_one():
    for cells in LINES:
        for field in dataclasses.fields(Policy):
            if field.name in {"reasons", "consequences"}:
                continue
            values = [spelled_in_policy(getattr(one, field.name)) for one in PRESETS.values()]
            value = values[0] if len(set(values)) == 1 else " / ".join(values)
            for told in re.findall(rf"`{field.name}` ([^|]*)", f"{cells[2]} | {cells[4]}"):
                assert told.startswith(value), (cells[0], field.name)


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

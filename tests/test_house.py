"""The house rules, as tests. Each failure names the line and the room it belongs in.

Each rule is also tried on a planted mistake below: a rule that cannot fail is worth nothing.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    *("forum/jobs", "forum/rulebook", "forum/accounts", "forum/notifications", "forum/belongings"),
    *("comments", "moderation", "stories"),
)
ROOMS = {
    *("__init__", "models", "rules", "queries", "actions", "forms", "views", "urls", "tasks", "admin"),
    *(
        "apps",
        "adapters",
        "archive",
        "constraints",
        "context",
        "feeds",
        "fragments",
        "integrity",
        "management",
        "store",
        "templatetags",
        "tree",
    ),
}
TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "forum", "stories", "comments", "moderation", "templates", "static", "tests"),
    *("docker-compose.yml", "Dockerfile", ".dockerignore", "Makefile", "requirements", ".ci", "docs", "benchmarks"),
    *("README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "locale"),
    *(".gitignore", ".gitattributes", ".editorconfig", ".env.example"),
}
LONGEST_FUNCTION, LONGEST_MODULE = 60, 400  # lines

WRITES = {"save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create"}
ASKS_TIME = {"now", "utcnow", "today", "localdate", "localtime"}
SENDS_MAIL = {"send_mail", "send_mass_mail", "mail_admins", "EmailMessage", "EmailMultiAlternatives"}
TRUSTS_HTML = {"mark_safe", "format_html", "format_html_join", "SafeString"}
SHY_NAMES = ("get_", "handle_", "process_", "do_")
# Names that Django calls by itself; everything in `admin`, `adapters` and `feeds` is such a hook.
DJANGO_NAMES = {
    *("get_absolute_url", "get_queryset", "get_context_data", "get_object", "get_form", "get_form_kwargs", "get_urls"),
    # django-mptt's names for the questions it asks of a node
    *("get_descendant_count", "get_leafnodes"),
    *("get_full_name", "get_short_name", "get_by_natural_key", "get_username", "get_email_field_name", "get_initial"),
}


# -- What may not stand just anywhere ------------------------------------------------------------------------------


def called(node: ast.AST) -> str:
    """The last name of what is called: ``update`` in ``x.y.update()``; "" when nothing is called."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", None) or getattr(node.func, "id", "")


def is_write(node):
    # Throwing away a cached page is no change of a row.
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_method and node.func.attr in WRITES and getattr(node.func.value, "id", "") != "cache"


def takes_request(node):
    return isinstance(node, ast.arg) and node.arg == "request"


def asks_the_time(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKS_TIME


def is_bare_number(node):
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in (0, 1)


def sends_mail(node):
    return called(node) in SENDS_MAIL


def trusts_html(node):
    return called(node) in TRUSTS_HTML


def reads_the_environment(node):
    attribute = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    return attribute and getattr(node.value, "id", "") == "os"


def imports(*modules: str) -> Callable[[ast.AST], bool]:
    def found(node):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        origin = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        full = [f"{origin[0]}.{name}" for name in names] if origin else []
        return any(name == m or name.startswith(f"{m}.") for name in [*names, *origin, *full] for m in modules)

    return found


def overrides_save(node):
    return isinstance(node, ast.FunctionDef) and node.name in {"save", "delete", "refresh_from_db"}


def has_a_shy_name(node):
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return is_function and node.name.startswith(SHY_NAMES) and node.name not in DJANGO_NAMES


def is_too_long(node):
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return is_function and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION


def nodes(source: str) -> Iterator[ast.AST]:
    """Every node that a rule may judge."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += () if is_beyond_rules(node) else judged_parts(node)


def is_beyond_rules(node) -> bool:
    """The length of a cut (``name[:200]``) or of a batch decides nothing; making an account is Django's own door."""
    is_length = isinstance(node, ast.Slice) or (isinstance(node, ast.keyword) and node.arg == "batch_size")
    return is_length or (isinstance(node, ast.FunctionDef) and node.name in {"create_user", "create_superuser"})


def judged_parts(node) -> list[ast.AST]:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return [node.value]  # a place in a row: parts[2]
    if called(node) == "group":
        return [node.func]  # a place in a match: match.group(2)
    if isinstance(node, ast.FunctionDef) and node.name == "try_save":
        return node.body  # allauth hands its forms the request
    return list(ast.iter_child_nodes(node))


@dataclass(frozen=True)
class Rule:
    """A sentence, what breaks it, the rooms where that is at home, and a mistake that must be found."""

    sentence: str
    broken_by: Callable[[ast.AST], bool]
    at_home: frozenset[str]
    mistake: str


def rule(sentence: str, broken_by, at_home: str, mistake: str):
    return pytest.param(Rule(sentence, broken_by, frozenset(at_home.split()), mistake), id=sentence)


NUMBERS_AT_HOME = "models fragments forms views admin feeds constraints management templatetags tree"
RULES = [
    rule("writes belong in actions", is_write, "actions tree", "def f(c): c.save(update_fields=['score'])"),
    rule("requests belong in views", takes_request, "views admin adapters feeds context", "def f(request): pass"),
    rule(
        "the clock belongs in views, as now=",
        asks_the_time,
        "views adapters tasks management admin",
        "x = timezone.now()",
    ),
    rule("deciding numbers belong in forum/policy.py", is_bare_number, NUMBERS_AT_HOME, "LIMIT = 25"),
    rule("mail is sent by forum/notifications/tasks.py", sends_mail, "", "send_mail('a', 'b', 'c', ['d'])"),
    rule(
        "HTML is made in templates, fragments or forum/text.py",
        trusts_html,
        "admin fragments templatetags",
        "x = mark_safe(body)",
    ),
    rule("the environment is read in forum/settings.py", reads_the_environment, "", "import os; os.environ['A']"),
    rule("only forum/text.py knows the sanitiser", imports("nh3", "markdown_it"), "", "import nh3"),
    rule(
        "no signals", imports("django.dispatch", "django.db.models.signals"), "", "from django.dispatch import Signal"
    ),
    rule("nothing hides in save()", overrides_save, "", "class C:\n    def save(self): pass"),
    rule("functions are named by what they do", has_a_shy_name, "admin adapters feeds", "def get_score(c): pass"),
    rule(f"no function over {LONGEST_FUNCTION} lines", is_too_long, "", "def f():\n" + "    x = 1\n" * 60),
]


def room_of(path: Path, app: str) -> str:
    """The room a file lives in: a module, or the package that a module grew into."""
    return path.relative_to(ROOT / app).parts[0].removesuffix(".py")


def modules() -> Iterator[tuple[str, str, Path]]:
    """(app, room, file) of every module of every app; migrations are written by Django."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            room = room_of(path, app)
            if room != "migrations":
                yield app, room, path


def strays(wanted: Rule, room: str, source: str, where: str) -> list[str]:
    if room in wanted.at_home:
        return []
    return [f"{where}:{node.lineno}" for node in nodes(source) if wanted.broken_by(node)]


def is_excused(wanted: Rule, app: str, room: str) -> bool:
    # allauth sends what belongs to an account through its adapter.
    mail_rooms = {("forum/notifications", "tasks"), ("forum/accounts", "adapters")}
    return wanted.broken_by is sends_mail and (app, room) in mail_rooms


@pytest.mark.parametrize("wanted", RULES)
def test_each_line_is_in_its_room(wanted):
    found = [
        line
        for app, room, path in modules()
        if not is_excused(wanted, app, room)
        for line in strays(wanted, room, path.read_text(), str(path.relative_to(ROOT)))
    ]
    assert not found, f"{wanted.sentence}: {found}"


@pytest.mark.parametrize("wanted", RULES)
def test_a_planted_mistake_is_found_and_the_same_line_at_home_is_not(wanted):
    assert strays(wanted, "rules", wanted.mistake, "planted"), wanted.mistake
    assert not any(strays(wanted, room, wanted.mistake, "planted") for room in wanted.at_home)


@pytest.mark.parametrize(
    ("wanted", "innocent"),
    [
        (is_write, "cache.delete('front')"),
        (is_bare_number, "x = rows[0] - 1"),
        (is_bare_number, "x = reason[:200]"),
        (is_bare_number, "x = match.group(2) or parts[2]"),
        (takes_request, "def try_save(self, request): pass"),
        (has_a_shy_name, "def get_absolute_url(self): pass"),
        (imports("django.dispatch"), "from django.db import models"),
        (asks_the_time, "def f(now): return now"),
        (reads_the_environment, "x = settings.environ"),
    ],
)
def test_an_innocent_line_is_left_alone(wanted, innocent):
    assert not any(wanted(node) for node in nodes(innocent))


# -- The building: rooms, notices, sizes ---------------------------------------------------------------------------


def unknown_rooms(rooms: set[str]) -> set[str]:
    return rooms - ROOMS


def test_every_app_has_only_known_rooms():
    assert not unknown_rooms({room for _, room, _ in modules()})


def test_a_room_for_everything_and_nothing_is_noticed():
    assert unknown_rooms({"models", "utils", "models2"}) == {"utils", "models2"}


@pytest.mark.parametrize("app", APPS)
def test_every_app_says_what_it_is_and_what_it_may_import(app):
    notice = ast.get_docstring(ast.parse((ROOT / app / "__init__.py").read_text())) or ""
    assert "May import:" in notice


def code_lines(source: str) -> int:
    return sum(1 for line in source.splitlines() if line.strip())


def our_modules() -> list[Path]:
    folders = ("forum", "comments", "moderation", "stories")
    return [path for name in folders for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts]


def test_no_module_outgrows_its_reader():
    long = [str(path.relative_to(ROOT)) for path in our_modules() if code_lines(path.read_text()) > LONGEST_MODULE]
    assert not long


def test_no_function_of_the_whole_building_outgrows_its_reader():
    wanted = RULES[-1].values[0]
    assert not [line for path in our_modules() for line in strays(wanted, "roof", path.read_text(), path.name)]


def test_an_overgrown_module_is_noticed():
    assert code_lines("x = 1\n\n" * (LONGEST_MODULE + 1)) > LONGEST_MODULE


def tracked_files() -> list[str]:
    asked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.splitlines()


def unknown_at_the_top(files: list[str]) -> set[str]:
    return {name.split("/", 1)[0] for name in files} - TOP_LEVEL


def test_the_top_level_is_as_given():
    assert not unknown_at_the_top(tracked_files())


def test_a_stranger_at_the_top_level_is_noticed():
    assert unknown_at_the_top(["forum/urls.py", "package.json", "apps/x.py"]) == {"package.json", "apps"}


# -- Templates -----------------------------------------------------------------------------------------------------

# The browser is told to run and to style nothing that stands inside a page.
INLINE = re.compile(
    r"""<script(?![^>]*\bsrc=)(?![^>]*type="application/(?:ld\+)?json")|<style\b|<[^>]*\s(?:style|on[a-z]+)\s*=\s*["']""",
    re.I,
)


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def names_its_needs(source: str) -> bool:
    return source.startswith("{# needs:")


def inline_code(source: str) -> list[str]:
    return [match.group(0) for match in INLINE.finditer(source)]


def test_every_partial_opens_with_what_it_needs():
    partials = [path for path in templates() if path.name.startswith("_")]
    silent = [str(path.relative_to(ROOT)) for path in partials if not names_its_needs(path.read_text())]
    assert not silent


def test_a_silent_partial_is_noticed():
    assert not names_its_needs("<article>{{ comment.subject }}</article>")
    assert names_its_needs("{# needs: comment #}\n<article></article>")


def test_no_page_carries_code_or_style_that_the_browser_would_refuse():
    found = {str(path.relative_to(ROOT)): inline_code(path.read_text()) for path in templates()}
    assert not {name: code for name, code in found.items() if code}


@pytest.mark.parametrize(
    "mistake", ["<script>go()</script>", "<style>", '<p style="color: red">', "<a onclick='go()'>"]
)
def test_inline_code_is_noticed(mistake):
    assert inline_code(mistake)


def test_a_script_file_and_data_are_no_inline_code():
    assert not inline_code(
        '<script src="/static/js/reply.js" defer></script><script type="application/json">{}</script>'
    )


# -- Nothing that belongs to one machine ---------------------------------------------------------------------------

PRIVATE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/|BEGIN [A-Z ]*PRIVATE KEY")


def private_things(text: str) -> list[str]:
    return PRIVATE.findall(text)


def test_no_file_names_a_machine_or_carries_a_key():
    texts = [(name, ROOT / name) for name in tracked_files() if name != "tests/test_house.py"]
    readable = [(name, path.read_text(errors="ignore")) for name, path in texts if path.is_file()]
    assert not [name for name, text in readable if private_things(text)]


@pytest.mark.parametrize("mistake", ["cd /root/site", "path = '/home/ann/forum/x'", "-----BEGIN RSA PRIVATE KEY-----"])
def test_a_private_path_or_key_is_noticed(mistake):
    assert private_things(mistake)

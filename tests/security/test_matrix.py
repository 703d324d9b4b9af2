"""Role by address by state: who is answered what, and that nothing hidden is told to anybody who may not know it."""

import difflib
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from tests.security.addresses import every_address, place_of, places
from tests.security.everything import OUT_OF_SIGHT, ROLES, STAFF, canary
from tests.security.forms import form_for
from tests.security.matrix import DESK_ROLES, Answer, as_if, as_lines, survey
from tests.surroundings import SQLITE

pytestmark = [pytest.mark.lane(SQLITE), pytest.mark.django_db]

TABLE = Path(__file__).parent / "matrix.txt"
HEADS = {False: ROLES, True: DESK_ROLES}
FOUND: dict[bool, list[Answer]] = {}  # asked once for all tests of this module; plain values, no rows


@pytest.fixture(params=[False, True], ids=["pages", "admin"])
def is_desk(request):
    return request.param


@pytest.fixture
def answers(is_desk, request) -> list[Answer]:
    if is_desk not in FOUND:
        FOUND[is_desk] = survey(request.getfixturevalue("everything"), is_desk=is_desk)
    return FOUND[is_desk]


def expected(is_desk: bool) -> list[str]:
    """The lines of the half of the table that is asked for."""
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    cut = lines.index("= the admin")
    return lines[cut + 1 :] if is_desk else lines[:cut]


def test_everybody_is_answered_as_the_table_says(answers, is_desk):
    found = list(as_lines(answers))
    assert not list(difflib.unified_diff(expected(is_desk), found, "table", "site", n=0, lineterm=""))


def test_nobody_meets_a_failure(answers):
    assert not {(answer.name, answer.role, answer.state) for answer in answers if answer.outcome.startswith("5")}


def test_the_table_has_a_line_for_every_address(answers, is_desk):
    assert len({answer.name for answer in answers}) >= (20 if is_desk else 60)
    assert {answer.role for answer in answers} == set(HEADS[is_desk])


# -- What is hidden stays so ---------------------------------------------------------------------------------------

# Who may read which words that are out of sight: the writer of a removed comment, on the page about its removal and
# in the letter that told of it; a draft's writer; staff on the preview of a story that is not out, and in the admin.
MAY_READ = {
    ("author", "act"): {"hidden subject", "hidden words", "hidden appeal"},
    ("author", "inbox"): {"hidden subject"},
    # Own removed words can be copied from where they stood.
    ("author", "comment"): {"hidden words"},
    ("author", "delete_comment"): {"hidden subject"},
    ("author", "export"): {"hidden subject"},
    ("member", "own_waiting"): {"hidden typed"},
    ("member", "export"): {"hidden typed"},
    **{("author", name): {"draft typed"} for name in ("drafts", "comment_on")},
    **{
        (role, "story"): {
            f"{state} {kind}"
            for state in ("withdrawn", "draft", "scheduled")
            for kind in ("title", "intro", "dept", "subject", "words")
        }
        for role in ("editor", "superuser")
    },
}


def out_of_sight(answer: Answer) -> set[str]:
    return {told for told in answer.canaries if told.split()[0] in OUT_OF_SIGHT}


def test_nobody_reads_what_is_hidden_who_may_not(answers, is_desk):
    if is_desk:
        found = {(a.role, a.name) for a in answers if out_of_sight(a) and a.role not in STAFF}
    else:
        found = {
            (a.role, a.name, *out_of_sight(a))
            for a in answers
            if out_of_sight(a) - MAY_READ.get((a.role, a.name), set())
        }
    assert not found


def test_erased_words_are_told_to_nobody_at_all(answers):
    assert not [answer for answer in answers if any(told.startswith("erased") for told in answer.canaries)]


def test_staff_with_one_right_read_no_more_than_that_right_shows(answers, is_desk):
    if is_desk:
        shown = {answer.state for answer in answers if answer.role == "clerk" and out_of_sight(answer)}
        assert shown <= {"comment"}


def test_the_canaries_sing(answers, is_desk):
    """What stands in the open is found by the same look, so that its silence elsewhere means something."""
    heard = {
        told for answer in answers for told in answer.canaries if answer.role == ("clerk" if is_desk else "visitor")
    }
    assert {"shown subject", "locked subject"} <= heard


# -- Changing something --------------------------------------------------------------------------------------------

READING_NOTES = {"comments_visit", "moderation_readhour", "django_session", "usersessions_usersession", "forum_cache"}


def everything_stored() -> dict[str, list]:
    """Every row of every table but those that remember what somebody read."""
    stored = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - READING_NOTES):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            stored[table] = sorted(map(repr, cursor.fetchall()))
    return stored


def differences(before: dict, after: dict) -> set[str]:
    return {table for table in before if before[table] != after[table]}


@pytest.mark.parametrize("role", ["member", "author", "moderator", "superuser"])
def test_reading_changes_nothing(everything, role):
    client, stands = everything.client(role), places(everything)
    # allauth asks its one-time tokens for their use with a GET, and answers with a form.
    before = everything_stored()
    for address, place in stands.items():
        client.get(place)
        if address.name.endswith("logout"):
            client = everything.client(role)
    assert not differences(before, everything_stored())


@pytest.mark.parametrize("role", ["visitor", "member", "superuser"])
def test_without_a_token_nothing_is_changed(everything, role):
    client, stands = everything.client(role, enforce_csrf_checks=True), places(everything)
    before, statuses = everything_stored(), set()
    for address, place in stands.items():
        statuses.add(client.post(place, form_for(address, everything)).status_code)
    assert statuses == {403}
    assert not differences(before, everything_stored())


def test_with_a_token_the_same_forms_do_change_something(everything):
    """Else the test above would prove nothing."""
    client, before, changed = everything.client("member"), everything_stored(), set()
    for address, place in places(everything).items():
        with as_if():
            client.post(place, form_for(address, everything))
            changed |= differences(before, everything_stored())
    assert {"comments_comment", "accounts_user", "accounts_relation", "account_emailaddress"} <= changed


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("end_session", "usersessions_usersession"),
        ("discard_draft", "comments_draft"),
        ("undo_moderation", "moderation_moderation"),
        ("act", "moderation_appeal"),
    ],
)
@pytest.mark.parametrize("role", ["visitor", "banned", "member", "superuser"])
def test_what_is_anothers_stays_as_it_is(everything, role, name, table):
    address = next(one for one in every_address() if one.name == name)
    before = rows_of(table)
    everything.client(role).post(places(everything)[address], form_for(address, everything))
    assert rows_of(table) >= before


def rows_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return set(map(repr, cursor.fetchall()))


# -- Fields that no form has -----------------------------------------------------------------------------------------

CHANGES = ("comment_on", "reply", "flag", "moderate", "preferences", "modifiers", "relation", "mark_read")
DESK_CHANGES = ("admin:stories_story_change", "admin:comments_discussion_act", "admin:comments_comment_act")


def every_column() -> set[str]:
    return {
        name
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        for name in (column.name, column.attname)
    }


def shape_of(stored: dict, before: dict) -> dict[str, list]:
    """What was added and what went, without what differs between any two sendings: keys drawn by lot."""
    return {
        table: [len(stored[table]), len(set(stored[table]) - set(before[table]))]
        for table in differences(before, stored)
    }


@pytest.mark.parametrize("value", ["1", "true", "-1", "2099-01-01", "superuser", '{"$ne": 1}'])
@pytest.mark.parametrize("name", CHANGES)
def test_fields_that_a_form_does_not_have_change_nothing(everything, name, value):
    sent_alike(everything, "member", name, value)


@pytest.mark.parametrize("name", DESK_CHANGES)
def test_fields_that_a_form_of_the_admin_does_not_have_change_nothing(everything, name):
    sent_alike(everything, "superuser", name, "1")


def sent_alike(everything, role, name, value):
    address = next(one for one in every_address() if one.name == name)
    comment = everything.comments["answered"]
    place = (
        places(everything)[address]
        if name.startswith("admin:") or name in {"preferences", "modifiers", "relation", "mark_read"}
        else place_of(address, comment)
    )
    form = form_for(address, everything, comment)
    extra = dict.fromkeys(every_column() - form.keys() - KNOWN.get(name, set()), value)
    client, before = everything.client(role), everything_stored()
    outcomes = []
    for sent in (form, extra | form):
        with as_if():
            answer = client.post(place, sent)
            outcomes.append((answer.status_code, contents(shape_of(everything_stored(), before))))
    assert outcomes[0] == outcomes[1]


def contents(shape):
    return sorted(shape.items())


# Fields that the form has and the plain sending leaves out.
KNOWN = {
    "comment_on": {"is_anonymous", "declines_bonus", "key", "draft", "writer"},
    "reply": {"is_anonymous", "declines_bonus", "key", "draft", "writer"},
    "preferences": {
        *("mail_moderations", "is_willing_to_moderate", "mail_replies", "zone", "signature", "hides_signatures")
    },
}


# -- Values that no form would send ----------------------------------------------------------------------------------

WRONG = [
    "",
    "\0",
    "-1",
    "9" * 400,
    "1e9",
    "null",
    "[]",
    "{}",
    "٣",
    "\ud800".encode("utf-8", "surrogatepass"),
    "x" * 70_000,
]


@pytest.mark.parametrize("is_desk", [False, True], ids=["pages", "admin"])
def test_no_value_of_any_field_is_a_failure(everything, is_desk):
    client, failed = everything.client("superuser"), set()
    for address, place in places(everything).items():
        form = form_for(address, everything)
        if address.route.startswith("admin/") != is_desk or not form:
            continue
        for field in form:
            for wrong in WRONG:
                with as_if():
                    status = client.post(place, form | {field: wrong}).status_code
                if status >= 500:
                    failed.add((address.name, field, repr(wrong)[:20]))
    assert not failed


def test_a_canary_is_a_word_of_its_own():
    assert canary("draft", "title") == "Qanarydrafttitle"

"""Importing archives into the site: once, again, grown, refused, interrupted, and out again."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from comments.models import Comment, Discussion
from forum.accounts.models import ArchivedPerson
from moderation.actions import spend_point
from stories.models import ArchivedArticle, Story, Topic
from tests.factories import a_comment, a_member, some_points
from tests.trees import wrong_with

ROOT = Path(__file__).parents[2]
SEED = ROOT / "stories" / "seeds" / "0177069105.txt"

pytestmark = pytest.mark.django_db


def run(*args, **options):
    """(exit status, standard output, standard error) of import_seeds."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_seeds", *map(str, args), stdout=out, stderr=err, **options)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def exported(name="0177069105"):
    out = io.StringIO()
    call_command("export_story", name, stdout=out)
    return out.getvalue().encode()


def everything():
    """Every row of every table of ours, to see that nothing moved."""
    models = (Story, ArchivedArticle, Discussion, Comment, ArchivedPerson)
    return [list(model.objects.order_by("pk").values()) for model in models]


def changed_seed(folder, *changes, name="seed.txt"):
    text = SEED.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / name
    path.write_text(text)
    return path


def test_the_seed_comes_in_as_it_is_described():
    assert run(SEED)[0] == 0
    story = Story.objects.get()
    assert (story.source_domain, story.dept) == ("infoworld.com", "penguins-all-the-way-down")
    assert story.published_at.isoformat() == "2025-04-20T15:34:00+00:00"
    assert story.discussion.comment_count == 12


def test_the_seeds_parents_and_marks():
    run(SEED)
    places = Comment.objects.order_by("archived_place__number")
    marks = [
        (c.archived_place.number, c.parent and c.parent.archived_place.number, c.mark, c.is_cut_off) for c in places
    ]
    assert marks == [
        (1, None, "missing", False),
        (2, None, "missing", False),
        (3, None, "missing", True),
        (4, None, "", False),
        (5, None, "", False),
        (6, None, "", True),
        (7, None, "", False),
        (8, 7, "quoted", True),
        (9, None, "", False),
        (10, None, "", False),
        (11, None, "", False),
        (12, None, "", True),
    ]


def test_the_printed_scores_are_the_starting_values():
    run(SEED)
    entrope = Comment.objects.get(archived_place__number=7)
    assert (entrope.start_score, entrope.start_label) == (entrope.score, entrope.label) == (5, "Insightful")
    assert not entrope.moderations.exists()


def test_archived_people_are_no_members():
    run(SEED)
    twice = ArchivedPerson.objects.get(number=642305)
    assert (twice.name, twice.comments.count()) == ("markdavis", 2)
    assert ArchivedPerson.objects.count() == 11


def test_the_same_file_again_changes_nothing():
    run(SEED)
    before = everything()
    status, out, _ = run(SEED)
    assert status == 0
    assert "0 new, 0 changed, 1 unchanged; comments 0 new, 0 changed" in out
    assert everything() == before


def test_the_seed_goes_out_byte_for_byte():
    run(SEED)
    assert exported() == SEED.read_bytes()


def test_a_dry_run_says_the_same_and_stores_nothing():
    status, out, _ = run(SEED, "--dry-run")
    assert (status, Story.objects.count()) == (0, 0)
    assert "Would be imported: stories 1 new, 0 changed, 0 unchanged; comments 12 new" in out


def test_json_is_one_object_a_file_and_nothing_else(tmp_path):
    (tmp_path / "bad.txt").write_text("no archive")
    status, out, _ = run(tmp_path / "bad.txt", SEED, "--json")
    bad, good = map(json.loads, out.splitlines())
    assert status == 1
    assert (bad["outcome"], bad["error"]["line"], good["outcome"], good["error"]) == ("error", 1, "import", None)
    assert [c["parent_status"] for c in good["comments"]][6:8] == ["top", "quoted"]


def test_a_new_comment_takes_its_place_and_local_ones_stay(tmp_path):
    new = "A new one (Score:2)\n\nby Newcomer ( 7 )\n\nWhat I think of it.\n\nPoliticians (Score:2)"
    run(SEED)
    before = Comment.objects.get(archived_place__number=6)
    local = a_comment(parent=before, author=a_member("Local"), now=timezone.now())
    _status, out, _ = run(changed_seed(tmp_path, ("Politicians (Score:2)", new)))
    assert "comments 1 new, 0 changed" in out
    assert list(Comment.objects.order_by("tree_id", "lft").values_list("subject", flat=True))[4:8] == [
        "Like it!",
        "A new one",
        "Politicians",
        local.subject,
    ]
    local.refresh_from_db()
    assert (local.parent, local.parent.tree_id == local.tree_id) == (before, True)
    assert Discussion.objects.get().comment_count == 14


def test_a_changed_score_moves_the_start_and_keeps_local_moderation(tmp_path):
    run(SEED)
    comment = Comment.objects.get(archived_place__number=9)
    moderator = a_member()
    some_points(moderator, now=comment.discussion.opens_at)
    spend_point(comment=comment, moderator=moderator, reason=5, now=comment.discussion.opens_at)
    run(changed_seed(tmp_path, ("US crypto export regulations (Score:2)", "US crypto export regulations (Score:3)")))
    comment.refresh_from_db()
    assert (comment.start_score, comment.score, comment.label) == (3, 4, "Insightful")


def test_a_longer_text_replaces_the_cut_one_and_never_the_other_way(tmp_path):
    run(SEED)
    longer = changed_seed(
        tmp_path, ("actively encouraging the", "actively encouraging the whole field to follow them.")
    )
    run(longer)
    comment = Comment.objects.get(archived_place__number=12)
    assert "whole field" in comment.text.source
    assert not comment.is_cut_off
    run(SEED)
    comment.refresh_from_db()
    assert "whole field" in comment.text.source


def test_a_comment_that_is_gone_stays(tmp_path):
    run(SEED)
    start, end = SEED.read_text().index("Politicians (Score:2)"), SEED.read_text().index("What was he going on about?")
    path = tmp_path / "shorter.txt"
    path.write_text(SEED.read_text()[:start] + SEED.read_text()[end:])
    assert run(path)[0] == 0
    assert Comment.objects.filter(subject="Politicians", hidden_at=None).exists()
    assert Discussion.objects.get().comment_count == 12


def test_every_file_stands_alone_and_the_status_tells(tmp_path):
    (tmp_path / "a.txt").write_text("<html>")
    (tmp_path / "b.txt").write_bytes(SEED.read_bytes())
    (tmp_path / ".hidden").write_text("passed over")
    status, out, err = run(tmp_path)
    assert status == 1
    assert err.startswith(f"{tmp_path / 'a.txt'}:1: ")
    assert "stories 1 new" in out
    assert "files refused 1" in out


def test_a_failing_database_stores_nothing_and_says_so_in_one_line(monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("disk is full")

    monkeypatch.setattr("stories.actions.archive._store_places", fail)
    status, _, err = run(SEED)
    assert status == 1
    assert err.strip() == f"{SEED}:1: expected a database that takes this story, found: disk is full"
    assert not Story.objects.exists()
    assert not Comment.objects.exists()


def test_what_is_not_there_is_said_by_name(tmp_path):
    status, _, err = run(tmp_path / "nothing.txt")
    assert status == 1
    assert "nothing.txt:1: expected a readable file, found: No such file or directory" in err


def test_an_unknown_story_cannot_be_exported():
    with pytest.raises(CommandError, match="No imported story has the id '12'"):
        exported("12")


def test_import_of_export_of_import_changes_nothing(tmp_path):
    run(SEED)
    a_comment(parent=Comment.objects.get(archived_place__number=7), author=a_member(), now=timezone.now())
    (tmp_path / "again.txt").write_bytes(exported())
    before = everything()
    run(tmp_path / "again.txt")
    assert everything() == before


KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
import stories.actions.archive
stories.actions.archive._store_places = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
call_command("import_seeds", sys.argv[1])
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_leaves_nothing(tmp_path):
    """SIGKILL after the comments are written and before the commit."""
    env = os.environ | {
        "DATABASE_URL": database_for_another_process(tmp_path),
        "DJANGO_SETTINGS_MODULE": "forum.settings",
    }

    def manage(*args):
        done = subprocess.run([sys.executable, *args], env=env, cwd=ROOT, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout

    assert manage("manage.py", "migrate", "-v0")[0] == 0
    assert manage("-c", KILLED, str(SEED))[0] == -signal.SIGKILL
    status, out = manage("manage.py", "import_seeds", str(SEED))
    assert (status, "stories 1 new, 0 changed, 0 unchanged; comments 12 new" in out) == (0, True)


def database_for_another_process(folder):
    """The address of the test database; SQLite's is in memory, so there a file takes its place."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder / 'killed.sqlite3'}"
    # The lane's address with the name of the test database; its server may be reached by a socket or by a host.
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def test_an_empty_folder_is_said_to_be_empty(tmp_path):
    status, out, _ = run(tmp_path)
    assert (status, out) == (1, "No file was found to import: the folder is empty.\n")


def test_a_reply_without_a_known_parent_stands_in_its_thread_and_names_none(tmp_path):
    unknown = "Re: (Score:1)\n\nby Stranger ( 8 )\n\nQuite so.\n\nUS crypto export"
    path = changed_seed(tmp_path, ("US crypto export", unknown))
    _, out, _ = run(path, "--json")
    assert (json.loads(out)["comments"][8]["parent"], json.loads(out)["comments"][8]["parent_status"]) == (
        None,
        "unknown",
    )
    placed = Comment.objects.get(archived_author__name="Stranger")
    assert (placed.mark, placed.parent.archived_place.number, placed.level) == ("unknown", 7, 1)


def test_a_reply_that_turns_out_to_begin_a_thread_moves_and_back(tmp_path):
    reply = "Re:Politicians (Score:2)\n\nby Stranger ( 8 )\n\nQuite so.\n\nUS crypto export"
    thread = reply.replace("Re:Politicians", "Another matter")
    run(changed_seed(tmp_path, ("US crypto export", reply)))
    placed = Comment.objects.get(archived_author__name="Stranger")
    assert placed.level > 0
    local = a_comment(parent=placed, author=a_member("Local"), now=timezone.now())
    assert run(changed_seed(tmp_path, ("US crypto export", thread)))[0] == 0
    placed.refresh_from_db()
    local.refresh_from_db()
    assert (placed.subject, placed.parent, placed.level) == ("Another matter", None, 0)
    assert (local.parent, local.tree_id, local.level) == (placed, placed.tree_id, 1)
    assert run(changed_seed(tmp_path, ("US crypto export", reply)))[0] == 0
    assert not wrong_with(placed.discussion)


def test_topics_of_other_scripts_and_signs_stay_apart(tmp_path):
    Topic.objects.create(name="Programming", slug="prog", icon="Pr")
    for number, category in enumerate(("C++", "C#", "中国", "日本", "programming"), 1):
        changes = ("(Sunday April 20", f"([{category}] Sunday April 20"), ("0177069105", f"000000000{number}")
        assert run(changed_seed(tmp_path, *changes, name=f"{number}.txt"))[0] == 0
    topics = Story.objects.order_by("archive__source_id").values_list("topic__name", "topic__slug")
    assert list(topics) == [
        ("C++", "c"),
        ("C#", "c-2"),
        ("中国", "topic"),
        ("日本", "topic-2"),
        ("Programming", "prog"),
    ]


def test_a_story_of_the_future_keeps_its_discussion_closed_until_then(client, tmp_path):
    run(changed_seed(tmp_path, ("Sunday April 20, 2025", "Sunday April 20, 2098")))
    story, comment = Story.objects.get(), Comment.objects.first()
    assert client.get(story.get_absolute_url()).status_code == 404
    assert client.get(comment.get_absolute_url()).status_code == 404
    run(SEED)
    assert client.get(comment.get_absolute_url()).status_code == 200

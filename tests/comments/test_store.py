"""What is rendered once: never out of date, nobody's own, safe whatever people call themselves, made by one of many."""

from threading import Barrier, Thread

import pytest

from comments.actions import hide_comment, restore_comment, set_discussion_status
from comments.fragments import fragments_of
from comments.models import Comment
from comments.queries import comment_rows
from comments.store import STORE, Key, Store
from forum.accounts.actions import (
    hide_archived_person,
    keep_archived_person,
    rename_member,
    show_archived_person,
)
from moderation.actions import correct_score, erase_comment, flag_comment, spend_point
from tests.factories import NOW, a_comment, a_member, a_story, an_editor
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
BY = {"reason": "a test", "now": NOW}


def seen(client, story):
    return read(client.get(f"{story.get_absolute_url()}?threshold=-1"))


# -- Never out of date -----------------------------------------------------------------------------------------------


CHANGES = {
    "a reply": (lambda comment: a_comment(parent=comment, subject="A reply"), "A reply", True),
    "a moderation": (
        lambda comment: spend_point(comment=comment, moderator=a_member(points=5), reason=1, now=NOW),
        "Offtopic",
        True,
    ),
    "a correction": (
        lambda comment: correct_score(comment=comment, score=5, actor=an_editor(), **BY),
        "Said Score 5",
        True,
    ),
    "hiding": (lambda comment: hide_comment(comment=comment, actor=an_editor(), **BY), "Said", False),
    "erasing": (lambda comment: erase_comment(comment=comment, actor=an_editor(), **BY), "Said", False),
    "locking": (
        lambda comment: set_discussion_status(discussion=comment.discussion, status="locked", actor=an_editor(), **BY),
        "closed",
        True,
    ),
    "another name": (
        lambda comment: rename_member(member=comment.author, name="Grace", actor=an_editor(), **BY),
        "by Grace",
        True,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_on_the_next_page(client, change):
    story = a_story()
    comment = a_comment(story.discussion, author=a_member("Ada"), subject="Said")
    act, words, is_shown = CHANGES[change]
    assert (words in seen(client, story).words) is not is_shown
    act(comment)
    assert (words in seen(client, story).words) is is_shown


def test_what_was_put_back_is_on_the_next_page(client):
    story = a_story()
    comment = a_comment(story.discussion, subject="Said")
    hide_comment(comment=comment, actor=an_editor(), **BY)
    assert "Said" not in seen(client, story).words
    restore_comment(comment=comment, actor=an_editor(), **BY)
    assert "Said" in seen(client, story).words


def test_a_name_taken_off_is_off_every_page_that_was_rendered_before(client):
    story = a_story()
    person = keep_archived_person(source="slashdot.org", number=68843, name="Entrope")
    Comment.objects.filter(pk=a_comment(story.discussion).pk).update(archived_author=person)
    assert "Entrope" in seen(client, story).words
    hide_archived_person(person=person, actor=an_editor(), **BY)
    assert "Entrope" not in seen(client, story).html
    show_archived_person(person=person, actor=an_editor(), **BY)
    assert "Entrope" in seen(client, story).words
    keep_archived_person(source="slashdot.org", number=68843, name="Entropy")
    assert "by Entropy" in seen(client, story).words


def test_what_changes_no_page_makes_nothing_anew(client, django_assert_num_queries):
    story = a_story(comments=3)
    seen(client, story)
    held = list(STORE.pages)
    flag_comment(comment=Comment.objects.first(), member=a_member(), kind="spam", words="", now=NOW)
    assert list(STORE.pages) == held


# -- Nobody's own ----------------------------------------------------------------------------------------------------


def test_nothing_of_a_reader_is_in_what_all_readers_share(client):
    story = a_story(comments=3)
    moderator = a_member("Canary", points=5)
    client.force_login(moderator)
    page = seen(client, story)
    assert "Canary" in page.words
    assert [name for name in page.fields if name.startswith("reason-")]
    kept = repr(list(STORE.pages.values()))
    assert not [word for word in ("Canary", "reason-", "csrf", "flag/") if word in kept]
    client.logout()
    assert not [word for word in ("Canary", "reason-", "csrf", "flag/") if word in seen(client, story).html]


def test_a_key_names_no_reader():
    assert Key._fields == ("discussion", "version", "names", "is_flat", "order", "after")


# -- Whatever people call themselves ---------------------------------------------------------------------------------

HOSTILE = [
    # as attributes, as tags, and as what is escaped already
    '"><script>alert(1)</script>',
    "<img src=x onerror=alert(1)>",
    "' onmouseover='x",
    '" autofocus onfocus="x',
    "&lt;b&gt;",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_every_part_that_people_write_is_escaped(words):
    comment = a_comment(author=a_member("Ada"))
    (row,) = comment_rows(Comment.objects.filter(pk=comment.pk))
    row.subject, row.author_name, row.html = words, words, "<p>Words</p>"
    archived = [("Ada", None), ("somebody", NOW)]
    for name, hidden_at in archived:
        row.archived_id, row.archived_name, row.archived_source, row.archived_hidden_at = 1, words, words, hidden_at
        row.author_name = words.replace("/", "") if name == "Ada" else None  # no name holds a slash
        parts = "".join(fragments_of([row])[0])
        assert words not in parts
        assert "<script" not in parts
        assert "<img" not in parts
        assert "onmouseover='" not in parts
        assert 'onfocus="' not in parts


def test_a_label_is_escaped(client):
    story = a_story()
    comment = a_comment(story.discussion)
    Comment.objects.filter(pk=comment.pk).update(label="<b>Troll</b>")
    page = seen(client, story)
    assert "<b>Troll</b>" in page.words
    assert "<b>Troll" not in page.html


# -- Made by one of many -----------------------------------------------------------------------------------------------


def key(number=1):
    return Key(number, 1, 0, False, "oldest", None)


class Made:
    fragments: dict = {}


def test_of_many_who_ask_at_once_one_makes_it():
    store, start, made, seen_by = Store(1000), Barrier(12), [], []

    def make():
        made.append(1)
        return Made()

    def reader():
        start.wait()
        seen_by.append(store.kept(key(), make))

    threads = [Thread(target=reader) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(set(map(id, seen_by))) == 1
    assert not store.making


def test_what_could_not_be_made_is_tried_again_by_the_next():
    store = Store(1000)

    def fail():
        raise OSError("the database is away")

    with pytest.raises(OSError, match="away"):
        store.kept(key(), fail)
    assert isinstance(store.kept(key(), Made), Made)


def test_the_memory_has_an_end_and_what_was_used_last_stays():
    class Large:
        def __init__(self):
            from comments.fragments import Fragment

            self.fragments = {1: Fragment("", "", "x" * 10, "", "y" * 30, "")}

    store = Store(100)
    for number in range(50):
        store.kept(key(number), Large)
        store.kept(key(0), Large)
    assert store.held == sum(size for _, size in store.pages.values()) <= 100
    assert key(0) in store.pages

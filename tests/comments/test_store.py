"""What is rendered once: never out of date, nobody's own, safe whatever people call themselves, made by one of many."""

from html import escape
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from django.urls import reverse

from comments.actions import hide_comment, restore_comment, set_discussion_status
from comments.fragments import Fragments, links_of
from comments.models import Comment
from comments.queries import comment_rows
from comments.rules import FULL, LINE, LINK
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
    assert Key._fields == ("discussion", "version", "names", "is_flat", "order", "after", "is_open")


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
    row = row._replace(subject=words, author_name=words, html="<p>Words</p>", signature=None)
    archived = [("Ada", None), ("somebody", NOW)]
    for name, hidden_at in archived:
        called = {"archived_id": 1, "archived_name": words, "archived_source": words, "archived_hidden_at": hidden_at}
        # No name of a member holds a slash.
        row = row._replace(author_name=words.replace("/", "") if name == "Ada" else None, **called)
        fragments = Fragments([row], links_of(1, is_open=True))
        parts = "".join(fragments.said(0, form).decode() for form in (FULL, LINE, LINK))
        assert words not in parts
        assert "<script" not in parts
        assert "<img" not in parts
        assert "onmouseover='" not in parts
        assert 'onfocus="' not in parts


@pytest.mark.parametrize("name", ["Ada", "Bob O Neil", "Zoë", "A.B-C_D", "x'y@z:(1)~!$&*+,;=%41?#"])
def test_an_authors_address_is_the_one_that_django_would_make(name):
    comment = a_comment(author=a_member("Ada"))
    (row,) = comment_rows(Comment.objects.filter(pk=comment.pk))
    said = Fragments([row._replace(author_name=name)], links_of(1, is_open=True)).said(0, FULL).decode()
    assert f'<a href="{escape(reverse("member", args=[name]))}">' in said


def test_a_label_is_escaped(client):
    story = a_story()
    comment = a_comment(story.discussion)
    Comment.objects.filter(pk=comment.pk).update(label="<b>Troll</b>")
    page = seen(client, story)
    assert "<b>Troll</b>" in page.words
    assert "<b>Troll" not in page.html


# -- Made by one of many -----------------------------------------------------------------------------------------------


def key(number=1, version=1):
    return Key(number, version, 0, False, "oldest", None, True)


class Made:
    fragments = SimpleNamespace(size=0)


def test_of_many_who_ask_at_once_one_makes_it():
    store, start, made, seen_by = Store(1000), Barrier(12), [], []

    def make(before):
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

    def fail(before):
        raise OSError("the database is away")

    with pytest.raises(OSError, match="away"):
        store.kept(key(), fail)
    assert isinstance(store.kept(key(), lambda before: Made()), Made)


def test_the_memory_has_an_end_and_what_was_used_last_stays():
    def make(before):
        return SimpleNamespace(fragments=SimpleNamespace(size=3000))

    store = Store(20_000)
    for number in range(50):
        store.kept(key(number), make)
        store.kept(key(0), make)
    assert 9_000 < store.held == sum(kept.size for kept in store.pages.values()) <= 20_000
    assert key(0).place in store.pages
    assert len(store.pages) > 1


def test_of_each_page_the_newest_version_stays():
    store = Store(20_000)
    made = {version: Made() for version in (1, 2, 3)}
    assert store.kept(key(version=2), lambda before: made[2]) is made[2]
    # A reader who asked before the others and got no turn until now.
    assert store.kept(key(version=1), lambda before: made[1]) is made[1]
    assert store.kept(key(version=2), lambda before: pytest.fail("It is kept.")) is made[2]
    assert store.kept(key(version=3), lambda before: made[3] if before is made[2] else None) is made[3]
    assert len(store.pages) == 1


# -- From one version to the next --------------------------------------------------------------------------------------


def kept_comments() -> dict[int, bytes]:
    """The comments of the only page that is kept, in full, by number."""
    (kept,) = STORE.pages.values()
    fragments = kept.rendered.fragments
    return {row.id: said for row, said in zip(fragments.rows, fragments.kept(FULL), strict=True)}


def test_only_comments_that_look_otherwise_are_made_anew(client):
    story = a_story()
    author = a_member("Ada")
    said, other, later = (
        a_comment(story.discussion, author=author, subject=words) for words in ("One", "Two", "Three")
    )
    seen(client, story)
    before = kept_comments()
    spend_point(comment=other, moderator=a_member(points=5), reason=1, now=NOW)
    reply = a_comment(parent=said, subject="Four")
    hide_comment(comment=later, actor=an_editor(), **BY)
    page = seen(client, story)
    after = kept_comments()
    assert after.keys() == {said.pk, other.pk, later.pk, reply.pk}
    assert [pk for pk in before if after[pk] is before[pk]] == [said.pk]
    assert "Offtopic" in page.words
    assert "Four" in page.words
    assert "Three" not in page.words


def test_what_shows_on_no_page_makes_no_comment_anew(client):
    story = a_story(comments=3)
    seen(client, story)
    before = kept_comments()
    flag_comment(comment=Comment.objects.first(), member=a_member(), kind="spam", words="", now=NOW)
    seen(client, story)
    after = kept_comments()
    assert [after[pk] is said for pk, said in before.items()] == [True] * 3


def test_a_name_changes_all_comments_of_its_owner_and_no_others(client):
    story = a_story()
    ada, bob = a_member("Ada"), a_member("Bob")
    said, other = a_comment(story.discussion, author=ada), a_comment(story.discussion, author=bob)
    seen(client, story)
    before = kept_comments()
    rename_member(member=ada, name="Grace", actor=an_editor(), **BY)
    assert "by Grace" in seen(client, story).words
    after = kept_comments()
    assert after[other.pk] is before[other.pk] is not None
    assert after[said.pk] is not before[said.pk]

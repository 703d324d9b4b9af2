"""What looks like spam waits for staff: learned from their decisions, told in words, and seen by nobody meanwhile."""

from datetime import timedelta

import pytest

from comments.actions import prepare_words
from comments.models import Comment, Origin
from forum import policy
from forum.accounts.actions import Refused
from forum.notifications.models import Notification
from forum.text import words_said
from moderation.actions import (
    dismiss_flags,
    erase_comment,
    flag_comment,
    forget_old_held,
    hide_comment,
    hold_suspect,
    judge,
    learn,
    learn_from_what_stands,
    refuse_held,
    release_held,
)
from moderation.models import Held, Lesson, SpamWord
from moderation.rules.spam import Lessons, weigh
from tests.factories import NOW, a_comment, a_discussion, a_member, a_story, an_editor
from tests.pages import read

pytestmark = pytest.mark.django_db
SPAM = "Buy cheap watches and cheap pills at our shop today"
GOOD = "I have read the article twice and disagree with its second point"
ENOUGH = policy.SPAM_LESSONS_MIN
BY = {"reason": "Adverts", "now": NOW}


@pytest.fixture
def lessons():
    """Staff have decided about so many texts of each kind."""
    for number in range(ENOUGH):
        for is_spam, words in ((True, SPAM), (False, GOOD)):
            learn(a_comment(body=f"{words}, number {number}."), is_spam=is_spam, now=NOW)


def sends(body=SPAM, *, author=None, room=None, parent=None, **where):
    words = prepare_words(subject="An offer", body=body, markup="plain")
    said = {"discussion": room or a_discussion(), "author": author, "writer": author, "parent": parent}
    return hold_suspect(**said, words=words, form_key=None, now=NOW, **where)


def a_newcomer(**fields):
    return a_member(joined_at=NOW - timedelta(hours=1), **fields)


# -- The rule ------------------------------------------------------------------------------------------------------


def test_words_of_spam_make_spam_and_the_most_telling_come_first():
    known = {"watches": Lessons(20, 0), "article": Lessons(0, 20), "the": Lessons(20, 20), "pills": Lessons(1, 0)}
    spam, why = weigh(["watches", "the", "pills", "unknown"], known, Lessons(20, 20))
    assert spam > policy.SPAM_HELD_FROM
    assert [one.word for one in why] == ["watches", "pills"]
    assert weigh(["article", "the"], known, Lessons(20, 20))[0] < 0.1
    assert weigh(["the", "unknown"], known, Lessons(20, 20)) == (0.5, [])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Cheap WATCHES, cheap!", {"cheap", "watches"}),
        ("加微信领取", {"加微", "微信", "信领", "领取"}),
        ("See https://shop.example/a?b here", {"see", "here", "link to shop.example"}),
    ],
)
def test_words_are_counted_once_in_any_script_with_the_hosts_of_links(body, words):
    html = prepare_words(subject="A", body=body, markup="plain").html
    assert words <= words_said(html, 300, 40)


# -- Learning ------------------------------------------------------------------------------------------------------


def test_nothing_waits_until_enough_was_learned():
    for number in range(ENOUGH - 1):
        for is_spam, words in ((True, SPAM), (False, GOOD)):
            learn(a_comment(body=f"{words}, number {number}."), is_spam=is_spam, now=NOW)
    assert judge(f"<p>{SPAM}</p>") == (0, [])
    assert sends() is None


def test_a_text_is_learned_once_and_another_decision_takes_the_place_of_the_first():
    comment = a_comment(body=SPAM)
    assert learn(comment, is_spam=True, now=NOW)
    assert not learn(comment, is_spam=True, now=NOW)
    assert (SpamWord.objects.get(word="watches").spam, Lesson.objects.count()) == (1, 1)
    assert learn(comment, is_spam=False, now=NOW)
    word = SpamWord.objects.get(word="watches")
    assert (word.spam, word.other) == (0, 1)


def test_staff_teach_by_what_they_do_to_flagged_comments():
    advert, fine, rude = (a_comment(body=f"{words}.") for words in (SPAM, GOOD, "You are all fools and I hate you"))
    for comment in (advert, fine):
        flag_comment(comment=comment, member=a_member(), kind="spam", words="", now=NOW)
    hide_comment(comment=advert, actor=an_editor(), reason="An advertisement", now=NOW)
    dismiss_flags(comment=fine, actor=an_editor(), **BY)
    hide_comment(comment=rude, actor=an_editor(), reason="Insults", now=NOW)
    assert dict(Lesson.objects.values_list("comment", "is_spam")) == {advert.pk: True, fine.pk: False}


def test_what_stood_for_a_week_is_learned_as_no_spam_but_not_what_was_flagged_or_hidden():
    old = NOW - policy.SPAM_LEARN_AGE
    stands, flagged, hidden, young = (a_comment(body=f"{GOOD} {n}", now=old) for n in range(4))
    flag_comment(comment=flagged, member=a_member(), kind="spam", words="", now=NOW)
    hide_comment(comment=hidden, actor=an_editor(), reason="Rude", now=NOW)
    Comment.objects.filter(pk=young.pk).update(posted_at=NOW)
    assert learn_from_what_stands(now=NOW) == 1
    assert Lesson.objects.get().comment == stands
    assert learn_from_what_stands(now=NOW) == 0


def test_erased_words_are_unlearned(lessons):
    comment = a_comment(body="Somebody's private telephone")
    learn(comment, is_spam=False, now=NOW)
    erase_comment(comment=comment, actor=an_editor(), **BY)
    assert SpamWord.objects.get(word="telephone").other == 0
    assert not Lesson.objects.filter(comment=comment).exists()


# -- Holding -------------------------------------------------------------------------------------------------------


def test_spam_of_visitors_and_of_new_accounts_waits_and_nothing_shows_it(lessons):
    room, before = a_discussion(), Comment.objects.count()
    parent = a_comment(room, author=a_member())
    for author in (None, a_newcomer()):
        held = sends(author=author, room=room, parent=parent)
        assert held.spam >= policy.SPAM_HELD_FROM
        assert "watches" in dict(held.why)
    room.refresh_from_db()
    assert (Comment.objects.count(), room.comment_count) == (before + 1, 1)
    assert not Notification.objects.exists()


@pytest.mark.parametrize("known", ["old", "staff", "has spoken"])
def test_whoever_is_known_does_not_wait(lessons, known):
    author = a_member() if known == "old" else an_editor() if known == "staff" else a_newcomer()
    if known == "has spoken":
        for number in range(policy.SPAM_NEW_COMMENTS):
            a_comment(author=author, body=f"Number {number}")
    assert sends(author=author) is None


def test_what_is_no_spam_does_not_wait(lessons):
    assert sends(GOOD, author=a_newcomer()) is None
    assert sends("Something about which nothing was ever learned, whatsoever") is None


def test_nobody_fills_the_queue(lessons):
    author = a_newcomer()
    for number in range(policy.HELD_EACH_MAX):
        assert sends(f"{SPAM} {number}", author=author)
    with pytest.raises(Refused, match="wait for staff"):
        sends(author=author)
    assert sends(author=a_newcomer())


def test_limits_and_closed_discussions_refuse_before_anything_waits(lessons):
    room = a_discussion(status="locked")
    with pytest.raises(Refused, match="closed"):
        sends(room=room)
    assert not Held.objects.exists()


# -- Deciding ------------------------------------------------------------------------------------------------------


def test_a_released_comment_takes_its_place_and_everybody_is_told(lessons):
    writer, author, room = a_member(), a_newcomer(), a_discussion()
    parent = a_comment(room, author=writer)
    held = sends(author=author, room=room, parent=parent, network="203.0.113.0/24")
    comment = release_held(held=held, actor=an_editor(), reason="", now=NOW + timedelta(hours=2))
    assert (comment.parent, comment.author, comment.text.source) == (parent, author, SPAM)
    assert comment.posted_at == NOW + timedelta(hours=2)
    assert {one.recipient for one in Notification.objects.all()} == {writer, author}
    assert Origin.objects.get(comment=comment).network == held.network_hash != ""
    held.refresh_from_db()
    assert (held.outcome, held.comment, held.source) == ("released", comment, "")
    assert Lesson.objects.get(comment=comment).is_spam is False
    assert release_held(held=held, actor=an_editor(), reason="", now=NOW) is None


def test_a_refused_comment_is_learned_and_its_author_told_why(lessons):
    author = a_newcomer()
    held = sends(author=author)
    assert refuse_held(held=held, actor=an_editor(), **BY)
    assert not refuse_held(held=held, actor=an_editor(), **BY)
    assert Lesson.objects.get(held=held).is_spam
    assert "did not post your comment “An offer”: Adverts" in Notification.objects.get(recipient=author).line
    assert forget_old_held(now=NOW + policy.NOTICE_LIFETIME) == 0
    assert forget_old_held(now=NOW + policy.NOTICE_LIFETIME + timedelta(days=1)) == 1


def test_a_refusal_needs_a_reason_and_nobody_decides_an_own_case(lessons):
    author = a_newcomer()
    held = sends(author=author)
    with pytest.raises(Refused, match="Say why"):
        refuse_held(held=held, actor=an_editor(), reason=" ", now=NOW)
    with pytest.raises(Refused, match="your own comment"):
        release_held(held=held, actor=author, reason="", now=NOW)
    assert Held.objects.get().outcome == ""


# -- The pages -----------------------------------------------------------------------------------------------------


def test_the_writer_sees_that_it_waits_and_staff_let_it_through_in_the_admin(client, lessons, at_noon):
    story, author = a_story(), a_newcomer()
    client.force_login(author)
    address = f"/reply/{story.discussion_id}/"
    fields = read(client.get(address)).fields
    form = {name: fields[name] for name in ("key", "writer", "draft")}
    form |= {"subject": "An offer", "body": SPAM, "markup": "plain", "post": "1"}
    for _ in range(2):  # sent twice it waits once
        page = read(client.post(address, form), 202)
        assert "Your comment waits for staff" in page.words
        assert SPAM in page.words
    held = Held.objects.get()
    assert "Waiting for staff" in read(client.get("/waiting/")).words
    assert SPAM not in read(client.get(story.get_absolute_url())).words
    client.force_login(an_editor())
    assert "watches" in read(client.get(f"/admin/moderation/held/{held.pk}/change/")).words
    assert client.post(f"/admin/moderation/held/{held.pk}/act/release/", {"reason": ""}).status_code == 302
    client.force_login(author)
    assert "Posted" in read(client.get("/waiting/")).words
    assert SPAM in read(client.get(story.get_absolute_url())).words
    assert client.post(address, form)["Location"].endswith(f"#comment-{Comment.objects.latest('pk').pk}")

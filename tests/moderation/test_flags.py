"""Readers flag what breaks law or rules; staff settle it, and those who flagged are told."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from forum import policy
from forum.accounts.actions import Refused, ban_member
from forum.accounts.models import StaffAct
from moderation.actions import dismiss_flags, flag_comment, hide_comment
from moderation.models import Flag
from tests.desk import act_of, acts_on, check_page, list_of, page_of, words_of
from tests.factories import NOW, a_comment, a_member, a_story, an_editor, staff_of
from tests.pages import read

pytestmark = pytest.mark.django_db


def flag(comment, member=None, kind="spam", words="", now=NOW):
    return flag_comment(comment=comment, member=member or a_member(), kind=kind, words=words, now=now)


def told(member) -> list[str]:
    return list(member.notifications.order_by("pk").values_list("line", flat=True))


# -- Flagging ------------------------------------------------------------------------------------------------------


def test_a_reader_flags_a_comment_once(client):
    comment, reader = a_comment(a_story(now=timezone.now()).discussion, now=timezone.now()), a_member()
    client.force_login(reader)
    page = read(client.get(f"/comment/{comment.pk}/flag/"))
    assert "Breaks the law" in page.words
    response = client.post(f"/comment/{comment.pk}/flag/", {"kind": "threat", "words": " He means it. "})
    assert response.headers["Location"] == f"{comment.discussion.link}#comment-{comment.pk}"
    kept = Flag.objects.get()
    assert (kept.member, kept.kind, kept.words, kept.settled_at) == (reader, "threat", "He means it.", None)
    again = client.post(f"/comment/{comment.pk}/flag/", {"kind": "spam"})
    assert "flagged this comment already" in read(again, 409).words
    assert Flag.objects.count() == 1


def test_the_constraint_holds_one_flag_for_each_reader():
    flag(comment := a_comment(), reader := a_member())
    with pytest.raises(IntegrityError):
        Flag.objects.create(comment=comment, member=reader, kind="spam", flagged_at=NOW)


def test_a_form_without_a_kind_is_shown_again_in_words(client):
    comment = a_comment(now=timezone.now())
    client.force_login(a_member())
    page = read(client.post(f"/comment/{comment.pk}/flag/", {"words": "Bad", "kind": "nonsense"}), 422)
    assert page.fields["words"] == "Bad"
    assert not Flag.objects.exists()


def test_a_visitor_is_sent_to_sign_in_and_sees_no_link(client):
    story = a_story(now=timezone.now())
    comment = a_comment(story.discussion, now=timezone.now())
    assert client.get(f"/comment/{comment.pk}/flag/").headers["Location"].startswith("/accounts/login/")
    assert "Flag" not in read(client.get(story.get_absolute_url())).links
    client.force_login(a_member())
    assert read(client.get(story.get_absolute_url())).links["Flag"] == f"/comment/{comment.pk}/flag/"


def test_nobody_flags_own_removed_or_unknown_comments(client):
    author = a_member()
    comment = a_comment(author=author)
    with pytest.raises(Refused, match="your own comment"):
        flag(comment, author)
    hide_comment(comment=comment, actor=an_editor(), reason="Spam", now=NOW)
    with pytest.raises(Refused, match="removed this comment already"):
        flag(comment)
    client.force_login(author)
    assert client.get("/comment/999/flag/").status_code == 404
    assert not Flag.objects.exists()


def test_a_banned_member_cannot_flag():
    reader = a_member()
    ban_member(member=reader, actor=an_editor(), reason="Threats", now=NOW)
    with pytest.raises(Refused, match="may not flag"):
        flag(a_comment(), reader)


def test_a_member_can_flag_so_many_comments_a_day_and_no_more():
    reader, discussion = a_member(), a_comment().discussion
    for _ in range(policy.FLAGS_PER_DAY):
        flag(a_comment(discussion), reader)
    one_more = a_comment(discussion)
    with pytest.raises(Refused, match="within a day"):
        flag(one_more, reader)
    assert flag(one_more, reader, now=NOW + policy.FLAG_SPAN + timedelta(seconds=1))


# -- Settling ------------------------------------------------------------------------------------------------------


def test_hiding_settles_the_flags_and_tells_everybody():
    author, readers, comment = a_member(), [a_member(), a_member()], None
    comment = a_comment(author=author)
    for reader in readers:
        flag(comment, reader)
    assert hide_comment(comment=comment, actor=an_editor(), reason="Advertising", now=NOW)
    act = StaffAct.objects.get(verb="hide")
    assert set(Flag.objects.values_list("outcome", "act")) == {("acted", act.pk)}
    for reader in readers:
        assert told(reader) == ["Thank you: staff removed a comment that you flagged: Advertising"]
    assert author.notifications.get().link == f"/log/{act.pk}/"


def test_dismissing_leaves_the_comment_and_tells_those_who_flagged():
    reader, comment = a_member(), a_comment(subject="Spicy")
    flag(comment, reader)
    assert dismiss_flags(comment=comment, actor=an_editor(), reason="Rude is allowed", now=NOW)
    comment.refresh_from_db()
    assert comment.hidden_at is None
    assert Flag.objects.get().outcome == "dismissed"
    assert told(reader) == ["Staff looked at “Spicy”, which you flagged, and leave it: Rude is allowed"]
    assert not dismiss_flags(comment=comment, actor=an_editor(), reason="Again", now=NOW)
    assert acts_on(comment) == ["dismiss flags"]


def test_dismissing_needs_a_reason():
    flag(comment := a_comment())
    with pytest.raises(Refused, match="Say why"):
        dismiss_flags(comment=comment, actor=an_editor(), reason=" ", now=NOW)
    assert Flag.objects.waiting().count() == 1


# -- The queue -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    client.force_login(staff_of("Moderators"))
    return client


def test_the_queue_groups_by_comment_with_the_illegal_first_and_then_the_oldest(desk):
    newer, older, illegal = (a_comment(subject=words) for words in ("Newer", "Older", "Illegal"))
    flag(older, now=NOW + timedelta(hours=1))
    flag(newer, now=NOW + timedelta(hours=2))
    flag(illegal, now=NOW + timedelta(hours=3))
    flag(illegal, kind="illegal", now=NOW + timedelta(hours=4))
    flag(older, kind="private", now=NOW + timedelta(hours=5))
    page = check_page(desk, list_of(Flag))
    assert page.index("Illegal</a>") < page.index("Older</a>") < page.index("Newer</a>")
    assert page.count("Older</a>") == 1
    assert "Breaks the law: 1, Advertising: 1" in page
    assert "Reveals somebody&#x27;s private details: 1, Advertising: 1" in page


def test_a_settled_flag_leaves_the_queue_and_stays_on_record(desk):
    flag(comment := a_comment(subject="Spicy"))
    dismiss_flags(comment=comment, actor=an_editor(), reason="Fine", now=NOW)
    assert "Spicy</a>" not in check_page(desk, list_of(Flag))
    assert "Spicy</a>" in check_page(desk, list_of(Flag) + "?state=settled")


def test_staff_hide_and_dismiss_from_the_queue(desk):
    first, second = flag(a_comment(), words="Look"), flag(a_comment())
    assert "Look" in check_page(desk, page_of(first))
    answer = desk.post(act_of(first, "hide"), {"reason": "Advertising"}, follow=True)
    assert "done for 1" in words_of(answer)
    desk.post(act_of(second, "dismiss"), {"reason": "Fine"})
    assert acts_on(first.comment) == ["hide"]
    assert acts_on(second.comment) == ["dismiss flags"]
    assert not Flag.objects.waiting().exists()


def test_the_queue_is_for_those_who_may_settle_flags(client):
    client.force_login(staff_of("Editors"))
    assert client.get(list_of(Flag)).status_code == 403

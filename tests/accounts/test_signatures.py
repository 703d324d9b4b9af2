"""What stands under all of a member's comments."""

from datetime import timedelta

import pytest
from django.urls import reverse

from forum import policy
from forum.accounts.actions import Refused, ban_member, change_signature, take_signature_away
from forum.accounts.models import StaffAct, User
from tests.factories import NOW, a_comment, a_member, a_story, an_editor
from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
LATER = NOW + policy.SIGNATURE_EVERY


@pytest.fixture
def robin():
    return a_member("Robin")


@pytest.fixture
def story(robin):
    story = a_story()
    a_comment(story.discussion, author=robin, body="What Robin said.")
    return story


def sign(member, words, now=NOW):
    return change_signature(member=member, signature=words, now=now)


def thread(client, story, query="?threshold=-1&full_from=-1"):
    return read(client.get(story.get_absolute_url() + query))


def test_it_stands_under_each_comment_and_a_change_shows_at_once(client, robin, story):
    assert "signature" not in thread(client, story).html
    sign(robin, "Penguins & <b>more</b>")
    page = thread(client, story)
    assert page.html.count('<div class="signature">') == 1
    assert "What Robin said. Penguins & " in page.words
    sign(robin, "Only fish", LATER)
    assert "What Robin said. Only fish" in thread(client, story).words
    sign(robin, "", LATER + policy.SIGNATURE_EVERY)
    assert "signature" not in thread(client, story).html


def test_who_hides_signatures_reads_none(client, robin, story):
    sign(robin, "Only fish")
    client.force_login(a_member("Eve", hides_signatures=True))
    assert "Only fish" not in thread(client, story).words
    client.force_login(a_member("Ada"))
    assert "Only fish" in thread(client, story).words


@pytest.mark.parametrize(
    "evil",
    ["<script>alert(1)</script>x", "<img src=x onerror=alert(1)>y", "<a href='javascript:alert(1)'>z</a>", "\0w"],
)
def test_it_is_made_safe_when_it_is_written(client, robin, story, evil):
    sign(robin, evil)
    html = thread(client, story).html
    found = html.partition('<div class="signature">')[2].partition("</div>")[0]
    assert found
    assert not [one for one in ("<script", "<img", "<a", "\0") if one in found]


@pytest.mark.parametrize("nothing", [" ", "\u200b", "\0", "\u202e \u3164"])
def test_what_shows_nothing_is_no_signature(robin, nothing):
    assert not sign(robin, nothing)
    assert User.objects.get(pk=robin.pk).signature_html == ""


def test_letters_that_grow_when_they_are_tidied_still_find_room(robin):
    assert sign(robin, "\ufb2c" * policy.SIGNATURE_MAX)
    assert len(User.objects.get(pk=robin.pk).signature) == policy.SIGNATURE_MAX


def test_it_changes_once_in_a_while_and_the_refusal_keeps_what_was_typed(client, robin):
    sign(robin, "First")
    with pytest.raises(Refused, match="less than 10 minutes ago"):
        sign(robin, "Second", LATER - timedelta(seconds=1))
    assert not sign(robin, "First", NOW)
    client.force_login(robin)
    form = {"threshold": "2", "full_from": "3", "mode": "flat", "order": "newest", "markup": "plain"}
    form |= {"date_format": "slash", "signature": "Second"}
    page = read(client.post(reverse("preferences"), form), 422)
    assert "less than 10 minutes ago" in page.words
    assert page.fields["signature"] == "Second"
    kept = User.objects.get(pk=robin.pk)
    assert (kept.signature, kept.mode) == ("First", "nested")


def test_a_longer_one_is_refused_in_words(client, robin):
    client.force_login(robin)
    form = {"threshold": "2", "full_from": "3", "mode": "flat", "order": "newest", "markup": "plain"}
    form |= {"date_format": "slash", "signature": "x" * (policy.SIGNATURE_MAX + 1)}
    assert "at most 200" in read(client.post(reverse("preferences"), form), 422).words.lower()


def test_who_is_banned_writes_none(robin):
    ban_member(member=robin, actor=an_editor(), reason="Spam", now=NOW)
    with pytest.raises(Refused):
        sign(robin, "Buy fish")


def test_staff_take_it_away_for_a_reason_on_record(client, robin, story):
    edith = an_editor("Edith")
    assert take_signature_away(member=robin, actor=edith, reason="Spam", now=NOW) is None
    sign(robin, "Buy fish")
    with pytest.raises(Refused):
        take_signature_away(member=robin, actor=edith, reason="", now=NOW)
    assert "Buy fish" in thread(client, story).words
    client.force_login(edith)
    client.post(reverse("admin:accounts_user_act", args=[robin.pk, "signature"]), {"reason": "Spam"})
    assert "Buy fish" not in thread(client, story).words
    assert StaffAct.objects.filter(verb="signature off").count() == 1


def test_an_anonymous_comment_of_the_member_carries_none(client, robin, story):
    sign(robin, "Only fish")
    a_comment(story.discussion, body="What nobody said.")
    assert thread(client, story).words.count("Only fish") == 1

"""The inbox: what came in, what is new, and marking it as read."""

import pytest
from django.urls import reverse

from forum import policy
from forum.notifications.actions import leave_notification
from forum.notifications.models import Notification
from tests.factories import NOW, a_comment, a_member, a_story
from tests.pages import queries_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def ada(client):
    member = a_member("Ada")
    client.force_login(member)
    return member


def inbox(client, page=""):
    return read(client.get(reverse("inbox"), {"page": page}))


def letters(member, count, name="letter"):
    for number in range(count):
        leave_notification(
            recipient=member,
            event=f"{name}:{number}",
            line=f"Line {number}.",
            link="/",
            wants_mail=False,
            now=NOW,
        )


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(reverse("inbox"))["Location"].startswith(reverse("account_login"))


def test_an_empty_inbox_says_what_will_be_here(client, ada):
    assert "Nothing has come in yet" in inbox(client).words


def test_a_reply_is_a_line_that_leads_to_it(client, ada):
    reply = a_comment(parent=a_comment(a_story().discussion, author=ada, subject="Dust"), author=a_member("Somebody"))
    page = inbox(client)
    assert page.links["Somebody replied to your comment “Dust”"] == reply.get_absolute_url()
    assert "1 unread" in page.words


def test_one_line_is_marked_as_read(client, ada):
    letters(ada, 2)
    first = Notification.objects.earliest("pk")
    assert client.post(reverse("mark_read"), {"notification": first.pk})["Location"] == reverse("inbox")
    assert "1 unread" in inbox(client).words


def test_all_lines_are_marked_as_read(client, ada):
    letters(ada, 3)
    client.post(reverse("mark_read"))
    page = inbox(client)
    assert "Everything is read" in page.words
    assert "notification" not in page.fields


def test_nobody_marks_the_lines_of_somebody_else(client, ada):
    letters(a_member(), 1)
    client.post(reverse("mark_read"), {"notification": Notification.objects.get().pk})
    assert Notification.objects.unread().count() == 1


@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 30, "0"])
def test_nonsense_marks_nothing(client, ada, nonsense):
    letters(ada, 1)
    assert client.post(reverse("mark_read"), {"notification": nonsense}).status_code == 302
    assert Notification.objects.unread().count() == 1


def test_older_lines_are_on_the_next_page(client, ada):
    letters(ada, policy.NOTICES_PER_PAGE + 1)
    assert "Line 0." not in inbox(client).words
    assert "Line 0." in inbox(client, "2").words


def test_the_page_costs_the_same_for_1_line_as_for_40(client, ada):
    letters(ada, 1)
    for_one = queries_of(client, reverse("inbox"))
    letters(ada, 40, "another")
    assert queries_of(client, reverse("inbox")) == for_one

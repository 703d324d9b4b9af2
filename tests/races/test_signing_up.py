"""Two people want names that look alike at the same moment: one gets it, the other is told in words."""

import pytest
from django.urls import reverse

from forum.accounts.models import User
from tests.crowd import at_the_same_moment, many

pytestmark = pytest.mark.django_db(transaction=True)


def signing_up(visitor, name, address):
    form = {
        "username": name,
        "email": address,
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    return lambda: visitor.post(reverse("account_signup"), form)


@pytest.mark.parametrize("names", [("Paul Miller", "PauI MiIIer"), ("modern", "MODERN"), ("Modern", "rnodern")])
def test_names_that_look_alike_become_one_account(client, names):
    for number in range(many(3)):
        User.objects.all().delete()
        visitors = [type(client)(REMOTE_ADDR=f"192.0.2.{place}") for place in range(4)]
        acts = [
            signing_up(visitor, names[place % 2], f"visitor-{number}-{place}@example.org")
            for place, visitor in enumerate(visitors)
        ]
        answers = at_the_same_moment(*acts)
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert sum(answer.status_code == 302 for answer in answers) == 1
        assert all(answer.status_code in (200, 409) for answer in answers if answer.status_code != 302)
        assert User.objects.count() == 1

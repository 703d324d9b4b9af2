"""Whom to tell of a hole."""

import pytest
from django.urls import reverse

from tests.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def test_who_is_named_is_told_with_a_date(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "Contact: mailto:security@example.org",
        "Expires: 2026-10-31T00:00:00Z",
        "Canonical: http://testserver/.well-known/security.txt",
    ]


def test_where_nobody_is_named_there_is_no_such_file(client):
    assert "There is nothing here" in read(client.get(reverse("security_txt")), 404).words

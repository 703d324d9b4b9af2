"""Where a request comes from, no closer than its network; and hashes that outlive neither their key nor their day."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from comments.models import Comment, Origin
from forum import policy
from forum.accounts.actions import destroy_old_network_keys, network_key
from forum.accounts.models import NetworkKey
from forum.networks import keyed_hash, network_of
from tests.factories import NOW, a_comment, a_discussion, a_member

TODAY = NOW.date()


def seen_from(address, **headers) -> str:
    return network_of(RequestFactory().get("/", REMOTE_ADDR=address, **headers))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("0.0.0.0", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_an_address_is_told_no_closer_than_its_network(address, network):
    assert seen_from(address) == network


@pytest.mark.django_db
def test_a_member_is_where_the_request_comes_from_as_anybody_is():
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.77")
    request.user = a_member()
    assert network_of(request) == "203.0.113.0/24"


def test_a_forged_header_moves_nobody_to_another_network():
    assert seen_from("203.0.113.77", HTTP_X_FORWARDED_FOR="198.51.100.9") == "203.0.113.0/24"


@pytest.mark.django_db
def test_a_member_is_on_the_network_that_the_request_comes_from():
    asked = RequestFactory().get("/", REMOTE_ADDR="203.0.113.77")
    asked.user = a_member()
    assert network_of(asked) == "203.0.113.0/24"


def test_behind_a_proxy_only_its_own_word_counts(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert seen_from("127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.9, 203.0.113.77") == "203.0.113.0/24"


@pytest.mark.parametrize(("proxies", "behind"), [(1, ""), (2, ", 198.51.100.1")])
def test_a_thousand_forged_addresses_are_one_client(settings, proxies, behind):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    forged = [f"10.{n % 7}.{n // 250}.{n % 250}" for n in range(1_000)]
    seen = {
        seen_from("127.0.0.1", HTTP_X_FORWARDED_FOR=f"{one}, 203.0.113.77{behind}", HTTP_X_REAL_IP=one)
        for one in forged
    }
    assert seen == {"203.0.113.0/24"}


def test_a_hash_needs_the_days_secret_and_the_sites(settings):
    here = keyed_hash(b"monday", "network:203.0.113.0/24")
    assert here == keyed_hash(b"monday", "network:203.0.113.0/24")
    assert here != keyed_hash(b"tuesday", "network:203.0.113.0/24")
    settings.SECRET_KEY = "another site's"
    assert here != keyed_hash(b"monday", "network:203.0.113.0/24")


@pytest.mark.django_db
def test_a_day_has_one_key():
    assert network_key(TODAY).pk == network_key(TODAY).pk
    assert bytes(network_key(TODAY).secret) != bytes(network_key(TODAY - timedelta(days=1)).secret)


@pytest.mark.django_db
def test_with_its_key_every_trace_of_a_day_is_gone_and_the_comments_stay():
    writer, place = a_member(), a_discussion()
    a_comment(place, network="203.0.113.0/24", writer=writer)
    assert Origin.objects.count() == 1
    assert destroy_old_network_keys(today=TODAY + policy.NETWORK_KEY_LIFETIME) == 0
    assert destroy_old_network_keys(today=TODAY + policy.NETWORK_KEY_LIFETIME + timedelta(days=1)) == 1
    assert not Origin.objects.exists()
    assert not NetworkKey.objects.exists()
    assert Comment.objects.count() == 1


@pytest.mark.django_db
def test_neither_address_nor_member_can_be_read_from_what_is_kept():
    writer = a_member()
    comment = a_comment(network="203.0.113.0/24", writer=writer)
    kept = comment.origin
    assert comment.author_id is None
    assert "203" not in kept.network
    assert len(kept.network) == len(kept.author) == 32
    assert kept.author != keyed_hash(b"", f"member:{writer.pk}")


@pytest.mark.django_db
def test_under_a_name_no_hash_of_the_member_is_kept():
    member = a_member()
    assert a_comment(author=member, network="203.0.113.0/24", writer=member).origin.author == ""


@pytest.mark.django_db
def test_two_anonymous_comments_of_two_days_have_nothing_in_common():
    writer = a_member()
    first = a_comment(network="203.0.113.0/24", writer=writer).origin
    second = a_comment(network="203.0.113.0/24", writer=writer, now=NOW + timedelta(days=1)).origin
    assert first.network != second.network
    assert first.author != second.author

"""Challenges: what a visitor's device works out, that only the right solution counts, and only once."""

import base64
import json
from datetime import timedelta

import altcha
import pytest
from django.db import connection, transaction
from django.urls import reverse

from forum import policy
from forum.accounts.actions import NoSolution, forget_spent_challenges, new_challenge, spend_solution
from forum.accounts.models import SpentChallenge
from forum.accounts.tasks import forget_expired_sessions
from forum.presets import THRESHOLD
from tests.factories import NOW, a_policy, a_solution

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
TRIES = 4


@pytest.fixture
def asks():
    a_policy(THRESHOLD, anonymous_challenge=TRIES)


def opened(solution: str) -> dict:
    return json.loads(base64.b64decode(solution))


def closed(payload) -> str:
    return base64.b64encode(json.dumps(payload).encode()).decode()


def spend(solution, now=NOW):
    spend_solution(solution=solution, now=now)


# -- What the site gives -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("asks")
def test_whoever_asks_is_given_a_challenge_that_no_cache_keeps_and_no_cookie_comes_with(client):
    answer = client.get(reverse("challenge"))
    parameters = answer.json()["parameters"]
    assert parameters["algorithm"] == "PBKDF2/SHA-256"
    assert parameters["expiresAt"] == (NOW + policy.CHALLENGE_LIFETIME).timestamp()
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert client.get(reverse("challenge")).json()["signature"] != answer.json()["signature"]
    assert client.post(reverse("challenge")).status_code == 405


def test_a_site_that_asks_nobody_gives_none(client):
    assert client.get(reverse("challenge")).status_code == 404


@pytest.mark.parametrize("tries", [1, 2, 3, 40])
def test_it_takes_no_less_than_half_the_tries_and_no_more_than_all(tries):
    for _ in range(5):
        solved = opened(a_solution(tries=tries))["solution"]
        assert tries // 2 <= solved["counter"] < tries


@pytest.mark.usefixtures("asks")
def test_a_network_is_given_so_many_a_minute_and_its_address_is_kept_nowhere(client, monkeypatch):
    monkeypatch.setattr(policy, "CHALLENGES_PER_MINUTE", 3)
    answers = [client.get(reverse("challenge"), REMOTE_ADDR=f"203.0.113.{n}") for n in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert "Try again in a minute" in answers[-1].json()["error"]
    assert client.get(reverse("challenge"), REMOTE_ADDR="198.51.100.1").status_code == 200
    with connection.cursor() as asked:
        asked.execute("SELECT cache_key, value FROM forum_cache")
        assert "203.0.113" not in repr(asked.fetchall())


# -- What it takes -------------------------------------------------------------------------------------------------


def test_a_solution_is_worth_one_thing_once():
    solution = a_solution()
    spend(solution)
    with pytest.raises(NoSolution, match="counted once already"):
        spend(solution)
    # Written otherwise, it is the same one.
    with pytest.raises(NoSolution, match="counted once already"):
        spend(closed(opened(solution) | {"more": "words"}))
    assert SpentChallenge.objects.count() == 1


def test_what_it_paid_for_came_to_nothing_so_it_is_not_spent():
    solution = a_solution()
    with transaction.atomic():
        spend(solution)
        transaction.set_rollback(True)
    spend(solution)


def test_a_solution_grows_old(time_machine):
    solution = a_solution()
    late = NOW + policy.CHALLENGE_LIFETIME
    with pytest.raises(NoSolution, match="too old"):
        spend(solution, now=late)
    time_machine.move_to(late + timedelta(seconds=1), tick=False)
    with pytest.raises(NoSolution, match="too old"):
        spend(solution, now=late + timedelta(seconds=1))
    assert not SpentChallenge.objects.exists()


def changed(part, **other):
    def change(payload):
        inside = payload["challenge"]["parameters"] if part == "parameters" else payload[part]
        inside |= other
        return payload

    return change


def with_the_prefix_alone(payload):
    prefix = payload["challenge"]["parameters"]["keyPrefix"]
    payload["solution"]["derivedKey"] = prefix + "0" * (64 - len(prefix))
    return payload


FORGED = {
    "another key": changed("solution", derivedKey="00" * 32),
    "a key that is none": changed("solution", derivedKey=["x"]),
    "only the beginning, which the challenge tells": with_the_prefix_alone,
    "a later end": changed("parameters", expiresAt=int((NOW + timedelta(days=9)).timestamp())),
    "no end": changed("parameters", expiresAt=None),
    "an end that is no number": changed("parameters", expiresAt="soon"),
    "easier": changed("parameters", cost=1),
    "no proof of its key": changed("parameters", keySignature=None),
    "another salt": changed("parameters", salt="00" * 16),
    "no signature": changed("challenge", signature=None),
    "another signature": changed("challenge", signature="0" * 64),
    "a signature that is a list": changed("challenge", signature=["0"]),
    "no challenge": changed("challenge", parameters={}),
    "no solution": lambda payload: payload | {"solution": None},
    "a list": lambda payload: [payload],
    "nothing": lambda payload: None,
    "a number": lambda payload: 7,
}


@pytest.mark.parametrize("how", FORGED)
def test_what_is_forged_or_wrong_counts_for_nothing(how):
    with pytest.raises(NoSolution, match="is not right"):
        spend(closed(FORGED[how](opened(a_solution()))))
    assert not SpentChallenge.objects.exists()


@pytest.mark.parametrize("words", ["", "x", "=", "é", "A" * 50_000, base64.b64encode(b"[" * 1_400).decode(), "\ud800"])
def test_what_is_nothing_of_the_kind_counts_for_nothing(words):
    with pytest.raises(NoSolution, match="is not right"):
        spend(words)


def test_what_is_too_old_and_forged_is_not_right_or_too_old_but_never_taken():
    forged = changed("parameters", expiresAt=int((NOW - timedelta(seconds=1)).timestamp()))(opened(a_solution()))
    with pytest.raises(NoSolution):
        spend(closed(forged), now=NOW - timedelta(days=1))


@pytest.mark.parametrize("other", [{"SECRET_KEY": "x" * 50}, {"SITE_URL": "https://other.example"}])
def test_another_sites_solution_counts_for_nothing(settings, other):
    before = {name: getattr(settings, name) for name in other}
    for name, value in other.items():
        setattr(settings, name, value)
    solution = a_solution()
    for name, value in before.items():
        setattr(settings, name, value)
    with pytest.raises(NoSolution, match="is not right"):
        spend(solution)


def test_an_unsigned_challenge_of_ones_own_counts_for_nothing():
    own = altcha.create_challenge("PBKDF2/SHA-256", 1, counter=0, expires_at=NOW + timedelta(minutes=1))
    with pytest.raises(NoSolution, match="is not right"):
        spend(altcha.Payload(own, altcha.solve_challenge(own)).to_base64())


def test_what_is_too_old_to_be_spent_is_forgotten_by_the_nightly_work(time_machine):
    spend(a_solution())
    assert forget_spent_challenges(now=NOW + policy.CHALLENGE_LIFETIME) == 0
    time_machine.move_to(NOW + policy.CHALLENGE_LIFETIME + timedelta(seconds=1), tick=False)
    assert forget_expired_sessions() == 1
    assert not SpentChallenge.objects.exists()


def test_a_challenge_names_nothing_but_itself():
    told = new_challenge(tries=TRIES, now=NOW)
    assert set(told) == {"parameters", "signature"}
    known = {"algorithm", "cost", "expiresAt", "keyLength", "keyPrefix", "keySignature", "nonce", "salt"}
    assert set(told["parameters"]) == known

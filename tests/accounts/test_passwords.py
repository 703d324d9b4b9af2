"""Which passwords are taken."""

from contextlib import suppress
from time import perf_counter

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from forum.accounts.models import User

GUESSED = (
    *("iloveyou123456", "password2024!", "Summer2025!!", "qwertyuiop12", "1q2w3e4r5t6y", "trustno1trustno1"),
    *("aaaaaaaaaaaaaaaa", "1234567890", "P@ssw0rd2020", "15.07.1984.", "Entrope4711", "entrope@example.org"),
)
FINE = (
    "correct horse battery",
    "an entirely different secret",
    "пингвины плавают вечером",
    "kX9#vw2Lq!pZ",
    "😀 six odd penguins 😀",
)


@pytest.mark.parametrize("password", [*GUESSED, "short", "", " " * 12])
def test_what_is_guessed_first_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, User(username="Entrope", email="entrope@example.org"))


@pytest.mark.parametrize("password", [*FINE, "a long one of many words that go on and on " * 20])
def test_what_is_hard_to_guess_is_taken_whatever_it_is_made_of(password):
    validate_password(password, User(username="Entrope"))


@pytest.mark.parametrize("letters", ["aB3$", "ab12cd34ef56gh78ij90", "4@8({[<369|1!/0$5+7%2", "\0", "1" * 7 + "9"])
def test_judging_takes_no_more_than_a_moment(letters):
    began = perf_counter()
    for times in (2, 10, 100_000):
        with suppress(ValidationError):
            validate_password(letters * times)
    assert perf_counter() - began < 6  # seconds, on a machine with much else to do; it takes 0.2

"""How long a sign-in, a forgotten password and a sign-up take, for accounts that are there and for ones that are not.

python -m benchmarks.sign_in [postgresql|sqlite] [--times 40]

Both take turns, with the site's own hasher and mail that goes nowhere; what is compared are the medians.
"""

import argparse
import sys
from collections import defaultdict
from itertools import count
from time import perf_counter

from benchmarks.scratch import median, print_table, scratch_database

SECRET = "an entirely different secret"
number = count(1)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare accounts that are there with ones that are not.")
    parser.add_argument("vendor", nargs="?", default="sqlite")
    parser.add_argument("--times", type=int, default=40)
    asked = parser.parse_args()
    with scratch_database(asked.vendor) as words:
        from django.conf import settings

        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        settings.ACCOUNT_RATE_LIMITS = False
        rows = [[name, *compared(act, asked.times)] for name, act in acts().items()]
        print_table(f"Medians of {asked.times}, {words}", ["", "there ms", "not there ms", "difference %"], rows)
    return 0


def acts():
    from tests.factories import a_member

    a_member("Robin", email="robin@example.org")
    names, addresses = ("Robin", "Nobody"), ("robin@example.org", "nobody@example.org")
    return {
        "sign-in by name": lambda is_there: sign_in(names[not is_there]),
        "sign-in by address": lambda is_there: sign_in(addresses[not is_there]),
        "forgotten password": lambda is_there: forgotten(addresses[not is_there]),
        "sign-up": lambda is_there: sign_up(addresses[0] if is_there else f"new{next(number)}@example.org"),
    }


def sign_in(login: str) -> None:
    posted("account_login", 200, login=login, password="wrong")


def forgotten(address: str) -> None:
    posted("account_reset_password", 302, email=address)


def sign_up(address: str) -> None:
    name = f"Member {next(number)}"
    posted("account_signup", 302, username=name, email=address, password1=SECRET, password2=SECRET)


def posted(page: str, status: int, **form) -> None:
    from django.test import Client
    from django.urls import reverse

    answer = Client().post(reverse(page), form)
    assert answer.status_code == status, (page, answer.status_code)


def compared(act, times: int) -> list[float]:
    taken = defaultdict(list)
    act(True), act(False)  # whatever is loaded at first is loaded now
    for _ in range(times):
        for is_there in (True, False):
            began = perf_counter()
            act(is_there)
            taken[is_there].append((perf_counter() - began) * 1000)
    there, not_there = median(taken[True]), median(taken[False])
    return [round(there, 1), round(not_there, 1), round((not_there / there - 1) * 100, 1)]


if __name__ == "__main__":
    sys.exit(main())

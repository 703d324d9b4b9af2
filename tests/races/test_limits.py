"""Limits hold whoever counts: many tabs, many processes without Redis, a thousand forged addresses."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from comments.actions import TooSoon, prepare_words
from comments.models import Comment
from forum.presets import THRESHOLD
from moderation.actions import take_part
from tests.crowd import at_the_same_moment, many
from tests.factories import ANY_PACE, NOW, a_discussion, a_member, a_policy

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
HERE = "203.0.113.0/24"


def post(discussion, number, *, author=None, network=""):
    words = prepare_words(subject="A subject", body=f"Number {number}", markup="plain")
    said = {"parent": None, "words": words, "form_key": None, "now": NOW}
    return take_part(discussion=discussion, author=author, writer=author, network=network, **said)


@pytest.mark.parametrize(("burst", "heard"), [(1, 1), (3, 3)])
def test_many_tabs_of_a_member_are_slowed_down_as_one(burst, heard):
    a_policy(THRESHOLD, post_burst=burst)
    member, rooms = a_member(), [a_discussion() for _ in range(8)]
    acts = [lambda n=n, room=room: post(room, n, author=member) for n, room in enumerate(rooms)]
    outcomes = at_the_same_moment(*acts)
    assert [type(one) for one in outcomes if not isinstance(one, Comment)] == [TooSoon] * (8 - heard)
    assert Comment.objects.filter(author=member).count() == heard


def test_one_network_is_slowed_down_as_one_whatever_it_writes_in():
    a_policy(THRESHOLD)
    rooms = [a_discussion() for _ in range(8)]
    outcomes = at_the_same_moment(*(lambda n=n, room=room: post(room, n, network=HERE) for n, room in enumerate(rooms)))
    assert sum(isinstance(one, Comment) for one in outcomes) == 1
    assert sum(isinstance(one, TooSoon) for one in outcomes) == 7


# Each worker is a process of its own, as the web server starts them. Every request says it comes from elsewhere.
WORKER = """
import sys
import django
django.setup()
from django.test import Client
from comments import forms
worker, requests, room = map(int, sys.argv[1:])
codes = []
for n in range(requests):
    key = forms.new_form_key(f"{room}:")
    form = {"key": key, "subject": "Flood", "body": f"Flood {worker} {n}", "markup": "plain", "post": "1"}
    forged = f"10.{worker}.{n % 256}.{n // 256}"
    seen = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": f"{forged}, 203.0.113.77", "HTTP_X_REAL_IP": forged}
    codes.append(Client().post(f"/reply/{room}/", form, **seen).status_code)
print(" ".join(map(str, codes)))
"""


def address_of_the_database() -> str:
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    user, host = quote(told["USER"]), quote(str(told["HOST"]), safe="")
    return f"postgres://{user}:{quote(told['PASSWORD'])}@{host}:{told['PORT'] or 5432}/{told['NAME']}"


def test_eight_workers_without_redis_share_one_count_and_a_thousand_forged_addresses_are_one_client():
    a_policy(THRESHOLD, **ANY_PACE, posts_anonymous=5)
    room, each = a_discussion(), many(125, on_sqlite=12)
    surroundings = os.environ | {
        "DATABASE_URL": address_of_the_database(),
        "REDIS_URL": "redis://127.0.0.1:1/0",  # nothing listens there
        "BEHIND_PROXY": "true",
        "DJANGO_SETTINGS_MODULE": "forum.settings",
        "LOG_LEVEL": "CRITICAL",
        "DEBUG": "true",  # static files as they are
    }
    run = [sys.executable, "-c", WORKER]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    workers = [
        subprocess.Popen([*run, str(n), str(each), str(room.pk)], cwd=ROOT, env=surroundings, **pipes) for n in range(8)
    ]
    told = [worker.communicate(timeout=300) for worker in workers]
    codes = " ".join(out for out, _ in told).split()
    assert len(codes) == 8 * each, told
    assert codes.count("302") == 5, told
    assert codes.count("429") == 8 * each - 5
    assert Comment.objects.filter(discussion=room).count() == 5

"""A lane must not quietly run on something else than its name says."""

import os

import pytest
import redis
from django.conf import settings
from django.db import connection

from tests.surroundings import SERVERS, SQLITE, lane_of


@pytest.mark.django_db
def test_the_lane_runs_on_the_database_that_its_name_says(lane):
    assert connection.vendor == {SQLITE: "sqlite", SERVERS: "postgresql"}[lane]


@pytest.mark.lane(SERVERS)
def test_the_lane_with_servers_reaches_the_redis_that_the_settings_name():
    assert os.environ["REDIS_URL"] == settings.REDIS_URL
    assert redis.from_url(settings.REDIS_URL).ping()


@pytest.mark.lane(SERVERS)
def test_jobs_wait_for_a_worker_where_there_is_a_redis():
    assert not settings.CELERY_TASK_ALWAYS_EAGER


@pytest.mark.lane(SQLITE)
def test_jobs_run_in_the_same_process_where_there_is_no_redis():
    assert settings.CELERY_TASK_ALWAYS_EAGER


def test_a_developers_own_settings_file_does_not_reach_the_tests():
    assert settings.SECRET_KEY.startswith("only-for-the-tests")
    assert settings.DEBUG is False


@pytest.mark.parametrize(
    ("environment", "arguments", "lane"),
    [
        ({}, [], "sqlite"),
        ({"DATABASE_URL": "postgres://me@127.0.0.1/site"}, [], "postgresql+redis"),
        ({"DATABASE_URL": "sqlite:///site.sqlite3"}, [], "sqlite"),
        ({}, ["pytest", "tests/browser/test_reading.py"], "browser"),
        ({"THRESHOLD_LANE": "sqlite"}, ["tests/browser"], "sqlite"),
        ({}, ["tests", "--ignore=tests/browser"], "sqlite"),
    ],
)
def test_a_plain_pytest_works_out_its_lane(environment, arguments, lane):
    assert lane_of(environment, arguments) == lane

"""What every test may use. People and stories are made in tests/factories.py."""

import os
from datetime import UTC, datetime

import pytest

from tests import services
from tests.surroundings import BROWSER, LANES, SERVERS, SQLITE, lane_of

LANES_BY_FOLDER = {"browser": {BROWSER}, "faults": {SERVERS}}


def lanes_for(item) -> set[str]:
    """The lanes a test runs in: named by its marker, or by its folder under tests/, or both servers and none."""
    marker = item.get_closest_marker("lane")
    if marker:
        unknown = set(marker.args) - set(LANES)
        if unknown:
            raise pytest.UsageError(f"{item.nodeid} asks for the lane {', '.join(unknown)}, which does not exist.")
        return set(marker.args)
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    return LANES_BY_FOLDER.get(folder, {SQLITE, SERVERS})


def pytest_collection_modifyitems(config, items):
    """Leave out what belongs to another lane: not skipped, because that lane runs it."""
    lane = lane_of(os.environ, [])
    strangers = [item for item in items if lane not in lanes_for(item)]
    if strangers:
        config.hook.pytest_deselected(items=strangers)
        items[:] = [item for item in items if lane in lanes_for(item)]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database, without the constraints that a mutant has lost (benchmarks/mutants.py)."""
    lost = os.environ.get("THRESHOLD_WITHOUT", "").split()
    if not lost:
        return
    from django.apps import apps
    from django.db import connection

    every = {one.name: (model, one) for model in apps.get_models() for one in model._meta.constraints}
    for model, _ in map(every.get, lost):  # SQLite makes the table anew, as the model says
        model._meta.constraints = [one for one in model._meta.constraints if one.name not in lost]
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            for name in lost:
                editor.remove_constraint(*every[name])
        connection.close()


@pytest.fixture(autouse=True)
def _forms_are_filled_in_slowly(monkeypatch):
    """Visitors who send a form at once are programs; tests are, and say ``monkeypatch.undo()`` to be taken for one."""
    monkeypatch.setattr("comments.forms.form_opened_at", lambda signed: datetime(2000, 1, 1, tzinfo=UTC))


@pytest.fixture
def lane() -> str:
    """The name of the lane this run is in."""
    return os.environ["THRESHOLD_LANE"]


@pytest.fixture
def own_redis():
    """A Redis of this test's own, which it may stop, freeze and start again: see services.RedisServer."""
    try:
        with services.private_folder() as folder, services.running_redis(folder) as server:
            yield server
    except services.NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture
def at_noon():
    """The clock stands still at the factories' NOW."""
    import time_machine

    from tests.factories import NOW

    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def nothing_rendered_before():
    """Numbers begin anew with each test's database, so what was rendered of them before is another site's."""
    from comments.store import STORE

    STORE.clear()

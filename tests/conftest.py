"""What every test may use. People and stories are made in tests/factories.py."""

import os

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

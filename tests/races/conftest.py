"""What holds in all races: people post without limit, because it is the crowds that are tested, not the limits."""

import pytest

from forum.presets import THRESHOLD
from tests.factories import UNLIMITED, a_policy


@pytest.fixture(autouse=True)
def _no_limits(transactional_db):
    a_policy(THRESHOLD, **UNLIMITED)

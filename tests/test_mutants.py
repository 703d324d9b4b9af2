"""The tests are tested: with a guard removed, one of them fails. All of it: ``python -m benchmarks.mutants``."""

import pytest

from benchmarks import mutants
from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)
SURROUNDINGS = {"THRESHOLD_LANE": SQLITE, "DATABASE_URL": "", "REDIS_URL": ""}


def test_every_mutant_still_finds_its_text_exactly_once():
    assert mutants.rotten() == []
    assert len({one.name for one in mutants.MUTANTS}) == len(mutants.MUTANTS) >= 20


def test_the_quick_ones_are_killed_and_the_tree_as_it_is_is_not(tmp_path):
    tree = mutants.copy_of_the_tree(tmp_path / "tree")
    by_name = {one.name: one for one in mutants.MUTANTS}
    results = {name: mutants.try_mutant(by_name[name], tree, SURROUNDINGS) for name in mutants.QUICK}
    assert results == dict.fromkeys(mutants.QUICK, mutants.KILLED)
    harmless = mutants.Mutant("nothing", "tests/moderation/test_replay.py")
    assert mutants.try_mutant(harmless, tree, SURROUNDINGS) == mutants.SURVIVED

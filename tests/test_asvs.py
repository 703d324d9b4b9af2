"""docs/asvs.md answers every requirement of levels 1 and 2 of ASVS 5.0 once, and every test it names exists."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.surroundings import SQLITE

pytestmark = pytest.mark.lane(SQLITE)

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/asvs.md").read_text()
ANSWERS = ("met", "met in part", "not met", "not applicable", "the proxy's", "the operator's")
# Of each section how many requirements are of level 1 or 2; they are its first ones.
SECTIONS = {
    **{"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4},
    **{"3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3},
    **{"6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5},
    **{"7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4},
    **{"10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1},
    **{"12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3},
    **{"15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4},
    "17.3": 2,
}
WANTED = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]


def rows() -> list[tuple[list[str], str, str]]:
    """(requirements, answer, test) of each line."""
    lines = re.findall(r"^\| ([\d., ]+) \| [^|]* \| ([^|]*) \| ([^|]*) \|$", PAGE, re.M)
    return [(ids.split(", "), answer, test.strip(" `")) for ids, answer, test in lines]


def test_every_requirement_is_answered_once():
    answered = Counter(one for ids, _, _ in rows() for one in ids)
    assert len(WANTED) == 253  # 70 of level 1, 183 of level 2
    assert answered == Counter(WANTED)


def test_every_answer_is_one_of_a_few():
    assert not [answer for _, answer, _ in rows() if not answer.startswith(ANSWERS)]


def test_every_test_that_is_named_exists():
    named = {test for _, _, test in rows() if test}
    assert named
    assert not [test for test in named if not (ROOT / test).is_file()]


def test_the_figures_at_the_head_are_those_of_the_table():
    counted = Counter()
    for ids, answer, _ in rows():
        kind = "in part" if "in part" in answer or answer.startswith(("the proxy", "the operator")) else answer
        counted[next(word for word in ("not applicable", "not met", "in part", "met") if word in kind)] += len(ids)
    head = PAGE.split("\n## ")[0].replace("\n", " ")
    figures = [int(figure) for figure in re.findall(r"(\d+) (?:are met|are not met|ask for|are met in part)", head)]
    told = (counted["met"], counted["in part"], counted["not met"], counted["not applicable"])
    assert tuple(figures) == told
    assert sum(told) == len(WANTED)

"""Charts as geometry: everything is on the canvas, in proportion, at any values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.charts import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, bars, columns, line, nice_step, short

FLOOR = HEIGHT - BOTTOM
values = st.lists(st.integers(0, 10**9), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (1, 1), (4, 1), (5, 2), (8, 2), (9, 2.5), (100, 25), (101, 50), (1_000_000, 250_000)]
)
def test_the_lines_of_a_grid_are_round_numbers_apart(most, step):
    assert nice_step(most) == step


@given(st.integers(0, 10**12))
def test_a_grid_has_few_lines_and_reaches_the_highest_value(most):
    step = nice_step(most)
    assert most <= 4 * step * (1 + 1e-9)
    assert step == 1 or most > 1.5 * step


@pytest.mark.parametrize(("value", "words"), [(0, "0"), (950, "950"), (1200, "1.2k"), (34_000, "34k"), (1.5e6, "1.5M")])
def test_large_numbers_are_short(value, words):
    assert short(value) == words


@given(values, values)
def test_columns_stand_on_the_floor_and_stay_on_the_canvas(one, other):
    count = min(len(one), len(other))
    names = [str(place) for place in range(count)]
    drawn = columns(names, [("a", one[:count])], [("b", other[:count]), ("c", one[:count])])
    for mark in drawn.marks:
        assert LEFT <= mark.x <= mark.x + mark.width <= WIDTH + 0.1
        assert TOP - 0.01 <= mark.y <= mark.y + mark.height <= FLOOR + 0.01
    firsts = [mark for mark in drawn.marks if mark.series in (0, 1)]
    assert all(abs(mark.y + mark.height - FLOOR) < 0.02 for mark in firsts)
    assert all(LEFT <= tick.at <= WIDTH for tick in drawn.labels)
    assert len(drawn.labels) <= 5


def test_a_stack_puts_its_series_on_top_of_each_other():
    drawn = columns(["Mon"], [("spent", [3]), ("expired", [1])])
    spent, expired = drawn.marks
    assert expired.y + expired.height == pytest.approx(spent.y)
    assert spent.height == pytest.approx(3 * expired.height)
    assert (spent.words, expired.words) == ("Mon: spent 3", "Mon: expired 1")


def test_stacks_stand_beside_each_other():
    issued, spent = columns(["Mon"], [("issued", [2])], [("spent", [1])]).marks
    assert spent.x == pytest.approx(issued.x + issued.width)
    assert issued.height == pytest.approx(2 * spent.height)


def test_what_is_nothing_has_no_mark():
    assert not columns(["Mon"], [("issued", [0])]).marks
    assert columns([], [("issued", [])]).grid


@given(values)
def test_a_line_stays_on_the_canvas(heights):
    drawn = line([str(place) for place in range(len(heights))], heights)
    points = [tuple(map(float, point.split(","))) for point in drawn.points.split()]
    assert len(points) == len(heights)
    assert all(LEFT <= x <= WIDTH and TOP - 0.01 <= y <= FLOOR + 0.01 for x, y in points)


def test_bars_are_in_proportion_and_end_at_the_most():
    drawn = bars([("a", 50, "50 %"), ("b", 100, "100 %"), ("c", 150, "150 %")], most=100, goals=[25, None])
    half, whole, over = (bar.length for bar in drawn.bars)
    assert half == pytest.approx(whole / 2)
    assert over == whole == drawn.room
    assert drawn.bars[0].goal_x == pytest.approx(drawn.left + whole / 4)
    assert [bar.goal_x for bar in drawn.bars[1:]] == [None, None]
    assert drawn.bars[-1].goal_y2 <= drawn.height


def test_bars_of_nothing_have_no_length():
    assert [bar.length for bar in bars([("a", 0, "0")], most=0).bars] == [0]
    assert not bars([], most=10).bars

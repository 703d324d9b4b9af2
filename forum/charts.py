"""Charts as geometry: values in, places on a small canvas out. Pure; templates draw it as SVG.

A canvas is WIDTH units wide, about as many pixels as a phone is, so that words on it keep their size everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

WIDTH, HEIGHT = 340, 150  # units
LEFT, BOTTOM, TOP = 38, 18, 8  # units kept free for the words at the axes
BAR_HEIGHT, BAR_GAP, BAR_LABEL, BAR_VALUE = 16, 8, 108, 44  # units of a row of bars that lie, and of the words at it
BASELINE, OVERHANG = 0.75, 3  # of a bar's height, where its words stand; units by which the mark of a goal stands out
STEPS = (1, 2, 2.5, 5, 10)  # what lines of a grid may be apart, times a power of ten
GROUP = 0.8  # of the room at a name, what its columns take
LINES = 4  # lines of a grid, at most
LABELS = 5  # words under the columns, at most

Series = tuple[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle: one part of a column, or a bar that lies. ``words`` is what it tells when one points at it."""

    x: float
    y: float
    width: float
    height: float
    series: int
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, or a word at an axis."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns that stand, of one or several parts on top of each other, with a grid behind them."""

    marks: list[Mark]
    grid: list[Tick]
    labels: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that lies, its label before it and its value behind it."""

    label: str
    value: str
    y: float
    length: float
    text_y: float
    goal_x: float | None
    goal_y1: float
    goal_y2: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars beneath each other; ``room`` is how long one could be."""

    bars: list[Bar]
    height: float
    room: float
    width: int = WIDTH
    left: int = BAR_LABEL
    bar_height: int = BAR_HEIGHT


@dataclass(frozen=True, slots=True)
class Line:
    """A line through values at even distances, with its grid: ``points`` is what SVG's polyline takes."""

    points: str
    grid: list[Tick]
    labels: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM


def nice_step(most: float, lines: int = LINES) -> float:
    """The distance of a grid's lines, a round number, so that at most ``lines`` of them reach ``most``; at least 1."""
    if most <= lines:
        return 1
    raw = most / lines
    power = 10 ** floor(log10(raw))
    return next(step * power for step in STEPS if step * power >= raw * (1 - 1e-9))


def short(value: float) -> str:
    """A number in few letters: 950, 1.2k, 34k, 1.5M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:g}"


def _scale(most: float) -> tuple[float, list[Tick]]:
    """The value at the top of the canvas, and the grid up to it."""
    step = nice_step(most)
    top = step * max(1, -(-most // step))
    count = int(top / step)
    return top, [Tick(_y(place * step, top), short(place * step)) for place in range(count + 1)]


def _y(value: float, top: float) -> float:
    room = HEIGHT - BOTTOM - TOP
    return round(HEIGHT - BOTTOM - room * value / top, 2)


def _labels(names: Sequence[str], slot: float) -> list[Tick]:
    """Some of the names, evenly spread, each under the middle of its column."""
    every = max(1, -(-len(names) // LABELS))
    return [Tick(round(LEFT + (place + 0.5) * slot, 2), names[place]) for place in range(0, len(names), every)]


def columns(names: Sequence[str], *stacks: Sequence[Series]) -> Columns:
    """Columns at each of ``names``, one a stack beside the other; a stack puts its series on top of each other.

    A series is its title and one value a name, none of them negative.
    """
    heights = [sum(values[place] for _, values in stack) for stack in stacks for place in range(len(names))]
    top, grid = _scale(max(heights, default=0))
    slot = (WIDTH - LEFT) / max(1, len(names))
    width = round(GROUP * slot / len(stacks), 2)
    marks = []
    for place, name in enumerate(names):
        series = 0
        for number, stack in enumerate(stacks):
            below, x = 0.0, round(LEFT + (place + (1 - GROUP) / 2) * slot + number * width, 2)
            for title, values in stack:
                if value := values[place]:
                    y = _y(below + value, top)
                    height = round(_y(below, top) - y, 2)
                    marks.append(Mark(x, y, width, height, series, f"{name}: {title} {value:,g}"))
                    below += value
                series += 1
    return Columns(marks, grid, _labels(names, slot))


def line(names: Sequence[str], values: Sequence[float]) -> Line:
    """A line through ``values``, none of them negative."""
    top, grid = _scale(max(values, default=0))
    slot = (WIDTH - LEFT) / max(1, len(names))
    points = [f"{round(LEFT + (place + 0.5) * slot, 2)},{_y(value, top)}" for place, value in enumerate(values)]
    return Line(" ".join(points), grid, _labels(names, slot))


def bars(rows: Sequence[tuple[str, float, str]], *, most: float, goals: Sequence[float | None] = ()) -> Bars:
    """One bar a row of (label, value, value in words); ``most`` fills the width. ``goals``: a mark on each row."""
    room, placed = WIDTH - BAR_LABEL - BAR_VALUE, []
    for number, (label, value, words) in enumerate(rows):
        length = round(room * min(1, value / most), 2) if most else 0
        y = number * (BAR_HEIGHT + BAR_GAP) + OVERHANG
        goal = goals[number] if number < len(goals) else None
        goal_x = None if goal is None or not most else round(BAR_LABEL + room * min(1, goal / most), 2)
        text_y = round(y + BAR_HEIGHT * BASELINE, 2)
        placed.append(Bar(label, words, y, length, text_y, goal_x, y - OVERHANG, y + BAR_HEIGHT + OVERHANG))
    height = max(1, len(rows)) * (BAR_HEIGHT + BAR_GAP) - BAR_GAP + 2 * OVERHANG
    return Bars(placed, height, room)

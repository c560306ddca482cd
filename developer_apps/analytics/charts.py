"""Charts as numbers: what a template needs to draw inline SVG, in the units of its view box.

Every chart is next to a table with the same figures; it shows their shape, the table their values.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 720, 220
# What a phone shows: so many of the newest labels, on a chart so wide.
NARROW, NARROW_LABELS = 280, 7
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 28
INNER_HEIGHT = HEIGHT - TOP - BOTTOM
LABEL_WIDTH = 80


@dataclass(frozen=True)
class Rectangle:
    """One bar, or one part of a stacked one. `kind` chooses its color in the stylesheet."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Tick:
    """A label at an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """A series as the points of a polyline; a gap in the values starts another one."""

    kind: str
    parts: list[str]
    dots: list[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    rectangles: list[Rectangle]
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    width: int = WIDTH
    left: int = LEFT
    base: int = HEIGHT - BOTTOM
    label_x: int = LEFT - 8
    label_y: int = HEIGHT - 8

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {HEIGHT}"

    @property
    def right(self) -> int:
        return self.width - RIGHT


def stacked_bars(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], width: int = WIDTH) -> Chart:
    """Draw one bar a label, stacked from the values of each (kind, values) of `series`."""
    top = nice_top(max((sum(values) for values in zip(*(each for _kind, each in series), strict=True)), default=0))
    step = (width - LEFT - RIGHT) / max(1, len(labels))
    bar = max(1.0, step * 0.72)
    rectangles = []
    for index in range(len(labels)):
        base = float(HEIGHT - BOTTOM)
        for kind, values in series:
            height = values[index] / top * INNER_HEIGHT
            if height:
                base -= height
                x = LEFT + index * step + (step - bar) / 2
                rectangles.append(Rectangle(_round(x), _round(base), _round(bar), _round(height), kind))
    return Chart(rectangles, [], _x_ticks(labels, step), _y_ticks(top), width)


def lines(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], width: int = WIDTH) -> Chart:
    """Draw one line for each (kind, values) of `series`; None leaves a gap."""
    top = nice_top(max((value for _kind, values in series for value in values if value is not None), default=0))
    step = (width - LEFT - RIGHT) / max(1, len(labels))
    drawn = []
    for kind, values in series:
        parts: list[list[str]] = [[]]
        dots = []
        for index, value in enumerate(values):
            if value is None:
                parts.append([])
                continue
            x, y = _round(LEFT + (index + 0.5) * step), _round(TOP + (1 - value / top) * INNER_HEIGHT)
            parts[-1].append(f"{x},{y}")
            dots.append((x, y))
        drawn.append(Line(kind, [" ".join(part) for part in parts if len(part) > 1], dots))
    return Chart([], drawn, _x_ticks(labels, step), _y_ticks(top), width)


def wide_and_narrow(draw: Any, labels: Sequence[str], series: Sequence[tuple[str, Sequence[Any]]]) -> list[Chart]:
    """Draw a chart for wide windows, and one of its newest part for phones."""
    newest = [(kind, values[-NARROW_LABELS:]) for kind, values in series]
    return [draw(labels, series), draw(labels[-NARROW_LABELS:], newest, NARROW)]


def nice_top(value: float) -> float:
    """Return the next round number (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, …) that is not below `value`."""
    magnitude = 1.0
    while magnitude * 10 < value:
        magnitude *= 10
    return next(magnitude * factor for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if magnitude * factor >= value)


def _x_ticks(labels: Sequence[str], step: float) -> list[Tick]:
    every = max(1, math.ceil(LABEL_WIDTH / step))
    return [
        Tick(_round(LEFT + (index + 0.5) * step), label) for index, label in enumerate(labels) if index % every == 0
    ]


def _y_ticks(top: float) -> list[Tick]:
    return [Tick(_round(TOP + (1 - share) * INNER_HEIGHT), f"{top * share:,.10g}") for share in (0, 0.5, 1)]


def _round(value: float) -> float:
    return round(value, 1)

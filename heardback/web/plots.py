"""Shapes for the page's own plots: points and shades, in units of a drawing that is scaled to the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from heardback.stats.rates import Waits
from heardback.stats.week import Week

#: of a curve's drawing
WIDTH, HEIGHT = 600, 140
#: of one hour in the heat map
CELL = 25


class Shape(str):
    """Corners of a drawing: digits of our own, which are shown as they are."""

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The share still waiting, from all of them on the left to those left at the end."""

    #: corners of the stairs, `x,y x,y`
    line: Shape
    #: outline of what is uncertain about it
    band: Shape
    #: time at the right end
    until: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One hour of one weekday."""

    x: int
    y: int
    #: of the busiest hour, from 0 to 1
    shade: float


def curve(waits: Waits) -> Curve | None:
    """The curve of how long something takes; None where there is too little to draw one."""
    until = waits.told_until
    if not waits.is_drawn:
        return None
    steps = waits.curve
    times = [timedelta(), *(step.after for step in steps)]
    shares = [1.0, *(step.share for step in steps)]
    low = [1.0, *(step.share if step.low is None else step.low for step in steps)]
    high = [1.0, *(step.share if step.high is None else step.high for step in steps)]
    across = [each / until * WIDTH for each in times]
    band = [*_stairs(across, high), *reversed(_stairs(across, low))]
    return Curve(line=_points(_stairs(across, shares)), band=_points(band), until=until)


def heat_map(week: Week) -> tuple[Cell, ...]:
    """Hours in which something happened; none where that is too little to show anything."""
    if not week.is_drawn:
        return ()
    most = max(map(max, week.counts))
    return tuple(
        Cell(x=hour * CELL, y=day * CELL, shade=round(0.15 + 0.85 * each / most, 2))
        for day, hours in enumerate(week.counts)
        for hour, each in enumerate(hours)
        if each
    )


def _stairs(across: Sequence[float], shares: Sequence[float]) -> list[tuple[float, float]]:
    """The share holds until the next step, and from the last one to the end."""
    ends = [*across[1:], float(WIDTH)]
    corners = zip(across, ends, shares, strict=True)
    return [(x, (1 - share) * HEIGHT) for start, end, share in corners for x in (start, end)]


def _points(corners: Sequence[tuple[float, float]]) -> Shape:
    return Shape(" ".join(f"{x:.1f},{y:.1f}" for x, y in corners))

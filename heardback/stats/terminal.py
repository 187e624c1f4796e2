"""Plots for a terminal."""

from collections.abc import Sequence
from datetime import timedelta

from heardback.stats.rates import Waits

#: shades from nothing to most, for the heat map
_SHADES = " ·░▒▓█"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def curve(waits: Waits, title: str, *, width: int) -> str:
    """The share still waiting over the days since sending; empty where there is no curve.

    :param width: columns
    """
    if not waits.is_drawn:
        return ""
    import plotext

    days, shares = _steps(waits)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(min(width, 80), 14)
    plotext.title(title)
    plotext.xlabel("days since sending")
    plotext.ylim(0, 100)
    plotext.xlim(0, waits.told_until / timedelta(days=1))
    plotext.plot(days, [share * 100 for share in shares], marker="braille")
    drawn: str = plotext.uncolorize(plotext.build())
    return drawn.rstrip()


def heat_map(counts: Sequence[Sequence[int]]) -> str:
    """Counts by weekday and hour as shades, two columns an hour; empty where nothing was counted."""
    most = max(map(max, counts))
    if not most:
        return ""
    hours = "".join(f"{hour:<6}" for hour in range(0, 24, 3))
    rows = (f"{day} {''.join(_shade(each, most) * 2 for each in row)}" for day, row in zip(_DAYS, counts, strict=True))
    return "\n".join((f"    {hours.rstrip()}", *rows))


def _shade(count: int, most: int) -> str:
    return _SHADES[-(-count * (len(_SHADES) - 1) // most)]


def _steps(waits: Waits) -> tuple[list[float], list[float]]:
    """The curve as a line of stairs that begins with everybody waiting."""
    days, shares = [0.0], [1.0]
    for step in waits.curve:
        at = step.after / timedelta(days=1)
        days += [at, at]
        shares += [shares[-1], step.share]
    return days, shares

"""Plots for a terminal."""

from datetime import timedelta

from heardback.stats.rates import Waits
from heardback.stats.week import DAYS, Week

#: shades from nothing to most, for the heat map
_SHADES = " ·░▒▓█"
_HOUR = timedelta(hours=1)
#: days from which on hours are too fine
_FEW = 3


def curve(waits: Waits, title: str, *, width: int) -> str:
    """The share still waiting over the days since sending; empty where there is no curve.

    :param width: columns
    """
    if not waits.is_drawn:
        return ""
    import plotext

    unit, name = (_HOUR, "hours") if waits.told_until < _FEW * timedelta(days=1) else (timedelta(days=1), "days")
    times, shares = _steps(waits, unit)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(min(width, 80), 14)
    plotext.title(title)
    plotext.xlabel(f"{name} since sending")
    plotext.ylim(0, 100)
    plotext.yticks([0, 25, 50, 75, 100], ["0 ", "25 ", "50 ", "75 ", "100 "])
    last = waits.told_until / unit
    ticks = [round(last * each / 4, 1) for each in range(5)]
    plotext.xlim(0, last)
    plotext.xticks(ticks, [f"{each:g}" for each in ticks])
    plotext.plot(times, [share * 100 for share in shares], marker="braille")
    drawn: str = plotext.uncolorize(plotext.build())
    return drawn.rstrip()


def heat_map(week: Week) -> str:
    """Counts by weekday and hour as shades, two columns an hour; empty where they are too few to show anything."""
    if not week.is_drawn:
        return ""
    most = max(map(max, week.counts))
    hours = "".join(f"{hour:<6}" for hour in range(0, 24, 3))
    days = zip(DAYS, week.counts, strict=True)
    rows = (f"{day} {''.join(_shade(each, most) * 2 for each in counts)}" for day, counts in days)
    return "\n".join((f"    {hours.rstrip()}", *rows))


def _shade(count: int, most: int) -> str:
    return _SHADES[-(-count * (len(_SHADES) - 1) // most)]


def _steps(waits: Waits, unit: timedelta) -> tuple[list[float], list[float]]:
    """The curve as a line of stairs that begins with everybody waiting and holds to the end."""
    times, shares = [0.0], [1.0]
    for step in waits.curve:
        at = step.after / unit
        times += [at, at]
        shares += [shares[-1], step.share]
    return [*times, waits.told_until / unit], [*shares, shares[-1]]

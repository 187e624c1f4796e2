"""Plots as a picture: SVG or PNG, by the ending of the file's name."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from heardback.stats.rates import Waits
from heardback.stats.week import DAYS, Week

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: endings of files that can be drawn
FORMS = ("svg", "png")

_INK = "#2f5d8a"


def picture(to_read: Waits, to_answer: Waits, week: Week, *, form: str) -> bytes:
    """Both survival curves and the heat map of when people react, one under the other.

    The same numbers give the same bytes; no time of making and no random id is in it.

    :param form: one of `FORMS`
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(
        {"svg.hashsalt": "heardback", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    ):
        figure = Figure(figsize=(8, 9), layout="constrained")
        upper, middle, lower = figure.subplots(3, 1)
        _draw_waits(upper, to_read, "Not read yet, of trackable mail")
        _draw_waits(middle, to_answer, "Not answered yet, of delivered mail")
        _draw_heat(lower, week)
        drawn = BytesIO()
        figure.savefig(drawn, format=form, dpi=144, metadata={"Date": None} if form == "svg" else None)
    return drawn.getvalue()


def _draw_waits(axes: "Axes", waits: Waits, title: str) -> None:
    axes.set_title(title, loc="left")
    if not waits.is_drawn:
        _say(axes, f"too few to tell: it happened with {waits.happened:,} of {waits.of:,}{waits.several}")
        return
    # what the last step leaves holds to the end
    steps = (*waits.curve, replace(waits.curve[-1], after=waits.told_until))
    days = [0.0, *(step.after / timedelta(days=1) for step in steps)]
    shares = [1.0, *(step.share for step in steps)]
    low = [1.0, *(step.share if step.low is None else step.low for step in steps)]
    high = [1.0, *(step.share if step.high is None else step.high for step in steps)]
    axes.fill_between(days, low, high, step="post", color=_INK, alpha=0.15, linewidth=0)
    axes.step(days, shares, where="post", color=_INK)
    axes.set(xlabel="days since sending", xlim=(0, days[-1]), ylim=(0, 1.02))
    axes.yaxis.set_major_formatter("{x:.0%}")


def _draw_heat(axes: "Axes", week: Week) -> None:
    axes.set_title("When people read or answer", loc="left")
    if not week.is_drawn:
        _say(axes, week.sentence)
        return
    axes.set_xlabel(week.sentence)
    axes.imshow(week.counts, cmap="Blues", aspect="auto", vmin=0)
    axes.set_yticks(range(7), DAYS)
    axes.set_xticks(range(0, 24, 3), [f"{hour}:00" for hour in range(0, 24, 3)])


def _say(axes: "Axes", text: str) -> None:
    axes.set_axis_off()
    axes.text(0, 0.9, text, transform=axes.transAxes, va="top")

"""One figure: what was wanted and what was reached; and taking the time of several things in turn."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

#: does one thing, with a number to vary it by
Act = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    what: str
    wanted: str
    reached: str
    is_met: bool
    #: what it was measured against, and why it is missed where it is
    note: str = ""


def at_most(what: str, reached: float, limit: float, unit: str = "", *, note: str = "") -> Figure:
    """A figure that should be no greater than a limit."""
    return Figure(
        what=what,
        wanted=f"at most {_number(limit)}{unit}",
        reached=f"{_number(reached)}{unit}",
        is_met=reached <= limit,
        note=note,
    )


def at_least(what: str, reached: float, limit: float, unit: str = "", *, note: str = "") -> Figure:
    """A figure that should be no smaller than a limit."""
    return Figure(
        what=what,
        wanted=f"at least {_number(limit)}{unit}",
        reached=f"{_number(reached)}{unit}",
        is_met=reached >= limit,
        note=note,
    )


def beside(what: str, reached: float, unit: str = "", *, note: str = "") -> Figure:
    """What something else reaches in the same run; nothing is wanted of it."""
    return Figure(what=what, wanted="(comparison)", reached=f"{_number(reached)}{unit}", is_met=True, note=note)


def medians(acts: Mapping[str, Act], rounds: int) -> dict[str, float]:
    """Median microseconds of each act, all taken in turn in every round: a busy machine slows all of them alike."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(rounds):
        for name, act in acts.items():
            start = time.perf_counter()
            act(number * 7919)
            taken[name].append((time.perf_counter() - start) * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [("what", "wanted", "reached", "", "how"), ("---",) * 5]
    rows += [(each.what, each.wanted, each.reached, "" if each.is_met else "missed", each.note) for each in figures]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _number(value: float) -> str:
    if float(value).is_integer() or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"

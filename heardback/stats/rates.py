"""Shares with their uncertainty, and how long things take where silence is no answer yet."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import isnan

#: with fewer cases no share is told
ENOUGH = 5
#: how sure the intervals are
_SURE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many of so many, with the interval in which the true share lies with 95 %."""

    count: int
    of: int
    #: None where there are fewer than `ENOUGH` cases
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a survival curve: from here on this share is still waiting."""

    after: timedelta
    share: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long something takes, where in some cases it has not happened yet (censored)."""

    #: cases in which it happened
    happened: int
    of: int
    #: the share still waiting, step by step (Kaplan-Meier estimate); empty where there are fewer than `ENOUGH` cases
    curve: tuple[Step, ...]

    @property
    def is_drawn(self) -> bool:
        """It happened often enough for a curve to show more than chance, and not all at once."""
        return self.happened >= ENOUGH and bool(self.told_until)

    @property
    def told_until(self) -> timedelta:
        """The last time it happened, and a tenth more: after that the curve only shows who waits."""
        drops = [step.after for before, step in pairwise(self.curve) if step.share < before.share]
        return max([*drops, *(step.after for step in self.curve[:1])], default=timedelta()) * 1.1

    def within(self, share: float) -> timedelta | None:
        """The time within which it happens in this share of all cases; None if it was not reached yet."""
        # the estimate is a chain of products: what should be 0.5 is a little more or less
        return next((step.after for step in self.curve if step.share <= 1 - share + 1e-9), None)

    def happened_within(self, time: timedelta) -> float | None:
        """The share in which it has happened after this time; None if nothing can be told."""
        passed = [step.share for step in self.curve if step.after <= time]
        return (1 - passed[-1] if passed else 0.0) if self.curve else None


def rate(count: int, of: int) -> Rate:
    """A share with its Wilson score interval (Wilson 1927), which is right for small numbers too."""
    if of < ENOUGH:
        return Rate(count=count, of=of, share=None, low=None, high=None)
    from scipy.stats import binomtest

    interval = binomtest(count, of).proportion_ci(_SURE, method="wilson")
    return Rate(count=count, of=of, share=count / of, low=float(interval.low), high=float(interval.high))


def waits(happened: Iterable[timedelta], waiting: Iterable[timedelta]) -> Waits:
    """How long it takes, from the cases in which it happened and from those still waiting, each so long by now.

    Leaving out those that wait would make everybody look quick (Kaplan and Meier 1958).
    """
    done, open_ = [_hours(each) for each in happened], [_hours(each) for each in waiting]
    if not done or len(done) + len(open_) < ENOUGH:
        return Waits(happened=len(done), of=len(done) + len(open_), curve=())
    from scipy.stats import CensoredData, ecdf

    left = ecdf(CensoredData(uncensored=done, right=open_)).sf
    with warnings.catch_warnings():
        # that the interval is not defined at the ends is told by NaN too
        warnings.simplefilter("ignore", RuntimeWarning)
        bounds = left.confidence_interval(_SURE, method="log-log")
    rows = zip(left.quantiles, left.probabilities, bounds.low.probabilities, bounds.high.probabilities, strict=True)
    curve = tuple(
        Step(after=timedelta(hours=float(hours)), share=float(share), low=_told(low), high=_told(high))
        for hours, share, low, high in rows
    )
    return Waits(happened=len(done), of=len(done) + len(open_), curve=curve)


def differs(inside: tuple[int, int], outside: tuple[int, int]) -> float:
    """How probable it is that two shares, each `(count, of)`, differ as much by chance alone (Fisher's exact test)."""
    from scipy.stats import fisher_exact

    table = [[count, of - count] for count, of in (inside, outside)]
    return float(fisher_exact(table).pvalue)


def _hours(time: timedelta) -> float:
    """Never negative: clocks of two machines differ."""
    return max(0.0, time.total_seconds() / 3600)


def _told(value: float) -> float | None:
    """NaN stands where the method can say nothing: before the first case and after the last."""
    return None if isnan(value) else float(value)

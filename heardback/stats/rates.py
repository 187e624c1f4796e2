"""Shares with their uncertainty, and how long things take where silence is no answer yet.

A mail to several is one case, and not as many as it has recipients: those who got it at the same hour under the same
subject do not decide independently. So each mail weighs the same, and its recipients share that weight. The intervals
are those of so many mails: never too narrow, whether the recipients of a mail all do the same or each as they like.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from math import exp, fsum, inf, log, sqrt
from statistics import NormalDist, fmean

from heardback.text import count

#: with fewer mails no share is told
ENOUGH = 5
#: how many standard errors an interval reaches to each side: it holds 19 times of 20
_REACH = NormalDist().inv_cdf(0.975)
#: weights are sums of fractions: what should be nothing is a little more or less
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """With how many recipients something happened, and in what share of mails, with the interval of the true share."""

    #: recipients with whom it happened
    count: int
    #: recipients
    of: int
    #: mails to them
    mails: int
    #: a mail with half of whose recipients it happened counts half; None where there are fewer than `ENOUGH` mails
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How long one recipient took, or has kept waiting so far."""

    mail: str
    time: timedelta
    #: it happened then; else it had not happened by then
    happened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a survival curve: from here on this share is still waiting."""

    after: timedelta
    share: float
    #: None after the last one, of which nothing can be told
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long something takes, where in some cases it has not happened yet (censored)."""

    #: recipients with whom it happened
    happened: int
    #: recipients
    of: int
    #: mails to them
    mails: int
    #: mails of which it happened with a recipient
    touched: int
    #: the share still waiting, step by step (Kaplan-Meier estimate); empty where there are fewer than `ENOUGH` mails
    curve: tuple[Step, ...]

    @property
    def several(self) -> str:
        """` recipients of 3 mails`, behind a number of cases that are not a mail each; else nothing."""
        return f" recipients of {count(self.mails, 'mail')}" if self.mails != self.of else ""

    @property
    def is_drawn(self) -> bool:
        """It happened often enough for a curve to show more than chance, and not all at once."""
        return self.touched >= ENOUGH and bool(self.told_until)

    @property
    def told_until(self) -> timedelta:
        """The last time it happened, and a tenth more: after that the curve only shows who waits."""
        return self.curve[-1].after * 1.1 if self.curve else timedelta()

    def within(self, share: float) -> timedelta | None:
        """The time within which it happens in this share of all cases; None if it was not reached yet."""
        return next((step.after for step in self.curve if step.share <= 1 - share + _NOTHING), None)

    def happened_within(self, time: timedelta) -> float | None:
        """The share in which it has happened after this time; None if nothing can be told."""
        passed = [step.share for step in self.curve if step.after <= time]
        return (1 - passed[-1] if passed else 0.0) if self.curve else None


def rate(cases: Iterable[tuple[str, bool]]) -> Rate:
    """A share of mails with its Wilson score interval (Wilson 1927), which is right for small numbers too.

    :param cases: of each recipient the mail, and whether it happened with them
    """
    mails: dict[str, list[bool]] = defaultdict(list)
    for mail, happened in cases:
        mails[mail].append(happened)
    shares = [fmean(each) for each in mails.values()]
    told = _wilson(fmean(shares), len(shares)) if len(shares) >= ENOUGH else (None, None, None)
    every = [each for mail in mails.values() for each in mail]
    return Rate(count=sum(every), of=len(every), mails=len(mails), share=told[0], low=told[1], high=told[2])


def _wilson(share: float, mails: int) -> tuple[float, float, float]:
    """The share and its bounds; parts of mails between none and whole vary less than it allows for, never more."""
    whole = 1 + _REACH**2 / mails
    middle = (share + _REACH**2 / (2 * mails)) / whole
    half = _REACH / whole * sqrt(share * (1 - share) / mails + (_REACH / (2 * mails)) ** 2)
    return share, max(0.0, middle - half), min(1.0, middle + half)


def waits(cases: Iterable[Case]) -> Waits:
    """How long it takes, from the cases in which it happened and from those still waiting.

    Leaving out those that wait would make everybody look quick (Kaplan and Meier 1958).
    """
    every = tuple(cases)
    touched = {each.mail for each in every if each.happened}
    mails = {each.mail for each in every}
    curve = tuple(_survival(every)) if touched and len(mails) >= ENOUGH else ()
    happened = sum(each.happened for each in every)
    return Waits(happened=happened, of=len(every), mails=len(mails), touched=len(touched), curve=curve)


def _survival(cases: Sequence[Case]) -> Iterator[Step]:
    """A step wherever it happened; each case weighs its part of a mail."""
    recipients = Counter(each.mail for each in cases)
    waiting, share, spread = float(len(recipients)), 1.0, 0.0
    for after, found in groupby(sorted(cases, key=_time), key=_time):
        alike = list(found)
        ended = fsum(1 / recipients[each.mail] for each in alike if each.happened)
        if ended:
            left = waiting - ended if waiting - ended > _NOTHING else 0.0
            share *= left / waiting
            spread += ended / (waiting * left) if left else inf
            yield Step(after=after, share=share, **_bounds(share, spread))
        waiting -= fsum(1 / recipients[each.mail] for each in alike)


def _bounds(share: float, spread: float) -> dict[str, float | None]:
    """By Greenwood's variance, on the scale of log(-log) on which no bound leaves 0 to 1."""
    if not share:
        return {"low": None, "high": None}
    reach = _REACH * sqrt(spread) / -log(share)
    return {"low": share ** exp(reach), "high": share ** exp(-reach)}


def _time(case: Case) -> timedelta:
    """Never negative: clocks of two machines differ."""
    return max(timedelta(), case.time)


def differs(inside: tuple[int, int], outside: tuple[int, int]) -> float:
    """How probable it is that two shares, each `(count, of)`, differ as much by chance alone (Fisher's exact test)."""
    from scipy.stats import fisher_exact

    table = [[count, of - count] for count, of in (inside, outside)]
    return float(fisher_exact(table).pvalue)

"""The quota as a budget: a call is paid for before it is made, and waits when the account has nothing left to spend."""

from collections import deque
from datetime import timedelta

from connectors.mailbox import Now, Quota, Sleep, Spend

#: share of the allowance we use; the rest is for the person's other programs
HEADROOM = 0.95
#: seconds added to the provider's window: a later request may travel faster than an earlier one
SLACK = 1.0
#: what is left of the pace after an answer that asks to go slower
SHRINK = 0.6
#: the pace never falls under this share of the allowance
FLOOR = 0.1
#: share of the allowance won back in each window without such an answer
REGAIN = 0.1
#: full windows in a row without a refusal, after which a budget that probes tries a little more than its allowance
CALM_WINDOWS = 10
#: how much more, as a share of the allowance; more than `OUTGROWN`
PROBE = 1.2
#: share of the allowance that, spent in one window and not refused, shows that the allowance is larger
OUTGROWN = 1.1


_MINUTE = timedelta(minutes=1)


class Budget:
    """One account's allowance, in the provider's units, over a sliding window. For one thread.

    :param now: the current moment
    :param sleep: waits that many seconds
    :param allowance: units the provider grants in each window
    :param window: seconds
    :param probes: find out whether the provider grants more than `allowance`; costs one refusal if it does not
    :param quota: what earlier processes spent counts too
    """

    def __init__(
        self,
        *,
        now: Now,
        sleep: Sleep,
        allowance: int,
        window: float = 60.0,
        probes: bool = False,
        quota: Quota | None = None,
    ) -> None:
        self.record = Spend()
        self.allowance = allowance
        self.pace = allowance * HEADROOM
        self._now = now
        self._sleep = sleep
        self._window = timedelta(seconds=window + SLACK)
        # a minute's units may all have been spent at its end
        self._spent = deque(
            (min(minute + _MINUTE, now()), units) for minute, units in sorted(quota.spent if quota else ())
        )
        self._total = sum(units for _, units in self._spent)
        self._probes = probes
        #: when the pace was last set or won back
        self._set_at = now()
        #: a call had to wait since then
        self._is_full = False
        #: full windows in a row without a refusal
        self._calm = 0

    @property
    def in_window(self) -> int:
        """Units spent in the window that ends now."""
        edge = self._now() - self._window
        while self._spent and self._spent[0][0] <= edge:
            self._total -= self._spent.popleft()[1]
        return self._total

    @property
    def is_outgrown(self) -> bool:
        """More than the allowance was spent in this window and not refused: the provider grants more."""
        return self.in_window > self.allowance * OUTGROWN

    def spend(self, units: int, requests: int = 1) -> None:
        """Pay for a call about to be made; wait first if the window has no room for it.

        A price above the whole pace is paid once the window is empty.
        """
        self._win_back()
        wait = self._wait(units)
        if wait > 0:
            self._is_full = True
            self._sleep(wait)
        self._spent.append((self._now(), units))
        self._total += units
        self.record.requests += requests
        self.record.units += units

    def throttled(self) -> None:
        """The provider asked to go slower: shrink the pace; it is won back slowly."""
        if self.pace > self.allowance:
            self._probes = False
        self.record.throttled += 1
        self.pace = max(min(self.pace, self.allowance) * SHRINK, self.allowance * FLOOR)
        self._set_at = self._now()
        self._calm = 0

    def grant(self, allowance: int) -> None:
        """The provider turned out to grant this allowance; it need not be found out any more."""
        self.allowance = self.record.allowance = allowance
        self.pace = allowance * HEADROOM
        self._probes = False

    def _win_back(self) -> None:
        """At the end of each window: was it full, and may the pace grow again?"""
        if self._now() - self._set_at < self._window:
            return
        self._calm = self._calm + 1 if self._is_full else 0
        self._is_full = False
        self._set_at = self._now()
        probing = self._probes and self._calm >= CALM_WINDOWS
        goal = self.allowance * (PROBE if probing else HEADROOM)
        self.pace = goal if probing else min(goal, self.pace + REGAIN * self.allowance)

    def _wait(self, units: int) -> float:
        """Seconds until enough of what was spent has left the window."""
        excess = self.in_window + units - self.pace
        free_at = now = self._now()
        for moment, paid in self._spent:
            if excess <= 0:
                break
            excess -= paid
            free_at = moment + self._window
        return (free_at - now).total_seconds()

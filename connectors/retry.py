"""Which faults pass by themselves, and how patiently they are tried again. The one place for both providers."""

import http.client
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import tenacity

from connectors.errors import ConnectorError, SendRefused, SendUnknown, Unreachable
from connectors.mailbox import Sleep
from evidence import normal

T = TypeVar("T")

#: answers that mean "later": throttling, and trouble on the provider's side (509: Graph, bandwidth); a 401 with a token
#: just renewed, too: whether a sign-in is gone, only the sign-in server says
PASSING_STATUS = frozenset({401, 408, 429, 500, 502, 503, 504, 509})

#: answers that mean "slower"
THROTTLE_STATUS = frozenset({429, 503, 509})

#: error reasons of a 403 that mean "slower" (developers.google.com/workspace/gmail/api/guides/handle-errors)
THROTTLE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})

#: what the network raises when it fails (timeouts are among OSError)
NETWORK_FAULTS = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often and how long a passing fault is tried again."""

    #: tries in all
    attempts: int = 6
    #: seconds before the second try; doubled for each further one
    first: float = 1.0
    #: longest wait we choose ourselves, seconds
    cap: float = 32.0
    #: longest `Retry-After` worth waiting for, seconds; a longer one gives up at once
    patience: float = 120.0


class Passing(Exception):
    """A fault that may be gone at the next try."""

    def __init__(
        self,
        what: str,
        *,
        retry_after: float | None = None,
        throttled: bool = False,
        not_taken: bool = False,
        allowance: int = 0,
    ) -> None:
        """:param what: a few words for the person, e.g. `429 rateLimitExceeded`
        :param retry_after: seconds the provider asked for
        :param throttled: the provider asked us to go slower
        :param not_taken: it is sure that the provider did nothing: even a send may be tried again
        :param allowance: units a minute that the answer says are granted; 0: it does not say
        """
        super().__init__(what)
        self.retry_after = retry_after
        self.throttled = throttled
        self.not_taken = not_taken
        self.allowance = allowance


@contextmanager
def in_doubt(words: str) -> Iterator[None]:
    """What goes wrong inside does so after a mail was handed over: it may have left.

    :raises SendUnknown: with these words; a refusal of the mail itself is let through
    """
    try:
        yield
    except (SendUnknown, SendRefused):
        raise
    except ConnectorError as err:
        raise SendUnknown(words) from err


class Retry:
    """Tries a call again while it meets passing faults.

    :param whom: named in the error: `Gmail` or `Outlook`, with the address
    :param sleep: waits that many seconds
    :param chance: a random number in [0, 1) for the jitter
    """

    def __init__(self, whom: str, *, sleep: Sleep, chance: Callable[[], float], policy: Policy | None = None) -> None:
        self._whom = whom
        self._sleep = sleep
        self._chance = chance
        self.policy = policy or Policy()

    def call(self, attempt: Callable[[], T]) -> T:
        """Call until it succeeds.

        :param attempt: raises `Passing` for a passing fault; anything else it raises is final. Never a send.
        :raises Unreachable: the fault outlasted the tries, or asked for a longer wait than we have patience for
        """
        trying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.policy.attempts),
            wait=lambda state: self.pause(state.attempt_number, _fault(state)),
            retry=tenacity.retry_if_exception(self._is_worth_it),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return trying(attempt)
        except Passing as fault:
            raise self.gave_up(fault) from fault

    def pause(self, attempt: int, fault: Passing | None) -> float:
        """Seconds to wait after the attempt with this number (1 for the first), with jitter upwards only.

        What the provider asked for is never cut short.
        """
        if fault and fault.retry_after is not None:
            return fault.retry_after + self._chance()
        grown: float = min(self.policy.cap, self.policy.first * 2 ** (attempt - 1))
        return grown * (1 + self._chance() / 2)

    def gave_up(self, fault: Passing) -> Unreachable:
        """The error for the caller."""
        wait = f"; it asks to wait {fault.retry_after:.0f} s" if fault.retry_after else ""
        return Unreachable(f"{self._whom} cannot be reached now ({fault}){wait}; it will be tried again later")

    def _is_worth_it(self, error: BaseException) -> bool:
        return isinstance(error, Passing) and (error.retry_after or 0.0) <= self.policy.patience


def passing_answer(
    status: int, *, reasons: Collection[str] = (), retry_after: str | None = None, now: datetime, allowance: int = 0
) -> Passing | None:
    """The passing fault that an error answer stands for; None if it is final.

    :param reasons: the provider's own words for it
    :param retry_after: the header, if any
    :param allowance: as in `Passing`
    """
    slower = status in THROTTLE_STATUS or (status == http.client.FORBIDDEN and THROTTLE_REASONS & set(reasons))
    if not slower and status not in PASSING_STATUS:
        return None
    return Passing(
        " ".join([str(status), *reasons]),
        retry_after=seconds_asked_for(retry_after, now=now),
        throttled=bool(slower),
        # a 503 may come from a gateway behind which the call goes on
        not_taken=status in (http.client.TOO_MANY_REQUESTS, http.client.FORBIDDEN, http.client.UNAUTHORIZED),
        allowance=allowance,
    )


def seconds_asked_for(text: str | None, *, now: datetime) -> float | None:
    """A Retry-After value in seconds: a date or a number, also a decimal one (Graph); None if it says nothing.

    RFC 9110 section 10.2.3 allows whole seconds and dates.
    """
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        moment = normal.mail_date(text)
        return max(0.0, (moment - now).total_seconds()) if moment else None
    return seconds if 0.0 <= seconds < float("inf") else None


def _fault(state: tenacity.RetryCallState) -> Passing | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Passing) else None

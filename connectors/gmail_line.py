"""A line to Gmail's API: each call is priced, paid for, made once, judged, and tried again where that is harmless."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from connectors.budget import Budget
from connectors.errors import Unreachable
from connectors.google_http import Json, judged, translated
from connectors.listing import Listing
from connectors.mailbox import Now
from connectors.retry import Passing, Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Quota units of the calls made here, and what one user may spend a minute (Gmail API, "Usage limits")."""

    allowance: int
    #: messages.get, drafts.get
    get: int
    #: threads.get
    thread: int
    #: getProfile, sendAs.list, labels.list
    profile: int = 1
    #: history.list
    history: int = 2
    #: messages.list, drafts.list
    list: int = 5
    #: labels.create, messages.modify
    label: int = 5
    #: drafts.create, drafts.delete
    create: int = 10
    #: drafts.update
    update: int = 15
    #: messages.send, drafts.send
    send: int = 100


#: projects that did not use the API before May 2026
NEW_PRICES = Prices(allowance=6_000, get=20, thread=40)
#: projects that did; believed only when a refusal names their allowance, or more than the new one was spent in a
#: minute and not refused
OLD_PRICES = Prices(allowance=15_000, get=5, thread=10)


def prices_at(allowance: int) -> Prices:
    """The prices of a project with this allowance; 0 if it is not known."""
    if allowance == OLD_PRICES.allowance:
        return OLD_PRICES
    return replace(NEW_PRICES, allowance=allowance) if allowance else NEW_PRICES


class Line:
    """One mailbox's line, for one thread.

    :param account: `gmail:me@example.com`
    :param address: named in errors
    :param prices: those known so far
    """

    def __init__(
        self, *, account: str, address: str, budget: Budget, retry: Retry, now: Now, prices: Prices = NEW_PRICES
    ) -> None:
        self.prices = prices
        self.retry = retry
        self._account = account
        self._address = address
        self._budget = budget
        self._now = now

    def call(self, request: Callable[[], Any], price: int) -> Json:
        """Make a call, again if need be. Never a send.

        :param request: makes the request of Google's client library anew
        :param price: quota units
        :raises GrantGone, ScopeMissing, NoMailbox, ClientMisconfigured, Unreachable: for the person
        :raises Refusal: for who knows what was asked
        """
        return self.retry.call(lambda: self.once(request, price))

    def once(self, request: Callable[[], Any], price: int) -> Json:
        """Make a call a single time. Errors as with `call`, except for passing faults.

        :raises Passing: no clear answer, or not now; `throttled` tells which
        """
        with self.paid(price):
            answer = request().execute(num_retries=0)
        if not isinstance(answer, dict):
            raise Passing("an answer that is no JSON object")
        return answer

    @contextlib.contextmanager
    def paid(self, price: int) -> Iterator[None]:
        """Pay, let the caller ask, and turn what the libraries raise into errors of this room."""
        self._budget.spend(price)
        try:
            with translated(self._address, self._account, self._now):
                yield
        except Passing as fault:
            self.note(fault)
            raise
        except (ValueError, RecursionError, OverflowError) as err:
            raise Passing("an answer that is no JSON") from err
        if self.prices is NEW_PRICES and self._budget.is_outgrown:
            self._granted(OLD_PRICES.allowance)

    def note(self, fault: Passing) -> None:
        """Go slower, if that is what Gmail asked for; believe what it says it grants."""
        if fault.allowance not in (0, self._budget.record.allowance):
            self._granted(fault.allowance)
        if fault.throttled:
            self._budget.throttled()

    def _granted(self, allowance: int) -> None:
        self.prices = prices_at(allowance)
        self._budget.grant(allowance)

    def listing(self) -> Listing:
        """Watches one listing of this mailbox's."""
        return Listing(f"{self._address}: Gmail")

    def judged(self, error: Any) -> Exception:
        """What the error answer to one part of a batch stands for: `Passing`, or an error for the caller."""
        return judged(error, whom=self._address, account=self._account, now=self._now)


def objects(answer: Json, key: str) -> list[Json]:
    """The objects of a list in an answer; Gmail leaves the list away when it is empty.

    :raises Unreachable: there is something else in its place
    """
    listed = answer.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Unreachable(f"Gmail's answer makes no sense now ({key}); try again later")
    return listed

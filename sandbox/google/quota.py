"""Gmail's price per call and its budgets: units per minute, mails per day, parts of a batch at once."""

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.google.methods import Method
from sandbox.google.refusal import Refusal

#: units per user, project and minute: projects new since 1 May 2026, and those that used the API before
BUDGETS = {"2026": 6_000, "2025": 15_000}
#: mails a day (Gmail sending limits); the answer beyond it names when the next may leave
MAILS_A_DAY = {"consumer": 500, "workspace": 2_000}
#: unread messages a mailbox gives out at once; Google tells no number. 25 were seen to pass, 100 to fail,
#: and after a failure 50 to fail until the mailbox had rested
AT_ONCE = 50
AT_ONCE_TIRED = 25
REST = timedelta(seconds=5)

_MINUTE = timedelta(minutes=1)


class Meter:
    """What one account's calls have cost, and whether the next one may be made. The account's lock is held."""

    def __init__(self, price_table: str, kind: str) -> None:
        #: units a minute; a test may lower it
        self.budget = BUDGETS[price_table]
        #: mails a day; a test may lower it
        self.mails_a_day = MAILS_A_DAY[kind]
        #: any 60 seconds, or the minute of the clock
        self.window: Literal["sliding", "calendar"] = "sliding"
        #: units charged since the account was made
        self.units = 0
        self._old_prices = price_table == "2025"
        self._charges: deque[tuple[datetime, int]] = deque()
        self._mails: deque[datetime] = deque()
        self._refused_at: datetime | None = None
        self._tired_until = datetime.min.replace(tzinfo=UTC)

    def price(self, method: Method) -> int:
        """What a call costs on this project's table."""
        return method.price_before if self._old_prices else method.price

    def charge(self, method: Method, now: datetime) -> None:
        """Take the price of a call from the minute's budget.

        :raises Refusal: the budget is spent; 429 at first, 403 for whoever does not let up (both are seen in practice)
        """
        self._forget(now)
        price = self.price(method)
        if sum(units for _, units in self._charges) + price > self.budget:
            raise self._refusal(now)
        self._refused_at = None
        self._charges.append((now, price))
        self.units += price

    def charge_mail(self, now: datetime) -> None:
        """Count a mail that is about to leave.

        :raises Refusal: the day's mails are sent
        """
        while self._mails and now - self._mails[0] >= timedelta(days=1):
            self._mails.popleft()
        if len(self._mails) >= self.mails_a_day:
            free = (self._mails[0] if self._mails else now) + timedelta(days=1)
            moment = free.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            raise Refusal(429, "rateLimitExceeded", f"User-rate limit exceeded.  Retry after {moment} (Mail sending)")
        self._mails.append(now)

    def at_once(self, now: datetime) -> int:
        """How many messages not read before one batch may ask for now."""
        return AT_ONCE_TIRED if now < self._tired_until else AT_ONCE

    def too_many_at_once(self, now: datetime) -> Refusal:
        """The answer to a part of a batch beyond that; the mailbox is tired for a while after it."""
        self._tired_until = now + REST
        return Refusal(429, "rateLimitExceeded", "Too many concurrent requests for user")

    def _refusal(self, now: datetime) -> Refusal:
        again = self._refused_at is not None
        self._refused_at = now
        if not again:
            return Refusal(429, "rateLimitExceeded", "Resource has been exhausted (e.g. check quota).")
        return Refusal(
            403,
            "rateLimitExceeded",
            "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
            "'gmail.googleapis.com' for consumer 'project_number:702010401234'.",
            domain="usageLimits",
            details=[
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "RATE_LIMIT_EXCEEDED",
                    "domain": "googleapis.com",
                    "metadata": {
                        "quota_metric": "gmail.googleapis.com/default",
                        "quota_limit": "defaultPerMinutePerUser",
                        "quota_limit_value": str(self.budget),
                        "quota_location": "global",
                        "service": "gmail.googleapis.com",
                        "consumer": "projects/702010401234",
                    },
                }
            ],
        )

    def _forget(self, now: datetime) -> None:
        """Drop charges of before this minute."""
        instant = timedelta(microseconds=1)
        start = now.replace(second=0, microsecond=0) if self.window == "calendar" else now - _MINUTE + instant
        while self._charges and self._charges[0][0] < start:
            self._charges.popleft()

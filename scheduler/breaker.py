"""The breaker of one account: after several failures in a row it is left alone, each time for longer.

A provider that is down or asks for patience gets it, the other accounts go on, and `heardback status` says until when.
"""

from datetime import datetime, timedelta

from store.ledger import Account

#: failures in a row that are nothing but bad luck
BAD_LUCK = 3
#: the first rest after them, and the longest: a laptop that is back in the network is not to wait for hours
FIRST, LONGEST = timedelta(minutes=2), timedelta(minutes=15)
#: doublings that lead from the first rest beyond the longest
_STEPS = 3


def rest_after(failures: int) -> timedelta:
    """How long an account rests that failed so many times in a row; nothing if it may be tried at the next beat."""
    if failures < BAD_LUCK:
        return timedelta()
    return min(LONGEST, FIRST * (1 << min(failures - BAD_LUCK, _STEPS)))


def is_resting(account: Account, now: datetime) -> bool:
    """Whether an account is left alone now. An end further off than any rest was set by a clock that went wrong."""
    return account.rests_until is not None and now < account.rests_until <= now + LONGEST

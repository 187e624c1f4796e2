"""What `doctor` finds out about one thing."""

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from heardback.house import House
from heardback.text import span

#: sign-ins, receipts and hits are judged by time; beyond this they are judged wrongly
_SKEW = timedelta(minutes=2)

How = Literal["ok", "note", "trouble"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked."""

    what: str
    how: How
    text: str
    todo: str = ""


def clock_finding(date: str | None, address: str, house: House) -> Finding | None:
    """Whether this machine's clock is far from a server's; None if it is not, or time is a sandbox's.

    :param date: of the server's answer, as HTTP has it
    """
    skew = abs(parsedate_to_datetime(date) - house.clock.now()) if date else timedelta()
    if skew <= _SKEW or house.settings.text("clock"):
        return None
    text = f"this machine's clock is {span(skew)} away from {address}'s"
    return Finding(what="clock", how="trouble", text=text, todo="Set it right; sign-ins fail and times are wrong.")

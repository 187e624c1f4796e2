"""The record of changes behind history.list: ids that grow with gaps, kept for about a week."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

Change = Literal["messageAdded", "messageDeleted", "labelAdded", "labelRemoved"]

#: "typically at least a week" (discovery document, history.list); older records are dropped
KEPT = timedelta(days=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One change of one message."""

    id: int
    change: Change
    message: str
    thread: str
    #: labels added or removed
    labels: tuple[str, ...]
    at: datetime


class History:
    """All changes of one mailbox."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._records: list[Record] = []
        #: the newest id given out
        self.last = chance.randrange(100_000, 900_000)
        #: ids before this one can no longer be asked for
        self._floor = self.last

    def add(self, change: Change, message: str, thread: str, labels: tuple[str, ...], now: datetime) -> int:
        """Note a change.

        :returns: its id
        """
        self.last += self._chance.randint(1, 40)
        self._records.append(Record(id=self.last, change=change, message=message, thread=thread, labels=labels, at=now))
        return self.last

    def since(self, start: int, now: datetime) -> list[Record] | None:
        """Changes after an id, oldest first; None if that id is too old, or not one of this mailbox."""
        self._forget(now)
        if not self._floor <= start <= self.last:
            return None
        return [record for record in self._records if record.id > start]

    def expire(self) -> None:
        """Forget everything up to now; every id handed out before becomes too old."""
        self._records.clear()
        self.last += self._chance.randint(1, 40)
        self._floor = self.last

    def _forget(self, now: datetime) -> None:
        old = next((place for place, record in enumerate(self._records) if now - record.at <= KEPT), len(self._records))
        if old:
            self._floor = self._records[old - 1].id
            del self._records[:old]

"""The worker's looks at the relay: one at a time, and trouble with one goes no further."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from connectors.mailbox import Now
from scheduler.hits import Pulled
from scheduler.reminders import replan
from scheduler.rules import Policies
from store.ledger import Ledger

log = logging.getLogger(__name__)

#: takes in what the relay of tracked mail holds
TakeHits = Callable[[], Pulled]


class Puller:
    """Takes in hits, and plans anew what they speak about."""

    def __init__(
        self,
        ledger: Ledger,
        take_hits: TakeHits,
        policies: Policies,
        *,
        now: Now,
        window: timedelta,
        tell: Callable[[str], None],
    ) -> None:
        """Nothing is asked yet.

        :param window: how far back sent mail is followed
        :param tell: takes a line for each thing the person cares about; no address is in it
        """
        self._ledger = ledger
        self._take_hits = take_hits
        self._policies = policies
        self._now = now
        self._window = window
        self._tell = tell
        # the sweep and the job of its own may want to at once
        self._lock = threading.Lock()

    def pull(self) -> Pulled:
        """Look once; that the relay is in trouble is told at the first look that finds it so."""
        try:
            with self._lock:
                was_in_trouble = bool(self._ledger.tracking.relay().problem)
                pulled = self._take_hits()
                replan(self._ledger, self._now(), self._policies, window=self._window, only=pulled.touched)
        except Exception as err:
            log.debug("hits could not be taken in", exc_info=err)
            self._tell(f"Hits could not be taken in, trying again: {err}")
            return Pulled(problem=str(err))
        if pulled.problem and not was_in_trouble:
            self._tell('The relay is in trouble; "heardback status" says why.')
        return pulled

"""Power cuts: what works on a ledger or a mailbox ends at its n-th step, before or after the step was done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from connectors.budget import Budget
from store.ledger import Ledger


class PowerCut(BaseException):
    """The machine went off; nobody catches this."""


class Fuse:
    """Blows at the n-th step it is told of."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self, _: str = "") -> None:
        self._left -= 1
        if self._left == 0:
            raise PowerCut

    @property
    def has_blown(self) -> bool:
        return self._left <= 0


class FusedLedger:
    """A ledger that counts each change twice, before and after it is made."""

    _CHANGES = frozenset(
        {
            "take",
            "put_account",
            "change_account",
            "put_reminder",
            "change_reminder",
            "note",
            "note_next",
            "remove_item",
            "claim",
            "begin_sending",
            "end_sending",
            "reset_cursor",
            # of its part about deliveries; `claim` is one of both
            "put",
            "change",
            "leave",
            "let_go",
        }
    )

    def __init__(self, ledger: Ledger, fuse: Fuse) -> None:
        self._ledger = ledger
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ledger, name)
        if name == "deliveries":
            return FusedLedger(found, self._fuse)
        return self._fused(found) if name in self._CHANGES else found

    def _fused(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def fused(*args: Any, **named: Any) -> Any:
            self._fuse.step()
            result = change(*args, **named)
            self._fuse.step()
            return result

        return fused


@contextmanager
def fused_wire(fuse: Fuse) -> Iterator[None]:
    """Count each request to a provider, just before it leaves; what was asked for before is done."""
    spend = Budget.spend

    def fused(self: Budget, units: int, requests: int = 1) -> None:
        fuse.step()
        spend(self, units, requests)

    Budget.spend = fused  # type: ignore[method-assign]  # for the time of one life
    try:
        yield
    finally:
        Budget.spend = spend  # type: ignore[method-assign]  # as it was


class MeddledLedger:
    """A ledger that another process writes to once, right after the first call."""

    def __init__(self, ledger: Ledger, meddle: Callable[[], None]) -> None:
        self._ledger = ledger
        self._meddling = iter([meddle])

    def __getattr__(self, name: str) -> Any:
        def meddled(*args: Any, **named: Any) -> Any:
            result = getattr(self._ledger, name)(*args, **named)
            for meddle in self._meddling:
                meddle()
            return result

        return meddled


def cuts(work: Callable[[Fuse], None], *, limit: int = 500) -> Iterator[int]:
    """Do the work again and again, cut at the first step, at the second, until it is through; yields after each cut."""
    for step in range(1, limit):
        fuse = Fuse(step)
        try:
            work(fuse)
        except PowerCut:
            yield step
        else:
            return
    raise AssertionError(f"still not through after {limit} steps")


def raising(err: Exception, at: str) -> Callable[[str], None]:
    """A trip wire for a mailbox: this error, each time this call is made."""

    def trip(name: str) -> None:
        if name == at:
            raise err

    return trip

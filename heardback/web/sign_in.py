"""A sign-in that was begun on the page: `connect` as it is typed, in a thread of its own, while the page goes on."""

import io
import threading
from argparse import Namespace
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from connectors.provider import Feature
from heardback.commands.connect import COMPANY, sign_in
from heardback.errors import UsageError, explain
from heardback.house import House
from heardback.output import Output
from heardback.text import sentence

#: seconds until the address of the consent page must be known; Google's library alone takes one to load
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How far a sign-in is."""

    provider: str
    #: the provider's name for people
    company: str
    #: where the person is asked; empty while that is not known
    consent: str = ""
    #: the account that was connected, and what it can not do that was asked for
    account: str = ""
    missing: tuple[str, ...] = ()
    #: what went wrong, and what to do about it
    trouble: str = ""
    todo: str = ""

    @property
    def is_over(self) -> bool:
        """It succeeded or failed."""
        return bool(self.account or self.trouble)


class SignIn:
    """One sign-in at a time; what became of the last one is kept until it is put away."""

    def __init__(self, house: Callable[..., House], *, time_limit: int = 300) -> None:
        """Prepare for it.

        :param house: makes the parts, given `open_page`
        :param time_limit: seconds the person has at the consent page
        """
        self._house = house
        self._time_limit = time_limit
        self._told = threading.Condition()
        self._attempt: Attempt | None = None
        #: set once the sign-in that goes on is given up; each has its own
        self._given_up = threading.Event()
        #: goes up with everything that happens
        self.turn = 0

    @property
    def attempt(self) -> Attempt | None:
        """How far the sign-in is; None if there is none."""
        return self._attempt

    def begin(self, provider: str, allow: Iterable[Feature], *, address: str = "") -> None:
        """Start one and wait until the person can go to the consent page, or it failed before that.

        :raises UsageError: another one is going on
        """
        args = Namespace(
            provider=provider,
            allow=list(allow),
            address=address or None,
            time_limit=self._time_limit,
            no_browser=False,
            device_code=False,
            client_file=None,
        )
        with self._told:
            if self._attempt and not self._attempt.is_over:
                raise UsageError(f"A sign-in at {self._attempt.company} is going on; finish it, or give it up.")
            self._given_up = threading.Event()
            self._tell(Attempt(provider=provider, company=COMPANY[provider]))
            threading.Thread(target=self._run, args=(args, self._given_up), name="sign-in", daemon=True).start()
            self._told.wait_for(self._is_told, timeout=_PATIENCE)

    def put_away(self) -> None:
        """Forget what became of the last one; one that goes on is given up, and its port is free a moment later."""
        with self._told:
            self._given_up.set()
            if self._attempt:
                self._tell(None)

    def _is_told(self) -> bool:
        return self._attempt is None or bool(self._attempt.consent or self._attempt.is_over)

    def _tell(self, attempt: Attempt | None) -> None:
        self._attempt = attempt
        self.turn += 1
        self._told.notify_all()

    def _run(self, args: Namespace, given_up: threading.Event) -> None:
        def change(**changes: Any) -> None:
            with self._told:
                if self._attempt and not given_up.is_set():
                    self._tell(replace(self._attempt, **changes))

        out = Output(as_json=True, quiet=True, out=io.StringIO(), err=io.StringIO())
        try:
            with self._house(open_page=lambda address: change(consent=address), gives_up=given_up.is_set) as house:
                account, missing = sign_in(args, house, out)
            change(account=account, missing=missing)
        except Exception as error:  # noqa: BLE001 - whatever it was, the page has to say so, or would wait for ever
            explained = explain(error)
            change(trouble=sentence(explained.line), todo=explained.next_step)

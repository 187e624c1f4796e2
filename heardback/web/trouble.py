"""What is wrong with a mailbox, and what is done about it: by the person, or by itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.errors import ConnectorError
from heardback.commands.lists import stale_for
from heardback.house import House
from heardback.text import count, moment, sentence, span, without_name
from heardback.worker_lock import holder
from scheduler.breaker import is_resting
from store.ledger import Account, AccountState

#: a command of which the page has a button
_COMMAND = re.compile(
    r'\b(?P<verb>run|connect it again with) "heardback connect[^"]*"(?: and sign in as [^\s;,]+[^\s;,.])?',
    re.IGNORECASE,
)
#: said by the connectors of what is done next; the page says that itself, as it knows whether somebody reads
_NEXT = re.compile(r"; (?:it (?:is|will be) tried again|try again)[^;]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One mailbox that is not read as it should be."""

    account: Account
    #: how it stands, a sentence that goes on after the address
    what: str
    #: what is done next, a sentence
    step: str
    #: only a sign-in mends it
    signs_in: bool = False


def troubles(accounts: Iterable[Account], house: House, *, is_read_now: bool = False) -> tuple[Trouble, ...]:
    """The mailboxes in trouble; one that was disconnected is as the person wants it.

    :param is_read_now: all of them are just being read
    """
    return tuple(found for each in accounts if (found := _trouble(each, house, is_read_now=is_read_now)))


def on_page(text: str) -> str:
    """A sentence with `sign in again` for the command that does so."""
    return _COMMAND.sub(lambda found: f"{'S' if found['verb'][0].isupper() else 's'}ign in again", text)


def _trouble(account: Account, house: House, *, is_read_now: bool) -> Trouble | None:
    if account.state is AccountState.DISCONNECTED:
        return None
    what = _what(account, house)
    if not what:
        return None
    signs_in = account.state is AccountState.PARKED or bool(re.search("heardback connect|connect it again", what))
    if signs_in:
        held = "Its reminders are held back until you do." if account.state is AccountState.PARKED else ""
        return Trouble(account=account, what=on_page(what), step=held, signs_in=True)
    return Trouble(account=account, what=what, step="It is read just now." if is_read_now else _step(account, house))


def _what(account: Account, house: House) -> str:
    if account.problem:
        problem = sentence(_NEXT.sub("", without_name(account.problem, account.id)).removesuffix("."))
        if account.state is AccountState.PARKED:
            return f"cannot be read any more: {problem}"
        return f"was not read{_since(account, house)}: {problem}"
    if account.state is AccountState.PARKED:
        return "cannot be read any more: its sign-in has ended."
    if account.last_read_at is None:
        return "was not read to the end yet."
    stale = stale_for(account, house)
    return f"was last read {span(stale)} ago." if stale else ""


def _since(account: Account, house: House) -> str:
    stale = stale_for(account, house)
    return f" for {span(stale)}" if stale else ""


def _step(account: Account, house: House) -> str:
    """What is done next about what needs no sign-in."""
    if account.problem and (unset := _unset(account, house)):
        why = "" if unset in account.problem else f"{sentence(unset)} "
        return f"{why}Once that is set, start Heardback anew."
    if not holder(house.settings.folder):
        return (
            f"“Read now” {'tries again' if account.problem else 'reads it'}; “heardback run” keeps reading by itself."
        )
    if is_resting(account, house.now):
        until, failures = moment(account.rests_until, house.zone), count(account.failures, "failure")
        return f"After {failures} it is left alone until {until}, and then read by itself; “Read now” tries at once."
    return f"It is read by itself every {count(house.settings.number('run.read_every'), 'second')}."


def _unset(account: Account, house: House) -> str:
    """Why nobody can be signed in at its provider; empty if they can."""
    try:
        house.provider(account.provider)
    except ConnectorError as error:
        return str(error)
    return ""

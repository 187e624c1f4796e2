"""`accounts` and `disconnect`: the connected mailboxes."""

import sys
from argparse import Namespace
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from connectors.errors import ConnectorError
from heardback.commands.connect import capability_lines
from heardback.errors import DONE, NO_MAILBOX
from heardback.house import House
from heardback.output import Output
from heardback.text import ago, ahead, few, moment, sentence, without_name
from store.ledger import Account, AccountState

#: Google ends every sign-in of a project in "Testing" after so long (developers.google.com, OAuth 2.0, expiration)
TESTING_LIFE = timedelta(days=7)
#: a sign-in nobody uses ends after so long; each use renews it (Microsoft's refresh tokens; Google's OAuth expiration)
_UNUSED_LIFE = {"outlook": timedelta(days=90), "gmail": timedelta(days=182)}
#: a person is warned so long before a sign-in ends
_WARNING = timedelta(days=2)


def accounts(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """List the accounts with what they can do and the health of their sign-ins."""
    found = house.ledger.accounts()
    if output.as_json:
        output.document([{**asdict(each), "grant": grant_line(each, house)} for each in found])
        return DONE
    if not found:
        output.say(NO_MAILBOX)
        return DONE
    for each in found:
        output.say(f"{each.id}  {each.state}")
        lines = [
            grant_line(each, house),
            f"Last read {moment(each.last_read_at, house.zone)}.",
            *([f"Also {few(list(each.aliases))}."] if each.aliases else []),
            *([f"TROUBLE: {sentence(without_name(each.problem, each.id))}"] if each.problem else []),
            *capability_lines(each),
        ]
        for line in lines:
            output.say(f"    {line}", hang=2)
    return DONE


def grant_line(account: Account, house: House) -> str:
    """The age and the expected end of a sign-in, with a warning when that is near."""
    if account.state is not AccountState.CONNECTED:
        return f'No sign-in; connect it again with "heardback connect {account.provider}".'
    age = f"Signed in {moment(account.granted_at, house.zone)}, {ago(account.granted_at, house.now, house.zone)}"
    ends = grant_end(account, house)
    left = ends - house.now
    if left <= timedelta():
        return f'{age}; should have ended by now: run "heardback connect {account.provider}" if reading fails.'
    warning = f' Run "heardback connect {account.provider}" before then.' if left <= _WARNING else ""
    if not warning and _fixed_end(account, house) is None:
        return f"{age}; lasts as long as it is used."
    return f"{age}; ends {moment(ends, house.zone)}, {ahead(ends, house.now, house.zone)}.{warning}"


def grant_end(account: Account, house: House) -> datetime:
    """When a sign-in is expected to end by itself; later, if it is used until then and has no fixed end."""
    used_at = max(account.granted_at, account.last_read_at or account.granted_at)
    return _fixed_end(account, house) or used_at + _UNUSED_LIFE[account.provider]


def _fixed_end(account: Account, house: House) -> datetime | None:
    if account.grant_ends_at is None and account.provider == "gmail" and house.settings.truth("google.testing"):
        return account.granted_at + TESTING_LIFE
    return account.grant_ends_at


def disconnect(args: Namespace, house: House, output: Output) -> int:
    """Sign out at the provider, forget the sign-in, and erase what was remembered if the person says so."""
    account = house.account(args.account)
    # asked before anything is done, so that Ctrl-C at the question changes nothing
    erase = args.erase or (not args.keep and _asks(f"Erase everything remembered about {account.id}? [y/N] "))
    revoked = _sign_out(account, house, output)
    if erase:
        house.ledger.erase_account(account.id)
    else:
        house.ledger.change_account(
            account.id, lambda present: replace(present, state=AccountState.DISCONNECTED, problem="")
        )
    if output.as_json:
        output.document({"account": account.id, "revoked": revoked, "erased": erase})
        return DONE
    kept = f'Its history is kept; "heardback disconnect {account.address} --erase" erases it.'
    output.say(f"Disconnected {account.id}. {'Everything about it is erased.' if erase else kept}")
    if not revoked:
        output.say(f"  {_REVOKE_BY_HAND[account.provider]}")
    return DONE


_REVOKE_BY_HAND = {
    "gmail": "Google could not be told; remove the access yourself at myaccount.google.com/connections.",
    "outlook": "Microsoft lets no program revoke a sign-in; remove the access yourself at myapps.microsoft.com, or for "
    "a personal account at account.live.com/consent/Manage.",
}


def _sign_out(account: Account, house: House, output: Output) -> bool:
    try:
        with output.progress(f"Signing out at {account.provider}"):
            return house.provider(account.provider).disconnect(account.id)
    except ConnectorError as error:
        output.tell(f"{account.id}: {error}")
        house.vault.forget(account.id)
        return False


def _asks(question: str) -> bool:
    return sys.stdin.isatty() and input(question).strip().lower() in {"y", "yes"}

"""Further addresses of a mailbox, which a person may add long after it was connected."""

from dataclasses import replace
from datetime import datetime, timedelta

from connectors.errors import ConnectorError, ScopeMissing
from connectors.mailbox import Mailbox
from store.ledger import Account, Ledger

_EVERY = timedelta(days=1)
#: how soon they are asked for again, where they could not be told
_AGAIN = timedelta(hours=1)


def with_addresses(ledger: Ledger, mailbox: Mailbox, account: Account, *, now: datetime) -> Account:
    """The account with the addresses it has by now; asked for once a day, and an hour after they could not be told.

    None is taken away: mail was sent from it. Where they cannot be asked for, they stay as they are known.
    """
    if now - max(account.granted_at, account.addresses_at or account.granted_at) < _EVERY:
        return account
    aliases: tuple[str, ...] = ()
    asked_at = now
    try:
        aliases = mailbox.profile().aliases
    except ScopeMissing:
        pass  # a person would have to allow it
    except ConnectorError:
        asked_at = now - _EVERY + _AGAIN

    def known(present: Account) -> Account:
        everything = dict.fromkeys((*present.aliases, *aliases))
        return replace(present, aliases=tuple(everything), addresses_at=asked_at)

    return ledger.change_account(account.id, known) or account

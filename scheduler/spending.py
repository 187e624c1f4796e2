"""What calls cost: booked into the ledger by the minute, and handed to whoever opens the mailbox next."""

from dataclasses import replace
from datetime import datetime, timedelta

from connectors.mailbox import Mailbox, Quota
from store.ledger import Account, Ledger, Tally

#: longer than the window of any provider's quota
_REACH = timedelta(minutes=11)


def quota_of(ledger: Ledger, account: Account, *, now: datetime) -> Quota:
    """What is remembered of an account's quota: what it was granted, and what any process lately spent of it."""
    spent = ledger.spent(account.id, since=now - _REACH)
    return Quota(allowance=account.allowance, spent=tuple((each.minute, each.units) for each in spent))


def book(ledger: Ledger, mailbox: Mailbox, *, at: datetime) -> None:
    """Remember what a mailbox's calls cost since this was last done, and what the provider was seen to grant."""
    account = ledger.account(mailbox.account)
    if account is None:
        return
    requests, units, throttled = mailbox.spend.news()
    if requests or throttled:
        tally = Tally(skipped={}, requests=requests, units=units, throttled=throttled)
        ledger.take(account.id, tally=tally, at=at, connected_at=account.connected_at)
    granted = mailbox.spend.allowance
    if granted not in (0, account.allowance):
        ledger.change_account(account.id, lambda present: replace(present, allowance=granted))

"""The thread of one sent item, looked at whole where a listing may not have shown all of it."""

from connectors.errors import MessageGone
from connectors.mailbox import Arrival, Mailbox, Now
from evidence.copies import threads
from evidence.model import Evidence, SentItem
from scheduler.known import Known
from scheduler.matching import match
from scheduler.own import own_addresses
from scheduler.reading import Reader
from store.ledger import Account, Ledger


def read_thread(
    ledger: Ledger, mailbox: Mailbox, account: Account, item: SentItem, *, now: Now
) -> tuple[Evidence, ...]:
    """Look at the whole thread of one sent item and remember what a listing has not shown.

    Rules file mail into folders that no listing covers, and moved mail can escape one.
    """
    reader = Reader(ledger, mailbox, account.id, own=own_addresses(ledger), now=now)
    known = Known(ledger, account.id)
    speaking = reader.sort(whole_thread(mailbox, item), known).speaking
    evidence = tuple(match(each, known) for each in reader.hear(speaking, known).evidence)
    if evidence:
        ledger.take(account.id, evidence=evidence, connected_at=account.connected_at)
    return evidence


def whole_thread(mailbox: Mailbox, item: SentItem) -> tuple[Arrival, ...]:
    """All that came in the threads of one sent item; a thread that is gone holds nothing."""
    return tuple(one for each in threads(item) for one in _of_thread(mailbox, each))


def _of_thread(mailbox: Mailbox, thread_id: str) -> tuple[Arrival, ...]:
    try:
        return mailbox.thread(thread_id)
    except MessageGone:
        return ()

"""The sent items that received mail may speak about: those of the ledger, and those of the page just being read."""

from collections.abc import Iterable
from datetime import datetime

from evidence.copies import apart, threads
from evidence.model import SentItem
from store.ledger import Ledger


class Known:
    """Finds sent items by what received mail says; a page's own items stand in for their stored form."""

    def __init__(self, ledger: Ledger, account: str, page: Iterable[SentItem] = ()) -> None:
        """Look in the ledger and in a page.

        :param account: whose threads are meant; ids and keys are looked up in all accounts
        :param page: sent items that may not be in the ledger yet
        """
        self._ledger = ledger
        self._account = account
        self._page = {item.id: item for item in page}
        self._threads: dict[str, tuple[SentItem, ...]] = {}

    def in_thread(self, thread_id: str | None) -> tuple[SentItem, ...]:
        """Sent items in a thread of the account; looked up once, for each message is asked about several times."""
        if not thread_id:
            return ()
        if thread_id not in self._threads:
            self._threads[thread_id] = self._of_thread(thread_id)
        return self._threads[thread_id]

    def _of_thread(self, thread_id: str) -> tuple[SentItem, ...]:
        fresh = (each for each in self._page.values() if thread_id in threads(each) and each.account == self._account)
        stored = self._ledger.items_in_thread(self._account, thread_id)
        return self._merged(stored, fresh)

    def named(self, message_ids: Iterable[str]) -> tuple[SentItem, ...]:
        """Sent items known by any of these Message-IDs."""
        names = frozenset(message_ids)
        if not names:
            return ()
        fresh = (each for each in self._page.values() if names.intersection(each.message_ids))
        return self._merged(self._ledger.items_named(names), fresh)

    def keyed(self, correlation_key: str | None) -> tuple[SentItem, ...]:
        """Sent items with this Exchange search key."""
        if not correlation_key:
            return ()
        fresh = (
            item for item in self._page.values() if correlation_key in {each.correlation_key for each in apart(item)}
        )
        return self._merged(self._ledger.items_keyed(correlation_key), fresh)

    def to(self, address: str | None, *, since: datetime) -> tuple[SentItem, ...]:
        """Sent items to this recipient, sent at or after `since`."""
        if not address:
            return ()
        fresh = (
            each
            for each in self._page.values()
            if each.sent_at >= since and any(one.address == address for one in each.recipients)
        )
        return self._merged(self._ledger.items_to(address, since=since), fresh)

    def with_token(self, token: str) -> SentItem | None:
        """The sent item in whose mail a token of ours stands."""
        found = (self._ledger.tracking.item_of(each.tag) for each in self._ledger.tracking.named([token]))
        return next(found, None)

    def _merged(self, stored: Iterable[SentItem], fresh: Iterable[SentItem]) -> tuple[SentItem, ...]:
        found = {item.id: item for item in (*stored, *fresh)}
        return tuple(self._page.get(item.id, item) for item in found.values())

"""How far a listing is followed. A provider that names one more page for ever is not asked for ever."""

from collections.abc import Iterable

from connectors.errors import Unreachable

#: pages of one listing; at a provider's smallest pages still more than a hundred thousand messages
LONGEST = 10_000
#: pages in a row that name nothing new; a filtered listing may well have some that are empty (message-delta)
IDLE = 50


class Listing:
    """Watches one listing page by page.

    :param whom: whose listing, for the error: `you@example.com: Outlook`
    """

    def __init__(self, whom: str) -> None:
        self._whom = whom
        self._pages = 0
        self._idle = 0
        # sums and no ids: a listing may name millions
        self._links: set[int] = set()
        self._contents: set[int] = set()

    def turn(self, following: str, entries: Iterable[object]) -> None:
        """Take note of a page.

        :param following: token or link of the page after it, empty if it is the last
        :param entries: what it names: objects with ids
        :raises Unreachable: the listing leads in a circle, or on and on
        """
        if not following:
            return
        named = hash(frozenset(str(each.get("id")) if isinstance(each, dict) else "" for each in entries))
        self._pages += 1
        self._idle = self._idle + 1 if named in self._contents else 0
        if hash(following) in self._links:
            raise self._given_up("leads in a circle now")
        if self._idle >= IDLE:
            raise self._given_up("goes on but names nothing new now")
        if self._pages >= LONGEST:
            raise self._given_up(f"has no end after {self._pages} pages")
        self._links.add(hash(following))
        self._contents.add(named)

    def _given_up(self, why: str) -> Unreachable:
        return Unreachable(f"{self._whom}'s listing {why}; try again later")

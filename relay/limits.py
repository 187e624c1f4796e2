"""How much one token and one source may put on the disk. All of it is counts in memory, forgotten within minutes."""

import os

from evidence.networks import Address

#: seconds to which the time of a hit is rounded, and within which a token's hits of one rule are one
COARSE = 300
#: seconds over which the requests of a source are counted
_MINUTE = 60
#: tokens and sources remembered at once
_MOST = 65_536
#: a reader's provider hands out 64 bits of IPv6 at least, so the rest tells nothing
_IPV6_REST = 64


class Repeats:
    """Which hits of these five minutes are known already: a repeat says nothing new."""

    def __init__(self) -> None:
        self._slot = 0
        self._seen: set[int] = set()

    def is_new(self, token: str, rule: str, slot: int) -> bool:
        """Whether this is the first hit of the token by this rule in this slot; from then on it is not."""
        if slot != self._slot or len(self._seen) >= _MOST:
            self._slot, self._seen = slot, set()
        mark = hash((token, rule))
        if mark in self._seen:
            return False
        self._seen.add(mark)
        return True


class Sources:
    """How often each source came in this minute.

    Kept by a hash (SipHash, the interpreter's) of a key made at each start and the address, never by the address.
    """

    def __init__(self, most: int) -> None:
        """Allow each source `most` requests a minute."""
        self._most = most
        self._key = os.urandom(16)
        self._minute = 0
        self._counts: dict[int, int] = {}

    def admits(self, address: Address | None, now: float) -> bool:
        """Count a request; whether it is within the limit.

        :param address: None counts as one source together with every other that has no address
        :param now: seconds since 1970
        """
        minute = int(now) // _MINUTE
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        source = self._source(address)
        if source not in self._counts and len(self._counts) >= _MOST:
            source = 0
        count = self._counts[source] = self._counts.get(source, 0) + 1
        return count <= self._most

    def _source(self, address: Address | None) -> int:
        if address is None:
            return 0
        version, number = address
        network = number >> _IPV6_REST if version == 6 else number
        return hash(b"%b %d %d" % (self._key, version, network))

"""What is remembered of tokens and sources, in memory only: how much each may put on the disk, where the owner is."""

import os

from evidence.networks import Address, Networks

#: seconds to which the time of a hit is rounded, and within which a token's hits of one rule are one
COARSE = 300
#: seconds over which the requests of a source are counted
_MINUTE = 60
#: tokens and sources remembered at once
_MOST = 65_536
#: a reader's provider hands out 64 bits of IPv6 at least, so the rest tells nothing
_IPV6_REST = 64
#: seconds for which a place of the owner's is remembered, and how many of them at once
_DAY = 86_400
_MOST_NEARBY = 64
#: networks that lie inside others: a web server in front, a container's, a provider's (RFC 1918, 4193, 6598)
_INSIDE = Networks(
    (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"),
        *("::1", "fc00::/7", "fe80::/10"),
    )
)


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
    """How often each source came in this minute; kept by its mark, never by its address."""

    def __init__(self, most: int) -> None:
        """Allow each source `most` requests a minute."""
        self._most = most
        self._mark = Mark()
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
        source = self._mark(address)
        if source not in self._counts and len(self._counts) >= _MOST:
            source = 0
        count = self._counts[source] = self._counts.get(source, 0) + 1
        return count <= self._most


class Nearby:
    """From where the owner has shown the key lately: what is loaded there may have been looked at by the owner."""

    def __init__(self) -> None:
        self._mark = Mark()
        self._seen: dict[int, float] = {}

    def note(self, address: Address | None, now: float) -> None:
        """The owner was here; of networks that are the same everywhere that says nothing.

        :param now: seconds since 1970
        """
        if address is None or address in _INSIDE:
            return
        if len(self._seen) >= _MOST_NEARBY:
            self._seen.clear()
        self._seen[self._mark(address)] = now

    def holds(self, address: Address | None, now: float) -> bool:
        """Whether the owner was there within a day."""
        seen = self._seen.get(self._mark(address)) if self._seen else None
        return seen is not None and now - seen < _DAY


class Mark:
    """Stands for a source: a hash (SipHash, the interpreter's) of a key made at each start and its network."""

    def __init__(self) -> None:
        self._key = os.urandom(16)

    def __call__(self, address: Address | None) -> int:
        """The mark; 0 for what has no address."""
        if address is None:
            return 0
        version, number = address
        network = number >> _IPV6_REST if version == 6 else number
        return hash(b"%b %d %d" % (self._key, version, network))

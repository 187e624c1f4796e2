"""From a request to a hit: open the token, look at the request once, keep only id, coarse time, grade and rule.

Whatever the token is worth, the same steps run and the same wait for the disk follows.
"""

from asyncio import Future
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from evidence.hits import RULE_OF, Report, Rule, Shown, graded
from evidence.model import HitKind
from evidence.networks import Address, Networks, address_of
from relay.commit import Commit
from relay.journal import Hit
from relay.limits import COARSE, Nearby, Repeats, Sources
from relay.opt_outs import OptOuts
from relay.tokens import Keys, Token

#: an ASGI connection scope
Scope = Mapping[str, Any]

#: bytes of a user agent that are looked at
_LONGEST_AGENT = 400
#: headers by which browsers and proxies say that nobody is looking yet, and words in them
_AHEAD = (b"purpose", b"sec-purpose", b"x-moz", b"x-purpose")
#: headers by which a web server between shows itself
_BETWEEN = frozenset({b"forwarded", b"via", b"x-real-ip"})
_AHEAD_WORDS = (b"prefetch", b"prerender", b"preview")


@dataclass(slots=True, kw_only=True)
class Intake:
    """Takes in the requests that bear a token."""

    keys: Keys
    opt_outs: OptOuts
    commit: Commit
    #: hits a source may put on the disk
    sources: Sources
    own: Networks
    nearby: Nearby
    machines: Networks
    #: aware, UTC
    now: Callable[[], datetime]
    repeats: Repeats

    async def token(self, kind: HitKind, text: str, scope: Scope, *, report: Report | None = None) -> Token | None:
        """Record a request, if it is to be recorded, and wait for the disk in any case.

        :returns: the token, if it is one of ours and for this door, expired or opted out or not
        """
        token, settled = self.take(kind, text, scope, report=report)
        await settled
        return token

    def take(
        self, kind: HitKind, text: str, scope: Scope, *, report: Report | None = None
    ) -> tuple[Token | None, Future[None]]:
        """Record a request, if it is to be recorded.

        :param kind: the door the request came by
        :param text: the token as it stands in the address
        :returns: the token, if it is one of ours and for this door; and what is done when the disk is, for any token
        """
        now = self.now()
        address = source_of(scope)
        shown = self._shown(kind, scope, address, now, report)
        rule = graded(shown)
        token = self.opened(kind, text)
        hit = self._hit(token, rule, address, now) if token else None
        return token, self.commit.settle(hit)

    def opened(self, kind: HitKind, text: str) -> Token | None:
        """The token, if it is one of ours and for this door."""
        token = self.keys.open(text)
        return token if token and token.kind is kind else None

    async def tell_owner(self, token: Token | None) -> None:
        """Put a reader's opt-out among the hits; None takes as long and leaves no trace."""
        slot = int(self.now().timestamp()) // COARSE
        await self.commit.settle(hit_of(token, RULE_OF["opt-out"], slot) if token else None)

    def _hit(self, token: Token, rule: Rule, address: Address | None, now: datetime) -> Hit | None:
        if now >= token.expires or self.opt_outs.hold(token.readers):
            return None
        seconds = now.timestamp()
        slot = int(seconds) // COARSE
        if not self.sources.admits(address, seconds) or not self.repeats.is_new(token.id, rule.name, slot):
            return None
        return hit_of(token, rule, slot)

    def _shown(
        self, kind: HitKind, scope: Scope, address: Address | None, now: datetime, report: Report | None
    ) -> Shown:
        agent, is_prefetch, is_partial = b"", False, False
        for name, value in scope["headers"]:
            if name == b"user-agent":
                agent = value
            elif name == b"range":
                is_partial = True
            elif name in _AHEAD:
                is_prefetch |= _holds(value.lower(), _AHEAD_WORDS)
        return Shown(
            kind=kind,
            method=scope["method"],
            agent=agent[:_LONGEST_AGENT].decode("latin-1").lower(),
            address=address,
            is_prefetch=is_prefetch,
            is_partial=is_partial,
            is_own=address in self.own,
            is_near_owner=self.nearby.holds(address, now.timestamp()),
            is_machine=address in self.machines,
            report=report,
        )


def hit_of(token: Token, rule: Rule, slot: int) -> Hit:
    """What is kept: no address, no program, no second more than five minutes."""
    return {"token": token.id, "kind": token.kind, "at": _start(slot), "grade": rule.grade, "rule": rule.name}


@lru_cache(maxsize=2)
def _start(slot: int) -> str:
    return datetime.fromtimestamp(slot * COARSE, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def source_of(scope: Scope) -> Address | None:
    """Where a request came from; the server has put a trusted proxy's word in place before."""
    client = scope.get("client")
    return address_of(client[0]) if client else None


def is_source_named(scope: Scope) -> bool:
    """Whether the client is the one who asks, as far as can be told, and not a web server between that nobody named."""
    headers = dict(scope["headers"])
    hops = headers.get(b"x-forwarded-for")
    if hops is None:
        return headers.keys().isdisjoint(_BETWEEN)
    client = scope.get("client")
    return client is not None and client[0] in [each.strip() for each in hops.decode("latin-1").split(",")]


def _holds(value: bytes, words: Iterable[bytes]) -> bool:
    return any(word in value for word in words)

"""The door's names and secrets: what Host may say, the key in the opening link, the session, the mark of our forms."""

import hmac
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from heardback.origin import origin
from heardback.surfaces.subscription import path_of

#: of each secret
_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where one start of the page is reached, and by whom; every start has secrets of its own."""

    #: address or name it is bound to
    host: str
    port: int
    #: stands in the opening link
    key: str = field(repr=False)
    #: stands in the cookie of the browser that came by that link
    session: str = field(repr=False)
    #: stands in every form of ours
    form: str = field(repr=False)
    #: stands in the address of the calendar, the same at every start; empty: there is no calendar
    calendar: str = field(repr=False, default="")
    #: where people reach it through a proxy or a tunnel, as `origin` has it; empty: at its host and port
    public: str = ""

    @classmethod
    def fresh(cls, host: str, port: int, *, calendar: str = "", public: str = "") -> Self:
        """A door with new secrets, but for the calendar's.

        :param public: as a person wrote it into the setting `web.address`
        """
        key, session, form = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        return cls(host=host, port=port, key=key, session=session, form=form, calendar=calendar, public=origin(public))

    @property
    def is_exposed(self) -> bool:
        """Other machines can reach it."""
        return self.host != "localhost" and not _is_loopback(self.host)

    @property
    def cookie(self) -> str:
        """Name of the cookie: browsers keep one set of them for all ports of a machine."""
        return f"heardback-{self.port}"

    @property
    def is_encrypted(self) -> bool:
        """People reach it by an address with encryption."""
        return self.public.startswith("https:")

    @property
    def home(self) -> str:
        """Where people reach it."""
        return home(self.host, self.port, public=self.public)

    @property
    def link(self) -> str:
        """The opening link."""
        return f"{self.home}/open?key={self.key}"

    def is_calendar(self, path: str) -> bool:
        """Whether a path is that of the calendar."""
        return bool(self.calendar) and self.knows(path, path_of(self.calendar))

    def answers_to(self, host: str) -> bool:
        """Whether a Host header names this page.

        A web site can let its own name point at this machine, and then read what it likes (DNS rebinding); it cannot
        do so with an address in numbers. Those of other machines only make sense if other machines are let in.
        """
        if self._is_public(host):
            return True
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        if parts.netloc != host or "@" in host or port != self.port:
            return False
        return name in ("localhost", self.host) or _is_loopback(name) or (self.is_exposed and _is_address(name))

    def sends(self, form_from: str, host: str) -> bool:
        """Whether a form may come from this origin: the page's own address, as the Host header or the setting has it.

        A proxy may keep the Host that the browser wrote, or write the one it asks itself.
        """
        own = () if self._is_public(host) else (f"http://{host}",)
        return bool(form_from) and form_from in (*own, self.public)

    def _is_public(self, host: str) -> bool:
        scheme = self.public.partition(":")[0]
        # what stands behind a host would be a path
        return bool(scheme) and "/" not in host and origin(f"{scheme}://{host}") == self.public

    def knows(self, given: str, secret: str) -> bool:
        """Whether what was given is the secret; takes as long either way."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def home(host: str, port: int, *, public: str = "") -> str:
    """Where a page on this host and port is reached; from this machine, if the host stands for all of its addresses.

    :param public: what the setting `web.address` says
    """
    name = f"[{host}]" if ":" in host else host
    if _is_address(host) and ip_address(host).is_unspecified:
        name = "[::1]" if ":" in host else "127.0.0.1"
    return origin(public) or f"http://{name}:{port}"


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return _is_address(name) and ip_address(name).is_loopback

"""What a loader is: a frozen list of what it fetches of a mail, when, and how the request looks."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class What(StrEnum):
    """Parts of a mail that are fetched."""

    IMAGES = "images"
    #: every web link there is, the opt-out and the web view among them
    LINKS = "links"
    #: the first link of the text, where a person clicks
    TEXT_LINK = "a link of the text"
    #: the copy in the browser, whose script then speaks
    WEB_VIEW = "the web view"
    #: the page with the button
    OPT_OUT = "the opt-out page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """How a request shows itself."""

    #: User-Agent; empty: none is sent
    agent: str
    #: where it comes from, as the proxy in front of a server sees it
    address: str
    #: further headers
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One thing a loader does with a mail."""

    what: What
    client: Client
    #: since the mail arrived
    after: timedelta
    methods: tuple[str, ...] = ("GET",)
    #: what the web view's script says, in its order (docs/relay.md)
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """A mail program, proxy or filter."""

    #: short, for tables and addresses: "gmail-proxy"
    name: str
    #: a phrase a person can read
    is_what: str
    fetches: tuple[Fetch, ...] = ()
    #: the person answers, quoting the whole mail with all it loads
    answers_after: timedelta | None = None

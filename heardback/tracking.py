"""Tracking of one mail: what is wanted, whether its readers may be tracked, tokens, the web view's copy, and the bytes.

What tokens name is remembered before the mail leaves, and forgotten again if it is known not to have left.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from connectors import html_alternative, tracked, web_copy
from connectors.disclosure import Wording
from connectors.errors import CannotTrack, ConnectorError
from connectors.tracked import Letter, Plan
from evidence.model import HitKind
from heardback import relay_side
from heardback.choices import may_track
from heardback.errors import Failed
from heardback.house import House
from heardback.track_rules import Flags, Wanted, wanted
from relay.tokens import MOST_READERS, Token, new_id
from scheduler.own import is_own, own_addresses
from store.ledger import Account
from store.tracking import Tracked

if TYPE_CHECKING:
    from connectors.relay import RelayClient

#: links of one mail that are led over the relay; further ones stay as they are
_MOST_LINKS = 100
#: an address of a relay, whatever it is called now
_ADDRESS = re.compile(r"/[plvo]/([\w-]{40,})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A message ready for the outbox."""

    message: bytes
    #: what went into it
    pixel: bool = False
    links: int = 0
    web_view: bool = False
    #: why nothing went into it although that was wanted; empty otherwise
    untracked_because: str = ""

    @property
    def is_tracked(self) -> bool:
        """Whether something in it may tell of its reading."""
        return self.pixel or self.web_view or self.links > 0


class Tracking:
    """Composes the tracked mail of one account."""

    def __init__(self, house: House, account: Account, flags: Flags, *, as_page: bool = False) -> None:
        """:param as_page: a plain-text mail gets a page beside its text"""
        self._house, self._account, self._flags, self._as_page = house, account, flags, as_page
        #: ids of tokens, and web views put up, by our mark of the mail: what is erased if it does not leave
        self._made: dict[str, list[str]] = {}
        self._copies: dict[str, str] = {}

    def compose(self, message: bytes, *, tag: str, people: Sequence[str]) -> Composed:
        """The message as it is to leave.

        What a rule or a setting wants and cannot be had is left out, and said; what a flag asks for is refused.

        :param tag: our mark, under which the outbox will send it
        :param people: normalised addresses of everybody it goes to
        :raises Failed: it was asked for on the command line and cannot be had
        :raises SettingsError: a rule cannot be used
        """
        if self._as_page:
            message = self._with_page(message)
        readers = self._readers(people)
        means = wanted(self._house.settings, self._account.id, readers or people, self._flags)
        if not means.anything:
            return Composed(message=message)
        if not readers:
            return Composed(message=message, untracked_because="it goes to you alone, and your own views never count")
        refusals = [why for each in readers if (why := may_track(self._house.ledger, each, self._house.settings))]
        if refusals:
            return Composed(message=message, untracked_because=refusals[0])
        try:
            return self._tracked(message, means, tag=tag, people=people, readers=readers)
        except ConnectorError as err:
            self.undo(tag)
            if self._flags.ask:
                raise Failed(f"It was not sent, as it cannot be tracked: {str(err).rstrip('.')}.") from err
            return Composed(message=message, untracked_because=str(err).rstrip("."))

    def undo(self, tag: str) -> None:
        """What was composed under this mark did not leave: nothing of it is remembered.

        An earlier try under the same mark may have left; what it made stays.
        """
        self._house.ledger.tracking.drop(self._made.pop(tag, []))
        token = self._copies.pop(tag, "")
        if token:
            with suppress(ConnectorError):  # it expires by itself, and nobody has the key
                self._relay.drop_copy(token)

    def close(self) -> None:
        """Release the line to the relay."""
        if "_relay" in self.__dict__:
            self._relay.close()

    def _readers(self, people: Sequence[str]) -> Sequence[str]:
        """Whose wishes and rules count: everybody's but the person's own."""
        own = own_addresses(self._house.ledger)
        return [each for each in people if not is_own(each, own)]

    def _with_page(self, message: bytes) -> bytes:
        try:
            return html_alternative.with_page(message)
        except CannotTrack as err:
            raise Failed(f"It was not sent, as it cannot be given a page: {err}.") from err

    def _tracked(
        self, message: bytes, means: Wanted, *, tag: str, people: Sequence[str], readers: Sequence[str]
    ) -> Composed:
        """:raises ConnectorError: it cannot be done"""
        letter = tracked.letter(message)
        if len(readers) > MOST_READERS:
            raise CannotTrack(
                f"it goes to more than {MOST_READERS} people at once; --individually sends each their own"
            )
        wording = self._wording(letter)
        tokens = _Tokens(
            self._house, self._account, tag=tag, people=people, readers=readers, wording=wording, url=self._relay.url
        )
        tokens.refuse_others_in(letter.html.text)
        opt_out = tokens.address("o", HitKind.OPT_OUT)
        targets = letter.targets[:_MOST_LINKS] if means.links else ()
        plan = Plan(
            wording=wording,
            opt_out=opt_out,
            pixel=tokens.address("p", HitKind.PIXEL) + ".gif" if means.pixel else "",
            links={each: tokens.address("l", HitKind.LINK, target=each) for each in targets},
            view=self._put_up(letter, wording, tokens, opt_out, tag) if means.web_view else "",
        )
        if not (plan.pixel or plan.links or plan.view):
            raise CannotTrack("it has no link that may be led over the relay")
        composed = letter.tracked(plan)
        self._made[tag] = [each.id for each in tokens.made]
        self._house.ledger.tracking.put(tokens.made)
        return Composed(message=composed, pixel=means.pixel, links=len(targets), web_view=means.web_view)

    def _put_up(self, letter: Letter, wording: Wording, tokens: "_Tokens", opt_out: str, tag: str) -> str:
        """The address of the web view, once its copy lies at the relay."""
        content, key = web_copy.sealed(letter.copy(wording, opt_out=opt_out))
        address = tokens.address("v", HitKind.VIEW)
        token = address.rpartition("/")[2]
        self._relay.put_copy(token, content)
        self._copies[tag] = token
        return f"{address}#{key}"

    def _wording(self, letter: Letter) -> Wording:
        settings = self._house.settings
        return letter.wording(
            otherwise=settings.text("tracking.language"),
            sentence=settings.text("tracking.disclosure"),
            stop=settings.text("tracking.opt_out_words"),
        )

    @cached_property
    def _relay(self) -> "RelayClient":
        client = relay_side.client(self._house.settings)
        if client is None:
            raise CannotTrack("there is no relay yet; its address goes into the setting relay.url")
        return client


class _Tokens:
    """Makes the addresses in one mail, and keeps what they name."""

    def __init__(
        self, house: House, account: Account, *, tag: str, people: Sequence[str], readers: Sequence[str],
        wording: Wording, url: str,
    ) -> None:  # fmt: skip
        """:param readers: who of the people may opt out; were one's own address among them, one reader's wish would
        silence every later mail of which one gets a copy"""
        self.made: list[Tracked] = []
        self._account, self._tag, self._people, self._wording, self._url = account, tag, people, wording, url
        self._keys = relay_side.keys(house.settings).tokens
        name = relay_side.reader_name(house.settings)
        self._readers = tuple(name(each) for each in readers)
        self._made_at: datetime = house.clock.now()
        self._expires = self._made_at + timedelta(days=house.settings.number("tracking.expires_days"))

    def refuse_others_in(self, page: str) -> None:
        """:raises CannotTrack: it holds what was made for somebody else, as whom its readers would be taken"""
        found = (self._keys.open(each[1]) for each in _ADDRESS.finditer(page))
        live = (each for each in found if each and each.expires > self._made_at)
        if any(not set(self._readers) <= set(each.readers) for each in live):
            raise CannotTrack(
                "it holds the image or links of a tracked mail to somebody else, as whom its readers would be taken; "
                "take them out, or send the mail as it was before"
            )

    def address(self, door: str, kind: HitKind, *, target: str = "") -> str:
        """A fresh address of a door of the relay."""
        identity = new_id()
        token = Token(kind=kind, id=identity, readers=self._readers, expires=self._expires, target=target)
        self.made.append(
            Tracked(
                id=identity,
                kind=kind,
                account=self._account.id,
                tag=self._tag,
                recipients=tuple(self._people),
                target=target,
                made_at=self._made_at,
                expires_at=self._expires,
                wording=self._wording.version,
            )
        )
        return f"{self._url}/{door}/{self._keys.seal(token)}"

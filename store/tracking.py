"""What is remembered of tracked mail, of the choices of its readers, and of the relay: contract and records."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from evidence.model import Evidence, HitKind, SentItem


class Stance(StrEnum):
    """What a reader wants about being tracked."""

    CONSENT = "consent"
    OPT_OUT = "opt-out"
    #: an earlier choice was taken back; as if nothing had been said
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice of one reader, kept for good as proof; the latest of an address holds."""

    #: normalised
    address: str
    stance: Stance
    at: datetime
    #: how it was given, as a sentence: `said so on the phone`, `pressed the button in the mail`
    how: str
    #: version of the disclosure the reader was shown; empty if none was
    wording: str = ""
    #: our mark of a mail to several, one of whom chose so, it cannot be told who; empty: it was this reader
    mail: str = ""


def opt_outs(choices: Iterable[Choice]) -> dict[str, frozenset[str]]:
    """Who opted out and did not take it back, each with the marks of mails to several of whom one did.

    No marks: the reader said so themselves.

    :param choices: oldest first
    """
    found: dict[str, frozenset[str]] = {}
    for each in choices:
        known = found.pop(each.address, None)
        if each.stance is Stance.OPT_OUT:
            is_theirs = not each.mail or known == frozenset()
            found[each.address] = frozenset() if is_theirs else frozenset({each.mail}).union(known or ())
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What one token of tracked mail names. Only the ledger knows; the relay sees the token alone."""

    #: id inside the token
    id: str
    kind: HitKind
    account: str
    #: our mark of the mail it stands in
    tag: str
    #: everybody that mail was sent to, normalised; a hit names a reader only if there is one
    recipients: tuple[str, ...]
    #: `link` only: where it leads
    target: str = ""
    made_at: datetime
    #: the relay records nothing from then on
    expires_at: datetime
    #: version of the disclosure line in that mail
    wording: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayState:
    """How far the relay was read, and what it was told."""

    #: empty: never read
    cursor: str = ""
    read_at: datetime | None = None
    #: what is wrong with it, as shown; empty when all is well
    problem: str = ""
    #: since when it has been away; None while it answers
    away_since: datetime | None = None
    #: last time it said that hits went before they were taken
    missed_at: datetime | None = None
    #: hits it gave up because its disk refused
    lost: int = 0
    #: fingerprint of the opt-outs it was told of; empty: it has to be told all of them
    told: str = ""
    #: its names of those it was told came back, and who pressed no button since; told twice, it would undo a press
    back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """One person who was forgotten, of whom nothing is known but that."""

    #: keyed hash of the address
    mark: str
    #: what was sent to them or came from them until then does not come back
    at: datetime
    #: the relay's name of them, which nobody can turn back into an address either; empty: not known
    reader: str = ""
    #: ids of their tokens that the relay has not yet been seen to forget
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Salt:
    """The key of the marks; there is one at most, made at the first forgetting."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that names one person."""

    #: newest first
    items: tuple[SentItem, ...] = ()
    #: oldest first
    evidence: tuple[Evidence, ...] = ()
    tracked: tuple[Tracked, ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many of each sort were erased."""

    items: int = 0
    evidence: int = 0
    reminders: int = 0
    decisions: int = 0
    tracked: int = 0
    choices: int = 0
    #: documents that stay, for they are about others, and name the person no more
    struck: int = 0
    #: old items that stay, because a reminder about them is still open
    waiting: int = 0


class TrackingLedger(Protocol):
    """The part of the ledger that is about tracked mail. Each method is one atomic, durable step.

    Datetimes are aware and UTC; a naive one raises ValueError. Taking the same thing twice changes nothing.
    """

    def put(self, tracked: Iterable[Tracked]) -> None:
        """Remember what tokens name, before the mail they stand in leaves."""

    def named(self, ids: Iterable[str]) -> tuple[Tracked, ...]:
        """What these token ids name; unknown ones are left out."""

    def in_mail(self, tag: str) -> tuple[Tracked, ...]:
        """All tokens in the mail with this mark."""

    def sent_to(self, address: str) -> tuple[Tracked, ...]:
        """All tokens in mail to this address, newest first."""

    def drop(self, ids: Iterable[str]) -> None:
        """The mail with these tokens is known not to have left: they name nothing."""

    def item_of(self, tag: str) -> SentItem | None:
        """The sent item that bears our mark."""

    def choose(self, choices: Iterable[Choice]) -> None:
        """Keep choices of readers; one known already is not doubled, one from before a forgetting is left out."""

    def choices(self, address: str | None = None) -> tuple[Choice, ...]:
        """Choices, oldest first."""

    def stance(self, address: str) -> Stance:
        """What holds for an address now: its latest choice; of who was forgotten and chose nothing since, opt-out."""

    def relay(self) -> RelayState:
        """How far the relay was read."""

    def put_relay(self, state: RelayState) -> None:
        """Replace what is known of the relay."""

    def take_hits(
        self, evidence: Iterable[tuple[str, Evidence]], *, choices: Iterable[Choice], state: RelayState
    ) -> None:
        """Store one page of hits, each with the id of its account, and the choices in it, and then move the cursor.

        All or nothing; a hit known already only gains a match or a doubt.
        """

    def held(self, address: str) -> Held:
        """All that names one person; the whole ledger is looked through for it."""

    def forget(self, address: str, *, at: datetime, reader: str = "", rehearse: bool = False) -> Erased:
        """Erase one person: evidence, choices, tokens; out of every item, and whole the items to nobody else.

        What is about others stays and names the person no more. A mark of the address is kept, a keyed hash, by which
        two promises hold: nothing until `at` comes back when a mailbox is read again, and the person is not tracked
        until they consent anew. Mail sent to them later is followed like any other, without tracking.

        :param address: normalised; none of the person's own
        :param at: aware
        :param reader: the relay's name of them, kept so that the relay can be told again to leave them alone
        :param rehearse: only count; nothing is changed
        """

    def admitted(self, item: SentItem) -> SentItem | None:
        """An item as it is taken in: without those forgotten after it was sent. None if it was to them alone."""

    def forgotten(self) -> tuple[Forgotten, ...]:
        """Everybody who was forgotten, oldest first."""

    def erased_at_relay(self, mark: str, tokens: Iterable[str]) -> None:
        """The relay was seen to have nothing left of these tokens of a forgotten person."""

    def prune(
        self, *, items_before: datetime, evidence_before: datetime, hits_before: datetime, rehearse: bool = False
    ) -> Erased:
        """Erase items sent before, with all about them; evidence about no item, hits and tokens from before.

        An item stays while a reminder about it is open. Choices stay as proof, and so do the tokens of opt-out links,
        which never expire.

        :param rehearse: only count; nothing is changed
        """

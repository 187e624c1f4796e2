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


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many of each sort were erased."""

    items: int = 0
    evidence: int = 0
    reminders: int = 0
    decisions: int = 0
    tracked: int = 0
    choices: int = 0


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

    def drop(self, tag: str) -> None:
        """The mail with this mark is known not to have left: its tokens name nothing."""

    def item_of(self, tag: str) -> SentItem | None:
        """The sent item that bears our mark."""

    def choose(self, choices: Iterable[Choice]) -> None:
        """Keep choices of readers; one known already is not doubled."""

    def choices(self, address: str | None = None) -> tuple[Choice, ...]:
        """Choices, oldest first."""

    def stance(self, address: str) -> Stance:
        """What holds for an address now: its latest choice."""

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

    def forget(self, address: str) -> Erased:
        """Erase what is known of one person: evidence, choices, tokens; out of every item, and items to nobody else.

        That the address wants no tracking is kept as its latest choice if it is an opt-out, or it would be tracked
        again.
        """

    def prune(self, *, items_before: datetime, evidence_before: datetime, hits_before: datetime) -> Erased:
        """Erase items sent before, with all about them, other evidence and hits from before, and tokens long dead."""

"""Sending a mail, tracked or not: as one message to all of its recipients, or as one message to each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors import compose
from connectors.errors import CannotTrack, ConnectorError
from evidence.model import Recipient, SentItem
from heardback.errors import Failed, UsageError
from heardback.house import House
from heardback.tracking import Composed, Tracking
from scheduler.individually import Outcome, begin, send_copies
from scheduler.outbox import is_open, send_made
from store.ledger import Account

#: more is a mailing, which asks for other means
MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a mail and its copies."""

    #: None: nothing of it left
    item: SentItem | None
    outcomes: tuple[Outcome, ...]
    #: address to the message that was made for it; of those that had left before there is none
    composed: dict[str, Composed] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether every copy left."""
        return not any(each.problem for each in self.outcomes)


def send_whole(
    house: House, account: Account, message: bytes, people: Sequence[Recipient], tracking: Tracking, tag: str, *,
    receipt: bool,
) -> tuple[SentItem, Composed]:  # fmt: skip
    """Send one message to all of them.

    :param tag: a new one
    :raises Failed: it was to be tracked, and cannot be
    :raises ConnectorError: as the outbox says
    """
    composed: list[Composed] = []

    def make() -> bytes:
        composed.append(tracking.compose(message, tag=tag, people=[each.address for each in people]))
        return composed[0].message

    try:
        item = send_made(
            house.ledger,
            house.mailbox(account),
            account,
            make,
            subject=compose.header(message, "Subject"),
            receipt=receipt,
            now=house.clock.now,
            tag=tag,
        )
    except ConnectorError:
        if not is_open(house.ledger, tag):
            tracking.undo(tag)
        raise
    return item, composed[0]


def send_each(
    house: House, account: Account, message: bytes, people: Sequence[Recipient], tracking: Tracking, *, receipt: bool
) -> Report:
    """Send each of them a message that names nobody else. Called again with the same mail, it sends what is missing.

    A flag that asks for tracking and cannot be heeded stops it.

    :raises UsageError: they are too many
    """
    if len(people) > MOST:
        raise UsageError(f"--individually sends to {MOST} people at most, not to {len(people)}.")
    composed: dict[str, Composed] = {}
    tags: dict[str, str] = {}

    def make(tag: str, recipient: Recipient) -> bytes:
        alone = compose.for_one(message, recipient)
        try:
            composed[recipient.address] = tracking.compose(alone, tag=tag, people=[recipient.address])
        except Failed as err:
            raise CannotTrack(str(err)) from err  # what left before is to be told all the same
        tags[recipient.address] = tag
        return composed[recipient.address].message

    subject = compose.header(message, "Subject")
    group = begin(house.ledger, account, message, subject=subject, now=house.clock.now)
    outcomes, item = send_copies(
        house.ledger, house.mailbox(account), account, group, people, make, receipt=receipt, now=house.clock.now
    )
    for each in outcomes:
        if each.is_unsent and each.recipient.address in tags:
            tracking.undo(tags[each.recipient.address])
    return Report(item=item, outcomes=outcomes, composed=composed)

"""One mail as one message to each of its recipients: sent one by one, and gone on with where it was cut off.

The mail has a mark, and each copy that mark with a number (`evidence.copies`). The mark begins with a fingerprint of
the mail: as long as a copy is missing, sending the same mail again is known for what it is, and sends only those.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from uuid import uuid4

from connectors.errors import ConnectorError, MalformedMail, SendRefused, SendUnknown
from connectors.mailbox import Mailbox, Now
from evidence.copies import copy_tag, group_id
from evidence.model import Recipient, SentItem
from scheduler.outbox import is_open, send_made
from store.ledger import Account, Ledger, Outgoing

#: hexadecimal digits of the fingerprint in a mark of 32
_FINGERPRINT = 16

#: makes the message of one copy, from its mark and its recipient, just before it leaves and if it has not left before
MakeCopy = Callable[[str, Recipient], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one copy."""

    recipient: Recipient
    #: why it did not leave, or may not have; empty if it did
    problem: str = ""
    #: it is known not to have left
    is_unsent: bool = False
    #: it had left at an earlier try
    was_sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A mail that is to leave in copies."""

    #: our mark of the whole mail
    tag: str
    subject: str
    #: when it was begun before, if it was: some of it left then, or may have
    begun_at: datetime | None


def begin(ledger: Ledger, account: Account, message: bytes, *, subject: str, now: Now) -> Group:
    """The mark of a mail: the one it had if it was begun and not finished, else a new one, written down.

    :param message: as the person gave it
    """
    fingerprint = blake2s(account.id.encode() + b"\0" + message).hexdigest()[:_FINGERPRINT]
    begun = [each for each in ledger.outgoing() if each.account == account.id and "." not in each.tag]
    earlier = next((each for each in begun if each.tag.startswith(fingerprint)), None)
    tag = earlier.tag if earlier else fingerprint + uuid4().hex[_FINGERPRINT:]
    ledger.begin_sending(Outgoing(tag=tag, account=account.id, subject=subject, begun_at=now()))
    return Group(tag=tag, subject=subject, begun_at=earlier.begun_at if earlier else None)


def send_copies(
    ledger: Ledger,
    mailbox: Mailbox,
    account: Account,
    group: Group,
    people: Sequence[Recipient],
    message: MakeCopy,
    *,
    receipt: bool,
    now: Now,
) -> tuple[tuple[Outcome, ...], SentItem | None]:
    """Send each recipient their copy, except where it left before; one that is refused does not stop the others.

    :param people: in the same order at every try
    :returns: what became of each copy, and the item they make; None if no copy to anybody else left
    """
    sender = _Sender(
        ledger=ledger, mailbox=mailbox, account=account, group=group, message=message, receipt=receipt, now=now
    )
    outcomes = tuple(sender.send(people))
    item = ledger.item(group_id(account.id, group.tag))
    if not any(each.problem for each in outcomes):
        ledger.end_sending(group.tag, item=item)
    return outcomes, item


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """Its fields are the arguments of `send_copies`."""

    ledger: Ledger
    mailbox: Mailbox
    account: Account
    group: Group
    message: MakeCopy
    receipt: bool
    now: Now

    def send(self, people: Sequence[Recipient]) -> Iterator[Outcome]:
        """Copy by copy."""
        stopped = ""
        for number, recipient in enumerate(people, 1):
            if stopped:
                yield Outcome(recipient=recipient, problem=f"not tried, as sending stopped: {stopped}")
                continue
            tag = copy_tag(self.group.tag, number)
            if self.ledger.tracking.item_of(tag):
                yield Outcome(recipient=recipient, was_sent=True)
                continue
            try:
                yield Outcome(recipient=recipient, was_sent=not self._leaves_now(tag, recipient))
            except ConnectorError as err:
                stopped = "" if isinstance(err, SendRefused | MalformedMail | SendUnknown) else str(err)
                yield Outcome(recipient=recipient, problem=str(err), is_unsent=not is_open(self.ledger, tag))

    def _leaves_now(self, tag: str, recipient: Recipient) -> bool:
        """Send a copy; False if it is found to have left before."""
        made: list[bytes] = []

        def make() -> bytes:
            made.append(self.message(tag, recipient))
            return made[0]

        send_made(
            self.ledger,
            self.mailbox,
            self.account,
            make,
            subject=self.group.subject,
            receipt=self.receipt,
            now=self.now,
            tag=tag,
            look_since=self.group.begun_at,
        )
        return bool(made)

"""`send`: send a message from a file, standard input or a draft, asking for a read receipt. Speaks sendmail."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import BinaryIO

from connectors import compose
from evidence import normal
from evidence.model import SentItem
from heardback.errors import DONE, Failed, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import few, moment, plain
from scheduler.outbox import send_draft, send_mail
from store.ledger import Account, AccountState


def send(args: Namespace, house: House, output: Output) -> int:
    """Send one mail; the true Message-ID is read back and remembered."""
    if args.draft and (args.file or args.recipients or args.read_recipients):
        raise UsageError("A draft has its recipients: leave --file, -t and RECIPIENT out.")
    receipt = not args.no_receipt
    if args.draft:
        account = _account(args, b"", house)
        _require(account, "sends_drafts", "drafts")
        with output.progress(f"Sending from {account.address}"):
            item = send_draft(
                house.ledger, house.mailbox(account), account, args.draft, receipt=receipt, now=house.clock.now
            )
    else:
        message = _message(args)
        account = _account(args, message, house)
        _require(account, "sends", "send")
        ready = compose.with_recipients(
            message, args.recipients, from_headers=args.read_recipients or not args.recipients
        )
        with output.progress(f"Sending from {account.address}"):
            item = send_mail(house.ledger, house.mailbox(account), account, ready, receipt=receipt, now=house.clock.now)
    _tell(item, account, house, output, receipt=receipt)
    return DONE


def _message(args: Namespace) -> bytes:
    if args.file and args.file != "-":
        return Path(args.file).read_bytes()
    message = _read(sys.stdin.buffer, until_dot=not args.ignore_dots)
    if not message.strip():
        raise UsageError("There is no message on standard input; use --file FILE, or pipe one in.")
    return message


def _read(stream: BinaryIO, *, until_dot: bool) -> bytes:
    """All of it, or as sendmail does without `-i`: up to a line that holds a single dot."""
    lines = []
    for line in stream:
        if until_dot and line in (b".\n", b".\r\n"):
            break
        lines.append(line)
    return b"".join(lines)


def _account(args: Namespace, message: bytes, house: House) -> Account:
    if args.account:
        return house.account(args.account)
    sender = normal.address(args.sender) if args.sender else None
    sender = sender or (normal.address(compose.header(message, "From")) if message else None)
    connected = [each for each in house.ledger.accounts() if each.state is AccountState.CONNECTED]
    if sender:
        owners = [each for each in connected if sender in (each.address, *each.aliases)]
        if not owners:
            raise UsageError(f"{sender} is no address of a connected account; --account chooses one.")
        return owners[0]
    if len(connected) == 1:
        return connected[0]
    if not connected:
        raise UsageError('No mailbox is connected to send from; "heardback connect gmail --allow send" connects one.')
    raise UsageError(
        f"Several accounts could send this ({', '.join(each.address for each in connected)}): "
        "say which with --account, -f or a From header."
    )


def _require(account: Account, can: str, feature: str) -> None:
    if not account.capabilities.get(can):
        raise Failed(
            f"{account.address} may not send {'drafts' if feature == 'drafts' else 'mail'} through Heardback yet. "
            f'Run "heardback connect {account.provider} --address {account.address} --allow {feature}".'
        )


def _tell(item: SentItem, account: Account, house: House, output: Output, *, receipt: bool) -> None:
    if output.as_json:
        document = {
            "item": item.id,
            "account": account.id,
            "message_id": item.message_ids[0],
            "asks_receipt": item.asks_receipt,
        }
        output.document(
            {**document, "sent_at": item.sent_at.isoformat(), "to": [each.address for each in item.recipients]}
        )
        return
    subject = f'"{plain(item.subject, limit=60)}"' if item.subject else "mail without a subject"
    names = few([each.address for each in item.recipients])
    output.say(f"Sent {subject} from {account.address} at {moment(item.sent_at, house.zone)} to {names}.", hang=2)
    asked = "A read receipt was asked for." if receipt else "No read receipt was asked for."
    output.say(f'  {asked} "heardback show {item.id}" tells what came of it.', hang=2)

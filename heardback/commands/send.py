"""`send`: send a message from a file, standard input or a draft, asking for a read receipt. Speaks sendmail."""

import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from connectors import compose
from evidence import normal
from evidence.model import SentItem
from heardback.errors import DONE, FAILED, Failed, UsageError
from heardback.house import House
from heardback.individually import Report, send_each, send_whole
from heardback.output import Output
from heardback.text import few, moment, plain
from heardback.track_rules import Flags
from heardback.tracking import Composed, Tracking
from scheduler.individually import Outcome
from scheduler.outbox import send_draft
from scheduler.own import is_to_self, own_addresses, without_own
from scheduler.reminders import item_policy
from store.ledger import Account, AccountState


def send(args: Namespace, house: House, output: Output) -> int:
    """Send one mail; the true Message-ID is read back and remembered."""
    if args.draft:
        return _send_draft(args, house, output)
    message = _message(args)
    account = _account(args, message, house)
    _require(account, "sends", "send")
    ready = compose.with_recipients(message, args.recipients, from_headers=args.read_recipients or not args.recipients)
    people = compose.recipients(ready)
    flags = Flags(pixel=args.pixel, links=args.links, web_view=args.web_view)
    receipt = not args.no_receipt
    progress = output.progress(f"Sending from {account.address}")
    if args.individually and len(people) > 1:
        with closing(Tracking(house, account, flags, as_page=args.html)) as tracking, progress:
            report = send_each(house, account, ready, people, tracking, receipt=receipt)
        return _tell_copies(report, account, house, output, receipt=receipt)
    with closing(Tracking(house, account, flags, as_page=args.html)) as tracking, progress:
        item, composed = send_whole(house, account, ready, people, tracking, uuid4().hex, receipt=receipt)
    _tell(item, account, house, output, receipt=receipt, composed=composed)
    return DONE


def _send_draft(args: Namespace, house: House, output: Output) -> int:
    """A draft leaves as the person left it: its text lies with the provider, and is not changed there."""
    if args.file or args.recipients or args.read_recipients:
        raise UsageError("A draft has its recipients: leave --file, -t and RECIPIENT out.")
    if args.pixel or args.links or args.web_view or args.html or args.individually:
        raise UsageError(
            "A draft leaves as you wrote it, so it cannot be tracked or sent individually; "
            "save it as a file and use --file."
        )
    account, receipt = _account(args, b"", house), not args.no_receipt
    _require(account, "sends_drafts", "drafts")
    with output.progress(f"Sending from {account.address}"):
        item = send_draft(
            house.ledger, house.mailbox(account), account, args.draft, receipt=receipt, now=house.clock.now
        )
    _tell(item, account, house, output, receipt=receipt, composed=Composed(message=b""))
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


def _tell(item: SentItem, account: Account, house: House, output: Output, *, receipt: bool, composed: Composed) -> None:
    if output.as_json:
        output.document({**_document(item, account), "tracking": _tracking_document(composed)})
        return
    subject = f'"{plain(item.subject, limit=60)}"' if item.subject else "mail without a subject"
    names = few([each.address for each in item.recipients])
    output.say(f"Sent {subject} from {account.address} on {moment(item.sent_at, house.zone)} to {names}.", hang=2)
    asked = "A read receipt was asked for." if receipt else "No read receipt was asked for."
    own = own_addresses(house.ledger)
    story = f'"heardback show {item.id}" tells what came of it.{_planned(item, house)}'
    output.say(f"  {asked} {'Mail to yourself alone is not followed.' if is_to_self(item, own) else story}", hang=2)
    others = len(without_own(item, own).recipients)
    if said := _tracking_sentence(composed, readers=len(item.recipients), others=others):
        output.say(f"  {said}", hang=2)


def _planned(item: SentItem, house: House) -> str:
    """That `reminders` does not list it yet, if there will be something to list."""
    is_off = item_policy(house.ledger, item, house.policies).off
    return "" if is_off else " Its reminders are planned at the next reading."


def _tell_copies(report: Report, account: Account, house: House, output: Output, *, receipt: bool) -> int:
    code = DONE if report.is_whole else FAILED
    if output.as_json:
        head = _document(report.item, account) if report.item else {"item": None, "account": account.id}
        output.document({**head, "copies": [_copy_document(each, report) for each in report.outcomes]})
        return code
    left = [each for each in report.outcomes if not each.problem]
    output.say(
        f"Sent {len(left)} of {len(report.outcomes)} messages from {account.address}, each to one person.", hang=2
    )
    for each in report.outcomes:
        output.say(f"  {each.recipient.address}: {_copy_sentence(each, report)}", hang=4)
    if report.item:
        asked = "A read receipt was asked for." if receipt else "No read receipt was asked for."
        story = f'They are one item: "heardback show {report.item.id}" tells what came of it.'
        output.say(f"  {asked} {story}{_planned(report.item, house)}", hang=2)
    if code == FAILED:
        output.say("  The same command again, within a day, sends only what is missing.", hang=2)
    return code


def _copy_sentence(outcome: Outcome, report: Report) -> str:
    if outcome.problem:
        return f"NOT SENT: {plain(outcome.problem)}"
    if outcome.was_sent:
        return "sent before"
    composed = report.composed.get(outcome.recipient.address, Composed(message=b""))
    return f"sent. {_tracking_sentence(composed, readers=1, others=1)}".strip()


def _tracking_sentence(composed: Composed, *, readers: int, others: int) -> str:
    """What is in it, and what a hit will be able to say.

    :param others: how many of the readers are not the person
    """
    if composed.untracked_because:
        everybody = ", for nobody" if readers > 1 else ""
        return f"Not tracked{everybody}: {plain(composed.untracked_because)}."
    if not composed.is_tracked:
        return ""
    parts = (
        "an image" if composed.pixel else "",
        f"{composed.links} tracked link{'s' if composed.links > 1 else ''}" if composed.links else "",
        "a web view" if composed.web_view else "",
    )
    said = f"It holds {', '.join(filter(None, parts))}, and a line that says so."
    if readers > others == 1:
        said += " You get it too, so a hit cannot tell their look from yours; --individually sends each their own."
    elif readers > 1:
        said += f" A hit will say someone of {readers}, never a name; --individually sends each their own."
    return said


def _document(item: SentItem, account: Account) -> dict[str, object]:
    return {
        "item": item.id,
        "account": account.id,
        "message_id": item.message_ids[0],
        "asks_receipt": item.asks_receipt,
        "sent_at": item.sent_at.isoformat(),
        "to": [each.address for each in item.recipients],
    }


def _tracking_document(composed: Composed) -> dict[str, object]:
    return {
        "pixel": composed.pixel,
        "links": composed.links,
        "web_view": composed.web_view,
        "untracked_because": composed.untracked_because or None,
    }


def _copy_document(outcome: Outcome, report: Report) -> dict[str, object]:
    composed = report.composed.get(outcome.recipient.address)
    return {
        "to": outcome.recipient.address,
        "sent": not outcome.problem,
        "sent_before": outcome.was_sent,
        "problem": outcome.problem or None,
        "tracking": _tracking_document(composed) if composed else None,
    }

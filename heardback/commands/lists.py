"""`unread` and `sent`: what was sent, to whom, and what is known of each recipient."""

from argparse import Namespace
from collections.abc import Callable, Iterable
from datetime import timedelta

from evidence.model import ItemVerdict, RecipientVerdict, Verdict
from evidence.verdict import shows_reading
from heardback.errors import DONE, SOMETHING_UNREAD
from heardback.house import House
from heardback.output import Output
from heardback.text import count, moment, plain, span
from scheduler.standing import standing

#: heading, verdicts under it; what nobody heard of is told apart from what cannot be known
_SECTIONS = (
    ("UNREAD: had it been read, something would probably have told us", (Verdict.UNREAD,)),
    ("UNKNOWABLE: silent, and nothing would have told us; it may have been read", (Verdict.UNKNOWABLE,)),
    ("NOT YET: away, delayed, or only a machine's trace", (Verdict.AWAY, Verdict.DELAYED, Verdict.MAYBE_READ)),
    (
        "NOT READ, and waiting will not help",
        (Verdict.NOT_DELIVERED, Verdict.DELETED_UNREAD, Verdict.DECLINED),
    ),
)


def unread(args: Namespace, house: House, output: Output) -> int:
    """List every recipient who shows no sign of reading, unread and unknowable apart."""
    found = [each for each in _standings(args, house) if any(not shows_reading(one.verdict) for one in each.recipients)]
    if output.as_json:
        output.document([as_document(each, keep=lambda one: not shows_reading(one.verdict)) for each in found])
    else:
        _tell_sections(found, house, output)
    return SOMETHING_UNREAD if args.exit_code and found else DONE


def sent(args: Namespace, house: House, output: Output) -> int:
    """List what was sent with a verdict for each recipient."""
    found = _standings(args, house)
    if output.as_json:
        output.document([as_document(each) for each in found])
        return DONE
    output.table(
        ("item", "sent", "to", "verdict", "subject"),
        [
            (each.item.id, moment(each.item.sent_at, house.zone), one.recipient.address, one.verdict, _subject(each))
            for each in found
            for one in each.recipients
        ],
    )
    output.say(f"{count(len(found), 'item')} since {moment(house.now - house.window, house.zone)}.")
    return DONE


def as_document(
    verdict: ItemVerdict, *, keep: Callable[[RecipientVerdict], bool] = lambda _: True
) -> dict[str, object]:
    """A sent item and its verdicts as `--json` prints them."""
    item = verdict.item
    return {
        "item": item.id,
        "account": item.account,
        "subject": item.subject,
        "sent_at": item.sent_at.isoformat(),
        "from": item.sender,
        "message_id": item.message_ids[0] if item.message_ids else None,
        "asks_receipt": item.asks_receipt,
        "verdict": verdict.headline.verdict if verdict.recipients else None,
        "recipients": [
            {
                "address": one.recipient.address,
                "name": one.recipient.name,
                "verdict": one.verdict,
                "grade": one.grade,
                "since": one.since.isoformat(),
                "until": one.until.isoformat() if one.until else None,
                "why": one.why,
            }
            for one in verdict.recipients
            if keep(one)
        ],
    }


def _standings(args: Namespace, house: House) -> list[ItemVerdict]:
    account = house.account(args.account).id if args.account else None
    newest = house.now - timedelta(seconds=args.older_than) if args.older_than else None
    oldest = house.now - (timedelta(seconds=args.newer_than) if args.newer_than else house.window)
    items = house.ledger.items(account=account, since=oldest)
    wanted = (
        each
        for each in items
        if (newest is None or each.sent_at <= newest)
        and (not args.subject or args.subject.lower() in each.subject.lower())
        and (not args.to or any(args.to.lower() in one.address for one in each.recipients))
    )
    return [standing(house.ledger, each, now=house.now) for each in wanted]


def _tell_sections(found: list[ItemVerdict], house: House, output: Output) -> None:
    if not found:
        output.say("Nothing: every mail in the window was read or answered, as far as the evidence goes.")
        return
    for heading, verdicts in _SECTIONS:
        section = [(each, [one for one in each.recipients if one.verdict in verdicts]) for each in found]
        section = [(each, ones) for each, ones in section if ones]
        if section:
            output.say(f"{heading}: {count(len(section), 'item')}")
            for each, ones in section:
                _tell_item(each, ones, house, output)
            output.say()
    output.say('"heardback show ITEM" tells the whole story of one.')


def _tell_item(verdict: ItemVerdict, ones: Iterable[RecipientVerdict], house: House, output: Output) -> None:
    item = verdict.item
    output.say(
        f"  {item.id}  {moment(item.sent_at, house.zone)}, {span(house.now - item.sent_at)} ago  {_subject(verdict)}"
    )
    for one in ones:
        until = f" until {one.until}" if one.until else ""
        output.say(f"      {one.recipient.address}  {one.verdict}{until}: {plain(one.why)}")


def _subject(verdict: ItemVerdict) -> str:
    return plain(verdict.item.subject, limit=200) or "(no subject)"

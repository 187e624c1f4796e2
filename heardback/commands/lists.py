"""`unread` and `sent`: what was sent, to whom, and what is known of each recipient."""

from argparse import Namespace
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from evidence.model import ItemVerdict, RecipientVerdict, Verdict
from evidence.verdict import shows_reading
from heardback.errors import DONE, NO_MAILBOX, SOMETHING_UNREAD
from heardback.house import House
from heardback.output import Output
from heardback.text import ago, count, few, local, moment, plain
from scheduler.habits import Habits
from scheduler.standing import standing
from store.ledger import Account, AccountState

#: heading, verdicts under it; what nobody heard of is told apart from what cannot be known
SECTIONS = (
    ("UNREAD: had it been read, something would probably have told", (Verdict.UNREAD,)),
    ("UNKNOWABLE: nothing would have told; it may have been read", (Verdict.UNKNOWABLE,)),
    (
        "UNDECIDED: what came does not tell whether it was read",
        (Verdict.AWAY, Verdict.DELAYED, Verdict.MAYBE_READ),
    ),
    (
        "WAITING WILL NOT HELP: not delivered, deleted unread or declined",
        (Verdict.NOT_DELIVERED, Verdict.DELETED_UNREAD, Verdict.DECLINED),
    ),
)
_Key = TypeVar("_Key")
#: older news are no news: the list says that it may be behind
_FRESH = timedelta(hours=1)


def unread(args: Namespace, house: House, output: Output) -> int:
    """List every recipient who shows no sign of reading, unread and unknowable apart."""
    every = _standings(args, house)
    found = [each for each in every if any(not shows_reading(one.verdict) for one in each.recipients)]
    if output.as_json:
        output.document([as_document(each, keep=lambda one: not shows_reading(one.verdict)) for each in found])
    else:
        _tell_sections(found, house, output)
        _tell_end(len(found), len(every), args, house, output)
    return SOMETHING_UNREAD if args.exit_code and found else DONE


def sent(args: Namespace, house: House, output: Output) -> int:
    """List what was sent with a verdict for each recipient."""
    found = _standings(args, house)
    if output.as_json:
        output.document([as_document(each) for each in found])
        return DONE
    for each in found:
        output.say(output.fit(f"{each.item.id}  {moment(each.item.sent_at, house.zone)}  {subject_of(each)}"))
        for verdict, addresses in by_verdict(each.recipients):
            output.say(f"    {verdict:<14}  {few(addresses)}", hang=16)
    _tell_end(len(found), len(found), args, house, output)
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


def subject_of(verdict: ItemVerdict, *, limit: int = 998) -> str:
    """The subject as one plain line, never empty."""
    return plain(verdict.item.subject, limit=limit) or "(no subject)"


def why_of(one: RecipientVerdict, zone: ZoneInfo) -> str:
    """Why a recipient has this verdict, in the person's zone."""
    return plain(local(one.why, zone, one.since))


def _standings(args: Namespace, house: House) -> list[ItemVerdict]:
    account = house.account(args.account).id if args.account else None
    newest = house.now - timedelta(seconds=args.older_than) if args.older_than is not None else None
    items = house.ledger.items(account=account, since=_oldest(args, house))
    wanted = (
        each
        for each in items
        if (newest is None or each.sent_at <= newest)
        and (not args.subject or args.subject.lower() in each.subject.lower())
        and (not args.to or any(args.to.lower() in one.address for one in each.recipients))
    )
    habits = Habits(house.ledger, now=house.now)
    return [standing(house.ledger, each, now=house.now, habits=habits) for each in wanted]


def _oldest(args: Namespace, house: House) -> datetime:
    """Since when sent mail is listed."""
    return house.now - (timedelta(seconds=args.newer_than) if args.newer_than is not None else house.window)


def _tell_sections(found: list[ItemVerdict], house: House, output: Output) -> None:
    for heading, verdicts in SECTIONS:
        section = [(each, [one for one in each.recipients if one.verdict in verdicts]) for each in found]
        section = [(each, ones) for each, ones in section if ones]
        if section:
            output.say(f"{heading} ({count(len(section), 'mail')})")
            for each, ones in section:
                _tell_item(each, ones, house, output)
            output.say()


def _tell_item(verdict: ItemVerdict, ones: Iterable[RecipientVerdict], house: House, output: Output) -> None:
    item = verdict.item
    output.say(output.fit(f"  {item.id}  {subject_of(verdict)}"))
    when = f"{moment(item.sent_at, house.zone)}, {ago(item.sent_at, house.now, house.zone)}, "
    for said, addresses in _by_reason(ones, house.zone):
        output.say(f"      {when}to {few(addresses)}", hang=2)
        output.say(f"      {said}", hang=2)
        when = ""


def by_verdict(ones: Iterable[RecipientVerdict]) -> list[tuple[str, list[str]]]:
    """Addresses under what is known of them, least settled last."""
    order = list(Verdict)
    return grouped((one.verdict, one.recipient.address) for one in sorted(ones, key=lambda o: order.index(o.verdict)))


def _by_reason(ones: Iterable[RecipientVerdict], zone: ZoneInfo) -> list[tuple[str, list[str]]]:
    """Addresses under one sentence where the same is known of them."""
    return grouped((f"{one.verdict}: {why_of(one, zone)}", one.recipient.address) for one in ones)


def grouped(pairs: Iterable[tuple[_Key, str]]) -> list[tuple[_Key, list[str]]]:
    """Names under what they have in common, in the order in which that first comes up."""
    groups: dict[_Key, list[str]] = {}
    for key, name in pairs:
        groups.setdefault(key, []).append(name)
    return list(groups.items())


def _tell_end(listed: int, looked_at: int, args: Namespace, house: House, output: Output) -> None:
    """How much was looked at, how fresh that is, and what to do next."""
    if not house.ledger.accounts():
        output.say(NO_MAILBOX)
        return
    since = moment(_oldest(args, house), house.zone)
    shown = f"{listed:,} of " if args.command == "unread" else ""
    output.say(f"{shown}{count(looked_at, 'mail')} sent since {since}.")
    tell_lateness(args, house, output)
    if listed:
        output.say('"heardback show ITEM" tells the whole story of one; ITEM is the id before its subject.')


def tell_lateness(args: Namespace, house: House, output: Output) -> None:
    """Say of each mailbox that was looked at whether what is known may be behind it."""
    for each in (house.account(args.account),) if args.account else house.ledger.accounts():
        if late := behind(each, house):
            output.say(f"{each.id} {late}")


def behind(account: Account, house: House) -> str:
    """Why what is listed may be behind the mailbox; empty if it is not."""
    if account.state is AccountState.DISCONNECTED:
        return "is disconnected; its history stays as it was."
    if account.state is AccountState.PARKED:
        return 'cannot be read any more; "heardback status" says why.'
    if account.last_read_at is None:
        return 'was not read to the end yet; "heardback run --once" reads it.'
    if not stale_for(account, house):
        return ""
    return f'was last read {ago(account.last_read_at, house.now, house.zone)}; "heardback run" reads on.'


def stale_for(account: Account, house: House) -> timedelta | None:
    """How long ago it was last read, if that is long, and reading it again is all it takes."""
    if account.state is not AccountState.CONNECTED or account.last_read_at is None:
        return None
    ago = house.now - account.last_read_at
    return ago if ago > _FRESH else None

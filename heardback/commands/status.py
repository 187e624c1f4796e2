"""`status`: when each mailbox was last read, what is wrong, and what it cost if that is asked for."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from itertools import groupby

from heardback.commands.accounts import grant_line
from heardback.errors import DONE, FAILED, NO_MAILBOX
from heardback.house import House
from heardback.output import Output
from heardback.page_link import UNREADABLE, running_page
from heardback.relay_shown import relay_document, relay_lines
from heardback.text import ago, count, moment, plain, sentence, without_name
from heardback.worker_lock import holder
from scheduler.breaker import is_resting
from scheduler.position import unpack
from store.ledger import Account, AccountState, ReminderState, Tally

_DAY = timedelta(days=1)


def status(args: Namespace, house: House, output: Output) -> int:
    """Show the state of every account and of the worker; exit code 1 if an account or the relay is in trouble."""
    accounts = house.ledger.accounts()
    worker, page = holder(house.settings.folder), running_page(house.settings.folder)
    waiting = house.ledger.reminders(states=(ReminderState.PLANNED, ReminderState.HELD, ReminderState.CLAIMED))
    held = sum(each.state is ReminderState.HELD for each in waiting)
    if output.as_json:
        output.document(
            {
                "worker": worker,
                "page": {"address": page.address, "process": page.process} if page else None,
                "reminders_waiting": len(waiting),
                "reminders_held": held,
                "outgoing_unknown": len(house.ledger.outgoing()),
                "unmatched_evidence": len(house.ledger.unmatched()),
                "relay": relay_document(house),
                "accounts": [_document(each, house) for each in accounts],
            }
        )
    else:
        output.say(f"Worker: running ({worker})." if worker else 'Worker: not running; "heardback run" starts it.')
        if page:
            opens = '"heardback web" opens it' if page.link else UNREADABLE
            output.say(f"Page: runs{f' at {page.address} (process {page.process})' if page.link else ''}; {opens}.")
        if not accounts:
            output.say(NO_MAILBOX)
        for each in accounts:
            _tell_account(each, house.ledger.tally(each.id), house, output, verbose=args.verbose)
        for line in relay_lines(house):
            output.say(line, hang=2)
        output.say(_planned(len(waiting), held))
        unmatched = len(house.ledger.unmatched())
        if unmatched:
            output.say(_unmatched(unmatched))
        for mail in house.ledger.outgoing():
            output.say(
                f'Not known whether "{plain(mail.subject)}" left; the next reading of {mail.account} looks it up.'
            )
    is_away = bool(house.ledger.tracking.relay().problem)
    return FAILED if is_away or any(each.problem for each in accounts) else DONE


def _unmatched(reports: int) -> str:
    kept = "It is kept, and counts" if reports == 1 else "They are kept, and count"
    return (
        f"{count(reports, 'report')} came back about mail that is not among your sent mail here. "
        f"{kept} for nothing unless that mail turns up."
    )


def _planned(waiting: int, held: int) -> str:
    """How many reminders are open: those held back are due, and not merely planned."""
    more = f', {held:,} held back: "heardback reminders" says why' if held else ""
    return f"{count(waiting - held, 'reminder')} planned{more}."


def _document(account: Account, house: House) -> dict[str, object]:
    spent = house.ledger.spent(account.id, since=house.now - _DAY)
    return {
        **asdict(account),
        "tally": asdict(house.ledger.tally(account.id)),
        "spent": [asdict(each) for each in spent],
    }


def _tell_account(account: Account, tally: Tally, house: House, output: Output, *, verbose: bool) -> None:
    output.say(f"{account.id}  {account.state}")
    for line in account_lines(account, tally, house, verbose=verbose):
        output.say(f"    {line}", hang=2)


def account_lines(account: Account, tally: Tally, house: House, *, verbose: bool) -> Iterator[str]:
    """How one mailbox does: read when, signed in how long, what is wrong, what was read and what that cost."""
    since = f", {ago(account.last_read_at, house.now, house.zone)}" if account.last_read_at else ""
    yield f"Last read {moment(account.last_read_at, house.zone)}{since}."
    if account.state is AccountState.CONNECTED:
        yield grant_line(account, house)
    if account.problem:
        yield f"TROUBLE: {sentence(without_name(account.problem, account.id))}"
    if is_resting(account, house.now):
        failures = count(account.failures, "failure")
        yield f"Left alone until {moment(account.rests_until, house.zone)}, after {failures} in a row."
    waiting = len(unpack(house.ledger.cursor(account.id)).waiting)
    if verbose:
        yield from _costs(account, tally, waiting, house)
    else:
        skipped = sum(tally.skipped.values())
        passed = f', {skipped:,} passed over ("heardback status --verbose" says why)' if skipped else ""
        left = f", {waiting:,} still to be sorted" if waiting else ""
        yield f"{count(tally.read, 'message')} read so far{passed}{left}."


def _costs(account: Account, tally: Tally, waiting: int, house: House) -> Iterator[str]:
    """That every message listed is accounted for, and what it took."""
    skipped = sum(tally.skipped.values())
    accounted = f"{tally.read:,} read + {skipped:,} skipped + {tally.removed:,} removed"
    accounted += f" + {waiting:,} still to be sorted" if waiting else ""
    yield f"{count(tally.listed, 'message')} listed = {accounted}."
    slowed = f"; told to slow down {count(tally.throttled, 'time')}" if tally.throttled else ""
    yield f"{count(tally.requests, 'request')}, {count(tally.units, 'unit')} of the provider's quota in all{slowed}."
    yield from _spent(account, house)
    for reason, number in sorted(tally.skipped.items(), key=lambda each: -each[1]):
        yield f"  {number:,} skipped: {plain(reason)}"


def _spent(account: Account, house: House) -> Iterator[str]:
    """What the last day cost, and how near to the quota its dearest minute came."""
    spent = house.ledger.spent(account.id, since=house.now - _DAY)
    if not spent:
        return
    dearest = max(spent, key=lambda each: each.units)
    granted = f" of {account.allowance:,} granted" if account.allowance else ""
    requests = count(sum(each.requests for each in spent), "request")
    units = count(sum(each.units for each in spent), "unit")
    when = moment(dearest.minute, house.zone)
    yield f"Last 24 hours: {requests}, {units}; at most {dearest.units:,}{granted} a minute ({when})."
    for hour, ours in groupby(spent, key=lambda each: each.minute.replace(minute=0)):
        minutes = tuple(ours)
        cost = f"{sum(each.requests for each in minutes):,} requests, {sum(each.units for each in minutes):,} units"
        yield f"  {moment(hour, house.zone)}: {cost}"

"""`status`: when each mailbox was last read, what that cost, and what is wrong."""

from argparse import Namespace
from dataclasses import asdict

from heardback.commands.accounts import grant_line
from heardback.errors import DONE, FAILED
from heardback.house import House
from heardback.output import Output
from heardback.text import count, moment, plain, span, without_name
from heardback.worker_lock import holder
from store.ledger import Account, AccountState, ReminderState, Tally


def status(args: Namespace, house: House, output: Output) -> int:
    """Show the state of every account and of the worker; exit code 1 if an account is in trouble."""
    accounts = house.ledger.accounts()
    worker = holder(house.settings.folder)
    waiting = house.ledger.reminders(states=(ReminderState.PLANNED, ReminderState.HELD, ReminderState.CLAIMED))
    if output.as_json:
        output.document(
            {
                "worker": worker,
                "reminders_waiting": len(waiting),
                "outgoing_unknown": len(house.ledger.outgoing()),
                "unmatched_evidence": len(house.ledger.unmatched()),
                "accounts": [{**asdict(each), "tally": asdict(house.ledger.tally(each.id))} for each in accounts],
            }
        )
    else:
        output.say(f"Worker: running ({worker})." if worker else 'Worker: not running; "heardback run" starts it.')
        for each in accounts:
            _tell_account(each, house.ledger.tally(each.id), house, output, verbose=args.verbose)
        unmatched = count(len(house.ledger.unmatched()), "report")
        output.say(f"{count(len(waiting), 'reminder')} waiting, {unmatched} kept unmatched.")
        for mail in house.ledger.outgoing():
            output.say(
                f'Not known whether "{plain(mail.subject)}" left; the next reading of {mail.account} looks it up.'
            )
    return FAILED if any(each.problem for each in accounts) else DONE


def _tell_account(account: Account, tally: Tally, house: House, output: Output, *, verbose: bool) -> None:
    output.say(f"{account.id}  {account.state}")
    ago = f", {span(house.now - account.last_read_at)} ago" if account.last_read_at else ""
    output.say(f"    last read {moment(account.last_read_at, house.zone)}{ago}")
    if account.state is AccountState.CONNECTED:
        output.say(f"    {grant_line(account, house)}")
    if account.problem:
        output.say(f"    TROUBLE: {without_name(account.problem, account.id)}")
    skipped = sum(tally.skipped.values())
    account_of = f"{tally.read:,} read + {skipped:,} skipped + {tally.removed:,} removed"
    output.say(f"    {count(tally.listed, 'message')} listed = {account_of}")
    cost = f"{count(tally.requests, 'request')}, {count(tally.units, 'unit')}"
    output.say(f"    {cost}, throttled {count(tally.throttled, 'time')}")
    if verbose:
        for reason, number in sorted(tally.skipped.items(), key=lambda each: -each[1]):
            output.say(f"      {number:,} skipped: {plain(reason)}")

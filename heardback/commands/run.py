"""`run`: the worker in the foreground; once with `--once`, else until it is told to stop."""

import logging
import os
import signal
import socket
import threading
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from functools import partial
from uuid import uuid4

from evidence.model import Kind
from heardback.commands.lists import subject_of
from heardback.commands.reminders import comes_at, given_back
from heardback.errors import DONE, FAILED, NO_MAILBOX, UsageError
from heardback.hits import hits_of
from heardback.house import House
from heardback.output import Output
from heardback.output import Progress as Bar
from heardback.relay_side import erase
from heardback.retention import keep_of
from heardback.surfaces import DIGEST, MAIL, places, surfaces_of
from heardback.surfaces.notify import alarm
from heardback.text import count, decided, few, local, moment, plain, sentence, without_name
from heardback.worker_lock import bell_in, sole_worker
from scheduler.notice import Notice
from scheduler.pulling import TakeHits
from scheduler.reminders import item_policy
from scheduler.retention import prune
from scheduler.standing import standing
from scheduler.sweep import Outcome
from scheduler.sync import Progress, SyncReport
from scheduler.worker import Report, Worker
from store.ledger import AccountState, Reminder

#: what came back, by what it is; whether it counts is told with the mail
_CAME = {
    Kind.REPLY: ("answer",),
    Kind.RECEIPT: ("receipt",),
    Kind.DELIVERY: ("report of a mail server", "reports of mail servers"),
    Kind.AUTO_REPLY: ("automatic answer",),
    Kind.INVITATION: ("answer to an invitation", "answers to invitations"),
}
_HOST = socket.gethostname()


def run(args: Namespace, house: House, output: Output) -> int:
    """Read the mailboxes and remind; with `--once`, the exit code is 1 if an account could not be read."""
    require_mailbox(house)
    with sole_worker(house.settings.folder), hits_of(house, output) as take_hits:
        return _once(house, output, take_hits) if args.once else _until_stopped(house, output, take_hits)


def require_mailbox(house: House) -> None:
    """:raises UsageError: there is nothing to read"""
    if not any(each.state is not AccountState.DISCONNECTED for each in house.ledger.accounts()):
        raise UsageError(NO_MAILBOX)


def worker_of(
    house: House,
    tell: Callable[[str], None],
    remind: Callable[[str], None],
    take_hits: TakeHits | None,
    alarm: Callable[[str], None] | None = None,
) -> Worker:
    """The worker as the settings want it; the caller holds the lock on the folder."""
    keep = keep_of(house.settings)
    return Worker(
        house.ledger,
        lambda account: house.open_mailbox(account, at=house.clock.now()),
        house.policies,
        now=house.clock.now,
        window=house.window,
        sync_every=house.settings.number("run.read_every"),
        sweep_every=house.settings.number("run.sweep_every"),
        tell=lambda line: tell(plain(line)),
        remind=remind,
        alarm=alarm,
        worker_id=f"{_HOST}:{os.getpid()}:{uuid4().hex[:8]}",
        # whoever claimed something on this machine before has ended, or we would not hold the lock on the folder
        is_gone=lambda worker: worker.startswith(f"{_HOST}:"),
        arm_all=house.settings.truth("outlook.arm_all_drafts"),
        take_hits=take_hits,
        pull_every=house.settings.number("run.pull_every"),
        erase=partial(erase, house.settings),
        let_go=lambda: prune(house.ledger, keep, now=house.clock.now()),
        surfaces=surfaces_of(house.settings, house.ledger, now=house.clock.now),
        mails=MAIL in places(house.settings),
        # a digest comes the next morning, and what was given back is told at once
        mails_bounces=DIGEST in places(house.settings),
        bell=bell_in(house.settings.folder),
    )


def _once(house: House, output: Output, take_hits: TakeHits | None) -> int:
    # the reminders are told at the end, with the rest of the result
    worker = worker_of(house, output.tell, lambda _: None, take_hits)
    with output.progress("Reading") as bar:
        report = worker.run_once(progress=lambda each: _show(each, bar))
    if output.as_json:
        output.document(asdict(report))
    else:
        _tell(report, house, output)
    return FAILED if report.troubles else DONE


def _show(each: Progress, bar: Bar) -> None:
    bar.show(each.done, each.total, what=f"Reading {each.account}, messages", minutes_left=each.minutes_left)


def _tell(report: Report, house: House, output: Output) -> None:
    for each in report.accounts:
        output.say(f"{each.account}: {_news(each)}.", hang=2)
    if report.hits:
        output.say(f"Tracked mail: images, links or pages of it were asked for {count(report.hits, 'time')}.", hang=2)
    for account, trouble in report.troubles.items():
        output.say(f"{account} was not read: {sentence(without_name(trouble, account))}", hang=2)
    for outcome in report.outcomes:
        for line in _reminded(outcome, house):
            output.say(line, hang=2)
    for line in _waiting(house):
        output.say(line, hang=2)


def _news(report: SyncReport) -> str:
    """What a reading found, in words; what it cost is for `status --verbose`."""
    came = [count(report.heard[each], *noun) for each, noun in _CAME.items() if report.heard.get(each)]
    sent = [count(report.new_items, "new sent mail")] if report.new_items else []
    return "; ".join([*sent, *([f"{', '.join(came)} came in"] if came else [])]) or "nothing new"


def _waiting(house: House) -> Iterator[str]:
    """How many reminders are due and wait for the person's hours, by when they come."""
    comes = Counter(comes_at(each, house) for each in house.ledger.due(house.now))
    for when, number in sorted(comes.items()):
        if when > house.now:
            verb = "is due and waits" if number == 1 else "are due and wait"
            yield f"{count(number, 'reminder')} {verb} for your hours till {moment(when, house.zone)}."


def _reminded(outcome: Outcome, house: House) -> tuple[str, ...]:
    """What became of a reminder that was due: about which mail, to whom, why, and its id."""
    each = outcome.reminder
    item = house.ledger.item(each.item)
    if item is None:
        return (f"Reminder {each.id} {decided(outcome.what)}: {sentence(_local(outcome.why, each, house))}",)
    verdict = standing(house.ledger, item, now=house.now)
    note = Notice(reminder=each, verdict=verdict, policy=item_policy(house.ledger, item, house.policies))
    waiting = few([one.recipient.address for one in note.concerned or verdict.recipients])
    mail = f'"{subject_of(verdict, limit=60)}"'
    if note.is_bounce and outcome.what == "fired":
        how = outcome.why.removeprefix(f"{each.reason}: ")
        why = _local(f"{given_back(verdict)}; {how}", each, house)
        return f"Not delivered to {waiting}: {mail} ({each.id})", f"  {sentence(why)}"
    begin = {
        "fired": f"Reminder: {note.what} of {mail} by {waiting}, ",
        "held": f"Reminder held back, of {mail} to {waiting}: ",
        "cancelled": f"Reminder cancelled, of {mail} to {waiting}: ",
        "moved": f"Reminder moved to {moment(each.due_at, house.zone)}, of {mail} to {waiting}: ",
    }.get(outcome.what, f"Reminder left alone, of {mail} to {waiting}: ")
    return (f"{begin}{sentence(_local(outcome.why, each, house))} ({each.id})",)


def _local(why: str, each: Reminder, house: House) -> str:
    return plain(local(why, house.zone, each.due_at))


def _until_stopped(house: House, output: Output, take_hits: TakeHits | None) -> int:
    def timed(line: str) -> str:
        return f"{moment(house.clock.now(), house.zone)}  {line}"

    def warn(line: str) -> None:
        output.warn(timed(line))

    def alarmed(line: str) -> None:
        warn(line)
        places = house.settings.text("reminders.notify").split()
        # a service that hangs keeps neither the worker from its work nor a stop
        threading.Thread(target=alarm, args=(places, "Heardback", line), daemon=True).start()

    # a reminder is the result, and told however quiet the person wants it; so is what only they can mend
    worker = worker_of(house, lambda line: output.tell(timed(line)), warn, take_hits, alarmed)
    # what the person cares about is told below; the libraries say the rest, and only if it is out of order
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    output.tell(_greeting(house))
    with _page(house, output), output.progress("Reading") as bar:
        # what comes after a first reading is soon read
        worker.run(stop, progress=lambda each: _show(each, bar) if each.minutes_left else bar.clear())
    output.tell("Stopped; everything read so far is kept.")
    return DONE


def _page(house: House, output: Output) -> AbstractContextManager[object]:
    """The page beside the worker, where the settings want it."""
    if not house.settings.truth("web.inside"):
        return nullcontext()
    from heardback.commands.web import inside

    return inside(house, output)


def _greeting(house: House) -> str:
    every = house.settings.number("run.read_every")
    connected = [each for each in house.ledger.accounts() if each.state is AccountState.CONNECTED]
    return (
        f"Reading {count(len(connected), 'mailbox', 'mailboxes')} every {count(every, 'second')}; reminders are told "
        'here. Ctrl-C stops it; "heardback status" elsewhere shows how it goes.'
    )

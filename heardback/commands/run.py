"""`run`: the worker in the foreground; once with `--once`, else until it is told to stop."""

import logging
import os
import signal
import socket
import threading
from argparse import Namespace
from dataclasses import asdict
from uuid import uuid4

from heardback.errors import DONE, FAILED, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import count, plain, without_name
from heardback.worker_lock import sole_worker
from scheduler.worker import Report, Worker
from store.ledger import AccountState

_HOST = socket.gethostname()


def run(args: Namespace, house: House, output: Output) -> int:
    """Read the mailboxes and remind; with `--once`, the exit code is 1 if an account could not be read."""
    if not any(each.state is not AccountState.DISCONNECTED for each in house.ledger.accounts()):
        raise UsageError(
            'No mailbox is connected; "heardback connect gmail" or "heardback connect outlook" connects one.'
        )
    with sole_worker(house.settings.folder):
        worker = _worker(house, output)
        return _once(worker, output) if args.once else _until_stopped(worker, output)


def _worker(house: House, output: Output) -> Worker:
    return Worker(
        house.ledger,
        lambda account: house.provider(account.provider).mailbox(account.id),
        house.policy,
        now=house.clock.now,
        window=house.window,
        sync_every=house.settings.number("run.read_every"),
        sweep_every=house.settings.number("run.sweep_every"),
        tell=lambda line: output.tell(plain(line)),
        worker_id=f"{_HOST}:{os.getpid()}:{uuid4().hex[:8]}",
        # whoever claimed something on this machine before has ended, or we would not hold the lock on the folder
        is_gone=lambda worker: worker.startswith(f"{_HOST}:"),
        arm_all=house.settings.truth("outlook.arm_all_drafts"),
    )


def _once(worker: Worker, output: Output) -> int:
    with output.progress("Reading") as bar:
        report = worker.run_once(progress=lambda each: bar.show(each.done, each.total))
    if output.as_json:
        output.document(asdict(report))
    else:
        _tell(report, output)
    return FAILED if report.troubles else DONE


def _tell(report: Report, output: Output) -> None:
    for each in report.accounts:
        news = f"{count(each.new_items, 'new sent item')}, {count(each.new_evidence, 'new piece')} of evidence"
        cost = f"{count(each.requests, 'request')}, {count(each.units, 'unit')}"
        output.say(f"{each.account}: {news} ({count(each.listed, 'message')} listed, {cost}).")
    for account, trouble in report.troubles.items():
        output.say(f"{account} was not read: {without_name(trouble, account)}")
    for line in report.reminders:
        output.say(plain(line))


def _until_stopped(worker: Worker, output: Output) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    output.tell("Reading your mailboxes; Ctrl-C stops it.")
    worker.run(stop)
    output.tell("Stopped; everything read so far is kept.")
    return DONE

"""`calendar`: the reminders as a calendar file, for a program that shows calendars."""

from argparse import Namespace
from pathlib import Path

from heardback.commands.reminders import SETTLED, entries
from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.surfaces.feed import Entry, feed
from heardback.text import count
from scheduler.notice import Notice
from scheduler.reminders import item_policy


def calendar(args: Namespace, house: House, output: Output) -> int:
    """Write the reminders that are open into a file; an older one of that name is replaced."""
    found = open_entries(house)
    Path(args.file).write_bytes(feed(found, now=house.now))
    if output.as_json:
        output.document({"file": args.file, "reminders": len(found)})
    else:
        output.say(f"Wrote {count(len(found), 'reminder')} into {args.file}.")
    return DONE


def open_entries(house: House) -> list[Entry]:
    """The reminders that came due or are coming, in words."""
    return [
        Entry(
            notice=Notice(
                reminder=each.reminder,
                verdict=each.verdict,
                policy=item_policy(house.ledger, each.verdict.item, house.policies),
            )
        )
        for each in entries(house)
        if each.verdict and each.heading != SETTLED and not each.is_following
    ]

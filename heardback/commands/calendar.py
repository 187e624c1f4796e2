"""`calendar`: the reminders as a calendar file, for a program that shows calendars."""

from argparse import Namespace
from pathlib import Path

from heardback.commands.reminders import entries
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.surfaces.feed import Entry, feed
from heardback.surfaces.subscription import path_of, secret_of
from heardback.text import count
from heardback.web.door import home
from scheduler.notice import Notice
from scheduler.reminders import item_policy


def calendar(args: Namespace, house: House, output: Output) -> int:
    """Write the reminders that are open into a file, replacing an older one; or tell where the page serves them."""
    if args.address == bool(args.file):
        raise UsageError("Name either the calendar file or --address.")
    if args.address:
        return _tell_address(house, output)
    found = open_entries(house)
    Path(args.file).write_bytes(feed(found, now=house.now))
    if output.as_json:
        output.document({"file": args.file, "reminders": len(found)})
    else:
        output.say(f"Wrote {count(len(found), 'reminder')} into {args.file}.")
    return DONE


def _tell_address(house: House, output: Output) -> int:
    settings = house.settings
    port = settings.number("web.port")
    if not port:
        raise UsageError(
            'The page has another port at each start, and a calendar program would lose it. Set one: "web.port = 8438".'
        )
    place = home(settings.text("web.host"), port, public=settings.text("web.address"))
    address = f"{place}{path_of(secret_of(settings.folder))}"
    if output.as_json:
        output.document({"address": address})
        return DONE
    output.say(address)
    output.tell('Served while "heardback web", or "heardback run" with web.inside = true, runs.')
    output.tell("Whoever has the address can read your reminders: keep it to yourself.")
    return DONE


def open_entries(house: House, *, page: str = "") -> list[Entry]:
    """The reminders that came due or are coming, in words.

    :param page: address of the page that shows the mails, if one runs
    """
    return [
        Entry(
            notice=Notice(
                reminder=each.reminder,
                verdict=each.verdict,
                policy=item_policy(house.ledger, each.verdict.item, house.policies),
                corrections=each.perhaps_meant,
            ),
            at=each.comes_at if each.comes_at > house.now else each.reminder.due_at,
            address=f"{page}/mail/{each.verdict.item.id}" if page else "",
            story=tuple(one for one in house.ledger.decisions(each.reminder.item) if one.reminder == each.reminder.id),
        )
        for each in entries(house, with_settled=False)
        if each.verdict and not each.is_following
    ]

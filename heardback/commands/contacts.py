"""`contacts`: how the addresses you write to behave, and what to ask them for."""

from argparse import Namespace
from dataclasses import fields

from evidence.habit import Habit
from heardback.choices import standing_of
from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.text import count, plain
from scheduler.habits import contacts as known_contacts


def contacts(args: Namespace, house: House, output: Output) -> int:
    """List addresses with what they did about your mail, most written to first."""
    wanted = (args.to or "").lower()
    found = [each for each in known_contacts(house.ledger, now=house.now) if wanted in each.address]
    if output.as_json:
        output.document([as_document(each, house) for each in found])
        return DONE
    for each in found:
        output.say(f"{plain(each.address)}  {count(each.sent, 'mail')}", hang=2)
        output.say(f"    {each.story}", hang=2)
        if tracking := _tracking(each, house):
            output.say(f"    {plain(tracking)}", hang=2)
    output.say(f"{count(len(found), 'address', 'addresses')} written to in the last year.")
    return DONE


def _tracking(each: Habit, house: House) -> str:
    return standing_of(house.ledger, each.address, house.settings)


def as_document(habit: Habit, house: House) -> dict[str, object]:
    """A habit, and how the address stands to being tracked, as `--json` prints it."""
    counts = {each.name: getattr(habit, each.name) for each in fields(habit)}
    return {
        **counts,
        "returns_no_receipts": habit.is_silent,
        "hides_images": habit.hides_images,
        "why": habit.sentence,
        "images": habit.image_sentence,
        "advice": habit.advice,
        "tracking": _tracking(habit, house),
    }

"""`replay`: what would have come under other settings, beside what came. Nothing is written."""

from argparse import Namespace
from datetime import timedelta
from pathlib import Path

from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.policy import policies_of
from heardback.settings import Settings, load
from heardback.text import count, local, moment, plain
from scheduler.past import Difference, differences

_HEADINGS = {
    "new": "WOULD HAVE COME",
    "not any more": "CAME, AND WOULD NOT HAVE",
    "at another time": "WOULD HAVE COME AT ANOTHER TIME",
    "as it was": "CAME, AND WOULD HAVE",
}


def replay(args: Namespace, house: House, output: Output) -> int:
    """Live the reminders of the time asked for over again."""
    since = house.now - timedelta(seconds=args.since)
    policies = policies_of(_settings(args.policy, house)) if args.policy else house.policies
    with output.progress("Replaying"):
        found = list(differences(house.ledger, policies, since=since, now=house.now, window=house.window))
    if output.as_json:
        output.document(
            {
                "since": since.isoformat(),
                "until": house.now.isoformat(),
                "counts": {what: sum(each.what == what for each in found) for what in _HEADINGS},
                "reminders": [_document(each) for each in found],
            }
        )
        return DONE
    for what, heading in _HEADINGS.items():
        section = [each for each in found if each.what == what]
        if section:
            output.say(f"{heading} ({count(len(section), 'reminder')})")
            for each in section:
                _tell(each, house, output)
            output.say()
    same = sum(each.what == "as it was" for each in found)
    output.say(f"Since {moment(since, house.zone)}: {compared(len(found), same)}.")
    return DONE


def compared(reminders: int, same: int) -> str:
    """How many of so many reminders would have been the same."""
    if not reminders:
        return "no reminders, then or now"
    told, other = count(reminders, "reminder"), reminders - same
    if same and other:
        return f"{told}: {same:,} would have come as before, {other:,} would have been different"
    each = "it" if reminders == 1 else "each"
    return f"{told}, and {each} would have {'come as before' if same else 'been different'}"


def _settings(file: str, house: House) -> Settings:
    """The settings as they are, with what the file says about reminders, zone and country instead.

    A flag goes before that file, too.
    """
    said = load(house.settings.flags, file=Path(file), environment={})
    named = {name for name, source in said.sources.items() if source != "default"}
    return Settings(
        values={name: (said if name in named else house.settings).values[name] for name in said.values},
        sources={name: (said if name in named else house.settings).sources[name] for name in said.sources},
        rules=said.rules,
    )


def _tell(each: Difference, house: House, output: Output) -> None:
    shown = each.would or each.came
    if shown is None:
        return
    output.say(output.fit(f"  {shown.reminder}  {plain(each.item.subject) or '(no subject)'}"))
    if each.would:
        why = plain(local(each.would.why, house.zone, each.would.at))
        output.say(f"      would have come {moment(each.would.at, house.zone)}: {why}", hang=2)
    if each.came and each.what != "as it was":
        why = plain(local(each.came.why, house.zone, each.came.at))
        output.say(f"      came {moment(each.came.at, house.zone)}: {why}", hang=2)


def _document(each: Difference) -> dict[str, object]:
    shown = each.would or each.came
    return {
        "item": each.item.id,
        "reminder": shown.reminder if shown else "",
        "subject": each.item.subject,
        "what": each.what,
        "would": {"at": each.would.at.isoformat(), "why": each.would.why} if each.would else None,
        "came": {"at": each.came.at.isoformat(), "why": each.came.why} if each.came else None,
    }

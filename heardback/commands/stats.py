"""`stats`: what the numbers say about your mail, and how sure they are."""

from argparse import Namespace
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from math import ceil
from pathlib import Path

from heardback.commands.lists import tell_lateness
from heardback.errors import DONE, NO_MAILBOX, Failed, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.stats import picture, rows, terminal
from heardback.stats.hours import GoodHour, good_hours
from heardback.stats.outcomes import Outcome, outcomes
from heardback.stats.rates import ENOUGH, Rate, Waits
from heardback.stats.summary import By, Summary, grouped, summary
from heardback.stats.week import Week, week
from heardback.text import count, few, moment, plain, span

#: groups told in words; all of them stand in `--json`
_MOST = 20
_WIDEST = 80
#: what is said where there are mails to several
SHARED = "Each mail counts once, however many got it: one that half of its recipients read counts half."


def stats(args: Namespace, house: House, output: Output) -> int:
    """Tell rates with their intervals and times to read and to answer; write files if asked to."""
    export, plot = _form_of(args.export, rows.FORMS), _form_of(args.plot, picture.FORMS)
    with output.progress("Reading the ledger"):
        found = _wanted(args, house)
    whole, reacted = summary(found, now=house.now), week(found, house.zone)
    table = {args.export: rows.exported(found, form=export).encode()} if export else {}
    drawn = {args.plot: picture.picture(whole.to_read, whole.to_answer, reacted, form=plot)} if plot else {}
    _write(table | drawn)
    groups = grouped(found, By(args.by), now=house.now, zone=house.zone) if args.by else {}
    hours = good_hours(_to_one(found, args.to), now=house.now, zone=house.zone)
    if output.as_json:
        output.document(_document(whole, groups, hours) | {"reactions": reacted.counts})
        return DONE
    if not house.ledger.accounts():
        output.say(NO_MAILBOX)
        return DONE
    if args.by:
        _tell_groups(groups, output)
    else:
        _tell(found, whole, house, output)
        _tell_hour(found, hours, args.to, output)
        _draw(whole, reacted, output)
    tell_lateness(args, house, output)
    return DONE


def _wanted(args: Namespace, house: House) -> list[Outcome]:
    account = house.account(args.account).id if args.account else None
    since = house.now - timedelta(seconds=args.newer_than) if args.newer_than is not None else None
    until = house.now - timedelta(seconds=args.older_than or 0)
    items = (
        each
        for each in house.ledger.items(account=account, since=since)
        if each.sent_at <= until and (args.subject or "").lower() in each.subject.lower()
    )
    to = (args.to or "").lower()
    return [each for each in outcomes(house.ledger, items, now=house.now) if to in each.address]


def _to_one(found: Iterable[Outcome], to: str | None) -> list[Outcome]:
    """The mail to the one address that is meant: the only one found, or that which is named in full; else none."""
    every = list(found)
    named = [each for each in every if each.address == (to or "").lower()] or every
    return named if len({each.address for each in named}) == 1 else []


def _form_of(named: str | None, forms: Collection[str]) -> str:
    """The form that the ending of a file's name says; empty where no file is wanted."""
    if not named:
        return ""
    form = Path(named).suffix.lower().removeprefix(".")
    if form not in forms:
        raise UsageError(f"{named}: the name must end in {' or '.join(f'.{each}' for each in forms)}.")
    return form


def _write(files: Mapping[str, bytes]) -> None:
    """Write all of the files or none; one that is there already is left alone."""
    with ExitStack() as undoing:
        for named, content in files.items():
            try:
                with Path(named).open("xb") as opened:
                    undoing.callback(Path(named).unlink)
                    opened.write(content)
            except FileExistsError as error:
                raise Failed(f"{named} is there already and was left alone; choose another name.") from error
            except OSError as error:
                raise Failed(f"{named} cannot be written: {error.strerror}.") from error
        undoing.pop_all()


def _document(whole: Summary, groups: Mapping[str, Summary], hours: Mapping[str, GoodHour]) -> dict[str, object]:
    best = [
        {"address": address, "begins": each.begins, "ends": each.ends}
        | {"share": each.inside.share, "else": each.outside.share}
        for address, each in hours.items()
    ]
    by = {name: rows.as_document(each) for name, each in groups.items()}
    return {**rows.as_document(whole), "good_hour": best[0] if best else None, "groups": by}


def _tell(found: list[Outcome], whole: Summary, house: House, output: Output) -> None:
    if not found:
        output.say("No mail was sent that is remembered and wanted here, so there is nothing to count.")
        return
    mails = count(whole.mails, "mail")
    people = count(len({each.address for each in found}), "address", "addresses")
    first = moment(min(each.sent_at for each in found), house.zone)
    output.say(f"{mails} to {people} since {first}.")
    if whole.recipients != whole.mails:
        output.say(SHARED)
    output.say("In brackets: the 95 % interval of the share.")
    output.say()
    for name, rate, base in rates_of(whole):
        output.say(f"  {name:<11} {share_of(rate):<18} {cases_of(rate, base)}", hang=2)
    output.say()
    output.say(f"  Time to read    {times_of(whole.to_read)}", hang=16)
    output.say(f"  Time to answer  {times_of(whole.to_answer)}", hang=16)


def cases_of(rate: Rate, base: str) -> str:
    """`42 of 120 trackable`, and in how many mails they were if that is another number."""
    mails = f", in {count(rate.mails, 'mail')}" if rate.mails != rate.of else ""
    return f"{rate.count:,} of {rate.of:,} {base}{mails}"


def rates_of(whole: Summary) -> tuple[tuple[str, Rate, str], ...]:
    """Each rate with its name, and with what it is a share of."""
    return (
        ("read", whole.read, "trackable"),
        ("answered", whole.answered, "delivered"),
        ("bounced", whole.bounced, "sent"),
        ("unknowable", whole.unknowable, "sent"),
        ("receipts", whole.receipts, "asked for"),
    )


def share_of(rate: Rate) -> str:
    """`62 % (51-72 %)`: the share and its 95 % interval."""
    if rate.share is None or rate.low is None or rate.high is None:
        return "too few to tell"
    return f"{rate.share:.0%} ({rate.low * 100:.0f}-{rate.high:.0%})"


def times_of(waits: Waits) -> str:
    """When a quarter, half and three quarters had happened; those still waiting are of account."""
    if not waits.curve:
        return f"too few to tell: it happened with {waits.happened:,} of {waits.of:,}{waits.several}"
    named = (("a quarter", 0.25), ("half", 0.5), ("three quarters", 0.75))
    told = [f"{name} within {_time(time)}" for name, share in named if (time := waits.within(share)) is not None]
    reached = "; ".join(told) or "fewer than a quarter so far"
    if waits.happened == waits.of:
        return f"{reached} (it happened with all {waits.of:,}{waits.several})"
    return (
        f"{reached} (it happened with {waits.happened:,} of {waits.of:,}{waits.several}, and the rest may still come)"
    )


def _time(time: timedelta) -> str:
    """To the hour in the first three days: `38 hours`."""
    hours = ceil(time / timedelta(hours=1))
    return span(time) if hours == 1 or hours > 72 else count(hours, "hour")


def _tell_hour(found: list[Outcome], hours: Mapping[str, GoodHour], to: str | None, output: Output) -> None:
    if not (to and found):
        return
    output.say()
    people = sorted({each.address for each in _to_one(found, to)})
    if not people:
        several = count(len({each.address for each in found}), "address contains", "addresses contain")
        output.say(f'{several} "{to}". The best hour to write is told for one: --to with the whole of it.')
    elif not hours:
        output.say(f"No hour is better to write to {people[0]} than others, as far as this much mail can tell.")
    for address, hour in hours.items():
        output.say(f"Mail to {address} written {hour_of(hour)}.")


def hour_of(hour: GoodHour) -> str:
    """`from 9:00 to 12:00 was answered within a week in 93 % …`: what speaks for an hour, in the person's zone."""
    return (
        f"from {hour.begins}:00 to {hour.ends}:00 was answered within a week in {share_of(hour.inside)}, "
        f"at other times in {share_of(hour.outside)}"
    )


def _tell_groups(groups: Mapping[str, Summary], output: Output) -> None:
    telling = {name: each for name, each in groups.items() if _tells(each)}
    for name, each in list(telling.items())[:_MOST]:
        several = f", {count(each.recipients, 'recipient')}" if each.recipients != each.mails else ""
        receipts = f"{share_of(each.receipts)}, {cases_of(each.receipts, 'asked for')}"
        output.say(output.fit(f"{plain(name)}  {count(each.mails, 'mail')}{several}"))
        output.say(
            f"    read {share_of(each.read)}; answered {share_of(each.answered)}; bounced {each.bounced.count:,} of "
            f"{each.bounced.of:,}; receipts {receipts if each.receipts.of else 'not asked for'}",
            hang=2,
        )
    if len(telling) > _MOST:
        output.say(f"{len(telling) - _MOST:,} more stand in --json.")
    _tell_small([name for name in groups if name not in telling], output)
    if not groups:
        output.say("Nothing is known to count by.")


def _tells(each: Summary) -> bool:
    """Whether there is mail enough to say anything of."""
    return any(rate.share is not None for rate in (each.read, each.answered, each.bounced, each.receipts))


def _tell_small(names: list[str], output: Output) -> None:
    """Those of too little mail, in one line."""
    if names:
        named = few([plain(each, limit=60) for each in names])
        output.say(f"Too little mail to tell anything, as a share takes {ENOUGH} mails: {named}.", hang=2)


def _draw(whole: Summary, reacted: Week, output: Output) -> None:
    for waits, title in ((whole.to_read, "% not read yet"), (whole.to_answer, "% not answered yet")):
        if curve := terminal.curve(waits, title, width=_WIDEST):
            output.draw(curve)
    if reacted.mails:
        output.say(f"When people read or answer, in your zone: {reacted.sentence}.")
    if heat := terminal.heat_map(reacted):
        output.draw(heat)

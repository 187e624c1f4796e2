"""`stats`: what the numbers say about your mail, and how sure they are."""

from argparse import Namespace
from collections.abc import Callable, Collection
from datetime import timedelta
from math import ceil
from pathlib import Path

from heardback.errors import DONE, NO_MAILBOX, Failed, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.stats import picture, rows, terminal
from heardback.stats.outcomes import Outcome, outcomes
from heardback.stats.rates import Rate, Waits
from heardback.stats.summary import By, GoodHour, Summary, good_hour, grouped, reactions, summary
from heardback.text import count, moment, plain, span

#: groups told in words; all of them stand in `--json`
_MOST = 20
_WIDEST = 80


def stats(args: Namespace, house: House, output: Output) -> int:
    """Tell rates with their intervals and times to read and to answer; write files if asked to."""
    with output.progress("Reading the ledger"):
        found = _wanted(args, house)
    whole, reacted = summary(found, now=house.now), reactions(found, house.zone)
    _write(args.export, rows.FORMS, lambda form: rows.exported(found, form=form).encode())
    _write(args.plot, picture.FORMS, lambda form: picture.picture(whole.to_read, whole.to_answer, reacted, form=form))
    groups = grouped(found, By(args.by), now=house.now, zone=house.zone) if args.by else {}
    hour = good_hour(found, now=house.now, zone=house.zone)
    if output.as_json:
        output.document(_document(whole, groups, hour) | {"reactions": reacted})
    elif not house.ledger.accounts():
        output.say(NO_MAILBOX)
    elif args.by:
        _tell_groups(groups, output)
    else:
        _tell(found, whole, house, output)
        _tell_hour(hour, args.to, output)
        _draw(whole, reacted, output)
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


def _write(named: str | None, forms: Collection[str], make: Callable[[str], bytes]) -> None:
    """Write a file whose name's ending says its form; one that is there is left alone."""
    if not named:
        return
    file = Path(named)
    form = file.suffix.lower().removeprefix(".")
    if form not in forms:
        raise UsageError(f"{named}: the name must end in {' or '.join(f'.{each}' for each in forms)}.")
    content = make(form)
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError as error:
        raise Failed(f"{named} is there already and was left alone; choose another name.") from error
    except OSError as error:
        raise Failed(f"{named} cannot be written: {error.strerror}.") from error


def _document(whole: Summary, groups: dict[str, Summary], hour: GoodHour | None) -> dict[str, object]:
    best = (
        {"begins": hour.begins, "ends": hour.ends, "share": hour.inside.share, "else": hour.outside.share}
        if hour
        else None
    )
    by = {name: rows.as_document(each) for name, each in groups.items()}
    return {**rows.as_document(whole), "good_hour": best, "groups": by}


def _tell(found: list[Outcome], whole: Summary, house: House, output: Output) -> None:
    if not found:
        output.say("No mail was sent that is remembered and wanted here, so there is nothing to count.")
        return
    mails = count(len({each.item for each in found}), "mail")
    people = count(len({each.address for each in found}), "address", "addresses")
    first = moment(min(each.sent_at for each in found), house.zone)
    output.say(f"{mails} to {people} since {first}; each recipient of each mail counts once.")
    output.say("In brackets: the 95 % interval of the share.")
    output.say()
    for name, rate, base in rates_of(whole):
        output.say(f"  {name:<11} {share_of(rate):<18} {rate.count:,} of {rate.of:,} {base}", hang=2)
    output.say()
    output.say(f"  Time to read    {times_of(whole.to_read)}", hang=16)
    output.say(f"  Time to answer  {times_of(whole.to_answer)}", hang=16)


def rates_of(whole: Summary) -> tuple[tuple[str, Rate, str], ...]:
    """Each rate with its name, and with what it is a share of."""
    return (
        ("read", whole.read, "trackable"),
        ("answered", whole.answered, "delivered"),
        ("bounced", whole.bounced, "sent"),
        ("unknowable", whole.unknowable, "sent"),
        ("receipts", whole.receipts, "that asked for one"),
    )


def share_of(rate: Rate) -> str:
    """`62 % (51-72 %)`: the share and its 95 % interval."""
    if rate.share is None or rate.low is None or rate.high is None:
        return "too few to tell"
    return f"{rate.share:.0%} ({rate.low * 100:.0f}-{rate.high:.0%})"


def times_of(waits: Waits) -> str:
    """When a quarter, half and three quarters had happened; those still waiting are of account."""
    if not waits.curve:
        return f"too few to tell: it happened in {waits.happened:,} of {waits.of:,}"
    named = (("a quarter", 0.25), ("half", 0.5), ("three quarters", 0.75))
    told = [f"{name} within {_time(time)}" for name, share in named if (time := waits.within(share)) is not None]
    reached = "; ".join(told) or "fewer than a quarter so far"
    if waits.happened == waits.of:
        return f"{reached} (it happened in all {waits.of:,})"
    return f"{reached} (it happened in {waits.happened:,} of {waits.of:,}, and the rest may still come)"


def _time(time: timedelta) -> str:
    """To the hour in the first three days: `38 hours`."""
    hours = ceil(time / timedelta(hours=1))
    return span(time) if hours == 1 or hours > 72 else count(hours, "hour")


def _tell_hour(hour: GoodHour | None, to: str | None, output: Output) -> None:
    if not to:
        return
    output.say()
    if hour is None:
        output.say("No hour is better to write at than others, as far as this much mail can tell.")
        return
    output.say(
        f"Written from {hour.begins}:00 to {hour.ends}:00, mail was answered within a week in {share_of(hour.inside)}; "
        f"at other times in {share_of(hour.outside)}."
    )


def _tell_groups(groups: dict[str, Summary], output: Output) -> None:
    for name, each in list(groups.items())[:_MOST]:
        output.say(output.fit(f"{plain(name)}  {count(each.sent, 'mail')}"))
        output.say(
            f"    read {share_of(each.read)}; answered {share_of(each.answered)}; bounced {each.bounced.count:,}; "
            f"receipts {each.receipts.count:,} of {each.receipts.of:,}",
            hang=2,
        )
    if len(groups) > _MOST:
        output.say(f"{len(groups) - _MOST:,} more stand in --json.")
    if not groups:
        output.say("Nothing is known to count by.")


def _draw(whole: Summary, reacted: tuple[tuple[int, ...], ...], output: Output) -> None:
    for waits, title in ((whole.to_read, "% not read yet"), (whole.to_answer, "% not answered yet")):
        if curve := terminal.curve(waits, title, width=_WIDEST):
            output.draw(curve)
    heat = terminal.heat_map(reacted)
    if heat:
        output.say("When people read or answer, in your zone:")
        output.draw(heat)

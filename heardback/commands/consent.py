"""`consent` and `optout`: who may be tracked and who wants to be left alone, with when and how they said so."""

from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from evidence.model import Evidence
from heardback.choice_list import Listed, one_address, read_list
from heardback.choices import refused_by_answer
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import count, moment, plain
from scheduler.reminders import mail_to, replan
from store.tracking import Choice, Stance

_JUST_AFTER = timedelta(microseconds=1)
#: choices that are told one by one; a list may hold thousands
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """How one of the two commands speaks."""

    name: str
    #: what `add` records, and what it is called
    stance: Stance
    noun: str
    #: what `remove` records: consent withdrawn stops the tracking of mail already sent, an opt-out taken back is all
    removed: Stance
    how_added: str
    how_removed: str


#: of the two the opt-out needs no proof, so it has a way by itself
_CONSENT = _Word(
    name="consent",
    stance=Stance.CONSENT,
    noun="consent",
    removed=Stance.OPT_OUT,
    how_added="",
    how_removed="withdrew their consent",
)
_OPT_OUT = _Word(
    name="optout",
    stance=Stance.OPT_OUT,
    noun="opt-out",
    removed=Stance.NONE,
    how_added="told you so",
    how_removed="took their opt-out back",
)


def consent(args: Namespace, house: House, output: Output) -> int:
    """Record, withdraw, list or import consent."""
    return _do(_CONSENT, args, house, output)


def optout(args: Namespace, house: House, output: Output) -> int:
    """Record, take back, list or import opt-outs."""
    return _do(_OPT_OUT, args, house, output)


def _do(word: _Word, args: Namespace, house: House, output: Output) -> int:
    if args.act == "list":
        return _list(word, [one_address(each) for each in args.who], house, output)
    if not args.who:
        what = "a CSV file" if args.act == "import" else "one address or several"
        raise UsageError(f'"heardback {word.name} {args.act}" takes {what}.')
    if args.act == "remove":
        return _remove(word, args, house, output)
    listed = _imported(args, house) if args.act == "import" else _typed(args.who)
    return _add(word, args, listed, house, output)


def _typed(who: Iterable[str]) -> list[Listed]:
    return [Listed(address=one_address(each), at=None, how="", wording="") for each in who]


def _imported(args: Namespace, house: House) -> list[Listed]:
    return [each for file in args.who for each in read_list(Path(file), zone=house.zone, now=house.now)]


def _add(word: _Word, args: Namespace, listed: Sequence[Listed], house: House, output: Output) -> int:
    choices = [_choice(word, each, args, house) for each in listed]
    left = [each for each in listed if _would_overrule(word, each, args, house)]
    refused = {each.address for each in left}
    news = [each for each in choices if each.address not in refused and not _is_known(each, house)]
    house.ledger.tracking.choose(news)
    return _told(news, len(choices) - len(news) - len(left), sorted(refused), house, output)


def _choice(word: _Word, each: Listed, args: Namespace, house: House) -> Choice:
    how = each.how or args.how or word.how_added
    if not how:
        raise UsageError(
            f'How did {each.address} consent? Say it with --how "ticked the box of our form"; it is proof.'
        )
    return Choice(
        address=each.address,
        stance=word.stance,
        at=each.at or _moment_for(each.address, house),
        how=how,
        wording=each.wording or args.wording or "",
    )


def _moment_for(address: str, house: House) -> datetime:
    """Now, or just after all that is known: of an opt-out by click the relay tells only the end of five minutes."""
    known = house.ledger.tracking.choices(address)
    return max(house.now, known[-1].at + _JUST_AFTER) if known else house.now


def _would_overrule(word: _Word, each: Listed, args: Namespace, house: House) -> bool:
    """A list without dates cannot tell that consent in it is later than an opt-out; a person who types it can."""
    if word.stance is not Stance.CONSENT or args.act != "import" or each.at:
        return False
    return house.ledger.tracking.stance(each.address) is Stance.OPT_OUT


def _is_known(choice: Choice, house: House) -> bool:
    """The same was said before and holds still."""
    said = [each for each in house.ledger.tracking.choices(choice.address) if each.at <= choice.at]
    return bool(said) and replace(said[-1], at=choice.at) == choice


def _remove(word: _Word, args: Namespace, house: House, output: Output) -> int:
    addresses = [one_address(each) for each in args.who]
    changing = [each for each in addresses if _would_change(word, house.ledger.tracking.stance(each))]
    how = args.how or word.how_removed
    news = [
        Choice(
            address=each,
            stance=word.removed,
            at=_moment_for(each, house),
            how=how,
            wording=args.wording or "",
        )
        for each in changing
    ]
    house.ledger.tracking.choose(news)
    return _told(news, len(addresses) - len(news), [], house, output)


def _would_change(word: _Word, stance: Stance) -> bool:
    """A withdrawal is a refusal, also where no consent was on record; an opt-out is taken back only if it holds."""
    return stance is not Stance.OPT_OUT if word is _CONSENT else stance is Stance.OPT_OUT


def _told(news: Sequence[Choice], known: int, refused: Sequence[str], house: House, output: Output) -> int:
    relay = tell_relay(house)
    only = mail_to(house.ledger, [each.address for each in news])
    replan(house.ledger, house.now, house.policies, window=house.window, only=only)
    if output.as_json:
        output.document(
            {"recorded": [asdict(each) for each in news], "unchanged": known, "left_opted_out": refused, "relay": relay}
        )
        return DONE
    for each in news[:_MOST_SHOWN]:
        output.say(f"{plain(each.address)}: {_SAID[each.stance]}.")
    output.say(f"{count(len(news), 'choice')} recorded, {known} as {'it was' if known == 1 else 'they were'} before.")
    for address in refused:
        output.say(
            f"{plain(address)} opted out, and stays so: the list has no date that would be later. "
            f'If they changed their mind: "heardback consent add {plain(address)} --how ...".',
            hang=2,
        )
    if relay:
        output.say(relay)
    return DONE


_SAID = {
    Stance.CONSENT: "consent recorded",
    Stance.OPT_OUT: "opted out, at once and also for mail already sent",
    Stance.NONE: "opt-out taken back",
}


def tell_relay(house: House) -> str:
    """Tell the relay who is to be left alone; what became of it, as a sentence. Empty if there is no relay."""
    from connectors.errors import ConnectorError
    from heardback.relay_side import client, reader_name
    from scheduler.hits import tell_choices

    try:
        relay = client(house.settings)
        if relay is None:
            return ""
        try:
            tell_choices(house.ledger, relay, reader_name(house.settings), house.now)
        finally:
            relay.close()
    except ConnectorError as error:
        return f"{error} It will be told as soon as it answers, by the worker."
    return "The relay knows."


def _list(word: _Word, addresses: Sequence[str], house: House, output: Output) -> int:
    """Everybody who chose so and it holds; of addresses that are named, all they ever chose."""
    tracking = house.ledger.tracking
    if addresses:
        found = [choice for each in addresses for choice in tracking.choices(each)]
    else:
        latest = {each.address: each for each in tracking.choices()}
        found = sorted((each for each in latest.values() if each.stance is word.stance), key=lambda each: each.address)
    forgotten = len(tracking.forgotten()) if word is _OPT_OUT and not addresses else 0
    answers = refused_by_answer(house.ledger, addresses) if word is _OPT_OUT else {}
    if output.as_json:
        by_answer = [{"address": each, "at": told.at, "item": _mail(told)} for each, told in answers.items()]
        output.document({"choices": [asdict(each) for each in found], "by_answer": by_answer, "forgotten": forgotten})
        return DONE
    for each in found:
        wording = f", wording {plain(each.wording)}" if each.wording else ""
        said = f"{each.stance} " if addresses else ""
        output.say(f"{plain(each.address)}  {said}{moment(each.at, house.zone)}: {plain(each.how)}{wording}", hang=2)
    output.say(f"{count(len(found), 'choice' if addresses else word.noun)}.")
    _tell_answers(answers, house, output)
    if forgotten:
        output.say(f"Not tracked either: {count(forgotten, 'person', 'people')} whom you forgot.")
    return DONE


def _tell_answers(answers: Mapping[str, Evidence], house: House, output: Output) -> None:
    """Nothing here was written down as a choice, so nothing can be removed."""
    if not answers:
        return
    who = count(len(answers), "person", "people")
    output.say(f"Not tracked either, by an answer: {who} who asked for no more mail.")
    for address, told in answers.items():
        when = f"  {moment(told.at, house.zone)}" if told.at else ""
        output.say(f'{plain(address)}{when}: in an answer; "heardback show {_mail(told)}" tells of it', hang=2)


def _mail(answer: Evidence) -> str:
    return answer.match.item if answer.match else ""

"""`overrule`: say that a piece of evidence is your own doing or about something else, or take that back."""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from itertools import chain

from evidence.model import Evidence, Kind, Ruling, SentItem
from evidence.ruling import ruling
from heardback.commands.lists import as_document, subject_of, why_of
from heardback.commands.show import find_item
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from scheduler.known import Known
from scheduler.matching import spoken_of
from scheduler.reminders import replan
from scheduler.standing import heard, standing


def overrule(args: Namespace, house: House, output: Output) -> int:
    """Write the decision down beside the evidence, plan the item's reminders anew, and tell how it stands now."""
    item = find_item(args.item, house)
    (about,) = find_evidence([args.evidence], item, house)
    (decision,) = decide([about], item, Ruling.COUNTS if args.undo else Ruling(args.because), house)
    verdict = standing(house.ledger, item, now=house.now)
    if output.as_json:
        output.document({**as_document(verdict), "overruled": about.id, "ruling": decision.ruling})
        return DONE
    output.say(f'Kept: the {about.kind} {about.id[:8]} about "{subject_of(verdict)}": {decision.ruling}.')
    for one in verdict.recipients:
        output.say(f"  {one.recipient.address}: {one.verdict.upper()}", hang=2)
        output.say(f"      {why_of(one, house.zone)}")
    return DONE


def decide(about: Sequence[Evidence], item: SentItem, said: Ruling, house: House) -> list[Evidence]:
    """Keep what a person says about pieces of evidence, all at once, and plan the reminders of their item anew."""
    decisions, known = [ruling(each, said, at=house.now) for each in about], Known(house.ledger, item.account)
    house.ledger.take(item.account, evidence=decisions)
    only = frozenset(chain.from_iterable(spoken_of(each, known) for each in about))
    replan(house.ledger, house.now, house.policies, window=house.window, only=only)
    return decisions


def find_evidence(named: Iterable[str], item: SentItem, house: House) -> list[Evidence]:
    """For each of these the one piece of evidence about an item whose id is or begins with it.

    :raises UsageError: none or several do
    """
    known = [each for each in heard(house.ledger, item) if each.kind is not Kind.RULING]
    return [_one(each, known, item) for each in named]


def _one(named: str, known: Iterable[Evidence], item: SentItem) -> Evidence:
    found = [each for each in known if each.id.startswith(named.lower())] if named else []
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f'{len(found)} pieces of evidence begin with "{named}"; write more of the id.')
    raise UsageError(f'There is no evidence "{named}" about this mail; "heardback show {item.id}" lists it.')

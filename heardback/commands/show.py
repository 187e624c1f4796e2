"""`show`: one sent item, the verdict on each recipient, and the time line of evidence behind it."""

from argparse import Namespace
from collections.abc import Mapping

from evidence.habit import Habit
from evidence.model import Evidence, ItemVerdict, Kind, Match, RecipientVerdict, SentItem
from evidence.ruling import set_aside
from heardback import tracked_shown
from heardback.commands.contacts import as_document as habit_document
from heardback.commands.lists import as_document, grouped, subject_of, why_of
from heardback.errors import DONE, UsageError
from heardback.hits_shown import EXPLANATION, Sort, carried, documents, lines, sorts
from heardback.house import House
from heardback.output import Output
from heardback.text import ago, day, decided, local, moment, plain
from scheduler.correction import did_you_mean, perhaps_meant
from scheduler.habits import Habits, heeding
from scheduler.standing import heard, standing
from scheduler.tracked import counted
from store.ledger import Decision

#: recipients whose habit is told; of more there is `contacts`
_MOST_HABITS = 5


def show(args: Namespace, house: House, output: Output) -> int:
    """Tell everything known about one sent item."""
    item = find_item(args.item, house)
    habits = Habits(house.ledger, now=house.now)
    verdict = standing(house.ledger, item, now=house.now, habits=habits)
    evidence, hints = heard(house.ledger, item, habits.answers), house.ledger.hinted(item.id)
    hits = sorts(evidence, counted(house.ledger, item, evidence, habits))
    decisions = house.ledger.decisions(item.id)
    if output.as_json:
        output.document(
            {
                **as_document(verdict),
                "perhaps_meant": perhaps_meant(verdict, habits),
                "contacts": [habit_document(_habit(one, habits, house), house) for one in verdict.recipients],
                "evidence": [_evidence_document(each) for each in evidence],
                "tracking": tracked_shown.document(house.ledger, item),
                "tracked": carried(item, house),
                "hits": documents(hits),
                "hints": [_evidence_document(each) for each in hints],
                "reminders": [{"at": one.at.isoformat(), "what": one.what, "why": one.why} for one in decisions],
            }
        )
        return DONE
    _tell_item(verdict, habits, house, output)
    _tell_evidence(item, evidence, house, output)
    _tell_hits(hits, house, output)
    _tell_overruling(item, evidence, output)
    _tell_hints(hints, house, output)
    _tell_decisions(decisions, house, output)
    return DONE


def find_item(named: str, house: House) -> SentItem:
    """The one sent item whose id is or begins with this.

    :raises UsageError: none or several do
    """
    exact = house.ledger.item(named)
    if exact:
        return exact
    found = [each for each in house.ledger.items() if each.id.startswith(named.lower())] if named else []
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f'{len(found)} items begin with "{named}"; write more of the id.')
    raise UsageError(f'There is no sent item "{named}"; "heardback sent" lists their ids.')


def _tell_item(verdict: ItemVerdict, habits: Habits, house: House, output: Output) -> None:
    item = verdict.item
    output.say(subject_of(verdict))
    when = f"{moment(item.sent_at, house.zone)}, {ago(item.sent_at, house.now, house.zone)}"
    output.say(f"  item {item.id}, sent {when}", hang=2)
    output.say(f"  from {item.sender} ({item.account})", hang=2)
    output.say(f"  {'a' if item.asks_receipt else 'no'} read receipt was asked for")
    if said := tracked_shown.sentence(house.ledger, item):
        output.say(f"  {said}", hang=2)
    if item.message_ids:
        output.say(f"  Message-ID <{item.message_ids[0]}>")
    output.say()
    alike = grouped(((_standing(one), why_of(one, house.zone)), _named(one)) for one in verdict.recipients)
    for (heading, why), names in alike:
        output.say(f"  {', '.join(names)}: {heading}", hang=2)
        output.say(f"      {why}")
    for suggestion in did_you_mean(perhaps_meant(verdict, habits)):
        output.say(f"  {plain(suggestion)}", hang=2)
    output.say()
    told = (_habit(one, habits, house) for one in verdict.recipients[:_MOST_HABITS])
    for said, addresses in grouped((each.story, each.address) for each in told):
        output.say(f"  {', '.join(addresses)}: {said}", hang=2)


def _habit(one: RecipientVerdict, habits: Habits, house: House) -> Habit:
    return heeding(house.ledger, habits.of(one.recipient.address))


def _standing(one: RecipientVerdict) -> str:
    return f"{one.verdict.upper()} until {day(one.until)}" if one.until else one.verdict.upper()


def _named(one: RecipientVerdict) -> str:
    name = plain(one.recipient.name, limit=60)
    return f"{name} <{one.recipient.address}>" if name else one.recipient.address


def _tell_evidence(item: SentItem, evidence: tuple[Evidence, ...], house: House, output: Output) -> None:
    output.say()
    output.say("What came back (grade: how far it can prove reading; rule: what recognised it)")
    output.say(f"  {moment(item.sent_at, house.zone)}  sent")
    aside = set_aside(evidence)
    for each in (one for one in evidence if one.kind is not Kind.HIT):
        output.say(f"  {moment(each.at, house.zone)}  {each.id[:8]}  {_summed(each)}", hang=4)
        output.say(f"      {plain(each.why)}")
        if each.match:
            output.say(f"      matched, {each.match.confidence}: {plain(each.match.reason)}")
        if each.doubt:
            output.say(f"      does not count: {plain(each.doubt)}")
        if said := aside.get(each.id):
            output.say(f"      does not count: you said on {moment(said.at, house.zone)}: {said.ruling}")
    if not evidence:
        output.say("      nothing has come back")


def _tell_hits(hits: Mapping[Sort, list[Evidence]], house: House, output: Output) -> None:
    if hits:
        output.say()
        output.say(f"What the relay was asked for. {EXPLANATION}")
    for line in lines(hits, house):
        output.say(line, hang=4)


def _tell_overruling(item: SentItem, evidence: tuple[Evidence, ...], output: Output) -> None:
    if any(each.kind is not Kind.RULING for each in evidence):
        output.say(
            f"  Not theirs, or not about this? \"heardback overrule {item.id} ID --because 'not about this'\", "
            "with the ID behind its time.",
            hang=2,
        )


def _tell_hints(hints: tuple[Evidence, ...], house: House, output: Output) -> None:
    if hints:
        output.say()
        output.say("Perhaps about this mail too: only the subject says so, and it counts for nothing")
    for each in hints:
        output.say(f"  {moment(each.at, house.zone)}  {_summed(each)}", hang=4)
        output.say(f"      {plain(each.why)}")
        output.say(f"      {plain(each.hint.reason if each.hint else '')}; {plain(each.doubt)}")


def _summed(each: Evidence) -> str:
    what = f"{each.kind} {each.disposition or each.action or ''}".strip()
    who = plain(each.recipient or each.sender or "nobody named")
    return f"{what}, {who}, grade {each.grade}, rule {each.rule}"


def _tell_decisions(decisions: tuple[Decision, ...], house: House, output: Output) -> None:
    if decisions:
        output.say()
        output.say("Reminders")
    for one in decisions:
        why = plain(local(one.why, house.zone, one.at))
        output.say(f"  {moment(one.at, house.zone)}  {decided(one.what)}: {why}", hang=4)


def _evidence_document(each: Evidence) -> dict[str, object]:
    return {
        "id": each.id,
        "kind": each.kind,
        "door": each.door,
        "at": each.at.isoformat() if each.at else None,
        "grade": each.grade,
        "disposition": each.disposition,
        "mode": each.mode,
        "action": each.action,
        "status": each.status,
        "recipient": each.recipient,
        "sender": each.sender,
        "until": each.until.isoformat() if each.until else None,
        "rule": each.rule,
        "why": each.why,
        "match": _match_document(each.match or each.hint),
        "doubt": each.doubt,
        "overrules": each.overrules or None,
        "ruling": each.ruling,
    }


def _match_document(match: Match | None) -> dict[str, object] | None:
    return {"confidence": match.confidence, "reason": match.reason} if match else None

"""`show`: one sent item, the verdict on each recipient, and the time line of evidence behind it."""

from argparse import Namespace

from evidence.model import Evidence, ItemVerdict, SentItem
from heardback.commands.lists import as_document
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import moment, plain
from scheduler.standing import standing
from store.ledger import Decision


def show(args: Namespace, house: House, output: Output) -> int:
    """Tell everything known about one sent item."""
    item = find_item(args.item, house)
    verdict = standing(house.ledger, item, now=house.now)
    evidence = house.ledger.evidence(item.id)
    decisions = house.ledger.decisions(item.id)
    if output.as_json:
        output.document(
            {
                **as_document(verdict),
                "evidence": [_evidence_document(each) for each in evidence],
                "reminders": [{"at": one.at.isoformat(), "what": one.what, "why": one.why} for one in decisions],
            }
        )
        return DONE
    _tell_item(verdict, house, output)
    _tell_evidence(item, evidence, house, output)
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


def _tell_item(verdict: ItemVerdict, house: House, output: Output) -> None:
    item = verdict.item
    output.say(plain(item.subject) or "(no subject)")
    output.say(f"  item {item.id}, sent {moment(item.sent_at, house.zone)} from {item.sender} ({item.account})")
    asks = "a read receipt was asked for" if item.asks_receipt else "no read receipt was asked for"
    output.say(f"  Message-ID <{plain(item.message_ids[0])}>, {asks}" if item.message_ids else f"  {asks}")
    output.say()
    for one in verdict.recipients:
        until = f" until {one.until}" if one.until else ""
        name = f"{plain(one.recipient.name)} " if one.recipient.name else ""
        output.say(f"  {name}<{one.recipient.address}>: {one.verdict.upper()}{until} (grade {one.grade})")
        output.say(f"      {plain(one.why)}")


def _tell_evidence(item: SentItem, evidence: tuple[Evidence, ...], house: House, output: Output) -> None:
    output.say()
    output.say("Time line")
    output.say(f"  {moment(item.sent_at, house.zone)}  sent")
    for each in evidence:
        what = f"{each.kind} {each.disposition or each.action or ''}".strip()
        who = each.recipient or each.sender or "nobody named"
        output.say(f"  {moment(each.at, house.zone)}  {what}, {plain(who)}, grade {each.grade} (rule {each.rule})")
        output.say(f"      {plain(each.why)}")
        if each.match:
            output.say(f"      matched, {each.match.confidence}: {plain(each.match.reason)}")
        if each.doubt:
            output.say(f"      does not count: {plain(each.doubt)}")


def _tell_decisions(decisions: tuple[Decision, ...], house: House, output: Output) -> None:
    if decisions:
        output.say()
        output.say("Reminders")
    for one in decisions:
        output.say(f"  {moment(one.at, house.zone)}  {one.what}: {plain(one.why)}")


def _evidence_document(each: Evidence) -> dict[str, object]:
    return {
        "id": each.id,
        "kind": each.kind,
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
        "match": {"confidence": each.match.confidence, "reason": each.match.reason} if each.match else None,
        "doubt": each.doubt,
    }

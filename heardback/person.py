"""One person other than oneself: everything held about them, as a document to give to them (GDPR Art. 15 and 20)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from evidence.model import Evidence, SentItem
from heardback.choice_list import one_address
from heardback.choices import may_track
from heardback.errors import UsageError
from heardback.settings import Settings
from scheduler.habits import Habits
from scheduler.own import is_own, own_addresses
from scheduler.standing import standing
from store.ledger import Ledger

#: fields of evidence that say something to a person
_TOLD = (
    "kind",
    "at",
    "grade",
    "why",
    "doubt",
    "sender",
    "recipient",
    "subject",
    "until",
    "declines",
    "door",
    "program",
)


def of_another(text: str, ledger: Ledger) -> str:
    """The one address that was written, normalised.

    :raises UsageError: it is none, or one of the person's own
    """
    address = one_address(text)
    if is_own(address, own_addresses(ledger)):
        raise UsageError(f'{address} is your own; "heardback export FILE" and "heardback disconnect" are for that.')
    return address


def person_document(ledger: Ledger, address: str, settings: Settings, *, now: datetime) -> dict[str, Any]:
    """What is held about an address, in plain names. Of others in the same mail only how many there are.

    :param address: normalised
    :param now: aware
    """
    held = ledger.tracking.held(address)
    to_them = [each for each in held.items if _field(each, address)]
    about_none = [each for each in held.evidence if each.match is None]
    return {
        "address": address,
        "made_at": now.isoformat(),
        "sent_mail": [_mail(ledger, each, address, now) for each in to_them],
        "named_in_mail_to_others": [_headline(each) for each in held.items if each not in to_them],
        "evidence_about_no_known_mail": [_evidence(each) for each in about_none],
        "tokens_of_tracked_mail": [
            {"id": each.id, "kind": each.kind, "made_at": each.made_at, "expires_at": each.expires_at}
            for each in held.tracked
        ],
        "choices": [asdict(each) for each in held.choices],
        "habit": asdict(Habits(ledger, now=now).of(address)),
        "why_not_tracked": may_track(ledger, address, settings),
        "at_the_relay": "hits under the ids of the tokens above, without a name or an address, until they are taken",
    }


def _mail(ledger: Ledger, item: SentItem, address: str, now: datetime) -> dict[str, Any]:
    verdict = next(each for each in standing(ledger, item, now=now).recipients if each.recipient.address == address)
    theirs = [each for each in ledger.evidence(item.id) if each.match and each.match.recipient in (address, None)]
    return {
        **_headline(item),
        "addressed_in": _field(item, address),
        "name": verdict.recipient.name,
        "others_it_was_sent_to": len(item.recipients) - 1,
        "verdict": verdict.verdict,
        "why": verdict.why,
        "evidence": [_evidence(each) for each in theirs],
        "reminders": [
            {"due_at": each.due_at, "state": each.state, "reason": each.reason}
            for each in ledger.reminders(item=item.id)
        ],
    }


def _headline(item: SentItem) -> dict[str, Any]:
    return {"id": item.id, "sent_at": item.sent_at, "from": item.sender, "subject": item.subject}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    told = {name: getattr(evidence, name) for name in _TOLD}
    return {name: value for name, value in told.items() if value not in (None, "", False)}


def _field(item: SentItem, address: str) -> str:
    """In which header they stood; empty if the mail was not sent to them."""
    return next((each.field for each in item.recipients if each.address == address), "")

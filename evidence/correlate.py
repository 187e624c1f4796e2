"""Which sent item and recipient a piece of evidence speaks about, how surely, and why; or why it does not count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from evidence import normal
from evidence.copies import apart
from evidence.expansion import NO_RECIPIENT
from evidence.model import Confidence, Evidence, Kind, Match, SentItem

NEVER_SENT = "no mail with this id was ever sent"
TOO_EARLY = "dated before the mail was sent"
NOTHING_KNOWN = "nothing in it leads to a mail that was sent"
#: doubts of a correlation, which correlating again takes back
_DOUBTS = frozenset({NEVER_SENT, NO_RECIPIENT, TOO_EARLY, NOTHING_KNOWN})

#: clocks of mail programs are off, seldom by more
CLOCK_ERROR = timedelta(hours=1)
#: mail servers give up after four to five days (RFC 5321 section 4.5.4.1)
_BOUNCE_WINDOW = timedelta(days=6)

NO_ALIASES: Mapping[str, str] = MappingProxyType({})
#: what each kind is called in a reason
NOUNS = {
    Kind.RECEIPT: "the receipt",
    Kind.DELIVERY: "the report",
    Kind.AUTO_REPLY: "the automatic answer",
    Kind.REPLY: "the answer",
    Kind.INVITATION: "the answer to your invitation",
    Kind.RULING: "your decision",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What to look up in the ledger to find the candidates for a piece of evidence."""

    #: ids it names, as written and without blanks
    message_ids: tuple[str, ...]
    correlation_key: str | None
    thread_id: str | None
    sender: str | None
    #: addresses it may speak about, sender included
    recipients: tuple[str, ...]
    #: aware, UTC
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """One way in which evidence leads to a sent item."""

    item: SentItem
    confidence: Confidence
    reason: str
    #: it names the message itself, so its sender has held the message in hands
    names_message: bool


def clues(evidence: Evidence) -> Clues:
    """What to look up: every item found by any of these is a candidate for `correlate`."""
    named = (evidence.original_message_id, *evidence.references)
    ids = [form for each in named if each for form in (each, normal.squeezed(each))]
    return Clues(
        message_ids=tuple(dict.fromkeys(ids)),
        correlation_key=evidence.correlation_key,
        thread_id=evidence.thread_id,
        sender=evidence.sender,
        recipients=_addresses(evidence),
        at=evidence.at,
    )


def correlate(
    evidence: Evidence, candidates: Sequence[SentItem], *, aliases: Mapping[str, str] = NO_ALIASES
) -> Evidence:
    """The same evidence with the sent item it speaks about, or with a doubt; sometimes both.

    Tried in this order: the original id it names, the Exchange key, In-Reply-To and References, then thread and
    recipient and time; a report that names nothing but an address, then by that address. Evidence that does not hold
    (never sent, from a stranger, dated before sending) keeps a doubt, and `fold` passes it over. Doing it again, with
    more candidates, gives what a first time with them would have given.

    :param candidates: sent items found by `clues`, in any order
    :param aliases: other addresses known to belong to a recipient's address
    """
    if evidence.kind is Kind.RULING:
        return evidence  # a person said what it is about
    evidence = replace(evidence, match=None, hint=None, doubt="" if evidence.doubt in _DOUBTS else evidence.doubt)
    # of a mail sent in copies, each by itself: so it shows whose copy is meant
    messages = (each for item in candidates for each in apart(item))
    ordered = sorted(messages, key=lambda item: (item.sent_at, item.id), reverse=True)
    link = _link(evidence, ordered, aliases)
    if link is None:
        named = evidence.original_message_id or evidence.references
        return _doubted(evidence, NEVER_SENT if named else NOTHING_KNOWN)
    if recipient_in(link.item, evidence, aliases) is None:
        # a copy that one of them passed on to another
        whole = next(each for each in candidates if each.id == link.item.id)
        link = replace(link, item=whole) if recipient_in(whole, evidence, aliases) else link
    return _resolved(evidence, link, aliases)


def _link(evidence: Evidence, items: Sequence[SentItem], aliases: Mapping[str, str]) -> _Link | None:
    if evidence.original_message_id:
        # an id that nobody sent is not made good by a thread or a subject
        return _by_id(
            evidence,
            (evidence.original_message_id,),
            items,
            aliases,
            Confidence.CERTAIN,
            "names your message by its id",
        ) or _by_key(evidence, items)  # a gateway on the way out may have given it another id
    return (
        _by_key(evidence, items)
        or _by_id(evidence, evidence.references, items, aliases, _reply_confidence(evidence), "refers to your message")
        or _by_thread(evidence, items, aliases)
        or _by_address(evidence, items, aliases)
    )


def _by_id(
    evidence: Evidence,
    ids: Sequence[str],
    items: Sequence[SentItem],
    aliases: Mapping[str, str],
    confidence: Confidence,
    how: str,
) -> _Link | None:
    for named in ids:
        wanted = normal.squeezed(named)
        found = [item for item in items if wanted in map(normal.squeezed, item.message_ids)]
        if found:
            item = _meant(evidence, found, aliases)
            reason = f"{NOUNS[evidence.kind]} {how}"
            return _Link(item=item, confidence=confidence, reason=reason, names_message=True)
    return None


def _meant(evidence: Evidence, found: Sequence[SentItem], aliases: Mapping[str, str]) -> SentItem:
    """Which of the items with one Message-ID is meant: the same mail in several accounts, or sent once more.

    The last that went to this person before the evidence came; else any that did; else the first sent.
    """
    theirs = [each for each in found if recipient_in(each, evidence, aliases)]
    return next((each for each in theirs if not is_early(evidence, each)), (theirs or found)[-1])


def _by_key(evidence: Evidence, items: Sequence[SentItem]) -> _Link | None:
    key = evidence.correlation_key
    found = next((item for item in items if key and item.correlation_key == key), None)
    reason = f"{NOUNS[evidence.kind]} carries the Exchange key of your message"
    return _Link(item=found, confidence=Confidence.CERTAIN, reason=reason, names_message=True) if found else None


def _by_thread(evidence: Evidence, items: Sequence[SentItem], aliases: Mapping[str, str]) -> _Link | None:
    """The last mail of the thread that went to this person before the evidence came."""
    if not evidence.thread_id:
        return None
    for item in items:
        if (
            item.thread_id == evidence.thread_id
            and recipient_in(item, evidence, aliases)
            and not is_early(evidence, item)
        ):
            reason = f"{NOUNS[evidence.kind]} stands in the same thread and comes from a recipient"
            return _Link(item=item, confidence=Confidence.LIKELY, reason=reason, names_message=False)
    return None


def _by_address(evidence: Evidence, items: Sequence[SentItem], aliases: Mapping[str, str]) -> _Link | None:
    """Machines' reports that name nothing but an address: the last mail to it, if it is recent. A weak match only."""
    if evidence.kind in {Kind.REPLY, Kind.INVITATION} or evidence.at is None or evidence.references:
        return None
    window = _BOUNCE_WINDOW if evidence.kind is Kind.DELIVERY else 5 * _BOUNCE_WINDOW
    fitting = [
        item
        for item in items
        if recipient_in(item, evidence, aliases)
        and not is_early(evidence, item)
        and evidence.at - item.sent_at <= window
        and (evidence.kind is not Kind.RECEIPT or item.asks_receipt)
    ]
    if not fitting:
        return None
    titled = [item for item in fitting if item.subject and item.subject.lower() in evidence.subject.lower()]
    item = (titled or fitting)[0]
    reason = f"{NOUNS[evidence.kind]} names no message; this is the last one to that address" + (
        " with this subject" if titled else ""
    )
    return _Link(item=item, confidence=Confidence.WEAK, reason=reason, names_message=False)


def _resolved(evidence: Evidence, link: _Link, aliases: Mapping[str, str]) -> Evidence:
    """Name the recipient, or say why the evidence does not count."""
    recipient = recipient_in(link.item, evidence, aliases)
    match = Match(item=link.item.id, recipient=recipient, confidence=link.confidence, reason=link.reason)
    if is_early(evidence, link.item):
        return _doubted(replace(evidence, match=match), TOO_EARLY)
    if recipient is None:
        return _from_unknown(evidence, link, match)
    if _is_stranger(evidence, recipient, link.item, aliases):
        return _doubted(replace(evidence, match=match), NO_RECIPIENT)
    return replace(evidence, match=match)


def _from_unknown(evidence: Evidence, link: _Link, match: Match) -> Evidence:
    """No recipient is named: an alias, a colleague, a member of a list, or a stranger."""
    someone = evidence.kind is Kind.DELIVERY or (evidence.kind is Kind.REPLY and evidence.rule != "list-reply")
    own_second_mail = evidence.kind is Kind.REPLY and evidence.sender == link.item.sender
    if not someone or own_second_mail or not link.names_message:
        return _doubted(replace(evidence, match=match), NO_RECIPIENT)
    only = link.item.recipients[0].address if len(link.item.recipients) == 1 else None
    reason = f"{match.reason}, from another address than you wrote to"
    return replace(evidence, match=replace(match, recipient=only, confidence=Confidence.LIKELY, reason=reason))


def _is_stranger(evidence: Evidence, recipient: str, item: SentItem, aliases: Mapping[str, str]) -> bool:
    """A receipt or auto-reply sent by somebody else than the recipient it claims to speak for.

    Aliases and delegates write from the recipient's own domain (RFC 8098 section 6.1 on forgery); a report may come
    without any sender.
    """
    if evidence.kind not in {Kind.RECEIPT, Kind.AUTO_REPLY, Kind.INVITATION} or evidence.sender is None:
        return False
    if evidence.kind is Kind.RECEIPT and evidence.action is not None:
        return False  # a mail server speaks, not the recipient
    if _among(evidence.sender, item, aliases):
        return False
    return normal.domain(evidence.sender) != normal.domain(recipient)


def recipient_in(item: SentItem, evidence: Evidence, aliases: Mapping[str, str]) -> str | None:
    """The recipient of the item that the evidence names; the sender of an answer counts before what a report claims."""
    return next(filter(None, (_among(each, item, aliases) for each in _addresses(evidence))), None)


def _addresses(evidence: Evidence) -> tuple[str, ...]:
    sender = () if evidence.kind is Kind.DELIVERY or evidence.sender is None else (evidence.sender,)
    reported = (*evidence.aliases, *((evidence.recipient,) if evidence.recipient else ()))
    return tuple(dict.fromkeys((*sender, *reported)))


def _among(address: str, item: SentItem, aliases: Mapping[str, str]) -> str | None:
    wanted = {normal.mailbox(address), normal.mailbox(aliases.get(address, address))}
    exact = next((each.address for each in item.recipients if each.address == address), None)
    return exact or next((each.address for each in item.recipients if normal.mailbox(each.address) in wanted), None)


def is_early(evidence: Evidence, item: SentItem) -> bool:
    """Whether it is dated before the mail was sent, by more than clocks are off.

    Such is older mail of the same thread, address or subject, or about an id that some program used twice. A wrong
    clock alone makes nothing early: where a Date cannot be, `at` is the arrival.
    """
    return evidence.at is not None and evidence.at < item.sent_at - CLOCK_ERROR


def _reply_confidence(evidence: Evidence) -> Confidence:
    """An answer names what it answers; that a report does so is custom only (Exchange 2013, Thunderbird)."""
    return Confidence.CERTAIN if evidence.kind is Kind.REPLY else Confidence.LIKELY


def _doubted(evidence: Evidence, doubt: str) -> Evidence:
    return replace(evidence, doubt=evidence.doubt or doubt)

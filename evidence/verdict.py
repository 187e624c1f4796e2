"""What the evidence about one sent item adds up to: a pure fold, whatever the order and the repeats."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from evidence import hit_verdict
from evidence.expansion import heard_from_lists
from evidence.hit_context import may_be_web_mail, own_views, seen, weighed
from evidence.hit_verdict import UNTRACKED, Tracking
from evidence.model import (
    Action,
    Confidence,
    Disposition,
    Evidence,
    Grade,
    ItemVerdict,
    Kind,
    Recipient,
    RecipientVerdict,
    SentItem,
    Someone,
    Verdict,
)
from evidence.ruling import counting, set_aside
from evidence.times import day, moment

#: an absence without a date is taken to be over after a week, so that nothing is silent for ever
UNDATED_ABSENCE = timedelta(days=7)
#: a mail server still trying reports again or gives up within five days (RFC 5321 section 4.5.4.1)
DELAY_LASTS = timedelta(days=5)

_NOBODY: Mapping[str, str] = MappingProxyType({})
_ONE_OF_THEM = "one of the recipients, it cannot be told which"
_WENT_ON = frozenset({Action.DELIVERED, Action.RELAYED})
_SHOWS_READING = frozenset({Verdict.ANSWERED, Verdict.READ, Verdict.PROBABLY_READ})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is known about one sent item at one moment."""

    item: SentItem
    #: what counts, oldest first
    counted: tuple[Evidence, ...]
    #: what a person set aside, each with the decision in force
    aside: tuple[tuple[Evidence, Evidence], ...]
    #: what does not count although it is about the item
    doubted: tuple[Evidence, ...]
    now: datetime
    silent: Mapping[str, str]
    tracking: Tracking
    #: ids of hits that may be a reader's or a scanner's
    unclear: frozenset[str]


def fold(
    item: SentItem,
    evidence: Iterable[Evidence],
    *,
    now: datetime,
    silent: Mapping[str, str] = _NOBODY,
    tracking: Tracking = UNTRACKED,
) -> ItemVerdict:
    """The verdict for each recipient of a sent item.

    Only evidence that is matched to the item, carries no doubt and was not set aside by the person counts; the most
    settled verdict wins, whenever it came, so a late `deleted` undoes neither an answer nor a reading. An absence
    counts until its date, a delay until the server would have given up.

    :param now: aware
    :param silent: addresses known never to return receipts, each with how that is known
    :param tracking: what is known of images and links in it
    """
    distinct = {each.id: each for each in sorted(evidence, key=repr)}
    about = [each for each in distinct.values() if each.match and each.match.item == item.id]
    about.sort(key=lambda each: (each.at or item.sent_at, each.id))
    decisions = set_aside(about)
    hits = seen(about, tracking.messages, sent_at=item.sent_at, own=own_views(about))
    counted = weighed(hits)
    about = [counted.get(each.id, each) for each in about]
    case = _Case(
        item=item,
        counted=(*counting(about), *counting(heard_from_lists(about))),
        aside=tuple((each, decisions[each.id]) for each in about if each.id in decisions),
        doubted=tuple(each for each in about if each.doubt and each.id not in decisions),
        now=now,
        silent=silent,
        tracking=tracking,
        unclear=may_be_web_mail(hits),
    )
    recipients = tuple(_verdict(recipient, case) for recipient in item.recipients)
    return ItemVerdict(item=item, recipients=recipients, someone=_someone_told(case))


def shows_reading(verdict: Verdict) -> bool:
    """Whether it says that the mail was read: answered, read, probably read."""
    return verdict in _SHOWS_READING


def _verdict(recipient: Recipient, case: _Case) -> RecipientVerdict:
    mine = [each for each in case.counted if each.match and each.match.recipient == recipient.address]
    ranked = [(verdict, each) for each in mine if (verdict := _says(each, mine, case))]
    if not ranked:
        return _without_news(recipient, mine, case)
    verdict, deciding = min(ranked, key=lambda pair: _rank(*pair))
    others = tuple(each.id for each in mine if each is not deciding)
    return RecipientVerdict(
        recipient=recipient,
        verdict=verdict,
        grade=deciding.grade,
        since=deciding.at or case.item.sent_at,
        why=_why(verdict, deciding, mine, case.item),
        until=deciding.until if verdict is Verdict.AWAY else None,
        evidence=(deciding.id, *others),
    )


def _rank(verdict: Verdict, evidence: Evidence) -> int:
    """Position in the table of verdicts; asking to be left alone goes before everything, also before the answer."""
    return -1 if evidence.declines else list(Verdict).index(verdict)


def _says(evidence: Evidence, mine: list[Evidence], case: _Case) -> Verdict | None:
    """The verdict that one piece of evidence speaks for now, None for one that is only worth a mention."""
    match evidence.kind:
        case Kind.REPLY:
            return Verdict.DECLINED if evidence.declines else Verdict.ANSWERED
        case Kind.RECEIPT:
            return _receipt_says(evidence)
        case Kind.AUTO_REPLY:
            return Verdict.AWAY if _is_away(evidence, case.item, case.now) else None
        case Kind.DELIVERY:
            return _delivery_says(evidence, mine, case.item, case.now)
        case Kind.INVITATION:
            return Verdict.PROBABLY_READ if evidence.grade is Grade.FAIR else None
        case Kind.HIT:
            return hit_verdict.says(evidence)
        case Kind.RULING:
            return None


def _receipt_says(evidence: Evidence) -> Verdict | None:
    if evidence.action is Action.FAILED:
        return Verdict.NOT_DELIVERED
    is_guess = evidence.match is not None and evidence.match.confidence is Confidence.WEAK
    if evidence.disposition is Disposition.DISPLAYED:
        return None if is_guess or evidence.grade is not Grade.STRONG else Verdict.READ
    told = {Disposition.DENIED: Verdict.DECLINED, Disposition.DELETED: Verdict.DELETED_UNREAD}
    return told.get(evidence.disposition) if evidence.disposition and not is_guess else None


def _is_away(evidence: Evidence, item: SentItem, now: datetime) -> bool:
    if evidence.until:
        return now.astimezone(UTC).date() <= evidence.until
    return now <= (evidence.at or item.sent_at) + UNDATED_ABSENCE


def _delivery_says(evidence: Evidence, mine: list[Evidence], item: SentItem, now: datetime) -> Verdict | None:
    if evidence.action is Action.FAILED:
        return Verdict.NOT_DELIVERED
    is_over = _is_overtaken(evidence, mine, item) or now > (evidence.at or item.sent_at) + DELAY_LASTS
    return Verdict.DELAYED if evidence.action is Action.DELAYED and not is_over else None


def _is_overtaken(evidence: Evidence, mine: Iterable[Evidence], item: SentItem) -> bool:
    """Whether it is a delay, and a later report says that the mail went on."""
    came = evidence.at or item.sent_at
    went_on = (each for each in mine if each.action in _WENT_ON)
    return evidence.action is Action.DELAYED and any((each.at or item.sent_at) >= came for each in went_on)


def _without_news(recipient: Recipient, mine: list[Evidence], case: _Case) -> RecipientVerdict:
    """Silence: unread where something would have told, else it cannot be known."""
    signs = _signs(recipient, mine, case)
    telling = [sign for sign, why_not in signs if not why_not]
    if telling:
        news = "nothing that counts" if _dismissed(recipient, case) or _doubted(recipient, case) else "nothing"
        said = f"{' and '.join(telling)} and {news} has come back"
    elif signs:
        said = "; ".join(f"{sign}, but {why_not}" for sign, why_not in signs) + "; it may have been read"
    else:
        said = "no receipt was asked for, so it may have been read without a sign"
    mentions = [
        *_mentions(mine, case.item, mine),
        *_someone(case),
        *_dismissed(recipient, case),
        *_doubted(recipient, case),
    ]
    return RecipientVerdict(
        recipient=recipient,
        verdict=Verdict.UNREAD if telling else Verdict.UNKNOWABLE,
        grade=Grade.NONE,
        since=case.item.sent_at,
        why="; ".join([said, *dict.fromkeys(mentions)]),
        evidence=tuple(each.id for each in mine),
    )


def _signs(recipient: Recipient, mine: list[Evidence], case: _Case) -> list[tuple[str, str]]:
    """What might have told of reading, each with why its silence says nothing; empty if it would have told."""
    signs = []
    if case.item.asks_receipt:
        signs.append(("a receipt was asked for", case.silent.get(recipient.address, "")))
    if hit_verdict.is_tellable(recipient.address, case.tracking):
        hits = (each for each in (*mine, *_unnamed(case)) if each.kind is Kind.HIT)
        why_not = hit_verdict.silence(recipient.address, hits, case.tracking, unclear=case.unclear)
        signs.append(("an image was in it", why_not))
    return signs


def _dismissed(recipient: Recipient, case: _Case) -> list[str]:
    """What a person wants not to count, and why."""
    mine = ((each, said) for each, said in case.aside if each.match and each.match.recipient == recipient.address)
    return [f'set aside by you, "{said.ruling}": {_mention(each, case.item)}' for each, said in mine]


def _doubted(recipient: Recipient, case: _Case) -> list[str]:
    """What has the form of a sign and is none, with the doubt, unless it speaks about another recipient."""
    others = {each.address for each in case.item.recipients} - {recipient.address}
    return [
        f"the {each.kind} that came does not count: {each.doubt}"
        for each in case.doubted
        if each.recipient not in others and each.kind is not Kind.HIT
    ]


def _someone_told(case: _Case) -> Someone | None:
    """The most that a person told who cannot be named. A refused receipt speaks for one reader, and for no others."""
    unnamed = [each for each in _unnamed(case) if each.kind in {Kind.REPLY, Kind.RECEIPT} and _is_near(each, case.item)]
    says = [(verdict, each) for each in unnamed if (verdict := _says(each, unnamed, case))]
    told = [(verdict, each) for verdict, each in says if verdict is Verdict.READ or each.kind is Kind.REPLY]
    if not told:
        return None
    verdict, deciding = min(told, key=lambda pair: _rank(*pair))
    return Someone(verdict=verdict, why=f"{_ONE_OF_THEM}: {_why(verdict, deciding, unnamed, case.item)}")


def _is_near(evidence: Evidence, item: SentItem) -> bool:
    """Whether it was written where a recipient is, by a colleague or from another address of theirs.

    What comes from anywhere else may as well be the acknowledgement of a machine that does not say it is one.
    """
    place = _domain(evidence.sender or "")
    return bool(place) and any(_domain(each.address) == place for each in item.recipients)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _someone(case: _Case) -> list[str]:
    """What came from one of several recipients who cannot be told apart."""
    told = _mentions(_unnamed(case), case.item)
    return [f"{_ONE_OF_THEM}: {each}" for each in told]


def _unnamed(case: _Case) -> list[Evidence]:
    return [each for each in case.counted if each.match and each.match.recipient is None]


def _mentions(evidence: Iterable[Evidence], item: SentItem, same_reader: Iterable[Evidence] = ()) -> list[str]:
    """A line for each, hits that say the same in one.

    :param same_reader: those known to be about one recipient, whose later reports overtake the earlier
    """
    known, theirs = list(evidence), tuple(same_reader)
    hits = hit_verdict.mentions((each for each in known if each.kind is Kind.HIT), sent_at=item.sent_at)
    return [_mention(each, item, theirs) for each in known if each.kind is not Kind.HIT] + hits


def _mention(evidence: Evidence, item: SentItem, same_reader: tuple[Evidence, ...] = ()) -> str:
    when = moment(evidence.at or item.sent_at)
    if _is_overtaken(evidence, same_reader, item):
        _, colon, reason = evidence.why.partition(": ")
        return f"a mail server reported on {when} that delivery was delayed{colon}{reason}"
    follows = evidence.action in _WENT_ON and any(_is_overtaken(each, [evidence], item) for each in same_reader)
    return f"{'then ' if follows else ''}{evidence.why} ({when})"


def _why(verdict: Verdict, evidence: Evidence, mine: list[Evidence], item: SentItem) -> str:
    when = moment(evidence.at or item.sent_at)
    reason = evidence.match.reason if evidence.match else ""
    if evidence.kind is Kind.HIT:
        others = (each for each in mine if each is not evidence)
        return f"{hit_verdict.sentence(evidence, others, sent_at=item.sent_at)}; {reason}"
    return f"{_sentence(verdict, evidence, when)}; {reason}"


def _sentence(verdict: Verdict, evidence: Evidence, when: str) -> str:
    if verdict is Verdict.AWAY:
        until = f", away until {day(evidence.until)}" if evidence.until else ", without a date of return"
        return f"an automatic answer came on {when}{until}"
    if verdict in {Verdict.NOT_DELIVERED, Verdict.DELAYED}:
        return evidence.why.replace("a mail server re", f"a mail server on {when} re", 1)
    if evidence.kind is Kind.INVITATION:
        return f"{evidence.why} on {when}, which some let their calendar or an assistant do"
    if evidence.kind is Kind.REPLY:
        # a refused receipt is called the same: which of the two it was stands first
        return f"a person {'asked for no more mail, in an answer' if evidence.declines else 'answered'} on {when}"
    program = f"the recipient's mail program reported on {when}"
    told = {
        Verdict.READ: f"{program} that the message was displayed",
        Verdict.DELETED_UNREAD: f"{program} that the message was deleted, perhaps unseen",
        Verdict.DECLINED: f"a receipt was refused on {when}",
    }
    return told[verdict]

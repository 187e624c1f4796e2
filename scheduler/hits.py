"""Hits of the relay: taken in page by page, made evidence and matched; and the relay told who wants no tracking."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2s

from connectors.errors import ConnectorError, RelayRefused
from connectors.mailbox import Now
from connectors.relay import HitsPage, RelayClient, RelayHit
from evidence.hits import RULE_OF
from evidence.model import Evidence, Grade, HitKind, Kind
from scheduler.forgetting import erase_forgotten
from scheduler.known import Known
from scheduler.matching import match
from scheduler.own import is_own, own_addresses
from scheduler.reminders import mail_to
from store.ledger import Ledger
from store.tracking import Choice, RelayState, Stance, Tracked

#: a hit's time is the beginning of this long a time
SLOT = timedelta(minutes=5)
#: pages taken in at once; a thousand hits each
_MOST_PAGES = 1_000
_UNKNOWN_RULE = "graded by a rule that this version of Heardback does not know"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What asking the relay once brought."""

    #: hits taken in
    hits: int = 0
    #: ids of the sent items something new is known about
    touched: frozenset[str] = frozenset()
    #: what went wrong, a sentence; empty if all is well
    problem: str = ""


def pull(ledger: Ledger, client: RelayClient, *, reader_name: Callable[[str], str], now: Now) -> Pulled:
    """Take in every hit since the last time, and pass on opt-outs and who was forgotten. Repeating changes nothing.

    Each page is stored together with the cursor behind it. A relay that is away, or is none, is noted in the ledger,
    and what it holds is made up for later. Hits of tokens that the ledger does not know (it is older than they are)
    are left out.

    :raises StoreError: what was stored until then stays
    """
    hits, touched = 0, set[str]()
    try:
        for page in _pages(ledger, client):
            choices = _choices(ledger, page)
            taken = _evidence(ledger, page, choices)
            pressed = {reader_name(each.address) for each in choices}
            ledger.tracking.take_hits(taken, choices=choices, state=_read(ledger, page, pressed, at=now()))
            hits += len(page.hits)
            touched |= mail_to(ledger, {each.address for each in choices})
            # the sent copy may have been stored since: whoever stored it saw no hit, so look once more
            touched |= _named((one for _, one in taken), _settle(ledger, {account for account, _ in taken}))
        problem = _pass_on(ledger, client, reader_name, now())
    except ConnectorError as err:
        problem = str(err)
        _note(ledger, problem, at=now())
    return Pulled(hits=hits, touched=frozenset(touched), problem=problem)


def _pass_on(ledger: Ledger, client: RelayClient, reader_name: Callable[[str], str], now: datetime) -> str:
    """Tell a relay that was just read of choices, and of who was forgotten; what kept that from working, if anything.

    It is in trouble then, but not away: what it saw was taken in, and no reminder has to wait.
    """
    try:
        tell_choices(ledger, client, reader_name, now)
        erase_forgotten(ledger, client)
    except ConnectorError as err:
        ledger.tracking.put_relay(replace(ledger.tracking.relay(), problem=str(err), away_since=None))
        return str(err)
    return ""


def tell_choices(ledger: Ledger, client: RelayClient, reader_name: Callable[[str], str], now: datetime) -> None:
    """Tell the relay who is to be left alone and who came back, unless it knows; of consent it hears nothing.

    Of a return it is told once: since then the reader may have pressed the button again, which only a pull would show.

    :param reader_name: address to the name the relay knows it by
    :param now: aware; kept if the relay is away
    :raises RelayUnreachable, RelayRefused: noted in the ledger; the worker tells it at its next pull
    """
    choices = ledger.tracking.choices()
    latest = {reader_name(each.address): each.stance for each in choices}
    were_out = {reader_name(each.address) for each in choices if each.stance is Stance.OPT_OUT}
    # who was forgotten is left alone as well, and known by this name only
    were_out |= {each.reader for each in ledger.tracking.forgotten() if each.reader}
    out = sorted(each for each in were_out if latest.get(each, Stance.OPT_OUT) is Stance.OPT_OUT)
    back = were_out.difference(out)
    known = ledger.tracking.relay()
    news = sorted(back.difference(known.back))
    told = blake2s(repr(out).encode(), digest_size=10).hexdigest() if out else ""
    if not news and known.told == told:
        return
    # it may do as it is told and its answer be lost: whoever is out by then has to be told of when they come back
    ledger.tracking.put_relay(replace(known, told="", back=tuple(sorted(back.intersection(known.back)))))
    try:
        client.tell_opt_outs(out, news)
    except ConnectorError as err:
        _note(ledger, str(err), at=now)
        raise
    ledger.tracking.put_relay(replace(ledger.tracking.relay(), told=told, back=tuple(sorted(back))))


def _pages(ledger: Ledger, client: RelayClient) -> Iterable[HitsPage]:
    """Page after page; whoever takes one moves the cursor."""
    for _ in range(_MOST_PAGES):
        cursor = ledger.tracking.relay().cursor
        page = client.hits(cursor)
        yield page
        if not page.more:
            return
        if page.cursor == cursor:
            raise RelayRefused(f"The hits of {client.url} lead in a circle; check the setting relay.url.")


def _read(ledger: Ledger, page: HitsPage, pressed: Collection[str], *, at: datetime) -> RelayState:
    known = ledger.tracking.relay()
    return RelayState(
        cursor=page.cursor,
        read_at=at,
        missed_at=at if page.missed else known.missed_at,
        lost=page.lost,
        # a relay that began anew knows of nobody
        told="" if page.missed else known.told,
        back=tuple(each for each in known.back if each not in pressed),
    )


def _note(ledger: Ledger, problem: str, *, at: datetime) -> None:
    known = ledger.tracking.relay()
    ledger.tracking.put_relay(replace(known, problem=problem, away_since=known.away_since or at))


def _evidence(ledger: Ledger, page: HitsPage, choices: Collection[Choice]) -> tuple[tuple[str, Evidence], ...]:
    """The hits of a page as evidence, each with its account, matched where the sent item is known.

    :param choices: those in the page
    """
    known = (pair for pair in _known(ledger, page) if not _is_refused(ledger, *pair, choices))
    read = ((names.account, _as_evidence(hit, names)) for hit, names in known)
    return tuple((account, match(each, Known(ledger, account))) for account, each in read)


def _known(ledger: Ledger, page: HitsPage) -> list[tuple[RelayHit, Tracked]]:
    """The hits of tokens we made, through the doors we made them for."""
    named = {each.id: each for each in ledger.tracking.named(each.token for each in page.hits)}
    pairs = ((hit, named[hit.token]) for hit in page.hits if hit.token in named)
    return [(hit, names) for hit, names in pairs if hit.kind is names.kind]


def _is_refused(ledger: Ledger, hit: RelayHit, names: Tracked, news: Collection[Choice]) -> bool:
    """One of its readers had opted out by then; a relay that was away may not have been told in time."""
    if hit.kind is HitKind.OPT_OUT:
        return False
    stances = (_stance(ledger, each, news, at=hit.at) for each in names.recipients)
    return Stance.OPT_OUT in stances


def _stance(ledger: Ledger, address: str, news: Collection[Choice], *, at: datetime) -> Stance:
    """What an address had chosen by then, those of the choices in `news` that are its own among them."""
    chosen = [*ledger.tracking.choices(address), *(each for each in news if each.address == address)]
    known = sorted((each for each in chosen if each.at <= at), key=lambda each: each.at)
    return known[-1].stance if known else Stance.NONE


def _as_evidence(hit: RelayHit, names: Tracked) -> Evidence:
    rule = RULE_OF.get(hit.rule)
    order = list(Grade)
    return Evidence(
        kind=Kind.HIT,
        # never more than the rule here gives: a relay may be newer, or not be ours
        grade=max(hit.grade, rule.grade, key=order.index) if rule else Grade.NONE,
        rule=hit.rule,
        why=rule.why if rule else _UNKNOWN_RULE,
        source=hit.id,
        at=hit.at,
        recipient=names.recipients[0] if len(names.recipients) == 1 else None,
        door=hit.kind,
        token=hit.token,
    )


def _choices(ledger: Ledger, page: HitsPage) -> list[Choice]:
    """The opt-outs among the hits of a page; the person's own copy of a mail opts nobody out."""
    own = own_addresses(ledger)
    pressed = [(hit, names) for hit, names in _known(ledger, page) if hit.kind is HitKind.OPT_OUT]
    return [
        # at the end of the slot: who took an earlier opt-out back in these minutes and then pressed is still heeded
        Choice(
            address=address,
            stance=Stance.OPT_OUT,
            at=hit.at + SLOT,
            how=_how(readers),
            wording=names.wording,
            mail=names.tag if len(readers) > 1 else "",
        )
        for hit, names in pressed
        for readers in [[each for each in names.recipients if not is_own(each, own)]]
        for address in readers
    ]


def _how(readers: Sequence[str]) -> str:
    if len(readers) == 1:
        return "pressed the button in the mail"
    return f"one of the {len(readers)} who got the same mail pressed the button in it, it cannot be told who"


def _settle(ledger: Ledger, accounts: Iterable[str]) -> list[Evidence]:
    """Match the hits of these accounts that spoke about nothing known before."""
    settled: list[Evidence] = []
    for account in sorted(accounts):
        known = Known(ledger, account)
        waiting = (each for each in ledger.unmatched(account) if each.kind is Kind.HIT)
        found = [after for each in waiting if (after := match(each, known)).match]
        if found:
            ledger.take(account, evidence=found)
        settled += found
    return settled


def _named(*batches: Iterable[Evidence]) -> set[str]:
    return {each.match.item for batch in batches for each in batch if each.match}

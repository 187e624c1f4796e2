"""What is in a sent mail that may tell of its reading, and about whom, in words and as a document."""

from collections import Counter

from evidence.copies import marks
from evidence.model import HitKind, SentItem
from heardback.text import day, few
from scheduler.own import is_own, own_addresses
from store.ledger import Ledger
from store.tracking import Tracked, opt_outs

_ANOTHER = "for one of several who got another mail opted out, it cannot be told who"


def sentence(ledger: Ledger, item: SentItem) -> str:
    """What is in it, and whom a hit can name; a mail that went out in copies says so; empty if there is nothing."""
    tokens = _tokens(ledger, item)
    copies = f"sent as {len(item.copies)} messages, each to one person" if item.copies else ""
    if not tokens:
        return copies
    counts = Counter(each.kind for each in tokens)
    parts = (
        _some(counts[HitKind.PIXEL], "image", "an"),
        _some(counts[HitKind.LINK], "tracked link", "a"),
        _some(counts[HitKind.VIEW], "web view", "a"),
    )
    until = max(each.expires_at for each in tokens)
    said = f"tracked until {day(until)} by {', '.join(filter(None, parts))}"
    most = max(len(each.recipients) for each in tokens)
    whom = f"; one message went to {most}, so what comes says someone, never a name" if most > 1 else ""
    silent = _silent(ledger, tokens)
    return f"{copies}; {said}{silent}" if copies else said + whom + silent


def document(ledger: Ledger, item: SentItem) -> list[dict[str, object]]:
    """Each token that stands in it; without the opt-out links, which tell nothing of reading."""
    return [
        {
            "kind": each.kind,
            "recipients": list(each.recipients),
            "target": each.target or None,
            "expires_at": each.expires_at.isoformat(),
            "wording": each.wording,
        }
        for each in _tokens(ledger, item)
    ]


def _tokens(ledger: Ledger, item: SentItem) -> list[Tracked]:
    held = (each for mark in marks(item) for each in ledger.tracking.in_mail(mark))
    return [each for each in held if each.kind is not HitKind.OPT_OUT]


def _silent(ledger: Ledger, tokens: list[Tracked]) -> str:
    """Whose wish keeps it from telling anything, never by name where several got it; empty if nobody's does."""
    own, out = own_addresses(ledger), opt_outs(ledger.tracking.choices())
    readers = {tuple(one for one in each.recipients if not is_own(one, own)) for each in tokens}
    refused = {one: out[one] for each in sorted(readers) for one in each if one in out}
    theirs = [each for each, mails in refused.items() if not mails]
    if refused and any(len(each) > 1 for each in readers):
        is_here = theirs or any(each.tag in mails for each in tokens for mails in refused.values())
        return f"; silent, {'for one of the recipients opted out' if is_here else _ANOTHER}"
    told = ((theirs, "who opted out"), ([each for each in refused if refused[each]], _ANOTHER))
    return "".join(f"; silent where it went to {few(whom)}, {why}" for whom, why in told if whom)


def _some(count: int, noun: str, article: str) -> str:
    if count > 1:
        return f"{count} {noun}s"
    return f"{article} {noun}" if count else ""

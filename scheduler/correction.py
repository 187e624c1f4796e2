"""What an address that mail came back from was perhaps meant to be. Pure; a suggestion, never acted upon."""

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher, get_close_matches

from evidence.model import ItemVerdict, Verdict

#: where most private addresses are; a slip in one of them is the commonest of all
_WELL_KNOWN = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com",
    "me.com", "aol.com", "proton.me", "protonmail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de",
    "yahoo.de", "yahoo.fr", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "hotmail.fr", "libero.it",
    "hotmail.it", "hotmail.es", "yahoo.co.uk", "hotmail.co.uk", "btinternet.com", "comcast.net", "verizon.net",
    "att.net", "mail.ru", "yandex.ru", "qq.com", "163.com", "bluewin.ch", "telenet.be", "ziggo.nl", "wp.pl", "onet.pl",
)  # fmt: skip
#: how alike two texts must be, from 0 to 1: one slip in ten letters is 0.9
_ALIKE = 0.84
#: reasons of a server that have nothing to do with how the address is written
_NOT_THE_ADDRESS = ("full", "too large", "policy", "spam", "virus", "loop")


def corrections(verdict: ItemVerdict, known: Collection[str]) -> dict[str, str]:
    """For each address that mail came back from, the one that was perhaps meant.

    :param known: other addresses the person wrote to, normalised
    """
    failed = [each for each in verdict.recipients if each.verdict is Verdict.NOT_DELIVERED]
    wrong = {each.recipient.address for each in failed}
    sound = [each for each in known if each not in wrong]
    found = {
        each.recipient.address: meant(each.recipient.address, sound)
        for each in failed
        if not any(reason in each.why for reason in _NOT_THE_ADDRESS)
    }
    return {address: other for address, other in found.items() if other}


def meant(address: str, known: Iterable[str]) -> str:
    """The address that was perhaps meant; empty if none is near.

    :param address: normalised
    :param known: addresses that are right, as far as is known
    """
    others = sorted(set(known) - {address})
    local, _, domain = address.rpartition("@")
    same_local = [each for each in others if each.rpartition("@")[0] == local]
    near = [each for each in same_local if _likeness(domain, each.rpartition("@")[2]) >= _ALIKE]
    near += get_close_matches(address, others, n=1, cutoff=0.9)
    if near:
        return near[0]
    domains = sorted({each.rpartition("@")[2] for each in others} | set(_WELL_KNOWN))
    if domain in domains:
        return ""
    close = get_close_matches(domain, domains, n=1, cutoff=_ALIKE)
    return f"{local}@{close[0]}" if close else ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()

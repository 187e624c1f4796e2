"""What an address that mail came back from was perhaps meant to be: a suggestion, never acted upon."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches

from evidence.model import ItemVerdict, Verdict
from scheduler.habits import Habits

#: where most private addresses are; a slip in one of them is the commonest of all
_WELL_KNOWN = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com",
    "me.com", "aol.com", "proton.me", "protonmail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de",
    "yahoo.de", "yahoo.fr", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "hotmail.fr", "libero.it",
    "hotmail.it", "hotmail.es", "yahoo.co.uk", "hotmail.co.uk", "btinternet.com", "comcast.net", "verizon.net",
    "att.net", "mail.ru", "yandex.ru", "qq.com", "163.com", "bluewin.ch", "telenet.be", "ziggo.nl", "wp.pl", "onet.pl",
    # real, and near to another
    "mail.com", "ymail.com",
)  # fmt: skip
#: how alike two texts must be, from 0 to 1: one slip in ten letters is 0.9
_ALIKE = 0.84
#: near addresses or domains that are looked at
_NEAREST = 5
#: reasons of a server that have nothing to do with how the address is written
_NOT_THE_ADDRESS = ("full", "too large", "policy", "spam", "virus", "loop")


def perhaps_meant(verdict: ItemVerdict, habits: Habits) -> dict[str, str]:
    """For each address that mail came back from, the one that was perhaps meant, by whom the person writes to.

    An address from which mail came back itself is none to go by.
    """
    return corrections(verdict, lambda: habits.written_to, lambda address: not habits.of(address).bounced)


def did_you_mean(corrections: Mapping[str, str]) -> tuple[str, ...]:
    """The suggestions as sentences."""
    return tuple(f"Did you mean {right} instead of {wrong}?" for wrong, right in corrections.items())


def corrections(
    verdict: ItemVerdict, known: Callable[[], Collection[str]], is_good: Callable[[str], bool]
) -> dict[str, str]:
    """For each address that mail came back from, the one that was perhaps meant.

    :param known: gives the addresses the person wrote to, normalised; called only if any came back
    :param is_good: whether mail to one of them arrives, as far as is known
    """
    failed = [each for each in verdict.recipients if each.verdict is Verdict.NOT_DELIVERED]
    misspelt = [each.recipient.address for each in failed if not any(one in each.why for one in _NOT_THE_ADDRESS)]
    if not misspelt:
        return {}
    wrong = {each.recipient.address for each in failed}
    others = [each for each in known() if each not in wrong]
    found = {each: meant(each, others, is_good) for each in misspelt}
    return {address: other for address, other in found.items() if other}


def meant(address: str, known: Iterable[str], is_good: Callable[[str], bool]) -> str:
    """The address that was perhaps meant; empty if none is near.

    :param address: normalised
    :param known: addresses the person wrote to
    :param is_good: whether mail to one of them arrives, as far as is known; asked of few
    """
    others = sorted(set(known) - {address})
    local, _, domain = address.rpartition("@")
    same_local = [each for each in others if each.rpartition("@")[0] == local]
    near = [each for each in same_local if _likeness(domain, each.rpartition("@")[2]) >= _ALIKE]
    near += get_close_matches(address, others, n=_NEAREST, cutoff=0.9)
    right = next(filter(is_good, near), "")
    if right:
        return right
    people = defaultdict(list)
    for each in others:
        people[each.rpartition("@")[2]].append(each)

    def is_reached(one: str) -> bool:
        return one in _WELL_KNOWN or any(map(is_good, people.get(one, ())))

    if is_reached(domain):
        return ""
    domains = sorted({*people, *_WELL_KNOWN} - {domain})
    close = next(filter(is_reached, get_close_matches(domain, domains, n=_NEAREST, cutoff=_ALIKE)), "")
    return f"{local}@{close}" if close else ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()

"""Whether a reader may be tracked: what they chose, what they wrote, and what the settings ask for."""

from collections.abc import Iterable

from evidence.model import Evidence
from heardback.settings import Settings
from heardback.text import day
from scheduler.habits import asked_to_stop
from scheduler.own import is_own, own_addresses
from store.ledger import Ledger
from store.tracking import Choice, Stance, opt_outs


def may_track(ledger: Ledger, address: str, settings: Settings) -> str:
    """Why mail to this address must not be tracked, as a sentence without a full stop; empty if it may be.

    A refusal always holds. Whoever asked for no more mail is taken to refuse, until they consent later on.

    :param address: normalised
    """
    stance, chosen = ledger.tracking.stance(address), ledger.tracking.choices(address)
    if stance is Stance.OPT_OUT:
        return _refusal(address, chosen)
    consent = chosen[-1] if chosen and stance is Stance.CONSENT else None
    declined = asked_to_stop(ledger, address)
    if declined:
        return f"{address} asked for no more mail{_on(declined)}"
    if consent is None and settings.truth("tracking.needs_consent"):
        return f"no consent of {address} is recorded, and tracking.needs_consent is on"
    return ""


def standing_of(ledger: Ledger, address: str, settings: Settings) -> str:
    """How an address stands to being tracked, as a sentence without a full stop; empty if nothing is known.

    :param address: normalised
    """
    reason = may_track(ledger, address, settings)
    if reason:
        return f"not tracked: {reason.removeprefix(f'{address} ')}"
    chosen = ledger.tracking.choices(address)
    if chosen and chosen[-1].stance is Stance.CONSENT:
        return f"agreed to be tracked on {day(chosen[-1].at)} ({chosen[-1].how})"
    return ""


def refused_by_answer(ledger: Ledger, addresses: Iterable[str] = ()) -> dict[str, Evidence]:
    """Who is not tracked because of an answer alone that asks for no more mail, with the latest such answer.

    :param addresses: normalised; none: everybody who was written to
    """
    own = own_addresses(ledger)
    wanted = set(addresses) or {one.address for each in ledger.items() for one in each.recipients}
    found = {each: asked_to_stop(ledger, each) for each in sorted(wanted) if not is_own(each, own)}
    return {
        address: answer
        for address, answer in found.items()
        if answer and ledger.tracking.stance(address) is not Stance.OPT_OUT
    }


def _refusal(address: str, chosen: tuple[Choice, ...]) -> str:
    if not chosen:
        return f"{address} was forgotten, and has not consented since"
    said = "may have opted out" if opt_outs(chosen)[address] else "opted out"
    return f"{address} {said} on {day(chosen[-1].at)} ({chosen[-1].how})"


def _on(declined: Evidence) -> str:
    return f" on {day(declined.at)}" if declined.at else ""

"""`forget`: erase one person, here and at the relay, and prove that nothing is left."""

import sys
from argparse import Namespace
from dataclasses import asdict, dataclass
from pathlib import Path

from connectors.errors import ConnectorError
from heardback.commands.prune import in_words
from heardback.errors import DONE, FAILED, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.person import of_another
from heardback.relay_side import client, reader_name
from heardback.text import count, moment
from scheduler.forgetting import erase_forgotten, tokens_to_forget
from scheduler.hits import tell_choices
from store.proof import traces
from store.tracking import Erased


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relay:
    """What became of it at the relay."""

    #: there is one, and it answered
    asked: bool = False
    #: hits and web views erased there
    hits: int = 0
    copies: int = 0
    #: tokens it has still to forget
    tokens_left: int = 0
    #: what went wrong, a sentence
    problem: str = ""


def forget(args: Namespace, house: House, output: Output) -> int:
    """Show what will go, ask, erase it, and look through the file for what is left."""
    if args.list:
        return _list(house, output)
    address = of_another(args.address, house.ledger)
    if not args.yes and not _agreed(address, house, output):
        output.warn("Nothing was erased.")
        return FAILED
    reader = reader_name(house.settings)(address)
    erased = house.ledger.tracking.forget(address, at=house.now, reader=reader)
    relay = _at_relay(house)
    left = _look(house, address, output)
    beside = _beside(house)
    _tell(address, erased, relay, left, beside, output)
    return FAILED if left or relay.tokens_left or relay.problem else DONE


def _agreed(address: str, house: House, output: Output) -> bool:
    """Show what will go and ask; without anybody to ask, nothing is done."""
    planned = house.ledger.tracking.forget(address, at=house.now, rehearse=True)
    output.warn(f"About {address} this will go: {in_words(planned)}.")
    if planned.struck:
        output.warn(f"It is about others and stays, without the address: {count(planned.struck, 'record')}.")
    if not sys.stdin.isatty():
        raise UsageError('Nobody is there to be asked; add "--yes" if you are sure.')
    return input("It cannot be brought back. Erase it? [y/N] ").strip().lower() in {"y", "yes"}


def _at_relay(house: House) -> _Relay:
    """Have the relay leave them alone, then forget; what it could not do now, the worker has done later."""
    hits = copies = 0
    asked, problem = False, ""
    try:
        relay = client(house.settings)
        if relay:
            try:
                tell_choices(house.ledger, relay, reader_name(house.settings), house.now)
                hits, copies = erase_forgotten(house.ledger, relay)
                asked = True
            finally:
                relay.close()
    except ConnectorError as error:
        problem = str(error)
    left = tokens_to_forget(house.ledger)
    if left and not problem:
        problem = "No relay is set (relay.url), so the one that served those tokens could not be told."
    return _Relay(asked=asked, hits=hits, copies=copies, tokens_left=left, problem=problem)


def _look(house: House, address: str, output: Output) -> int:
    """Close the ledger, and look through every byte of its file."""
    path = house.ledger.path
    house.ledger.close()
    with output.progress("Looking for what is left"):
        return traces(path, address)


def _beside(house: House) -> list[str]:
    """Older states of the ledger beside it: a backup is no place for this command to write to."""
    ours = house.ledger.path.name
    live = {ours, f"{ours}-wal", f"{ours}-shm"}
    found = (each for each in house.settings.folder.glob(f"*{Path(ours).stem}*") if each.is_file())
    return sorted(str(each) for each in found if each.name not in live and not each.name.endswith((".lock", "-shm")))


def _tell(address: str, erased: Erased, relay: _Relay, left: int, beside: list[str], output: Output) -> None:
    if output.as_json:
        output.document(
            {"address": address, "erased": asdict(erased), "relay": asdict(relay), "left": left, "older_copies": beside}
        )
        return
    output.say(f"Erased: {in_words(erased)}.")
    if erased.struck:
        output.say(f"The address was taken out of {count(erased.struck, 'record')} that are about others.")
    output.say(f"Looked through the whole ledger, its free space too: {count(left, 'trace')} of {address} left.")
    if left:
        output.say("  Another program has the file open. Stop it, and run the same command again.")
    output.say(_about_relay(relay))
    output.say("They are not tracked until they consent anew, and what was said until now does not come back.")
    for each in beside:
        output.say(f"An older copy may still name them, and is yours to delete: {each}")
    output.say("Backups and exports elsewhere, and the mail itself in your mailbox, are left as they are.")


def _about_relay(relay: _Relay) -> str:
    if relay.problem:
        left = count(relay.tokens_left, "token")
        return f"{relay.problem} It has still to forget {left} and leave them alone: the worker asks again."
    if not relay.asked:
        return "There is no relay, so nothing is held there."
    erased = f"{count(relay.hits, 'hit')} and {count(relay.copies, 'web view')}"
    return f"Erased at the relay: {erased}; asked again, it has nothing left of them."


def _list(house: House, output: Output) -> int:
    """When people were forgotten: who they are is not known any more."""
    people = house.ledger.tracking.forgotten()
    if output.as_json:
        output.document([{"at": each.at, "mark": each.mark, "tokens_left": len(each.tokens)} for each in people])
        return DONE
    for each in people:
        waits = f"; the relay has still to forget {count(len(each.tokens), 'token')}" if each.tokens else ""
        output.say(f"{moment(each.at, house.zone)}  {each.mark}{waits}")
    output.say(f"{count(len(people), 'person', 'people')} forgotten; the mark is no address, and leads to none.")
    return DONE

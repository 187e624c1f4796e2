"""`prune`: let go of what is older than it is to be kept."""

from argparse import Namespace
from dataclasses import asdict

from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.retention import keep_of
from heardback.text import count
from scheduler.retention import prune as prune_ledger
from store.tracking import Erased

#: what is counted, and what one of it is called
_NOUNS = {
    "items": ("sent mail", ""),
    "evidence": ("piece of evidence", "pieces of evidence"),
    "reminders": ("reminder", ""),
    "decisions": ("line of their story", "lines of their story"),
    "tracked": ("token", ""),
    "choices": ("choice", ""),
}


def prune(args: Namespace, house: House, output: Output) -> int:
    """Erase what is old, or only say what would go."""
    erased = prune_ledger(house.ledger, keep_of(house.settings), now=house.now, rehearse=args.dry_run)
    if output.as_json:
        output.document({"dry_run": args.dry_run, **asdict(erased)})
        return DONE
    output.say(f"{'To be erased' if args.dry_run else 'Erased'}: {in_words(erased)}.")
    if erased.waiting:
        output.say(
            f"{count(erased.waiting, 'old sent mail', 'old sent mails')} kept for a reminder that is still open."
        )
    return DONE


def in_words(erased: Erased) -> str:
    """What goes, as a list; `nothing` if nothing does."""
    counted = ((getattr(erased, name), noun) for name, noun in _NOUNS.items())
    return ", ".join(count(number, *noun) for number, noun in counted if number) or "nothing"

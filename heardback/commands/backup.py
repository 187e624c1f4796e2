"""`backup` and `restore`: a copy of the ledger, and back."""

from argparse import Namespace
from pathlib import Path

from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.worker_lock import sole_worker
from scheduler.reminders import hold_due


def backup(args: Namespace, house: House, output: Output) -> int:
    """Copy the ledger as it is now; sign-ins are not in it."""
    with output.progress(f"Writing {args.file}"):
        house.ledger.backup(Path(args.file))
    if output.as_json:
        output.document({"file": args.file})
    else:
        output.say(f'Wrote {args.file}. "heardback restore {args.file}" puts it back. It holds no sign-ins.')
    return DONE


def restore(args: Namespace, house: House, output: Output) -> int:
    """Put a backup in the ledger's place; what was there is kept beside it."""
    from store.restore import restore_backup

    target = house.settings.folder / "ledger.db"
    with sole_worker(house.settings.folder), output.progress(f"Restoring {args.file}"):
        aside = restore_backup(
            target,
            Path(args.file),
            prepare=lambda ledger: hold_due(ledger, now=house.now, why="from a backup: it may have come already"),
        )
    if output.as_json:
        output.document({"file": args.file, "into": str(target), "kept": str(aside) if aside else None})
        return DONE
    output.say(f"Restored {args.file}. What came since that backup is read again at the next run.")
    if aside:
        output.say(f"The ledger that was there is kept as {aside}.")
    return DONE

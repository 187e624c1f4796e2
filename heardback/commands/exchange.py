"""`export` and `import`: everything in one plain JSON file, and back."""

from argparse import Namespace
from pathlib import Path

from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output


def export(args: Namespace, house: House, output: Output) -> int:
    """Write everything to a JSON file that stock TinyDB opens; sign-ins are not in it."""
    from store.exchange import write_export

    with output.progress(f"Writing {args.file}"):
        write_export(house.ledger, Path(args.file))
    if output.as_json:
        output.document({"file": args.file})
    else:
        output.say(f"Wrote {args.file}. It holds addresses and subjects, but no sign-ins.")
    return DONE


def import_(args: Namespace, house: House, output: Output) -> int:
    """Read an export back into an empty ledger."""
    from store.exchange import read_import

    target = house.settings.folder / "ledger.db"
    with output.progress(f"Reading {args.file}"):
        read_import(target, Path(args.file))
    if output.as_json:
        output.document({"file": args.file, "into": str(target)})
    else:
        output.say(f'Read {args.file} into {target}. Sign-ins are not in an export: run "heardback connect" again.')
    return DONE

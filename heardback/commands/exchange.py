"""`export` and `import`: everything in one plain JSON file, and back; or all that is held about one person."""

import json
import os
from argparse import Namespace
from pathlib import Path

from heardback.errors import DONE, Failed, UsageError
from heardback.house import House
from heardback.output import Output


def export(args: Namespace, house: House, output: Output) -> int:
    """Write everything to a JSON file that stock TinyDB opens, sign-ins left out; or what is held about one person."""
    if args.file and not args.force and Path(args.file).exists():
        raise Failed(f"{args.file} is there already. Name another file, or say --force to replace it.")
    if args.person:
        return _export_person(args, house, output)
    if not args.file:
        raise UsageError('"heardback export" takes the file to write.')
    from store.exchange import write_export

    with output.progress(f"Writing {args.file}"):
        write_export(house.ledger, Path(args.file))
    if output.as_json:
        output.document({"file": args.file})
    else:
        output.say(f"Wrote {args.file}. It holds addresses and subjects, but no sign-ins.")
    return DONE


def _export_person(args: Namespace, house: House, output: Output) -> int:
    from heardback.person import of_another, person_document

    address = of_another(args.person, house.ledger)
    document = person_document(house.ledger, address, house.settings, now=house.now)
    if not args.file:
        output.document(document, indent=None if output.as_json else 2)
        return DONE
    with open(args.file, "w", encoding="utf-8", errors="backslashreplace", opener=_private) as file:
        json.dump(document, file, ensure_ascii=False, indent=2, default=str)
    if output.as_json:
        output.document({"file": args.file, "person": address})
    else:
        output.say(f"Wrote {args.file}: what is held about {address}.")
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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

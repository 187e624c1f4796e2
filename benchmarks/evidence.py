"""How well the room of evidence reads a labelled corpus of real mail: confusion, precision, recall, speed and misses.

Run `python benchmarks/evidence.py [CORPUS]`; the corpus is the folder with `manifest.jsonl`, by default
HEARDBACK_CORPUS or `../shared/corpus` beside the repository. Exit code 1 if a wanted value is missed.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
# run as a file, this folder would stand first on the path, and this file hide the room of the same name
sys.path[:] = [str(_HERE.parent), *(each for each in sys.path if Path(each or ".").resolve() != _HERE)]

from evidence import normal  # noqa: E402 - only after the path is right
from evidence.model import Evidence  # noqa: E402 - as above
from evidence.read import UnreadableMessage, read_message  # noqa: E402 - as above

#: kind of the label, kind of the evidence, wanted recall, wanted precision of that evidence
_WANTED = (
    ("read-receipt", "receipt", 1.0, 1.0),
    ("delivery-report", "delivery", 1.0, 1.0),
    ("bounce", "delivery", 0.95, 0.99),
    ("auto-reply", "auto-reply", 0.95, 0.99),
    ("reply", "reply", 0.0, 0.0),
)
_EVIDENCE = {label: kind for label, kind, _, _ in _WANTED}
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One message, its label, and what was read."""

    label: dict[str, Any]
    found: tuple[Evidence, ...]

    @property
    def told(self) -> str:
        """Kinds of the evidence, or `nothing`."""
        return ",".join(sorted({each.kind.value for each in self.found})) or _NOTHING

    @property
    def wanted(self) -> str:
        """Kind of evidence the label asks for. A look-alike that quotes a receipt is a person's answer."""
        if self.label.get("subkind") == "quoted-receipt":
            return "reply"
        return _EVIDENCE.get(self.label["kind"], _NOTHING)


def main(arguments: list[str]) -> int:
    """Measure and print; returns the exit code."""
    root = _HERE.parent.parent / "shared" / "corpus"
    folder = Path(arguments[0] if arguments else os.environ.get("HEARDBACK_CORPUS", root))
    if not (folder / "manifest.jsonl").is_file():
        print(f"no manifest.jsonl in {folder}; name the folder of the corpus", file=sys.stderr)
        return 2
    labels = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines() if line]
    mail = [(label, (folder / label["file"]).read_bytes()) for label in labels]
    begun = time.perf_counter()
    readings = [Reading(label=label, found=_read(raw)) for label, raw in mail]
    spent = time.perf_counter() - begun
    certain = [each for each in readings if not each.label.get("doubtful")]
    print(f"{len(readings)} messages in {spent:.2f} s, {len(readings) - len(certain)} with a doubtful label left out\n")
    _print_confusion(certain)
    reached = _print_measures(certain)
    _print_details(certain)
    _print_misses(certain)
    return 0 if reached else 1


def _read(raw: bytes) -> tuple[Evidence, ...]:
    try:
        return read_message(raw)
    except UnreadableMessage:
        return ()


def _print_confusion(readings: list[Reading]) -> None:
    counts = Counter((each.label["kind"], each.told) for each in readings)
    columns = sorted({told for _, told in counts})
    print("label".ljust(18) + "".join(column.rjust(14) for column in columns))
    for kind in sorted({kind for kind, _ in counts}):
        print(kind.ljust(18) + "".join(str(counts[kind, column] or ".").rjust(14) for column in columns))
    print()


def _print_measures(readings: list[Reading]) -> bool:
    """Recall by label and precision by evidence, each against what is wanted."""
    reached = True
    print("label".ljust(18) + "recall".rjust(10) + "wanted".rjust(10) + "precision".rjust(12) + "wanted".rjust(10))
    for kind, evidence, wanted_recall, wanted_precision in _WANTED:
        labelled = [each for each in readings if each.label["kind"] == kind]
        taken = [each for each in readings if evidence in each.told.split(",")]
        recall = _share(each.told == evidence for each in labelled)
        precision = _share(each.wanted == evidence for each in taken)
        reached &= recall >= wanted_recall and precision >= wanted_precision
        row = (f"{recall:.3f}".rjust(10), f"{wanted_recall:.2f}".rjust(10), f"{precision:.3f}".rjust(12))
        print(kind.ljust(18) + "".join(row) + f"{wanted_precision:.2f}".rjust(10))
    print()
    return reached


def _print_details(readings: list[Reading]) -> None:
    receipts = [each for each in readings if each.label["kind"] == "read-receipt"]
    reports = [each for each in readings if each.label.get("recipients") and each.label.get("action")]
    named = [each for each in readings if each.found and normal.message_id(each.label.get("original_message_id"))]
    for what, right in (
        ("disposition of receipts", [_has_disposition(each) for each in receipts]),
        ("recipients and actions of delivery reports", [_has_recipients(each) for each in reports]),
        ("original message named", [_names_original(each) for each in named]),
    ):
        print(f"{what}: {sum(right)} of {len(right)}")
    print()


def _has_disposition(reading: Reading) -> bool:
    return bool(reading.found) and reading.found[0].disposition == reading.label.get("disposition")


def _has_recipients(reading: Reading) -> bool:
    wanted = {(normal.address(each["final_recipient"]), each["action"]) for each in reading.label["recipients"]}
    return wanted <= {(each.recipient, each.action and each.action.value) for each in reading.found}


def _names_original(reading: Reading) -> bool:
    wanted = normal.message_id(reading.label["original_message_id"])
    return any(wanted in {each.original_message_id, *each.references} for each in reading.found)


def _print_misses(readings: list[Reading]) -> None:
    misses = [each for each in readings if each.told != each.wanted]
    print(f"{len(misses)} misses")
    for each in misses:
        rules = ",".join(sorted({evidence.rule for evidence in each.found}))
        print(f"  {each.label['kind']} read as {each.told} {rules}: {each.label['file']}")


def _share(right: Iterable[bool]) -> float:
    values = list(right)
    return sum(values) / len(values) if values else 1.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

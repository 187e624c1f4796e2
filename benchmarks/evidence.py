"""How well the room of evidence reads a labelled corpus of real mail: confusion, precision, recall, speed and misses.

Beside it, where they are installed (the extra `bench`), two libraries on the same mail:
flufl.bounce, which finds addresses that bounce, and mail-parser, which takes mail apart.

Run `python -m benchmarks.evidence [CORPUS]`; the corpus is the folder with `manifest.jsonl`, by default
HEARDBACK_CORPUS or `../shared/corpus` beside the repository. Exit code 1 if a wanted value is missed.
"""

import json
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from evidence import normal
from evidence.model import Evidence
from evidence.read import UnreadableMessage, read_message

_HERE = Path(__file__).resolve().parent

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
#: words that some servers write instead of the standard's
_ACTIONS = {"failure": "failed", "deliverable": "delivered"}
#: larger mail is not given to flufl.bounce, whose patterns are not made for it
_LARGEST = 65_536


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
    logging.disable()  # both libraries log what they cannot read
    _print_flufl_bounce(mail, certain)
    _print_mail_parser(mail)
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
    """Every labelled field, with the files where it is read otherwise: some labels are worse than the reading."""
    receipts = [each for each in readings if each.label["kind"] == "read-receipt"]
    reports = [each for each in readings if each.label.get("recipients") and each.label.get("action")]
    named = [each for each in readings if each.found and normal.message_id(each.label.get("original_message_id"))]
    readers = [each for each in receipts if normal.address(each.label.get("final_recipient"))]
    for what, looked_at, is_right in (
        ("disposition of receipts", receipts, _has_disposition),
        ("reader named by receipts", readers, _has_reader),
        ("recipients and actions of delivery reports: all labelled are told", reports, _has_recipients),
        ("recipients and actions of delivery reports: no other is told", reports, _adds_no_recipient),
        ("status of each recipient of delivery reports", reports, _has_statuses),
        ("original message named", named, _names_original),
    ):
        wrong = [each.label["file"] for each in looked_at if not is_right(each)]
        print(f"{what}: {len(looked_at) - len(wrong)} of {len(looked_at)}")
        for file in wrong:
            print(f"  otherwise: {file}")
    print()


def _has_disposition(reading: Reading) -> bool:
    return bool(reading.found) and reading.found[0].disposition == reading.label.get("disposition")


def _has_recipients(reading: Reading) -> bool:
    """Labels without an address say nothing that could be told."""
    return all(each in _told_recipients(reading) for each in _wanted_recipients(reading) if each[0])


def _has_reader(reading: Reading) -> bool:
    return bool(reading.found) and reading.found[0].recipient == normal.address(reading.label["final_recipient"])


def _has_statuses(reading: Reading) -> bool:
    told = {(each.recipient, each.status) for each in reading.found}
    labelled = ((normal.address(each["final_recipient"]), each.get("status")) for each in reading.label["recipients"])
    return all((address, status) in told for address, status in labelled if address and status)


def _adds_no_recipient(reading: Reading) -> bool:
    return set(_told_recipients(reading)) <= set(_wanted_recipients(reading))


def _wanted_recipients(reading: Reading) -> list[tuple[str | None, str | None]]:
    named = ((normal.address(each["final_recipient"]), each["action"]) for each in reading.label["recipients"])
    return [(address, _ACTIONS.get(action, action)) for address, action in named]


def _told_recipients(reading: Reading) -> list[tuple[str | None, str | None]]:
    return [(each.recipient, each.action and each.action.value) for each in reading.found]


def _names_original(reading: Reading) -> bool:
    wanted = normal.message_id(reading.label["original_message_id"])
    return any(wanted in {each.original_message_id, *each.references} for each in reading.found)


def _print_misses(readings: list[Reading]) -> None:
    misses = [each for each in readings if each.told != each.wanted]
    print(f"{len(misses)} misses")
    for each in misses:
        rules = ",".join(sorted({evidence.rule for evidence in each.found}))
        print(f"  {each.label['kind']} read as {each.told} {rules}: {each.label['file']}")


def _print_flufl_bounce(mail: list[tuple[dict[str, Any], bytes]], readings: list[Reading]) -> None:
    """Recall, precision and speed of flufl.bounce where a message is a bounce or not, and what it knows beyond us."""
    try:
        from flufl.bounce import all_failures
    except ImportError:
        print("\nflufl.bounce is not installed: no comparison")
        return
    raw = {label["file"]: content for label, content in mail if len(content) <= _LARGEST}
    looked_at = [each for each in readings if each.label["file"] in raw]
    begun = time.perf_counter()
    failures = {each.label["file"]: _failures(all_failures, raw[each.label["file"]]) for each in looked_at}
    spent = time.perf_counter() - begun
    wanted = {each.label["file"] for each in looked_at if each.wanted == "delivery"}
    ours = {each.label["file"] for each in looked_at if "delivery" in each.told}
    theirs = {file for file, found in failures.items() if found}
    print(
        f"\nflufl.bounce: {len(looked_at)} messages in {spent:.2f} s, "
        f"{sum(each is None for each in failures.values())} crashes"
    )
    for whose, found in (("flufl.bounce", theirs), ("ours", ours)):
        right = len(found & wanted)
        print(f"  {whose}: recall {right / len(wanted):.3f}, precision {right / max(len(found), 1):.3f}")
    print(
        f"  bounces only flufl.bounce finds: {sorted((theirs & wanted) - ours)}; "
        f"only ours: {len((ours & wanted) - theirs)}"
    )
    _print_addresses(looked_at, failures)


def _print_addresses(readings: list[Reading], failures: dict[str, set[str] | None]) -> None:
    """Who failed, where the label says it."""
    labelled = [each for each in readings if each.label.get("recipients") and each.label.get("action")]
    ours = theirs = 0
    for each in labelled:
        wanted = {
            address for address, action in _wanted_recipients(each) if address and action in {"failed", "delayed"}
        }
        ours += wanted <= {told for told, _ in _told_recipients(each)}
        theirs += wanted <= (failures[each.label["file"]] or set())
    print(f"  all failed and delayed addresses of a report: flufl.bounce {theirs}, ours {ours} of {len(labelled)}")


def _failures(all_failures: Callable[[Message], Any], raw: bytes) -> set[str] | None:
    """Temporary and permanent failures; None if it breaks."""
    try:
        found = all_failures(message_from_bytes(raw))
    except Exception:  # noqa: BLE001 - what is measured
        return None
    return {str(each, "utf-8", "replace").lower() for failed in found for each in failed}


def _print_mail_parser(mail: list[tuple[dict[str, Any], bytes]]) -> None:
    """How much of what makes a report one mail-parser leaves to be seen. It names no kinds itself."""
    try:
        from mailparser import parse_from_bytes
    except ImportError:
        print("\nmail-parser is not installed: no comparison")
        return
    crashes = shown = 0
    reports = [(label, raw) for label, raw in mail if label["kind"] in {"read-receipt", "delivery-report"}]
    begun = time.perf_counter()
    for _, raw in reports:
        try:
            parsed = parse_from_bytes(raw)
            texts = [*parsed.text_plain, *parsed.text_not_managed, *(each["payload"] for each in parsed.attachments)]
            shown += any("final-recipient" in text.lower() for text in texts)
        except Exception:  # noqa: BLE001 - what is measured
            crashes += 1
    spent = time.perf_counter() - begun
    print(
        f"\nmail-parser: {len(reports)} receipts and reports in {spent:.2f} s, {crashes} crashes; the fields of the"
        f" report can be found in {shown}; it tells neither kind, disposition nor action"
    )


def _share(right: Iterable[bool]) -> float:
    values = list(right)
    return sum(values) / len(values) if values else 1.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

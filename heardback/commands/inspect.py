"""`inspect`: what messages in files are evidence of, one JSON line or a few sentences a file."""

import sys
from argparse import Namespace
from pathlib import Path

from evidence.model import Evidence
from evidence.read import UnreadableMessage, read_message
from heardback.errors import DONE, FAILED
from heardback.house import House
from heardback.output import Output
from heardback.text import count, plain


def inspect(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Read each file; an unreadable one is said and the others go on."""
    failed = False
    for name in args.files:
        try:
            found: tuple[Evidence, ...] = read_message(_bytes(name))
            problem = ""
        except (OSError, UnreadableMessage) as error:
            found, problem = (), _reason(error)
            failed = True
        if output.as_json:
            output.document({"file": name, "error": problem} if problem else {"file": name, "evidence": _rows(found)})
        else:
            _tell(name, found, problem, output)
    return FAILED if failed else DONE


def _bytes(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _reason(error: OSError | UnreadableMessage) -> str:
    return f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)


def _rows(found: tuple[Evidence, ...]) -> list[dict[str, object]]:
    return [
        {
            "kind": each.kind,
            "disposition": each.disposition,
            "mode": each.mode,
            "action": each.action,
            "status": each.status,
            "recipient": each.recipient,
            "original_message_id": each.original_message_id,
            "references": list(each.references),
            "until": each.until.isoformat() if each.until else None,
            "grade": each.grade,
            "rule": each.rule,
            "why": each.why,
            "doubt": each.doubt,
        }
        for each in found
    ]


def _tell(name: str, found: tuple[Evidence, ...], problem: str, output: Output) -> None:
    output.say(f"{plain(name)}: {problem or _sum(found)}")
    for each in found:
        what = f"{each.kind} {each.disposition or each.action or ''}".strip()
        output.say(f"  {what}, {plain(each.recipient or each.sender or 'nobody named')}, grade {each.grade}", hang=2)
        output.say(f"    {plain(each.why)} (rule {each.rule})", hang=2)
        if each.original_message_id:
            output.say(f"    about <{plain(each.original_message_id)}>", hang=2)
        if each.doubt:
            output.say(f"    does not count: {plain(each.doubt)}")


def _sum(found: tuple[Evidence, ...]) -> str:
    if not found:
        return "an ordinary message, evidence of nothing"
    return f"{count(len(found), 'piece')} of evidence"

"""`inspect`: what messages in files are evidence of, one JSON line or a few sentences a message."""

from argparse import Namespace

from evidence.correlate import clues
from evidence.model import Evidence
from evidence.read import UnreadableMessage, read_message
from heardback.errors import DONE, FAILED
from heardback.house import House
from heardback.mail_files import MailFile, mail_files
from heardback.output import Output
from heardback.text import count, plain


def inspect(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Read each message; an unreadable one is said and the others go on."""
    failed = False
    for named in args.files:
        for each in mail_files(named):
            found, problem = _read(each)
            failed |= bool(problem)
            if output.as_json:
                output.document(_document(each, found, problem))
            else:
                _tell(each, found, problem, output)
    return FAILED if failed else DONE


def _read(mail: MailFile) -> tuple[tuple[Evidence, ...], str]:
    """The evidence, or why there is none to be had."""
    if mail.problem:
        return (), mail.problem
    try:
        return read_message(mail.raw), ""
    except UnreadableMessage as error:
        return (), str(error)


def _document(mail: MailFile, found: tuple[Evidence, ...], problem: str) -> dict[str, object]:
    name: dict[str, object] = {"file": mail.file} | ({"message": mail.number} if mail.number else {})
    return name | ({"error": problem} if problem else {"evidence": [as_document(each) for each in found]})


def as_document(each: Evidence) -> dict[str, object]:
    """One fact as JSON; `docs/evidence.md` says what each field means."""
    return {
        "kind": each.kind,
        "disposition": each.disposition,
        "mode": each.mode,
        "action": each.action,
        "status": each.status,
        "recipient": each.recipient,
        "aliases": list(each.aliases),
        "sender": each.sender,
        "program": each.program,
        "at": each.at.isoformat() if each.at else None,
        "subject": each.subject,
        "message_id": each.message_id,
        "about": next(iter(clues(each).message_ids), None),
        "original_message_id": each.original_message_id,
        "references": list(each.references),
        "correlation_key": each.correlation_key,
        "until": each.until.isoformat() if each.until else None,
        "declines": each.declines,
        "grade": each.grade,
        "rule": each.rule,
        "why": each.why,
        "doubt": each.doubt,
    }


def _tell(mail: MailFile, found: tuple[Evidence, ...], problem: str, output: Output) -> None:
    name = f"{plain(mail.file)}, message {mail.number}" if mail.number else plain(mail.file)
    output.say(f"{name}: {problem or _sum(found)}")
    for each in found:
        what = f"{each.kind} {each.disposition or each.action or ''}".strip()
        status = f" {plain(each.status)}" if each.status else ""
        who = plain(each.recipient or each.sender or "nobody named")
        output.say(f"  {what}{status}, {who}, grade {each.grade}", hang=2)
        output.say(f"    {plain(each.why)} (rule {each.rule})", hang=2)
        if each.original_message_id:
            output.say(f"    about <{plain(each.original_message_id)}>", hang=2)
        elif each.references:
            output.say(f"    answers <{plain(each.references[0])}>", hang=2)
        if each.declines:
            output.say("    asks for no more mail")
        if each.doubt:
            output.say(f"    does not count: {plain(each.doubt)}", hang=2)


def _sum(found: tuple[Evidence, ...]) -> str:
    if not found:
        return "an ordinary message, evidence of nothing"
    return f"{count(len(found), 'piece')} of evidence"

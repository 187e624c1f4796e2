"""Mail lying in files: single messages, mboxes, folders of them (Maildir too), standard input."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: the line before each message of an mbox: `From `, an envelope sender, a time (RFC 4155); then a header field
_MBOX_LINE = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From [^\n]*\d\d:\d\d[^\n]*\n(?=(?:>From [^\n]*\n)?[!-9;-~]{1,76}:)"
)
#: Apple Mail's .emlx: the message's length on a line of its own, then the message, then a property list
_EMLX_LENGTH = re.compile(rb"\A(\d{1,10})[ \t]*\r?\n")
#: a compound file: what Outlook saves as .msg
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class NotMail(ValueError):
    """A file that holds no message as it came. The text says what it is and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFile:
    """One message in a file, or why there is none."""

    #: as named, or found in the folder that was named
    file: str
    #: its place in an mbox of several, from 1; None where it is the only one
    number: int | None = None
    #: as received
    raw: bytes = b""
    #: why it cannot be read; empty if it can
    problem: str = ""


def mail_files(named: str) -> Iterator[MailFile]:
    """Every message of a file, of the files in a folder, or of standard input (`-`); what cannot be read is told.

    Hidden files in a folder are passed over.
    """
    if named == "-":
        yield from _messages(named, sys.stdin.buffer.read())
        return
    folder = Path(named)
    files = sorted(each for each in folder.rglob("*") if _is_shown(each, folder)) if folder.is_dir() else [folder]
    for file in files:
        try:
            yield from _messages(str(file), file.read_bytes())
        except OSError as error:
            yield MailFile(file=str(file), problem=f"cannot be read: {error.strerror}")
        except NotMail as error:
            yield MailFile(file=str(file), problem=str(error))


def _is_shown(file: Path, folder: Path) -> bool:
    return file.is_file() and not any(each.startswith(".") for each in file.relative_to(folder).parts)


def _messages(name: str, content: bytes) -> Iterator[MailFile]:
    if content.startswith(_COMPOUND):
        raise NotMail("an Outlook item (.msg), not the mail as it came; save it as .eml, or forward it as attachment")
    if name.endswith(".emlx") and (length := _EMLX_LENGTH.match(content)):
        content = content[length.end() : length.end() + int(length[1])]
    begins = [each.start() for each in _MBOX_LINE.finditer(content)] if content.startswith(b"From ") else []
    if len(begins) < 2:
        yield MailFile(file=name, raw=content)
        return
    for number, (begin, end) in enumerate(zip(begins, [*begins[1:], len(content)], strict=True), start=1):
        yield MailFile(file=name, number=number, raw=content[begin:end])

"""The returned message inside a report: which mail it was, and to whom."""

import re

from evidence import normal
from evidence.letter import Letter
from evidence.part import Part, read_fields, read_part
from evidence.server_phrases import BELOW

_WHOLE = frozenset({"message/rfc822", "message/global"})
_HEADERS = frozenset(
    {"text/rfc822-headers", "text/rfc822-header", "message/global-headers", "message/rfc822-headers", "text/rfc822"}
)
_NAMED = re.compile(r"^[ \t>|]*message-id:\s*(<[^<>\n]+>)", re.IGNORECASE | re.MULTILINE)


def returned_header(letter: Letter) -> Part | None:
    """The header of the message a report speaks about, if it came back with it."""
    for part in letter.parts:
        if part.type in _WHOLE or part.type in _HEADERS:
            inner = read_part(part.content().lstrip(b"\r\n \t"))
            if any(name in {"message-id", "from", "to", "subject", "date"} for name, _ in inner.fields):
                return inner
    return _from_text(letter)


def returned_id(letter: Letter) -> str | None:
    """The Message-ID of the returned message."""
    header = returned_header(letter)
    return normal.message_id(header.raw("message-id")) if header else None


def said(text: str) -> str:
    """What the mail server itself says: the text before the returned message."""
    below = BELOW.search(text)
    return text[: below.start()] if below else text


def _from_text(letter: Letter) -> Part | None:
    """Servers that return the message as text below a line of dashes (qmail, Exim, IMail)."""
    text = letter.text
    below = BELOW.search(text)
    named = _NAMED.search(text, below.start() if below else 0)
    if not named:
        return None
    begin = text.rfind("\n\n", 0, named.start()) + 2 if "\n\n" in text[: named.start()] else 0
    end = text.find("\n\n", named.end())
    block = text[begin : end if end >= 0 else len(text)]
    lines = [line.lstrip(">|") for line in block.split("\n")]
    if all(line.startswith((" ", "\t")) for line in lines if line.strip()):
        lines = [line.strip() for line in lines]  # PMDF and its heirs indent the whole header
    return Part(fields=read_fields("\n".join(lines).encode()), body=b"")

"""Taking MIME multipart bodies apart byte by byte; the standard parser would rewrite what is inside."""

import re
from email.message import Message as Mime
from email.parser import BytesHeaderParser

from sandbox.google.refusal import Refusal

Part = tuple[Mime, bytes]


def split_parts(content_type: str, body: bytes) -> list[Part]:
    """The headers and the untouched content of each part (RFC 2046 section 5.1.1).

    :raises Refusal: 400, there is no boundary, or nothing between boundaries
    """
    boundary = BytesHeaderParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode()).get_boundary()
    if not boundary:
        raise _malformed()
    line = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(?:--)?[ \t]*(?=\r?\n|\Z)"
    pieces = re.split(line, body)[1:-1]
    if not pieces:
        raise _malformed()
    return [_part(re.sub(rb"\A\r?\n", b"", piece)) for piece in pieces]


def split_head(message: bytes) -> tuple[bytes, bytes]:
    """What stands before and after the first empty line."""
    if message.startswith((b"\r\n", b"\n")):
        return b"", message.lstrip(b"\r").removeprefix(b"\n")
    found = re.search(rb"\r?\n\r?\n", message)
    return (message[: found.start()], message[found.end() :]) if found else (message, b"")


def _part(piece: bytes) -> Part:
    head, content = split_head(piece)
    return BytesHeaderParser().parsebytes(head + b"\r\n\r\n"), content


def _malformed() -> Refusal:
    return Refusal(400, "badRequest", "Failed to parse batch request, error: 0 items. Malformed multipart body")

"""Writing a message byte by byte: the forms decide every fold themselves, because real programs fold in odd places."""

import quopri
from collections.abc import Iterable
from email.header import Header

#: headers in order; a value may hold its own folds, as `\n` and a blank
Fields = Iterable[tuple[str, str]]


def page(fields: Fields, body: str) -> bytes:
    """The finished message: CRLF line ends; bytes of an original that were no UTF-8 come out as they were."""
    text = part(fields, body)
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def part(fields: Fields, body: str) -> str:
    """Headers, a blank line and a body."""
    return "".join(f"{name}: {value}\n".replace(": \n", ":\n", 1) for name, value in fields) + "\n" + body


def multipart(boundary: str, parts: Iterable[str], preamble: str = "") -> str:
    """The body of a multipart message."""
    return preamble + "".join(f"--{boundary}\n{each.rstrip(chr(10))}\n\n" for each in parts) + f"--{boundary}--\n"


def encoded(text: str) -> str:
    """A header text, as RFC 2047 words where it is not plain ASCII."""
    plain = " ".join(text.split())
    return plain if plain.isascii() else Header(plain, "utf-8").encode(linesep="\n")


def mailbox(name: str, address: str) -> str:
    """A name and an address as a header shows them; a name with specials is quoted (RFC 5322 section 3.4)."""
    if not name:
        return address
    if name.isascii() and not name.replace(" ", "").replace("-", "").isalnum():
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{encoded(name)} <{address}>"


def quoted_printable(text: str) -> str:
    """A body for `Content-Transfer-Encoding: quoted-printable`, UTF-8."""
    return quopri.encodestring(text.encode("utf-8", "replace")).decode("ascii")

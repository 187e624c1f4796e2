"""The one place where Message-IDs, addresses and times are brought to one form."""

import re
from datetime import UTC, datetime, tzinfo

# the look-behinds keep a long run from being tried again from each of its characters
_FOLD = re.compile(r"(?<![ \t])[ \t]*[\r\n\x00][\s\x00]*")
_BLANKS = re.compile(r"\s+")
_BRACKETED = re.compile(r"<([^<>]*)>")
_IN_BRACKETS = re.compile(r"<\s*([^<>\s]+)\s*>")
_BARE = re.compile(r"(?<![^\s<>,;:\"()\[\]])[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()]+")
_ESCAPE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_WITHOUT_AT = re.compile(r"(?!mid:)[^\s@]{6,}")
#: products of a User-Agent that every program of Mozilla's make names
_PRODUCT = re.compile(r"\b(?!Mozilla/|Gecko/)[A-Z][A-Za-z]+(?=/[0-9])")
#: from here on it is no name any more
_VERSION = re.compile(r"(?:[/(\[]|[\s,]+(?:Release|Build|[vV]?[0-9])).*")
_TYPED = re.compile(r"\s*\"?[\w.-]+\"?\s*;")

#: longer values are no address; the limit keeps hostile headers cheap
_LONGEST_ADDRESS = 1000
_LONGEST_ID = 998
_LONGEST_LIST = 32_768
_GMAIL = frozenset({"gmail.com", "googlemail.com"})


def message_id(text: str | None) -> str | None:
    """A Message-ID without brackets and folds; None if nothing that could name a message is left.

    Letter case is kept: the left part is case-sensitive (RFC 5322 section 3.6.4). Blanks that some generators put
    inside stay as written, `squeezed` takes them out for comparing. An id without `@` breaks the standard but exists,
    so it counts in brackets. The placeholders seen in the wild for "the original had none" give None:
    `<NO MESSAGE ID>` (Claws), `mid:4` (Roundcube), an empty field (Evolution).
    """
    if not text:
        return None
    inside = _BRACKETED.search(text[:_LONGEST_LIST])
    bare = _FOLD.sub("", inside.group(1) if inside else text[:_LONGEST_LIST]).strip().strip("<>").strip()
    if not bare.strip("@") or len(bare) > _LONGEST_ID:
        return None
    return bare if "@" in bare.strip("@") or (inside and _WITHOUT_AT.fullmatch(bare)) else None


def squeezed(identifier: str) -> str:
    """The form in which two Message-IDs are compared: no blanks at all.

    Programs that fold a long id, or read a folded one, leave a blank in its middle that the original never had.
    """
    return _BLANKS.sub("", identifier)


def message_ids(text: str | None) -> tuple[str, ...]:
    """Every Message-ID in a References or In-Reply-To value, in order, without repeats."""
    if not text:
        return ()
    found = _BRACKETED.findall(text[:_LONGEST_LIST]) or text[:_LONGEST_LIST].split()
    return tuple(dict.fromkeys(each for part in found if (each := message_id(part))))


def address(text: str | None) -> str | None:
    """The bare, lower-case address in a header value or report field; None if there is none.

    The address type of report fields (`rfc822;`, `utf-8;`) is dropped (RFC 8098 section 3.2.4), the escapes of
    internationalised ones (`\\x{E9}`, RFC 6533 section 3) are undone, a display name is passed over.
    """
    if not text:
        return None
    bare = _FOLD.sub(" ", text[:_LONGEST_ADDRESS])
    bare = bare.split(";", 1)[1] if _TYPED.match(bare) else bare
    bare = _ESCAPE.sub(_unescape, bare)
    inside = (each for each in _IN_BRACKETS.findall(bare) if "@" in each[1:-1])
    found = next(inside, None) or next(iter(_BARE.findall(bare)), None)
    return found.strip("<>. '\"").removeprefix("mailto:").lower() if found else None


def addresses(text: str | None) -> tuple[str, ...]:
    """Every address of a To or Cc value, bare and lower-case, in order, without repeats."""
    if not text:
        return ()
    return tuple(dict.fromkeys(each.strip(".'").lower() for each in _BARE.findall(text[:_LONGEST_LIST])))


def mailbox(bare: str) -> str:
    """The mailbox an address leads to, for comparing: plus-details dropped; on Gmail also dots.

    `a.nn+news@gmail.com` and `ann@googlemail.com` are one mailbox; `ann+news@example.org` is taken for
    `ann@example.org` (RFC 5233 sub-addressing, the custom of nearly all providers).
    """
    local, _, domain = bare.rpartition("@")
    local = local.split("+", 1)[0] or local
    if domain in _GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def program(text: str | None) -> str:
    """The name of a mail program, its version and platform left out; empty if there is none.

    `Roundcube Webmail/1.6.9`, `K-9 Mail 6.8` and `Apple Mail (2.3731)` give the words before the number; of the
    browser-like `Mozilla/5.0 (X11; …) Gecko/20100101 Thunderbird/115.6.0` only the last product says something.
    """
    named = " ".join((text or "").split())[:300]
    if named.startswith("Mozilla/"):
        return next(reversed(_PRODUCT.findall(named)), "")
    return _VERSION.split(named)[0].removeprefix("Mozilla ").strip(" -,;")[:60]


def domain(bare: str) -> str:
    """The domain of a bare address, empty if it has none."""
    return bare.rpartition("@")[2]


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    :raises ValueError: `moment` is naive
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def mail_date(text: str | None) -> datetime | None:
    """The moment a Date header names, in UTC; None if it cannot be read. A missing zone counts as UTC."""
    local = _local_date(text)
    try:
        return utc(local) if local else None
    except OverflowError:
        return None


def mail_zone(text: str | None) -> tzinfo:
    """The writer's zone by their Date header, as the offset it had then; UTC if it names none."""
    local = _local_date(text)
    return (local and local.tzinfo) or UTC


def _local_date(text: str | None) -> datetime | None:
    # brings sockets and more with it; what only lists needs none of them
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(str(text)[:200])
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def _unescape(found: re.Match[str]) -> str:
    code = int(found.group(1), 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""

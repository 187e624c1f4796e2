"""The one place where Message-IDs, addresses and times are brought to one form."""

import re
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

_BLANK = re.compile(r"[\s\x00]+")
_BRACKETED = re.compile(r"<([^<>]*)>")


def message_id(text: str | None) -> str | None:
    """A Message-ID without brackets, folds or blanks; None if nothing that could name a message is left.

    Letter case is kept: the left part is case-sensitive (RFC 5322 section 3.6.4). Placeholders seen in the wild
    for "the original had none" (`<NO MESSAGE ID>`, `mid:4`, an empty field) have no `@` and give None.
    """
    if not text:
        return None
    inside = _BRACKETED.search(text)
    bare = _BLANK.sub("", inside.group(1) if inside else text).strip("<>")
    return bare if "@" in bare.strip("@") and len(bare) <= 998 else None


def message_ids(text: str | None) -> tuple[str, ...]:
    """Every Message-ID in a References or In-Reply-To value, in order, without repeats."""
    if not text:
        return ()
    found = _BRACKETED.findall(text) or text.split()
    return tuple(dict.fromkeys(each for part in found if (each := message_id(part))))


def address(text: str | None) -> str | None:
    """The bare, lower-case address in a header value or report field; None if there is none.

    The address type of report fields (`rfc822;`, `utf-8;`) is dropped (RFC 8098 section 3.2.4).
    """
    if not text:
        return None
    bare = text.split(";", 1)[1] if re.match(r"\s*[\w-]+\s*;", text) else text
    try:
        pairs = getaddresses([_BLANK.sub(" ", bare).strip()])
    except RecursionError:  # the standard parser goes one call deeper at each bracket of a hostile header
        return None
    found = next((mail for _, mail in pairs if "@" in mail), None)
    return found.strip("<>. ").lower() if found else None


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    :raises ValueError: `moment` is naive
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def mail_date(text: str | None) -> datetime | None:
    """The moment a Date header names, in UTC; None if it cannot be read. A missing zone counts as UTC."""
    try:
        moment = parsedate_to_datetime(str(text))
        return utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (TypeError, ValueError, OverflowError, IndexError):
        return None

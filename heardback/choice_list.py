"""Reads lists of choices from CSV files as other programs write them: all of a file, or nothing of it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

from evidence import normal
from heardback.errors import UsageError

#: our columns, and what other programs call them
_COLUMNS = {
    "address": ("address", "email", "e-mail", "mail", "email address", "e-mail address", "e-mail-adresse"),
    "when": ("when", "date", "at", "time", "timestamp", "datum", "optin_time", "confirm_time"),
    "how": ("how", "source", "by", "optin_source"),
    "wording": ("wording", "version", "wording version"),
}
_KNOWN_AS = {name: column for column, names in _COLUMNS.items() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of such a file."""

    #: normalised
    address: str
    #: aware; None: the file does not say
    at: datetime | None
    #: empty: the file does not say
    how: str
    wording: str


def read_list(file: Path, *, zone: ZoneInfo, now: datetime) -> tuple[Listed, ...]:
    """The choices in a CSV file, in UTF-8 with or without a mark, or Latin-1; comma, semicolon or tab between.

    Columns are told by a first line of names, in any order; without one, the first is the address.

    :param zone: of times that name none
    :param now: aware; nobody has chosen later
    :raises UsageError: a line cannot be read; it says which and why
    """
    lines = _lines(file)
    columns = _header(lines[0][1]) if lines else {}
    body = lines[1:] if columns else lines
    columns = columns or {"address": 0}
    return tuple(_listed(file, number, _picked(cells, columns), zone, now) for number, cells in body)


def one_address(text: str) -> str:
    """The one address that a person wrote, normalised.

    :raises UsageError: it is none, or a whole domain
    """
    found = normal.addresses(text)
    if len(found) == 1 and found[0].count("@") == 1 and found[0] == normal.address(text):
        return found[0]
    if "@" not in text.strip().lstrip("@") and "." in text:
        raise UsageError(f'"{text}" is no address; a choice is one person\'s, so a whole domain cannot be given.')
    raise UsageError(f'"{text}" is no address; write ann@example.org.')


def _lines(file: Path) -> list[tuple[int, list[str]]]:
    """The lines that hold something, each with its number."""
    text = _decoded(file.read_bytes())
    first = text.lstrip("\n").partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        numbered = [(reader.line_num, [each.strip() for each in cells]) for cells in reader]
    except csv.Error as error:
        raise _refused(file, reader.line_num, f"it is no CSV ({error})") from error
    return [(number, cells) for number, cells in numbered if any(cells)]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _header(cells: list[str]) -> dict[str, int]:
    """The place of each of our columns, if this line names them and is no choice itself."""
    named = {
        _KNOWN_AS.get(each.lower().replace("_", " "), _KNOWN_AS.get(each.lower())): n for n, each in enumerate(cells)
    }
    return {name: place for name, place in named.items() if name} if "address" in named else {}


def _picked(cells: list[str], columns: Mapping[str, int]) -> dict[str, str]:
    return {name: cells[place] for name, place in columns.items() if place < len(cells)}


def _listed(file: Path, number: int, cells: Mapping[str, str], zone: ZoneInfo, now: datetime) -> Listed:
    try:
        return Listed(
            address=one_address(cells.get("address", "")),
            at=_moment(cells.get("when", ""), zone, now),
            how=cells.get("how", ""),
            wording=cells.get("wording", ""),
        )
    except UsageError as error:
        raise _refused(file, number, str(error)) from error


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f'"{text}" is no time; write 2026-05-04 or 2026-05-04T10:30.') from error
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    if moment > now:
        raise UsageError(f'"{text}" is still to come.')
    return moment


def _refused(file: Path, number: int, why: str) -> UsageError:
    return UsageError(f"{file}, line {number}: {why} Nothing of the file was taken.")

"""The address under which calendar programs subscribe to the reminders: a secret that stays the same at every start."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from heardback.errors import Failed

#: holds the secret; who deletes it gets a new address
FILE = "calendar-secret"
_BYTES = 32


def secret_of(folder: Path) -> str:
    """The secret in a data folder; made at the first time, for the owner only.

    :raises Failed: the file cannot be made or read, or holds no secret
    """
    file = folder / FILE
    try:
        if not file.exists():
            _make(file)
        known = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as err:
        why = (err.strerror or "").lower() if isinstance(err, OSError) else "it is no text"
        raise Failed(
            f"The calendar's secret in {file} cannot be used: {why}. Mend its permissions, or delete the file to have "
            "a new one made, with a new address for your calendar program."
        ) from err
    if len(known) < _BYTES or not known.replace("-", "").replace("_", "").isalnum() or not known.isascii():
        raise Failed(f"The calendar's secret in {file} is none; delete the file to have a new one made.")
    return known


def path_of(secret: str) -> str:
    """The path on the page's server."""
    return f"/calendar/{secret}.ics"


def _make(file: Path) -> None:
    """Write it whole or not at all, whoever else is making it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as opened:
        opened.write(secrets.token_urlsafe(_BYTES) + "\n")
    try:
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink()

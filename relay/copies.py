"""The copies of mail for "view in browser": encrypted by the owner with a key the relay never sees, one file each."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from relay.disk import replace
from relay.tokens import Token

#: bytes of one copy
LARGEST = 2_000_000


class Full(Exception):
    """The copies take all the room they may."""


class Copies:
    """A folder of copies; a file is named by its token's id and expiry (`ID.UNIX-SECONDS`), so that it names nobody."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        """Open the folder, making it (0700) if missing.

        :param most_bytes: what all copies together may take
        """
        self._folder, self._most = folder, most_bytes
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, token: Token, content: bytes) -> None:
        """Keep a copy until its token expires; the same token again replaces it.

        :raises Full: there is no room; the owner may have some dropped
        :raises OSError: the disk refused
        """
        held = sum(file.stat().st_size for file in self._files() if file != self._path(token))
        if held + len(content) > self._most:
            raise Full
        replace(self._path(token), content)

    def get(self, token: Token) -> bytes | None:
        """The copy of a token, None if there is none."""
        try:
            return self._path(token).read_bytes()
        except FileNotFoundError:
            return None

    def drop(self, ids: Iterable[str]) -> int:
        """Erase the copies of these token ids; how many there were."""
        wanted = frozenset(ids)
        return _unlink(file for file in self._files() if file.stem in wanted)

    def prune(self, now: datetime) -> int:
        """Erase the copies whose tokens have expired; how many there were."""
        return _unlink(file for file in self._files() if int(file.suffix[1:]) <= now.timestamp())

    def _files(self) -> Iterator[Path]:
        return self._folder.glob("[!.]*.*")

    def _path(self, token: Token) -> Path:
        return self._folder / f"{token.id}.{int(token.expires.timestamp())}"


def _unlink(files: Iterator[Path]) -> int:
    gone = list(files)
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)

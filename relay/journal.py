"""The hits on disk: numbered JSON lines in a few append-only files, the oldest of which go when there is no more room.

A file is named by the number its first line has or will have (`hits-000000000001.jsonl`). A line is `{"n":1,...}`, or
only `{"n":1}` once it was forgotten, so that no number is ever given twice. All calls come from one thread.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from relay import disk
from relay.disk import opened, replace, sync_folder

#: bytes after which a new file is begun, unless all of them together may take less than four times as much
SEGMENT = 1_000_000

_DAY = timedelta(days=1)
#: what a line holds beside its number
Hit = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some hits, in the order of their numbers."""

    #: number and hit
    hits: tuple[tuple[int, Hit], ...]
    #: number after which the next page begins
    after: int
    #: there are more
    more: bool
    #: hits after the number asked for went before they were read, for want of room or for their age
    missed: bool


class Journal:
    """The hits, from the oldest that is still kept to the newest."""

    def __init__(
        self, folder: Path, *, most_bytes: int, segment: int = SEGMENT, put: Callable[[int, bytes, int], int] = disk.put
    ) -> None:
        """Open the folder, making it (0700) if missing, and cut off a line that a crash left unfinished.

        :param most_bytes: what all files together may take
        :param put: writes at a place, durable when it returns, as `relay.disk.put`
        :raises OSError: the folder cannot be used
        """
        self._folder = folder
        self._most, self._segment, self._put = most_bytes, min(segment, most_bytes // 4), put
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pad = opened(folder / "pad")
        self._open(self._files()[-1] if self._files() else self._path(1))
        sync_folder(folder)
        self.last = max((number for number, _ in _lines(self._path_now)), default=_first(self._path_now) - 1)

    def write(self, hits: Iterable[Hit]) -> None:
        """Append hits and return once they are durable; without hits, take as long and leave no trace.

        :raises OSError: the disk refused; nothing of it was kept, and the same hits may be given again
        """
        if self._file.closed:
            self._open(self._path_now)
        lines = [_line(number, hit) for number, hit in enumerate(hits, self.last + 1)]
        if not lines:
            self._put(self._pad.fileno(), b"\n", 0)
            return
        written = ("\n".join(lines) + "\n").encode()
        if self._size and self._size + len(written) > self._segment:
            self._begin()
        try:
            self._append(written)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file.fileno(), self._size)
            raise
        self._size += len(written)
        self.last += len(lines)

    def page(self, after: int, limit: int) -> Page:
        """The hits that follow a number.

        :param after: number of the last hit already seen; 0 for none
        :param limit: hits at most
        """
        files = self._files()
        found: list[tuple[int, Hit]] = []
        for file, following in zip(files, [*map(_first, files[1:]), self.last + 2], strict=True):
            # A file that ends before the page begins is not opened.
            for number, hit in _lines(file) if following > after + 1 else ():
                if number > after and hit:
                    found.append((number, hit))
            if len(found) > limit:
                break
        more = len(found) > limit
        return Page(
            hits=tuple(found[:limit]),
            after=found[limit - 1][0] if more else max(after, self.last),
            more=more,
            missed=after + 1 < _first(files[0]),
        )

    def prune(self, now: datetime, keep: timedelta) -> None:
        """Drop every file whose hits are all older than they are kept, and begin a new one when a day's are in it.

        So no hit is kept more than a day longer, however few there are.
        """
        if self._size and now - min(_times(self._path_now), default=now) >= _DAY:
            self._begin()
        for file in self._files()[:-1]:
            if any(now - at <= keep for at in _times(file)):
                break
            file.unlink()

    def forget(self, tokens: frozenset[str]) -> int:
        """Overwrite every hit of these tokens; each file changes as a whole or not at all.

        :returns: how many hits there were
        """
        self._file.close()  # Windows replaces no file that is open; elsewhere ours would be the one that was replaced
        try:
            return sum(_blank(file, tokens) for file in self._files())
        finally:
            self._open(self._path_now)

    def close(self) -> None:
        """Give the files back."""
        self._file.close()
        self._pad.close()

    def _append(self, content: bytes) -> None:
        """Put all of it behind what there is."""
        at = self._size
        while content:
            taken = self._put(self._file.fileno(), content, at)
            content, at = content[taken:], at + taken

    def _begin(self) -> None:
        """Go on in a new file, and make room for it."""
        before = self._file
        fresh = self._path(self.last + 1)
        opened(fresh).close()
        sync_folder(self._folder)
        self._open(fresh)
        before.close()
        files = self._files()
        held = sum(file.stat().st_size for file in files) + self._segment
        for file in files[:-1]:
            if held > self._most:
                held -= file.stat().st_size
                file.unlink()

    def _open(self, file: Path) -> None:
        self._path_now, self._file = file, opened(file)
        self._size = _cut_torn_line(self._file)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("hits-*.jsonl"))

    def _path(self, number: int) -> Path:
        return self._folder / f"hits-{number:012}.jsonl"


def _first(file: Path) -> int:
    return int(file.stem.removeprefix("hits-"))


def _line(number: int, hit: Hit) -> str:
    """By hand, in a tenth of the library's time: ids, times and names of rules hold nothing that must be escaped."""
    return f'{{"n":{number}' + "".join([f',"{name}":"{value}"' for name, value in hit.items()]) + "}"


def _lines(file: Path) -> Iterator[tuple[int, Hit]]:
    """Numbers and hits of a file; a line that a failing disk has damaged is passed over."""
    for line in file.read_bytes().splitlines():
        try:
            hit = json.loads(line)
            number = hit.pop("n")
        except (ValueError, AttributeError, KeyError):
            continue
        yield number, hit


def _times(file: Path) -> Iterator[datetime]:
    """When its hits came, as far as that can be read."""
    for _, hit in _lines(file):
        with suppress(KeyError, TypeError, ValueError):
            yield datetime.fromisoformat(hit["at"]).astimezone(UTC)


def _blank(file: Path, tokens: frozenset[str]) -> int:
    lines = list(_lines(file))
    blanked = sum(hit.get("token") in tokens for _, hit in lines)
    if blanked:
        kept = (_line(number, {} if hit.get("token") in tokens else hit) for number, hit in lines)
        replace(file, "".join(f"{line}\n" for line in kept).encode(), stamp=file.stat().st_mtime)
    return blanked


def _cut_torn_line(file: BinaryIO) -> int:
    """The size of a file after a last line without its end, never acknowledged, was taken away."""
    size = file.read().rfind(b"\n") + 1
    file.truncate(size)
    return size

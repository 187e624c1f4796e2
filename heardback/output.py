"""What a person or a program is given: results on stdout, everything else on stderr."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import TextIO

from evidence.shown import harmless
from heardback.text import cut, wrap

#: width of what goes into a file or a pipe, where nobody's window sets one
_PIPED_WIDTH = 120
#: what JSON leaves raw and a terminal may still act on, or no encoder takes: C1 controls, bidi controls, surrogates
_RAW = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(slots=True, kw_only=True)
class Output:
    """Where a command prints. `as_json` chooses between a document and words."""

    as_json: bool = False
    quiet: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    _live: "Progress | None" = None

    def document(self, value: object, *, indent: int | None = None) -> None:
        """Print one JSON document: on a line of its own, or laid out for a person."""
        # a pipe on Windows has the encoding of its country, which lacks most of the world's letters
        is_whole = (self.out.encoding or "utf-8").lower() == "utf-8"
        text = json.dumps(value, ensure_ascii=not is_whole, indent=indent, default=_written)
        print(_RAW.sub(lambda each: f"\\u{ord(each[0]):04x}", text), file=self.out)

    def say(self, text: str = "", *, hang: int = 0) -> None:
        """Print a sentence of the result, wrapped to the window; an indented sentence keeps its indent.

        :param hang: columns by which the lines after the first stand further in
        """
        self._print(text, self.out, hang)

    def draw(self, lines: str) -> None:
        """Print lines as they are, with an empty one around them."""
        print(f"\n{lines}\n", file=self.out)

    def fit(self, text: str) -> str:
        """A line cut to the window, with `…` where something is missing."""
        return cut(text, _width(self.out))

    def tell(self, text: str, *, hang: int = 0) -> None:
        """Print a sentence about the work on stderr."""
        if not self.quiet:
            self.warn(text, hang=hang)

    def quote(self, text: str) -> None:
        """Print lines about the work on stderr, each whole however long it is: they are to be read as they stand."""
        if not self.quiet:
            lines = (f"    {harmless(line)}".rstrip() for line in text.splitlines())
            self.warn("")
            print(*lines, "", sep="\n", file=self.err, flush=True)

    def warn(self, text: str, *, hang: int = 0) -> None:
        """Print on stderr what must be known, quiet or not."""
        self._print(text, self.err, hang)
        self.err.flush()

    @contextmanager
    def progress(self, what: str) -> Iterator["Progress"]:
        """Show what goes on and how far it is, on stderr; a line that is drawn over in a window, silence in a pipe."""
        self._live = Progress(what=what, err=self.err, live=self.err.isatty() and not self.quiet)
        try:
            self._live.draw("…")
            yield self._live
        finally:
            self._live.clear()
            self._live = None

    def _print(self, text: str, to: TextIO, hang: int) -> None:
        if self._live:
            self._live.clear()
        indent = len(text) - len(text.lstrip(" "))
        for line in wrap(harmless(text.strip(" ")), _width(to), indent=indent, hang=hang):
            print(line, file=to)


@dataclass(slots=True, kw_only=True)
class Progress:
    """One line that says how far the work is."""

    what: str
    err: TextIO
    live: bool
    #: a clock that only goes forward
    seconds: Callable[[], float] = time.monotonic
    _began: tuple[int, float] | None = None

    def show(self, done: int, total: int | None, *, what: str = "", minutes_left: float | None = None) -> None:
        """Draw the line anew.

        :param what: what is done by now, if not what was begun with
        :param minutes_left: at the provider's pace; it takes longer where the past shows that
        """
        self.what = what or self.what
        left = self._left(done, total, minutes_left)
        self.draw(f": {done:,}{f' of {total:,}' if total else ''}{f', {left}' if left else ''}")

    def _left(self, done: int, total: int | None, minutes: float | None) -> str:
        """The time left in words; nothing where there is no telling."""
        self._began = self._began or (done, self.seconds())
        if not total or minutes is None:
            return ""
        first, began = self._began
        passed = (self.seconds() - began) / 60 * (total - done) / (done - first) if done > first else 0.0
        longer = ceil(max(minutes, passed))
        return "less than a minute left" if longer <= 1 else f"about {longer:,} minutes left"

    def draw(self, tail: str) -> None:
        """Draw what goes on and a tail."""
        self.clear()
        if self.live:
            # a line that wraps could not be drawn over
            print(cut(self.what + tail, _width(self.err) - 1), end="", file=self.err, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self.live:
            # with spaces: the older console of Windows shows an escape sequence as it is
            print(f"\r{' ' * (_width(self.err) - 1)}\r", end="", file=self.err, flush=True)


def _written(value: object) -> str:
    """What JSON has no form for; times as everywhere else in what is printed."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _width(to: TextIO) -> int:
    """Columns of the window behind a stream, or of the window a pager is in; `COLUMNS` goes before both."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    for stream in (to, sys.stderr):
        try:
            return os.get_terminal_size(stream.fileno()).columns or _PIPED_WIDTH
        except (OSError, ValueError):
            continue
    return _PIPED_WIDTH

"""What a person or a program is given: results on stdout, everything else on stderr."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

#: width of what goes into a file or a pipe, where nobody's window sets one
_PIPED_WIDTH = 120


@dataclass(slots=True, kw_only=True)
class Output:
    """Where a command prints. `as_json` chooses between a document and words."""

    as_json: bool = False
    quiet: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def document(self, value: object) -> None:
        """Print one JSON document on a line of its own."""
        print(json.dumps(value, ensure_ascii=False, default=str), file=self.out)

    def say(self, text: str = "", *, hang: int = 0) -> None:
        """Print a sentence of the result, wrapped to the window; an indented sentence keeps its indent.

        :param hang: columns by which the lines after the first stand further in
        """
        from rich.text import Text

        console = self._console()
        indent = " " * (len(text) - len(text.lstrip(" ")))
        first, rest = Text(text.strip(" ")), indent + " " * hang
        for number, line in enumerate(first.wrap(console, max(console.width - len(rest), 20)) or [first]):
            print(((rest if number else indent) + line.plain).rstrip(), file=self.out)

    def tell(self, text: str) -> None:
        """Print a sentence about the work on stderr."""
        if not self.quiet:
            print(text, file=self.err, flush=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print rows under their headings; long cells fold, nothing is cut off."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="", padding=(0, 2, 0, 0))
        for name in columns:
            table.add_column(name.upper(), overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console = self._console()
        with console.capture() as printed:
            console.print(table)
        for line in printed.get().splitlines():
            print(line.rstrip(), file=self.out)

    @contextmanager
    def progress(self, what: str) -> Iterator["Progress"]:
        """Show how far something is, on stderr; a line that is drawn over in a window, silence in a pipe."""
        shown = Progress(what=what, err=self.err, live=self.err.isatty() and not self.quiet)
        try:
            yield shown
        finally:
            shown.clear()

    def _console(self) -> "Console":
        from rich.console import Console

        columns = os.environ.get("COLUMNS", "")
        piped = int(columns) if columns.isdecimal() else _PIPED_WIDTH
        width = None if self.out.isatty() else piped
        return Console(file=self.out, width=width, highlight=False, emoji=False, markup=False, no_color=True)


@dataclass(slots=True, kw_only=True)
class Progress:
    """One line that says how far the work is."""

    what: str
    err: TextIO
    live: bool

    def show(self, done: int, total: int | None) -> None:
        """Draw the line anew."""
        if self.live:
            of = f" of {total:,}" if total else ""
            print(f"\r\033[K{self.what}: {done:,}{of}", end="", file=self.err, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self.live:
            print("\r\033[K", end="", file=self.err, flush=True)

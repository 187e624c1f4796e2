"""What a person or a program is given: results on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

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

    def say(self, text: str = "") -> None:
        """Print a sentence of the result, wrapped to the window; indented lines keep their indent."""
        from rich.padding import Padding
        from rich.text import Text

        indent = len(text) - len(text.lstrip(" "))
        self._console().print(Padding(Text(text.strip(" ")), (0, 0, 0, indent), expand=False))

    def tell(self, text: str) -> None:
        """Print a sentence about the work on stderr."""
        if not self.quiet:
            print(text, file=self.err, flush=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, indent: int = 0) -> None:
        """Print rows under their headings; long cells fold, nothing is cut off."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, show_header=any(columns), header_style="bold", padding=(0, 2, 0, 0))
        for name in columns:
            table.add_column(name, overflow="fold", no_wrap=False)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console().print(Padding(table, (0, 0, 0, indent), expand=False))

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

        console = Console(file=self.out, highlight=False, soft_wrap=False, emoji=False, markup=False)
        return console if self.out.isatty() else Console(**_plain_console(self.out))


def _plain_console(out: TextIO) -> dict[str, Any]:
    import os

    width = int(os.environ["COLUMNS"]) if os.environ.get("COLUMNS", "").isdecimal() else _PIPED_WIDTH
    return {"file": out, "highlight": False, "emoji": False, "markup": False, "width": width, "no_color": True}


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

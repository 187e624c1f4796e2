"""What a command printed, made short: where something is left out, it says how much. Pure."""

from collections.abc import Iterator


def shortened(text: str, *, heads: int = 0, entries: int = 0) -> list[str]:
    """The lines of a text, without those that are one too many.

    :param heads: lines that begin at the margin and stay, each with what hangs on it; 0: all stay
    :param entries: entries that stay under each line at the margin; 0: all stay
    """
    lines = text.splitlines()
    if heads:
        lines = _first(lines, heads)
    return [line for section in _sections(lines) for line in _cut(section, entries)] if entries else lines


def _sections(lines: list[str]) -> Iterator[list[str]]:
    """Lines at the margin, each with the indented ones under it; an empty line is a section of its own."""
    section: list[str] = []
    for line in lines:
        if section and (_indent(line) == 0 or not line):
            yield section
            section = []
        section.append(line)
    if section:
        yield section


def _cut(section: list[str], entries: int) -> list[str]:
    heading, inner = section[:1], section[1:]
    return [*heading, *_first(inner, entries, "more like it, in {} lines")] if inner else section


def _first(lines: list[str], most: int, more: str = "") -> list[str]:
    """The first entries: lines as far in as the first one, each with what hangs on it.

    :param more: how it is said that entries are left out, in so many lines; empty: only the lines are told
    """
    starts = [number for number, line in enumerate(lines) if line and _indent(line) == _indent(lines[0])]
    if len(starts) <= most or len(lines) - starts[most] == 1:
        return lines  # nobody is served by "1 more line" where the line would have fit
    left = len(lines) - starts[most]
    said = f"{len(starts) - most} {more.format(left)}" if more else f"{left} more lines"
    return [*lines[: starts[most]], f"{' ' * _indent(lines[0])}... {said}"]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

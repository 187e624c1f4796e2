"""Every command and every setting as pages to read, made from the grammar and the list of settings. Pure."""

import argparse
import json
from collections.abc import Iterable, Iterator

from heardback.guide import ABOUT, GROUPS, GUIDE
from heardback.known_settings import SETTINGS
from heardback.parser import build

#: a bar inside a cell of a table
_PIPE = r"\|"


def commands_page() -> str:
    """All commands with what they take, in the groups and the order of the help, as Markdown."""
    parsers = _parsers()
    lines = ["# Commands", "", *_quoted(ABOUT), ""]
    for title, names in GROUPS.items():
        lines += [
            f"## {_begun(title)}",
            "",
            *_table("| command | |", ((_link(each), GUIDE[each][0]) for each in names)),
        ]
        for name in names:
            lines += _section(name, parsers[name])
    lines += ["## For every command", "", *_table("| what | |", _shared(parsers)), *_EXIT_CODES, ""]
    return "\n".join(lines)


def _section(name: str, parser: argparse.ArgumentParser) -> list[str]:
    summary, more = GUIDE[name]
    told = [*_quoted(more), ""] if more else []
    return [f"### heardback {name}", "", f"{_begun(summary)}.", "", *_table("| what | |", _arguments(parser)), *told]


def _link(name: str) -> str:
    return f"[{name}](#heardback-{name})"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def settings_page() -> str:
    """All settings with their defaults, as Markdown."""
    lines = ["# Settings", "", *_SETTINGS_INTRO, ""]
    rows = ((f"`{each.name}`", f"`{json.dumps(each.default)}`", each.explained) for each in SETTINGS)
    lines += _table("| setting | default | |", rows)
    return "\n".join(lines) + "\n"


_EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is unread (only `unread --exit-code`), 130 stopped by",
    "you.",
)
_SETTINGS_INTRO = (
    "`heardback config` shows every setting, its value and where it came from. They are read from one TOML file, then",
    "from the environment (`HEARDBACK_ZONE` for `zone`, `HEARDBACK_REMINDERS_AFTER_DAYS` for `reminders.after_days`),",
    "then from flags (`--set zone=Europe/Berlin`). Rules of several values each (`[[remind]]`, `[[track]]`) stand in",
    "the file only: see [reminders](reminders.md) and [tracking](tracking.md). A relative path in the file counts from",
    "the file's folder; in a variable or flag, from the folder in which the command is typed.",
)


def _parsers() -> dict[str, argparse.ArgumentParser]:
    """Command to its grammar, in the order of the help."""
    whole = build()
    (choices,) = (each for each in whole._actions if isinstance(each, argparse._SubParsersAction))
    return dict(choices.choices)


def _arguments(parser: argparse.ArgumentParser) -> list[tuple[str, ...]]:
    """What a command takes, without what all take."""
    return [_row(each) for each in _actions(parser) if not _is_shared(parser, each)]


def _shared(parsers: dict[str, argparse.ArgumentParser]) -> list[tuple[str, ...]]:
    first = next(iter(parsers.values()))
    return [_row(each) for each in _actions(first) if _is_shared(first, each)]


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    told = (each for each in parser._actions if each.help != argparse.SUPPRESS)
    return (each for each in told if not isinstance(each, argparse._HelpAction | argparse._SubParsersAction))


def _is_shared(parser: argparse.ArgumentParser, action: argparse.Action) -> bool:
    shared = next((each for each in parser._action_groups if each.title == "for every command"), None)
    return shared is not None and action in shared._group_actions


def _row(action: argparse.Action) -> tuple[str, str]:
    value = str(action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper()))
    takes_value = action.nargs != 0
    flags = [f"{flag} {value}" if takes_value else flag for flag in action.option_strings]
    named = ", ".join(f"`{each}`" for each in flags or [value])
    return named, (action.help or "").replace("%%", "%")


def _table(head: str, rows: Iterable[tuple[str, ...]]) -> list[str]:
    body = [f"| {' | '.join(each.replace('|', _PIPE) for each in row)} |" for row in rows]
    return [head, "|" + " --- |" * (head.count("|") - 1), *body, ""] if body else []


def _quoted(text: str) -> list[str]:
    return ["```text", *text.strip().splitlines(), "```"]

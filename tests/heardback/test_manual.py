"""The manual tells every command and every setting, and the pages in docs/ are what it tells."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper

import pytest

from connectors.errors import ConnectorError, GrantGone
from heardback.cli import main
from heardback.errors import _NEXT_STEP, Failed
from heardback.guide import GROUPS, GUIDE
from heardback.known_settings import SETTINGS
from heardback.page_link import AnotherPage
from heardback.parser import _COMMANDS
from heardback.worker_lock import AnotherWorker
from store.ledger import CorruptStore, StoreError
from tests.heardback.conftest import Desk
from tests.heardback.manual_pages import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), 'run "make tables"'


def test_every_command_and_every_setting_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manual", "--json"]) == 0
    pages = json.loads(capsys.readouterr().out)
    assert [each for each in _COMMANDS if f"### heardback {each}\n" not in pages["commands"]] == []
    assert [each.name for each in SETTINGS if f"| `{each.name}` |" not in pages["settings"]] == []


def test_every_command_stands_in_one_group_and_what_a_newcomer_needs_comes_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    grouped = [each for names in GROUPS.values() for each in names]
    assert sorted(grouped) == sorted(_COMMANDS) == sorted(GUIDE)
    assert grouped[:5] == ["setup", "unread", "run", "reminders", "demo"]
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines() if re.match("  [a-z]", line)] == grouped
    assert [title for title in GROUPS if f"\n{title}:\n" not in shown] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh", "powershell"])
def test_the_shell_completes_every_command(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main(["completion", shell]) == 0
    code = capsys.readouterr().out
    assert [each for each in _COMMANDS if each not in code] == []


def kinds(root: type[Exception]) -> Iterator[type[Exception]]:
    """The errors below a root that its room shows to others."""
    for each in root.__subclasses__():
        if each.__module__ in ("connectors.errors", "store.ledger") or each.__module__.startswith("heardback."):
            yield each
            yield from kinds(each)


def test_troubleshooting_tells_of_every_kind_of_error() -> None:
    page = (DOCS / "troubleshooting.md").read_text("utf-8")
    known = [each.__name__ for root in (ConnectorError, StoreError, Failed) for each in kinds(root)]
    assert {each.__name__ for each in (AnotherWorker, AnotherPage, GrantGone, CorruptStore)} <= {*known}
    assert [each for each in (*known, *_NEXT_STEP, "UsageError", "SettingsError") if f"`{each}`" not in page] == []


def messages() -> Iterator[tuple[str, list[str]]]:
    """Where the face gives up, and the fixed words of what it says then."""
    for file in (DOCS.parent / "heardback").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Failed", "AnotherWorker", "AnotherPage"):
                parts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
                yield f"{file.name}:{node.lineno}", [each for each in parts if isinstance(each, str)]


def test_troubleshooting_tells_of_every_message_with_which_a_command_gives_up() -> None:
    page = " ".join((DOCS / "troubleshooting.md").read_text("utf-8").lower().split())
    found = dict(messages())
    assert len(found) > 15
    # a message that has no words of its own passes on those of another error
    phrases = {
        place: [
            phrase
            for part in parts
            for each in re.split(r"[.;:,]", part.lower())
            if len(phrase := each.strip(' "')) > 8
        ]
        for place, parts in found.items()
    }
    assert [place for place, said in phrases.items() if said and not any(each in page for each in said)] == []


SHORTEST = """\
heardback send -t --account gmail <<'END'
To: ann@example.org
Subject: Lunch on Thursday?

Does Thursday suit you?
END
"""


def test_the_shortest_mail_stands_where_a_newcomer_looks_and_can_be_sent_as_it_stands(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [(DOCS.parent / "README.md").read_text("utf-8"), (DOCS / "quick-start.md").read_text("utf-8")]
    assert [SHORTEST in each for each in (*pages, GUIDE["send"][1])] == [True] * 3
    assert desk.connect("gmail", "--allow", "send").code == 0
    command, *lines, _ = SHORTEST.splitlines(keepends=True)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO("".join(lines).encode())))
    done = desk.type(*command.split()[1:-1])
    assert (done.code, done.out.startswith('Sent "Lunch on Thursday?" from ')) == (0, True), done.err
    assert "to ann@example.org." in done.out


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = [
        (page.name, target)
        for page in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []

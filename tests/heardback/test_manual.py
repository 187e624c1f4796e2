"""The manual tells every command and every setting, and the pages in docs/ are what it tells."""

import json
import re

import pytest

from heardback.cli import main
from heardback.errors import _NEXT_STEP
from heardback.guide import GROUPS, GUIDE
from heardback.parser import _COMMANDS
from heardback.settings import SETTINGS
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


def test_troubleshooting_tells_of_every_error_with_a_next_step() -> None:
    page = (DOCS / "troubleshooting.md").read_text("utf-8")
    assert [each for each in _NEXT_STEP if f"`{each}`" not in page] == []


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = [
        (page.name, target)
        for page in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []

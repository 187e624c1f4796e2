"""The manual tells every command and every setting, and the pages in docs/ are what it tells."""

import json

import pytest

from heardback.cli import main
from heardback.errors import _NEXT_STEP
from heardback.parser import _COMMANDS
from heardback.settings import SETTINGS
from tests.heardback.manual_pages import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), 'run "make tables"'


def test_every_command_and_every_setting_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manual", "--json"]) == 0
    pages = json.loads(capsys.readouterr().out)
    assert [each for each in _COMMANDS if f"## heardback {each}\n" not in pages["commands"]] == []
    assert [each.name for each in SETTINGS if f"| `{each.name}` |" not in pages["settings"]] == []


def test_troubleshooting_tells_of_every_error_with_a_next_step() -> None:
    page = (DOCS / "troubleshooting.md").read_text("utf-8")
    assert [each for each in _NEXT_STEP if f"`{each}`" not in page] == []


def test_links_between_the_pages_lead_somewhere() -> None:
    import re

    broken = [
        (page.name, target)
        for page in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []

"""Starting is quick: a command imports what it needs, and no more."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "googleapiclient",
    "google",
    "msal",
    "apscheduler",
    "requests",
    "werkzeug",
    "keyring",
    "cryptography",
    "dateparser",
)


def modules(tmp_path: Path, *words: str) -> set[str]:
    """Top-level modules a command has imported by its end."""
    code = (
        "import sys; from heardback.cli import main; main(sys.argv[1:]);"
        "print('modules:', *{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path, check=True, timeout=60
    )
    return set(done.stderr.rpartition("modules:")[2].split())


@pytest.mark.parametrize("words", [("--help",), ("unread", "--data", "here"), ("unread", "--json", "--data", "here")])
def test_help_and_unread_import_no_provider_scheduler_or_web_package(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert modules(tmp_path, *words) & set(HEAVY) == set()


def test_help_imports_no_table_printer_and_no_store(tmp_path: Path) -> None:
    assert modules(tmp_path, "--help") & {"rich", "tinydb", "sqlite3", "email", "platformdirs"} == set()

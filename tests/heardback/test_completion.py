"""Completion in the shells themselves, where they are installed: names of files, commands, options and choices."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("there are no such shells and terminals on Windows", allow_module_level=True)

import pty
import select

#: what is typed before Tab; what stands there after it
CASES = (
    ("heardback send --file {}/lett", "{}/letter.eml "),
    ("heardback inspect {}/lett", "{}/letter.eml "),
    ("heardback restore {}/lett", "{}/letter.eml "),
    ("heardback consent import {}/lett", "{}/letter.eml "),
    ("heardback unread --data {}/su", "{}/sub/"),
    ("heardback unread --config {}/lett", "{}/letter.eml "),
    ("heardback serv", "service "),
    ("heardback stats --exp", "--export "),
    ("heardback connect gm", "gmail "),
)
SHELLS = {
    "bash": (("bash", "--norc", "--noprofile"), 'eval "$(heardback completion bash)"; bind "set bell-style none"'),
    "zsh": (("zsh", "-f"), 'autoload -Uz compinit; compinit -u -D; eval "$(heardback completion zsh)"; unsetopt beep'),
    "zsh, sourced": (("zsh", "-f"), "autoload -Uz compinit; compinit -u -D; source <(heardback completion zsh)"),
}
#: seconds until a shell has done what it was told; the machine may be busy
PATIENCE = 60


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a letter and a folder in it, in a home without start files."""
    (tmp_path / "letter.eml").touch()
    (tmp_path / "sub").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("BASH_ENV", raising=False)
    return tmp_path


class Terminal:
    """A shell in a terminal of its own."""

    def __init__(self, screen: int) -> None:
        self._screen = screen
        self.shown = ""

    def type(self, text: str, *, until: str) -> bool:
        """Whether that comes to be shown."""
        self.shown = ""
        os.write(self._screen, text.encode())
        while until not in self.shown:
            if not select.select([self._screen], [], [], PATIENCE)[0]:
                return False
            self.shown += os.read(self._screen, 65_536).decode(errors="replace").replace("\r", "")
        return True


@contextmanager
def terminal(words: tuple[str, ...]) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        yield Terminal(ours)
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_completes_files_commands_options_and_choices(place: Path, name: str) -> None:
    words, code = SHELLS[name]
    if not shutil.which(words[0]):
        pytest.skip(f"there is no {words[0]} here: its completion is NOT tested")
    with terminal(words) as shell:
        assert shell.type(f"{code}; echo rea''dy\n", until="\nready"), shell.shown
        for typed, hoped in CASES:
            # Ctrl-U empties the line first
            line = f"\x15{typed.format(place)}\t"
            assert shell.type(line, until=hoped.format(place)), shell.shown


def test_fish_completes_files_commands_options_and_choices(place: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("there is no fish here: its completion is NOT tested")
    asked = "; ".join(f"complete -C '{typed.format(place)}'; echo ====" for typed, _ in CASES)
    answer = subprocess.run(
        ["fish", "--no-config", "-c", f"heardback completion fish | source; {asked}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    found = [each.strip().partition("\t")[0] for each in answer.stdout.split("====\n")[: len(CASES)]]
    assert found == [hoped.format(place).strip() for _, hoped in CASES]

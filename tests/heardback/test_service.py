"""The worker as a service of the system: files in the system's own form, shown before they are written."""

import os
import plistlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import pytest

from heardback.cli import main
from heardback.service import service_of

WORDS = ["/opt/my programs/python", "-m", "heardback", "run", "--set", 'name=100% "$HOME"']
HOME = Path("/home/me")


def test_a_unit_takes_every_word_literally() -> None:
    unit = service_of("linux", WORDS, home=HOME, user="1000")
    line = next(each for each in unit.text.splitlines() if each.startswith("ExecStart="))
    assert line == 'ExecStart="/opt/my programs/python" "-m" "heardback" "run" "--set" "name=100%% \\"$$HOME\\""'
    assert unit.file == HOME / ".config/systemd/user/heardback.service"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = service_of("linux", [sys.executable, *WORDS[1:]], home=HOME, user="1000")
    (tmp_path / "heardback.service").write_bytes(unit.content)
    answer = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "heardback.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in answer.stderr.splitlines() if "heardback.service" in line] == []


def test_a_launch_agent_starts_again_after_a_failure_only() -> None:
    agent = service_of("darwin", WORDS, home=HOME, user="501")
    read = plistlib.loads(agent.content)
    assert (read["ProgramArguments"], read["KeepAlive"]) == (WORDS, {"SuccessfulExit": False})
    assert agent.install == (("launchctl", "bootstrap", "gui/501", str(agent.file)),)
    assert agent.stop[0] == ("launchctl", "bootout", "gui/501/io.heardback.run")


def test_a_windows_task_is_in_the_form_of_its_schema() -> None:
    words = [r"C:\Program Files\Heardback\Scripts\python.exe", *WORDS[1:]]
    task = service_of("win32", words, home=HOME, user=r"OFFICE\Ελένη")
    assert task.content.startswith(b"\xff\xfe<\x00")
    read = ET.fromstring(task.text.lstrip("\ufeff").partition("\n")[2])
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    assert [each.tag.removeprefix(space) for each in read] == [
        "RegistrationInfo",
        "Triggers",
        "Principals",
        "Settings",
        "Actions",
    ]

    def text(path: str) -> str | None:
        return read.findtext("/".join(f"{space}{each}" for each in path.split("/")))

    assert text("Actions/Exec/Command") == r"C:\Program Files\Heardback\Scripts\pythonw.exe", "it opens no window"
    assert text("Actions/Exec/Arguments") == '-m heardback run --set "name=100% \\"$HOME\\""'
    assert text("Triggers/LogonTrigger/UserId") == text("Principals/Principal/UserId") == r"OFFICE\Ελένη"
    assert 1 <= int(text("Settings/RestartOnFailure/Count") or 0) <= 255, "the schema has it an unsignedByte"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_installing_anew_stops_what_runs_first_even_if_nothing_does(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, fails = [], {"bootout", "/End"}

    def called(call: Sequence[str], **_: object) -> "subprocess.CompletedProcess[str]":
        asked.append(call[1])
        return subprocess.CompletedProcess(call, int(call[1] in fails), stdout="", stderr="nothing runs")

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(subprocess, "run", called)
    for words in (("install", "--yes"), ("install", "--yes"), ("remove",)):
        assert main(["service", *words]) == 0
    expected = {
        "darwin": ["bootstrap", "bootout", "3", "bootstrap", "bootout", "3"],
        "win32": ["/Create", "/Run", "/End", "/Create", "/Run", "/End", "/Delete"],
    }
    assert asked == expected[platform]


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemctl that writes down what it was asked, and fails while a file named `broken` lies beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {folder}/asked\n'
        f'if [ -e {folder}/broken ]; then echo "no bus" >&2; exit 1; fi\necho active\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    return folder


def test_the_file_is_shown_before_it_is_written_and_gone_after_removing(
    systemctl: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = tmp_path / ".config/systemd/user/heardback.service"
    assert main(["service", "install", "--dry-run"]) == 0
    assert f"This goes into {unit}:" in " ".join(capsys.readouterr().err.split())
    assert not unit.exists()
    assert main(["service", "install"]) == 2, "nobody was there to be asked"
    assert not unit.exists()
    assert main(["--data", str(tmp_path / "data"), "service", "install", "--yes"]) == 0
    assert f'"--data" "{tmp_path / "data"}"' in unit.read_text()
    assert main(["service", "status"]) == 0
    assert main(["service", "remove"]) == 0
    assert not unit.exists()
    assert (systemctl / "asked").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable heardback.service",
        "--user restart heardback.service",
        "--user status --no-pager heardback.service",
        "--user disable --now heardback.service",
    ]


def test_the_settings_file_of_this_shell_is_named_to_the_service(
    systemctl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.toml"
    file.touch()
    monkeypatch.setenv("HEARDBACK_CONFIG", str(file))
    assert main(["service", "install", "--yes"]) == 0
    assert f'"--config" "{file}"' in (tmp_path / ".config/systemd/user/heardback.service").read_text()


def test_what_the_system_says_against_it_is_told(systemctl: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (systemctl / "broken").touch()
    assert main(["service", "install", "--yes"]) == 1
    assert '"systemctl --user daemon-reload" failed: no bus.' in capsys.readouterr().err


def test_without_a_service_there_is_nothing_to_remove(systemctl: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "remove"]) == 0
    assert "nothing was done" in capsys.readouterr().out
    assert main(["service", "status"]) == 1


def test_another_system_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "sunos5")
    assert main(["service", "install"]) == 1
    assert "sunos5 has no service that Heardback knows" in capsys.readouterr().err

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
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
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
    assert f'"--set" "data_folder={tmp_path / "data"}"' in unit.read_text()
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


def test_the_file_is_shown_line_by_line_as_it_is_written(
    systemctl: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert (
        main(["--data", str(tmp_path / "a folder with a long name, of several words"), "service", "install", "--yes"])
        == 0
    )
    shown = capsys.readouterr().err.splitlines()
    written = (tmp_path / ".config/systemd/user/heardback.service").read_text().splitlines()
    first = shown.index(f"    {written[0]}")
    assert shown[first : first + len(written)] == [f"    {line}".rstrip() for line in written]
    assert "    systemctl --user enable heardback.service" in shown


def test_the_settings_file_of_this_shell_is_named_to_the_service(
    systemctl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.toml"
    file.touch()
    monkeypatch.setenv("HEARDBACK_CONFIG", str(file))
    assert main(["service", "install", "--yes"]) == 0
    assert f'"--config" "{file}"' in (tmp_path / ".config/systemd/user/heardback.service").read_text()


def test_what_the_system_says_against_it_is_told_and_nothing_is_left(
    systemctl: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = tmp_path / ".config/systemd/user/heardback.service"
    (systemctl / "broken").touch()
    assert main(["service", "install", "--yes"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert '"systemctl --user daemon-reload" failed: no bus.' in told
    assert f"{unit} is taken away again." in told
    assert "sign in directly, not by su or sudo, and try again" in told
    assert not unit.exists()


def test_an_older_service_stays_as_it_was_where_the_system_does_not_take_a_new_one(
    systemctl: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = tmp_path / ".config/systemd/user/heardback.service"
    assert main(["service", "install", "--yes"]) == 0
    before = unit.read_text()
    (systemctl / "broken").touch()
    assert main(["service", "install", "--yes", "--set", "web.inside=true"]) == 1
    assert unit.read_text() == before
    assert "is as it was before" in " ".join(capsys.readouterr().err.split())


def test_a_system_that_cannot_be_asked_does_not_keep_the_file(
    systemctl: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    units = tmp_path / ".config/systemd/user"
    assert main(["service", "install", "--yes"]) == 0
    link = units / "default.target.wants/heardback.service"
    link.parent.mkdir()
    link.symlink_to(units / "heardback.service")
    (systemctl / "broken").touch()
    assert main(["service", "remove"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert '"systemctl --user disable --now heardback.service" failed: no bus.' in told
    assert "The file was taken away all the same. So it does not start again; a worker that runs goes on" in told
    assert [each for each in units.rglob("*") if not each.is_dir()] == []


def test_a_system_without_its_own_command_does_not_keep_the_file(
    systemctl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["service", "install", "--yes"]) == 0
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["service", "remove"]) == 0
    assert "systemctl cannot be run" in capsys.readouterr().err
    assert not (tmp_path / ".config/systemd/user/heardback.service").exists()


def test_what_this_shell_alone_says_is_told_to_the_service_or_said_to_be_left_out(
    systemctl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "xdg/heardback/settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text("data_folder = 'rel'\n", "utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HEARDBACK_ZONE", "Europe/Berlin")
    monkeypatch.chdir(tmp_path)
    assert main(["service", "install", "--yes", "--set", "relay.folder=hits", "--set", "web.inside=true"]) == 0
    unit = (tmp_path / ".config/systemd/user/heardback.service").read_text()
    line = next(each for each in unit.splitlines() if each.startswith("ExecStart="))
    named = f'"--config" "{file}" "--set" "relay.folder={tmp_path / "hits"}" "--set" "web.inside=true"'
    assert line.endswith(f'"run" "--quiet" {named}')
    told = " ".join(capsys.readouterr().err.split())
    assert f"not see the variables of this shell: HEARDBACK_ZONE (zone). Put into the settings file {file}" in told


def test_a_data_folder_that_only_this_shell_knows_is_named_to_the_service(
    systemctl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert main(["service", "install", "--yes"]) == 0
    unit = (tmp_path / ".config/systemd/user/heardback.service").read_text()
    assert f'"run" "--quiet" "--data" "{tmp_path / "share/heardback"}"\n' in unit
    assert "Install it again once the file is there" in " ".join(capsys.readouterr().err.split())


def test_without_a_service_there_is_nothing_to_remove(systemctl: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "remove"]) == 0
    assert "nothing was done" in capsys.readouterr().out
    assert main(["service", "status"]) == 1


def test_another_system_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "sunos5")
    assert main(["service", "install"]) == 1
    assert "sunos5 has no service that Heardback knows" in capsys.readouterr().err

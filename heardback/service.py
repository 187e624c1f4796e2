"""What makes "heardback run" start with the person's session: a file for their system, and the commands that use it.

Pure: the files and commands are worked out here, and written and run by the command. The forms are those of
systemd.service(5), launchd.plist(5) and the Task Scheduler's XML schema 1.2 (Microsoft, "Task Scheduler Schema").
"""

import plistlib
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

#: a command and its words
Call = tuple[str, ...]

_UNIT = "heardback.service"
_LABEL = "io.heardback.run"
_TASK = "Heardback"
#: prints `Running` or another state
_STATE = f"$state = (Get-ScheduledTask -TaskName {_TASK}).State; $state; exit [int]($state -ne 'Running')"
_OTHERWISE = 'Mend that and try again, or start "heardback run" by other means.'
#: seconds before a worker that failed is started again
_PAUSE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One system's way to keep a program running for a person."""

    #: `systemd`, `launchd` or `Task Scheduler`
    system: str
    file: Path
    content: bytes
    #: after the file is written
    install: tuple[Call, ...]
    #: before the file is taken away
    remove: tuple[Call, ...]
    #: before another file is written or this one taken away; it may fail, where nothing runs
    stop: tuple[Call, ...] = ()
    #: ends with 0 if it runs
    status: Call
    #: what the system makes beside the file, and may leave when it is not asked to remove it
    links: tuple[Path, ...] = ()
    #: what else a person should know
    hint: str = ""
    #: what to do when the system does not take it
    when_refused: str = _OTHERWISE
    #: what may be left when the system cannot be asked to remove it
    when_left: str

    @property
    def text(self) -> str:
        """The file as a person reads it."""
        return self.content.decode("utf-16" if self.content[:2] == b"\xff\xfe" else "utf-8")


def service_of(platform: str, words: Sequence[str], *, home: Path, user: str) -> Service:
    """The service of this system that runs a command line.

    :param platform: as `sys.platform` names it
    :param words: the program and its arguments
    :param home: the person's home folder
    :param user: as this system names them in such files: a number for launchd, `DOMAIN\\name` on Windows
    :raises ValueError: there is no such way on this system
    """
    if platform == "linux":
        return _systemd(words, home)
    if platform == "darwin":
        return _launchd(words, home, user)
    if platform == "win32":
        return _task(words, home, user)
    raise ValueError(f"{platform} has no service that Heardback knows")


def _systemd(words: Sequence[str], home: Path) -> Service:
    lines = (
        "[Unit]",
        "Description=Heardback: reads your mailboxes and reminds you",
        "Documentation=man:systemd.service(5)",
        "",
        "[Service]",
        f"ExecStart={' '.join(map(_quoted, words))}",
        "Restart=on-failure",
        f"RestartSec={_PAUSE}",
        "TimeoutStopSec=10",
        "Nice=5",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    )
    control, units = ("systemctl", "--user"), home / ".config/systemd/user"
    return Service(
        system="systemd",
        file=units / _UNIT,
        content="\n".join(lines).encode(),
        install=((*control, "daemon-reload"), (*control, "enable", _UNIT), (*control, "restart", _UNIT)),
        remove=((*control, "disable", "--now", _UNIT),),
        status=(*control, "status", "--no-pager", _UNIT),
        links=(units / "default.target.wants" / _UNIT,),
        hint='It runs while you are signed in; "loginctl enable-linger" lets it run always.',
        when_refused="systemd takes it from a session of your own: sign in directly, not by su or sudo, and try again; "
        'or start "heardback run" by other means, such as cron.',
        when_left="So it does not start again; a worker that runs goes on until it is ended, or you sign out.",
    )


def _quoted(word: str) -> str:
    """A word of ExecStart: specifiers, variables and quotes taken literally (systemd.service(5), "Command lines")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _launchd(words: Sequence[str], home: Path, user: str) -> Service:
    file = home / "Library/LaunchAgents" / f"{_LABEL}.plist"
    log = str(home / "Library/Logs/Heardback.log")
    agent = {
        "Label": _LABEL,
        "ProgramArguments": list(words),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": _PAUSE,
        "ProcessType": "Background",
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    name = f"gui/{user}/{_LABEL}"
    return Service(
        system="launchd",
        file=file,
        content=plistlib.dumps(agent),
        install=(("launchctl", "bootstrap", f"gui/{user}", str(file)),),
        remove=(),
        # launchd forgets it only when it has ended, which takes it two seconds
        stop=(("launchctl", "bootout", name), ("sleep", "3")),
        status=("sh", "-c", f"launchctl print {name} | grep 'state = running'"),
        hint=f"What it says goes to {log}.",
        when_left="So it does not start again; a worker that runs goes on until it is ended, or you sign out.",
    )


def _task(words: Sequence[str], home: Path, user: str) -> Service:
    file = home / "AppData/Local/heardback/heardback-task.xml"
    task = ET.Element("Task", version="1.2", xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task")
    _put(task, "RegistrationInfo/Description", "Heardback: reads your mailboxes and reminds you")
    _put(task, "Triggers/LogonTrigger/Enabled", "true")
    # without a name it would start with everybody's session, and only an administrator might install it
    _put(task, "Triggers/LogonTrigger/UserId", user)
    _put(task, "Principals/Principal/UserId", user)
    _put(task, "Principals/Principal/LogonType", "InteractiveToken")
    for name, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("ExecutionTimeLimit", "PT0S"),
        ("RestartOnFailure/Interval", "PT1M"),
        ("RestartOnFailure/Count", "255"),  # the most that the schema takes
    ):
        _put(task, f"Settings/{name}", value)
    # python.exe would open a window, and end with it
    _put(task, "Actions/Exec/Command", str(PureWindowsPath(words[0]).with_name("pythonw.exe")))
    _put(task, "Actions/Exec/Arguments", " ".join(map(_quoted_for_windows, words[1:])))
    ET.indent(task)
    # schtasks takes its own files only in UTF-16
    content = ('<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(task, encoding="unicode")).encode("utf-16-le")
    return Service(
        system="Task Scheduler",
        file=file,
        content=b"\xff\xfe" + content,
        install=(("schtasks", "/Create", "/F", "/TN", _TASK, "/XML", str(file)), ("schtasks", "/Run", "/TN", _TASK)),
        remove=(("schtasks", "/Delete", "/F", "/TN", _TASK),),
        stop=(("schtasks", "/End", "/TN", _TASK),),
        # schtasks tells the state in the words of the country
        status=("powershell", "-NoProfile", "-Command", _STATE),
        hint='It has no window: "heardback status" tells how it goes.',
        when_left=f'The task may be there still; "schtasks /Delete /F /TN {_TASK}" removes it, once that works.',
    )


def _put(task: ET.Element, path: str, text: str) -> None:
    """Set an element below the root, making those on the way."""
    at = task
    for name in path.split("/"):
        found = at.find(name)
        at = ET.SubElement(at, name) if found is None else found
    at.text = text


def _quoted_for_windows(word: str) -> str:
    from subprocess import list2cmdline

    return list2cmdline([word])

"""A program that stands in for macOS or Windows: it keeps from our rooms what these lack, then does what it is told.

    python -X warn_default_encoding tests/other_systems.py win32 run status --json
    python -X warn_default_encoding tests/other_systems.py darwin import relay store

The standard library and others stay as they are on this system: what they make of another one is theirs.
"""

import builtins
import codecs
import importlib
import io
import os
import pkgutil
import select
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from errno import EINVAL
from pathlib import Path
from types import ModuleType
from typing import Any

#: every room of the product
ROOMS = ("heardback", "scheduler", "connectors", "relay", "store", "evidence", "sandbox")

#: names that neither has, by module
_NOT_ELSEWHERE = {
    os: """fdatasync posix_fallocate posix_fadvise getrandom memfd_create eventfd pipe2 splice copy_file_range sendfile
        sched_setaffinity sched_getaffinity preadv pwritev RWF_DSYNC RWF_SYNC RWF_HIPRI RWF_NOWAIT RWF_APPEND O_DIRECT
        O_TMPFILE O_PATH O_NOATIME O_LARGEFILE O_RSYNC setresuid setresgid getresuid getxattr setxattr listxattr
        removexattr""",
    signal: "SIGRTMIN SIGRTMAX SIGPOLL SIGPWR SIGSTKFLT SIGCLD sigtimedwait sigwaitinfo",
    socket: "SOCK_CLOEXEC SOCK_NONBLOCK AF_NETLINK AF_PACKET SO_BINDTODEVICE TCP_USER_TIMEOUT TCP_QUICKACK",
    select: "epoll",
    sys: "",
}
#: names that Windows lacks as well; fchmod came with Python 3.13
_NOT_ON_WINDOWS = {
    os: """getuid geteuid getgid getegid getgroups setuid setgid fork forkpty killpg getpgid setsid getpgrp fchmod
        fchown chown lchown fchdir pread pwrite readv writev lockf mkfifo mknod openpty nice statvfs fstatvfs sysconf
        uname wait wait3 wait4 getloadavg ttyname ctermid sync chroot O_NOFOLLOW O_CLOEXEC O_DIRECTORY O_NONBLOCK
        O_NDELAY O_SYNC O_DSYNC O_NOCTTY O_ASYNC""",
    signal: """SIGHUP SIGALRM SIGUSR1 SIGUSR2 SIGKILL SIGPIPE SIGCHLD SIGQUIT SIGSTOP SIGCONT SIGTSTP SIGWINCH alarm
        pause setitimer getitimer pthread_kill pthread_sigmask sigwait sigpending siginterrupt""",
    socket: "AF_UNIX SO_REUSEPORT MSG_NOSIGNAL MSG_DONTWAIT",
    select: "poll",
    time: "tzset clock_gettime clock_settime pthread_getcpuclockid",
}
_NO_MODULES = {
    "darwin": {"jeepney", "secretstorage"},
    "win32": {"jeepney", "secretstorage", "uvloop", "fcntl", "pwd", "grp", "resource", "termios", "tty", "pty"},
}


class Elsewhere:
    """A module of the standard library as it is on another system."""

    def __init__(self, real: ModuleType, missing: set[str], **other: object) -> None:
        vars(self).update(other, _real=real, _missing=missing)

    def __getattr__(self, name: str) -> Any:
        if name in self._missing:
            raise AttributeError(f"module {self._real.__name__!r} has no attribute {name!r}")
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._real, name, value)


def become(platform: str) -> None:
    """Be another system from here on, as far as our rooms can tell.

    :param platform: as `sys.platform` names it: `darwin` or `win32`
    """
    rooms = "|".join(ROOMS)
    warnings.filterwarnings("error", category=EncodingWarning, module=rf"({rooms})\b")
    missing = {module: set(names.split()) for module, names in _NOT_ELSEWHERE.items()}
    if platform == "win32":
        for module, names in _NOT_ON_WINDOWS.items():
            missing.setdefault(module, set()).update(names.split())
        _keep_signals_from_waits()
        _keep_open_files()
        _forget_modes()
        codecs.register(lambda name: codecs.lookup("cp850") if name == "oem" else None)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Pipe(1, "w", closefd=False)), "cp1252")
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            stream.reconfigure(encoding="cp1252", errors="strict")  # type: ignore[union-attr]
    other: dict[ModuleType, dict[str, object]] = {sys: {"platform": platform}}
    if platform == "win32":
        other[os] = {"name": "nt"}
    seen = {each.__name__: Elsewhere(each, names, **other.get(each, {})) for each, names in missing.items()}
    _import_as_there(seen, _NO_MODULES[platform])


class _Pipe(io.FileIO):
    """On Windows, to write into a pipe that nobody reads any more is an invalid argument."""

    def write(self, content: Any, /) -> int:
        try:
            return super().write(content)
        except BrokenPipeError as err:
            raise OSError(EINVAL, "Invalid argument") from err


def _import_as_there(seen: dict[str, Elsewhere], refused: set[str]) -> None:
    real = builtins.__import__

    def look(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:  # noqa: A002
        by, root = str((globals or {}).get("__name__", "")).partition(".")[0], name.partition(".")[0]
        if not level and root in refused and by not in sys.stdlib_module_names | {"filelock"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        found = real(name, globals, locals, fromlist, level)
        return seen.get(found.__name__, found) if by in ROOMS else found

    builtins.__import__ = look


def _keep_signals_from_waits() -> None:
    """On Windows, who waits for a lock hears of Ctrl-C only when the wait is over."""
    real = threading.Event.wait

    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            return real(self, timeout)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    threading.Event.wait = wait  # type: ignore[method-assign]


def _keep_open_files() -> None:
    """On Windows, an open file is neither renamed, replaced nor deleted."""

    def guarded(real: Callable[..., None]) -> Callable[..., None]:
        def act(*paths: Any, **choices: Any) -> None:
            held = {os.path.realpath(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")}  # noqa: PTH208
            for path in paths:
                if os.path.realpath(path) in held:
                    raise PermissionError(13, "The file is used by another process", str(path))
            real(*paths, **choices)

        return act

    for name in ("replace", "rename", "unlink", "remove"):
        setattr(os, name, guarded(getattr(os, name)))


def _forget_modes() -> None:
    """On Windows, everything looks as if all might read and write it."""
    file, folder = os.open, os.mkdir
    os.umask(0)
    os.open = lambda path, flags, mode=0o777, **more: file(path, flags, 0o666, **more)
    os.mkdir = lambda path, mode=0o777, **more: folder(path, 0o777, **more)
    os.chmod = lambda *_, **__: None


def import_all(rooms: list[str]) -> int:
    """Import every module of rooms; each that cannot be is told on standard output."""
    wrong = []
    for name in (each for room in rooms for each in _modules(room)):
        try:
            importlib.import_module(name)
        except Exception as err:  # noqa: BLE001 - whatever it is, it is told
            wrong.append(f"{name}: {type(err).__name__}: {err}")
    print("\n".join(wrong), end="")
    return min(len(wrong), 1)


def _modules(room: str) -> list[str]:
    folder = str(Path(__file__).parent.parent / room)
    return [each.name for each in pkgutil.walk_packages([folder], f"{room}.") if not each.name.endswith("__main__")]


def run(words: list[str]) -> int:
    """What typing `heardback` does."""
    from heardback.__main__ import start

    sys.argv = ["heardback", *words]
    return start()


def run_without_console(words: list[str]) -> int:
    """What `pythonw -m heardback` does on Windows."""
    vars(sys).update(stdout=None, stderr=None)
    return run(words)


if __name__ == "__main__":
    become(sys.argv[1])
    sys.exit({"import": import_all, "run": run, "windowless": run_without_console}[sys.argv[2]](sys.argv[3:]))

"""`service`: let "heardback run" start with your session, and stop that again."""

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from heardback.errors import DONE, FAILED, Failed, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.service import Call, Service, service_of
from heardback.settings import default_file, file_of

#: seconds a system's own command may take
_PATIENCE = 60
#: in which it speaks
_ENCODING = "oem" if sys.platform == "win32" else "utf-8"


def service(args: Namespace, house: House, output: Output) -> int:
    """Install, remove or show the service; every file is shown before it is written."""
    try:
        found = service_of(sys.platform, _words(args), home=Path.home(), user=_user())
    except ValueError as error:
        raise Failed(f'{error}; run "heardback run" by whatever starts programs here.') from error
    if args.act == "install":
        _warn_of_environment(house, output)
    acts = {"install": _install, "remove": _remove, "status": _status}
    return acts[args.act](found, args, output)


def _warn_of_environment(house: House, output: Output) -> None:
    """A service does not see the variables of this shell."""
    lost = [name for name, source in house.settings.sources.items() if source.startswith("HEARDBACK_")]
    if lost:
        output.warn(f"A service does not see this shell's variables: put {', '.join(lost)} into the settings file.")


def _words(args: Namespace) -> list[str]:
    """The worker's command line: this Python, and the settings that were named here."""
    words = [sys.executable, "-m", "heardback", "run", "--quiet"]
    file = file_of(args.config).resolve()
    if file != default_file().resolve():
        words += ["--config", str(file)]
    if args.data:
        words += ["--data", str(Path(args.data).resolve())]
    return words + [word for each in args.set for word in ("--set", each)]


def _user() -> str:
    if hasattr(os, "getuid"):
        return str(os.getuid())
    return f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"


def _install(found: Service, args: Namespace, output: Output) -> int:
    output.tell(f"This goes into {found.file}:")
    output.tell("")
    for line in found.text.splitlines():
        output.tell(f"    {line}" if line else "")
    output.tell("")
    output.tell(f"Then: {'; '.join(map(' '.join, found.install))}")
    if args.dry_run:
        return DONE
    if not (args.yes or (sys.stdin.isatty() and input("Do it? [y/N] ").strip().lower() in {"y", "yes"})):
        raise UsageError('Nothing was done; say "--yes" to go on without being asked.')
    if found.file.exists():
        _stop(found)
    found.file.parent.mkdir(parents=True, exist_ok=True)
    found.file.write_bytes(found.content)
    for call in found.install:
        _run(call)
    return _tell(
        {"installed": str(found.file)}, f'Installed. "heardback service status" tells how it is. {found.hint}', output
    )


def _remove(found: Service, args: Namespace, output: Output) -> int:
    if not found.file.exists():
        return _tell({"removed": None}, f"There is no service of ours in {found.system}; nothing was done.", output)
    if not args.dry_run:
        _stop(found)
        for call in found.remove:
            _run(call)
        found.file.unlink()
    done = "Would remove" if args.dry_run else "Removed"
    return _tell({"removed": str(found.file)}, f"{done} {found.file}; what is remembered stays.", output)


def _stop(found: Service) -> None:
    for call in found.stop:
        _called(call)


def _status(found: Service, args: Namespace, output: Output) -> int:  # noqa: ARG001 - as the others
    if not found.file.exists():
        _tell(
            {"installed": False, "runs": False}, 'It is not installed; "heardback service install" does that.', output
        )
        return FAILED
    answer = _called(found.status)
    runs = answer.returncode == 0
    said = answer.stdout.strip() or answer.stderr.strip() or "It does not run."
    _tell({"installed": True, "runs": runs}, said, output)
    return DONE if runs else FAILED


def _tell(document: dict[str, object], text: str, output: Output) -> int:
    if output.as_json:
        output.document(document)
    else:
        for line in text.splitlines():
            output.say(line)
    return DONE


def _run(call: Call) -> None:
    answer = _called(call)
    if answer.returncode:
        said = " ".join((answer.stderr or answer.stdout).split())
        raise Failed(f'"{" ".join(call)}" failed: {said or f"it ended with {answer.returncode}"}.')


def _called(call: Call) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(  # noqa: S603 - our own words
            call, capture_output=True, encoding=_ENCODING, errors="replace", timeout=_PATIENCE, check=False
        )
    except OSError as error:
        raise Failed(f"{call[0]} cannot be run: {(error.strerror or '').lower()}; is it installed?") from error
    except subprocess.TimeoutExpired as error:
        raise Failed(f'"{" ".join(call)}" did not end within {_PATIENCE} seconds.') from error

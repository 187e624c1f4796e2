"""`service`: let "heardback run" start with your session, and stop that again."""

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from heardback.errors import DONE, FAILED, Failed, UsageError
from heardback.house import House
from heardback.known_settings import BY_NAME
from heardback.output import Output
from heardback.service import Call, Service, service_of
from heardback.settings import Settings, default_file

#: seconds a system's own command may take
_PATIENCE = 60
#: in which it speaks
_ENCODING = "oem" if sys.platform == "win32" else "utf-8"


def service(args: Namespace, house: House, output: Output) -> int:
    """Install, remove or show the service; every file is shown before it is written."""
    try:
        found = service_of(sys.platform, _words(house.settings), home=Path.home(), user=_user())
    except ValueError as error:
        raise Failed(f'{error}; run "heardback run" by whatever starts programs here.') from error
    if args.act == "install":
        for line in _not_taken_along(house.settings):
            output.warn(line)
    acts = {"install": _install, "remove": _remove, "status": _status}
    return acts[args.act](found, args, output)


def _words(settings: Settings) -> list[str]:
    """The worker's command line: this Python, and the settings that hold here, wherever and however it is started."""
    words = [sys.executable, "-m", "heardback", "run", "--quiet"]
    # what XDG_* says here, the one who starts the service may not say
    if settings.file.exists() and (settings.file != default_file() or "XDG_CONFIG_HOME" in os.environ):
        words += ["--config", str(settings.file)]
    if settings.sources["data_folder"] == "default" and "XDG_DATA_HOME" in os.environ:
        words += ["--data", str(settings.folder)]
    return words + [word for each in settings.flags for word in ("--set", f"{each}={_given(each, settings)}")]


def _given(name: str, settings: Settings) -> str:
    """A flag's value as it means the same from any folder."""
    return settings.text(name) if BY_NAME[name].is_path else settings.flags[name]


def _not_taken_along(settings: Settings) -> Iterator[str]:
    """What holds in this shell and not for the service."""
    lost = {source: name for name, source in settings.sources.items() if source in os.environ}
    if lost:
        variables = ", ".join(f"{variable} ({name})" for variable, name in lost.items())
        yield (
            f"The service does not see the variables of this shell: {variables}. Put into the settings file "
            f"{settings.file} what is to hold for it, or install it with --set."
        )
    if "XDG_CONFIG_HOME" in os.environ and not settings.file.exists():
        yield (
            f"There is no settings file {settings.file} yet, and the service may look elsewhere, as XDG_CONFIG_HOME is "
            "a variable of this shell. Install it again once the file is there."
        )
    secret = [name for name in settings.flags if BY_NAME[name].secret]
    if secret:
        yield f"{', '.join(secret)} would stand in the service's file for others to read; use the settings file."


def _user() -> str:
    if hasattr(os, "getuid"):
        return str(os.getuid())
    return f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"


def _install(found: Service, args: Namespace, output: Output) -> int:
    output.tell(f"This goes into {found.file}:")
    output.quote(found.text)
    output.tell("Then:")
    output.quote("\n".join(map(" ".join, found.install)))
    if args.dry_run:
        return DONE
    if not (args.yes or (sys.stdin.isatty() and input("Do it? [y/N] ").strip().lower() in {"y", "yes"})):
        raise UsageError('Nothing was done; say "--yes" to go on without being asked.')
    before = found.file.read_bytes() if found.file.exists() else None
    try:
        _put_in(found)
    except Failed as error:
        left = _undone(found, before)
        raise Failed(f"{error} {left} {found.when_refused}") from error
    return _tell(
        {"installed": str(found.file)}, f'Installed. "heardback service status" tells how it is. {found.hint}', output
    )


def _put_in(found: Service) -> None:
    if found.file.exists():
        _stop(found)
    found.file.parent.mkdir(parents=True, exist_ok=True)
    found.file.write_bytes(found.content)
    for call in found.install:
        _run(call)


def _undone(found: Service, before: bytes | None) -> str:
    """Take back an installation that failed half way; says what is left."""
    if before is not None:
        found.file.write_bytes(before)
        return f'{found.file} is as it was before; "heardback service status" tells whether it runs.'
    return " ".join([f"{found.file} is taken away again.", *_taken_out(found)])


def _taken_out(found: Service) -> list[str]:
    """Take the service out of the system, as far as it can be asked, and its file away; what went wrong."""
    troubles = []
    for call in (*found.stop, *found.remove):
        try:
            _run(call)
        except Failed as error:
            troubles += [str(error)] if call in found.remove else []
    for file in (found.file, *found.links):
        file.unlink(missing_ok=True)
    return troubles


def _remove(found: Service, args: Namespace, output: Output) -> int:
    if not found.file.exists():
        return _tell({"removed": None}, f"There is no service of ours in {found.system}; nothing was done.", output)
    if args.dry_run:
        return _tell({"removed": None}, f"Would remove {found.file}; what is remembered stays.", output)
    troubles = _taken_out(found)
    for each in troubles:
        output.warn(each)
    if troubles:
        output.warn(
            f'The file was taken away all the same. {found.when_left} "heardback status" tells of one that runs.'
        )
    document: dict[str, object] = {"removed": str(found.file), "troubles": troubles}
    return _tell(document, f"Removed {found.file}; what is remembered stays.", output)


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

"""Settings: one TOML file, then the environment (`HEARDBACK_*`), then flags; each value knows where it came from."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from heardback.known_settings import BY_NAME, SETTINGS, Setting, Value
from heardback.origin import origin

#: a table of a rule, as it stands in the settings file
Rule = Mapping[str, Any]
#: rules of several values each, `[[remind]]` and `[[track]]` in the settings file; who reads one checks it
RULES = ("remind", "track")


class SettingsError(Exception):
    """A setting cannot be used. The message names it, where it came from, and what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The result: every setting's value and where it came from."""

    values: Mapping[str, Value]
    #: name to `default`, a file's path, an environment variable, or `flag`
    sources: Mapping[str, str]
    #: name of `RULES` to its rules, in the order they are written
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    #: the settings file they were read from, or would be; it may be missing
    file: Path = field(default_factory=lambda: default_file())
    #: what flags set, as it was given
    flags: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A setting that is text."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """A setting that is a whole number."""
        return int(self.values[name])

    def truth(self, name: str) -> bool:
        """A setting that is true or false."""
        return bool(self.values[name])

    def path(self, name: str) -> Path:
        """A setting that is a path."""
        return Path(self.text(name))

    @property
    def folder(self) -> Path:
        """Where the ledger and the vault lie."""
        if self.text("data_folder"):
            return self.path("data_folder")
        import platformdirs

        return Path(platformdirs.user_data_dir("heardback", appauthor=False))

    @property
    def zone(self) -> ZoneInfo:
        """The person's time zone."""
        if self.text("zone"):
            return ZoneInfo(self.text("zone"))
        import tzlocal

        return tzlocal.get_localzone()


def default_file() -> Path:
    """The settings file that is read when none is named."""
    import platformdirs

    return Path(platformdirs.user_config_dir("heardback", appauthor=False)) / "settings.toml"


def load(
    flags: Mapping[str, str] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Put the settings together: defaults, then the file, then the environment, then flags.

    :param flags: setting name to text, as given on the command line
    :param file: the TOML file; None: the variable HEARDBACK_CONFIG or the usual place, where it may be missing
    :returns: paths in it are absolute: those of the file from its folder on, others from where the command was typed
    :raises SettingsError: an unknown name, a value of the wrong kind, an unreadable file
    """
    named = file or (Path(environment["HEARDBACK_CONFIG"]) if environment.get("HEARDBACK_CONFIG") else None)
    used = (named or default_file()).absolute()
    values: dict[str, Value] = {setting.name: setting.default for setting in SETTINGS}
    sources = dict.fromkeys(values, "default")
    table = _read(named or used, must_exist=named is not None)
    rules = {name: _rules(name, table.pop(name, []), used) for name in RULES}
    layers = (
        *((name, value, str(named or used), used.parent) for name, value in _flat(table)),
        *((s.name, environment[s.variable], s.variable, Path()) for s in SETTINGS if s.variable in environment),
        *((name, text, "flag", Path()) for name, text in (flags or {}).items()),
    )
    for name, raw, source, base in layers:
        values[name] = _checked(name, raw, source, base)
        sources[name] = source
    return Settings(values=values, sources=sources, rules=rules, file=used, flags=dict(flags or {}))


def loaded_again(settings: Settings) -> Settings:
    """The settings after their file was written: what flags set stays set."""
    return load(settings.flags, file=settings.file if settings.file.exists() else None)


def _read(file: Path, *, must_exist: bool) -> dict[str, Any]:
    if not file.exists() and not must_exist:
        return {}
    import tomllib

    text = ""
    try:
        text = file.read_text("utf-8-sig")  # some editors on Windows begin a file with a mark
        return tomllib.loads(text)
    except OSError as error:
        raise SettingsError(
            f"The settings file {file} cannot be read: {error.strerror}. Mend that, or name another one with --config."
        ) from error
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of digits
        hint = " A path with backslashes stands in single quotes." if "\\" in text else ""
        raise SettingsError(f"The settings file {file} is not valid TOML: {error}. Mend it there.{hint}") from error


def _rules(name: str, written: object, file: Path) -> tuple[Rule, ...]:
    if isinstance(written, list) and all(isinstance(each, dict) for each in written):
        return tuple(written)
    raise SettingsError(f"{name} (from {file}) takes rules, each a table of its own that begins with [[{name}]].")


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _checked(name: str, raw: object, source: str, base: Path) -> Value:
    if name not in BY_NAME:
        import difflib

        close = difflib.get_close_matches(name, BY_NAME, n=1)
        hint = f" Did you mean {close[0]}?" if close else ' "heardback config" lists all settings.'
        raise SettingsError(f"There is no setting {name} (from {source}).{hint}")
    value = _typed(BY_NAME[name], raw, source)
    if wrong := _wrong(name, value):
        raise SettingsError(f"The setting {name} (from {source}) {wrong}.")
    return _absolute(name, value, source, base) if BY_NAME[name].is_path and value else value


def _absolute(name: str, value: Value, source: str, base: Path) -> str:
    """A path from a folder on; another place would change it with where the next command is typed."""
    try:
        return str((base / Path(str(value)).expanduser()).absolute())
    except RuntimeError as error:
        raise SettingsError(
            f"The setting {name} (from {source}) is {value!r}; there is no such home folder."
        ) from error


def _wrong(name: str, value: Value) -> str:
    """What is wrong with a value of the right kind, as the sentence goes on; empty if nothing is."""
    if name == "zone" and value and not is_zone(str(value)):
        return f"is {value!r}, which is no time zone; write Europe/Berlin"
    if name == "web.address" and value:
        return "" if origin(str(value)) else f"is {value!r}; write https:// and a host of its own, without a path"
    if name in ("tracking.disclosure", "tracking.opt_out_words") and value:
        from connectors.disclosure import is_seen

        return "" if is_seen(str(value)) else f"is {value!r}, which no reader can see; write words, or leave it empty"
    return ""


def is_zone(name: str) -> bool:
    """Whether there is such a zone; to list them all would take longer than most commands."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone; no path below the zones; a folder of zones
        return False
    return True


def _typed(setting: Setting, raw: object, source: str) -> Value:
    kind = type(setting.default)
    if kind is bool and isinstance(raw, str) and raw.lower() in _TRUTHS:
        return _TRUTHS[raw.lower()]
    if setting.is_number:
        value: object = int(raw) if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()) else raw
        if type(value) is int and setting.least <= value <= setting.most:
            return value
    elif type(raw) is kind:
        return raw
    wanted = {
        bool: "true or false",
        int: f"a whole number from {setting.least} to {setting.most}",
        str: "text in quotes",
    }[kind]
    shown = "that" if setting.secret else _short(raw)
    raise SettingsError(f"The setting {setting.name} (from {source}) takes {wanted}, not {shown}.")


def _short(raw: object) -> str:
    """A value as it can be named; numbers of thousands of digits cannot even be written."""
    is_endless = isinstance(raw, int) and raw.bit_length() > _MOST_BITS
    shown = "one of so many digits" if is_endless else repr(raw)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"


#: a number as text, with a sign or not; none of a setting has more digits
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
#: characters shown of a value that cannot be used, and bits of a number that is shown
_MOST_SHOWN, _MOST_BITS = 80, 256
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}

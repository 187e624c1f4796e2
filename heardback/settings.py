"""Settings: one TOML file, then the environment (`HEARDBACK_*`), then flags; each value knows where it came from."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Value = str | int | bool
#: a table of a rule, as it stands in the settings file
Rule = Mapping[str, Any]
#: rules of several values each, `[[remind]]` and `[[track]]` in the settings file; who reads one checks it
RULES = ("remind", "track")


class SettingsError(Exception):
    """A setting cannot be used. The message names it, where it came from, and what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that can be set; its environment variable is `HEARDBACK_` and the name with `_` for `.`."""

    name: str
    default: Value
    about: str
    #: the smallest and the largest number it takes
    least: int = 0
    most: int = 0
    #: never shown
    secret: bool = False
    #: names a file or folder
    is_path: bool = False

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return "HEARDBACK_" + self.name.upper().replace(".", "_")

    @property
    def is_number(self) -> bool:
        """Whether it takes a whole number."""
        return type(self.default) is int

    @property
    def explained(self) -> str:
        """What it is about, and the numbers it takes."""
        return f"{self.about} ({self.least} to {self.most})" if self.is_number else self.about


#: days of a year, of ten and of a hundred; seconds of a day; the last port there is
_YEAR, _DECADE, _CENTURY, _DAY, _LAST_PORT = 366, 3_650, 36_500, 86_400, 65_535

SETTINGS = (
    Setting(
        name="data_folder",
        default="",
        about="where the ledger and the vault lie; empty: this system's usual place",
        is_path=True,
    ),
    Setting(name="zone", default="", about="your time zone, such as Europe/Berlin; empty: this machine's"),
    Setting(name="country", default="", about="two letters; its weekend and holidays are no business days; or empty"),
    Setting(name="region", default="", about="part of the country with holidays of its own, such as BY; empty: none"),
    Setting(name="window_days", default=30, most=_DECADE, about="how far back sent mail is followed"),
    Setting(
        name="reminders.after_days", default=3, most=_YEAR, about="business days of silence before the first reminder"
    ),
    Setting(
        name="reminders.again_after_days",
        default=5,
        most=_YEAR,
        about="business days before the second one; 0: never again",
    ),
    Setting(name="reminders.times", default=2, least=1, most=12, about="reminders about one mail in all"),
    Setting(
        name="reminders.condition",
        default="unread",
        about="what raises them: unread, read-no-reply, no-reply, not-delivered or regardless",
    ),
    Setting(name="reminders.quorum", default="any", about="of several readers, whose sign ends the wait: any or all"),
    Setting(name="reminders.bounces", default=True, about="tell at once of mail that was given back"),
    Setting(name="reminders.hours", default="09:00-17:00", about="reminders come within these hours of your zone"),
    Setting(name="reminders.weekends", default=False, about="reminders also come on weekends"),
    Setting(
        name="keep.items_days",
        default=365,
        most=_CENTURY,
        about="days sent mail is kept, with all about it; 0: for good",
    ),
    Setting(
        name="keep.evidence_days",
        default=90,
        most=_CENTURY,
        about="days evidence is kept that is about no known mail; 0: for good",
    ),
    Setting(
        name="keep.hits_days",
        default=180,
        most=_CENTURY,
        about="days hits are kept, and the tokens they come by; 0: for good",
    ),
    Setting(
        name="reminders.show_in",
        default="mail",
        about="where reminders show up beside the terminal and the page: mail, digest, mark, task; or nothing",
    ),
    Setting(
        name="reminders.notify",
        default="",
        about="desktop://, and addresses of Apprise, with spaces: Slack, Teams, Telegram, ntfy, webhooks and more",
        secret=True,
    ),
    Setting(name="run.read_every", default=60, most=_DAY, about="seconds between two readings of a mailbox"),
    Setting(name="run.pull_every", default=60, most=_DAY, about="seconds between two looks for hits at the relay"),
    Setting(name="run.sweep_every", default=30, most=_DAY, about="seconds between two looks for due reminders"),
    Setting(
        name="run.answer_within",
        default=60,
        most=3_600,
        about="seconds a provider has to answer before it is asked again",
    ),
    Setting(
        name="outlook.arm_all_drafts", default=False, about="ask for receipts in all Outlook drafts, not only marked"
    ),
    Setting(
        name="tracking.pixel", default=False, about="put an image into mail you send, where the reader did not opt out"
    ),
    Setting(name="tracking.links", default=False, about="lead the links of mail you send over the relay"),
    Setting(name="tracking.web_view", default=False, about="offer a view in the browser of mail you send"),
    Setting(
        name="tracking.expires_days",
        default=180,
        least=1,
        most=_DECADE,
        about="days after which tracked mail tells nothing any more",
    ),
    Setting(
        name="tracking.disclosure",
        default="",
        about="the sentence in tracked mail that says so; empty: ours, in the mail's language",
    ),
    Setting(name="tracking.opt_out_words", default="", about="what its link to stop that says; empty: ours"),
    Setting(name="tracking.language", default="en", about="of that sentence, where the mail's language cannot be told"),
    Setting(
        name="tracking.needs_consent",
        default=False,
        about="track only readers whose consent is recorded, as the law of many countries wants it",
    ),
    Setting(
        name="relay.url", default="", about="the relay's public address, https://relay.example.com; empty: no relay"
    ),
    Setting(name="relay.inside", default=False, about='run the relay inside "heardback run"'),
    Setting(
        name="relay.ca_bundle",
        default="",
        about="PEM file to trust for the relay; empty: the usual authorities",
        is_path=True,
    ),
    Setting(
        name="relay.folder", default="", about="where the relay keeps hits; empty: in the data folder", is_path=True
    ),
    Setting(
        name="relay.key_file",
        default="",
        about="the key the relay and its owner share; empty: in the relay's folder",
        is_path=True,
    ),
    Setting(
        name="relay.host",
        default="127.0.0.1",
        about="address the relay listens on; a web server with TLS stands before it",
    ),
    Setting(name="relay.port", default=8434, most=_LAST_PORT, about="port the relay listens on; 0: any that is free"),
    Setting(
        name="relay.trusted_proxies",
        default="",
        about="addresses of the web servers before it, which name the real client",
    ),
    Setting(
        name="relay.own_networks", default="", about="your own networks, such as 192.0.2.0/24; their hits never count"
    ),
    Setting(name="relay.machine_networks", default="", about="further networks of scanners; their hits never count"),
    Setting(
        name="relay.disk_mb",
        default=64,
        most=1_000_000,
        about="megabytes for hits, and as many for web views; the oldest hits go first",
    ),
    Setting(
        name="relay.patience_ms",
        default=50,
        most=60_000,
        about="milliseconds an answer waits for a slow disk; after that the hit is saved later",
    ),
    Setting(name="relay.keep_days", default=30, most=_CENTURY, about="days the relay keeps hits; 0 for good"),
    Setting(
        name="relay.hits_per_source",
        default=600,
        most=1_000_000,
        about="hits taken from one source in a minute; further ones do not count",
    ),
    Setting(
        name="web.host", default="127.0.0.1", about="address the page listens on; any other lets other machines in"
    ),
    Setting(
        name="web.address",
        default="",
        about="where you reach the page through a proxy or a tunnel, such as https://heardback.example.org; or empty",
    ),
    Setting(name="web.port", default=0, most=_LAST_PORT, about="port the page listens on; 0: any that is free"),
    Setting(name="web.inside", default=False, about='serve the page inside "heardback run"'),
    Setting(name="vault.keyring", default=True, about="keep the vault's key in the system keyring where there is one"),
    Setting(name="clock", default="", about="address of a sandbox's virtual clock; empty: this machine's clock"),
    Setting(
        name="google.client_file",
        default="",
        about="the OAuth client file downloaded from Google (Desktop app)",
        is_path=True,
    ),
    Setting(name="google.client_id", default="", about="instead of the file: its client id"),
    Setting(name="google.client_secret", default="", about="instead of the file: its client secret", secret=True),
    Setting(
        name="google.testing",
        default=False,
        about='your Google project is still in "Testing": sign-ins end after 7 days',
    ),
    Setting(name="google.api_root", default="https://gmail.googleapis.com", about="where the Gmail API is"),
    Setting(
        name="google.auth_uri",
        default="https://accounts.google.com/o/oauth2/v2/auth",
        about="Google's consent page",
    ),
    Setting(name="google.token_uri", default="https://oauth2.googleapis.com/token", about="Google's token endpoint"),
    Setting(
        name="google.ca_bundle",
        default="",
        about="PEM file to trust for Google; empty: the usual authorities",
        is_path=True,
    ),
    Setting(name="microsoft.client_id", default="", about="the application (client) id registered with Microsoft"),
    Setting(
        name="microsoft.authority",
        default="https://login.microsoftonline.com/common",
        about="Microsoft's sign-in; `common`, `organizations`, `consumers` or a tenant id at its end",
    ),
    Setting(name="microsoft.graph_root", default="https://graph.microsoft.com/v1.0", about="where Microsoft Graph is"),
    Setting(
        name="microsoft.ca_bundle",
        default="",
        about="PEM file to trust for Microsoft; empty: the usual authorities",
        is_path=True,
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


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
        from heardback.web.door import origin

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

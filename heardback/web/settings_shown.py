"""The settings as the page shows them: those that matter first, each with a line that would change it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from heardback.commands.config import shown
from heardback.known_settings import BY_NAME, SETTINGS, Setting
from heardback.settings import Settings

#: heading to the settings under it, each with what could be written instead of what holds
_MATTER: Mapping[str, Mapping[str, str]] = {
    "When reminders come": {
        "reminders.after_days": "2",
        "reminders.again_after_days": "7",
        "reminders.times": "3",
        "reminders.condition": '"no-reply"',
        "reminders.quorum": '"all"',
        "reminders.hours": '"08:00-18:00"',
        "reminders.weekends": "true",
        "country": '"DE"',
        "zone": '"Europe/Berlin"',
    },
    "Where they show up": {
        "reminders.show_in": '"mail, mark"',
        "reminders.notify": '"desktop://"',
        "reminders.bounces": "false",
    },
    "What is read and kept": {"window_days": "60", "run.read_every": "300", "keep.items_days": "730"},
    "Tracking": {
        "relay.url": '"https://relay.example.com"',
        "tracking.pixel": "true",
        "tracking.links": "true",
        "tracking.web_view": "true",
        "tracking.needs_consent": "true",
    },
    "This page": {"web.port": "8433", "web.inside": "true"},
}
_MATTERING = frozenset(name for names in _MATTER.values() for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting."""

    name: str
    about: str
    #: as it would be written; empty if nothing is set
    value: str
    #: empty where it is as it comes
    source: str
    #: a line for the settings file; empty where few ever need one
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Settings under one heading."""

    title: str
    settings: tuple[Shown, ...]


def sections(values: Settings) -> tuple[Section, ...]:
    """Those that matter, then those that are set all the same."""
    matter = [
        Section(
            title=title,
            settings=tuple(_shown(BY_NAME[name], values, f"{name} = {other}") for name, other in names.items()),
        )
        for title, names in _MATTER.items()
    ]
    others = tuple(_shown(each, values) for each in SETTINGS if each.name not in _MATTERING and _is_set(each, values))
    return (*matter, *([Section(title="Also set by you", settings=others)] if others else []))


def rest(values: Settings) -> tuple[Shown, ...]:
    """All others."""
    return tuple(_shown(each, values) for each in SETTINGS if each.name not in _MATTERING and not _is_set(each, values))


def _is_set(setting: Setting, values: Settings) -> bool:
    return values.sources[setting.name] != "default"


def _shown(setting: Setting, values: Settings, line: str = "") -> Shown:
    value = shown(setting, values)
    return Shown(
        name=setting.name,
        about=setting.about.replace("`", ""),
        value="" if value == "" else json.dumps(value, ensure_ascii=False),
        source=values.sources[setting.name] if _is_set(setting, values) else "",
        line=line,
    )

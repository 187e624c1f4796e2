"""`config`: every setting, its value and where it came from."""

from argparse import Namespace

from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.settings import SETTINGS, default_file


def config(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Show the settings as they come out of file, environment and flags."""
    rows = [
        (
            setting.name,
            "(set)" if setting.secret and house.settings.values[setting.name] else house.settings.values[setting.name],
            house.settings.sources[setting.name],
            setting.about,
        )
        for setting in SETTINGS
    ]
    if output.as_json:
        output.document({name: {"value": value, "from": source, "about": about} for name, value, source, about in rows})
        return DONE
    output.table(("setting", "value", "from", "about"), [(n, _shown(v), s, a) for n, v, s, a in rows])
    output.say()
    output.say(f"Settings file: {default_file()} (TOML); environment: HEARDBACK_ZONE and so on; flags: --set zone=UTC.")
    return DONE


def _shown(value: object) -> str:
    return (
        {True: "true", False: "false", "": "-"}.get(value, str(value)) if isinstance(value, str | bool) else str(value)
    )

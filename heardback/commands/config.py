"""`config`: every setting, its value and where it came from."""

import json
from argparse import Namespace

from heardback.errors import DONE
from heardback.house import House
from heardback.known_settings import SETTINGS, Setting
from heardback.output import Output
from heardback.settings import Settings


def config(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Show the settings as they come out of file, environment and flags."""
    settings = house.settings
    if output.as_json:
        output.document(
            {
                each.name: {
                    "value": shown(each, settings),
                    "from": settings.sources[each.name],
                    "about": each.explained,
                }
                for each in SETTINGS
            }
        )
        return DONE
    there = "Settings are read from" if settings.file.exists() else "There is no settings file yet; it would be"
    output.say(f"{there} {settings.file}; --config or HEARDBACK_CONFIG names another one.")
    output.say(
        "What the environment sets (HEARDBACK_ZONE and so on) goes before it, and a flag before both (--set zone=…)."
    )
    for each in SETTINGS:
        source = settings.sources[each.name]
        output.say()
        output.say(f"{each.name} = {json.dumps(shown(each, settings), ensure_ascii=False)}  ({source})", hang=4)
        output.say(f"    {each.explained}")
    return DONE


def shown(setting: Setting, settings: Settings) -> object:
    """A setting's value as it may be seen."""
    value = settings.values[setting.name]
    return "(set)" if setting.secret and value else value

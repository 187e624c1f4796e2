"""`config`: every setting, its value and where it came from."""

import json
from argparse import Namespace

from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.settings import SETTINGS, Setting, Settings, default_file


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
    output.say(f"Settings are read from {default_file()}, or from the file that --config or HEARDBACK_CONFIG names;")
    output.say("then from the environment (HEARDBACK_ZONE and so on), then from flags (--set zone=Europe/Berlin).")
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

"""Changes to the settings file that leave all else in it as it was written. Pure."""

from collections.abc import Mapping

import tomlkit


def with_settings(text: str, changes: Mapping[str, str | int | bool]) -> str:
    """The file's text with some settings changed or added; comments and order stay.

    :param text: valid TOML, or nothing
    :param changes: `google.client_file` to its value
    """
    document = tomlkit.parse(text)
    for name, value in changes.items():
        table, _, key = name.rpartition(".")
        if table and table not in document:
            document[table] = tomlkit.table()
        inside = document[table] if table else document
        inside[key] = value
    return tomlkit.dumps(document)

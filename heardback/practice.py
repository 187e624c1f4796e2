"""A place to practise `setup` in: settings that lead to the made-up providers, with no client and no mailbox yet."""

import json
from collections.abc import Mapping
from pathlib import Path

from sandbox.world import World

CLIENT_FILE = "client_secret.json"
SETTINGS = "settings.toml"


def prepare(world: World, folder: Path) -> None:
    """Make the settings file, and the client file as Google hands it out."""
    folder.mkdir(mode=0o700)
    settings = world.settings()
    client = {name: settings.pop(f"google.{name}") for name in ("client_id", "client_secret")}
    del settings["microsoft.client_id"]
    write(folder / SETTINGS, {"data_folder": str(folder / "data"), **settings})
    uris = {name: settings[f"google.{name}"] for name in ("auth_uri", "token_uri")}
    (folder / CLIENT_FILE).write_text(json.dumps({"installed": client | uris}), "utf-8")


def write(file: Path, settings: Mapping[str, str]) -> None:
    """A settings file of the sandbox, the owner's alone; the system's keyring is left out of it."""
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    file.touch(mode=0o600)
    file.write_text("\n".join([*lines, "vault.keyring = false", ""]), "utf-8")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

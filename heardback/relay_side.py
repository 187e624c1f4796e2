"""The owner's side of the relay, from the settings: the shared key, the names of readers, and the line to it."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from connectors.errors import ConnectorError
from connectors.relay import RelayClient, is_loopback
from heardback.errors import Failed
from heardback.settings import Settings
from relay.keys import KeyUnusable, Shared, make, shared
from relay.tokens import KEY_BYTES, reader_id


def folder(settings: Settings) -> Path:
    """Where a relay on this machine keeps what it has."""
    return settings.path("relay.folder") if settings.text("relay.folder") else settings.folder / "relay"


def key_file(settings: Settings) -> Path:
    """Where the key lies that the relay and its owner share."""
    return settings.path("relay.key_file") if settings.text("relay.key_file") else folder(settings) / "key"


def keys(settings: Settings) -> Shared:
    """The shared key, made at the first need.

    :raises Failed: the file cannot be used
    """
    file = key_file(settings)
    _make_once(file)
    try:
        return shared(file)
    except KeyUnusable as err:
        raise Failed(str(err)) from err


def reader_name(settings: Settings) -> Callable[[str], str]:
    """Turns a normalised address into the name by which the relay knows that reader.

    The secret behind it is made at the first need and never leaves this machine: the relay could try addresses with it.

    :raises Failed: the file with the secret cannot be used
    """
    return partial(reader_id, _secret(settings.folder / "readers.key"))


def client(settings: Settings, *, at: str = "") -> RelayClient | None:
    """The line to the relay; None while no relay is set. Nothing is asked yet.

    :param at: where it is known to be; empty: as the settings say
    :raises RelayRefused: the address in the settings is none a key may be shown to
    :raises Failed: the key file cannot be used
    """
    url = at or _address(settings)
    if not url:
        return None
    return RelayClient(url, bearer=keys(settings).bearer, verify=settings.text("relay.ca_bundle") or True)


def erase(settings: Settings, tokens: Sequence[str]) -> None:
    """Have the relay erase what it holds of tokens in mail that has not left.

    One that cannot be reached keeps web views until they expire; nobody has their keys.
    """
    with suppress(ConnectorError, Failed):
        line = client(settings)
        if line:
            with closing(line):
                line.forget(tokens)


def _address(settings: Settings) -> str:
    """Where the owner finds the relay: one on this machine at its own port, which no name server has to know."""
    url, host, port = (settings.text(name) for name in ("relay.url", "relay.host", "relay.port"))
    if url and settings.truth("relay.inside") and port != "0" and is_loopback(host):
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return url


def _secret(file: Path) -> bytes:
    _make_once(file)
    try:
        secret = urlsafe_b64decode(file.read_text("ascii").strip() + "=")
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise Failed(f"{file} holds no secret of {KEY_BYTES} bytes; put back the one that was there, or remove it.")
    return secret


def _make_once(file: Path) -> None:
    if not file.exists():
        with suppress(FileExistsError):
            make(file)

"""Saved sign-ins, encrypted at rest: one file an account. Knows nothing of what a sign-in holds."""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from hashlib import blake2s
from pathlib import Path
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken
from filelock import FileLock, Timeout

from connectors.errors import VaultError

#: under which the key lies in the system keyring
SERVICE = "heardback"
ENTRY = "vault key"

#: seconds another process may take over a refresh before we give up
LOCK_TIMEOUT = 60.0

#: what a sign-in is to the vault: words and their values
SavedSignIn = dict[str, str]


class Keyring(Protocol):
    """The part of a `keyring` back end that is used here."""

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept under this name."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep something under this name."""


class NoKeyring:
    """Keeps nothing: hand it in, and the key lies in a file whatever keyring the system has."""

    def get_password(self, service: str, username: str) -> str | None:  # noqa: ARG002 - it keeps nothing
        """Nothing."""
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Forget it at once."""


class Vault:
    """A folder of encrypted sign-ins, safe for several processes at once.

    The key lies in the system keyring. Where there is none that keeps what it is given, it lies in a file only its
    owner can read; a key file that is there already is used first, for what it encrypted.

    :param folder: made if need be, for its owner only
    :param keyring_backend: where the key lies instead of the keyring of this system
    """

    def __init__(self, folder: Path, *, keyring_backend: Keyring | None = None) -> None:
        self._folder = folder
        self._keyring = keyring_backend
        self._key_file = folder / "key"
        self._cipher: Fernet | None = None
        self._in_keyring = False

    @property
    def protection(self) -> str:
        """A sentence: where the key lies.

        :raises VaultError: the folder cannot be written, or the keyring that holds the key is closed
        """
        self._open()
        if self._in_keyring:
            return f"sign-ins are encrypted in {self._folder}; the key is in the system keyring"
        return (
            f"sign-ins are encrypted in {self._folder}, but no usable system keyring was found: "
            f"the key is beside them in {self._key_file}, readable by you only"
        )

    def get(self, account: str) -> SavedSignIn | None:
        """What is saved for an account, or None.

        :raises VaultError: it is there and cannot be read
        """
        try:
            sealed = self._file(account).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as err:
            raise VaultError(f"{account}: the saved sign-in cannot be read ({err})") from err
        try:
            saved = json.loads(self._open().decrypt(sealed))
        except (InvalidToken, ValueError) as err:
            raise VaultError(
                f"{account}: the saved sign-in is damaged or its key was lost; {reconnect(account)}"
            ) from err
        return {str(name): str(value) for name, value in saved.items()}

    def put(self, account: str, saved: Mapping[str, str]) -> None:
        """Save a sign-in, all of it or nothing.

        :raises VaultError: it cannot be written; what was saved before stays
        """
        sealed = self._open().encrypt(json.dumps(dict(saved)).encode())
        self._write(self._file(account), sealed)

    def forget(self, account: str) -> None:
        """Forget a sign-in; it is no error if there is none."""
        try:
            self._file(account).unlink(missing_ok=True)
        except OSError as err:
            raise VaultError(f"{account}: the saved sign-in cannot be deleted ({err})") from err

    @contextlib.contextmanager
    def locked(self, account: str) -> Iterator[None]:
        """Keep every other process (and thread) from refreshing this account's sign-in meanwhile.

        :raises VaultError: another one holds it longer than `LOCK_TIMEOUT`
        """
        with self._lock(self._file(account).with_suffix(".lock"), f"{account}: the saved sign-in"):
            yield

    def _file(self, account: str) -> Path:
        # The name is a hash: a listing of the folder tells no addresses.
        return self._folder / f"{blake2s(account.encode(), digest_size=10).hexdigest()}.sealed"

    def _open(self) -> Fernet:
        if self._cipher is None:
            self._make_folder()
            with self._lock(self._folder / "key.lock", "the vault's key"):
                key = self._key_from_file() or self._key_from_keyring() or self._new_key_file()
            try:
                self._cipher = Fernet(key)
            except ValueError as err:
                raise VaultError(
                    f"the vault's key is damaged; delete the folder {self._folder} and connect the accounts again"
                ) from err
        return self._cipher

    def _key_from_file(self) -> str | None:
        try:
            return self._key_file.read_text("ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeError) as err:
            raise VaultError(f"the vault's key {self._key_file} cannot be read ({err})") from err

    def _key_from_keyring(self) -> str | None:
        """The key in the keyring, made if need be; None if this keyring keeps nothing."""
        try:
            keyring = self._keyring or _system_keyring()
            key = keyring.get_password(SERVICE, ENTRY)
            if key is None:
                keyring.set_password(SERVICE, ENTRY, Fernet.generate_key().decode())
                key = keyring.get_password(SERVICE, ENTRY)
        except Exception as err:  # back ends raise whatever their desktop service raises
            if any(self._folder.glob("*.sealed")):
                raise VaultError(
                    f"the system keyring that holds the vault's key cannot be reached ({type(err).__name__}); "
                    "unlock it and try again"
                ) from err
            return None
        self._in_keyring = key is not None
        return key

    def _new_key_file(self) -> str:
        key = Fernet.generate_key()
        self._write(self._key_file, key)
        return key.decode()

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if stat.S_IMODE(self._folder.stat().st_mode) & 0o077:
                self._folder.chmod(0o700)
        except OSError as err:
            raise VaultError(f"the folder for saved sign-ins, {self._folder}, cannot be used ({err})") from err

    def _write(self, file: Path, content: bytes) -> None:
        """Write beside, sync, rename: a kill or a full disk leaves the old file or the new one, never half of it."""
        beside = file.with_name(f"{file.name}.{secrets.token_hex(4)}.tmp")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(file)
        except OSError as err:
            beside.unlink(missing_ok=True)
            raise VaultError(f"{file} cannot be written ({err}); what was saved before is kept") from err

    @contextlib.contextmanager
    def _lock(self, file: Path, what: str) -> Iterator[None]:
        self._make_folder()
        lock = FileLock(file, timeout=LOCK_TIMEOUT, mode=0o600)
        try:
            lock.acquire()
        except Timeout as err:
            raise VaultError(f"{what} is held by another process of Heardback; try again when it is done") from err
        except OSError as err:
            raise VaultError(f"{what} cannot be locked ({err})") from err
        try:
            yield
        finally:
            lock.release()


def reconnect(account: str, feature: str = "read") -> str:
    """The next step when a saved sign-in is of no use any more, or does not go far enough.

    :param account: `gmail:me@example.com`
    :param feature: what is to be allowed; reading always is
    """
    provider, _, address = account.partition(":")
    allow = "" if feature == "read" else f" --allow {feature}"
    return f'run "heardback connect {provider}{allow}" and sign in as {address}'


def _system_keyring() -> Keyring:
    # Here and not at the top: choosing a back end takes 200 ms, and only signing in and reading mail need one.
    import keyring

    return keyring.get_keyring()

import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from keyring.backends import fail, null

from connectors.errors import VaultError
from connectors.vault import Keyring, Vault

ME = "gmail:me@example.com"
SIGN_IN = {"refresh_token": "1//secret", "expiry": "2026-05-04T09:00:00+00:00"}


#: a keyring that keeps nothing, and one that always fails
NOTHING: Keyring = null.Keyring()  # type: ignore[no-untyped-call]  # keyring leaves its back ends untyped
FAILING: Keyring = fail.Keyring()  # type: ignore[no-untyped-call]  # keyring leaves its back ends untyped


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_sign_in_comes_back_as_it_was_put(vault: Vault) -> None:
    vault.put(ME, SIGN_IN)
    assert vault.get(ME) == SIGN_IN


def test_another_vault_on_the_same_folder_and_keyring_reads_it(tmp_path: Path, drawer: Keyring) -> None:
    Vault(tmp_path, keyring_backend=drawer).put(ME, SIGN_IN)
    assert Vault(tmp_path, keyring_backend=drawer).get(ME) == SIGN_IN


def test_an_account_never_saved_has_no_sign_in(vault: Vault) -> None:
    assert vault.get(ME) is None


def test_a_forgotten_sign_in_is_gone_and_forgetting_twice_is_no_error(vault: Vault) -> None:
    vault.put(ME, SIGN_IN)
    vault.forget(ME)
    vault.forget(ME)
    assert vault.get(ME) is None


def test_neither_secrets_nor_addresses_can_be_read_in_the_folder(vault: Vault, tmp_path: Path) -> None:
    vault.put(ME, SIGN_IN)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"secret" in file.read_bytes() or "example" in file.name]


def test_with_a_keyring_the_key_is_in_it_and_not_in_the_folder(vault: Vault, drawer: Keyring, tmp_path: Path) -> None:
    vault.put(ME, SIGN_IN)
    assert "the key is in the system keyring" in vault.protection
    assert not (tmp_path / "vault" / "key").exists()


@pytest.mark.parametrize("backend", [NOTHING, FAILING], ids=["null", "fail"])
def test_without_a_usable_keyring_the_key_is_in_a_file_of_its_owner_only(tmp_path: Path, backend: Keyring) -> None:
    folder = tmp_path / "vault"
    vault = Vault(folder, keyring_backend=backend)
    vault.put(ME, SIGN_IN)
    assert vault.get(ME) == SIGN_IN
    assert "readable by you only" in vault.protection
    assert (mode(folder), {mode(file) for file in folder.iterdir()}) == (0o700, {0o600})


def test_a_folder_open_to_others_is_closed(tmp_path: Path, drawer: Keyring) -> None:
    folder = tmp_path / "vault"
    folder.mkdir(mode=0o755)
    Vault(folder, keyring_backend=drawer).put(ME, SIGN_IN)
    assert mode(folder) == 0o700


def test_a_key_file_stays_in_use_when_a_keyring_turns_up_later(tmp_path: Path, drawer: Keyring) -> None:
    Vault(tmp_path, keyring_backend=NOTHING).put(ME, SIGN_IN)
    assert Vault(tmp_path, keyring_backend=drawer).get(ME) == SIGN_IN


def test_a_keyring_that_closed_since_is_named_and_no_new_key_is_made(tmp_path: Path, drawer: Keyring) -> None:
    Vault(tmp_path, keyring_backend=drawer).put(ME, SIGN_IN)
    with pytest.raises(VaultError, match="unlock it"):
        Vault(tmp_path, keyring_backend=FAILING).get(ME)
    assert Vault(tmp_path, keyring_backend=drawer).get(ME) == SIGN_IN


@pytest.mark.parametrize("damage", [b"", b"not sealed", b"\x00" * 200])
def test_a_damaged_file_says_to_reconnect(vault: Vault, tmp_path: Path, damage: bytes) -> None:
    vault.put(ME, SIGN_IN)
    next((tmp_path / "vault").glob("*.sealed")).write_bytes(damage)
    with pytest.raises(VaultError, match=r'run "heardback connect gmail" and sign in as me@example\.com'):
        vault.get(ME)


def test_a_lost_key_says_to_reconnect(tmp_path: Path, drawer: Keyring) -> None:
    Vault(tmp_path, keyring_backend=drawer).put(ME, SIGN_IN)
    (tmp_path / "key").write_text("x7xJ0LD9Mu3gkhHBkRZWxnEysmyvzgGdKqpqX0u6Vt8=")
    with pytest.raises(VaultError, match="its key was lost"):
        Vault(tmp_path, keyring_backend=drawer).get(ME)


def test_a_damaged_key_file_says_what_to_delete(tmp_path: Path, drawer: Keyring) -> None:
    (tmp_path / "key").write_text("short")
    with pytest.raises(VaultError, match="delete the folder"):
        Vault(tmp_path, keyring_backend=drawer).put(ME, SIGN_IN)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, drawer: Keyring) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(VaultError, match="cannot be used"):
        Vault(tmp_path / "vault", keyring_backend=drawer).put(ME, SIGN_IN)


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path, drawer: Keyring) -> None:
    (tmp_path / "vault").write_text("")
    with pytest.raises(VaultError, match="cannot be used"):
        Vault(tmp_path / "vault", keyring_backend=drawer).put(ME, SIGN_IN)


def _count_up(folder: Path, times: int) -> None:
    vault = Vault(folder, keyring_backend=NOTHING)
    for _ in range(times):
        with vault.locked(ME):
            saved = vault.get(ME) or {"count": "0"}
            vault.put(ME, {"count": str(int(saved["count"]) + 1)})


def test_two_processes_that_lock_never_lose_each_others_change(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_count_up, args=(tmp_path, 40)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert Vault(tmp_path, keyring_backend=NOTHING).get(ME) == {"count": "80"}


def test_importing_the_vault_does_not_load_keyring() -> None:
    check = "import sys, connectors.vault; sys.exit('keyring' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0

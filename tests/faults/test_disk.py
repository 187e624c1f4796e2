"""A disk that is full, read-only, shared or damaged: a clear error, the last good state kept, and a way back."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from heardback.cli import main
from store.tiny import TinyLedger
from tests.faults.household import HOUSEHOLDS, Household
from tests.faults.processes import heardback
from tests.faults.work import work


def ids(path: Path) -> list[str]:
    """Message-IDs in a ledger."""
    with closing(TinyLedger(path)) as ledger:
        return sorted(each.message_ids[0] for each in ledger.items())


def no_room() -> None:
    """No file may grow beyond what it is: a disk without room, as far as a process can tell."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))


def spoilt(path: Path) -> None:
    """Overwrite the middle of a file."""
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def no_backup(path: Path) -> None:
    """Something else of that name."""
    path.write_text("no backup")


@pytest.fixture
def household(tmp_path: Path) -> Iterator[Household]:
    """A household at one provider: a disk does not know whose mail is on it."""
    household = HOUSEHOLDS["gmail"](tmp_path)
    yield household
    household.close()


@pytest.fixture
def settled(household: Household) -> Household:
    """A household with one sent mail that was read and answered, its ledger closed."""
    household.come("reply", household.send())
    work(household)
    household.ledger.close()
    return household


# Full


def test_a_full_disk_is_told_with_a_failing_exit_code_and_reading_goes_on_when_there_is_room(
    settled: Household,
) -> None:
    before = ids(settled.path)
    fresh = [settled.send() for _ in range(20)]
    for each in fresh:
        settled.come("receipt", each)
    full = heardback(settled, "run", "--once", before=no_room)
    assert full.code == 1
    assert "full" in full.err + full.out or "disk" in full.err + full.out
    assert set(before) <= set(ids(settled.path))
    assert heardback(settled, "run", "--once").code == 0
    assert ids(settled.path) == sorted([*before, *fresh])


def test_a_full_disk_leaves_an_older_backup_as_it_was(settled: Household) -> None:
    target = settled.folder / "ledger.backup"
    assert heardback(settled, "backup", str(target)).code == 0
    before = target.read_bytes()
    done = heardback(settled, "backup", str(target), before=no_room)
    assert done.code == 1
    assert target.read_bytes() == before
    assert [each.name for each in settled.folder.iterdir() if each.name.startswith(".ledger")] == []


# Read-only


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Be somebody whom permissions bind, which they do not root, in a folder that may be read and not written."""
    user = os.geteuid()
    places = [folder, *folder.rglob("*")]
    for each in reversed(places):
        each.chmod(0o500 if each.is_dir() else 0o400)
        if user == 0:
            os.chown(each, 65534, 65534)
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)
    for each in places:
        each.chmod(0o700 if each.is_dir() else 0o600)


@pytest.mark.parametrize("words", [("run", "--once"), ("unread",), ("doctor",)])
def test_a_read_only_folder_is_told_with_what_to_mend(
    settled: Household, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    main([*words, "--config", settled.settings()])  # loads what nobody may not read any more
    capsys.readouterr()
    with tempfile.TemporaryDirectory() as name:
        there = Path(name) / "home"
        shutil.copytree(settled.folder, there)
        Path(name).chmod(0o755)
        config = there / "settings.toml"
        config.write_text(config.read_text("utf-8").replace(str(settled.folder), str(there)), "utf-8")
        before = (there / "data" / "ledger.db").read_bytes()
        with as_nobody(there):
            code = main([*words, "--config", str(config)])
        assert (there / "data" / "ledger.db").read_bytes() == before
    printed = capsys.readouterr()
    assert (code, "ermission" in printed.out + printed.err) == (1, True), printed


# Shared


def test_a_ledger_held_by_another_program_is_busy_and_nothing_is_lost(settled: Household) -> None:
    named = settled.send()
    with closing(sqlite3.connect(settled.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = heardback(settled, "run", "--once")
    assert done.code == 1
    assert "another process" in done.err + done.out
    assert heardback(settled, "run", "--once").code == 0
    assert named in ids(settled.path)


# Damaged


def test_a_damaged_ledger_is_told_by_doctor_and_mended_by_a_restore(settled: Household) -> None:
    target = settled.folder / "ledger.backup"
    assert heardback(settled, "backup", str(target)).code == 0
    assert target.stat().st_mode & 0o077 == 0
    later = settled.send()
    assert heardback(settled, "run", "--once").code == 0
    everything = ids(settled.path)
    spoilt(settled.path)
    damaged = settled.path.read_bytes()

    for words in (("unread",), ("run", "--once"), ("backup", str(settled.folder / "worse.backup"))):
        done = heardback(settled, *words)
        assert (done.code, "heardback restore" in done.err) == (1, True), done
    found = heardback(settled, "doctor")
    assert (found.code, "heardback restore" in found.out) == (1, True)
    assert not (settled.folder / "worse.backup").exists()

    restored = heardback(settled, "restore", str(target))
    assert restored.code == 0, restored.err
    (aside,) = settled.path.parent.glob("ledger.db.before-restore-*")
    assert aside.read_bytes() == damaged
    assert heardback(settled, "run", "--once").code == 0
    assert ids(settled.path) == everything
    assert later in everything


def test_a_restored_reminder_that_came_already_does_not_come_again(settled: Household) -> None:
    target = settled.folder / "ledger.backup"
    settled.send()
    assert heardback(settled, "run", "--once").code == 0
    assert heardback(settled, "backup", str(target)).code == 0
    settled.wait(timedelta(days=3, hours=6))
    assert heardback(settled, "run", "--once").code == 0
    came = settled.tags()
    assert len(came) == 1
    assert heardback(settled, "restore", str(target)).code == 0
    assert heardback(settled, "run", "--once").code == 0
    assert settled.tags() == came
    with closing(TinyLedger(settled.path)) as ledger:
        assert "fired" in {each.state for each in ledger.reminders()}


@pytest.mark.parametrize("spoil", [spoilt, no_backup, Path.unlink])
def test_a_backup_that_is_none_changes_nothing(settled: Household, spoil: Callable[[Path], object]) -> None:
    target = settled.folder / "ledger.backup"
    assert heardback(settled, "backup", str(target)).code == 0
    spoil(target)
    before = settled.path.read_bytes()
    done = heardback(settled, "restore", str(target))
    assert (done.code, settled.path.read_bytes()) == (1, before)
    assert [each.name for each in settled.path.parent.iterdir() if "restore" in each.name] == []


@pytest.mark.parametrize("what", ["sign-in", "key", "no key"])
def test_a_damaged_vault_parks_nothing_for_good_and_doctor_says_to_connect_again(settled: Household, what: str) -> None:
    vault = settled.path.parent / "vault"
    (sealed,) = vault.glob("*.sealed")
    if what == "sign-in":
        os.truncate(sealed, 20)
    elif what == "key":
        (vault / "key").write_text("half a k")
    else:
        (vault / "key").unlink()
    failed = heardback(settled, "run", "--once")
    assert (failed.code, "connect" in failed.out + failed.err) == (1, True), failed
    found = heardback(settled, "doctor")
    assert (found.code, "connect" in found.out) == (1, True), found
    if what == "key":
        shutil.rmtree(vault)
    named = settled.send()
    settled.ledger = TinyLedger(settled.path)
    settled.vault = type(settled.vault)(vault, keyring_backend=settled.vault._keyring)
    settled.provider = settled.make_provider()
    settled.connect()
    settled.ledger.close()
    assert heardback(settled, "run", "--once").code == 0
    assert named in ids(settled.path)


def test_damaged_settings_are_named_with_their_line(settled: Household) -> None:
    file = Path(settled.settings())
    broken = file.with_name("broken.toml")
    broken.write_text(file.read_text("utf-8") + "zone = \n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "heardback", "unread", "--config", str(broken)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert str(broken) in done.stderr
    assert "line" in done.stderr

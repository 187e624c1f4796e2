"""The file under everything: killed, shared, full, damaged, refused; and the words for each."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.model import SentItem
from store.file import File
from store.ledger import CorruptStore, Reminder, StoreBusy, StoreUnwritable, Tally
from store.tiny import TinyLedger

ME = "gmail:me@example.com"
MakeItem = Callable[..., SentItem]

#: what every script below begins with
PROLOGUE = """
import sys
from datetime import UTC, datetime
from evidence.model import SentItem, item_id
from store.ledger import Reminder, StoreUnwritable
from store.tiny import TinyLedger

def item(name):
    return SentItem(
        id=item_id("a", name), account="a", provider_id=name, message_ids=(f"{name}@example.com",), thread_id="t",
        sent_at=datetime(2026, 5, 4, tzinfo=UTC), sender="me@example.com", recipients=(), subject="S" * 200)

path, name = sys.argv[1:]
ledger = TinyLedger(path, patience=20)
"""


def start(script: str, path: Path, name: str = "") -> subprocess.Popen[str]:
    """Run a script in another process, on the same ledger."""
    source = PROLOGUE + textwrap.dedent(script)
    return subprocess.Popen([sys.executable, "-c", source, str(path), name], stdout=subprocess.PIPE, text=True)


def finished(*processes: subprocess.Popen[str]) -> list[str]:
    """What each of them printed."""
    printed = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return printed


# Killed

PAGES = """
    page = int(ledger.cursor("a") or 0)
    while True:
        page += 1
        ledger.take("a", items=[item(f"{page}-{n}") for n in range(5)], cursor=str(page))
        print(page, flush=True)
"""


def test_a_kill_at_any_moment_loses_no_acknowledged_page_and_tears_none(path: Path) -> None:
    moments = random.Random(7)
    for _ in range(20):
        writer = start(PAGES, path)
        assert writer.stdout is not None
        acknowledged = int(writer.stdout.readline())
        time.sleep(moments.uniform(0, 0.03))
        writer.kill()
        rest = writer.communicate()[0].split("\n")
        acknowledged = max([acknowledged, *(int(line) for line in rest[:-1])])
        with closing(TinyLedger(path)) as ledger:
            stored = int(ledger.cursor("a") or 0)
            names = {each.provider_id for each in ledger.items()}
        assert acknowledged <= stored <= acknowledged + 1
        assert names == {f"{page}-{n}" for page in range(1, stored + 1) for n in range(5)}


# Shared

INSERTS = """
    ids = [ledger._items.insert({"id": f"{name}-{n}", "account": "a", "sent_at": "", "provider_id": f"{name}-{n}",
        "message_ids": [], "thread_id": "", "recipients": [], "correlation_key": None}) for n in range(100)]
    print(*ids)
"""
OPENS = """
    ledger.take("a", items=[item(name)])
    print(len(ledger.items()) > 0)
"""
CLAIMS = """
    now = datetime(2026, 5, 4, tzinfo=UTC)
    print(*(n for n in range(50) if ledger.claim(f"r-{n}", by=name, now=now, stale_before=now)))
"""


def test_two_processes_adding_documents_never_share_an_id(path: Path) -> None:
    one, other = finished(start(INSERTS, path, "one"), start(INSERTS, path, "other"))
    ids = [int(each) for each in (one + other).split()]
    assert sorted(ids) == list(range(1, 201))


def test_processes_opening_a_new_ledger_at_once_all_work_in_it(path: Path) -> None:
    assert finished(*(start(OPENS, path, f"p{n}") for n in range(4))) == ["True\n"] * 4
    with closing(TinyLedger(path)) as ledger:
        assert {each.provider_id for each in ledger.items()} == {"p0", "p1", "p2", "p3"}


def test_a_reminder_is_claimed_by_one_of_two_processes(path: Path) -> None:
    due = datetime(2026, 5, 4, tzinfo=UTC)
    with closing(TinyLedger(path)) as ledger:
        for n in range(50):
            ledger.put_reminder(Reminder(id=f"r-{n}", item="i", account="a", round=n, due_at=due))
    one, other = finished(start(CLAIMS, path, "one"), start(CLAIMS, path, "other"))
    assert sorted(int(each) for each in (one + other).split()) == list(range(50))


def test_threads_of_one_process_share_a_ledger_and_never_see_half_a_page(
    ledger: TinyLedger, make_item: MakeItem
) -> None:
    seen: list[int] = []

    def write(worker: int) -> None:
        for page in range(10):
            items = [make_item(worker * 1000 + page * 10 + n) for n in range(10)]
            ledger.take(ME, items=items, tally=Tally(listed=10, skipped={}))
            seen.append(len(ledger.items()) % 10)

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, len(ledger.items()), ledger.tally(ME).listed) == ([0] * 40, 400, 400)


def test_a_file_held_by_another_longer_than_we_wait_is_busy_and_read_all_the_same(
    ledger: TinyLedger, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="another process is holding it; try again"):
            ledger.take(ME, cursor="c")
        assert ledger.cursor(ME) is None
    ledger.take(ME, cursor="c")
    assert ledger.cursor(ME) == "c"


def test_a_file_held_alone_by_another_is_busy_at_opening(path: Path) -> None:
    TinyLedger(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            TinyLedger(path, patience=0.05)


# Durable


def test_a_commit_that_returned_survives_a_power_cut(ledger: TinyLedger) -> None:
    file = ledger._database.storage.file
    settings = [file.execute(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "secure_delete")]
    assert settings == ["wal", 2, 1]  # 2: FULL, each commit is flushed to the disk


def test_a_page_that_changes_nothing_is_not_written(ledger: TinyLedger, path: Path, make_item: MakeItem) -> None:
    with closing(sqlite3.connect(path)) as other:
        ledger.take(ME, items=[make_item(1)], cursor="c")
        before = other.execute("PRAGMA data_version").fetchone()
        ledger.take(ME, items=[make_item(1)], cursor="c")
        ledger.remove_item(ME, "of no sent item")
        assert other.execute("PRAGMA data_version").fetchone() == before
        ledger.take(ME, items=[make_item(1)], cursor="d")
        assert other.execute("PRAGMA data_version").fetchone() != before


# Full

FILLS = """
    import resource
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, most))
    page = 0
    try:
        while True:
            ledger.take("a", items=[item(f"{page + 1}-{n}") for n in range(5)], cursor=str(page + 1))
            page += 1
    except StoreUnwritable as error:
        print(page, int(ledger.cursor("a")) == page, "disk" in str(error))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    ledger.take("a", cursor="goes on")
"""


def test_a_full_disk_refuses_the_page_and_keeps_every_one_before(path: Path) -> None:
    pages, agrees, is_told = finished(start(FILLS, path))[0].split()
    assert (int(pages) > 10, agrees, is_told) == (True, "True", "True")
    with closing(TinyLedger(path)) as ledger:
        assert ledger.cursor("a") == "goes on"
        assert {each.provider_id for each in ledger.items()} == {
            f"{page}-{n}" for page in range(1, int(pages) + 1) for n in range(5)
        }


# Damaged and refused


@pytest.fixture
def filled(path: Path, make_item: MakeItem) -> Path:
    with closing(TinyLedger(path)) as ledger:
        ledger.take(ME, items=[make_item(number) for number in range(200)], cursor="c")
    return path


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("Dear diary, this is no database at all. " * 30),
        lambda path: os.truncate(path, path.stat().st_size // 2),
        lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096)),
    ],
    ids=["some text", "cut in half", "overwritten"],
)
def test_a_damaged_file_is_named_with_the_next_step_and_left_as_it_was(
    filled: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(filled)
    before = filled.read_bytes()
    with pytest.raises(CorruptStore, match=f'^{filled}: .*Run "heardback restore" with a backup'):
        read(filled)
    assert filled.read_bytes() == before


def test_a_damaged_document_is_told_and_not_skipped(filled: Path) -> None:
    with closing(sqlite3.connect(filled, isolation_level=None)) as other:
        other.execute("UPDATE documents SET doc = '{' WHERE id = 7 AND tab = 'items'")
    with pytest.raises(CorruptStore, match="a document in it is damaged"):
        read(filled)


def test_the_database_of_another_program_is_refused_and_left_as_it_was(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name)")
    before = path.read_bytes()
    with pytest.raises(CorruptStore, match="a database of some other program"):
        TinyLedger(path)
    assert path.read_bytes() == before


def test_a_path_that_cannot_be_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no folder")
    with pytest.raises(StoreUnwritable, match="choose another folder"):
        TinyLedger(tmp_path / "note.txt" / "ledger.db")
    with pytest.raises(StoreUnwritable, match="check the permissions"):
        TinyLedger(tmp_path)


def test_a_file_that_may_only_be_read_is_told(as_nobody: Path, make_item: MakeItem) -> None:
    ledger = TinyLedger(as_nobody / "ledger.db")
    with closing(ledger):
        ledger.take(ME, items=[make_item(1)])
    (as_nobody / "ledger.db").chmod(0o400)
    as_nobody.chmod(0o500)
    with pytest.raises(StoreUnwritable, match="cannot be opened or written; check the permissions"):
        read(as_nobody / "ledger.db")


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder of a user whom permissions bind, acting as that user: they do not bind root."""
    user = os.geteuid()
    folder = Path(tempfile.mkdtemp())
    if user == 0:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    folder.chmod(0o700)
    shutil.rmtree(folder)


# Kept privately


def test_the_file_its_side_files_and_its_folder_are_for_the_owner_only(ledger: TinyLedger, path: Path) -> None:
    ledger.take(ME, cursor="c")
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in (path.parent, *path.parent.iterdir())}
    assert modes == {"heardback": "0o700", **dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm"), "0o600")}


def test_what_is_erased_is_nowhere_in_the_files(ledger: TinyLedger, path: Path, make_item: MakeItem) -> None:
    ledger.take(ME, items=[make_item(number, subject="a secret subject") for number in range(300)])
    ledger.erase_account(ME)
    assert [each.name for each in path.parent.iterdir() if b"secret" in each.read_bytes()] == []


# Backup


def test_a_backup_is_a_ledger_as_it_was_at_that_moment(ledger: TinyLedger, path: Path, make_item: MakeItem) -> None:
    ledger.take(ME, items=[make_item(1)])
    ledger.backup(path.with_name("copy.db"))
    ledger.take(ME, items=[make_item(2)])
    assert read(path.with_name("copy.db")) == (make_item(1),)
    assert path.with_name("copy.db").stat().st_mode & 0o777 == 0o600


def test_every_connection_asks_macos_for_a_whole_sync(path: Path) -> None:
    with closing(File(path)) as file:
        assert file.execute("PRAGMA fullfsync") == [(1,)]


def read(path: Path) -> tuple[SentItem, ...]:
    with closing(TinyLedger(path)) as ledger:
        return ledger.items()

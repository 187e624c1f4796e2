"""`heardback relay` as a process of its own: started, killed, read back whole."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.model import HitKind
from relay.keys import shared
from relay.tokens import Token, new_id, reader_id
from tests.relay.conftest import FIREFOX

SECRET = b"s" * 32


class Process:
    """The relay behind the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()
        self.shared = shared(folder / "relay" / "key")

    def start(self, *words: str) -> None:
        """Run it; returns when it listens."""
        limits = ("--set", "relay.port=0", "--set", "relay.hits_per_source=1000000", "--set", "relay.patience_ms=60000")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "heardback", "relay", "--json", "--data", str(self.folder), *limits, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        self.place = json.loads(line)["listening"].removeprefix("http://") if line else ""

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; the exit code, and what it said."""
        self.process.send_signal(number)
        said = "".join(self.process.communicate(timeout=30))
        return self.process.returncode, said

    def token(self, kind: HitKind = HitKind.PIXEL) -> Token:
        """A token's contents."""
        target = "https://example.com/" if kind is HitKind.LINK else ""
        readers = (reader_id(SECRET, "ana@example.org"),)
        return Token(
            kind=kind, id=new_id(), readers=readers, expires=datetime.now(UTC) + timedelta(days=9), target=target
        )

    def connection(self) -> http.client.HTTPConnection:
        """To the relay."""
        return http.client.HTTPConnection(self.place, timeout=20)

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: Any) -> bytes:
        """One request; the body of the answer."""
        connection = self.connection()
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            return connection.getresponse().read()
        finally:
            connection.close()

    def hits(self) -> list[str]:
        """Token ids of everything recorded."""
        found: list[str] = []
        cursor, more = "", True
        while more:
            page = json.loads(self.ask(f"/hits?after={cursor}", Authorization=f"Bearer {self.shared.bearer}"))
            found += [hit["token"] for hit in page["hits"]]
            cursor, more = page["cursor"], page["more"]
        return found


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """A relay running from the command line."""
    started = Process(tmp_path / "data")
    yield started
    with suppress(ProcessLookupError):
        started.process.kill()
    started.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to_and_says_nothing_was_lost(process: Process, number: int) -> None:
    token = process.token()
    process.ask(f"/p/{process.shared.tokens.seal(token)}.gif", User_Agent=FIREFOX)
    code, said = process.end(number)
    process.start()
    assert (code, "every hit that was taken is kept" in said, process.hits()) == (0, True, [token.id])


def test_a_taken_port_and_a_wrong_setting_are_told_in_a_sentence(process: Process) -> None:
    port = process.place.rpartition(":")[2]
    for words, said in (
        ((f"relay.port={port}",), f"cannot listen on 127.0.0.1, port {port}"),
        (("relay.trusted_proxies=*",), "A network in the settings of the relay cannot be used"),
        (("relay.own_networks=home",), "A network in the settings of the relay cannot be used"),
        ((f"relay.key_file={__file__}",), "holds no keys of 32 bytes"),
    ):
        sets = [part for word in words for part in ("--set", word)]
        again = subprocess.run(
            [sys.executable, "-m", "heardback", "relay", "--data", str(process.folder / "other"), *sets],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert again.returncode in {1, 2}
        assert said in " ".join(again.stderr.split())
        assert "Traceback" not in again.stderr


def test_a_second_relay_on_the_same_folder_is_refused_so_that_neither_writes_over_the_others_hits(
    process: Process,
) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "heardback", "relay", "--data", str(process.folder), "--set", "relay.port=0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert again.returncode == 1
    assert f"Another relay already uses {process.folder / 'relay'}" in " ".join(again.stderr.split())
    process.end(signal.SIGKILL)
    process.start()
    assert process.place


def test_the_key_is_for_the_owner_only_and_kept(process: Process) -> None:
    file = process.folder / "relay" / "key"
    before = file.read_text()
    process.end()
    process.start()
    assert (file.stat().st_mode & 0o777, file.read_text()) == (0o600, before)


def test_nothing_acknowledged_is_lost_when_it_is_killed_and_nothing_torn_is_left(process: Process) -> None:
    acknowledged: list[str] = []

    def read(process: Process) -> None:
        connection = process.connection()
        with suppress(OSError, http.client.HTTPException):
            while True:
                token = process.token()
                connection.request(
                    "GET", f"/p/{process.shared.tokens.seal(token)}.gif", headers={"User-Agent": FIREFOX}
                )
                if connection.getresponse().read():
                    acknowledged.append(token.id)
        connection.close()

    for goal in (200, 400, 600):
        readers = [threading.Thread(target=read, args=(process,)) for _ in range(8)]
        for reader in readers:
            reader.start()
        _wait_until(lambda goal=goal: len(acknowledged) >= goal)
        process.end(signal.SIGKILL)
        for reader in readers:
            reader.join()
        process.start()
    kept = process.hits()
    assert len(acknowledged) >= 600
    assert set(acknowledged) - set(kept) == set()
    assert len(kept) == len(set(kept))


def _wait_until(is_so: object) -> None:
    assert callable(is_so)
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_what_lies_on_the_disk_and_in_the_log_names_nobody(process: Process) -> None:
    """Read whole, after visits by every door: no address, subject, IP, user agent, referer, cookie or target."""
    seal = process.shared.tokens.seal
    visitor: dict[str, Any] = {
        "User_Agent": "Mozilla/5.0 (Telltale; rv:1) Visitor/1",
        "Referer": "https://mail.example.net/inbox",
        "Cookie": "session=cookie-jar",
        "Accept_Language": "rm-CH",
        "X_Forwarded_For": "203.0.113.99",
    }
    for kind, path, method, body in (
        (HitKind.PIXEL, "/p/{}.gif", "GET", None),
        (HitKind.LINK, "/l/{}", "GET", None),
        (HitKind.VIEW, "/v/{}", "GET", None),
        (HitKind.VIEW, "/v/{}", "POST", b"visible"),
        (HitKind.OPT_OUT, "/o/{}", "GET", None),
        (HitKind.OPT_OUT, "/o/{}", "POST", b"subject=Quarterly+offer"),
    ):
        process.ask(path.format(seal(process.token(kind))) + "?to=ana@example.org", method, body, **visitor)
    process.ask("/nothing/ana@example.org", **visitor)
    with socket.create_connection(tuple(process.place.split(":"))) as line:
        line.sendall(b"GARBAGE ana@example.org\r\n\r\n")
        line.recv(1_000)
    recorded = len(process.hits())
    _, said = process.end()
    files = {file: file.read_bytes() for file in process.folder.rglob("*") if file.is_file()}
    everything = b"\n".join(files.values()) + said.encode() + os.fsencode("\n".join(map(str, files)))
    marks = (
        "ana@", "example.org", "example.com", "example.net", "203.0.113", "127.0.0.1:", "Telltale", "Mozilla", "inbox",
        "cookie-jar", "rm-CH", "Quarterly", "Subject", "User-Agent",
    )  # fmt: skip
    assert recorded == 4
    assert [mark for mark in marks if mark.lower().encode() in everything.lower()] == []

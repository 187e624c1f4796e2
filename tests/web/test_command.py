"""`heardback web` as a process of its own, and the page inside `heardback run`."""

import http.client
import io
import json
import signal
import socket
import subprocess
import sys
import threading
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from evidence.model import HitKind, Ruling, SentItem
from heardback.cli import main
from heardback.commands.web import inside, web
from heardback.house import House
from heardback.output import Output
from heardback.page_link import keep, running_page, sole_page
from heardback.settings import load
from sandbox.world import World
from store.tracking import Tracked
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk
from tests.web.conftest import Person, words


def started(folder: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    """A process, and the link it printed."""
    (folder / "settings.toml").touch()
    own = ("--json", "--data", str(folder / "data"), "--config", str(folder / "settings.toml"))
    process = subprocess.Popen(
        [sys.executable, "-m", "heardback", *words, *own], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, json.loads(process.stdout.readline())["link"]


def status(link: str) -> int:
    """What the page answers at a link."""
    parts = urlsplit(link)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    connection.request("GET", f"{parts.path}?{parts.query}")
    found = connection.getresponse().status
    connection.close()
    return found


def test_the_link_is_the_result_and_stands_on_stdout_at_once(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "heardback", "web", "--no-browser", "--data", str(tmp_path / "data")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    said, link = process.stdout.readline().split(": ", 1)
    assert (said, status(link.strip())) == ("The page", 303)
    process.terminate()
    out, err = process.communicate(timeout=30)
    assert (out, "http" in err, "Ctrl-C stops the page" in err) == ("", False, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_page_serves_on_loopback_by_a_new_link_until_it_is_told_to_stop(
    tmp_path: Path, number: signal.Signals
) -> None:
    process, link = started(tmp_path, "web", "--no-browser")
    assert urlsplit(link).hostname == "127.0.0.1"
    assert status(link) == 303
    assert status(link[:-1]) == 403
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in said) == (0, False)
    with pytest.raises(ConnectionRefusedError):
        status(link)


def test_a_port_that_is_taken_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ["web", "--no-browser", "--data", str(tmp_path), "--set", f"web.port={taken.getsockname()[1]}"]
        assert main(words) == 1
    assert "The page cannot listen on 127.0.0.1, port" in capsys.readouterr().err


def test_letting_other_machines_in_is_warned_of_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    (tmp_path / "settings.toml").touch()
    flags = {"data_folder": str(tmp_path), "web.host": "0.0.0.0"}
    opened: list[str] = []
    output = Output(quiet=True, out=io.StringIO(), err=io.StringIO())
    settings = load(flags, file=tmp_path / "settings.toml", environment={})
    with House(settings, open_page=opened.append) as house:
        web(Namespace(no_browser=False), house, output)
    assert isinstance(output.err, io.StringIO)
    assert isinstance(output.out, io.StringIO)
    assert output.err.getvalue().startswith("CAREFUL: web.host is 0.0.0.0, so other machines can reach the page")
    assert output.out.getvalue() == f"The page: {opened[0]}\n"


def test_a_page_that_runs_is_found_again_by_its_owner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process, link = started(tmp_path, "web", "--no-browser")
    address = link.partition("/open")[0]
    folder = tmp_path / "data"
    own = ("--data", str(folder), "--config", str(tmp_path / "settings.toml"))
    assert (folder / "page.link").stat().st_mode & 0o777 == 0o600
    opened: list[str] = []
    assert main(["web", *own], open_page=opened.append) == 0
    said = capsys.readouterr()
    assert (said.out, opened) == (f"The page: {link}\n", [link])
    assert f"It runs already, in process {process.pid}" in said.err
    assert main(["status", *own]) == 0
    told = capsys.readouterr().out
    assert f'Page: runs at {address} (process {process.pid}); "heardback web" opens it.' in " ".join(told.split())
    assert "key=" not in told
    assert main(["status", "--json", *own]) == 0
    assert json.loads(capsys.readouterr().out)["page"] == {"address": address, "process": process.pid}
    process.terminate()
    process.communicate(timeout=30)
    assert not (folder / "page.link").exists()


def test_what_a_killed_page_left_is_not_taken_for_one_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process, link = started(tmp_path, "web", "--no-browser")
    process.kill()
    process.communicate(timeout=30)
    assert link in (tmp_path / "data/page.link").read_text("utf-8"), "nobody was there to take it away"
    assert main(["status", "--data", str(tmp_path / "data")]) == 0
    assert "Page:" not in capsys.readouterr().out
    again, fresh = started(tmp_path, "web", "--no-browser")
    assert (status(fresh), fresh == link) == (303, False)
    again.terminate()
    again.communicate(timeout=30)


def test_a_worker_starts_no_second_page(tmp_path: Path) -> None:
    process, link = started(tmp_path, "web", "--no-browser")
    output = Output(out=io.StringIO(), err=io.StringIO())
    settings = load({"data_folder": str(tmp_path / "data")}, file=tmp_path / "settings.toml", environment={})
    with House(settings) as house, inside(house, output):
        assert status(link) == 303
    process.terminate()
    process.communicate(timeout=30)
    assert isinstance(output.err, io.StringIO)
    assert f"A page runs already, at {link.partition('/open')[0]} in process {process.pid}" in " ".join(
        output.err.getvalue().split()
    )


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"{", b"[1]", b"\xff", b'{"link": null, "process": 1}', b'{"link": "http://x", "process": 1e999}'],
)
def test_a_page_whose_link_was_spoilt_says_what_to_do_and_keeps_nothing_else_from_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoilt: bytes
) -> None:
    what = "cannot be read: stop the page and start it again"
    (tmp_path / "settings.toml").touch()
    own = ["--data", str(tmp_path / "data"), "--config", str(tmp_path / "settings.toml")]
    with sole_page(tmp_path / "data"):
        keep(tmp_path / "data", "http://127.0.0.1:1/open?key=x")
        (tmp_path / "data/page.link").write_bytes(spoilt)
        assert main(["web", "--no-browser", *own]) == 1
        assert what in " ".join(capsys.readouterr().err.split())
        assert main(["status", *own]) == 0
        assert what in " ".join(capsys.readouterr().out.split())
        output = Output(out=io.StringIO(), err=io.StringIO())
        settings = load({"data_folder": str(tmp_path / "data")}, file=tmp_path / "settings.toml", environment={})
        with House(settings) as house, inside(house, output):
            assert isinstance(output.err, io.StringIO)
            assert "no other one is started" in " ".join(output.err.getvalue().split())


def test_a_link_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data/page.new").mkdir(parents=True)  # in the way, as a full disk would be
    (tmp_path / "settings.toml").touch()
    own = ["--data", str(tmp_path / "data"), "--config", str(tmp_path / "settings.toml")]
    assert main(["web", "--no-browser", *own]) == 1
    assert "The link of the page cannot be written into" in " ".join(capsys.readouterr().err.split())


def test_two_pages_cannot_start_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sole_page(tmp_path):
        assert main(["web", "--no-browser", "--data", str(tmp_path)]) == 1
    assert "Try again in a moment" in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="it needs a shell that can close a program's outputs")
def test_the_page_of_a_worker_without_a_console_is_opened_by_its_owner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with World(tmp_path) as world:
        desk = Desk(world, tmp_path)
        assert desk.connect("gmail").code == 0
        own = ["--data", str(desk.folder), "--config", str(desk.config)]
        words = [sys.executable, "-m", "heardback", "run", "--quiet", "--set", "web.inside=true", *own]
        process = subprocess.Popen(["/bin/sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh", *words])
        stuck = threading.Timer(60, process.kill)
        stuck.start()
        while not (desk.folder / "page.link").exists():
            assert process.poll() is None
        assert main(["web", "--no-browser", *own]) == 0
        link = capsys.readouterr().out.split()[-1]
        assert status(link) == 303
        process.terminate()
        process.wait(60)
        stuck.cancel()
        assert (process.returncode, (desk.folder / "page.link").exists()) == (0, False)


def test_a_worker_that_is_quiet_writes_no_key_into_its_log(tmp_path: Path) -> None:
    output = Output(quiet=True, out=io.StringIO(), err=io.StringIO())
    (tmp_path / "settings.toml").touch()
    settings = load({"data_folder": str(tmp_path / "data")}, file=tmp_path / "settings.toml", environment={})
    with House(settings) as house, inside(house, output):
        found = running_page(settings.folder)
        assert found
        assert status(found.link) == 303
    assert isinstance(output.out, io.StringIO)
    assert isinstance(output.err, io.StringIO)
    assert (output.out.getvalue(), output.err.getvalue()) == ("", "")


@pytest.mark.slow
def test_the_page_runs_inside_the_worker_and_ends_with_it(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        desk = Desk(world, tmp_path)
        assert desk.connect("gmail").code == 0
        process, link = started(tmp_path, "run", "--set", "web.inside=true")
        stuck = threading.Timer(60, process.kill)
        stuck.start()
        assert status(link) == 303
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        stuck.cancel()
        assert (process.returncode, "Traceback" in said) == (0, False)


def token_in(item: SentItem) -> Tracked:
    return Tracked(
        id="t",
        kind=HitKind.PIXEL,
        account=item.account,
        tag=item.tag or "",
        recipients=("rita@outside.example",),
        made_at=item.sent_at,
        expires_at=item.sent_at + timedelta(days=180),
    )


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_a_mail_opens_on_its_providers_own_page_and_is_followed_up_from_ours(tmp_path: Path, provider: str) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_text("To: rita@outside.example\nSubject: Offer\n\nWords.\n", "utf-8")
    with World(tmp_path) as world:
        desk = Desk(world, tmp_path)
        desk.connect(provider, "--allow", "send", "--allow", "drafts")
        assert desk.type("send", "--file", str(letter)).code == 0
        person = Person(tmp_path, {}, own_clock=False)
        with person.running:
            (item,) = person.ledger.items()
            leads = person.see(f"/mail/{item.id}/open").headers["location"]
            assert person.ledger.evidence(item.id) == (), "what holds no image cannot tell of a look"
            person.ledger.tracking.put([token_in(item)])
            person.see(f"/mail/{item.id}/open")
            assert [each.ruling for each in person.ledger.evidence(item.id)] == [Ruling.LOOKED]
            assert "You opened the mail from the page" in words(person.see(f"/mail/{item.id}"))
            assert "Draft a follow-up" in words(person.see(f"/mail/{item.id}"))
            drafted = person.send(f"/mail/{item.id}/draft", {"back": f"/mail/{item.id}"}).headers["location"]
            assert words(person.see(drafted)).startswith("A follow-up waits among your drafts")
            assert "Draft a follow-up" not in words(person.see(f"/mail/{item.id}")), "there is one already"
            again = [person.send(f"/mail/{item.id}/draft", {"back": f"/mail/{item.id}"}) for _ in range(2)]
            assert [each.headers["location"] for each in again] == [drafted] * 2
        person.ledger.close()
    pages = {"gmail": "https://mail.google.com/mail/u/?authuser=ana", "outlook": "https://outlook.example/owa/?ItemID="}
    assert leads.startswith(pages[provider])


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_however_many_windows_ask_for_a_draft_at_once_there_is_one(tmp_path: Path, provider: str) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_text("To: rita@outside.example\nSubject: Offer\n\nWords.\n", "utf-8")
    with World(tmp_path) as world:
        desk = Desk(world, tmp_path)
        desk.connect(provider, "--allow", "send", "--allow", "drafts")
        assert desk.type("send", "--file", str(letter)).code == 0
        person = Person(tmp_path, {}, own_clock=False)
        with person.running, ThreadPoolExecutor(4) as windows:
            (item,) = person.ledger.items()
            asked = [windows.submit(person.send, f"/mail/{item.id}/draft") for _ in range(4)]
            assert [each.result().status for each in asked] == [303] * 4
            left = person.ledger.deliveries.follow_up(item.id)
        assert left
        assert left.draft
        if provider == "gmail":
            assert len(world.google.account(GMAIL).drafts) == 1
        else:
            assert len(world.microsoft.account(OUTLOOK).messages("drafts")) == 1
        person.ledger.close()


def test_a_ledger_that_cannot_be_used_is_told_where_the_page_is_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ledger.db").write_text("no ledger at all, but long enough to be looked at" * 100, "utf-8")
    assert main(["web", "--no-browser", "--data", str(tmp_path)]) == 1
    assert "it is not a Heardback ledger" in capsys.readouterr().err

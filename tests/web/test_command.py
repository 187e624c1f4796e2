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
from heardback.commands.web import web
from heardback.house import House
from heardback.output import Output
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

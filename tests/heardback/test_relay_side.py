"""The relay from the owner's side: pulled, shown, checked, overruled through the command line; beside the worker."""

import io
import socket
import sys
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from evidence.model import HitKind
from heardback.hits import hits_of
from heardback.house import House
from heardback.output import Output
from heardback.relay_side import client, keys, reader_name
from heardback.settings import load
from relay.tokens import Token
from store.tiny import TinyLedger
from store.tracking import RelayState, Tracked
from tests.heardback.conftest import Desk
from tests.heardback.test_main_job import send
from tests.relay.conftest import Desk as Relay
from tests.relay.conftest import desks

__all__ = ["desks"]
GINA = "gina@webmail.example"


@pytest.fixture
def relay(desk: Desk, desks: Callable[..., Relay]) -> Relay:
    """A relay elsewhere, which the desk's settings name; its clock is the sandbox's."""
    made = desks()
    made.now = desk.world.clock.now()
    made.start()
    with desk.config.open("a") as config:
        config.write(f'\nrelay.url = "{made.url}"\nrelay.key_file = "{made.plan.folder.parent / "key"}"\n')
    return made


def track(desk: Desk, relay: Relay, item: str) -> Token:
    """As if the mail had been sent with an image in it."""
    token = relay.token()
    with closing(TinyLedger(desk.folder / "ledger.db")) as ledger:
        sent = ledger.item(item)
        assert sent
        assert sent.tag
        ledger.tracking.put([
            Tracked(
                id=token.id,
                kind=HitKind.PIXEL,
                account=sent.account,
                tag=sent.tag,
                recipients=tuple(each.address for each in sent.recipients),
                made_at=sent.sent_at,
                expires_at=token.expires,
            )
        ])  # fmt: skip
    return token


def wait(desk: Desk, relay: Relay, **span: float) -> None:
    desk.wait(**span)
    relay.now = desk.world.clock.now()


def test_hits_are_pulled_shown_as_one_line_and_set_aside(
    desk: Desk, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    item = send(desk, monkeypatch, GINA, "--no-receipt")
    token = track(desk, relay, item)
    for _ in range(2):
        wait(desk, relay, hours=2)
        relay.image(token)
    done = desk.type("run", "--once")
    assert (done.code, "Tracked mail: images, links or pages of it were asked for 2 times." in done.out) == (0, True), (
        done.err
    )
    shown = desk.type("show", item).out
    assert f"{GINA}: PROBABLY READ" in shown
    assert shown.count("  tracked until") == 1
    assert "image fetched 2 times, gina@webmail.example, grade fair, rule browser" in " ".join(shown.split())
    assert "opened" not in shown
    told = desk.type("show", item, "--json").json
    assert told["tracked"] == {"pixel": 1}
    assert [(each["door"], each["count"], each["grade"]) for each in told["hits"]] == [("pixel", 2, "fair")]
    for each in told["hits"][0]["evidence"]:
        assert desk.type("overrule", item, each, "--because", "this was me").code == 0
    (gina,) = desk.type("show", item, "--json").json["recipients"]
    assert gina["verdict"] == "unread"
    assert 'set aside by you, "this was me"' in gina["why"]


def test_a_relay_that_is_away_is_told_by_status_and_holds_no_mailbox_up(
    desk: Desk, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    assert desk.type("run", "--once").code == 0
    assert "last read" in next(line for line in desk.type("status").out.splitlines() if line.startswith("Relay "))
    relay.stop()
    wait(desk, relay, minutes=5)
    item = send(desk, monkeypatch, "paul@harbour.example")
    wait(desk, relay, days=2)
    done = desk.type("run", "--once", "--json")
    assert (done.code, list(done.json["troubles"])) == (1, ["The relay"])
    assert desk.type("show", item, "--json").json["verdict"] == "answered"
    status = desk.type("status")
    assert (status.code, "TROUBLE: away since" in status.out) == (1, True)
    told = desk.type("status", "--json").json["relay"]
    assert (told["url"], bool(told["away_since"]), told["missed_at"]) == (relay_url(desk), True, None)


def relay_url(desk: Desk) -> str:
    return str(load(file=desk.config, environment={}).text("relay.url"))


def test_the_doctor_looks_at_the_key_and_at_what_readers_are_given(desk: Desk, relay: Relay) -> None:
    def said() -> dict[str, str]:
        return {each["what"]: f"{each['how']}: {each['text']}" for each in desk.type("doctor", "--json").json}

    found = said()
    assert found["relay"] == f"ok: {relay.url} answers and takes the key"
    assert found["relay for readers"].startswith("note: ")
    (relay.plan.folder.parent / "key").unlink()
    assert "does not accept the key" in said()["relay"]
    relay.stop()
    assert "cannot be reached" in said()["relay"]
    desk.config.write_text(desk.config.read_text().replace("http://127.0.0.1", "http://relay.example.com"))
    assert said()["relay"].startswith("trouble: http://relay.example.com")


def test_the_doctor_looks_at_the_certificate_and_at_what_stands_before_the_relay(desk: Desk) -> None:
    google = urlsplit(desk.world.settings()["google.api_root"])
    url, ca = f"relay.url=https://{google.netloc}", f"relay.ca_bundle={desk.world.ca_file}"

    def said(*words: str) -> dict[str, str]:
        return {each["what"]: each["text"] for each in desk.type("doctor", "--json", *words).json}

    found = said("--set", url)
    assert "certificate that is not trusted" in found["relay"]
    assert "CERTIFICATE_VERIFY_FAILED" in found["relay for readers"]
    found = said("--set", url, "--set", ca)
    assert "is no relay of Heardback" in found["relay"]
    assert "does not answer with the image" in found["relay for readers"]


def test_status_tells_what_the_relay_lost(desk: Desk, relay: Relay) -> None:
    assert desk.connect("gmail").code == 0
    at = desk.world.clock.now()
    with closing(TinyLedger(desk.folder / "ledger.db")) as ledger:
        ledger.tracking.put_relay(RelayState(cursor="a.1", read_at=at, missed_at=at, lost=3))
    told = desk.type("status").out
    assert "Hits went before they were read, as it said on" in told
    assert "3 hits lost since its start, as its disk refused." in told
    assert relay.url in told


def test_the_doctor_notes_a_relay_that_is_wanted_and_not_named(desk: Desk) -> None:
    said = {each["what"]: each for each in desk.type("doctor", "--json", "--set", "tracking.pixel=true").json}
    assert (said["relay"]["how"], said["relay"]["text"]) == (
        "note",
        "tracking.pixel is set, but relay.url is not; no mail is tracked",
    )
    assert "relay" not in {each["what"] for each in desk.type("doctor", "--json").json}


@pytest.fixture
def port() -> int:
    """A port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def house_with(tmp_path: Path, port: int) -> House:
    flags = {
        "data_folder": str(tmp_path / "data"),
        "relay.url": "https://relay.example.com",
        "relay.inside": "true",
        "relay.port": str(port),
    }
    return House(load(flags, environment={"HEARDBACK_CONFIG": str(tmp_path / "none.toml")}))


def test_a_relay_beside_the_worker_serves_and_is_read_without_its_public_name(tmp_path: Path, port: int) -> None:
    (tmp_path / "none.toml").touch()
    out = Output(out=io.StringIO(), err=io.StringIO())
    with house_with(tmp_path, port) as house, hits_of(house, out) as take_hits:
        assert take_hits
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/p/x.gif") as answer:
            assert answer.read(6) == b"GIF89a"
        assert take_hits().problem == ""
        line = client(house.settings)
        assert line
        assert line.hits().hits == ()
        line.close()
    with socket.create_server(("127.0.0.1", port)):
        pass  # it has stopped listening


def test_a_taken_port_is_told_and_the_worker_goes_on(tmp_path: Path, port: int) -> None:
    (tmp_path / "none.toml").touch()
    err = io.StringIO()
    with (
        socket.create_server(("127.0.0.1", port)),
        house_with(tmp_path, port) as house,
        hits_of(house, Output(out=io.StringIO(), err=err)) as take_hits,
    ):
        assert take_hits
    told = " ".join(err.getvalue().split())
    assert f"The relay cannot listen on 127.0.0.1, port {port}: address already in use. Set relay.port" in told
    assert "The worker goes on" in told


def test_the_secret_behind_readers_names_is_made_once_and_is_for_the_owner_alone(tmp_path: Path, port: int) -> None:
    (tmp_path / "none.toml").touch()
    with house_with(tmp_path, port) as house:
        first, again = reader_name(house.settings)(GINA), reader_name(house.settings)(GINA)
        assert keys(house.settings).bearer == keys(house.settings).bearer
        folder = house.settings.folder
    assert first == again
    if sys.platform != "win32":
        made = [folder / "readers.key", folder / "relay" / "key"]
        assert [oct(each.stat().st_mode & 0o777) for each in made] == ["0o600", "0o600"]

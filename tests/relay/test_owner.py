"""The owner's wire: pages and cursors, copies, opt-outs, forgetting."""

import shutil
from collections.abc import Callable

import pytest

from evidence.model import HitKind
from relay.copies import LARGEST
from tests.relay.conftest import ANA, Desk


def test_pages_follow_one_another_and_leave_nothing_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.owner._PAGE", 3)
    tokens = [desk.token() for _ in range(8)]
    for token in tokens:
        desk.image(token)
    cursor, seen, pages = "", [], 0
    while True:
        page = desk.own(f"/hits?after={cursor}").json
        seen += [hit["token"] for hit in page["hits"]]
        cursor, pages = page["cursor"], pages + 1
        if not page["more"]:
            break
    assert (seen, pages, page["missed"], page["lost"]) == ([token.id for token in tokens], 3, False, 0)


def test_a_cursor_outlives_a_restart(desk: Desk) -> None:
    desk.image(desk.token())
    cursor = desk.own("/hits").json["cursor"]
    desk.stop()
    desk.start()
    desk.image(later := desk.token())
    assert desk.hits(cursor) == [(later.id, "browser")]


def test_a_cursor_of_a_relay_that_lost_its_disk_begins_anew_and_says_so(desk: Desk) -> None:
    desk.image(desk.token())
    before = desk.own("/hits").json
    desk.stop()
    shutil.rmtree(desk.plan.folder)
    desk.start()
    desk.image(desk.token())
    after = desk.own(f"/hits?after={before['cursor']}").json
    assert (len(after["hits"]), after["missed"]) == (1, True)
    assert after["hits"][0]["id"] != before["hits"][0]["id"]


@pytest.mark.parametrize("cursor", ["x", "x.y", ".", "a.-1", "a.1e9", "a.99999999999999999999", "a.²"])
def test_what_is_no_cursor_is_refused(desk: Desk, cursor: str) -> None:
    from urllib.parse import quote

    assert desk.own(f"/hits?after={quote(cursor)}").status == 400


def test_a_copy_is_kept_replaced_and_dropped(desk: Desk) -> None:
    path = f"/v/{desk.seal(desk.token(HitKind.VIEW))}"
    put = [desk.own(path, "PUT", content).status for content in (b"first", b"second")]
    held = desk.ask(f"{path}/copy").body
    dropped = desk.own(path, "DELETE").status
    assert (put, held, dropped, desk.ask(f"{path}/copy").status) == ([204, 204], b"second", 204, 404)


def test_a_copy_that_is_too_large_or_for_no_web_view_is_refused(desk: Desk) -> None:
    view, pixel = (desk.seal(desk.token(kind)) for kind in (HitKind.VIEW, HitKind.PIXEL))
    assert desk.own(f"/v/{view}", "PUT", b"x" * (LARGEST + 1)).status == 413
    assert desk.own(f"/v/{pixel}", "PUT", b"x").status == 404


def test_copies_take_no_more_room_than_they_may(desks: Callable[..., Desk]) -> None:
    desk = desks(most_bytes=1_000)
    desk.start()
    paths = [f"/v/{desk.seal(desk.token(HitKind.VIEW))}" for _ in range(2)]
    assert [desk.own(path, "PUT", b"x" * 600).status for path in paths] == [204, 507]
    assert desk.own(paths[0], "PUT", b"y" * 900).status == 204


def test_the_owner_passes_on_an_opt_out_and_takes_it_back(desk: Desk) -> None:
    first, second, third = (desk.token() for _ in range(3))
    changes = [desk.own("/opt-outs", "POST", {"out": [ANA]}).json for _ in range(2)]
    desk.image(first)
    desk.own("/opt-outs", "POST", {"back": [ANA]})
    desk.image(second)
    desk.stop()
    desk.start()
    desk.image(third)
    assert changes == [{"changed": True}, {"changed": False}]
    assert desk.hits() == [(second.id, "browser"), (third.id, "browser")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        [],
        {"out": "x"},
        {"out": ["too short"]},
        {"out": [7]},
        {"else": []},
        b"[" * 100_000,
        b"x" * 1_000_001,
    ],
)
def test_lists_that_make_no_sense_change_nothing(desk: Desk, body: object) -> None:
    assert desk.own("/opt-outs", "POST", body).status in {400, 413}
    assert desk.own("/forget", "POST", body).status in {400, 413}


def test_what_is_forgotten_is_nowhere_any_more(desk: Desk) -> None:
    gone, kept = desk.token(HitKind.VIEW), desk.token()
    path = f"/v/{desk.seal(gone)}"
    desk.own(path, "PUT", b"sealed")
    desk.ask(path, "POST", body=b"visible")
    desk.image(kept)
    answer = desk.own("/forget", "POST", {"tokens": [gone.id]}).json
    again = desk.own("/forget", "POST", {"tokens": [gone.id]}).json
    assert (answer, again) == ({"hits": 1, "copies": 1}, {"hits": 0, "copies": 0})
    assert [name for name, content in desk.files.items() if gone.id in name or gone.id.encode() in content] == []
    desk.image(later := desk.token())
    hits = desk.own("/hits").json["hits"]
    assert [(hit["token"], hit["id"].partition(".")[2]) for hit in hits] == [(kept.id, "2"), (later.id, "3")]

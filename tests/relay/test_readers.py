"""What readers and machines get at the relay's doors, and what is recorded of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from evidence.model import HitKind
from relay.intake import is_source_named
from relay.readers import GIF
from relay.tokens import reader_id
from tests.relay.conftest import ANA, SECRET, Desk

BEN = reader_id(SECRET, "ben@example.org")
SCANNERS = ("Mozilla/5.0", "curl/8", "Barracuda Sentinel (EE)")


def test_the_image_is_the_smallest_gif_with_headers_that_forbid_keeping_it(desk: Desk) -> None:
    answer = desk.image(desk.token())
    date = answer.headers.pop("date")
    assert (answer.status, answer.body, len(GIF), bool(date)) == (200, GIF, 43, True)
    assert answer.headers == {
        "content-type": "image/gif",
        "content-length": "43",
        "cache-control": "no-store, no-cache, must-revalidate, private, max-age=0",
        "pragma": "no-cache",
        "expires": "0",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "cross-origin",
    }


def test_a_hit_keeps_token_coarse_time_grade_and_rule_and_nothing_else(desk: Desk) -> None:
    token = desk.token()
    desk.image(token)
    (hit,) = desk.own("/hits").json["hits"]
    assert hit.pop("id").endswith(".1")
    assert hit == {
        "token": token.id,
        "kind": "pixel",
        "at": "2026-05-04T12:00:00Z",
        "grade": "fair",
        "rule": "browser",
    }


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        ({"method": "HEAD"}, "head"),
        ({"method": "POST", "body": b"x"}, "odd-method"),
        ({"Purpose": "prefetch"}, "prefetch"),
        ({"Sec_Purpose": "prefetch;prerender"}, "prefetch"),
        ({"X_Moz": "prefetch"}, "prefetch"),
        ({"Range": "bytes=0-0"}, "range"),
        ({"agent": ""}, "nameless"),
    ],
)
def test_whatever_is_asked_the_image_answers_alike_and_the_rule_tells(
    desk: Desk, request_: dict[str, object], rule: str
) -> None:
    plain = desk.image(desk.token(readers=(BEN,)))
    token = desk.token()
    answer = desk.image(token, **request_)
    body = b"" if rule == "head" else plain.body
    assert answer.shape == (plain.status, plain.shape[1], body)
    assert (token.id, rule) in desk.hits()


def test_a_link_leads_to_its_target_and_a_person_is_told_from_a_scanner(desk: Desk) -> None:
    token = desk.token(HitKind.LINK)
    answers = [desk.ask(f"/l/{desk.seal(token)}", agent=each) for each in (*SCANNERS, "Mozilla/5.0 (X11) Firefox/140")]
    assert {(each.status, each.headers["location"]) for each in answers} == {(302, token.target)}
    assert answers[0].headers["referrer-policy"] == "no-referrer"
    assert [rule for _, rule in desk.hits()] == ["apple-prefetch", "program", "gateway", "click"]


def test_asking_a_link_with_head_leads_on_and_never_counts(desk: Desk) -> None:
    answer = desk.ask(f"/l/{desk.seal(desk.token(HitKind.LINK))}", "HEAD")
    assert (answer.status, [rule for _, rule in desk.hits()]) == (302, ["head"])


def test_an_old_link_still_leads_on_and_records_nothing(desk: Desk) -> None:
    token = desk.token(HitKind.LINK)
    desk.now += timedelta(days=91)
    assert desk.ask(f"/l/{desk.seal(token)}").headers["location"] == token.target
    assert desk.hits() == []


def test_opening_the_opt_out_page_does_nothing_whoever_opens_it(desk: Desk) -> None:
    path = f"/o/{desk.seal(desk.token(HitKind.OPT_OUT))}"
    opened = [desk.ask(path), desk.ask(path, "HEAD"), desk.ask(path, Sec_Purpose="prefetch")]
    assert {each.status for each in opened} == {200}
    desk.image(token := desk.token())
    assert desk.hits() == [(token.id, "browser")]


def test_one_press_opts_out_at_once_also_for_mail_already_sent(desk: Desk) -> None:
    sent, opt_out = desk.token(), desk.token(HitKind.OPT_OUT)
    before = desk.image(sent)
    done = desk.ask(f"/o/{desk.seal(opt_out)}", "POST")
    desk.now += timedelta(minutes=10)
    after = desk.image(sent)
    clicked = desk.ask(f"/l/{desk.seal(desk.token(HitKind.LINK))}")
    assert (done.status, b"Stopped" in done.body) == (200, True)
    assert after.shape == before.shape
    assert clicked.status == 302
    assert desk.hits() == [(sent.id, "browser"), (opt_out.id, "opt-out")]


def test_opting_out_twice_is_one_opt_out(desk: Desk) -> None:
    path = f"/o/{desk.seal(desk.token(HitKind.OPT_OUT))}"
    first, second = (desk.ask(path, "POST", body=b"List-Unsubscribe=One-Click") for _ in range(2))
    assert first.shape == second.shape
    assert [rule for _, rule in desk.hits()] == ["opt-out"]


def test_an_expired_opt_out_link_still_opts_out(desk: Desk) -> None:
    opt_out = desk.token(HitKind.OPT_OUT)
    desk.now += timedelta(days=3_000)
    desk.ask(f"/o/{desk.seal(opt_out)}", "POST")
    desk.image(desk.token(expires=desk.now + timedelta(days=1)))
    assert [rule for _, rule in desk.hits()] == ["opt-out"]


def test_mail_to_several_is_silent_once_one_of_them_opts_out_and_others_stay(desk: Desk) -> None:
    desk.ask(f"/o/{desk.seal(desk.token(HitKind.OPT_OUT))}", "POST")
    desk.image(desk.token(readers=(BEN, ANA)))
    desk.image(alone := desk.token(readers=(BEN,)))
    assert desk.hits()[1:] == [(alone.id, "browser")]


def test_an_opt_out_outlives_a_restart(desk: Desk) -> None:
    desk.ask(f"/o/{desk.seal(desk.token(HitKind.OPT_OUT))}", "POST")
    desk.stop()
    desk.start()
    desk.image(desk.token())
    assert [rule for _, rule in desk.hits()] == ["opt-out"]


def test_an_opt_out_that_cannot_be_saved_counts_and_says_so_until_it_can(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/o/{desk.seal(desk.token(HitKind.OPT_OUT))}"
    with monkeypatch.context() as patch:
        patch.setattr("relay.opt_outs.replace", _refuse)
        refused = desk.ask(path, "POST")
        desk.image(desk.token())
    saved = desk.ask(path, "POST")
    assert (refused.status, b"try again" in refused.body, saved.status) == (503, True, 200)
    assert [rule for _, rule in desk.hits()] == ["opt-out"]
    assert (desk.plan.folder / "opt-outs").read_text() == f"{ANA}\n"


def _refuse(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("word", ["visible", "10s", "1min", "5min", "end"])
def test_the_web_view_reports_in_known_words(desk: Desk, word: str) -> None:
    token = desk.token(HitKind.VIEW)
    answer = desk.ask(f"/v/{desk.seal(token)}", "POST", body=word.encode())
    assert (answer.status, answer.body) == (204, b"")
    assert desk.hits() == [(token.id, f"view-{word}")]


@pytest.mark.parametrize("word", [b"", b"read", b"VISIBLE", b"visible ", b"x" * 100_000, b"\xff\xfe"])
def test_a_word_the_web_view_does_not_know_is_passed_over(desk: Desk, word: bytes) -> None:
    answer = desk.ask(f"/v/{desk.seal(desk.token(HitKind.VIEW))}", "POST", body=word)
    assert (answer.status, desk.hits()) == (204, [])


def test_looking_at_the_web_view_without_its_script_records_nothing(desk: Desk) -> None:
    text = desk.seal(token := desk.token(HitKind.VIEW))
    desk.own(f"/v/{text}", "PUT", b"sealed")
    assert [desk.ask(f"/v/{text}").status, desk.ask(f"/v/{text}/copy").body] == [200, b"sealed"]
    assert (desk.hits(), token.kind) == ([], HitKind.VIEW)


def test_a_copy_is_gone_when_its_token_expires_and_stays_for_who_opted_out(desk: Desk) -> None:
    text = desk.seal(desk.token(HitKind.VIEW))
    desk.own(f"/v/{text}", "PUT", b"sealed")
    desk.own("/opt-outs", "POST", {"out": [ANA]})
    assert desk.ask(f"/v/{text}/copy").body == b"sealed"
    desk.now += timedelta(days=91)
    assert desk.ask(f"/v/{text}/copy").shape == desk.ask("/v/forged/copy").shape


def test_a_repeat_within_five_minutes_says_nothing_new(desk: Desk) -> None:
    token = desk.token()
    for _ in range(20):
        desk.image(token)
    desk.now += timedelta(minutes=5)
    desk.image(token)
    assert desk.hits() == [(token.id, "browser")] * 2


def test_one_source_cannot_fill_the_disk_and_is_answered_all_the_same(desks: Callable[..., Desk]) -> None:
    desk = desks(hits_per_source=3)
    desk.start()
    answers = {desk.image(desk.token()).status for _ in range(6)}
    desk.now += timedelta(minutes=1)
    desk.image(desk.token())
    assert (answers, len(desk.hits())) == ({200}, 4)


def test_hits_from_own_networks_and_known_machines_are_kept_apart(desks: Callable[..., Desk]) -> None:
    desk = desks(own_networks=("192.0.2.0/24",), machine_networks=("198.51.100.0/24",))
    desk.trusted = ("127.0.0.1",)
    desk.start()
    for address in ("192.0.2.7", "198.51.100.7", "203.0.113.7"):
        desk.image(desk.token(), X_Forwarded_For=address)
    assert [rule for _, rule in desk.hits()] == ["own-network", "machine-network", "browser"]


@pytest.mark.parametrize(
    ("owner", "reader", "rule"),
    [
        ("198.51.100.7", "198.51.100.7", "near-owner"),
        ("198.51.100.7", "198.51.100.8", "browser"),
        ("2001:db8:1:2::7", "2001:db8:1:2:abcd::9", "near-owner"),
        ("2001:db8:1:2::7", "2001:db8:1:3::7", "browser"),
        ("192.168.1.7", "192.168.1.7", "browser"),
    ],
)
def test_hits_from_where_the_owner_asks_for_them_may_be_the_owners_own_for_a_day(
    desks: Callable[..., Desk], owner: str, reader: str, rule: str
) -> None:
    desk = desks()
    desk.trusted = ("127.0.0.1",)
    desk.start()
    desk.ask("/hits", Authorization="Bearer guessed", X_Forwarded_For="203.0.113.7")
    desk.own("/hits", X_Forwarded_For=owner)
    desk.image(desk.token(), X_Forwarded_For=reader)
    desk.image(desk.token(), X_Forwarded_For="203.0.113.7")
    desk.now += timedelta(days=1)
    desk.image(desk.token(), X_Forwarded_For=reader)
    assert [each for _, each in desk.hits()] == [rule, "browser", "browser"]


@pytest.mark.parametrize(
    ("headers", "is_named"),
    [
        ({}, True),
        ({b"x-forwarded-for": b"198.51.100.7, 10.0.0.1"}, True),
        ({b"x-forwarded-for": b"198.51.100.9"}, False),
        ({b"via": b"1.1 cdn"}, False),
        ({b"x-real-ip": b"198.51.100.9"}, False),
        ({b"forwarded": b"for=198.51.100.9"}, False),
    ],
)
def test_a_web_server_that_nobody_named_is_not_taken_for_the_owner(headers: dict[bytes, bytes], is_named: bool) -> None:
    assert is_source_named({"headers": list(headers.items()), "client": ("198.51.100.7", 0)}) is is_named


def test_health_says_whether_hits_reach_the_disk(desk: Desk) -> None:
    def refuse() -> None:
        raise OSError(28, "No space left on device")

    well = desk.ask("/healthz")
    desk.disk.act = refuse
    desk.image(desk.token())
    assert (well.status, well.json, desk.ask("/healthz").status) == (200, {"ok": True}, 503)
    desk.disk.act = lambda: None

"""Who may come in, what the browser is told, and what is refused: on a page that really runs."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from heardback.origin import origin
from heardback.surfaces.subscription import path_of
from heardback.web.door import Door
from tests.heardback.screens import fill
from tests.web.conftest import FLAGS, Person, words

PATHS = [
    "/",
    "/mail",
    "/mail/hebrewhe",
    "/people",
    "/numbers",
    "/mailboxes",
    "/connect",
    "/settings",
    "/help",
]


def test_the_opening_link_becomes_a_cookie_no_script_and_no_other_site_can_use(person: Person) -> None:
    path = person.door.link.partition(str(person.door.port))[2]
    answer = person.ask(path)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"].lower() == f"{person.cookie}; httponly; path=/; samesite=strict".lower()
    assert person.door.key not in person.cookie


@pytest.mark.parametrize("path", [*PATHS, "/news"])
def test_nothing_is_shown_to_who_did_not_come_by_the_link(person: Person, path: str) -> None:
    wrong = f"{person.door.cookie}={'x' * len(person.door.session)}"
    for headers in ({}, {"Cookie": wrong}, {"Cookie": f"{person.door.cookie}={person.door.key}"}):
        answer = person.ask(path, headers=headers)
        assert answer.status == 403
        assert "@" not in answer.text


@pytest.mark.parametrize("path", ["/open", "/open?key=", "/open?key=x", "/open?key=%C3%A9", "/open/?key=x"])
def test_a_wrong_key_opens_nothing(person: Person, path: str) -> None:
    answer = person.ask(path)
    assert (answer.status, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.evil.example:{port}",
        "localhost.evil.example:{port}",
        "192.168.1.7:{port}",
        "me@127.0.0.1:{port}",
        "127.0.0.1:{port}/x",
        "127.0.0.1:{port}#x",
        "[::1:{port}",
        "127.0.0.1:port",
        "",
    ],
)
def test_other_names_for_this_machine_are_refused_even_with_the_cookie(person: Person, host: str) -> None:
    for path in ("/", "/style.css", "/open?key=" + person.door.key):
        assert person.see(path, Host=host.format(port=person.door.port)).status in (400, 403)


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "127.8.8.8:{port}", "[::1]:{port}"])
def test_the_names_of_this_machine_are_its_own(person: Person, host: str) -> None:
    assert person.see("/", Host=host.format(port=person.door.port)).status == 200


def test_a_page_let_out_answers_to_addresses_in_numbers_and_its_own_name_only() -> None:
    door = Door.fresh("0.0.0.0", 8435)
    assert door.is_exposed
    assert [
        door.answers_to(each) for each in ("192.168.1.7:8435", "[fd00::1]:8435", "localhost:8435", "evil.example:8435")
    ] == [True, True, True, False]
    assert Door.fresh("desk.home.arpa", 80).answers_to("desk.home.arpa")
    assert not Door.fresh("127.0.0.1", 80).is_exposed


PUBLIC = "https://heardback.home.example"


@pytest.fixture
def outsider(tmp_path: Path) -> Iterator[Person]:
    """Reaches the page through a proxy that adds encryption."""
    someone = Person(tmp_path, FLAGS, public=f"{PUBLIC}:443/")
    with someone.running, closing(someone.ledger):
        fill(someone.ledger)
        yield someone


def test_a_page_behind_a_proxy_names_and_answers_to_the_address_of_that(outsider: Person) -> None:
    assert outsider.door.link == f"{PUBLIC}/open?key={outsider.door.key}"
    for host in ("heardback.home.example", "HEARDBACK.home.example:443", f"127.0.0.1:{outsider.door.port}"):
        assert outsider.see("/", Host=host).status == 200
    for host in ("home.example", "x.heardback.home.example", "heardback.home.example:80", "heardback.home.example/"):
        assert outsider.see("/", Host=host).status in (400, 403)
    path = f"/open?key={outsider.door.key}"
    assert outsider.ask(path, headers={"Host": "heardback.home.example"}).headers["set-cookie"].endswith("; Secure")
    assert f"{PUBLIC}/calendar/" in words(outsider.see("/settings"))
    calendar = outsider.ask(path_of(outsider.door.calendar)).text.replace("\r\n ", "")
    assert f"{PUBLIC}/mail/hebrewhe" in calendar


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("heardback.home.example", PUBLIC, 303),
        ("127.0.0.1:{port}", PUBLIC, 303),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}", 303),
        ("heardback.home.example", "http://heardback.home.example", 403),
        ("heardback.home.example", "http://127.0.0.1:{port}", 403),
        ("127.0.0.1:{port}", "https://evil.example", 403),
        ("127.0.0.1:{port}", "null", 403),
        ("127.0.0.1:{port}", "", 403),
    ],
)
def test_a_form_may_come_from_the_address_of_the_proxy_whichever_host_that_names(
    outsider: Person, host: str, origin: str, status: int
) -> None:
    port = outsider.door.port
    headers = {"Host": host.format(port=port), "Origin": origin.format(port=port), "Sec-Fetch-Site": "same-origin"}
    assert outsider.send("/reminders/hebrewhe-1/done", headers=headers).status == status


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://Heardback.Home.Example:443/", PUBLIC),
        ("http://localhost:8433", "http://localhost:8433"),
        ("http://[::1]:80", "http://[::1]"),
        ("heardback.home.example", ""),
        ("https://home.example/heardback", ""),
        ("https://me@home.example", ""),
        ("https://home.example?x", ""),
        ("https://home.example:x", ""),
        ("ftp://home.example", ""),
        ("https://hömé.example", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_an_address_is_read_as_browsers_name_it_or_is_none(written: str, read: str) -> None:
    assert origin(written) == read


@pytest.mark.parametrize(
    ("host", "named"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("desk.home.arpa", "desk.home.arpa")]
)
def test_the_link_of_a_page_on_all_addresses_names_one_that_opens_here(host: str, named: str) -> None:
    assert Door.fresh(host, 8435).link.startswith(f"http://{named}:8435/open?key=")


def test_the_opening_link_on_another_site_goes_on_by_a_page_of_ours(person: Person) -> None:
    path = f"/open?key={person.door.key}"
    answer = person.ask(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status, person.cookie in answer.headers["set-cookie"]) == (200, True)
    assert '<meta http-equiv="refresh" content="0; url=/">' in answer.text
    assert person.door.key not in answer.text


def test_a_link_on_another_site_leads_to_a_page_of_ours_that_asks_and_nowhere_else(person: Person) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = person.ask("/mail/hebrewhe?said=done", headers=elsewhere)
    assert (answer.status, '<a href="/mail/hebrewhe">Go on</a>' in answer.text) == (403, True)
    assert "http-equiv" not in answer.text
    for path in ("//evil.example", "/\\evil.example", "/mail//evil.example", "/%2fevil.example"):
        assert "evil.example" not in person.ask(path, headers=elsewhere).text
    assert "Go on" not in person.ask("/mail/hebrewhe", headers={"Sec-Fetch-Site": "none"}).text


def test_two_hosts_in_one_request_are_refused(person: Person) -> None:
    with socket.create_connection(("127.0.0.1", person.door.port), timeout=10) as line:
        host = f"Host: 127.0.0.1:{person.door.port}\r\n"
        line.sendall(f"GET / HTTP/1.1\r\n{host}{host}Cookie: {person.cookie}\r\nConnection: close\r\n\r\n".encode())
        assert line.recv(12).split()[1] in (b"400", b"403")


@pytest.mark.parametrize("mark", ["", "x", "é"])
def test_a_form_that_is_not_ours_does_nothing(person: Person, mark: str) -> None:
    answer = person.send("/reminders/hebrewhe-1/done", mark=mark)
    assert answer.status == 403
    assert person.ledger.reminder("hebrewhe-1").state == "planned"  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_sent_from_another_site_does_nothing_even_with_cookie_and_mark(
    person: Person, headers: dict[str, str]
) -> None:
    assert person.send("/reminders/hebrewhe-1/done", headers=headers).status == 403
    assert person.ledger.reminder("hebrewhe-1").state == "planned"  # type: ignore[union-attr]  # it is there


def test_a_form_without_a_cookie_does_nothing(person: Person) -> None:
    assert (
        person.send(
            "/people", {"address": "a@example.org", "command": "optout", "act": "add"}, headers={"Cookie": ""}
        ).status
        == 403
    )
    assert person.ledger.tracking.choices() == ()


def test_a_form_of_any_length_is_cut_short(person: Person) -> None:
    assert person.send("/people", {"address": "a" * 40_000, "command": "optout", "act": "add"}).status == 413
    assert person.send("/people", {f"f{n}": "x" for n in range(700)}).status == 403


@pytest.mark.parametrize(
    "path", ["/reminders/hebrewhe-1/done", "/mail/hebrewhe/overrule", "/reminders/hebrewhe-1/snooze"]
)
def test_looking_changes_nothing(person: Person, path: str) -> None:
    assert person.see(path).status == 404
    assert person.ledger.reminder("hebrewhe-1").state == "planned"  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
def test_other_methods_do_nothing(person: Person, method: str) -> None:
    assert person.ask("/", method, headers={"Cookie": person.cookie}).status in (400, 404, 405)


@pytest.mark.parametrize("path", [*PATHS, "/style.css", "/page.js", "/icon.svg", "/nowhere", "/mail/nowhere"])
def test_every_answer_forbids_frames_foreign_code_keeping_and_guessing(person: Person, path: str) -> None:
    headers = person.see(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "same-origin")
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/style.css/../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/mail/..%2f..%2fetc%2fpasswd",
        "/mail/%00",
        "/static/style.css",
        "/templates/base.html",
        "//evil.example/",
        "/mail/hebrewhe/",
    ],
)
def test_paths_lead_nowhere_else(person: Person, path: str) -> None:
    answer = person.see(path)
    assert answer.status in (307, 400, 404)
    assert "evil.example" not in answer.headers.get("location", "")
    assert "root:" not in answer.text


def test_a_deed_leads_back_to_a_page_of_ours_only(person: Person) -> None:
    for place in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/mail/../x",
        "/mail?x=1",
        "javascript:1",
    ):
        answer = person.send("/reminders/hebrewhe-1/snooze", {"for": "1d", "back": place})
        assert answer.headers["location"] == "/?said=snoozed&about=hebrewhe-1"
    answer = person.send("/reminders/hebrewhe-1/snooze", {"for": "1d", "back": "/mail/hebrewhe"})
    assert answer.headers["location"] == "/mail/hebrewhe?said=snoozed&about=hebrewhe-1"


def test_secrets_are_not_shown_by_the_door_itself() -> None:
    door = Door.fresh("127.0.0.1", 1)
    assert [each in repr(door) for each in (door.key, door.session, door.form)] == [False] * 3
    assert Door.fresh("127.0.0.1", 1).key != door.key


def test_no_template_has_anything_inline_or_from_elsewhere() -> None:
    import heardback.web

    folder = Path(heardback.web.__file__).parent
    for file in (folder / "templates").glob("*.html"):
        text = file.read_text("utf-8")
        found = [mark for mark in (" style=", "<style", " onclick", "//cdn", "https://", "|safe") if mark in text]
        assert (file.name, found) == (file.name, [])
        assert text.count("<script") == text.count('<script src="/')

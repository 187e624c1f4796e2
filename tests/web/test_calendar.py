"""The calendar that programs subscribe to: one secret path without a cookie, and nothing beside it."""

from pathlib import Path

import pytest
import vobject

from heardback.errors import Failed
from heardback.surfaces.subscription import FILE, path_of, secret_of
from heardback.web.door import Door
from tests.web.conftest import Person, words


def path(person: Person) -> str:
    return path_of(person.door.calendar)


def test_a_program_without_the_cookie_reads_the_open_reminders(person: Person) -> None:
    answer = person.ask(path(person))
    assert (answer.status, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    calendar = vobject.readOne(answer.text)
    assert len(calendar.contents["vevent"]) == len(calendar.contents["vtodo"]) > 0
    assert calendar.contents["vevent"][0].url.value.startswith(f"{person.home}/mail/")


def test_a_settled_reminder_leaves_the_calendar(person: Person) -> None:
    assert "hebrewhe-1-event@heardback" in person.ask(path(person)).text
    person.send("/reminders/hebrewhe-1/done")
    assert "hebrewhe-1-event@heardback" not in person.ask(path(person)).text


@pytest.mark.parametrize("given", ["", "x", "X" * 43, "é"])
def test_another_secret_opens_nothing(person: Person, given: str) -> None:
    for other in (f"/calendar/{given.encode().hex()}.ics", "/calendar/.ics", "/calendar", path(person) + "/mail"):
        assert person.ask(other).status == 403
    assert person.ask(path(person).upper()).status == 403


def test_the_secret_opens_nothing_but_the_calendar_and_only_to_look(person: Person) -> None:
    assert person.ask(f"/?key={person.door.calendar}").status == 403
    assert person.ask("/", headers={"Cookie": f"{person.door.cookie}={person.door.calendar}"}).status == 403
    assert person.ask(f"/open?key={person.door.calendar}").status == 403
    assert person.ask(path(person), "POST", body=b"").status == 403
    assert person.ask(path(person), "HEAD").status == 200


def test_the_calendar_answers_to_the_names_of_the_page_only(person: Person) -> None:
    assert person.ask(path(person), headers={"Host": f"evil.example:{person.door.port}"}).status == 403


def test_the_page_tells_the_address(person: Person) -> None:
    assert f"{person.home}{path(person)}" in words(person.see("/settings"))


def test_without_a_secret_there_is_no_calendar() -> None:
    door = Door.fresh("127.0.0.1", 1)
    assert [door.is_calendar(each) for each in ("", "/calendar/.ics", "/")] == [False] * 3


def test_the_secret_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    made = secret_of(tmp_path / "data")
    file = tmp_path / "data" / FILE
    assert (secret_of(tmp_path / "data"), file.stat().st_mode & 0o777, len(made)) == (made, 0o600, 43)
    file.unlink()
    assert secret_of(tmp_path / "data") != made


@pytest.mark.parametrize("content", [b"", b"short", b"../" * 20, b"\xff" * 43])
def test_a_file_without_a_secret_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(Failed, match="calendar's secret"):
        secret_of(tmp_path)

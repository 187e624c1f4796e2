"""The first-run guide: from nothing to a connected mailbox, one question after the other."""

import io
import json
import sys
from zoneinfo import ZoneInfo

import pytest

from heardback.practice import prepare
from heardback.settings_file import with_settings
from sandbox.visitor import Visitor
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk, Done


class Keyboard(io.StringIO):
    """Somebody who types these lines."""

    def isatty(self) -> bool:
        return True


def type_answers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *answers: str, person: str = GMAIL, words: tuple[str, ...] = ()
) -> Done:
    monkeypatch.setattr(sys, "stdin", Keyboard("\n".join([*answers, ""])))
    before = desk.config.read_text()
    if "data_folder" not in before:
        desk.config.write_text(f'data_folder = "{desk.folder}"\n{before}')
    visitor = Visitor(desk.world.ca_file, account=person)
    return desk.bare("setup", *words, "--config", str(desk.config), visitor=visitor)


def without_clients(desk: Desk) -> str:
    """Take the clients out of the settings; the Google one as a file."""
    lines = desk.config.read_text().splitlines()
    values = dict(line.split(" = ", 1) for line in lines)
    client = {
        "client_id": json.loads(values["google.client_id"]),
        "client_secret": json.loads(values["google.client_secret"]),
    }
    file = desk.folder.parent / "client_secret.json"
    file.write_text(json.dumps({"installed": {**client, "auth_uri": "x", "token_uri": "x"}}))
    desk.config.write_text("\n".join(["# mine", *(line for line in lines if ".client_" not in line)]))
    return str(file)


def test_gmail_is_connected_and_read_with_what_was_answered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = without_clients(desk)
    done = type_answers(desk, monkeypatch, "gmail", "y", "", "nowhere.json", client, "xx", "de", "y", "y")
    assert done.code == 0, done.err
    written = desk.config.read_text()
    assert "# mine\n" in written
    assert [line for line in (f'google.client_file = "{client}"', 'country = "DE"') if line not in written] == []
    assert [each["id"] for each in desk.type("accounts", "--json").json] == [f"gmail:{GMAIL}"]
    told = " ".join(done.err.split())
    for each in (
        "press Publish app",
        "add the scopes gmail.readonly and gmail.send.",
        "choose Advanced and go on",
        "Please write where the JSON file lies",
        "nowhere.json",
        'within 09:00-17:00, UTC (the settings "reminders.hours" and "zone")',
        "No public holidays are known of XX: write its two letters",
        f"goes into {desk.config}",
    ):
        assert each in told, told
    assert [told.count("Connected so far"), done.out.count("First reading"), done.out.count("Next:")] == [1, 1, 0]
    end = " ".join(done.out.partition("That is all. From here:")[2].split())
    hoped = ("heardback send --file", "3 business days after you sent it", "start with your session")
    assert [each in end for each in (*hoped, "heardback run --once")] == [True, True, True, False], end


def test_outlook_is_connected_with_an_id_that_looks_like_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    values = dict(line.split(" = ", 1) for line in desk.config.read_text().splitlines())
    client = json.loads(values["microsoft.client_id"])
    without_clients(desk)
    done = type_answers(desk, monkeypatch, "outlook", "n", "secret", client, "", "y", "n", person=OUTLOOK)
    assert done.code == 0, done.err
    assert "That is no such ID" in done.err
    assert "Delegated: User.Read and Mail.Read." in done.err
    end = done.out.partition("That is all.")[2]
    assert ["heardback send" in end, '"heardback run --once" reads the mailbox.' in end] == [False, True], end
    (account,) = desk.type("accounts", "--json").json
    assert (account["id"], "send" in account["features"]) == (f"outlook:{OUTLOOK}", False)


def test_what_is_set_already_is_not_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    done = type_answers(desk, monkeypatch, "gmail", "y", "", "", "n")
    assert done.code == 0, done.err
    assert "JSON file" not in done.err
    assert f"Your client at Google: google.client_id = {desk.world.google.client_id}" in " ".join(done.err.split())
    assert "Keep it? [Y/n]" in done.err


def test_a_client_that_is_set_and_is_not_the_right_one_is_asked_for_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk.world.microsoft.client_id
    wrong = "99999999-9999-4999-8999-999999999999"
    without_clients(desk)
    desk.config.write_text(f'{desk.config.read_text()}\nmicrosoft.client_id = "{wrong}"\n')
    done = type_answers(desk, monkeypatch, "outlook", "n", "n", client, "", "y", "n", person=OUTLOOK)
    assert done.code == 0, done.err
    assert f"microsoft.client_id = {wrong}" in " ".join(done.err.split())
    assert [each["id"] for each in desk.type("accounts", "--json").json] == [f"outlook:{OUTLOOK}"]


def test_stopping_at_the_sign_in_says_what_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: str) -> None:
        raise KeyboardInterrupt

    without_clients(desk)
    desk.config.write_text(f'data_folder = "{desk.folder}"\n{desk.config.read_text()}')
    wrong = "99999999-9999-4999-8999-999999999999"
    monkeypatch.setattr(sys, "stdin", Keyboard("\n".join(["outlook", "n", wrong, "", "y", ""])))
    done = desk.bare("setup", "--config", str(desk.config), visitor=stop)
    assert done.code == 130
    told = " ".join(done.err.split())
    assert told.endswith(
        'Stopped. Nothing was connected. What you answered is kept; "heardback setup" goes on from there.'
    )
    assert "Should Microsoft's page not know your client, press Ctrl-C and run setup again." in told
    assert wrong in desk.config.read_text()


class Interrupted(Keyboard):
    """Somebody who types these lines, and then Ctrl-C."""

    def readline(self, *_: object) -> str:  # type: ignore[override]  # the size is never asked for
        line = super().readline()
        if not line:
            raise KeyboardInterrupt
        return line


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([], "Nothing was written, and nothing connected."),
        (["gmail", "n", "", ""], "The mailbox is connected;"),
    ],
)
def test_stopping_says_how_things_stand(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answers: list[str], told: str
) -> None:
    desk.config.write_text(f'data_folder = "{desk.folder}"\n{desk.config.read_text()}')
    monkeypatch.setattr(sys, "stdin", Interrupted("".join(f"{each}\n" for each in answers)))
    done = desk.bare("setup", "--config", str(desk.config), visitor=Visitor(desk.world.ca_file, account=GMAIL))
    assert (done.code, f"Stopped. {told}" in " ".join(done.err.split())) == (130, True), done.err


def test_a_reading_that_fails_is_no_success(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heardback.commands.setup.run", lambda *_: 1)
    done = type_answers(desk, monkeypatch, "gmail", "n", "", "", "y")
    assert (done.code, '"heardback run --once" reads the mailbox.' in done.out) == (1, True)


def test_a_client_that_cannot_be_used_is_not_offered_to_be_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = without_clients(desk)
    desk.config.write_text(f'{desk.config.read_text()}\ngoogle.client_file = "gone.json"\n')
    done = type_answers(desk, monkeypatch, "gmail", "n", client, "", "y", "n")
    assert done.code == 0, done.err
    assert ["Another one is needed" in done.err, "Keep it?" in done.err] == [True, False]


@pytest.mark.parametrize("answer", ["~nobodyhere/x.json", "a\0b", "x" * 300, "\ufffd\ufffd", "/", "/dev/null"])
def test_an_answer_that_names_no_file_is_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    client = without_clients(desk)
    done = type_answers(desk, monkeypatch, "gmail", "n", answer, client, "", "y", "n")
    assert done.code == 0, done.err
    assert done.err.count("Where is the JSON file?") == 2


@pytest.mark.parametrize(
    "answer", ["----zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "0" * 36, "00000000-0000-0000-0000-00000000000"]
)
def test_an_answer_that_is_no_guid_is_asked_for_again(desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    client = desk.world.microsoft.client_id
    without_clients(desk)
    done = type_answers(desk, monkeypatch, "outlook", "n", answer, client, "", "y", "n", person=OUTLOOK)
    assert (done.code, done.err.count("That is no such ID")) == (0, 1), done.err


@pytest.mark.parametrize("keeps", [True, False])
def test_what_flags_set_holds_to_the_end_and_is_kept_if_the_person_likes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    usual, other = desk.folder, desk.folder.parent / "elsewhere"
    flags = ("--set", f"data_folder={other}", "--set", "reminders.after_days=7")
    answers = ("gmail", "n", "", "", *(("y", "y") if keeps else ("n",)), "y")
    done = type_answers(desk, monkeypatch, *answers, words=flags)
    assert done.code == 0, done.err
    assert [(other / each).exists() for each in ("ledger.db", "vault")] == [True, True]
    assert not usual.exists()
    told = " ".join(done.out.split())
    assert "reminds you of a mail 7 business days after" in told
    needed = ("--config", str(desk.config), *(() if keeps else flags))
    assert told.endswith(f"needs as well: {' '.join(needed)}")
    assert desk.bare("run", "--once", *needed).code == 0
    assert (f'data_folder = "{other}"' in desk.config.read_text()) == keeps
    assert ("reminders.after_days" in desk.config.read_text(), "after_days = 7" in desk.config.read_text()) == (
        False,
        keeps,
    )


def test_it_can_be_practised_beside_the_demo_from_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tzlocal.get_localzone", lambda: ZoneInfo("Europe/Berlin"))
    place = desk.folder.parent / "practice"
    prepare(desk.world, place)
    monkeypatch.setenv("HEARDBACK_CONFIG", str(place / "settings.toml"))
    monkeypatch.setattr(sys, "stdin", Keyboard(f"gmail\ny\n{place / 'client_secret.json'}\n\ny\ny\n"))
    done = desk.bare("setup", visitor=Visitor(desk.world.ca_file, account=GMAIL))
    assert done.code == 0, done.err
    assert "Connected so far: nothing." in done.err
    assert [each["id"] for each in desk.bare("accounts", "--json").json] == [f"gmail:{GMAIL}"]


@pytest.mark.parametrize(
    ("machine", "country", "asked"),
    [
        ("UTC", "", "such as Europe/Berlin? Enter for this machine's, UTC."),
        ("Etc/UTC", "AT", "such as Europe/Vienna? Enter for this machine's, Etc/UTC."),
        ("Europe/Berlin", "US", "such as America/New_York? Enter for this machine's, Europe/Berlin."),
        ("Europe/Berlin", "DE", ""),
        ("Europe/Berlin", "", ""),
        ("Europe/Berlin", "DK", ""),  # they keep the same time
        ("US/Eastern", "US", ""),  # an old name, in no table
        ("Europe/London", "GB", ""),
    ],
)
def test_the_time_zone_is_asked_for_where_the_machines_is_hardly_the_persons(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, machine: str, country: str, asked: str
) -> None:
    lines = desk.config.read_text().splitlines()
    desk.config.write_text("\n".join(line for line in lines if not line.startswith("zone")))
    monkeypatch.setattr("tzlocal.get_localzone", lambda: ZoneInfo(machine))
    answers = ("Mars", "America/Chicago") if asked else ()
    done = type_answers(desk, monkeypatch, "gmail", "n", "", country, *answers, "n")
    told = " ".join(done.err.split())
    refuses = 2 if country or asked else 0  # where there is nothing to write, nothing is asked about it
    assert (done.code, asked in told, "There is no time zone Mars" in told) == (refuses, True, bool(asked)), told
    assert ("zone = America/Chicago" in told, "Your time zone" in told) == (bool(asked), bool(asked))


def test_who_has_set_a_zone_or_keeps_the_machines_is_asked_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Your time zone" not in type_answers(desk, monkeypatch, "gmail", "n", "", "US", "n").err
    lines = desk.config.read_text().splitlines()
    desk.config.write_text("\n".join(line for line in lines if not line.startswith("zone")))
    monkeypatch.setattr("tzlocal.get_localzone", lambda: ZoneInfo("UTC"))
    done = type_answers(desk, monkeypatch, "gmail", "n", "", "US", "", "y", "n")
    assert (done.code, "zone =" in desk.config.read_text()) == (0, False), done.err


def test_nothing_is_written_when_the_answer_is_no(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.config.read_text()
    done = type_answers(desk, monkeypatch, "gmail", "y", "", "DE", "n")
    assert (done.code, desk.config.read_text()) == (2, f'data_folder = "{desk.folder}"\n{before}')
    assert desk.type("accounts", "--json").json == []


def test_without_a_terminal_it_says_where_to_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    done = desk.type("setup")
    assert (done.code, "docs/quick-start.md" in done.err) == (2, True)


def test_answers_that_end_early_leave_all_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.config.read_text()
    assert type_answers(desk, monkeypatch, "gmail").code == 2
    assert desk.config.read_text() == f'data_folder = "{desk.folder}"\n{before}'


def test_a_settings_file_keeps_its_comments_and_order() -> None:
    text = "# mine\nzone = 'UTC'  # home\n\n[google]\n# which\nclient_id = 'x'\n"
    assert with_settings(text, {"country": "DE", "google.client_file": "f", "microsoft.client_id": "m"}) == (
        "# mine\nzone = 'UTC'  # home\ncountry = \"DE\"\n\n[google]\n# which\nclient_id = 'x'\n"
        'client_file = "f"\n\n[microsoft]\nclient_id = "m"\n'
    )


def test_the_file_that_the_environment_names_is_the_one_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARDBACK_CONFIG", str(desk.config))
    monkeypatch.setattr(sys, "stdin", Keyboard("\n".join(["gmail", "y", "", "DE", "y", "y", "n", ""])))
    done = desk.bare("setup", "--data", str(desk.folder), visitor=Visitor(desk.world.ca_file, account=GMAIL))
    assert done.code == 0, done.err
    assert 'country = "DE"' in desk.config.read_text()

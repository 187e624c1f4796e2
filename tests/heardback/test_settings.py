"""Settings come from file, environment and flags, in that order, and say where each came from."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from heardback.cli import main
from heardback.known_settings import SETTINGS
from heardback.policy import policies_of
from heardback.retention import keep_of
from heardback.settings import Settings, SettingsError, load, loaded_again
from scheduler.delay import LONGEST
from scheduler.policy import MOST_TIMES


def settings(tmp_path: Path, text: str = "", environment: dict[str, str] | None = None, **flags: str) -> Settings:
    file = tmp_path / "settings.toml"
    file.write_text(text, "utf-8")
    return load(
        {name.replace("__", "."): value for name, value in flags.items()}, file=file, environment=environment or {}
    )


def test_without_anything_every_setting_has_its_default(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert dict(found.values) == {each.name: each.default for each in SETTINGS}
    assert set(found.sources.values()) == {"default"}


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    text = 'zone = "Europe/Berlin"\ncountry = "DE"\nwindow_days = 14\n'
    environment = {"HEARDBACK_ZONE": "Europe/Paris", "HEARDBACK_COUNTRY": "FR"}
    found = settings(tmp_path, text, environment, zone="Europe/Rome")
    assert {name: (found.values[name], found.sources[name]) for name in ("zone", "country", "window_days")} == {
        "zone": ("Europe/Rome", "flag"),
        "country": ("FR", "HEARDBACK_COUNTRY"),
        "window_days": (14, str(tmp_path / "settings.toml")),
    }


def test_tables_of_the_file_become_dotted_names(tmp_path: Path) -> None:
    assert settings(tmp_path, '[google]\nclient_id = "abc"\n').text("google.client_id") == "abc"


def test_text_from_the_environment_becomes_numbers_and_truths(tmp_path: Path) -> None:
    found = settings(tmp_path, "", {"HEARDBACK_WINDOW_DAYS": "7", "HEARDBACK_VAULT_KEYRING": "off"})
    assert (found.number("window_days"), found.truth("vault.keyring")) == (7, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("windw_days = 3", "There is no setting windw_days (from {file}). Did you mean window_days?"),
        (
            'window_days = "soon"',
            "The setting window_days (from {file}) takes a whole number from 0 to 3650, not 'soon'.",
        ),
        ("window_days = -1", "The setting window_days (from {file}) takes a whole number from 0 to 3650, not -1."),
        (
            "window_days = 1000000000",
            "The setting window_days (from {file}) takes a whole number from 0 to 3650, not 1000000000.",
        ),
        (
            "relay.keep_days = 0x" + "f" * 5000,
            "The setting relay.keep_days (from {file}) takes a whole number from 0 to 36500, "
            "not one of so many digits.",
        ),
        (
            f"window_days = '{'9' * 5000}'",
            "The setting window_days (from {file}) takes a whole number from 0 to 3650, not '" + "9" * 79 + "….",
        ),
        ("zone = 3", "The setting zone (from {file}) takes text in quotes, not 3."),
        (
            "[google]\nclient_secret = 3",
            "The setting google.client_secret (from {file}) takes text in quotes, not that.",
        ),
        (
            'zone = "Berlin"',
            "The setting zone (from {file}) is 'Berlin', which is no time zone; write Europe/Berlin.",
        ),
        (
            "tracking.expires_days = 0",
            "The setting tracking.expires_days (from {file}) takes a whole number from 1 to 3650, not 0.",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_its_source_and_what_it_takes(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, text)
    assert str(caught.value) == message.format(file=tmp_path / "settings.toml")


@pytest.mark.parametrize("name", [each.name for each in SETTINGS if each.is_number])
def test_every_number_has_an_end_and_its_largest_is_of_use(tmp_path: Path, name: str) -> None:
    setting = next(each for each in SETTINGS if each.name == name)
    assert setting.least <= int(setting.default) <= setting.most
    file = tmp_path / "settings.toml"
    file.touch()
    with pytest.raises(SettingsError, match=re.escape(name)):
        load({name: "1000000000"}, file=file, environment={})
    found = load({name: str(setting.most)}, file=file, environment={})
    assert keep_of(found)
    assert policies_of(found)
    assert datetime.now(UTC) - timedelta(days=found.number("window_days"))


def test_no_number_is_larger_than_what_reminders_take() -> None:
    most = {each.name: each.most for each in SETTINGS}
    assert (most["reminders.after_days"], most["reminders.times"]) == (LONGEST.days, MOST_TIMES)


def test_a_number_of_more_digits_than_can_be_read_is_refused_like_any_text_that_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"settings\.toml is not valid TOML"):
        settings(tmp_path, "window_days = " + "9" * 5000)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"settings\.toml is not valid TOML"):
        settings(tmp_path, "zone = ")


def test_a_file_as_an_editor_on_windows_writes_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xef\xbb\xbfgoogle.client_file = 'C:\\Users\\me\\new.json'\r\n")
    found = load(file=tmp_path / "settings.toml", environment={})
    assert found.text("google.client_file").endswith(r"C:\Users\me\new.json")


def test_a_path_with_backslashes_in_double_quotes_is_told_how_to_stand(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="A path with backslashes stands in single quotes"):
        settings(tmp_path, r'google.client_file = "C:\Users\me\client.json"')


def test_a_named_file_that_is_missing_is_an_error_and_the_usual_one_is_not(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load(file=tmp_path / "none.toml", environment={})


def test_a_relative_path_lies_beside_the_file_or_where_the_command_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    (there / "settings.toml").write_text("data_folder = 'rel'\nrelay.folder = '~/hits'\n", "utf-8")
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = load(
        {"relay.key_file": "key"},
        file=Path("../there/settings.toml"),
        environment={"HEARDBACK_GOOGLE_CLIENT_FILE": "client.json"},
    )
    paths = ("data_folder", "relay.folder", "relay.key_file", "google.client_file")
    monkeypatch.chdir("/")
    assert [found.path(each).resolve() for each in paths] == [
        there / "rel",
        tmp_path / "hits",
        here / "key",
        here / "client.json",
    ]


def test_a_home_folder_that_is_not_there_is_said_of_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"data_folder \(from flag\) is '~nobodyhere/x'; there is no such home"):
        load({"data_folder": "~nobodyhere/x"}, environment={})


def test_settings_loaded_again_keep_what_flags_set(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("zone = 'UTC'\n", "utf-8")
    first = load({"data_folder": str(tmp_path / "other")}, file=file)
    file.write_text("zone = 'Europe/Berlin'\n", "utf-8")
    again = loaded_again(first)
    assert (again.folder, again.text("zone")) == (tmp_path / "other", "Europe/Berlin")


def test_config_names_the_file_that_was_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("zone = 'UTC'\n", "utf-8")
    assert main(["config", "--config", str(file)]) == 0
    assert f"Settings are read from {file};" in " ".join(capsys.readouterr().out.split())

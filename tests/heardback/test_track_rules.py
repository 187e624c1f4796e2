"""What a mail is to be tracked by: settings, rules and flags."""

import tomllib
from pathlib import Path

import pytest

from heardback.settings import SettingsError, load
from heardback.track_rules import Flags, Wanted, wanted

ME, OTHER = "gmail:me@example.com", "outlook:me@work.example"
ANN, BEN = "ann@first.example", "ben@second.example"
NOTHING = Wanted(pixel=False, links=False, web_view=False)
IMAGE = Wanted(pixel=True, links=False, web_view=False)


def decide(tmp_path: Path, lines: str, *people: str, account: str = ME, flags: Flags | None = None) -> Wanted:
    """What the lines of a settings file want for one message."""
    tomllib.loads(lines)
    file = tmp_path / "settings.toml"
    file.write_text(lines, "utf-8")
    return wanted(load(file=file, environment={}), account, people or (ANN,), flags or Flags())


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", NOTHING),
        ("tracking.pixel = true", IMAGE),
        ("tracking.pixel = true\n[[track]]\nto = '@first.example'\ntrack = false", NOTHING),
        ("tracking.pixel = true\n[[track]]\nto = '@other.example'\ntrack = false", IMAGE),
        ("[[track]]\nto = 'ANN+news@first.example'\npixel = true", IMAGE),
        ("[[track]]\nto = ['@x.example', 'ann@first.example']\npixel = true", IMAGE),
        ("[[track]]\nto = '@irst.example'\npixel = true", NOTHING),
        ("[[track]]\naccount = 'work.example'\npixel = true", NOTHING),
        ("[[track]]\naccount = 'gmail'\npixel = true", IMAGE),
        ("[[track]]\nto = '@first.example'\ntrack = false\n[[track]]\npixel = true", NOTHING),
        ("tracking.links = true\n[[track]]\npixel = true", Wanted(pixel=True, links=True, web_view=False)),
        (
            "tracking.links = true\n[[track]]\nlinks = false\nweb_view = true",
            Wanted(pixel=False, links=False, web_view=True),
        ),
    ],
)
def test_the_first_rule_that_fits_decides_and_leaves_the_rest_to_the_settings(
    tmp_path: Path, lines: str, expected: Wanted
) -> None:
    assert decide(tmp_path, lines) == expected


def test_one_message_to_several_holds_only_what_is_wanted_for_each(tmp_path: Path) -> None:
    lines = "tracking.pixel = true\n[[track]]\nto = '@second.example'\ntrack = false"
    assert decide(tmp_path, lines, ANN, BEN) == NOTHING
    assert decide(tmp_path, lines, ANN) == IMAGE


def test_flags_win_either_way(tmp_path: Path) -> None:
    lines = "tracking.pixel = true\n[[track]]\nto = '@second.example'\ntrack = false"
    assert decide(tmp_path, lines, BEN, flags=Flags(pixel=True)) == IMAGE
    assert decide(tmp_path, lines, ANN, flags=Flags(pixel=False)) == NOTHING


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("[[track]]\nfrom = 'x'", "Rule 1 of [[track]] has the key from, which there is not. It takes to, account,"),
        ("[[track]]\npixle = true", "has the key pixle, which there is not. Did you mean pixel?"),
        ("[[track]]\npixel = 'yes'", "has no pixel that can be used: 'yes' is not true or false."),
        ("[[track]]\ntrack = 1", "has no track that can be used: 1 is not true or false."),
        ("[[track]]\nto = 'example.com'", "'example.com' is no address; of a domain write @example.com."),
        ("[[track]]\nto = []", "has no to that can be used: [] is not text in quotes."),
        ("[[track]]\naccount = ''", "has no account that can be used: '' is not text in quotes."),
        ("[[track]]\nto = '@a.example'\n[[track]]\naccount = 3", "Rule 2 of [[track]] has no account"),
    ],
)
def test_a_wrong_rule_is_named_with_what_is_wrong(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(SettingsError) as told:
        decide(tmp_path, lines)
    assert said in str(told.value)

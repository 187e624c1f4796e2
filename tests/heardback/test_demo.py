"""The demo: a story short enough to be read, of what the commands print; all of it where that is asked for."""

import re

import pytest

from heardback.brief import shortened
from heardback.cli import main
from heardback.scenario import EARLIER, LETTERS

#: lines that a newcomer reads
ENOUGH = 150
#: what the demo promises to show: who consents, the lists, a reminder that came due, one story, the page
PROMISED = (
    "$ heardback connect gmail --allow send\n",
    "Connected outlook:ben@ben-work.example.\n",
    'Sent "Your quote 4711"',
    "UNREAD: had it been read, something would probably have told",
    "UNKNOWABLE: nothing would have told; it may have been read",
    "\nReminder: no sign of reading of ",
    "CAME DUE (10 reminders)",
    "  ... 9 more like it, in ",
    "Another program had sent 2 mails before; the first reading finds them, so 20 are told of below.",
    "grade strong, rule mdn",
    "Opened, it says: 10 mails need you now.",
    "\n== Your own mailbox\n",
)


def played(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["demo", *words]) == 0
    return capsys.readouterr().out


def test_the_demo_is_a_story_short_enough_to_be_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    shown = played(capsys)
    assert shown.count("\n") <= ENOUGH
    assert [each for each in PROMISED if each not in shown] == []
    assert ("Your browser opens" in shown, "https://" in shown) == (False, False)
    table = shown.partition("WHAT REALLY HAPPENED")[2].partition("heardback show ITEM")[0]
    assert [shown.count(f"\n  {each.subject}  ") for each in (*EARLIER, *LETTERS)] == [1] * 20, table
    assert re.search(r"Your quote 4711 +READ +read it in Thunderbird .* receipt displayed\n", table), table
    assert re.search(r"Security question +UNREAD +forged a receipt .* nothing that counts\n", table), table
    assert re.search(r"Delivery note +UNREAD +could be reached at last; it was delivered +nothing that counts\n", table)
    assert ("…" in table, "\n" + " " * 42 + "Protection, hours after delivery\n" in table) == (False, True), table
    assert max(map(len, shown.splitlines())) <= 120


@pytest.mark.slow
def test_the_whole_demo_leaves_nothing_out(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    shown = played(capsys, "--full")
    promised = [each for each in PROMISED if "more like it" not in each]
    further = ("  happened:  Mallory forged", "SETTLED (", "outlook:ben@ben-work.example  connected")
    assert [each for each in (*promised, *further) if each not in shown] == []
    assert ("more lines" in shown, "more like it" in shown) == (False, False)


LIST = """\
FIRST
  one
      of it
  two
      of it

SECOND
  three
      of it
The end."""


def test_what_is_left_out_is_counted() -> None:
    assert shortened(LIST, entries=1) == [
        *(
            "FIRST",
            "  one",
            "      of it",
            "  ... 1 more like it, in 2 lines",
            "",
            "SECOND",
            "  three",
            "      of it",
            "The end.",
        )
    ]
    assert shortened(LIST, heads=1) == [*LIST.splitlines()[:6], "... 4 more lines"]


@pytest.mark.parametrize("text", ["", "one line", "HEAD\n  one\n  two", "HEAD\n\nHEAD\n  one"])
def test_nothing_is_left_out_where_the_rest_is_as_short_as_saying_so(text: str) -> None:
    assert shortened(text, heads=3, entries=1) == text.splitlines()

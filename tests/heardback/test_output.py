"""Where a command prints: results apart from the rest, nothing raw, a line of progress that never wraps."""

import io
import json

import pytest

from heardback.output import Output


class Window(io.StringIO):
    """A terminal, as far as a program can tell."""

    def isatty(self) -> bool:
        return True


def test_json_leaves_no_character_raw_that_a_terminal_acts_on() -> None:
    output = Output(out=io.StringIO())
    value = {"subject": "\x1b[2J \x9b31m \u202egnp.exe \ud800 שלום"}
    output.document(value)
    assert isinstance(output.out, io.StringIO)
    printed = output.out.getvalue()
    assert printed == '{"subject": "\\u001b[2J \\u009b31m \\u202egnp.exe \\ud800 שלום"}\n'
    assert json.loads(printed) == value


def test_json_keeps_what_the_encoding_of_a_pipe_has_no_sign_for() -> None:
    pipe = io.BytesIO()
    output = Output(out=io.TextIOWrapper(pipe, "cp1252", errors="replace"))
    output.document({"name": "Ελένη \U0001f600"})
    output.out.flush()
    assert json.loads(pipe.getvalue()) == {"name": "Ελένη \U0001f600"}


def test_whatever_is_said_is_harmless_even_where_a_command_forgot_to_make_it_so() -> None:
    output = Output(out=io.StringIO())
    output.say("  from \x1b[2Jeve\u202e@rogue.example\r\nand more")
    assert isinstance(output.out, io.StringIO)
    assert output.out.getvalue() == "  from [2Jeve@rogue.example and more\n"


def test_progress_says_at_once_what_goes_on_and_makes_way_for_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    window = Window()
    output = Output(out=io.StringIO(), err=window)
    with output.progress("Sending from ana@example.com") as bar:
        bar.show(120, 3000, what="Reading gmail:ana@example.com, messages")
        output.tell("A line.")
    wipe = f"\r{' ' * 39}\r"
    assert window.getvalue() == (
        f"{wipe}Sending from ana@example.com…{wipe}Reading gmail:ana@example.com, message…{wipe}A line.\n{wipe}"
    )


def test_progress_is_silent_in_a_pipe_and_when_asked_to_be() -> None:
    pipe, window = io.StringIO(), Window()
    for output in (Output(err=pipe), Output(err=window, quiet=True)):
        with output.progress("Sending") as bar:
            bar.show(1, 2)
    assert (pipe.getvalue(), window.getvalue()) == ("", "")


def test_quiet_swallows_what_is_told_but_not_what_must_be_known() -> None:
    err = io.StringIO()
    output = Output(err=err, quiet=True)
    output.tell("the work")
    output.warn("the address to open")
    assert err.getvalue() == "the address to open\n"

"""Every error becomes a line, a next step and an exit code."""

import pytest

from connectors.errors import ConnectorError, GrantGone
from heardback.errors import Explanation, UsageError, explain
from heardback.settings import SettingsError
from store.ledger import NewerSchema, StoreError


def leaves(root: type[Exception]) -> list[type[Exception]]:
    """The errors that stand beside their root; what a room keeps to itself is not meant."""
    return [each for each in root.__subclasses__() if each.__module__ == root.__module__]


@pytest.mark.parametrize("kind", [*leaves(ConnectorError), *leaves(StoreError)])
def test_an_error_of_a_room_keeps_its_sentence_and_ends_with_1(kind: type[Exception]) -> None:
    found = explain(kind("carol@example.com: it happened"))
    assert (found.line, found.exit_code) == ("carol@example.com: it happened", 1)


@pytest.mark.parametrize("kind", [UsageError, SettingsError])
def test_wrong_usage_ends_with_2(kind: type[Exception]) -> None:
    assert explain(kind("no")).exit_code == 2


def test_the_next_step_is_said() -> None:
    assert "heardback connect" in explain(GrantGone("gone")).next_step
    assert explain(NewerSchema("newer")).next_step == "Update Heardback."


def test_a_fault_of_ours_says_nothing_of_what_it_held() -> None:
    assert explain(KeyError("secret-token")) == Explanation(
        line="Heardback met something it did not expect (KeyError).",
        next_step='Run the same command with "--debug" to see where; nothing that was stored is lost.',
        exit_code=1,
    )


def test_a_file_that_cannot_be_used_is_named() -> None:
    assert explain(FileNotFoundError(2, "No such file or directory", "letter.eml")).line == (
        "letter.eml: no such file or directory."
    )

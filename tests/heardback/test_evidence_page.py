"""`docs/evidence.md` says what the program does: its tables are held against the code and the samples."""

import re
from pathlib import Path

import pytest

from evidence.model import Action, Disposition, Grade, Kind, Mode, Verdict
from evidence.read import read_message
from heardback.commands.inspect import as_document

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "evidence.md").read_text("utf-8")
FOUND = [each for file in (ROOT / "tests" / "data").glob("*/*.eml") for each in read_message(file.read_bytes())]


def table(heading: str) -> dict[str, list[str]]:
    """Rows of the first table whose head begins so: first cell without its quotes to the other cells."""
    _, _, after = PAGE.partition(f"\n| {heading} |")
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", after.split("\n\n", 1)[0], re.MULTILINE)
    return {name: cells.split(" | ") for name, cells in rows}


def test_each_field_of_the_document_is_explained_in_its_order() -> None:
    assert list(table("field")) == list(as_document(FOUND[0]))


@pytest.mark.parametrize(
    ("field", "words"),
    [("disposition", Disposition), ("mode", Mode), ("action", Action), ("grade", Grade)],
)
def test_each_word_a_field_may_hold_is_named(field: str, words: type[Disposition | Mode | Action | Grade]) -> None:
    assert set(words) <= set(re.findall(r"`([^`]+)`", table("field")[field][0]))


def test_each_kind_that_mail_can_be_is_named() -> None:
    named = set(re.findall(r"`([^`]+)`", table("field")["kind"][0]))
    assert named == set(Kind) - {Kind.HIT, Kind.RULING} == {str(each.kind) for each in FOUND}


def test_each_rule_is_listed_with_its_kind_and_each_listed_one_has_a_sample() -> None:
    assert {rule: cells[0] for rule, cells in table("rule").items()} == {each.rule: each.kind for each in FOUND}


def test_each_rule_is_listed_with_the_grades_it_gives() -> None:
    told = {rule: set(re.findall(r"`([^`]+)`", cells[-1])) for rule, cells in table("rule").items()}
    given = {(each.rule, str(each.grade)) for each in FOUND} - {("mdn", "none")}
    assert {(rule, grade) for rule, grades in told.items() for grade in grades} == given


def test_the_verdicts_are_listed_from_most_to_least_settled() -> None:
    assert list(table("verdict")) == list(Verdict)

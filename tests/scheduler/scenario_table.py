"""Writes the table of reminder scenarios into `docs/reminders.md`: `python -m tests.scheduler.scenario_table`."""

from collections.abc import Iterator
from pathlib import Path

from tests.scheduler.reminder_scenarios import SCENARIOS
from tests.scheduler.scenario import Scenario, reached

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reminders.md"
BEGIN, END = "<!-- the table begins: written by tests.scheduler.scenario_table -->", "<!-- the table ends -->"


def table() -> str:
    """The table in Markdown, with what was reached beside what is expected."""
    rows = [row for each in SCENARIOS.values() for row in each]
    right = sum(reached(row) == row.expected for row in rows)
    return "\n".join([f"{right} of {len(rows)} come out as expected.", *_sections()])


def written(page: str) -> str:
    """The page with its table as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _sections() -> Iterator[str]:
    for heading, rows in SCENARIOS.items():
        yield f"\n### {heading}\n"
        yield "| life of a mail | sent | what happens | reminders expected | reached |"
        yield "|---|---|---|---|---|"
        for row in rows:
            yield f"| {' | '.join(_cells(row))} |"


def _cells(row: Scenario) -> tuple[str, ...]:
    setting = [f"`{each}`" for each in row.rule.split("; ") if each]
    setting += [f"copy to `me+{row.bcc}@`"] if row.bcc else []
    setting += [f"label `{row.label}`"] if row.label else []
    setting += [f"to {' and '.join(row.to)}"] if len(row.to) > 1 else []
    setting += [f"country {row.country}"] if row.country else []
    asleep = [f"nobody runs from {start} to {end}" for start, end in row.asleep]
    happens = "; ".join([*map(str, row.happens), *asleep])
    where = f" {row.zone}" if row.zone != "Europe/Berlin" else ""
    about = f"{row.about} ({', '.join(setting)})" if setting else row.about
    return about, f"{row.sent}{where}", happens, _times(row.expected), _times(reached(row))


def _times(times: tuple[str, ...]) -> str:
    return ", ".join(times) or "none"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")

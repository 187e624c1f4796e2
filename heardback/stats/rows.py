"""Outcomes and summaries as documents and tables for other programs."""

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from io import StringIO
from typing import Any

from heardback.stats.outcomes import Outcome
from heardback.stats.rates import Rate, Waits
from heardback.stats.summary import Summary

#: endings of files that can be written
FORMS = ("csv", "json", "jsonl")

#: where a cell, or a part of it, would begin as a formula: also behind a semicolon or tab, at which some spreadsheets
#: part cells, whatever the file says. Signs of full width are taken for narrow ones. A number is no formula
_FORMULA = re.compile(
    r"""(?:^|(?<=[;\t\r\n]))(?=["'\s]*[=+\-@＝＋－＠]|[\t\r\n])(?!\s*[+-]?\d+(?:[.,]\d+)*\s*%?\s*(?:[;\t\r\n]|$))"""
)


def exported(rows: Iterable[Outcome], *, form: str) -> str:
    """One row for each mail and recipient.

    :param form: one of `FORMS`
    """
    documents = [{field.name: _plain(getattr(row, field.name)) for field in fields(Outcome)} for row in rows]
    if form == "json":
        return json.dumps(documents, ensure_ascii=False, indent=1) + "\n"
    if form == "jsonl":
        return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in documents)
    table = StringIO()
    writer = csv.DictWriter(table, [field.name for field in fields(Outcome)])
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in each.items()} for each in documents)
    return table.getvalue()


def as_document(summary: Summary) -> dict[str, object]:
    """A summary as `--json` prints it; times in hours, None where too few cases tell."""
    found: dict[str, object] = {"mails": summary.mails, "recipients": summary.recipients}
    for field in fields(summary):
        value = getattr(summary, field.name)
        if isinstance(value, Rate):
            found[field.name] = {each.name: getattr(value, each.name) for each in fields(Rate)}
        elif isinstance(value, Waits):
            found[field.name] = _waits(value)
    return found


def _waits(waits: Waits) -> Mapping[str, object]:
    quarters = {
        name: waits.within(share) for name, share in (("quarter", 0.25), ("half", 0.5), ("three_quarters", 0.75))
    }
    hours = {f"{name}_within_hours": each and each.total_seconds() / 3600 for name, each in quarters.items()}
    curve = [
        {"hours": step.after.total_seconds() / 3600, "waiting": step.share, "low": step.low, "high": step.high}
        for step in waits.curve
    ]
    return {"happened": waits.happened, "of": waits.of, "mails": waits.mails, **hours, "curve": curve}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; subjects come from anybody (OWASP, CSV injection)."""
    return _FORMULA.sub("'", value) if isinstance(value, str) else value

"""Samples of the room of evidence, and the labelled corpus where it is at hand."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.model import Recipient, SentItem
from evidence.read import read_message

_ROOT = Path(__file__).parents[2]
_SAMPLES = _ROOT / "tests" / "data"
_MANIFEST = Path(os.environ.get("HEARDBACK_CORPUS", _ROOT.parent / "shared" / "corpus")) / "manifest.jsonl"
_NO_CORPUS = f"NO CORPUS at {_MANIFEST.parent}: reading was NOT held against real mail (set HEARDBACK_CORPUS)"

#: what every sample of `tests/data` speaks about
REPORT_ID = "20260301.1000.q7@sender.example"

Item = Callable[..., SentItem]


@pytest.fixture(scope="session")
def sample() -> Callable[[str], bytes]:
    """Reads `<kind>/<name>` from the samples."""
    return lambda name: (_SAMPLES / f"{name}.eml").read_bytes()


@pytest.fixture(scope="session")
def item() -> Item:
    """Makes a sent item; the mail that the samples speak about unless told otherwise."""

    def make(*addresses: str, **changes: Any) -> SentItem:
        wanted: dict[str, Any] = {
            "id": "item1",
            "account": "gmail:sam@sender.example",
            "provider_id": "p1",
            "message_ids": (REPORT_ID,),
            "thread_id": "t1",
            "sent_at": datetime(2026, 3, 3, 9, 0, tzinfo=UTC),
            "sender": "sam@sender.example",
            "recipients": tuple(Recipient(address=each) for each in addresses or ("rita@reader.example",)),
            "subject": "Report",
            "asks_receipt": True,
        }
        return SentItem(**(wanted | changes))

    return make


@pytest.fixture(scope="session")
def read(sample: Callable[[str], bytes]) -> Callable[..., Any]:
    """Reads a sample as it would arrive."""
    return lambda name, **arrival: read_message(sample(name), **arrival)


@pytest.fixture(scope="session")
def corpus() -> list[tuple[dict[str, Any], bytes]]:
    """The labelled corpus of real mail: manifest lines with the messages."""
    if not _MANIFEST.is_file():
        pytest.skip(_NO_CORPUS)
    labels = [json.loads(line) for line in _MANIFEST.read_text("utf-8").splitlines() if line.strip()]
    return [(label, (_MANIFEST.parent / label["file"]).read_bytes()) for label in labels]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skip is easily overlooked; that nothing was held against real mail should not be."""
    if not _MANIFEST.is_file():
        terminalreporter.write_line(_NO_CORPUS, red=True, bold=True)

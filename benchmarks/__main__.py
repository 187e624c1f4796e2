"""All figures of all areas, into the table in `docs/performance.md`.

python -m benchmarks
"""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import kills, path, processes, quota, reading, relay, store
from benchmarks.figure import Figure, table

_AREAS: dict[str, Callable[[], Iterator[Figure]]] = {
    "What reading costs at the providers": quota.figures,
    "The ledger": store.figures,
    "Whole processes": processes.figures,
    "Reading mail": reading.figures,
    "The whole path": path.figures,
    "Crashes": kills.figures,
    "The relay": relay.figures,
}
_FILE = Path(__file__).parent.parent / "docs" / "performance.md"
_MARK = "<!-- figures: written by `make bench` -->\n"


def main() -> int:
    """Measure, write the table; gives 1 if a figure is missed."""
    sections = []
    is_met = True
    for area, figures in _AREAS.items():
        print(f"{area} …", file=sys.stderr, flush=True)
        taken = tuple(figures())
        is_met &= all(each.is_met for each in taken)
        sections.append(f"## {area}\n\n{table(taken)}\n")
    told, _, _ = _FILE.read_text("utf-8").partition(_MARK)
    when = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores"
    _FILE.write_text(f"{told}{_MARK}\nMeasured on {when}.\n\n" + "\n".join(sections), "utf-8")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())

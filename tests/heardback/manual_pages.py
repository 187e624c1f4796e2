"""Writes `docs/commands.md` and `docs/settings.md`: `python -m tests.heardback.manual_pages`."""

from pathlib import Path

from heardback.manual import commands_page, settings_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {"commands.md": commands_page, "settings.md": settings_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")

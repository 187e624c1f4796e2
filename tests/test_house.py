"""The house keeps its shape: imports go down only, and each outside library has its one room."""

import ast
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: room to the rooms it may import
MAY_IMPORT = {
    "heardback": {"scheduler", "connectors", "store", "evidence", "sandbox", "relay"},
    "scheduler": {"connectors", "store", "evidence"},
    "connectors": {"evidence"},
    "store": {"evidence"},
    "relay": {"evidence"},
    "evidence": set(),
    "sandbox": set(),
}

#: outside library to its room; two where two rooms must not share code (a client and what it is tested against)
ROOM_OF = {
    "apscheduler": {"scheduler"},
    "cryptography": {"connectors", "relay"},  # the vault; the tokens of tracked mail
    "apprise": {"heardback"},
    "dateparser": {"evidence", "scheduler"},  # days of return in answers; delays in a person's words
    # a lock file guards the vault against a second refresh, and the worker against a second worker
    "filelock": {"connectors", "heardback"},
    "google": {"connectors"},
    "google_auth_httplib2": {"connectors"},
    "google_auth_oauthlib": {"connectors"},
    "googleapiclient": {"connectors"},
    "holidays": {"scheduler"},
    "httplib2": {"connectors"},
    "icalendar": {"heardback"},
    "jeepney": {"heardback"},
    "jinja2": {"heardback"},
    "keyring": {"connectors"},
    "matplotlib": {"heardback"},
    "msal": {"connectors"},
    "oauthlib": {"connectors"},
    "platformdirs": {"heardback"},
    "plotext": {"heardback"},
    "requests": {"connectors"},
    "rich": {"heardback"},
    "scipy": {"heardback"},
    "shtab": {"heardback"},
    "sqlite3": {"store"},
    "py3langid": {"connectors"},
    "starlette": {"relay", "heardback"},  # the public endpoint; the person's own page
    "tenacity": {"connectors"},
    "tinydb": {"store"},
    "tomlkit": {"heardback"},
    "trustme": {"sandbox"},
    "tzlocal": {"heardback"},
    "uvicorn": {"relay", "heardback"},
    "werkzeug": {"sandbox"},
}


def imports(room: str) -> set[tuple[str, str]]:
    """Every (file, top-level module) the room imports, at whatever depth of a function."""
    found = set()
    for file in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: relative import"
                names = [node.module or ""]
            found |= {(str(file.relative_to(ROOT)), name.split(".")[0]) for name in names}
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_rooms_below_it(room: str) -> None:
    wrong = {
        (file, name) for file, name in imports(room) if name in MAY_IMPORT and name not in MAY_IMPORT[room] | {room}
    }
    assert wrong == set()


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_an_outside_library_is_imported_in_its_own_room_only(room: str) -> None:
    outside = {
        (file, name)
        for file, name in imports(room)
        if name not in MAY_IMPORT and (name not in sys.stdlib_module_names or name in ROOM_OF)
    }
    wrong = {(file, name) for file, name in outside if room not in ROOM_OF.get(name, set())}
    assert wrong == set()


def test_no_dependency_claims_the_name_of_a_room() -> None:
    claimed = {
        (dist.name, part)
        for dist in distributions()
        if dist.name.lower() != "heardback"
        for file in dist.files or ()
        if (part := file.parts[0]) in {*MAY_IMPORT, "tests"}
    }
    assert claimed == set()


def test_no_file_names_a_package_host_or_a_path_of_one_machine() -> None:
    marks = (
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "registry." + "npmjs",
        "deb." + "debian.org",
        "/ro" + "ot/",
        "/wo" + "rk/",
    )
    named = [
        (str(file.relative_to(ROOT)), mark)
        for file in ROOT.rglob("*")
        if file.is_file()
        and not {".git", ".venv", ".hypothesis", "dist", "__pycache__"} & set(file.parts)
        and "cache" not in str(file)
        for mark in marks
        if mark.encode() in file.read_bytes()
    ]
    assert named == []

"""The table of methods against the discovery document inside google-api-python-client."""

import re

import pytest

from sandbox.google.methods import METHODS, Method

from .conftest import Json, find_method


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_verb_path_scopes_and_upload_are_those_of_the_discovery_document(method: Method, document: Json) -> None:
    described = find_method(document, f"gmail.users.{method.name}")
    found = (described["httpMethod"], _bare(described["path"]), set(described["scopes"]), "mediaUpload" in described)
    assert found == (method.verb, _bare(f"gmail/v1/users/<user>{method.path}"), set(method.scopes), method.upload)


def test_prices_are_those_of_the_usage_limits_page() -> None:
    prices = {method.name: (method.price, method.price_before) for method in METHODS}
    assert {name: prices[name] for name in ("messages.get", "threads.get", "drafts.get", "messages.trash")} == {
        "messages.get": (20, 5),
        "threads.get": (40, 10),
        "drafts.get": (20, 5),
        "messages.trash": (20, 5),
    }
    assert {name: prices[name] for name in ("messages.list", "history.list", "messages.send", "watch")} == {
        "messages.list": (5, 5),
        "history.list": (2, 2),
        "messages.send": (100, 100),
        "watch": (100, 100),
    }


def _bare(path: str) -> str:
    """Two notations and two sets of names for the variable parts."""
    return re.sub(r"[{<]\w+[}>]", "*", path)

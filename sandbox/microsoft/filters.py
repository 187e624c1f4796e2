"""`$filter`: a small recursive-descent parser for what Outlook understands of OData."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.microsoft.extended import normal_id, value_of
from sandbox.microsoft.item import Item
from sandbox.microsoft.properties import SPECIMEN
from sandbox.microsoft.refusals import Refusal, bad_request

_WORDS = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<time>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)|(?P<number>-?\d+)"
    r"|(?P<name>[A-Za-z_][\w/]*)|(?P<mark>[(),:]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "ge": lambda left, right: bool(left >= right),
    "gt": lambda left, right: bool(left > right),
    "le": lambda left, right: bool(left <= right),
    "lt": lambda left, right: bool(left < right),
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
#: everything else compares without regard to letter case
_EXACT = ("id", "conversationId", "parentFolderId")
_EXTENDED = "singleValueExtendedProperties"

#: one message: what its JSON says, the item, and what the variables of `any` stand for
Scope = dict[str, Any]
Test = Callable[[Scope, Item], bool]


class Filter:
    """A parsed `$filter`.

    :raises Refusal: it does not parse
    """

    def __init__(self, text: str) -> None:
        #: properties in the order the filter names them, without repeats
        self.names: list[str] = []
        self._words = _split(text)
        self._place = 0
        self._variables: list[str] = []
        self._property_ids: set[str] = set()
        self._test = self._either()
        if self._place < len(self._words):
            raise _invalid(f"unexpected '{self._words[self._place][1]}'")

    def accepts(self, resource: Scope, item: Item) -> bool:
        """Whether a message passes."""
        return self._test(resource, item)

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return lambda scope, item: any(test(scope, item) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take("and"):
            tests.append(self._one())
        return lambda scope, item: all(test(scope, item) for test in tests)

    def _one(self) -> Test:
        if self._take("not"):
            denied = self._one()
            return lambda scope, item: not denied(scope, item)
        if self._take("("):
            inside = self._either()
            self._expect(")")
            return inside
        kind, word = self._next()
        if kind != "name":
            raise _invalid(f"unexpected '{word}'")
        if word.lower() in _FUNCTIONS:
            return self._function(word.lower())
        if word.endswith("/any"):
            return self._any(word.removesuffix("/any"))
        return self._comparison(word)

    def _function(self, name: str) -> Test:
        self._expect("(")
        path = self._path(self._next()[1])
        self._expect(",")
        sought = str(self._literal())
        self._expect(")")
        test = _FUNCTIONS[name]
        return lambda scope, _item: test(str(_look(scope, path) or "").lower(), sought.lower())

    def _comparison(self, word: str) -> Test:
        path = self._path(word)
        operator = self._next()[1].lower()
        if operator not in _COMPARE:
            raise _invalid(f"unknown operator '{operator}'")
        right = self._literal()
        if path[-1] == "id" and path[0] in self._variables:
            right = normal_id(str(right))
            self._property_ids.add(right)
        if path[0] not in self._variables:
            # Tried on a specimen: a wrong name or type is told even where there is nothing to look through.
            _compare(operator, _look(SPECIMEN, path), right, exact=True)
            _check_time(path[-1], right)
        exact = path[-1] in _EXACT
        return lambda scope, _item: _compare(operator, _look(scope, path), right, exact=exact)

    def _any(self, collection: str) -> Test:
        self._expect("(")
        variable = self._next()[1]
        self._expect(":")
        self._variables.append(variable)
        before, self._property_ids = self._property_ids, set()
        inside = self._either()
        wanted, self._property_ids = self._property_ids, before
        self._variables.pop()
        self._expect(")")
        path = self._path(collection)

        def some(scope: Scope, item: Item) -> bool:
            entries = _extended(item, wanted) if collection == _EXTENDED else _look(scope, path) or []
            return any(inside({**scope, variable: entry}, item) for entry in entries)

        return some

    def _path(self, word: str) -> list[str]:
        path = word.split("/")
        if path[0] in self._variables:
            return path
        if path[0] not in SPECIMEN and path[0] != _EXTENDED:
            kind = "Microsoft.OutlookServices.Message"
            raise bad_request(f"Could not find a property named '{path[0]}' on type '{kind}'.")
        if word not in self.names:
            self.names.append(word)
        return path

    def _literal(self) -> Any:
        kind, word = self._next()
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "time":
            return _moment(word)
        if kind == "number":
            return int(word)
        if word.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word.lower()]
        raise _invalid(f"'{word}' is not a value")

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._words):
            raise _invalid("it ends too early")
        self._place += 1
        return self._words[self._place - 1]

    def _take(self, word: str) -> bool:
        if self._place < len(self._words) and self._words[self._place][1].lower() == word:
            self._place += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise _invalid(f"'{word}' is missing")


def _split(text: str) -> list[tuple[str, str]]:
    words, place, text = [], 0, text.strip()
    while place < len(text):
        match = _WORDS.match(text, place)
        if match is None or match.lastgroup is None:
            raise _invalid(f"at position {place}")
        words.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return words


def _look(scope: Scope, path: list[str]) -> Any:
    """The value at a path; a variable of `any` stands for its entry."""
    found: Any = scope
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _compare(operator: str, left: Any, right: Any, *, exact: bool) -> bool:
    """A missing value is equal to null only."""
    if isinstance(right, datetime) and isinstance(left, str):
        left = _moment(left)
    if left is None or right is None:
        return {"eq": left is right, "ne": left is not right}.get(operator, False)
    if isinstance(left, str) and isinstance(right, str) and not exact:
        left, right = left.lower(), right.lower()
    if type(left) is not type(right):
        raise _invalid("operands of incompatible types")
    return _COMPARE[operator](left, right)


def _check_time(name: str, right: Any) -> None:
    if name.endswith("DateTime") and isinstance(right, str):
        raise _invalid("a time must not be quoted")


def _extended(item: Item, wanted: set[str]) -> list[dict[str, str]]:
    values = [(property_id, value_of(item, property_id)) for property_id in sorted(wanted)]
    return [{"id": property_id, "value": value} for property_id, value in values if value is not None]


def _moment(text: str) -> datetime:
    try:
        # Exchange answers with seven digits of a second, Python reads six
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        raise _invalid(f"'{text}' is not a time") from None
    return moment if moment.tzinfo else datetime.fromisoformat(f"{text}T00:00:00+00:00")


def _invalid(why: str) -> Refusal:
    return bad_request(f"Invalid filter clause: {why}.", "ErrorInvalidUrlQueryFilter")

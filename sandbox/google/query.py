"""The language of Gmail's search box (`q`), as far as programs use it (Gmail help, "Search operators").

Words match whole words, any letter case. Own headers cannot be searched, as on the real thing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.google.message import Message, message_ids, part_filename

Test = Callable[[Message], bool]

#: dates without a time are midnight there (guide "Filter messages": "interpreted as midnight … in the PST timezone")
_ZONE = ZoneInfo("America/Los_Angeles")
_TOKEN = re.compile(
    r"""\s*(?: (?P<bracket>[(){}]) | (?P<minus>-(?=\S)) | (?P<operator>[a-z_0-9]+):(?=[^\s:/])
    | "(?P<phrase>[^"]*)"? | (?P<word>[^\s(){}"]+) )""",
    re.VERBOSE | re.IGNORECASE,
)
_FOLDERS = {
    "inbox": "INBOX",
    "sent": "SENT",
    "draft": "DRAFT",
    "drafts": "DRAFT",
    "trash": "TRASH",
    "spam": "SPAM",
    "chats": "CHAT",
    "unread": "UNREAD",
    "starred": "STARRED",
    "important": "IMPORTANT",
}
_CATEGORIES = {
    "primary": "CATEGORY_PERSONAL",
    **{name: f"CATEGORY_{name.upper()}" for name in ("forums", "updates", "promotions", "social")},
}
_CLOSING = {"(": ")", "{": "}"}
_ADDRESSEES = {
    "from": ("from",),
    "to": ("to", "cc", "bcc"),
    "cc": ("cc",),
    "bcc": ("bcc",),
    "deliveredto": ("delivered-to",),
    "list": ("list-id",),
    "subject": ("subject",),
}
_SIZES = {"": 1, "k": 1024, "m": 1024**2}
_AGES = {"h": timedelta(hours=1), "d": timedelta(days=1), "m": timedelta(days=30), "y": timedelta(days=365)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question to a mailbox."""

    matches: Test
    #: it asks for spam or trash itself, so they are not left out
    everywhere: bool


def read_query(text: str, *, now: datetime, labels: Mapping[str, str]) -> Query:
    """Read a search. Whatever is not understood is searched for as text, like Gmail does.

    :param now: what `newer_than:` and `older_than:` count from
    :param labels: lower-case label name → label id
    """
    reader = _Reader(text, now, labels)
    return Query(matches=reader.sequence(), everywhere=reader.everywhere)


class _Reader:
    """Recursive descent over the tokens; one test per term."""

    def __init__(self, text: str, now: datetime, labels: Mapping[str, str]) -> None:
        self._tokens = list(_TOKEN.finditer(text))[::-1]
        self._now = now
        self._labels = labels
        self.everywhere = False

    def sequence(self, closing: str = "", operator: str = "") -> Test:
        """Terms up to a closing bracket: all must hold, in braces any; OR binds closer than blank."""
        terms: list[Test] = []
        alternative = False
        while self._tokens:
            token = self._tokens.pop()
            if closing and token["bracket"] == closing:
                break
            if token["word"] in ("OR", "|", "AND"):
                alternative = token["word"] != "AND"
                continue
            term = self._term(token, operator)
            if alternative and terms:
                terms[-1] = _any([terms[-1], term])
            else:
                terms.append(term)
            alternative = False
        return _any(terms) if closing == "}" else _all(terms)

    def _term(self, token: re.Match[str], operator: str) -> Test:
        if token["minus"]:
            inner = self._term(self._tokens.pop(), operator)
            return lambda message: not inner(message)
        if token["bracket"] in _CLOSING:
            return self.sequence(_CLOSING[token["bracket"]], operator)
        if token["operator"] and self._tokens:
            return self._term(self._tokens.pop(), token["operator"].lower())
        return self._leaf(operator, token["phrase"] if token["phrase"] is not None else token["word"] or "")

    def _leaf(self, operator: str, value: str) -> Test:
        if operator in _ADDRESSEES:
            return _in_headers(_ADDRESSEES[operator], value)
        readers: dict[str, Callable[[str], Test | None]] = {
            "in": self._folder,
            "is": self._folder,
            "label": self._folder,
            "category": lambda name: _labelled(_CATEGORIES.get(name.lower(), name)),
            "has": lambda name: _has_attachment if name.lower() == "attachment" else None,
            "filename": lambda name: (
                lambda message: any(name.lower() in part_filename(part).lower() for part in message.mime().walk())
            ),
            "rfc822msgid": _with_id,
            "after": lambda text: _later(_moment(text)),
            "newer": lambda text: _later(_moment(text)),
            "before": lambda text: _earlier(_moment(text)),
            "older": lambda text: _earlier(_moment(text)),
            "newer_than": lambda text: _later(self._ago(text)),
            "older_than": lambda text: _earlier(self._ago(text)),
            "larger": lambda text: _sized(text, over=True),
            "size": lambda text: _sized(text, over=True),
            "smaller": lambda text: _sized(text, over=False),
        }
        test = readers[operator](value) if operator in readers else None
        return test or _in_text(f"{operator}:{value}" if operator else value)

    def _folder(self, name: str) -> Test:
        low = name.lower()
        if low in ("anywhere", "all"):
            self.everywhere = self.everywhere or low == "anywhere"
            return lambda _: True
        if low == "read":
            return lambda message: "UNREAD" not in message.labels
        if low in ("trash", "spam"):
            self.everywhere = True
        return _labelled(_FOLDERS.get(low) or self._labels.get(low.replace("-", " ")) or self._labels.get(low) or name)

    def _ago(self, text: str) -> float | None:
        match = re.fullmatch(r"(\d+)([hdmy])", text.lower())
        return (self._now - int(match[1]) * _AGES[match[2]]).timestamp() if match else None


def _all(tests: list[Test]) -> Test:
    return lambda message: all(test(message) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda message: any(test(message) for test in tests)


def _labelled(label: str) -> Test:
    return lambda message: label in message.labels


def _with_id(text: str) -> Test:
    wanted = text.strip("<>").lower()
    return lambda message: wanted in message_ids(message.header("Message-ID"))


def _later(moment: float | None) -> Test | None:
    return None if moment is None else lambda message: message.received_ms >= moment * 1000


def _earlier(moment: float | None) -> Test | None:
    return None if moment is None else lambda message: message.received_ms < moment * 1000


def _sized(text: str, *, over: bool) -> Test | None:
    match = re.fullmatch(r"(\d+)([km]?)b?", text.lower())
    if not match:
        return None
    limit = int(match[1]) * _SIZES[match[2]]
    return lambda message: (len(message.raw) > limit) is over


def _moment(text: str) -> float | None:
    """Epoch seconds from `1767225600`, `2026/05/04` or `2026-05-04`."""
    date = re.fullmatch(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", text)
    try:
        return datetime(*map(int, date.groups()), tzinfo=_ZONE).timestamp() if date else float(int(text))  # type: ignore[arg-type,misc]
    except ValueError:
        return None


def _has_attachment(message: Message) -> bool:
    return any(part_filename(part) for part in message.mime().walk())


def _in_headers(names: tuple[str, ...], value: str) -> Test:
    wanted = _words(value)
    return lambda message: any(
        _contains(_words(each), wanted) for name, each in message.headers if name.lower() in names
    )


def _in_text(value: str) -> Test:
    wanted = _words(value)
    visible = _in_headers(("subject", "from", "to", "cc"), value)
    return lambda message: visible(message) or _contains(_words(message.text()), wanted)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _contains(words: list[str], wanted: list[str]) -> bool:
    size = len(wanted)
    return any(words[place : place + size] == wanted for place in range(len(words) - size + 1))

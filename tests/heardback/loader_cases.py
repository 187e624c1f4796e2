"""What is wanted of each loader's reading of a tracked mail: one row each, for the test and for docs/loaders.md.

    python -m tests.heardback.loader_cases

writes the table into the docs.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox.loaders import LOADERS

DOCS = Path(__file__).resolve().parents[2] / "docs/loaders.md"
_MARK = "<!-- the table: written by `python -m tests.heardback.loader_cases` -->\n"


class To(StrEnum):
    """How the mail is sent."""

    ONE = "to one"
    #: with a second recipient, who reads in plain text
    TWO = "to two"
    #: to the same two, each by a message of their own
    EACH = "to two, individually"
    #: to three people of one company, each by a mail of their own
    COMPANY = "to three of one company"
    #: a mail in plain text, for which no page was asked
    PLAIN = "in plain text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A loader, a way of sending, and what is to be said of the one behind the loader."""

    loader: str
    to: To = To.ONE
    verdict: str
    #: what is to be said of the second recipient
    other: str = ""
    #: a word or two of the reason that is shown
    why: str = ""


def _cases(verdict: str, why: str, *loaders: str, to: To = To.ONE, other: str = "") -> tuple[Case, ...]:
    return tuple(Case(loader=each, to=to, verdict=verdict, why=why, other=other) for each in loaders)


CASES = (
    *_cases("read", "a link was followed", "clicks"),
    *_cases("read", "web view", "web-view"),
    *_cases(
        "probably read", "fetched the image",
        "outlook", "thunderbird", "apple-direct", "android", "webmail", "rereads", "looks-at-opt-out",
    ),
    *_cases("maybe read", "proxy fetched the image", "gmail", "yahoo"),
    *_cases("unread", "", "plain-text", "hey", "own-desk", "own-gmail-early"),
    *_cases("unknowable", "web mail", "owa"),
    *_cases("maybe read", "cannot be told", "own-home", "own-gmail-late", "forwarded-gmail"),
    *_cases("probably read", "fetched the image", "forwarded"),
    *_cases("answered", "", "answers"),
    *_cases("unknowable", "", "opts-out"),
    *_cases("unknowable", "ahead of time", "apple-privacy", "apple-privacy-6"),
    *_cases(
        "unread", "",
        "gmail-scanner", "gmail-scanner-late", "proton", "safe-links", "barracuda", "mimecast", "proofpoint",
        "ironport", "cloud", "unlisted", "unlisted-late", "unlisted-script", "headless", "chat-preview",
        "link-checker", "nameless", "prefetch", "range", "opts-out-by-get",
    ),
    *_cases("unread", "", "unlisted-burst", to=To.COMPANY),
    *_cases("unknowable", "cannot be told which", "outlook", "gmail", to=To.TWO, other="unknowable"),
    *_cases("unread", "", "barracuda", "unlisted", to=To.TWO, other="unread"),
    *_cases("probably read", "fetched the image", "outlook", "thunderbird", to=To.EACH, other="unread"),
    *_cases("maybe read", "", "gmail", to=To.EACH, other="unread"),
    *_cases("unread", "", "barracuda", to=To.EACH, other="unread"),
    *_cases("unknowable", "", "outlook", to=To.PLAIN),
)  # fmt: skip


def table() -> str:
    """The table as it stands in the docs: what is wanted was reached, or the test fails."""
    is_what = {each.name: each.is_what for each in LOADERS}
    head = "| behind the mail | sent | verdict wanted, and reached | of the second recipient |\n|---|---|---|---|\n"
    return head + "".join(
        f"| {is_what[each.loader]} | {each.to} | `{each.verdict}` | {f'`{each.other}`' if each.other else ''} |\n"
        for each in CASES
    )


def written(text: str) -> str:
    """The docs with the table as it is now."""
    return text.partition(_MARK)[0] + _MARK + "\n" + table()


if __name__ == "__main__":
    DOCS.write_text(written(DOCS.read_text("utf-8")), "utf-8")

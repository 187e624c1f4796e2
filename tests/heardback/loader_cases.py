"""What is wanted of each loader's reading of a tracked mail: one row each, for the test and for docs/loaders.md.

    python -m tests.heardback.loader_cases

writes the tables into the docs.
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


class Mail(StrEnum):
    """What is in it; a heading of the table."""

    THREE = "3 links, image, view"
    TWO = "2 links, image, view"
    ONE = "1 link, image, view"
    NO_LINK = "image, view"
    IMAGE = "image alone"
    LINK = "1 link alone"
    VIEW = "view alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A loader, a mail, a way of sending, and what is to be said of the one behind the loader."""

    loader: str
    mail: Mail = Mail.THREE
    to: To = To.ONE
    verdict: str
    #: what is to be said of the second recipient
    other: str = ""
    #: a word or two of the reason that is shown
    why: str = ""
    #: it is a machine, and does what a reader does: the verdict is wrong, and no rule could know
    is_untold: bool = False


def _cases(
    verdict: str,
    why: str,
    *loaders: str,
    mails: tuple[Mail, ...] = (Mail.THREE,),
    to: To = To.ONE,
    other: str = "",
    untold: bool = False,
) -> tuple[Case, ...]:
    return tuple(
        Case(loader=each, mail=mail, to=to, verdict=verdict, why=why, other=other, is_untold=untold)
        for mail in mails
        for each in loaders
    )


_LOOK = ("outlook", "thunderbird", "apple-direct", "android", "webmail")
_LOOK_AND_CLICK = tuple(f"{each}-clicks-{when}" for each in (*_LOOK, "gmail") for when in ("later", "at-once"))
#: of those, whose mail program is a browser to the relay
_AT_ONCE_IN_BROWSER = tuple(f"{each}-clicks-at-once" for each in ("apple-direct", "android", "webmail"))
_PREFETCH = ("apple-privacy", "apple-privacy-6")
#: machines that show themselves, or come at delivery, whatever the mail holds
_TOLD = (
    "gmail-scanner", "gmail-scanner-late", "proton", "barracuda", "mimecast", "proofpoint",
    "ironport", "cloud", "unlisted", "unlisted-script", "headless", "chat-preview",
    "link-checker", "nameless", "prefetch", "range", "opts-out-by-get",
)  # fmt: skip
_FEW_LINKS = (Mail.TWO, Mail.ONE)
_WITH_IMAGE = (*_FEW_LINKS, Mail.NO_LINK, Mail.IMAGE)

CASES = (
    *_cases("read", "a link was followed", "clicks", *_LOOK_AND_CLICK),
    *_cases("read", "web view", "web-view", "webmail-views"),
    *_cases("probably read", "fetched the image", *_LOOK, "rereads", "looks-at-opt-out"),
    *_cases("maybe read", "proxy fetched the image", "gmail", "yahoo"),
    *_cases("unread", "", "plain-text", "hey", "own-desk", "own-gmail-early"),
    *_cases("unknowable", "web mail", "owa"),
    *_cases("maybe read", "cannot be told", "own-home", "own-gmail-late", "forwarded-gmail"),
    *_cases("probably read", "fetched the image", "forwarded"),
    *_cases("answered", "", "answers"),
    *_cases("unknowable", "", "opts-out"),
    *_cases("unknowable", "ahead of time", *_PREFETCH),
    *_cases("unread", "", *_TOLD, "unlisted-late", "unlisted-late-script"),
    *_cases("probably read", "", "unlisted-slow", "unlisted-burst", untold=True),
    *_cases("read", "", "unlisted-link", untold=True),
    # mails that hold less
    *_cases("read", "a link was followed", "clicks", mails=(*_FEW_LINKS, Mail.LINK)),
    *_cases("read", "web view", "web-view", mails=(*_FEW_LINKS, Mail.NO_LINK, Mail.VIEW)),
    *_cases("probably read", "fetched the image", *_LOOK, mails=_WITH_IMAGE),
    *_cases("maybe read", "proxy fetched the image", "gmail", "yahoo", mails=(Mail.ONE, Mail.IMAGE)),
    *_cases("read", "a link was followed", *_LOOK_AND_CLICK, mails=(Mail.TWO,)),
    *_cases(
        "read", "a link was followed",
        *(each for each in _LOOK_AND_CLICK if each not in _AT_ONCE_IN_BROWSER), mails=(Mail.ONE,),
    ),
    *_cases("maybe read", "all there is to fetch", *_AT_ONCE_IN_BROWSER, mails=(Mail.ONE,)),
    *_cases("read", "web view", "webmail-views", mails=_FEW_LINKS),
    *_cases("maybe read", "all there is to fetch", "webmail-views", mails=(Mail.NO_LINK,)),
    *_cases("unknowable", "", *_PREFETCH, mails=(*_WITH_IMAGE, Mail.LINK, Mail.VIEW)),
    *_cases("unread", "", *_TOLD, mails=_WITH_IMAGE),
    *_cases("unread", "", "safe-links", mails=(Mail.THREE, Mail.TWO)),
    *_cases("unknowable", "web mail", "safe-links", mails=(Mail.ONE, Mail.NO_LINK, Mail.IMAGE)),
    *_cases("unknowable", "", "safe-links", mails=(Mail.LINK, Mail.VIEW)),
    *_cases("unknowable", "", *_TOLD, mails=(Mail.LINK, Mail.VIEW)),
    *_cases("maybe read", "both links", "unlisted-late", "unlisted-late-script", mails=(Mail.TWO,)),
    *_cases("maybe read", "all there is to fetch", "unlisted-late", "unlisted-late-script", mails=(Mail.ONE,)),
    *_cases("maybe read", "all there is to fetch", "unlisted-late-script", mails=(Mail.NO_LINK,)),
    *_cases("probably read", "", "unlisted-late", mails=(Mail.NO_LINK, Mail.IMAGE), untold=True),
    *_cases("probably read", "", "unlisted-late-script", mails=(Mail.IMAGE,), untold=True),
    *_cases("probably read", "", "unlisted-burst", mails=_WITH_IMAGE, untold=True),
    *_cases("probably read", "", "unlisted-slow", mails=(Mail.TWO, Mail.NO_LINK, Mail.IMAGE), untold=True),
    *_cases("read", "", "unlisted-slow", mails=(Mail.ONE, Mail.LINK), untold=True),
    *_cases("read", "", "unlisted-link", mails=(*_FEW_LINKS, Mail.LINK), untold=True),
    *_cases("unread", "", "unlisted-link", mails=(Mail.NO_LINK, Mail.IMAGE)),
    *_cases("read", "", "unlisted-late", "unlisted-late-script", mails=(Mail.LINK,), untold=True),
    *_cases("read", "", "unlisted-late-script", mails=(Mail.VIEW,), untold=True),
    *_cases("unknowable", "", "unlisted-burst", mails=(Mail.LINK, Mail.VIEW)),
    *_cases("unknowable", "", "unlisted-late", "unlisted-slow", "unlisted-link", mails=(Mail.VIEW,)),
    # other ways of sending
    *_cases("unread", "", "unlisted-burst", to=To.COMPANY),
    *_cases("unknowable", "cannot be told which", "outlook", "gmail", to=To.TWO, other="unknowable"),
    *_cases("unread", "", "barracuda", "unlisted", to=To.TWO, other="unread"),
    *_cases("probably read", "fetched the image", "outlook", "thunderbird", to=To.EACH, other="unread"),
    *_cases("maybe read", "", "gmail", to=To.EACH, other="unread"),
    *_cases("unread", "", "barracuda", to=To.EACH, other="unread"),
    *_cases("unknowable", "", "outlook", to=To.PLAIN),
)  # fmt: skip


def table() -> str:
    """The tables as they stand in the docs: what is wanted was reached, or the test fails."""
    is_what = {each.name: each.is_what for each in LOADERS}  # in their order, for some are told by the one before
    reached = {(each.loader, each.mail): _cell(each) for each in CASES if each.to is To.ONE}
    alone = [
        f"| {is_what[name]} | " + " | ".join(reached.get((name, mail), "") for mail in Mail) + " |\n"
        for name in is_what
    ]
    others = [
        f"| {is_what[each.loader]} | {each.to} | `{each.verdict}` | {f'`{each.other}`' if each.other else ''} |\n"
        for each in CASES
        if each.to is not To.ONE
    ]
    return (
        f"| behind the mail | {' | '.join(Mail)} |\n|---|{'---|' * len(Mail)}\n{''.join(alone)}\n"
        f"Sent in other ways, with three links, an image and a web view:\n\n"
        f"| behind the mail | sent | verdict | of the second recipient |\n|---|---|---|---|\n{''.join(others)}"
    )


def _cell(case: Case) -> str:
    return f"`{case.verdict}`, no rule can tell" if case.is_untold else f"`{case.verdict}`"


def written(text: str) -> str:
    """The docs with the tables as they are now."""
    return text.partition(_MARK)[0] + _MARK + "\n" + table()


if __name__ == "__main__":
    DOCS.write_text(written(DOCS.read_text("utf-8")), "utf-8")

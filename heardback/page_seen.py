"""The page of `heardback web`, as somebody sees it who opens its link: what it says first, and the mails it lists."""

import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser

from heardback.text import few, plain

#: seconds
_PATIENCE = 30


def seen(link: str) -> list[str]:
    """What stands on it, a line for each heading; the mails under one behind it.

    :raises OSError: it does not answer
    """
    # no proxy of the environment stands between this machine and itself
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
    with opener.open(link, timeout=_PATIENCE) as answer:
        page = _Page()
        page.feed(answer.read().decode("utf-8"))
        page.close()
    return list(_lines(page.found))


def _lines(found: list[tuple[str, str]]) -> Iterator[str]:
    sections: list[tuple[str, list[str]]] = []
    for tag, text in found:
        if tag == "a" and sections:
            sections[-1][1].append(plain(text))
        elif tag != "a":
            sections.append((plain(text), []))
    return (f"{heading}: {few(mails)}" if mails else heading for heading, mails in sections)


class _Page(HTMLParser):
    """Headings, and the links that open a mail, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin to listen at a heading or at a mail."""
        if tag in ("h1", "h2") or (tag == "a" and "data-open" in dict(attrs)):
            self._open = tag
            self.found.append((tag, ""))

    def handle_data(self, data: str) -> None:
        """Take what stands in it."""
        if self._open:
            tag, text = self.found[-1]
            self.found[-1] = (tag, text + data)

    def handle_endtag(self, tag: str) -> None:
        """Stop listening."""
        if tag == self._open:
            self._open = None

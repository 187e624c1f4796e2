"""The page in a mail, read for where an image, a line and tracked links may go; everything else stays to the letter.

`html.parser` reads it and tells positions; the changes are spliced into the text as written. A page that browsers
would mend in ways we cannot foresee is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser

from connectors.errors import CannotTrack
from connectors.transfer import Edit

#: characters of the largest page that is read
_LARGEST = 1_000_000
#: Gmail shows 102 KB of a page and clips the rest; from here on what must be seen stands at the top
_CLIPPED = 90_000

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
#: up to its end tag all is text to a browser, also what looks like a tag; `html.parser` knows but two or three of them
_RAW = frozenset({"script", "style", "title", "textarea", "iframe", "noembed"})
#: what stands in them is not shown as text
_UNSHOWN = _RAW | {"head", "template", "noscript"}
#: left open, they would swallow what follows or move it elsewhere
_MUST_CLOSE = frozenset({*_UNSHOWN, "table", "select", "svg", "math", "object", "button"}) - {"head"}
_NEVER = frozenset({"frameset", "plaintext", "xmp", "noframes"})

#: earlier mail and signatures, by class or id: Gmail, Outlook, Apple, Yahoo, Thunderbird, Proton, Zimbra, GMX
_LEFT = re.compile(
    r"(?:^|\s)(?:x_)?(?:gmail_(?:quote|extra|signature|attr)\S*|yahoo_quoted|yahoo-quoted\S*|moz-cite-prefix|moz-signature"
    r"|moz-forward-container|protonmail_(?:quote|signature\S*)|zmail_extra|zmail_signature|tutanota_quote|WordSection_quote"
    r"|AppleMailSignature|ms-outlook-mobile-signature|Signature|_?mail-?signature|signature|OutlookMessageHeader"
    r"|cite|quote|mail_quote|replyIntro)(?:$|\s)",
    re.IGNORECASE,
)
#: from here to the end it is earlier mail: the line Outlook puts above it
_REST = re.compile(
    r"(?:^|\s)(?:x_)?(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|stopSpelling)(?:$|\s)", re.IGNORECASE
)
#: the border that Outlook for Windows and Word draw above earlier mail
_WORD_RULE = re.compile(r"border:\s*none;\s*border-top:\s*solid\s+#(?:E1E1E1|B5C4DF)", re.IGNORECASE)
#: of those, what the person wrote themselves
_SIGNATURE = re.compile("signature", re.IGNORECASE)
_HIDES = re.compile(
    r"display:\s*none|visibility:\s*hidden|(?:font-size|max-height|opacity):\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
#: how senders say that a link is to be left alone: our mark, and those of SendGrid, Mailchimp, Amazon SES, Postmark
_MARKS = frozenset({"data-no-track", "ses:no-track", "mc:disable-tracking", "data-pm-no-track", "pm-no-track"})

_ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>=][^\s/=>]*)(?:\s*=+\s*('[^']*'|"[^"]*"|(?!['"])[^>\s]*))?""")
#: a comment and what is in it, as browsers take it (HTML, 13.2.5.43 and on)
_COMMENT = re.compile(r"<!--(?:-?>|(.*?)--!?>)", re.DOTALL)
#: a browser takes the next end of a script for this inner one's
_SCRIPT_IN_SCRIPT = re.compile(r"<!--.*<script", re.DOTALL | re.IGNORECASE)
#: what browsers take out of an address
_DROPPED = re.compile(r"[\t\r\n]")

Attributes = list[tuple[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the page: where its address stands, quotes included, and where it leads."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was read of a page."""

    text: str
    #: links in what the person wrote, that are not marked to be left
    links: tuple[Link, ...]
    #: where something at the top goes, and something at the bottom
    top: int
    bottom: int
    #: the language it says it is in, such as `de-DE`; empty if none
    language: str
    #: what the person wrote, without earlier mail and signature
    words: str


def read(text: str) -> Page:
    """Read a page.

    :raises CannotTrack: it is malformed in a way that makes changing it unsafe
    """
    if len(text) > _LARGEST:
        raise CannotTrack(f"its page is larger than {_LARGEST:,} characters")
    reader = _Reader(text)
    try:
        reader.feed(text)
    except AssertionError as err:  # how the parser refuses an unknown `<![...`
        raise CannotTrack("its page holds a declaration that is none") from err
    return reader.page()


def with_lines(page: Page, *, image: str, top: str, bottom: str, addresses: Sequence[tuple[Link, str]]) -> list[Edit]:
    """The changes that put an image and a line at the top, a line at the bottom, and other addresses into links.

    :param image: markup, empty for none; as `top` and `bottom`, in ASCII
    :param addresses: links of this page in order, each with its new address
    """
    is_long = len(page.text) + sum(len(address) for _, address in addresses) > _CLIPPED
    first = image + top + (bottom if is_long else "")
    last = "" if is_long else bottom
    edits = [Edit(start=link.start, end=link.end, text=f'"{escape(address)}"') for link, address in addresses]
    lines = ((page.top, first), (page.bottom, last))
    edits += [Edit(start=at, end=at, text=f"\n{markup}\n") for at, markup in lines if markup]
    return sorted(edits, key=lambda edit: (edit.start, edit.end))


@dataclass(slots=True)
class _Region:
    """From a start tag to the end tag that belongs to it."""

    tag: str
    depth: int = 1


@dataclass(slots=True)
class _Regions:
    """Whether the reader is inside one of some regions; only the outermost counts."""

    open: _Region | None = None

    def enter(self, tag: str, *, begins: bool) -> None:
        if self.open and tag == self.open.tag:
            self.open.depth += 1
        elif begins and not self.open and tag not in _VOID:
            self.open = _Region(tag)

    def leave(self, tag: str) -> None:
        if self.open and tag == self.open.tag:
            self.open.depth -= 1
            self.open = self.open if self.open.depth else None


@dataclass(slots=True)
class _Places:
    """Ends of tags that matter for where things go; -1: there is none."""

    body: int = -1
    end_of_body: int = -1
    head: int = -1
    end_of_head: int = -1
    html: int = -1
    end_of_html: int = -1
    doctype: int = -1


@dataclass(slots=True)
class _Seen:
    """What was met so far."""

    links: list[Link] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    open: dict[str, int] = field(default_factory=dict)
    language: str = ""
    #: where earlier mail begins behind which the person wrote nothing more; -1: there is none
    rest: int = -1


class _Reader(HTMLParser):
    """Walks over a page once."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self._text = text
        self._lines = [0, *(each.end() for each in re.finditer("\n", text))]
        self._places, self._seen = _Places(), _Seen()
        self._left, self._hidden, self._unshown, self._marked = _Regions(), _Regions(), _Regions(), _Regions()
        self._is_rest = False
        #: where what is raw ends; None outside
        self._raw_end: int | None = None

    def page(self) -> Page:
        """What was read, once all of it was fed."""
        self._refuse_broken()
        return Page(
            text=self._text,
            links=tuple(self._seen.links),
            top=self._top(),
            bottom=self._bottom(),
            language=self._seen.language,
            words=" ".join("".join(self._seen.words).split()),
        )

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in _NEVER:
            raise CannotTrack(f"its page uses <{tag}>")
        start, end = self._here(), self._here() + len(self.get_starttag_text() or "")
        values = {name: value or "" for name, value in reversed(attrs)}
        names = f"{values.get('class', '')} {values.get('id', '')} {values.get('name', '')}"
        is_rest = bool(_REST.search(names) or _WORD_RULE.search(values.get("style", "")))
        is_named = bool(_LEFT.search(names)) or values.get("type", "").lower() == "cite"
        self._note_earlier(start, begins=is_rest or is_named, is_own=bool(_SIGNATURE.search(names)))
        self._is_rest |= is_rest
        self._left.enter(tag, begins=tag == "blockquote" or is_named)
        self._hidden.enter(tag, begins="hidden" in values or bool(_HIDES.search(values.get("style", ""))))
        self._unshown.enter(tag, begins=tag in _UNSHOWN)
        self._marked.enter(tag, begins=_is_marked(values))
        self._note(tag, values, end)
        if tag in ("a", "area") and not (self._is_left or _is_marked(values)):
            self._seen.links += _link(self._text[start:end], start, attrs)
        if tag in _RAW and not self._is_foreign:
            self._begin_raw(tag, end)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        # to a browser `<div/>` is a start tag; inside svg and math, and for Word's own elements, it is both
        self.handle_starttag(tag, attrs)
        if ":" in tag or self._is_foreign:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        start = self._here()
        if self._raw_end not in (None, start):
            raise CannotTrack(f"its page has a <{tag}> that is read in different ways")
        self._raw_end = None
        for regions in (self._left, self._hidden, self._unshown, self._marked):
            regions.leave(tag)
        if self._seen.open.get(tag):
            self._seen.open[tag] -= 1
        if not self._is_inside:
            self._note_end(tag, start)
        self._say(" ")

    def handle_comment(self, data: str) -> None:
        found = _COMMENT.match(self._text, self._here())
        if found and (found[1] or "") != data:
            raise CannotTrack("its page has a comment that is read in different ways")

    def handle_data(self, data: str) -> None:
        self._say(data)

    def handle_entityref(self, name: str) -> None:
        self._say(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._say(unescape(f"&#{name};"))

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002 - the parser's
        self._places.doctype = self._text.find(">", self._here()) + 1

    def _say(self, words: str) -> None:
        if not (self._left.open or self._is_rest or self._unshown.open):
            self._seen.words.append(words)
            if words.strip():
                self._seen.rest = -1

    @property
    def _is_left(self) -> bool:
        return bool(self._left.open or self._marked.open or self._is_rest)

    @property
    def _is_foreign(self) -> bool:
        """In what is not HTML, and read as XML is."""
        return bool(self._seen.open.get("svg") or self._seen.open.get("math"))

    @property
    def _is_inside(self) -> bool:
        """In what has to be closed: browsers heed no body there."""
        return any(self._seen.open.values())

    def _begin_raw(self, tag: str, start: int) -> None:
        found = re.compile(rf"</{tag}[\s/>]", re.IGNORECASE).search(self._text, start)
        self._raw_end = found.start() if found else -1
        if tag == "script" and _SCRIPT_IN_SCRIPT.search(self._text, start, max(self._raw_end, start)):
            raise CannotTrack("its page has a <script> that is read in different ways")
        self.set_cdata_mode(tag)

    def _note_earlier(self, at: int, *, begins: bool, is_own: bool) -> None:
        """Keep where earlier mail begins, if it does here, in the open."""
        is_inside = self._left.open or self._is_rest or self._hidden.open or self._is_inside
        if begins and not is_inside:
            self._seen.rest = -1 if is_own else at if self._seen.rest < 0 else self._seen.rest

    def _note(self, tag: str, values: dict[str, str], end: int) -> None:
        """Keep places, the language, and what has to be closed."""
        if tag in _MUST_CLOSE:
            self._seen.open[tag] = self._seen.open.get(tag, 0) + 1
        if tag in ("html", "head", "body") and getattr(self._places, tag) < 0 and not self._is_inside:
            setattr(self._places, tag, end)
        if tag in ("html", "body"):
            self._seen.language = self._seen.language or values.get("lang", "").strip()

    def _note_end(self, tag: str, start: int) -> None:
        if tag == "head" and self._places.end_of_head < 0:
            self._places.end_of_head = self._text.find(">", start) + 1
        if tag == "body":
            self._places.end_of_body = start
        if tag == "html":
            self._places.end_of_html = start

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _top(self) -> int:
        """Behind the start of the body; where it is not written, behind all that comes before a body."""
        places = self._places
        if places.body >= 0:
            return places.body
        if places.head >= 0 and places.end_of_head < 0:
            raise CannotTrack("its page has a head that does not end")
        return max(places.end_of_head, places.html, places.doctype, 0)

    def _bottom(self) -> int:
        """Before earlier mail, which programs fold away; else at the end of the body."""
        places = (self._seen.rest, self._places.end_of_body, self._places.end_of_html, len(self._text))
        return next(at for at in places if at >= 0)

    def _refuse_broken(self) -> None:
        if self.cdata_elem:
            raise CannotTrack(f"its page has a <{self.cdata_elem}> that does not end")
        if self.rawdata.lstrip().startswith("<"):
            raise CannotTrack("its page breaks off inside a tag or a comment")
        if unclosed := [tag for tag, count in self._seen.open.items() if count]:
            raise CannotTrack(f"its page has a <{unclosed[0]}> that does not end")
        if self._hidden.open:
            raise CannotTrack("its page hides all that follows")


def _is_marked(values: dict[str, str]) -> bool:
    """Whether a tag says that links in it are not to be tracked."""
    if _MARKS & values.keys():
        return True
    return values.get("data-heardback", "").lower() == "off" or values.get("clicktracking", "").lower() == "off"


def _link(tag: str, at: int, attrs: Attributes) -> list[Link]:
    """The link of a start tag; none if it has no address, or what is its address cannot be told surely.

    :param tag: as written
    :param at: where it stands
    """
    found = [each for each in _ATTRIBUTE.finditer(tag, re.match(r"<[^\s/>]+", tag).end()) if each[1]]  # type: ignore[union-attr] # the parser took it for a tag
    read_again = [(each[1].lower(), unescape(_bare(each[2]))) for each in found]
    if read_again != [(name, value or "") for name, value in attrs]:
        return []
    href = next((each for each in found if each[1].lower() == "href" and each[2]), None)
    if href is None:
        return []
    target = _DROPPED.sub("", unescape(_bare(href[2]))).strip(" \f")
    return [Link(start=at + href.start(2), end=at + href.end(2), target=target)]


def _bare(value: str | None) -> str:
    """A value without its quotes."""
    value = value or ""
    return value[1:-1] if value[:1] in ("'", '"') and value[:1] == value[-1:] and len(value) > 1 else value

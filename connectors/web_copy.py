"""The copy of a mail for "view in browser": one page that loads nothing, encrypted with a key of its own.

It is built anew from what is known to be harmless, so nothing else comes through: no script, form, handler, frame,
address that is loaded, or tracking image. Images inside the mail stand in it as `data:` addresses.
"""

import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from urllib.parse import unquote

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.errors import CannotTrack

#: bytes of the largest copy the relay takes, nonce and tag of the encryption included
LARGEST = 2_000_000
_NONCE_BYTES, _TAG_BYTES, _KEY_BYTES = 12, 16, 32

#: pictures that hold no markup
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
_TAG = re.compile(
    r"""a|abbr|acronym|address|article|aside|b|bdi|bdo|big|blockquote|br|caption|center|cite|code|col|colgroup|dd|del|dfn
    |details|dir|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|img|ins|kbd|li|main|mark|menu|nav|nobr|ol|p
    |pre|q|rp|rt|ruby|s|samp|section|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|time|tr|tt|u
    |ul|var|wbr""",
    re.VERBOSE,
)
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
#: dropped with all that is in them
_DROPPED = frozenset(
    {"script", "title", "template", "noscript", "iframe", "object", "select", "textarea", "svg", "math"}
)
_ATTRIBUTE = re.compile(
    r"""abbr|align|alt|bgcolor|border|cellpadding|cellspacing|class|clear|color|cols|colspan|dir|face|headers|height|hspace
    |id|lang|noshade|nowrap|open|rowspan|scope|size|span|start|style|summary|title|type|valign|value|vspace|width""",
    re.VERBOSE,
)
#: what makes a style load something or run something, or may hide that
_LOADING = re.compile(r"url|image-set|@import|expression|behavior|-moz-binding|src|\\|<", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)

#: content-id to content type and bytes
Pictures = Mapping[str, tuple[str, bytes]]


def page(text: str, pictures: Pictures, *, line: str, language: str, direction: str) -> str:
    """The copy as one page; without pictures, if it would be too large with them.

    :param text: the page in the mail
    :param line: markup put at its end
    :raises CannotTrack: it is too large even without pictures
    """
    for shown in (pictures, {}):
        builder = _Builder(shown)
        builder.feed(text)
        builder.close()
        whole = (
            f'<!doctype html><html lang="{escape(language)}" dir="{direction}"><head><meta charset="utf-8">'
            f"{''.join(builder.styles)}</head><body>{''.join(builder.done)}{line}</body></html>"
        )
        if len(whole.encode("utf-8", "replace")) + _NONCE_BYTES + _TAG_BYTES <= LARGEST:
            return whole
    raise CannotTrack("its page is too large for a web view")


def sealed(whole: str) -> tuple[bytes, str]:
    """A copy encrypted with a fresh key (AES-256-GCM), as the relay keeps it; and the key, as it stands in the link."""
    key, nonce = os.urandom(_KEY_BYTES), os.urandom(_NONCE_BYTES)
    content = nonce + AESGCM(key).encrypt(nonce, whole.encode("utf-8", "replace"), None)
    return content, urlsafe_b64encode(key).rstrip(b"=").decode()


class _Builder(HTMLParser):
    """Writes the harmless part of a page."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[str] = []
        self.styles: list[str] = []
        self._pictures = pictures
        #: the tag that is dropped with its content, and how many of it are open
        self._dropping, self._depth = "", 0
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropping:
            self._depth += tag == self._dropping
        elif tag in _DROPPED:
            self._dropping, self._depth = tag, 1
        elif tag == "style":
            self._in_style = True
        elif _TAG.fullmatch(tag):
            self._open(tag, {name: value or "" for name, value in reversed(attrs)})

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            self._depth -= tag == self._dropping
            self._dropping = self._dropping if self._depth else ""
        elif tag == "style":
            self._in_style = False
        elif _TAG.fullmatch(tag) and tag not in _VOID:
            self.done.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles += [] if _LOADING.search(data) else [f"<style>{data}</style>"]
        elif not self._dropping:
            self.done.append(escape(data, quote=False))

    def _open(self, tag: str, values: dict[str, str]) -> None:
        kept = {name: value for name, value in values.items() if _ATTRIBUTE.fullmatch(name)}
        if _LOADING.search(kept.get("style", "")):
            kept["style"] = ";".join(each for each in kept["style"].split(";") if not _LOADING.search(each))
        if tag == "a" and _LINK.fullmatch(values.get("href", "").strip()):
            kept["href"] = values["href"].strip()
        if tag == "img":
            address = self._picture(values.get("src", "").strip())
            if not address:
                self.done.append(escape(values.get("alt", ""), quote=False))
                return
            kept["src"] = address
        written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
        self.done.append(f"<{tag}{written}>")

    def _picture(self, source: str) -> str:
        """A `data:` address for a picture inside the mail; empty for any other."""
        scheme, _, name = source.partition(":")
        if scheme.lower() != "cid":
            return ""
        kind, content = self._pictures.get(unquote(name), ("", b""))
        return f"data:{kind};base64,{b64encode(content).decode()}" if kind in _PICTURES else ""

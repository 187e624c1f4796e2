"""Puts into a mail what tells of its reading: image, links, web view, and the line that says so. Pure: bytes in, out.

No script is put in: mail programs run none. Only the body is touched, the page and the text beside it; signed or
encrypted mail is refused, and so is whatever cannot be changed without harm (`CannotTrack`).
"""

import re
from dataclasses import dataclass

from connectors import disclosure, html_rewriting, mime_spans, transfer, web_copy
from connectors.disclosure import Wording
from connectors.errors import CannotTrack
from connectors.html_rewriting import Page
from connectors.mime_spans import Body, Span
from connectors.secret_links import may_lead
from connectors.transfer import Content, Edit
from evidence.part import decoded

_PGP = re.compile(r"(?:^|>)\s*-----BEGIN PGP (?:SIGNED )?MESSAGE-----", re.MULTILINE)
_ADDRESS = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What goes into one mail."""

    wording: Wording
    #: address of the opt-out page
    opt_out: str
    #: address of the image, empty for none
    pixel: str = ""
    #: address of the web view, empty for none
    view: str = ""
    #: target to the address it is led over; targets that are not in it stay
    links: dict[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that can be tracked, taken apart."""

    message: bytes
    root: Span
    html: Content
    page: Page
    #: None: it has no plain text beside the page
    text: Content | None

    @property
    def targets(self) -> tuple[str, ...]:
        """Where the links lead that may be led over the relay, each once."""
        kept = _unsubscribe_targets(self.root)
        found = dict.fromkeys(each.target for each in self.page.links)
        return tuple(each for each in found if each not in kept and may_lead(each))

    def wording(self, *, otherwise: str, sentence: str = "", stop: str = "") -> Wording:
        """The disclosure in its language, of which `disclosure.wording_for` tells more."""
        declared = f"{self.root.header.get('content-language', '')} {self.page.language}"
        return disclosure.wording_for(declared, self.page.words, otherwise=otherwise, sentence=sentence, stop=stop)

    def copy(self, wording: Wording, *, opt_out: str) -> str:
        """The page for the web view.

        :raises CannotTrack: it is too large
        """
        return web_copy.page(
            decoded(self.html.raw, self.html.span.charset),
            self._pictures(),
            line=disclosure.as_markup(wording, opt_out=opt_out),
            language=wording.language,
            direction=wording.direction,
        )

    def tracked(self, plan: Plan) -> bytes:
        """The message with everything in it that the plan says.

        :raises CannotTrack: it cannot be put in without changing something else
        """
        changed = [(self.html.span, transfer.spliced(self.message, self.html, self._page_edits(plan)))]
        if self.text:
            changed.append((self.text.span, transfer.spliced(self.message, self.text, [self._text_edit(plan)])))
        message = self.message
        for span, body in sorted(changed, key=lambda pair: -pair[0].start):
            message = message[: span.body] + body + message[span.end :]
        return message

    def _page_edits(self, plan: Plan) -> list[Edit]:
        wording, led = plan.wording, plan.links or {}
        return html_rewriting.with_lines(
            self.page,
            image=disclosure.image_as_markup(plan.pixel) if plan.pixel else "",
            top=disclosure.view_as_markup(wording, view=plan.view) if plan.view else "",
            bottom=disclosure.as_markup(wording, opt_out=plan.opt_out),
            addresses=[(each, led[each.target]) for each in self.page.links if each.target in led],
        )

    def _text_edit(self, plan: Plan) -> Edit:
        """In the mail's language where its charset can write it, else in English."""
        assert self.text is not None  # noqa: S101 - for the type checker
        lines = disclosure.as_text(plan.wording, opt_out=plan.opt_out, view=plan.view)
        if not self.text.can_hold(lines):
            lines = disclosure.as_text(disclosure.wordings()["en"], opt_out=plan.opt_out, view=plan.view)
        at = len(self.text.text.rstrip("\r\n"))
        return Edit(start=at, end=at, text=lines.rstrip("\n"))

    def _pictures(self) -> dict[str, tuple[str, bytes]]:
        """The images inside the mail, by the name the page gives them."""
        named = (each for each in mime_spans.walk(self.root) if each.content_id and each.type.startswith("image/"))
        return {each.content_id: (each.type, transfer.content_of(self.message, each).raw) for each in named}


def letter(message: bytes) -> Letter:
    """Take a mail apart.

    :param message: RFC 5322 bytes
    :raises CannotTrack: it is signed or encrypted, has no page, or cannot be changed safely; says why
    """
    root = mime_spans.read(message)
    body = mime_spans.body_of(root)
    text = transfer.content_of(message, body.text) if body.text else None
    _refuse_pgp(text)
    if not body.html:
        raise CannotTrack(_why_no_page(body))
    html = transfer.content_of(message, body.html)
    _refuse_pgp(html)
    return Letter(message=message, root=root, html=html, page=html_rewriting.read(html.text), text=text)


def _why_no_page(body: Body) -> str:
    return "it is plain text, which carries no image" if body.text else "it has no text that could be tracked"


def _refuse_pgp(content: Content | None) -> None:
    if content and _PGP.search(content.text):
        raise CannotTrack("it is signed or encrypted (PGP), and a changed letter would break that")


def _unsubscribe_targets(root: Span) -> frozenset[str]:
    """Addresses that a list's mail names for leaving it (RFC 2369)."""
    return frozenset(_ADDRESS.findall(str(root.header.get("list-unsubscribe", ""))))

"""The line that says a mail is tracked, and how to stop that: its words in many languages, as markup and as text.

A wording has a version, so that it can be proved what a reader was told.
"""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2s
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: letters needed to tell a language by them
_ENOUGH = 20
#: seen on white and on black, with a contrast of 4.5 to either (WCAG 2.2, 1.4.3)
_GREY = "#767676"


#: letters to Unicode that are drawn as nothing: the fillers of Hangul
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one language."""

    #: `de`
    language: str
    #: the disclosure, one sentence or two
    sentence: str
    #: what the opt-out link says
    stop: str
    #: what the link to the web view says
    view: str

    @property
    def version(self) -> str:
        """The language and a fingerprint of what is disclosed, `de-1f0c2a9b`."""
        digest = blake2s(f"{self.sentence}\x1f{self.stop}".encode(), digest_size=4).hexdigest()
        return f"{self.language}-{digest}"

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`, by the first letter that has one."""
        kinds = (unicodedata.bidirectional(each) for each in self.sentence)
        return "rtl" if next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


#: what a language is also called: older or wider codes, and one that is written alike
_CALLED = {"iw": "he", "no": "nb", "nn": "nb"}


@cache
def wordings() -> Mapping[str, Wording]:
    """Ours, by language; English among them."""
    table = tomllib.loads(files("connectors").joinpath("wordings.toml").read_text("utf-8"))
    return {language: Wording(language=language, **words) for language, words in table.items()}


def wording_for(declared: str, words: str, *, otherwise: str, sentence: str = "", stop: str = "") -> Wording:
    """The wording in the language of a mail: the declared one, else the one its words are in.

    :param declared: language tags (RFC 5646), likeliest first, separated by commas or blanks; may be empty
    :param words: what the person wrote in it
    :param otherwise: the language if nothing tells it
    :param sentence: the person's own disclosure, for every language; empty for ours, else such that it `is_seen`
    :param stop: the same for what the opt-out link says
    """
    known = wordings()
    named = (each.partition("-")[0] for each in declared.lower().replace(",", " ").replace("_", "-").split())
    language = next((code for each in named if (code := _CALLED.get(each, each)) in known), "")
    ours = known.get(language or _told_by(words) or otherwise, known["en"])
    return Wording(language=ours.language, sentence=sentence or ours.sentence, stop=stop or ours.stop, view=ours.view)


def is_seen(words: str) -> bool:
    """Whether words say anything to a reader: a line without a letter discloses nothing, and nobody finds its link."""
    return any(each.isalpha() and each not in _BLANK_LETTERS for each in words)


def as_markup(wording: Wording, *, opt_out: str) -> str:
    """The line for a page, in ASCII.

    :param opt_out: address of the opt-out page
    """
    style = (
        f"margin:16px 0 0;padding:8px 0 0;border-top:1px solid {_GREY};font:12px/1.5 Arial,sans-serif;color:{_GREY};"
        f"text-align:{'right' if wording.direction == 'rtl' else 'left'}"
    )
    return _block(wording, style, f"{_ascii(wording.sentence)} {_anchor(wording.stop, opt_out)}")


def view_as_markup(wording: Wording, *, view: str) -> str:
    """The link to the web view for a page, in ASCII."""
    align = "left" if wording.direction == "rtl" else "right"
    style = f"margin:0 0 8px;font:12px/1.5 Arial,sans-serif;color:{_GREY};text-align:{align}"
    return _block(wording, style, _anchor(wording.view, view))


def image_as_markup(address: str) -> str:
    """The image. Not hidden: some programs load no hidden images. No text stands for it where it is not loaded."""
    return f'<img src="{escape(address)}" width="1" height="1" alt="" style="display:block;border:0">'


def as_text(wording: Wording, *, opt_out: str, view: str) -> str:
    """The lines for a plain-text part.

    :param view: address of the web view, empty if there is none
    """
    seen = f"{wording.view}: {view}\n" if view else ""
    return f"\n\n____\n{seen}{wording.sentence}\n{wording.stop}: {opt_out}\n"


def _block(wording: Wording, style: str, inside: str) -> str:
    return f'<div lang="{wording.language}" dir="{wording.direction}" style="{style}">{inside}</div>'


def _anchor(text: str, address: str) -> str:
    return f'<a href="{escape(address)}" style="color:{_GREY};text-decoration:underline">{_ascii(text)}</a>'


def _ascii(text: str) -> str:
    return escape(text).encode("ascii", "xmlcharrefreplace").decode()


def _told_by(words: str) -> str:
    """The language some words are in, among those we have words for; empty if they are too few."""
    if sum(map(str.isalpha, words)) < _ENOUGH:
        return ""
    found = str(_identifier().classify(words[:5_000])[0])
    return _CALLED.get(found, found)


@cache
def _identifier() -> "LanguageIdentifier":
    """Tells the languages we have words for apart; loading it takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([each for each in identifier.nb_classes if _CALLED.get(each, each) in wordings()])
    return identifier

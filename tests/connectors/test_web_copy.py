"""The copy for the web view: what may be seen, nothing that runs or loads."""

from base64 import urlsafe_b64decode
from html.parser import HTMLParser

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import CannotTrack
from connectors.web_copy import LARGEST, page, sealed
from tests.connectors.tracked_samples import GMAIL, OUTLOOK

PICTURES = {"logo": ("image/png", b"png"), "evil": ("image/svg+xml", b"<svg/>"), "a b": ("image/gif", b"gif")}
LINE = '<div id="line">stop</div>'


def copy(text: str) -> str:
    return page(text, PICTURES, line=LINE, language="de", direction="ltr")


class _Loads(HTMLParser):
    """Everything in a page that would run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "iframe", "object", "embed", "form", "input", "link", "base", "svg", "math", "video"}:
            self.found.append(tag)
        for name, value in attrs:
            text = (value or "").strip().lower()
            loads = name in {"src", "background", "srcset", "poster", "action", "srcdoc"} and not text.startswith(
                "data:image/"
            )
            runs = name.startswith("on") or text.startswith(("javascript:", "vbscript:", "data:text"))
            if loads or runs or (name == "style" and "url" in text) or (tag == "meta" and name == "http-equiv"):
                self.found.append(f"{tag} {name}={text}")


def loads(text: str) -> list[str]:
    reader = _Loads()
    reader.feed(text)
    reader.close()
    return reader.found


@pytest.mark.parametrize("text", [OUTLOOK, GMAIL])
def test_a_mail_can_be_read_in_it(text: str) -> None:
    made = copy(text)
    assert ("offer" in made, 'href="https://example.com/offer"' in made, made.endswith(f"{LINE}</body></html>")) == (
        True,
        True,
        True,
    )
    assert loads(made) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('<img src="cid:logo" alt="x" width="5">', '<img width="5" alt="x" src="data:image/png;base64,cG5n">'),
        ('<img src="CID:a%20b">', 'src="data:image/gif;base64,Z2lm"'),
        ('<img src="https://far.example/x.png" alt="a & b">', "a &amp; b"),
        ('<p style="color:red;background:url(x)">x</p>', '<p style="color:red">x</p>'),
        ("<style>p { color: red }</style><p>x", "<style>p { color: red }</style>"),
        ("<unknown>kept</unknown>", "kept"),
        ("a &lt;b&gt; &amp;", "a &lt;b&gt; &amp;"),
    ],
)
def test_what_is_harmless_stays(text: str, shown: str) -> None:
    assert shown in copy(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>evil()</script>",
        "<scr<script>ipt>evil()</script>",
        '<img src="https://evil.example/x.png">',
        '<img src="cid:evil">',
        '<img src=x onerror="evil()">',
        '<p onclick="evil()">x</p>',
        '<a href="javascript:evil()">x</a>',
        '<a href="  JaVaScRiPt:evil()">x</a>',
        '<a href="data:text/html,evil">x</a>',
        '<form action="https://evil.example/"><input name="evil"></form>',
        '<iframe src="https://evil.example/"></iframe>',
        '<link rel="stylesheet" href="https://evil.example/x.css">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
        '<base href="https://evil.example/">',
        "<style>@import 'https://evil.example/x.css'</style>",
        "<style>p { background: u\\72l(https://evil.example/) }</style>",
        '<p style="background:u\\72l(https://evil.example/)">x</p>',
        '<table background="https://evil.example/x.png"><tr><td>x</td></tr></table>',
        '<svg><image href="https://evil.example/x"/></svg>',
        "<math><mtext><img src=x onerror=evil()></mtext></math>",
        "<noscript><img src='https://evil.example/x'></noscript>",
        "<object data='https://evil.example/x'>evil</object>",
        "<template><img src='https://evil.example/x'></template>",
        "<!--[if mso]><img src='https://evil.example/x'><![endif]-->",
        '<video poster="https://evil.example/x"></video>',
    ],
)
def test_what_runs_or_loads_is_left_out(text: str) -> None:
    made = copy(f"<p>before</p>{text}<p>after</p>")
    assert loads(made) == []
    assert ("evil" in made.replace("evil()", "evil").replace("ipt&gt;evil", ""), "before" in made) == (False, True)


@given(
    st.text(max_size=80),
    st.sampled_from(["<a {}>", "<p style='{}'>", "<style>{}</style>", "<img src='{}'>", "<{}>", "{}"]),
)
def test_nothing_that_is_written_makes_it_run_or_load(text: str, frame: str) -> None:
    assert loads(copy(frame.format(text))) == []


def test_where_pictures_make_it_too_large_it_comes_without_them() -> None:
    large = {"logo": ("image/png", b"x" * LARGEST)}
    made = page('<p>x</p><img src="cid:logo" alt="logo">', large, line="", language="en", direction="ltr")
    assert ("data:" in made, "logo" in made) == (False, True)
    with pytest.raises(CannotTrack, match="too large"):
        page("x" * LARGEST, {}, line="", language="en", direction="ltr")


def test_it_opens_with_its_key_and_each_has_another_key() -> None:
    content, key = sealed("<p>Grüße</p>")
    raw = urlsafe_b64decode(key + "=" * (-len(key) % 4))
    assert AESGCM(raw).decrypt(content[:12], content[12:], None).decode() == "<p>Grüße</p>"
    assert sealed("x")[1] != sealed("x")[1]

"""A page beside the text of a plain-text mail; the text stays to the byte."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from connectors.errors import CannotTrack
from connectors.html_alternative import as_page, with_page
from tests.connectors.tracked_samples import GMAIL, PICTURE, WORDS, html, message, multipart, part

HEAD = b"From: me@example.com\r\nTo: ann@example.org\r\nSubject: Offer\r\n"


def parts(raw: bytes) -> list[tuple[str, bytes]]:
    """Type and decoded content of every part that is no multipart."""
    found = message_from_bytes(raw, policy=default)
    return [
        (each.get_content_type(), each.get_payload(decode=True))  # type: ignore[misc] # bytes, as it is no multipart
        for each in found.walk()
        if not each.is_multipart()
    ]


@pytest.mark.parametrize("charset", [each for each in WORDS if each != "utf-16"])
@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_the_text_stays_and_the_page_says_the_same(charset: str, encoding: str) -> None:
    text = part(f"text/plain; charset={charset}", f"{WORDS[charset]}\r\nline two\r\n".encode(charset), encoding)
    raw = HEAD + b"MIME-Version: 1.0\r\n" + text
    after = with_page(raw)
    assert text in after
    (plain, _), (page, content) = parts(after)
    assert (plain, page) == ("text/plain", "text/html")
    assert f"{WORDS[charset]}<br>" in content.decode("utf-8")
    found = message_from_bytes(after, policy=default)
    assert isinstance(found, EmailMessage)
    assert (found["Subject"], found.get_content_type(), found.defects) == ("Offer", "multipart/alternative", [])


def test_a_bare_message_becomes_mime() -> None:
    after = with_page(HEAD + b"\r\nHello\r\nyou\r\n")
    assert parts(after)[0] == ("text/plain", b"Hello\r\nyou\r\n")
    assert message_from_bytes(after)["MIME-Version"] == "1.0"


def test_line_ends_stay_what_they_are() -> None:
    assert b"\r" not in with_page((HEAD + b"\r\nHello\r\n").replace(b"\r\n", b"\n"))


def test_text_beside_files_gets_its_page_where_it_stands() -> None:
    text = part("text/plain; charset=utf-8", b"Hello\r\n", "7bit")
    after = with_page(message(multipart("mixed", "m", text, PICTURE)))
    assert [kind for kind, _ in parts(after)] == ["text/plain", "text/html", "image/png"]
    assert (text in after, PICTURE in after) == (True, True)


def test_a_mail_with_a_page_stays_as_it_is() -> None:
    raw = message(html(GMAIL))
    assert with_page(raw) == raw


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (message(PICTURE), "no text that a page could be made of"),
        (message(part("text/plain; charset=us-ascii", b"Gr\xfc\xdfe", "8bit")), "not the us-ascii that it says"),
        (message(multipart("signed", "s", part("text/plain", b"x"))), "signed or encrypted"),
    ],
)
def test_what_no_page_can_be_made_of_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(CannotTrack, match=why):
        with_page(raw)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a < b & c", "a &lt; b &amp; c<br>"),
        ("two  blanks", "two&nbsp; blanks<br>"),
        (
            "see https://example.com/a?b=1&c.",
            '<a href="https://example.com/a?b=1&amp;c">https://example.com/a?b=1&amp;c</a>.',
        ),
        ("(https://example.com/x)", '(<a href="https://example.com/x">'),
        ('"><script>x</script>', "&quot;&gt;&lt;script&gt;"),
        ("> quoted\nown", "quoted<br>\n</blockquote>own<br>"),
    ],
)
def test_the_page_looks_like_the_text(text: str, shown: str) -> None:
    assert shown in as_page(text)


def test_flowed_lines_flow() -> None:
    assert "one two<br>\nthree<br>\n-- <br>\nme<br>" in as_page("one \ntwo\nthree\n-- \nme", flowed=True)

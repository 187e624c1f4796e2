"""What tells of reading goes into a mail; everything else in it stays, to the byte."""

import re
from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from connectors import disclosure, mime_spans, transfer
from connectors.errors import CannotTrack
from connectors.tracked import Plan, letter
from tests.connectors.tracked_samples import (
    ATTACHED_PAGE,
    CALENDAR,
    FORWARDED,
    GMAIL,
    OUTLOOK,
    PAGES,
    PICTURE,
    SHAPES,
    TEXT,
    WORDS,
    html,
    message,
    multipart,
    part,
)

RELAY = "https://relay.example"
PIXEL, VIEW, OPT_OUT = f"{RELAY}/p/T.gif", f"{RELAY}/v/T#KEY", f"{RELAY}/o/T"
OFFER = "https://example.com/offer"
IMAGE = f'<img src="{PIXEL}" width="1" height="1" alt="" style="display:block;border:0">'
LINE = re.compile(
    r'\r?\n(?=<(?:img src="https://relay|div lang))(?:<img src="https://relay[^>]*>)?(?:<div lang="[^>]*><a .*?</div>)?'
    r'(?:<div lang="[^>]*>[^<]*<a href="https://relay\.example/o/.*?</div>)?\r?\n'
)


def tracked(raw: bytes, *, view: bool = True) -> bytes:
    """The message with everything in it."""
    taken = letter(raw)
    return taken.tracked(
        Plan(
            wording=taken.wording(otherwise="en"),
            opt_out=OPT_OUT,
            pixel=PIXEL,
            view=VIEW if view else "",
            links={target: f"{RELAY}/l/{number}" for number, target in enumerate(taken.targets)},
        )
    )


def page_of(raw: bytes) -> str:
    """The page, as a mail program sees it."""
    span = mime_spans.body_of(mime_spans.read(raw)).html
    assert span
    return transfer.content_of(raw, span).text


def undone(page: str, targets: tuple[str, ...]) -> str:
    """The page without what was put in."""
    bare = LINE.sub("", page)
    return re.sub(r'"https://relay\.example/l/(\d+)"', lambda found: f'"{targets[int(found[1])]}"', bare)


def text_of(raw: bytes) -> str:
    """The plain text beside the page, as written."""
    return str(next(each for each in leaves(raw) if each.get_content_type() == "text/plain").get_payload())


def leaves(raw: bytes) -> list[Message]:
    """Every part that is no multipart, as the standard library reads it."""
    return [each for each in message_from_bytes(raw).walk() if not each.is_multipart()]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_gets_image_view_line_and_link_and_nothing_else_changes(name: str) -> None:
    raw = message(html(PAGES[name]))
    page, before = page_of(tracked(raw)), page_of(raw)
    assert (page.count(IMAGE), page.count(VIEW), page.count(OPT_OUT), page.count(f"{RELAY}/l/0")) == (1, 1, 1, 1)
    assert undone(page, (OFFER,)).replace('"https://example.com/offer"', "X") == before.replace(
        "'https://example.com/offer'", "X"
    ).replace('"https://example.com/offer"', "X")


@pytest.mark.parametrize("name", PAGES)
def test_earlier_mail_and_signatures_keep_their_links(name: str) -> None:
    assert letter(message(html(PAGES[name]))).targets == (OFFER,)


def test_the_image_stands_first_in_the_body_and_is_not_hidden() -> None:
    page = page_of(tracked(SHAPES["alternative"]))
    assert re.search(r"<body [^>]*>\s*" + re.escape(IMAGE), page)
    assert ("display:none" in page, "<script" in page) == (False, False)


@pytest.mark.parametrize("name", SHAPES)
def test_only_the_body_is_touched_in_every_shape_of_message(name: str) -> None:
    raw = SHAPES[name]
    after = tracked(raw)
    assert page_of(after).count(IMAGE) == 1
    for before, now in zip(leaves(raw), leaves(after), strict=True):
        is_body = before.get_content_type() in ("text/html", "text/plain") and not before.get_filename()
        inside_forwarded = before.get_payload() == '<a href="https://example.com/offer">x</a>'
        assert before.items() == now.items()
        assert (before.get_payload() == now.get_payload()) == (not is_body or inside_forwarded)
    for kept in (PICTURE, CALENDAR, ATTACHED_PAGE, FORWARDED):
        assert (kept in raw) == (kept in after)
    assert after[: raw.index(b"\r\n\r\n")] == raw[: raw.index(b"\r\n\r\n")]


def test_the_text_beside_the_page_says_it_too() -> None:
    text = text_of(tracked(SHAPES["alternative"]))
    assert text.startswith("Dear Ann,\r\nthe offer.\r\n\r\n____\r\nView in browser: " + VIEW)
    assert text.endswith(f"Stop this: {OPT_OUT}\r\n")


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit", "binary"])
@pytest.mark.parametrize("charset", WORDS)
def test_every_charset_and_encoding_keeps_its_words(charset: str, encoding: str) -> None:
    page = f'<html><body><p>{WORDS[charset]}</p><a href="{OFFER}">{WORDS[charset]}</a></body></html>\r\n'
    raw = message(html(page, encoding, charset))
    if charset == "utf-16":
        with pytest.raises(CannotTrack):
            tracked(raw)
        return
    after = tracked(raw)
    (body,) = leaves(after)
    assert (body.get_content_charset(), body["content-transfer-encoding"]) == (charset, encoding)
    content = body.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert undone(content.decode(charset), (OFFER,)) == page


@pytest.mark.parametrize("declared", ["", "x-unknown", "us-ascii", "utf-8", "base64", "utf\0-8"])
def test_bytes_that_are_not_what_the_charset_says_stay_as_they_are(declared: str) -> None:
    page = b'<body>Gr\xfc\xdfe <a href="https://example.com/offer">\xc3\xbc</a></body>'
    kind = f"text/html; charset={declared}" if declared else "text/html"
    (body,) = leaves(tracked(message(part(kind, page, "8bit")), view=False))
    content = body.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert undone(content.decode("latin-1"), (OFFER,)) == page.decode("latin-1")


def test_quoted_printable_is_changed_in_place() -> None:
    raw = message(html(OUTLOOK))
    after = tracked(raw)
    kept = [line for line in raw.split(b"\r\n") if line not in after.split(b"\r\n")]
    assert len(kept) <= 4  # the lines something was put into
    assert max(map(len, after.split(b"\r\n"))) <= 76


def test_unencoded_lines_do_not_get_longer_than_mail_may_have_them() -> None:
    long = f'<body><p>{"x" * 900} <a href="{OFFER}">offer</a> {"y" * 20}</p></body>'
    raw = message(html(long, "7bit"))
    taken = letter(raw)
    links = {OFFER: f"{RELAY}/l/{'t' * 300}"}
    after = taken.tracked(Plan(wording=taken.wording(otherwise="en"), opt_out=OPT_OUT, links=links))
    assert max(map(len, after.split(b"\r\n"))) <= 998
    assert letter(after).page.links[0].target == links[OFFER]


SEALED = {
    "signed": multipart("signed", "s", html(GMAIL), part("application/pgp-signature", b"x")),
    "encrypted": multipart("encrypted", "s", part("application/pgp-encrypted", b"Version: 1")),
    "signed below a list's footer": multipart("mixed", "m", multipart("signed", "s", html(GMAIL)), TEXT),
    "smime": part("application/pkcs7-mime; smime-type=signed-data", b"x", "base64"),
    "old smime": part("application/x-pkcs7-mime", b"x", "base64"),
    "pgp in the text": multipart(
        "alternative", "a", part("text/plain", b"-----BEGIN PGP SIGNED MESSAGE-----\r\n"), html(GMAIL)
    ),
    "pgp in the page": html("<pre>-----BEGIN PGP MESSAGE-----\r\n</pre>"),
}


@pytest.mark.parametrize("name", SEALED)
def test_signed_or_encrypted_mail_is_refused(name: str) -> None:
    with pytest.raises(CannotTrack, match="signed or encrypted"):
        letter(message(SEALED[name]))


BROKEN = {
    "a tag that does not end": ('<body><p>x<a href="https://example.com', "breaks off inside a tag"),
    "a comment that does not end": ("<body><!-- <p>x</p></body>", "breaks off inside|does not end"),
    "a style that does not end": ("<head><style>p {}</head><body>x</body>", "<style> that does not end"),
    "a table that does not end": ("<body><table><tr><td>x</body>", "<table> that does not end"),
    "hidden to the end": ('<body><div style="display: none"><p>x</body>', "hides all that follows"),
    "a title that some end": ("<title></ title><body>x</body></title>", "read in different ways|does not end"),
    "a title that only XML would end": (
        "<html><head><title/></head><body>x</body></html>",
        "<title> that does not end",
    ),
    "a script in a script": ("<script><!-- <script></script><body>--></script><body>x", "read in different ways"),
    "a comment that some end sooner": ("<!-- -- ><body>--><body>x</body>", "read in different ways"),
    "a comment that some end later": ("<!-- --!><body>x</body><!-- -->", "read in different ways"),
    "a head that does not end": ("<html><head><p>x</p></html>", "head that does not end"),
    "frames": ("<frameset><frame src=x></frameset>", "uses <frameset>"),
    "plaintext": ("<body><plaintext>x", "uses <plaintext>"),
    "too large": ("x" * 1_000_001, "larger than"),
}


#: where a body may be named that is none; `%s` is where it is
NO_BODY = [
    "<title>%s</title>",
    "<TITLE >a</titles>%s</Title\t>",
    "<title>&lt;!-- <!-- %s</title>",
    "<textarea>%s</textarea>",
    "<style>%s</style>",
    "<script>'%s'</script>",
    "<iframe>%s</iframe>",
    "<noembed>%s</noembed>",
    "<noscript>%s</noscript>",
    "<template>%s</template>",
    "<svg><title>%s</title><style/></svg>",
    "<!-- %s -->",
    "<!--[if mso]>%s<![endif]-->",
]


@pytest.mark.parametrize("around", NO_BODY)
def test_nothing_is_put_where_a_body_is_only_named(around: str) -> None:
    named = around % "<body></body></html>"
    page = f'<html><head>{named}</head><body class="x"><p>Hello</p><a href="{OFFER}">offer</a></body>{named}</html>'
    body = page_of(tracked(message(html(page)))).partition('<body class="x">')[2]
    places = [body.index(each) for each in (IMAGE, VIEW, "Hello", f"{RELAY}/l/0", OPT_OUT, named)]
    assert places == sorted(places)


@pytest.mark.parametrize("name", BROKEN)
def test_a_page_that_cannot_be_changed_safely_is_refused_with_the_reason(name: str) -> None:
    page, why = BROKEN[name]
    with pytest.raises(CannotTrack, match=why):
        letter(message(html(page)))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (message(part("text/plain", b"x")), "plain text"),
        (message(part("application/pdf", b"x", "base64")), "no text"),
        (message(ATTACHED_PAGE), "no text"),
        (message(part("text/html", b"x", "x-uuencode")), "transfer encoding is unknown"),
        (message(b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n"), "base64 is broken"),
        (message(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"), "not closed"),
        (message(b"Content-Type: multipart/mixed\r\n\r\nx\r\n"), "no boundary"),
        (message(b"Content-Type: text/html\r\n<p>x</p>"), "no empty line"),
    ],
)
def test_what_has_no_page_or_cannot_be_taken_apart_is_refused_with_the_reason(raw: bytes, why: str) -> None:
    with pytest.raises(CannotTrack, match=why):
        letter(raw)


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="mailto:ann@example.org">',
        '<a href="#top">',
        '<a href="/relative">',
        '<a href="tel:+491234">',
        '<a name="x">',
        '<a href="https://example.com/offer" data-no-track>',
        '<a href="https://example.com/offer" data-heardback="off">',
        '<div data-no-track><a href="https://example.com/offer"></div>',
        '<a clicktracking="off" href="https://example.com/offer">',
        '<a href="https://example.com/of fer">',
        '<a href="https://example.com/größe">',
        '<a href="javascript:alert(1)">',
        '<a href="https://me:secret@example.com/">',
    ],
)
def test_links_that_lead_nowhere_or_are_marked_are_left(tag: str) -> None:
    assert letter(message(html(f"<body>{tag}x</a></body>"))).targets == ()


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="https://example.com/offer">',
        "<a href='https://example.com/offer'>",
        "<a href=https://example.com/offer>",
        '<A CLASS=x HREF = "https://example.com/offer" href="https://other.example/">',
        '<a\r\nhref="\thttps://example.com/offer\n">',
        '<a href="https://example.com/of&#102;er">',
        '<area href="https://example.com/offer">',
    ],
)
def test_links_are_led_however_they_are_written(tag: str) -> None:
    raw = message(html(f"<body>{tag}x</a></body>"))
    assert letter(raw).targets == (OFFER,)
    assert letter(tracked(raw, view=False)).page.links[0].target == f"{RELAY}/l/0"


def test_a_list_keeps_its_link_for_leaving() -> None:
    page = f'<body><a href="{OFFER}">leave</a></body>'
    assert letter(message(html(page), f"List-Unsubscribe: <mailto:x@example.com>,\r\n <{OFFER}>")).targets == ()


def test_where_a_page_would_be_clipped_the_line_stands_at_the_top() -> None:
    page = page_of(tracked(message(html(f"<body>{'<p>long</p>' * 9000}</body>"))))
    assert page.index(IMAGE) < page.index(OPT_OUT) < 3000


#: what begins earlier mail in each page
EARLIER = {
    "outlook": '<div style="border:none;border-top:solid',
    "gmail": '<div class="gmail_quote gmail_quote_container">',
    "apple": '<blockquote type="cite">',
}


@pytest.mark.parametrize("name", PAGES)
def test_the_line_stands_before_earlier_mail_which_programs_fold_away(name: str) -> None:
    page = page_of(tracked(message(html(PAGES[name]))))
    assert page.index(f"{RELAY}/l/0") < page.index(OPT_OUT) < page.index(EARLIER[name])
    assert page.find("ignature") < page.index(OPT_OUT)


def test_the_line_stands_last_where_the_answer_stands_below_earlier_mail() -> None:
    page = '<body><div class="moz-cite-prefix">Ann wrote:</div><blockquote type="cite">Hello</blockquote>%s</body>'
    below = page_of(tracked(message(html(page % "<p>My answer</p>"))))
    assert below.index("My answer") < below.index(OPT_OUT)
    above = page_of(tracked(message(html(page % "<br> &nbsp;"))))
    assert above.index(OPT_OUT) < above.index("moz-cite-prefix")


def test_a_line_its_charset_cannot_write_is_in_english_in_the_text_and_right_in_the_page() -> None:
    text = part("text/plain; charset=iso-8859-1", b"Hello\r\n")
    raw = message(multipart("alternative", "a", text, html("<p>Hello</p>")), "Content-Language: ru")
    after = tracked(raw)
    assert "The sender of this mail" in text_of(after)
    assert "&#1054;&#1090;&#1087;&#1088;" in page_of(after)
    assert disclosure.wordings()["ru"].sentence.startswith("Отпр")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=40)
INLINE = st.sampled_from(["b", "span", "i", "font", "p", "div", "td", "o:p", "blockquote"])
LINKS = st.sampled_from([OFFER, "https://example.com/b", "mailto:x@example.com", "https://example.com/login?token=x"])
PIECES = st.recursive(
    TEXTS.map(lambda text: text.replace("<", "&lt;").replace("&", "&amp;"))
    | LINKS.map(lambda target: f'<a href="{target}">x</a>')
    | st.sampled_from(["<br>", "<!-- c -->", "<![if !mso]>", "<![endif]>", "<img src=cid:x>", "&nbsp;", "&", "<hr/>"]),
    lambda inner: st.tuples(INLINE, st.lists(inner, max_size=3)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=8,
)


@given(
    pieces=st.lists(PIECES, max_size=5),
    frame=st.sampled_from(["{}", "<body>{}</body>", "<!doctype html><html><head></head><body>{}</body></html>\n"]),
    encoding=st.sampled_from(["quoted-printable", "base64", "8bit"]),
)
def test_taking_out_what_was_put_in_gives_back_the_page(pieces: list[str], frame: str, encoding: str) -> None:
    page = frame.format("".join(pieces)).replace("\n", "\r\n")
    raw = message(multipart("alternative", "=_b", TEXT, html(page, encoding), CALENDAR))
    try:
        taken = letter(raw)
    except CannotTrack:
        reject()
    after = tracked(raw)
    targets = taken.targets
    assert undone(page_of(after), targets) == page_of(raw)
    assert after.count(CALENDAR) == 1
    assert raw[: raw.index(TEXT)] == after[: raw.index(TEXT)]

"""Mail as programs write it, made up: pages of Outlook, Word, Gmail and Apple, and messages in many charsets."""

from base64 import encodebytes
from quopri import encodestring

OUTLOOK = """\
<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" \
xmlns="http://www.w3.org/TR/REC-html40">\r
<head>\r
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r
<meta name="Generator" content="Microsoft Word 15 (filtered medium)">\r
<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}</style><![endif]--><style><!--
/* Font Definitions */
p.MsoNormal {margin:0in;font-size:11.0pt;}
--></style><!--[if gte mso 9]><xml>\r
<o:shapedefaults v:ext="edit" spidmax="1026" />\r
</xml><![endif]-->\r
</head>\r
<body lang="EN-US" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">\r
<div class="WordSection1">\r
<p class="MsoNormal">Dear Ann,<o:p></o:p></p>\r
<p class="MsoListParagraph"><![if !supportLists]><span style="mso-list:Ignore">1.</span><![endif]>\
The <a href="https://example.com/offer">offer</a><o:p></o:p></p>\r
<p class="MsoNormal"><img width=96 height=32 id="Picture_x0020_1" src="cid:image001.png@01DA9C1F.5B2F3A10"></p>\r
<div id="Signature"><a href="https://me.example.com">me.example.com</a></div>\r
<div>\r
<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">\r
<p class="MsoNormal"><b>From:</b> Ann <a href="mailto:ann@example.org">ann@example.org</a></p>\r
</div>\r
</div>\r
<p class="MsoNormal">See <a href="https://example.org/earlier">this</a></p>\r
</div>\r
</body>\r
</html>\r
"""

GMAIL = """\
<div dir="ltr">Hi Ann,<div><br></div><div>see <a href="https://example.com/offer">the offer</a> &amp; \
<a href="mailto:me@example.com">me</a>.</div><div><br></div>-- <br><div dir="ltr" class="gmail_signature" \
data-smartmail="gmail_signature"><a href="https://me.example.com" target="_blank">my page</a></div></div><br>\
<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, Ann wrote:<br></div>\
<blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><div><a href="https://example.org/earlier">earlier</a>\
</div></blockquote></div>\r\n"""

APPLE = """\
<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: \
break-word; -webkit-nbsp-mode: space; line-break: after-white-space;" class="ApplePlainTextBody">Dear Ann,<br><br>the \
<a href='https://example.com/offer'>offer</a>.<br><br id="lineBreakAtBeginningOfMessage"><div><br><blockquote \
type="cite"><div>On 3 May 2026, Ann wrote:</div><br class="Apple-interchange-newline"><div>\
<a href="https://example.org/earlier">earlier</a></div></blockquote></div><br></body></html>"""

#: name to page; in each the one link that may be led is https://example.com/offer
PAGES = {"outlook": OUTLOOK, "gmail": GMAIL, "apple": APPLE}

WORDS = {
    "iso-8859-1": "Grüße, Ærøskøbing, déjà vu",
    "windows-1252": "„Grüße“ – 50 €",
    "koi8-r": "Здравствуйте, предложение на июнь",
    "gb2312": "六月的报价在下面",
    "gbk": "六月的報價在下面",
    "big5": "六月的報價在下面",
    "shift_jis": "六月の見積書です、表示",
    "iso-2022-jp": "六月の見積書です",
    "euc-kr": "유월 견적서입니다",
    "utf-8": "Grüße, Здравствуйте, 六月, \U0001f388",
    "utf-16": "Grüße",
    "us-ascii": "plain words",
}


def encoded(content: bytes, encoding: str) -> bytes:
    """Content as a part's body; an unencoded one must have CRLF line ends already."""
    if encoding == "base64":
        return encodebytes(content).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        return encodestring(content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return content


def part(kind: str, content: bytes, encoding: str = "8bit", *more: str) -> bytes:
    """One part with its header."""
    head = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + encoded(content, encoding)


def multipart(kind: str, boundary: str, *parts: bytes) -> bytes:
    """A multipart with its header."""
    delimiter = b"\r\n--" + boundary.encode()
    inside = b"".join(delimiter + b"\r\n" + each for each in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"'.encode() + b"\r\n" + inside + delimiter + b"--\r\n"


def message(content: bytes, *more: str) -> bytes:
    """A whole message around one part."""
    head = ["From: Me <me@example.com>", "To: ann@example.org", "Subject: Offer", "MIME-Version: 1.0", *more]
    return "\r\n".join(head).encode() + b"\r\n" + content


TEXT = part("text/plain; charset=utf-8", b"Dear Ann,\r\nthe offer.\r\n", "7bit")
PICTURE = part("image/png", bytes(range(256)), "base64", "Content-ID: <image001.png@01DA9C1F.5B2F3A10>")
CALENDAR = part(
    "text/calendar; charset=utf-8; method=REQUEST",
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nDESCRIPTION:https://example.com/offer\r\nEND:VCALENDAR\r\n",
    "quoted-printable",
)
ATTACHED_PAGE = part(
    "text/html; name=report.html",
    b'<html><body><a href="https://example.com/offer">x</a></body></html>',
    "base64",
    'Content-Disposition: attachment; filename="report.html"',
)
FORWARDED = part("message/rfc822", message(part("text/html", b'<a href="https://example.com/offer">x</a>')), "8bit")


def html(page: str, encoding: str = "quoted-printable", charset: str = "utf-8") -> bytes:
    """A page as a part."""
    return part(f"text/html; charset={charset}", page.encode(charset), encoding)


#: name to message; each holds the Outlook page, and one link that may be led
SHAPES = {
    "page alone": message(html(OUTLOOK)),
    "alternative": message(multipart("alternative", "a", TEXT, html(OUTLOOK))),
    "related in alternative": message(
        multipart("alternative", "a", TEXT, multipart("related", "b", html(OUTLOOK), PICTURE))
    ),
    "alternative in related": message(
        multipart("related", "a", multipart("alternative", "b", TEXT, html(OUTLOOK, "base64")), PICTURE)
    ),
    "mixed with files": message(
        multipart(
            "mixed", "=_x(1)", multipart("alternative", "=_x", TEXT, html(OUTLOOK)), ATTACHED_PAGE, FORWARDED, PICTURE
        )
    ),
    "invitation": message(multipart("alternative", "a", TEXT, html(OUTLOOK, "base64"), CALENDAR)),
    "related with a named root": message(
        multipart(
            "related", "a", PICTURE, part("text/html; charset=utf-8", OUTLOOK.encode(), "8bit", "Content-ID: <root>")
        ).replace(b'boundary="a"', b'boundary="a"; start="<root>"')
    ),
}

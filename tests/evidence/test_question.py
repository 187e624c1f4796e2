"""A question in a mail: asked by its writer, in any script, and not by those they quote."""

import time

import pytest

from evidence.question import asks, asks_at_once, asks_question

LONG = "We have looked at all of it, and it is as we said. " * 8


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Can you come?", True),
        ("Can you come?\nBest", True),
        ('He said "can you?" and left', True),
        ("Really?! Well", True),
        ("Could you (or she?) come", True),
        ("Kommst du?👍", True),
        ("你好吗？我明天来", True),
        ("هل ستأتي؟", True),
        ("Կգա՞ս վաղը", True),
        ("ትመጣለህ፧", True),
        ("Θα έρθεις;", True),
        ("Θα έρθεις\u037e", True),
        ("Have you seen https://shop.example/offer?", True),
        ("Have you seen (https://shop.example/offer?id=3)? It is good", True),
        ("See https://shop.example/offer?id=3 for more", False),
        ("See https://shop.example/?a=b&c=d.", False),
        ("See www.shop.example/a?b and shop.example/x?y=z", False),
        ("mailto:a@b.example?subject=Hi", False),
        ("First; second", False),
        ("α; β", True),
        ("", False),
    ],
)
def test_a_question_mark_of_any_script_counts_and_one_in_a_link_does_not(words: str, expected: bool) -> None:
    assert asks(words) is expected


def mail(text: str, *, subject: str = "Offer", kind: str = "text/plain") -> bytes:
    head = f"From: me@example.com\r\nSubject: {subject}\r\nContent-Type: {kind}; charset=utf-8\r\n\r\n"
    return (head + text).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LONG}\n\nCan you come?\n", True),
        (f"{LONG * 3} Can you come? {LONG}", True),
        (f"{LONG}\n-- \nAny questions? Call us\n", False),
        ("Yes.\n\nOn Mon, 4 May 2026 Bob wrote:\n> Can you come?\n", False),
        ("Am Montag schrieb Bob:\n> Kommst du?\n\nJa. Und du?\n", True),
        ("See below.\n\n---------- Forwarded message ----------\nFrom: Bob <b@x.example>\n\nCan you?\n", False),
        ("Fine.\n\n____\nWould you rather not be tracked?\nStop this: https://r.example/o?t=1\n", False),
    ],
)
def test_only_the_writers_own_words_count_and_all_of_them(text: str, expected: bool) -> None:
    assert asks_question(mail(text)) is expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<p>{LONG}</p><p>Can you <b>come</b>?</p>", True),
        ('<p>Yes</p><a href="https://x.example/?a=b">Link</a>', False),
        ("<p>Yes</p><blockquote><p>Can you?</p><blockquote>Or not?</blockquote></blockquote>", False),
        ("<blockquote>Can you?</blockquote><p>Yes. And you?</p>", True),
        ('<div>Yes</div><div class="gmail_quote"><div>On Monday Bob wrote:</div>Can you?</div>', False),
        ('<div>Yes</div><div id="Signature"><p>Questions? Call us</p></div>', False),
        ('<div>Yes</div><hr><div id="divRplyFwdMsg"><b>From:</b> Bob<br></div>Can you?', False),
        ("<div>Yes<br>-- <br>Questions? Call us</div>", False),
        ('<div class="gmail_quote"><div>On Monday Bob wrote:</div><blockquote>Hi</blockquote></div>Can you?', True),
        ('<div class="moz-cite-prefix">Bob wrote:</div><blockquote>Can you?</blockquote><p>Yes.</p>', False),
    ],
)
def test_html_is_read_as_text_where_there_is_no_other(html: str, expected: bool) -> None:
    assert asks_question(mail(html, kind="text/html")) is expected


@pytest.mark.parametrize(("subject", "expected"), [("Lunch?", True), ("Re: Lunch?", False), ("WG: Lunch?", False)])
def test_the_subject_counts_where_it_is_the_writers(subject: str, expected: bool) -> None:
    assert asks_question(mail("Hello.", subject=subject)) is expected


@pytest.mark.parametrize(
    ("subject", "preview", "answers", "expected"),
    [
        ("Lunch?", "", False, True),
        ("Lunch", "Are you there? I am", False, True),
        ("Lunch", "I am there.", False, False),
        ("Lunch", "", False, None),
        ("Lunch", LONG[:200], False, None),
        ("Lunch", "Hello. -- Questions? Call us", False, None),
        # of an answer they may be words that are quoted
        ("Lunch", "Yes. On Monday Bob wrote: are you there?", True, None),
        ("Re: Lunch?", "Yes. On Monday Bob wrote: are you there?", False, None),
        ("Re: Lunch?", "Yes.", True, False),
    ],
)
def test_subject_and_first_words_tell_what_they_can(
    subject: str, preview: str, answers: bool, expected: bool | None
) -> None:
    assert asks_at_once(subject, preview, answers=answers) is expected


@pytest.mark.parametrize(
    "hostile",
    [
        "http://" + "?" * 60_000,
        "<blockquote>" * 5_000,
        "<div " * 10_000,
        "?=" * 30_000,
        "<p class=gmail_quote>" * 3_000,
        "on 1\n" * 12_000,
        "von: x\n" * 9_000,
    ],
)
def test_no_text_takes_long(hostile: str) -> None:
    begun = time.perf_counter()
    asks_question(mail(hostile, kind="text/html"))
    asks_question(mail(hostile))
    assert time.perf_counter() - begun < 2

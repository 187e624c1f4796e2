"""Answers to a reminder as mail programs write them: what is quoted above or below, signatures first, marks around."""

REMINDER = (
    "Heardback: no sign of reading\n\nThis mail of yours has had no sign of reading:\n\n  Offer\n"
    "  sent 2026-05-04 10:00 CEST from me@example.com\n\n  bob@example.org: unknown; nothing came back\n\n"
    "This is reminder 1 of at most 2; it was due 2026-05-07 10:00 CEST: 3 business days after sending.\n\n"
    "  heardback show x                  the whole story\n"
    'or answer this mail with "snooze 2d" or "done".\n'
)
_MARKED = "".join(f"> {line}\n" for line in REMINDER.splitlines())
_HTML = REMINDER.replace("\n", "<br>\n")
_WROTE = "On Thu, May 7, 2026 at 10:00 AM Me <me@example.com> wrote:\n\n"
_BROKEN = "On Thu, May 7, 2026 at 10:00 AM Me Myself And I The Very Long Name\n<me.very.long@example.com> wrote:\n"
_OUTLOOK_HEAD = '<hr><div id="divRplyFwdMsg"><b>From:</b> Me<br><b>Sent:</b> Thursday<br><b>To:</b> Me<br></div>'


def mail(body: str, kind: str = "text/plain") -> bytes:
    head = f"From: me@example.com\nTo: me@example.com\nSubject: Re: Offer\nContent-Type: {kind}; charset=utf-8\n\n"
    return f"{head}{body}".encode()


def page(body: str) -> bytes:
    return mail(f"<html><body>{body}</body></html>", "text/html")


#: all of them say `done`
DONE = {
    "above what Gmail quotes": mail(f"done\n\n{_WROTE}{_MARKED}"),
    "above a broken attribution": mail(f"done\n\n{_BROKEN}{_MARKED}"),
    "below what Gmail quotes": mail(f"{_WROTE}{_MARKED}\n\ndone\n"),
    "below what Thunderbird quotes": mail(f"Am 07.05.26 um 10:00 schrieb Me:\n{_MARKED}\n\ndone\n"),
    "below a broken attribution": mail(f"{_BROKEN}{_MARKED}\ndone\n"),
    "below an attribution broken in the address": mail(
        f"On Thu, May 7, 2026 at 10:00 AM Me Myself And I Long Name <\nme@example.com> wrote:\n{_MARKED}\ndone\n"
    ),
    "below a date first": mail(
        f"2026-05-07 10:00 GMT+02:00, Me Myself And I The Very Long Name\n<me@example.com> wrote:\n{_MARKED}\ndone\n"
    ),
    "above Outlook's names alone": mail(
        f"done\n\nVon: Me\nGesendet: Donnerstag, 7. Mai 2026 10:00\nAn: Me\nBetreff: Re: Offer\n\n{REMINDER}"
    ),
    "below a phone's signature": mail(f"Sent from my iPhone\n\nDone\n\n> On May 7, 2026, Me wrote:\n> \n{_MARKED}"),
    "below a German phone's signature": mail(f"Von meinem iPhone gesendet\n\nDone\n\n{_MARKED}"),
    "below a program's link": mail(f"Get Outlook for iOS<https://aka.ms/o0ukef>\n\ndone\n\n{_MARKED}"),
    "below a signature": mail(
        f"-- \nSent from my Android device with K-9 Mail. Please excuse my brevity.\n\ndone\n\n{_MARKED}"
    ),
    "below a signature without its blank": mail("--\nMe\nExample Ltd\n\ndone"),
    "above a signature": mail("done\n-- \nMe\n\nExample Ltd"),
    "bold": mail("*Done*"),
    "bold and ended": mail("*done.*"),
    "behind a sign of no width": mail("\u200bdone"),
    "behind a byte order mark": mail("\ufeff\ufeffdone"),
    "in Thunderbird's page, below": page(
        '<div class="moz-cite-prefix">On 07/05/2026 10:00, Me wrote:<br></div>'
        f'<blockquote type="cite" cite="mid:x"><pre>{REMINDER}</pre></blockquote><p>done</p>'
    ),
    "in Gmail's page, below": page(
        '<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On May 7, 2026, Me wrote:'
        f'<br></div><blockquote class="gmail_quote">{_HTML}</blockquote></div><div>done</div>'
    ),
    "in Gmail's page, above": page(
        '<div dir="auto">done</div><br><div class="gmail_quote"><div class="gmail_attr">On Thu, Me wrote:<br></div>'
        f'<blockquote class="gmail_quote">{_HTML}</blockquote></div>'
    ),
    "in a page with no more than a quotation, below": page(f"<blockquote>{_HTML}</blockquote><p>done</p>"),
    "in Apple's page": page(
        'Done<br id="lineBreakAtBeginningOfSignature"><div>Sent from my iPhone</div><div><br><blockquote type="cite">'
        f'On May 7, 2026, Me wrote:<br></blockquote></div><blockquote type="cite"><div>{_HTML}</div></blockquote>'
    ),
    "in Outlook's page, below its signature": page(
        '<div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>'
        f"<div>done</div>{_OUTLOOK_HEAD}<div>{_HTML}</div>"
    ),
}
#: none of them says anything of the kind, whatever is quoted
NOTHING = {
    "only what is quoted, in marks": mail(f"{_WROTE}{_MARKED}"),
    "only what is quoted, without marks": mail(REMINDER),
    "only what is quoted, without marks, below an attribution": mail(f"{_WROTE}{REMINDER}\ndone\n"),
    "only what a page quotes": page(f'<div class="gmail_quote"><blockquote>{_HTML}</blockquote></div>'),
    "only what a page quotes that breaks off": page(f'<div class="gmail_quote">Me wrote:<blockquote>done<br>{_HTML}'),
    "only what Outlook's page quotes": page(f"{_OUTLOOK_HEAD}<div>done<br>{_HTML}</div>"),
    "only a signature": mail("-- \nMe\n"),
    "words of ours in their marks": mail('"done".'),
    "struck out": mail("~~done~~"),
    "more than the word": mail("Not done"),
    "words before it": mail("Thank you\ndone"),
    "nothing": mail(""),
}  # fmt: skip

"""What can be done with a letter: pure functions from a person and an occasion to what was done and sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from sandbox.forms import bounces, lookalikes, outlook, receipts, replies
from sandbox.forms.envelope import authenticated
from sandbox.forms.occasion import Occasion
from sandbox.forms.receipts import Sent
from sandbox.people.correspondent import Correspondent, Program
from sandbox.post import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What somebody did, and what they sent."""

    #: goes behind the person's name: "read it and answered"
    what: str
    letters: tuple[Letter, ...] = ()


Act = Callable[[Correspondent, Occasion], Done]
Form = Callable[[Occasion], bytes]

#: how each program writes a receipt; a program that is missing here never returns one
RECEIPTS: dict[Program, Callable[[Occasion, Sent], bytes]] = {
    Program.THUNDERBIRD: receipts.thunderbird_receipt,
    Program.EXCHANGE: receipts.exchange_receipt,
    Program.EXCHANGE_2016: receipts.old_exchange_receipt,
    Program.OUTLOOK_2003: outlook.tnef_receipt,
    Program.OUTLOOK_TNEF: lambda occasion, sent: outlook.tnef_receipt(occasion, sent, message_class=outlook.READ_CLASS),
    Program.ROUNDCUBE: receipts.roundcube_receipt,
    Program.EVOLUTION: receipts.evolution_receipt,
    Program.WORKSPACE: receipts.workspace_receipt,
}

#: how programs say "deleted unread"; all others as RFC 8098 has it
NOT_READ: dict[Program, Form] = {
    Program.EXCHANGE: receipts.exchange_not_read,
    Program.EXCHANGE_2016: receipts.exchange_not_read,
    Program.OUTLOOK_TNEF: lambda occasion: outlook.tnef_receipt(
        occasion, Sent.AUTOMATICALLY, message_class=outlook.NOT_READ_CLASS
    ),
}


def returns_receipt(sent: Sent) -> Act:
    """Read the letter and return a receipt, if one is asked for and the program may send it (RFC 8098 section 2.1)."""

    def act(person: Correspondent, occasion: Occasion) -> Done:
        form = RECEIPTS.get(person.program)
        if form is None:
            return Done(what=f"read it in {person.program}, which never returns receipts")
        reluctance = _reluctance(occasion, sent)
        if reluctance:
            return Done(what=f"read it; {reluctance}")
        how = "agreed to return a receipt" if sent is Sent.MANUALLY else "the program returned a receipt by itself"
        return Done(what=f"read it in {person.program} and {how}", letters=_receipt(occasion, form(occasion, sent)))

    return act


def if_asked(form: Form, what: str, otherwise: str) -> Act:
    """Send another kind of receipt, but only if one is asked for."""

    def act(_: Correspondent, occasion: Occasion) -> Done:
        if not occasion.original.asked_by:
            return Done(what=otherwise)
        return Done(what=what, letters=_receipt(occasion, form(occasion)))

    return act


def deletes_unread(person: Correspondent, occasion: Occasion) -> Done:
    """Throw the letter away; the program reports that, if a receipt is asked for."""
    if person.program not in RECEIPTS:
        return Done(what="deleted it unread")
    form = NOT_READ.get(person.program, receipts.deleted)
    act = if_asked(form, f"deleted it unread; {person.program} said so", "deleted it unread")
    return act(person, occasion)


def answers(form: Form, what: str) -> Act:
    """Write to whoever wrote."""

    def act(_: Correspondent, occasion: Occasion) -> Done:
        return Done(what=what, letters=(_answer(occasion, form(occasion)),))

    return act


def answers_from_alias(person: Correspondent, occasion: Occasion) -> Done:
    """Answer from an address the letter was not sent to."""
    elsewhere = replace(occasion, writes_as=person.aliases[0])
    letter = _answer(elsewhere, replies.plain_reply(elsewhere))
    return Done(what=f"read it and answered as {person.aliases[0]}", letters=(letter,))


def answers_through_list(person: Correspondent, occasion: Occasion) -> Done:
    """The address is a mailing list; a member answers, and the list brings it to the sender too."""
    member = person.aliases[0]
    mime = replies.list_reply(occasion, person.address, ("Lars Member", member))
    label, _, domain = person.address.partition("@")
    letter = _post(occasion, mime, f"{label}-bounces@{domain}", occasion.original.reply_to, occasion.host)
    return Done(what=f"brought it to its members; {member} answered through the list", letters=(letter,))


def is_away(form: Callable[[Occasion, date], bytes]) -> Act:
    """Let the program say when its owner is back; say nothing once that day has come."""

    def act(person: Correspondent, occasion: Occasion) -> Done:
        if person.back_on is None or occasion.at.date() >= person.back_on:
            return Done(what="is back, and has not answered yet")
        letter = _post(occasion, form(occasion, person.back_on), "", occasion.envelope_sender, occasion.host)
        return Done(what=f"is away; the program said so, until {person.back_on:%d %B %Y}", letters=(letter,))

    return act


def server_says(form: Form, what: str, *, host: str = "") -> Act:
    """A mail server reports on the letter, with a null envelope sender.

    :param host: the server; default: the person's own
    """

    def act(_: Correspondent, occasion: Occasion) -> Done:
        letter = _post(occasion, form(occasion), "", occasion.envelope_sender, host or occasion.host)
        return Done(what=what, letters=(letter,))

    return act


def transit_says(form: Form, what: str) -> Act:
    """The server in between reports on the letter."""
    return server_says(form, what, host=bounces.TRANSIT_HOST)


def forges_as_stranger(_: Correspondent, occasion: Occasion) -> Done:
    """Two forged receipts: one of a stranger for this letter, one for a letter that never was."""
    stranger = "postbox@stranger.example"
    for_this = lookalikes.forged_receipt(occasion, stranger)
    for_none = lookalikes.forged_receipt(
        occasion, occasion.writes_as, message_id=f"<{occasion.token(24)}@never-sent.example>"
    )
    letters = _receipt(occasion, for_this) + _receipt(occasion, for_none)
    return Done(what="forged a receipt of a stranger, and one for a letter that was never sent", letters=letters)


def forges_for_another(person: Correspondent, occasion: Occasion) -> Done:
    """A forged receipt in the name of another recipient; only the failed DMARC check gives it away."""
    others = [each for each in occasion.original.addressed if each.lower() not in person.addresses]
    if not others:
        return Done(what="found nobody else on the letter to forge a receipt of")
    return Done(
        what=f"forged a receipt of {others[0]}",
        letters=_receipt(occasion, lookalikes.forged_receipt(occasion, others[0])),
    )


def does_nothing(_: Correspondent, __: Occasion) -> Done:
    """The letter lies there."""
    return Done(what="has not looked at it")


def _reluctance(occasion: Occasion, sent: Sent) -> str:
    asked_by = {_comparable(each) for each in occasion.original.asked_by}
    if not asked_by:
        return "no receipt was asked for"
    if sent is Sent.AUTOMATICALLY and asked_by != {_comparable(occasion.envelope_sender)}:
        return "the receipt was to go elsewhere than to the envelope's sender, so the program kept silent"
    return ""


def _comparable(address: str) -> str:
    """For comparing with Return-Path: the local part is case-sensitive, the domain not (RFC 8098 section 2.1)."""
    local, at, domain = address.rpartition("@")
    return local + at + domain.lower()


def _receipt(occasion: Occasion, mime: bytes) -> tuple[Letter, ...]:
    to = occasion.original.asked_by or (occasion.envelope_sender,)
    return tuple(_post(occasion, mime, "", each, occasion.host) for each in dict.fromkeys(to))


def _answer(occasion: Occasion, mime: bytes) -> Letter:
    return _post(occasion, mime, occasion.writes_as, occasion.original.reply_to, occasion.host)


def _post(occasion: Occasion, mime: bytes, sender: str, to: str, host: str) -> Letter:
    traced = authenticated(
        mime, sender=sender, recipient=to, host=host, at=occasion.at, serial=occasion.token(12).upper()
    )
    return Letter(mime=traced, sender=sender, recipients=(to.lower(),), sent_at=occasion.at)

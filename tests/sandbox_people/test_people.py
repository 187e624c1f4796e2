"""What each correspondent does with a letter, over the post office and on the virtual clock."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes

import pytest

from sandbox.people import EVERYBODY, Correspondent, Deed, Habit, Program
from sandbox.people.habits import HABITS
from sandbox.post import Letter
from tests.sandbox_people.conftest import ANA, Town, original, report_groups, somebody


def shape(letter: Letter) -> tuple[str, ...]:
    """What a letter is, in the few words that tell the habits apart."""
    mail = message_from_bytes(letter.mime)
    told = [mail.get_content_type(), *_report_words(letter.mime)]
    if letter.sender:
        told.append(f"from {letter.sender}")
    return tuple(told)


def _report_words(mime: bytes) -> Iterator[str]:
    for group in report_groups(mime, "message/disposition-notification", "message/delivery-status"):
        words = str(group["Disposition"] or "").rpartition(";")[2].strip(), group["Action"], group["Status"]
        yield from (str(word) for word in words if word)


MDN = "multipart/report"
TO_ANA: dict[Habit, list[tuple[str, ...]]] = {
    Habit.RECEIPT_BY_HAND: [(MDN, "displayed")],
    Habit.RECEIPT_AUTOMATIC: [(MDN, "displayed")],
    Habit.DECLINES: [(MDN, "denied")],
    Habit.DELETES_UNREAD: [(MDN, "deleted")],
    Habit.DISPATCHES: [(MDN, "dispatched")],
    Habit.PROCESSES: [(MDN, "processed")],
    Habit.ANSWERS: [("text/plain", "from paul@harbour.example")],
    Habit.ANSWERS_IN_HTML: [("multipart/alternative", "from greta@webmail.example")],
    Habit.ANSWERS_FROM_ALIAS: [("text/plain", "from a.winkler@private.example")],
    Habit.ANSWERS_THROUGH_LIST: [("text/plain", "from circle-bounces@lists.example")],
    Habit.RECEIPT_THEN_ANSWER: [(MDN, "displayed"), ("text/plain", "from lena@later.example")],
    Habit.SAYS_THANKS: [("text/plain", "from tina@phone.example")],
    Habit.ASKS_TO_STOP: [("text/plain", "from stan@quiet.example")],
    Habit.ACCEPTS_INVITATION: [("multipart/alternative", "from cleo@calendar.example")],
    Habit.AWAY_EXCHANGE: [("text/plain",)],
    Habit.AWAY_SIEVE: [("text/plain",)],
    Habit.AWAY_UNMARKED: [("text/plain",)],
    Habit.BOUNCES: [(MDN, "failed", "5.1.1")],
    Habit.BOUNCES_QMAIL: [("text/plain",)],
    Habit.MAILBOX_FULL: [(MDN, "failed", "5.2.2")],
    Habit.DELAYED_THEN_BOUNCES: [(MDN, "delayed", "4.4.1"), (MDN, "failed", "4.4.1")],
    Habit.DELAYED_THEN_DELIVERED: [(MDN, "delayed", "4.4.1"), (MDN, "delivered", "2.0.0")],
    Habit.RELAYED: [(MDN, "relayed", "2.0.0")],
    Habit.MACHINE_REJECTS: [(MDN, "deleted")],
    Habit.AS2_GATEWAY: [(MDN, "processed")],
    Habit.CHALLENGES: [("text/plain",)],
    Habit.FORGES_AS_STRANGER: [(MDN, "displayed"), (MDN, "displayed")],
    Habit.FORGES_FOR_ANOTHER: [],
    Habit.SILENT: [],
}


@pytest.mark.parametrize("habit", list(Habit))
def test_each_habit_sends_its_letters(town: Town, habit: Habit) -> None:
    assert [shape(letter) for letter in town.write(somebody(habit).address)] == TO_ANA[habit]


def test_every_habit_has_its_row_and_its_person() -> None:
    assert set(HABITS) == set(Habit) == {person.habit for person in EVERYBODY}


def test_no_two_correspondents_share_an_address() -> None:
    addresses = [address for person in EVERYBODY for address in person.addresses]
    assert len(addresses) == len(set(addresses))
    assert all(address.endswith(".example") for address in addresses)


@pytest.mark.parametrize("program", [Program.GMAIL, Program.APPLE_MAIL])
def test_a_program_without_receipts_returns_none(program: Program) -> None:
    town = Town([Correspondent(name="G", address="g@g.example", habit=Habit.RECEIPT_BY_HAND, program=program)])
    assert town.write("g@g.example") == []
    assert town.deeds() == [f"read it in {program}, which never returns receipts"]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (Program.THUNDERBIRD, [(MDN, "deleted")]),
        (Program.EXCHANGE, [(MDN, "deleted")]),
        (Program.OUTLOOK_TNEF, [("application/ms-tnef",)]),
        (Program.GMAIL, []),
    ],
)
def test_deleting_unread_is_told_in_the_programs_form(program: Program, expected: list[tuple[str, ...]]) -> None:
    town = Town([Correspondent(name="D", address="d@d.example", habit=Habit.DELETES_UNREAD, program=program)])
    assert [shape(letter) for letter in town.write("d@d.example")] == expected


@pytest.mark.parametrize(
    "habit", [Habit.RECEIPT_BY_HAND, Habit.RECEIPT_AUTOMATIC, Habit.DECLINES, Habit.DELETES_UNREAD]
)
def test_nobody_returns_a_receipt_that_was_not_asked_for(town: Town, habit: Habit) -> None:
    assert town.write(somebody(habit).address, headers="") == []


@pytest.mark.parametrize(
    ("asked_by", "by_hand", "automatic"),
    [
        (ANA, 1, 1),
        ("Ana <ana@ANA-MAIL.example>", 1, 1),
        ("Ana@ana-mail.example", 1, 0),
        ("collector@ana-mail.example", 1, 0),
        (f"{ANA}, {ANA}", 1, 1),
        (f"{ANA}, collector@ana-mail.example", 2, 0),
    ],
)
def test_an_automatic_program_keeps_silent_unless_the_receipt_goes_to_the_envelope_sender(
    asked_by: str, by_hand: int, automatic: int
) -> None:
    sent = []
    for habit in (Habit.RECEIPT_BY_HAND, Habit.RECEIPT_AUTOMATIC):
        town = Town([Correspondent(name="P", address="p@p.example", habit=habit)])
        town.post.register("collector@ana-mail.example", town.keep)
        sent.append(len(town.write("p@p.example", headers=f"Disposition-Notification-To: {asked_by}\r\n")))
    assert sent == [by_hand, automatic]


def test_one_message_gets_one_receipt_however_many_copies_arrive(town: Town) -> None:
    thea = somebody(Habit.RECEIPT_BY_HAND).address
    town.write(thea, extra_recipients=(thea,))
    town.write(thea)
    assert len(town.back) == 1
    town.write(thea, message_id="<two@mail.gmail.com>")
    assert len(town.back) == 2


def test_a_receipt_inside_the_organisation_names_the_search_key_and_outside_does_not() -> None:
    people = [
        Correspondent(
            name="C",
            address=address,
            habit=Habit.RECEIPT_AUTOMATIC,
            program=Program.EXCHANGE,
            delay=timedelta(hours=hour),
        )
        for hour, address in enumerate(("c@ana-mail.example", "c@other.example"))
    ]
    key = b"X-MSExch-Correlation-Key: c2l4dGVlbiBieXRlcy4uLg==\r\n"
    inside, outside = (key in Town(people).write(person.address)[0].mime for person in people)
    assert (inside, outside) == (True, False)


def test_a_plus_address_reaches_the_person_and_is_named_by_thunderbird(town: Town) -> None:
    (receipt,) = town.write("thea+offers@birch.example")
    assert b"Final-Recipient: rfc822;thea+offers@birch.example" in receipt.mime


def test_a_receipt_goes_out_with_a_null_sender_after_the_persons_delay(town: Town) -> None:
    (receipt,) = town.write("thea@birch.example")
    assert (receipt.sender, receipt.recipients, receipt.sent_at) == (
        "",
        (ANA,),
        datetime(2026, 5, 4, 9, 0, 20, tzinfo=UTC),
    )


def test_an_away_person_tells_each_sender_once_a_week_and_not_after_the_return() -> None:
    person = Correspondent(name="A", address="a@a.example", habit=Habit.AWAY_SIEVE, back_on=date(2026, 5, 13))
    town = Town([person])
    counts = [len(town.write("a@a.example", days=days)) for days in (3, 5, 5, 1)]
    assert counts == [1, 1, 2, 2]
    assert town.deeds()[-1] == "is back, and has not answered yet"


def test_who_joins_with_steps_of_their_own_does_those_instead_of_their_habit(town: Town) -> None:
    (read,), (answer,) = HABITS[Habit.RECEIPT_BY_HAND], HABITS[Habit.ANSWERS]
    steps = (replace(read, after=timedelta(days=3)), replace(answer, after=timedelta(days=1)))
    town.cast.join(replace(somebody(Habit.SILENT), delay=timedelta()), steps=steps)
    town.write(somebody(Habit.SILENT).address)
    assert town.deeds() == ["read it and answered", "read it in Thunderbird and agreed to return a receipt"]


def test_a_forger_takes_the_name_of_another_recipient_and_fails_the_check(town: Town) -> None:
    letters = town.write("eve@rogue.example", headers=f"Cc: Tom <tom@birch.example>, {ANA}\r\n")
    (forged,) = (message_from_bytes(letter.mime) for letter in letters)
    assert forged["From"] == "tom@birch.example"
    assert "dmarc=fail" in forged["Authentication-Results"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("nobody@birch.example", [(MDN, "failed", "5.1.1")]),
        ("nobody@ana-mail.example", [(MDN, "failed", "5.1.1")]),
        ("nobody@no-such-domain.test", [(MDN, "delayed", "4.4.1"), (MDN, "failed", "5.4.4")]),
    ],
)
def test_an_address_nobody_has_bounces(town: Town, address: str, expected: list[tuple[str, ...]]) -> None:
    assert [shape(letter) for letter in town.write(address)] == expected


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.address)
@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        (f"Disposition-Notification-To: {ANA}\r\n", ""),
        (f"Disposition-Notification-To: {ANA}\r\nAuto-Submitted: auto-replied\r\n", ANA),
        (f"Disposition-Notification-To: {ANA}\r\nPrecedence: bulk\r\n", ANA),
        (f"Disposition-Notification-To: {ANA}\r\n", "paul@harbour.example"),
    ],
)
def test_nobody_answers_a_machine_a_report_or_each_other(
    town: Town, person: Correspondent, headers: str, sender: str
) -> None:
    town.write(person.address, headers=headers, sender=sender)
    assert (town.back, town.deeds()) == ([], ["got mail that no program or person here answers"])


def test_what_comes_back_is_never_answered_by_whoever_sent_it(town: Town) -> None:
    for person in EVERYBODY:
        town.write(person.address, message_id=f"<{person.address}>")
    came, deeds = list(town.back), len(town.deeds())
    for letter in came:
        for person in EVERYBODY:
            town.post.send(
                Letter(mime=letter.mime, sender=letter.sender, recipients=(person.address,), sent_at=letter.sent_at)
            )
    town.post.send(Letter(mime=came[0].mime, sender="", recipients=("nobody@nowhere.test",), sent_at=came[0].sent_at))
    town.clock.advance(timedelta(days=30))
    assert town.back == came
    assert set(town.deeds()[deeds:]) == {"got mail that no program or person here answers"}


def _everything(seed: int) -> tuple[list[Letter], tuple[Deed, ...]]:
    town = Town(seed=seed)
    for number, person in enumerate(EVERYBODY):
        town.write(person.address, message_id=f"<{number}@mail.gmail.com>", days=0.01)
    town.clock.advance(timedelta(days=20))
    return town.back, town.cast.story()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_ones() -> None:
    assert _everything(1) == _everything(1)
    assert [letter.mime for letter in _everything(1)[0]] != [letter.mime for letter in _everything(2)[0]]


def test_the_answer_to_one_letter_does_not_depend_on_the_others() -> None:
    alone, crowded = Town(), Town()
    crowded.write("paul@harbour.example", message_id="<other@mail.gmail.com>", days=0)
    (receipt,) = alone.write("thea@birch.example")
    assert receipt in crowded.write("thea@birch.example")


def test_the_story_tells_in_order_who_did_what_when_about_which_letter(town: Town) -> None:
    town.write("lena@later.example")
    town.write("nobody@birch.example", message_id="<two@mail.gmail.com>")
    assert [str(deed) for deed in town.cast.story()] == [
        "Mon 04 May 10:00  Lena Hofer read it in Thunderbird and agreed to return a receipt (Angebot – 2026)",
        "Tue 05 May 10:00  Lena Hofer answered at last (Angebot – 2026)",
        "Mon 18 May 08:00  nobody@birch.example has never existed; the mail came back (5.1.1) (Angebot – 2026)",
    ]


def test_a_letter_of_a_stranger_domain_is_served_like_any_other(town: Town) -> None:
    town.post.register("bob@elsewhere.test", town.keep)
    letter = Letter(
        mime=original("thea@birch.example", headers="Disposition-Notification-To: bob@elsewhere.test\r\n"),
        sender="bob@elsewhere.test",
        recipients=("thea@birch.example",),
        sent_at=town.clock.now(),
    )
    town.post.send(letter)
    town.clock.advance(timedelta(days=1))
    assert [each.recipients for each in town.back] == [("bob@elsewhere.test",)]

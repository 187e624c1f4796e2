"""What the pages show and what their forms do, over real requests, without a script."""

import html
import re
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from evidence.model import Action, Confidence, Disposition, Evidence, Grade, HitKind, Kind, Match, Recipient, SentItem
from heardback.policy import policies_of
from heardback.settings import load
from heardback.web.deeds import MOST_AT_ONCE
from heardback.web.numbers import Numbers
from heardback.worker_lock import sole_worker
from scheduler.rules import LABELLED, relabelled
from store.deliveries import Delivery, DeliveryState, FollowUp
from store.ledger import Decision, Reminder, ReminderState
from store.tiny import TinyLedger
from store.tracking import Choice, RelayState, Stance, Tracked
from tests.heardback.screens import ITEMS, NOW, SENT_AT, fill
from tests.web.conftest import FLAGS, Person, words

ANA = "gmail:ana@example.com"
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"


def receipt(item: str, **changes: object) -> Evidence:
    said = {
        "kind": Kind.RECEIPT,
        "grade": Grade.STRONG,
        "rule": "mdn",
        "why": "the reader's program reported that the mail was displayed",
        "source": "receipt-1",
        "at": NOW - timedelta(hours=2),
        "recipient": "shai@example.net",
        "disposition": Disposition.DISPLAYED,
        "match": Match(
            item=item, recipient="shai@example.net", confidence=Confidence.CERTAIN, reason="it names the Message-ID"
        ),
    }
    return Evidence(**{**said, **changes})  # type: ignore[arg-type]  # the fields by their names


def test_a_newcomer_is_told_what_to_do_first(newcomer: Person) -> None:
    assert 'href="/connect"' in newcomer.see("/").text
    assert words(newcomer.see("/mail")).endswith("and what you sent appears here.")
    assert "None is connected yet." in words(newcomer.see("/mailboxes"))
    assert "Nobody has said anything." in words(newcomer.see("/people"))


def test_what_is_due_comes_first_with_its_reason(person: Person) -> None:
    said = words(person.see("/"))
    assert said.startswith("3 mails need you now.")
    assert "Held back: the mailbox could not be read again" in said
    assert said.index("Due") < said.index("Coming") < said.index("To forty people")


def test_a_reminder_that_came_says_what_it_is_about(person: Person) -> None:
    put(person, "hebrewhe", 1, ReminderState.FIRED, "3 business days after sending")
    assert "No sign of reading: 3 business days after sending" in words(person.see("/"))


def test_to_write_again_is_spoken_of_only_where_a_follow_up_can_be_drafted(person: Person) -> None:
    said = words(person.see("/"))
    assert "Put them off, or settle them. A follow-up can be drafted here once ana@example.com allows drafts." in said
    assert "Write again" not in said
    (ana,) = [each for each in person.ledger.accounts() if each.id == ANA]
    person.ledger.put_account(
        replace(ana, features=("drafts",), capabilities={**ana.capabilities, "leaves_drafts": True})
    )
    said = words(person.see("/"))
    assert "Write again, put them off, or settle them." in said
    assert "allows drafts" not in said


def test_a_reminder_to_come_again_is_not_told_by_a_time_that_is_over(person: Person) -> None:
    assert "once more Fri 15 May, 14:00" in words(person.see("/"))
    person.now += timedelta(days=10)
    assert "once more at the next reading, if that finds no sign" in words(person.see("/"))


def test_that_a_mail_was_deleted_is_told_with_the_reason_of_its_reminder(person: Person) -> None:
    person.ledger.take(ANA, evidence=[receipt("hebrewhe", grade=Grade.NONE, disposition=Disposition.DELETED)])
    deleted = "reported on Fri 8 May, 12:00 that the message was deleted, perhaps unseen"
    why = f"3 business days after sending; the recipient's mail program {deleted}"
    assert f"Told at the next reading, if that finds no sign: {why} · sent" in words(person.see("/"))
    assert f"if that finds no sign: {why}. " in words(person.see("/mail/hebrewhe"))


def test_of_mail_given_back_the_address_perhaps_meant_is_told(person: Person) -> None:
    (mail,) = [each for each in ITEMS if each.id == "hebrewhe"]
    misspelt = replace(mail, recipients=(Recipient(address="shai@gmial.com"),))
    report = receipt(
        "hebrewhe", kind=Kind.DELIVERY, grade=Grade.NONE, disposition=None, action=Action.FAILED,
        recipient="shai@gmial.com", why="there is no such user",
        match=Match(item="hebrewhe", recipient="shai@gmial.com", confidence=Confidence.CERTAIN, reason="it names it"),
    )  # fmt: skip
    person.ledger.take(ANA, items=[misspelt], evidence=[report])
    for page in ("/", "/mail/hebrewhe"):
        assert "Did you mean shai@gmail.com instead of shai@gmial.com?" in words(person.see(page))


def test_what_is_due_out_of_hours_comes_when_they_begin(person: Person) -> None:
    person.now += timedelta(hours=8)
    said = words(person.see("/"))
    assert said.startswith("2 mails need you now.")
    assert "Coming Monday, 09:00" in said
    waits = "was due Fri 8 May, 13:00, and waits for your hours till Mon 11 May, 09:00: 3 business days after"
    assert f"Now: reminder hebrewhe-1 {waits}" in words(person.see("/mail/hebrewhe"))


def test_a_worker_that_does_not_run_is_said_once_for_all_mailboxes(person: Person) -> None:
    person.now += timedelta(days=3)
    assert "ben@example.org was not read for 4 days: " in words(person.see("/")), "what is in trouble stands alone"
    (ben,) = [each for each in person.ledger.accounts() if each.problem]
    person.ledger.put_account(replace(ben, problem=""))
    page = person.see("/")
    said = (
        "Not read for 3 days, as the worker does not run: ana@example.com, ben@example.org . "
        "“Read now” reads once; heardback run starts it."
    )
    assert said in words(page)
    assert "heardback run" not in words(page).replace(said, "")
    with sole_worker(person.folder / "data"):
        assert "does not run" not in words(person.see("/"))


def test_a_mail_that_was_given_back_says_so_once_in_its_row(person: Person) -> None:
    why = "george@closed.example: not delivered (a mail server reported that there is no such user)"
    put(person, "mixedmix", 0, ReminderState.FIRED, why)
    said = words(person.see("/"))
    assert "not delivered george@closed.example" in said
    assert (
        "there is no such user (a mail server on Mon 4 May, 10:00 reports that it could not deliver the message) · "
        in said
    )


def test_a_second_reminder_whose_time_has_passed_comes_with_the_next_reading(person: Person) -> None:
    assert "4 days ago · once more Fri 15 May, 14:00" in words(person.see("/"))
    put(person, "longlong", 2, ReminderState.PLANNED, "5 business days after the reminder before")
    said = words(person.see("/"))
    assert "4 days ago · once more at the next reading, if that finds no sign Snooze" in said
    assert "once more today" not in said


def put(person: Person, item: str, number: int, state: ReminderState, why: str) -> None:
    due = NOW - timedelta(hours=2)
    fired = due if state is ReminderState.FIRED else None
    reminder = Reminder(
        id=f"{item}-{number}", item=item, account=ANA, round=number, due_at=due, state=state, reason=why, fired_at=fired
    )
    person.ledger.put_reminder(reminder, Decision(at=due, reminder=reminder.id, item=item, what="planned", why=why))


def test_who_is_not_in_a_draft_is_said_when_it_was_made(person: Person) -> None:
    blind = replace(
        ITEMS[1], id="blindone", recipients=(*ITEMS[1].recipients, Recipient(address="b@x.example", field="bcc"))
    )
    person.ledger.take(ANA, items=[blind])
    person.ledger.deliveries.leave(
        FollowUp(item="blindone", account=ANA, draft="d", version="1", to=("shai@example.net",), left_at=NOW)
    )
    said = words(person.see("/mail/blindone?said=drafted&about=blindone"))
    assert "for you to finish and send, but not to b@x.example, who got a blind copy." in said


def test_a_mailbox_whose_follow_up_waits_is_not_asked_to_allow_one(person: Person) -> None:
    person.ledger.deliveries.leave(
        FollowUp(item="hebrewhe", account=ANA, draft="d", version="1", to=("shai@example.net",), left_at=NOW)
    )
    said = words(person.see("/mail/hebrewhe"))
    assert "Open in Gmail A follow-up waits among your drafts. Reader" in said


@pytest.mark.parametrize("path", ["/", "/mail/longlong"])
def test_where_a_reminder_could_not_be_shown_is_said(person: Person, path: str) -> None:
    ways = {
        "digest": (DeliveryState.DONE, "told in the morning's mail"),
        "mark": (DeliveryState.SHOWN, "marked in your mailbox"),
        "notify json 1f0c": (DeliveryState.UNKNOWN, "the service gave no answer: it may have come"),
        "notify ntfy 77aa": (DeliveryState.GIVEN_UP, EVIL),
    }
    person.ledger.deliveries.put(
        tuple(
            Delivery(
                id=f"longlong-1/{place}", reminder="longlong-1", account=ANA, surface=place, state=state, why=why,
                next_at=NOW,
            )
            for place, (state, why) in ways.items()
        )
    )  # fmt: skip
    page = person.see(path)
    assert "notify json 1f0c: unknown, the service gave no answer: it may have come" in words(page)
    assert "notify ntfy 77aa: given up, " in words(page)
    assert ("digest" in words(page), "marked in" in words(page), "<script>alert" in page.text) == (False, False, False)


def test_unread_and_unknowable_stand_apart(person: Person) -> None:
    said = words(person.see("/mail"))
    unread, unknowable = (
        said.index("Had it been read, something would probably have told."),
        said.index("Nothing would have told;"),
    )
    assert unread < said.index("shai@example.net") < unknowable < said.index("m@example.net", unknowable)


def test_a_sign_without_proof_is_not_listed_as_read(person: Person) -> None:
    hit = receipt("hebrewhe", kind=Kind.HIT, grade=Grade.FAIR, rule="browser", door=HitKind.PIXEL, disposition=None)
    person.ledger.take(ANA, evidence=[hit])
    _, _, said = words(person.see("/mail")).partition("There is a sign of reading, and no proof.")
    probably, _, read = said.partition("A person answered, followed a link")
    assert ["probably read shai@example.net" in each for each in (probably, read)] == [True, False]


def test_mail_is_found_by_subject_name_and_address(person: Person) -> None:
    assert "To forty people" in words(person.see("/mail?find=FORTY+p07"))
    assert words(person.see("/mail?find=nobody")).endswith("Show all")
    assert "shai@example.net" in words(person.see("/mail?find=%D7%9B%D7%94%D7%9F"))


def test_the_story_of_a_mail_is_told_in_order_with_grades_and_reasons(person: Person) -> None:
    person.ledger.take(ANA, evidence=[receipt("hebrewhe")])
    said = words(person.see("/mail/hebrewhe"))
    assert said.index("What happened") < said.index("Receipt: displayed") < said.index("Reminder planned")
    assert "grade strong" in said
    assert "How that is known Read by the rule mdn ; about this mail, certain: it names the Message-ID." in said


def test_no_receipt_is_advised_in_the_story_of_a_mail_whose_reader_chose_against_it(person: Person) -> None:
    assert "ask for a receipt and see" in words(person.see("/mail/hebrewhe"))
    out = Choice(address="shai@example.net", stance=Stance.OPT_OUT, at=person.now, how="said so")
    person.ledger.tracking.choose([out])
    assert "do not ask for a receipt: this one opted out" in words(person.see("/mail/hebrewhe"))


def test_evidence_is_set_aside_and_counts_again(person: Person) -> None:
    each = receipt("hebrewhe")
    person.ledger.take(ANA, evidence=[each])
    assert "read" in words(person.see("/mail/hebrewhe")).split("What happened")[0].split()
    answer = person.send(
        "/mail/hebrewhe/overrule", {"evidence": each.id, "said": "this was me", "back": "/mail/hebrewhe"}
    )
    said = words(person.see(answer.headers["location"]))
    assert said.startswith("Kept. The verdicts below take it into account.")
    assert "Does not count: you said “this was me”." in said
    assert "unread A receipt was asked for" in said.replace("shai@example.net ", "")
    person.now += timedelta(minutes=1)
    person.send("/mail/hebrewhe/overrule", {"evidence": each.id, "said": "it counts after all"})
    assert "Does not count" not in words(person.see("/mail/hebrewhe"))


def test_this_was_me_is_offered_only_where_it_could_have_been(person: Person) -> None:
    report = receipt("hebrewhe", kind=Kind.DELIVERY, grade=Grade.NONE, disposition=None, action=Action.DELIVERED)
    person.ledger.take(ANA, evidence=[report])
    offered = person.see("/mail/hebrewhe").text
    assert ["This was me" in offered, "Not about this" in offered] == [False, True]
    person.ledger.take(ANA, evidence=[receipt("hebrewhe", source="receipt-2")])
    assert "This was me" in person.see("/mail/hebrewhe").text


def test_a_reminder_is_snoozed_settled_and_brought_back(person: Person) -> None:
    answer = person.send("/reminders/hebrewhe-1/snooze", {"for": "3d", "back": "/"})
    assert "comes Mon 2026-05-11 14:00." in words(person.see(answer.headers["location"]))
    answer = person.send("/reminders/hebrewhe-1/done", {"back": "/"})
    page = person.see(answer.headers["location"])
    assert "is settled; no more will come about it." in words(page)
    assert "Remind me tomorrow after all" in page.text
    person.send("/reminders/hebrewhe-1/snooze", {"for": "1d"})
    reminder = person.ledger.reminder("hebrewhe-1")
    assert reminder
    assert (reminder.state, reminder.due_at) == (ReminderState.PLANNED, NOW + timedelta(days=1))


@pytest.mark.parametrize("typed", ["3bd", "mon9", "2026-06-12", "2 weeks"])
def test_a_reminder_is_put_off_in_the_words_of_the_command(person: Person, typed: str) -> None:
    answer = person.send("/reminders/hebrewhe-1/snooze", {"for": typed, "back": "/"})
    assert "” comes " in words(person.see(answer.headers["location"]))


@pytest.mark.parametrize("place", ["/", "/mail/hebrewhe"])
def test_a_time_that_is_none_is_told_beside_the_field_it_was_typed_into(person: Person, place: str) -> None:
    answer = person.send("/reminders/hebrewhe-1/snooze", {"for": "soon<b>", "back": place})
    assert answer.status == 400
    assert 'id="snooze-hebrewhe-1" open' in answer.text
    field = 'value="soon&lt;b&gt;" aria-describedby="own-hebrewhe-1-about" aria-invalid="true"'
    assert field in answer.text
    assert "is not understood as a time; write 3 business days, 36h, 2026-06-12 or mon9." in words(answer)
    assert answer.text.count("aria-invalid") == 1
    assert f'name="back" value="{place}"' in answer.text, "a second try leads back to the same page"
    assert 'data-mark=""' in answer.text, "nothing may replace it"


def test_a_time_that_is_none_for_a_reminder_that_is_not_shown_any_more_is_told_all_the_same(person: Person) -> None:
    answer = person.send("/reminders/hebrewhe-1/snooze", {"for": "soon", "back": "/mail/mixedmix"})
    assert answer.status == 400
    assert '"soon" is not understood as a time' in words(answer)


def snoozes(person: Person) -> list[tuple[str, str]]:
    """What one press may choose, and what each sends."""
    menu = person.see("/mail/hebrewhe").text.partition('class="sheet"')[2].partition("</ul>")[0]
    return re.findall(r'value="([^"]+)"><span>([^<]+)', menu)


def test_one_press_puts_a_reminder_off_into_the_hours_of_the_person(person: Person) -> None:
    assert snoozes(person) == [
        ("2026-05-11 09:00", "Next working morning"),
        ("2026-05-11 14:00", "3 days"),
        ("2026-05-15 14:00", "1 week"),
    ]
    person.now += timedelta(hours=15)
    (value, _), *_ = snoozes(person)
    answer = person.send("/reminders/hebrewhe-1/snooze", {"for": value, "back": "/"})
    assert "comes Mon 2026-05-11 09:00." in words(person.see(answer.headers["location"]))


def test_one_press_holds_to_the_hours_that_a_rule_gives_this_mail(tmp_path: Path) -> None:
    rule = '[[remind]]\nto = "@example.net"\nhours = "18:00-20:00"\n'
    (tmp_path / "settings.toml").write_text(rule, "utf-8")
    someone = Person(tmp_path, FLAGS)
    with someone.running, closing(someone.ledger):
        fill(someone.ledger)
        offered = snoozes(someone)
        assert offered == [
            ("2026-05-08 18:00", "Next working day"),
            ("2026-05-11 18:00", "1 day"),
            ("2026-05-15 18:00", "1 week"),
        ]
        for value, _ in offered:
            someone.send("/reminders/hebrewhe-1/snooze", {"for": value})
            reminder = someone.ledger.reminder("hebrewhe-1")
            assert reminder
            assert f"{reminder.due_at.astimezone(someone.house().zone):%Y-%m-%d %H:%M}" == value


def test_a_mail_that_was_heard_of_since_its_reminder_came_offers_nothing_to_put_off(person: Person) -> None:
    (came, *_) = [each for each in person.ledger.reminders() if each.state is ReminderState.FIRED]
    path = f"/mail/{came.item}"
    person.send(f"/reminders/{came.item}-2/done")
    assert "data-done" in person.see(path).text
    item = person.ledger.item(came.item)
    assert item
    answers = [
        receipt(
            item.id,
            source=f"answer-{each.address}",
            match=Match(
                item=item.id, recipient=each.address, confidence=Confidence.CERTAIN, reason="it names the Message-ID"
            ),
        )
        for each in item.recipients
    ]
    person.ledger.take(came.account, evidence=answers)
    assert "data-done" not in person.see(path).text


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/reminders/hebrewhe-1/snooze", {"for": "soon"}, '"soon" is not understood as a time; write'),
        ("/reminders/hebrewhe-1/snooze", {"for": "0d"}, '"0d" is not later than now.'),
        ("/reminders/hebrewhe-1/snooze", {"for": "99999w"}, '"99999w" is more than a year.'),
        ("/reminders/hebrewhe-1/snooze", {}, '"" is not understood as a time'),
        ("/reminders/nowhere-1/done", {}, 'There is no reminder "nowhere-1"'),
        ("/mail/hebrewhe/overrule", {"evidence": "ffff", "said": "this was me"}, 'There is no evidence "ffff"'),
        (
            "/people",
            {"address": "no address", "command": "optout", "act": "add"},
            "no address",
        ),
        (
            "/people",
            {"address": "a@example.org", "command": EVIL, "act": "add"},
            "is none of the choices; nothing was done.",
        ),
        ("/mail/hebrewhe", {"condition": EVIL}, "is none of the choices; nothing was done."),
        ("/mail/nowhere", {"off": "yes"}, 'There is no sent item "nowhere"'),
        ("/connect", {"provider": "aol"}, "nothing was done."),
        ("/connect", {"provider": "gmail", "allow": "everything"}, "nothing was done."),
    ],
)
def test_what_makes_no_sense_is_said_and_not_done(person: Person, path: str, fields: dict[str, str], said: str) -> None:
    answer = person.send(path, fields)
    assert answer.status == 400
    assert said in words(answer)
    assert "<script>" not in answer.text


def test_a_choice_is_written_down_and_taken_back(person: Person) -> None:
    fields = {
        "address": " Rita@Example.org ",
        "command": "optout",
        "act": "add",
        "how": "said so on the phone",
        "back": "/people",
    }
    answer = person.send("/people", fields)
    said = words(person.see(answer.headers["location"]))
    assert said.startswith("Kept: rita@example.org will not be tracked.")
    assert "rita@example.org is not tracked said so on the phone" in said
    person.send("/people", {"address": "rita@example.org", "command": "optout", "act": "remove"})
    assert [each.stance for each in person.ledger.tracking.choices("rita@example.org")] == ["opt-out", "none"]


def test_who_asked_for_no_more_mail_in_an_answer_is_among_the_choices_with_the_answer(person: Person) -> None:
    answer = receipt("hebrewhe", kind=Kind.REPLY, grade=Grade.PROOF, disposition=None, rule="reply", declines=True)
    person.ledger.take(ANA, evidence=[answer])
    page = person.see("/people")
    assert "shai@example.net is not tracked asked for no more mail in an answer · today, 12:00" in words(page)
    assert f'href="/mail/hebrewhe#evidence-{answer.id[:8]}"' in page.text
    assert "Nobody has said anything" not in words(page)
    assert page.text.count('name="act" value="remove"') == 0, "nothing was written down that could be taken back"


@pytest.mark.parametrize(
    ("fields", "wrong", "said"),
    [
        ({"address": "rita@example.org"}, "how", "Say how they agreed; it is kept as proof."),
        ({"address": "rita<b>", "how": "on the <b>phone"}, "address", "rita<b>"),
    ],
)
def test_a_choice_that_wants_something_is_told_beside_what_was_typed(
    person: Person, fields: dict[str, str], wrong: str, said: str
) -> None:
    answer = person.send("/people", {"command": "consent", "act": "add", **fields})
    assert answer.status == 400
    assert said in words(answer)
    assert "--how" not in words(answer)
    for name, value in fields.items():
        assert f'value="{html.escape(value)}"' in answer.text, name
    assert f'aria-describedby="{wrong}-wrong" aria-invalid="true" autofocus' in answer.text
    assert 'value="consent" checked' in answer.text
    assert 'data-mark=""' in answer.text, "nothing may replace it"
    assert person.ledger.tracking.choices() == ()


#: how a mail is reminded of as the settings have it
USUAL = (
    "Reminders if there is no sign of reading, 3 business days after sending, again 5 business days after that, "
    "up to 2 in all, within 09:00-17:00 (as your settings say)."
)


def remind(person: Person, item: str = "hebrewhe", **fields: str) -> str:
    """Send the form for a mail's reminders; what the page says next."""
    answer = person.send(f"/mail/{item}", {"back": f"/mail/{item}", **fields})
    assert answer.status == 303
    return words(person.see(answer.headers["location"]))


def test_a_mail_says_which_reminders_it_is_to_have_and_why(person: Person) -> None:
    said = words(person.see("/mail/hebrewhe"))
    assert USUAL in said
    assert "Now: reminder hebrewhe-1 " in said


def test_a_mail_is_given_reminders_of_its_own(person: Person) -> None:
    said = remind(person, after="fri 14:30", condition="no-reply")
    assert said.startswith("Kept. Reminder hebrewhe-1 comes Fri 15 May, 14:30: at the time named: Fri 15 May, 14:30")
    assert "Reminders if no answer came, read or not, at the time named: Fri 15 May, 14:30, again 5 business" in said
    assert "days after that, up to 2 in all, within 09:00-17:00 (as you asked)." in said
    reminder = person.ledger.reminder("hebrewhe-1")
    assert reminder
    assert (reminder.state, reminder.due_at.isoformat()) == (ReminderState.PLANNED, "2026-05-15T12:30:00+00:00")
    person.now += timedelta(minutes=1)
    said = remind(person, condition="regardless")
    assert "Reminders whatever came back, at the time named: Fri 15 May, 14:30" in said, "the time stays as it is"
    person.now += timedelta(minutes=1)
    assert "Reminders whatever came back, at the time named: Mon 18 May, 09:00" in remind(
        person, after="mon 18 may 9:00"
    )
    person.now += timedelta(minutes=1)
    assert "Reminders if a mail server gave it back, at once, within 09:00-17:00 (as you asked)." in remind(
        person, condition="not-delivered"
    )
    person.now += timedelta(minutes=1)
    assert "Reminders if there is no sign of reading, 3 business days after" in remind(person, condition="unread")


def test_reminders_of_a_mail_are_turned_off_and_on_again(person: Person) -> None:
    said = remind(person, off="yes")
    assert said.startswith("Kept. No reminder is to come: no reminders about this mail, as you asked.")
    assert "No reminders (as you asked)." in said
    assert "Turn reminders on again" in said
    person.now += timedelta(minutes=1)
    said = remind(person, off="no")
    due = "was due Thu 7 May, 10:00, and comes at the next reading, if that finds no sign: 3 business days"
    assert said.startswith(f"Kept. Reminder hebrewhe-1 {due} after sending.")
    assert USUAL in said


def test_reminders_that_came_do_not_come_again_when_reminders_are_turned_on_again(person: Person) -> None:
    fired = [each for each in person.ledger.reminders(item="longlong") if each.state is ReminderState.FIRED]
    for each in (*fired, replace(fired[0], id="longlong-2", round=2)):
        came = Decision(at=NOW, reminder=each.id, item="longlong", what="fired", why="3 business days after sending")
        person.ledger.put_reminder(each, came)
    for asked in ({"after": "next Tuesday 9:00"}, {"off": "yes"}, {"off": "no"}):
        person.now += timedelta(minutes=1)
        said = remind(person, "longlong", **asked)
    assert said.startswith("Kept. No reminder is to come: all reminders that were wanted came")
    assert "up to 2 in all, within 09:00-17:00 (as your settings say)." in said
    assert {each.state for each in person.ledger.reminders(item="longlong")} == {ReminderState.FIRED}


def test_the_story_tells_what_was_asked_for_in_words(person: Person) -> None:
    fields = {"after": "2026-05-12 9:00", "condition": "no-reply", "again": "1 business day", "times": "4"}
    said = remind(person, **fields).partition("What happened")[2]
    asked = "You asked: if no answer came, read or not, at the time named: Tue 12 May, 09:00, again 1 business day"
    assert f"{asked} after that, 4 in all." in said
    line = relabelled(ITEMS[1], replace(ITEMS[1], labels=("heardback/2w",)))
    person.ledger.note(Decision(at=NOW, reminder="", item="hebrewhe", what=LABELLED, why=line))
    assert 'Labels: "heardback/2w" put on.' in words(person.see("/mail/hebrewhe"))


def test_what_a_label_asks_for_comes_again_when_reminders_are_turned_on_again(person: Person) -> None:
    item = next(each for each in ITEMS if each.id == "hebrewhe")
    person.ledger.take(ANA, items=[replace(item, labels=("heardback/noreply 2026-06-12",))])
    assert 'as the label "heardback/noreply 2026-06-12" asks' in words(person.see("/mail/hebrewhe"))
    remind(person, off="yes")
    person.now += timedelta(minutes=1)
    assert "Reminders if no answer came, read or not, at the time named: Fri 12 Jun" in remind(person, off="no")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"after": "<b>someday</b>"}, "“<b>someday</b>” is not understood as a time; write 3 business days, 36h"),
        ({"after": "500d", "condition": "no-reply"}, "“500d” is more than a year."),
        ({}, "Nothing is filled in."),
        ({"again": "mon9"}, "“mon9” is a day; what comes again needs a length of time, such as 5 business days."),
        ({"times": "13"}, "Reminders about one mail come between 1 and 12 times, not 13."),
        ({"quorum": "named", "named": "eve@example.org"}, "Eve@example.org did not get this mail; it went to"),
    ],
)
def test_a_wish_that_is_none_is_told_beside_what_was_typed(person: Person, fields: dict[str, str], said: str) -> None:
    answer = person.send("/mail/hebrewhe", fields)
    assert answer.status == 400
    assert said.replace("“", '"').replace("”", '"') in words(answer)
    for field in ("after", "again"):
        assert f'name="{field}" value="{html.escape(fields.get(field, ""))}"' in answer.text
    for field in {"after", "again"} & fields.keys():
        assert f'aria-describedby="{field}-about {field}-wrong" aria-invalid="true" autofocus' in answer.text
    condition = fields.get("condition", "")
    assert f'value="{condition}" selected' in answer.text or not condition
    assert 'data-mark=""' in answer.text, "nothing may replace it"
    assert not any(each.what == "asked" for each in person.ledger.decisions("hebrewhe"))


def test_a_mail_to_several_waits_for_those_who_are_ticked_and_comes_again_as_is_asked(person: Person) -> None:
    assert "Whose sign ends the wait" not in words(person.see("/mail/hebrewhe"))
    answer = person.send("/mail/manymany", {"quorum": "named"})
    assert (answer.status, "Nobody is chosen." in words(answer)) == (400, True)
    answer = person.send("/mail/manymany", {"quorum": "named", "named": "eve@example.org"})
    assert "Eve@example.org did not get this mail; it went to p00@offices.example," in words(answer)
    asked = {"again": "3 business days", "times": "4", "grow": "2", "quorum": "named", "named": "p07@offices.example"}
    said = remind(person, "manymany", **asked)
    assert (
        "Reminders if there is no sign of reading, 3 business days after sending, again 3 business days after that, "
        "each further wait 2 times as long, up to 4 in all, until p07@offices.example gives a sign, whatever others "
        "do, within 09:00-17:00 (as you asked)."
    ) in said
    page = person.see("/mail/manymany").text
    assert '<input type="checkbox" name="named" value="p07@offices.example" checked>' in page
    assert page.count(" checked>") == 1


def test_gmails_page_of_a_mail_opens_also_when_the_sign_in_is_gone(person: Person) -> None:
    assert person.see("/mail/nowhere/open").status == 400
    answer = person.see("/mail/hebrewhe/open")
    gmail = "https://mail.google.com/mail/u/?authuser=ana%40example.com#all/"
    assert (answer.status, answer.headers["location"].startswith(gmail)) == (303, True)


def test_outlook_has_to_be_asked_and_says_what_to_do_when_its_sign_in_is_gone(tmp_path: Path) -> None:
    someone = Person(tmp_path, {**FLAGS, "microsoft.client_id": "client"})
    with someone.running, closing(someone.ledger):
        fill(someone.ledger)
        item = replace(ITEMS[1], id="outlookx", account="outlook:ben@example.org", provider_id="o")
        someone.ledger.take(item.account, items=[item])
        page = someone.see("/mail/outlookx/open")
    assert "outlook:ben@example.org: no sign-in is saved; sign in again. What was read is kept." in words(page)
    assert '<a href="/mailboxes">Go to Mailboxes</a>' in page.text


def test_mailboxes_show_trouble_grants_and_what_they_can_do(person: Person) -> None:
    said = words(person.see("/mailboxes"))
    assert "the server did not answer within 60 seconds" in said
    assert "ends Sat 9 May, 20:00, tomorrow" in said
    assert "Asks for read receipts in mail sent through Heardback." in said


def test_settings_are_shown_with_their_source_but_no_secrets(person: Person) -> None:
    page = person.see("/settings")
    assert 'zone "Europe/Berlin" from flag' in words(page)
    assert 'google.client_secret "(set)" from flag' in words(page)
    assert "as secret as can be" not in page.text


def test_what_a_reader_wants_is_written_down_from_the_page_of_a_mail(person: Person) -> None:
    assert 'href="/people?address=shai%40example.net#choice"' in person.see("/mail/hebrewhe").text
    assert 'value="shai@example.net"' in person.see("/people?address=shai%40example.net").text


def test_a_mailbox_that_allows_no_drafts_says_how_to_allow_them(person: Person) -> None:
    assert "A follow-up can be drafted here once this mailbox allows drafts. Allow it" in words(
        person.see("/mail/hebrewhe")
    )
    account = person.ledger.account(ANA)
    assert account
    person.ledger.put_account(replace(account, features=("drafts",), capabilities={"leaves_drafts": True}))
    assert "allows drafts" not in words(person.see("/mail/hebrewhe"))


def test_settings_name_their_file_and_where_it_would_be(person: Person) -> None:
    file = person.folder / "settings.toml"
    assert f"Read from {file} ." in words(person.see("/settings"))
    file.unlink()
    assert f"There is no settings file; everything is as it comes, or from where it says so. It would be {file} :" in (
        words(person.see("/settings"))
    )


def test_each_line_that_changes_a_setting_can_be_written_into_the_file(person: Person, tmp_path: Path) -> None:
    lines = re.findall(r"To change it: <code>(.+?)</code>", person.see("/settings").text)
    file = tmp_path / "other.toml"
    file.write_text("\n".join(map(html.unescape, lines)), "utf-8")
    settings = load({}, file=file, environment={})
    assert {name for name, source in settings.sources.items() if source == str(file)} == {
        line.partition(" = ")[0] for line in lines
    }
    assert policies_of(settings)
    assert {"reminders.after_days", "reminders.hours", "tracking.pixel", "web.port"} <= set(settings.sources)


def test_signing_in_again_is_asked_of_the_one_provider_and_keeps_what_was_allowed(person: Person) -> None:
    page = person.see("/connect?provider=gmail&address=ana@example.com")
    assert words(page).startswith("Mailboxes Sign in again As ana@example.com .")
    assert 'name="address" value="ana@example.com"' in page.text
    assert 'value="send" checked disabled' in page.text
    assert "Outlook" not in words(page)


def test_nothing_in_a_mail_can_be_more_than_text(person: Person) -> None:
    item = SentItem(
        id="evilevil",
        account=ANA,
        provider_id=EVIL,
        message_ids=(EVIL,),
        thread_id=EVIL,
        sent_at=SENT_AT,
        sender=EVIL,
        recipients=(Recipient(address=f"{EVIL}@example.net", name=EVIL),),
        subject=f"{EVIL}\u202etxt.exe\u2066\x1b[31m\r\nX",
        asks_receipt=True,
    )
    match = Match(item="evilevil", recipient=f"{EVIL}@example.net", confidence=Confidence.LIKELY, reason=EVIL)
    told = receipt("evilevil", why=EVIL, rule=EVIL, recipient=EVIL, match=match)
    doubted = receipt("evilevil", source="2", doubt=EVIL, why=f"{EVIL}\u202e", match=match)
    person.ledger.take(ANA, items=[item], evidence=[told, doubted])
    person.send("/people", {"address": "x@example.org", "command": "consent", "act": "add", "how": EVIL})
    for path in ("/", "/mail", "/mail/evilevil", "/people", f"/mail?find={'%22%3E%3Cscript%3E'}"):
        page = person.see(path)
        assert page.status == 200
        assert "<img" not in page.text
        assert page.text.count("<script") == 1
        assert not {"\u202e", "\u2066", "\x1b", "49"} & set(page.text.replace("{{ 7*7 }}", "").split())
        assert not any(each in page.text for each in "\u202e\u2066\x1b")
    assert "<bdi>" in person.see("/mail/evilevil").text


def test_the_relay_is_told_of_with_what_is_wrong_with_it(person: Person) -> None:
    assert "None is set, so no mail of yours is tracked" in words(person.see("/mailboxes"))
    away = RelayState(cursor="c", read_at=NOW - timedelta(hours=5), problem="it does not answer", away_since=NOW)
    person.ledger.tracking.put_relay(away)
    said = words(person.see("/mailboxes"))
    assert "last read Fri 8 May, 09:00, 5 hours ago" in said
    assert "away since Fri 8 May, 14:00: it does not answer." in said


def test_hits_that_say_the_same_are_one_moment_with_a_count(person: Person) -> None:
    one = receipt(
        "hebrewhe", kind=Kind.HIT, door=HitKind.PIXEL, disposition=None, rule="google-proxy", grade=Grade.WEAK
    )
    at = [NOW - timedelta(hours=each) for each in (3, 2, 1)]
    person.ledger.take(ANA, evidence=[replace(one, source=f"hit-{each}", at=each) for each in at])
    said = words(person.see("/mail/hebrewhe"))
    assert said.count("Image fetched") == 1
    assert "today, 11:00 to today, 13:00 Image fetched 3 times" in said
    assert "that a person looked at the mail it does not prove" in said
    page = person.see("/mail/hebrewhe").text
    together = re.findall(r'name="evidence" value="(\w+)"', page)
    body = urlencode([("form", person.door.form), ("said", "this was me"), *(("evidence", each) for each in together)])
    person.ask("/mail/hebrewhe/overrule", "POST", body=body.encode(), headers={"Cookie": person.cookie})
    assert words(person.see("/mail/hebrewhe")).count("Does not count: you said") == 1


def test_what_a_mail_is_tracked_by_stands_above_its_story(person: Person) -> None:
    assert "racked until" not in words(person.see("/mail/hebrewhe"))
    item = next(each for each in ITEMS if each.id == "hebrewhe")
    person.ledger.take(
        ANA, items=[replace(item, id="tracked", provider_id="t", message_ids=("t@example.com",), tag="tag")]
    )
    token = Tracked(
        id="t",
        kind=HitKind.PIXEL,
        account=ANA,
        tag="tag",
        recipients=("shai@example.net",),
        made_at=NOW,
        expires_at=NOW + timedelta(days=180),
    )
    person.ledger.tracking.put([token])
    assert "receipt was asked for. Tracked until Wed 4 Nov by an image." in words(person.see("/mail/tracked"))


def test_numbers_say_how_sure_they_are_and_draw_nothing_of_too_little(person: Person, newcomer: Person) -> None:
    assert "nothing to count yet" in words(newcomer.see("/numbers"))
    said = words(person.see("/numbers?by=recipient"))
    assert "None of 47 recipients has mail enough to tell anything: a share takes 5 mails." in said
    assert "silas@silent.example" not in said
    assert said.count("too few to tell") == 0
    assert "Too few to tell: 1 of the 20 mails it takes were read or answered so far." in said
    assert "<polyline" not in person.see("/numbers?by=nonsense").text


def test_numbers_draw_a_curve_where_there_is_enough(person: Person) -> None:
    for n in range(30):
        item = replace(ITEMS[1], id=f"much{n:04}", provider_id=f"much{n}", message_ids=(f"much{n}@x.example",))
        match = Match(item=item.id, recipient="shai@example.net", confidence=Confidence.CERTAIN, reason="it names it")
        told = receipt(item.id, source=f"m{n}", at=SENT_AT + timedelta(hours=n), match=match)
        person.ledger.take(ANA, items=[item], evidence=[told])
    page = person.see("/numbers")
    assert page.text.count("<polyline") == 1
    said = words(page)
    assert "how much of the mail is without a sign of reading, or without an answer, so long after it was sent" in said
    assert "100% 50% 0% sent" in said
    assert said.count("had it been read") == 1
    assert "Time to read a quarter within" in words(page)
    assert "In your zone; no hour stands out among 31 mails read or answered." in words(page)
    assert "5 more domains with too little mail to tell anything" in words(page)
    assert 'aria-label="By weekday and hour: no hour stands out among 31 mails read or answered"' in page.text


def test_one_event_is_no_week(person: Person) -> None:
    page = person.see("/numbers")
    assert 'class="heat"' not in page.text
    assert "Nobody's answers show yet that one hour is better than others." in words(page)


def test_numbers_call_mails_mails_and_recipients_recipients(person: Person) -> None:
    said = words(person.see("/numbers?by=month"))
    assert "Each mail counts once, however many got it" in said
    assert "Month Mails Recipients Read Answered Receipts Bounced 2026-05 9 50 6%" in said
    assert "None of 6 domains has mail enough" in words(person.see("/numbers?by=domain")), "two mails to 41 are no five"


def test_numbers_name_the_best_hour_to_write_to_someone(person: Person) -> None:
    for n in range(30):
        at = SENT_AT - timedelta(days=n + 10, hours=0 if n % 2 else 5)
        item = replace(ITEMS[1], id=f"much{n:04}", provider_id=f"much{n}", message_ids=(f"{n}@x.example",), sent_at=at)
        match = Match(item=item.id, recipient="shai@example.net", confidence=Confidence.CERTAIN, reason="it names it")
        answer = replace(receipt(item.id, source=f"m{n}", at=at + timedelta(hours=1), match=match), kind=Kind.REPLY)
        person.ledger.take(ANA, items=[item], evidence=[answer] if n % 2 else [])
    said = words(person.see("/numbers")).replace("%", " %").replace("  ", " ")
    assert (
        "shai@example.net mail written from 9:00 to 12:00 was answered within a week in 100 % (80-100 %), "
        "at other times in 0 % (0-20 %)"
    ) in said


def test_numbers_are_worked_out_once_for_a_state_of_the_ledger(person: Person) -> None:
    numbers = Numbers()
    with person.house() as house:
        first = numbers.of(house, "1")
        assert numbers.of(house, "1") is first
        assert numbers.of(house, "2") is not first


def test_numbers_follow_what_comes_in_and_the_clock(person: Person) -> None:
    assert words(person.see("/numbers")).startswith("Numbers 9 mails to 47 addresses in the last year.")
    person.ledger.take(ANA, items=[replace(ITEMS[1], id="new", provider_id="new", message_ids=("new@x.example",))])
    assert words(person.see("/numbers")).startswith("Numbers 10 mails to 47 addresses in the last year.")
    person.now += timedelta(days=400)
    assert "nothing to count yet" in words(person.see("/numbers"))


def test_what_may_be_about_a_mail_by_its_subject_alone_stands_apart(person: Person) -> None:
    hint = Match(
        item="hebrewhe", recipient=None, confidence=Confidence.WEAK, reason="the subject of the report is this mail's"
    )
    person.ledger.take(ANA, evidence=[receipt("hebrewhe", match=None, hint=hint, doubt="it names no mail of yours")])
    said = words(person.see("/mail/hebrewhe"))
    assert said.index("Perhaps about this mail too") < said.index("It names no mail of yours.")
    assert "unread A receipt was asked for" in said.replace("shai@example.net ", "")


def test_all_that_a_mailbox_can_be_allowed_can_be_allowed_here(tmp_path: Path) -> None:
    someone = Person(tmp_path, {**FLAGS, "microsoft.client_id": "client"})
    with someone.running:
        page = someone.see("/connect").text
    assert [re.findall(r'name="allow" value="(\w+)"', each) for each in page.split("at-outlook", 1)] == [
        ["send", "drafts", "mark"],
        ["send", "drafts", "arm", "mark", "tasks"],
    ]


def test_as_many_hits_as_one_form_may_name_are_set_aside_at_once(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = receipt(
        "hebrewhe", kind=Kind.HIT, door=HitKind.PIXEL, disposition=None, rule="google-proxy", grade=Grade.WEAK
    )
    hits = [replace(one, source=f"hit-{n}", at=NOW - timedelta(minutes=n + 1)) for n in range(MOST_AT_ONCE + 5)]
    person.ledger.take(ANA, evidence=hits)
    together = re.findall(r'name="evidence" value="(\w+)"', person.see("/mail/hebrewhe").text)
    assert len(together) == MOST_AT_ONCE
    takes: list[int] = []
    take = TinyLedger.take

    def count(*given: Any, **more: Any) -> Any:
        takes.append(len(more["evidence"]))
        return take(*given, **more)

    monkeypatch.setattr(TinyLedger, "take", count)
    body = urlencode([("form", person.door.form), ("said", "this was me"), *(("evidence", each) for each in together)])
    answer = person.ask("/mail/hebrewhe/overrule", "POST", body=body.encode(), headers={"Cookie": person.cookie})
    assert (answer.status, takes) == (303, [MOST_AT_ONCE])
    assert sum(each.kind is Kind.RULING for each in person.ledger.evidence("hebrewhe")) == MOST_AT_ONCE

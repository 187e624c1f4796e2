import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest

from connectors.errors import MessageGone, Unreachable
from connectors.gmail import GmailMailbox
from connectors.gmail_history import happened
from connectors.gmail_words import arrival, people_queries, sent_item
from connectors.google import GoogleProvider
from connectors.mailbox import Arrival, Page, Quota, Skip
from sandbox.faults import Fault
from sandbox.google import GmailAccount
from sandbox.google.quota import Meter
from sandbox.post import TRANSIT, Letter
from sandbox.world import World

WU = "wu@workspace.example"
READER = "reader@outside.example"


@pytest.fixture
def since(world: World) -> datetime:
    return world.clock.now() - timedelta(days=30)


def mail(subject: str, *, sender: str = WU, to: str = READER, extra: str = "") -> bytes:
    return f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n{extra}\r\nhello\r\n".encode()


def fill(account: GmailAccount, count: int) -> None:
    """So many sent mails lie in the mailbox."""
    for number in range(count):
        account.mailbox.add(mail(f"mail {number}", extra=f"Message-ID: <{number}@mail.gmail.com>\r\n"), ("SENT",))


def receive(world: World, subject: str, *, sender: str = READER, extra: str = "") -> None:
    mime = mail(subject, sender=sender, to=WU, extra=extra)
    world.post.send(Letter(mime=mime, sender=sender, recipients=(WU,), sent_at=world.clock.now()))
    world.clock.advance(TRANSIT)


def refusal_naming(allowance: str | None) -> Fault:
    """A 403 that says how much the project may spend a minute (google.rpc.ErrorInfo)."""
    metadata = {"quota_limit": "defaultPerMinutePerUser", "quota_limit_value": allowance}
    body = {"error": {"code": 403, "details": [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": metadata}]}}
    return Fault(trouble="answer", status=403, body=json.dumps(body), pattern="profile")


def read(gmail: GmailMailbox, since: datetime, cursor: str | None = None) -> list[Page]:
    pages = list(gmail.changes(cursor, since=since))
    for page in pages:
        assert page.listed == len(page.sent) + len(page.received) + len(page.skipped) + len(page.removed)
    return pages


def subjects(pages: list[Page]) -> list[str]:
    return sorted(item.subject for page in pages for item in page.sent)


@pytest.mark.parametrize("window", ["sliding", "calendar"])
def test_a_thousand_sent_mails_cost_what_they_must_and_nothing_is_refused(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime, window: str
) -> None:
    wu.meter.window = window  # type: ignore[assignment]  # one of the two
    fill(wu, 1000)
    before = wu.spent_units
    begin = world.clock.now()
    pages = read(gmail, since)
    assert sum(len(page.sent) for page in pages) == 1000
    # beside listing and reading them: where the history stands, and that nothing was received
    assert (gmail.spend.units, gmail.spend.requests) == (20_010 + 1 + 5, 2 + 22 + 1 + 1)
    assert wu.spent_units - before == gmail.spend.units
    assert gmail.spend.throttled == 0
    assert world.clock.now() - begin < timedelta(minutes=4)


def test_the_price_told_beforehand_is_the_price(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 60)
    receive(world, "any")
    price = gmail.price(since=since)
    asked = replace(gmail.spend)
    read(gmail, since)
    spent = (gmail.spend.requests - asked.requests, gmail.spend.units - asked.units)
    assert (price.messages, price.requests, price.units) == (60, *spent)
    assert price.minutes == price.units / 6000


def test_progress_tells_how_many_there_are_from_the_first_page(
    wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 60)
    assert [(page.done, page.total) for page in read(gmail, since)[:3]] == [(25, 60), (55, 60), (60, 60)]


def test_an_idle_look_costs_two_units_and_one_request(gmail: GmailMailbox, since: datetime) -> None:
    cursor = read(gmail, since)[-1].cursor
    before = replace(gmail.spend)
    assert [page.listed for page in read(gmail, since, cursor)] == [0]
    assert (gmail.spend.requests - before.requests, gmail.spend.units - before.units) == (1, 2)


def test_parts_of_a_batch_that_are_refused_are_asked_for_again_alone(
    wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 120)
    wu.meter.budget = 700
    pages = read(gmail, since)
    assert sum(len(page.sent) for page in pages) == 120
    assert gmail.spend.throttled > 0
    assert wu.calls["messages.get"] < 120 * 2


def test_a_batch_answer_that_is_cut_garbled_or_missing_is_asked_for_again(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 5)
    multipart = 'multipart/mixed; boundary="b"'
    part = "--b\r\nContent-Type: application/http\r\nContent-ID: <response-x + 1>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{"
    for fault in (
        Fault(trouble="cut", pattern="POST /batch"),
        Fault(trouble="lose", pattern="POST /batch"),
        Fault(trouble="answer", pattern="POST /batch", status=200, body="<html>"),
        Fault(trouble="answer", pattern="POST /batch", status=200, headers=(("Content-Type", multipart),), body=part),
    ):
        world.google.server.faults.add(fault)
    assert len(subjects(read(gmail, since))) == 5


def test_mail_that_is_deleted_while_a_listing_goes_on_is_accounted_for(
    wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 30)
    pages = gmail.changes(None, since=since)
    first = next(pages)
    oldest = wu.messages[-1]
    wu.mailbox.remove(oldest)
    second = next(pages)
    assert (len(first.sent), len(second.sent), second.listed) == (25, 4, 5)
    assert second.skipped == (Skip(provider_id=oldest.id, reason="gone before it could be read"),)
    rest = list(pages)
    assert [each for page in read(gmail, since, rest[-1].cursor) for each in page.removed] == [oldest.id]


def test_a_page_token_that_is_not_taken_any_more_leads_to_a_new_listing(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 520)
    first = next(iter(gmail.changes(None, since=since)))
    world.google.server.faults.add(Fault(trouble="answer", pattern="pageToken", status=400, body="{}"))
    assert len(subjects(read(gmail, since, first.cursor))) == 520


def test_a_page_token_of_a_history_that_is_not_taken_any_more_leads_back_to_where_it_began(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    cursor = read(gmail, since)[-1].cursor
    fill(wu, 3)
    stopped = json.dumps(json.loads(cursor) | {"page": "from another day"})
    found = {each.id for page in read(gmail, since, stopped) for each in page.sent}
    assert found == {each.id for page in read(gmail, since, cursor) for each in page.sent}
    assert len(found) == 3


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", '{"form":2}', '{"form":1,"stage":"sent"}', "[1]", "null"])
def test_a_cursor_that_is_not_ours_begins_anew(
    wu: GmailAccount, gmail: GmailMailbox, since: datetime, cursor: str
) -> None:
    fill(wu, 1)
    assert subjects(read(gmail, since, cursor)) == ["mail 0"]


def test_a_first_reading_tells_reports_from_other_mail_without_reading_any(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    receive(world, "Read: offer")
    receive(world, "Gelesen: Angebot", extra="X-Sandbox-Spam: yes\r\n")
    receive(world, "Delivery Status Notification (Failure)", sender="mailer-daemon@outside.example")
    receive(world, "Automatic reply: offer")
    receive(world, "lunch?")
    (page,) = read(gmail, since)
    by_id = {message.id: message.header("Subject") for message in wu.messages}
    assert {by_id[each.provider_id]: each.is_report for each in page.received} == {
        "Read: offer": True,
        "Gelesen: Angebot": True,
        "Delivery Status Notification (Failure)": True,
        "Automatic reply: offer": True,
        "lunch?": False,
    }
    assert wu.calls["messages.get"] == 0


def test_what_is_described_is_told_whole(world: World, gmail: GmailMailbox, since: datetime) -> None:
    cursor = read(gmail, since)[-1].cursor
    receive(
        world,
        "Read: offer",
        extra="In-Reply-To: <1@x.example>\r\nContent-Type: multipart/report; report-type=disposition-notification\r\n",
    )
    (page,) = read(gmail, since, cursor)
    (named,) = page.received
    assert (named.is_report, named.references, named.sender, named.received_at) == (None, None, None, None)
    assert gmail.describe((named,)) == (
        Arrival(
            provider_id=named.provider_id,
            thread_id=named.thread_id,
            received_at=world.clock.now(),
            sender=READER,
            is_report=True,
            references=("1@x.example",),
        ),
    )


def test_drafts_make_no_noise_and_the_mail_they_become_is_one_sent_item(
    wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    cursor = read(gmail, since)[-1].cursor
    draft = wu.mailbox.add_draft(mail("one"))
    for subject in ("two", "three"):
        wu.mailbox.replace_draft(draft, mail(subject))
    item = gmail.send_draft(draft, tag="t", receipt=False).item
    wu.mailbox.add_draft(mail("still writing"))
    (page,) = read(gmail, since, cursor)
    assert (page.sent, page.received, page.removed) == ((item,), (), ())
    assert {skip.reason for skip in page.skipped} == {"came and went", "a draft"}


def test_the_trash_takes_sent_mail_away_and_gives_it_back(
    wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 1)
    cursor = read(gmail, since)[-1].cursor
    (message,) = wu.messages
    wu.mailbox.relabel(message, add=("TRASH",))
    (thrown,) = read(gmail, since, cursor)
    assert thrown.removed == (message.id,)
    wu.mailbox.relabel(message, remove=("TRASH",))
    (taken,) = read(gmail, since, thrown.cursor)
    assert subjects([taken]) == ["mail 0"]


def test_reading_and_archiving_in_gmail_is_passed_over_with_a_reason(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    receive(world, "news")
    cursor = read(gmail, since)[-1].cursor
    (message,) = wu.messages
    wu.mailbox.relabel(message, remove=("UNREAD", "INBOX"))
    (page,) = read(gmail, since, cursor)
    assert page.skipped == (Skip(provider_id=message.id, reason="only labels changed"),)


def test_a_long_history_comes_in_pages_and_goes_on_from_each(
    wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    cursor = read(gmail, since)[-1].cursor
    fill(wu, 230)
    pages = read(gmail, since, cursor)
    assert [len(page.sent) for page in pages] == [100, 100, 30]
    assert [len(page.sent) for page in read(gmail, since, pages[0].cursor)] == [100, 30]
    assert read(gmail, since, pages[-1].cursor)[0].listed == 0


def test_a_history_that_is_a_week_too_old_is_read_anew_whole(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 3)
    cursor = read(gmail, since)[-1].cursor
    wu.send(mail("meanwhile"))
    world.clock.advance(timedelta(days=9))
    wu.send(mail("today"))
    pages = read(gmail, since, cursor)
    assert subjects(pages) == ["mail 0", "mail 1", "mail 2", "meanwhile", "today"]
    assert read(gmail, since, pages[-1].cursor)[0].listed == 0


def test_an_unreadable_date_or_a_foreign_label_ends_in_a_skip() -> None:
    assert [
        sent_item({"id": "1", "labelIds": ["SENT"]}, account="a"),
        sent_item({"id": "2", "labelIds": ["SENT", "TRASH"], "internalDate": "1"}, account="a"),
        sent_item({"id": "3", "labelIds": ["DRAFT"], "internalDate": "1"}, account="a"),
        sent_item({"id": "4", "internalDate": "soon", "payload": {"headers": "?"}}, account="a"),
    ] == [
        Skip(provider_id="1", reason="has no readable date"),
        Skip(provider_id="2", reason="in the trash"),
        Skip(provider_id="3", reason="a draft"),
        Skip(provider_id="4", reason="no longer among the sent mail"),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"id": 7, "threadId": None, "labelIds": "SENT", "internalDate": [], "payload": []},
        {"payload": {"headers": [None, 3, {"name": None}, {"value": 4}]}, "internalDate": "9" * 30},
    ],
)
def test_garbled_json_of_a_message_is_no_crash(raw: dict[str, Any]) -> None:
    assert isinstance(arrival(raw), Arrival)
    assert isinstance(sent_item(raw, account="a"), Skip)


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"messagesAdded": [{"message": {"id": "1", "threadId": "t", "labelIds": ["SENT", "INBOX"]}}]}, "sent"),
        ({"messagesAdded": [{"message": {"id": "1", "threadId": "t", "labelIds": ["SPAM"]}}]}, "received"),
        ({"messagesAdded": [{"message": {"id": "1", "threadId": "t"}}]}, "received"),
        ({"messagesAdded": [{"message": {"id": "1", "labelIds": ["CHAT"]}}]}, "a chat"),
        ({"messagesAdded": [{"message": {"id": "1", "labelIds": ["DRAFT"]}}]}, "a draft"),
        ({"messagesDeleted": [{"message": {"id": "1", "labelIds": ["DRAFT"]}}]}, "a draft"),
        ({"messagesDeleted": [{"message": {"id": "1"}}]}, "removed"),
        ({"labelsAdded": [{"message": {"id": "1", "labelIds": ["SENT", "TRASH"]}, "labelIds": ["TRASH"]}]}, "removed"),
        ({"labelsAdded": [{"message": {"id": "1", "labelIds": ["SENT"]}, "labelIds": ["SENT"]}]}, "sent"),
        ({"labelsRemoved": [{"message": {"id": "1", "labelIds": ["SENT"]}, "labelIds": ["TRASH"]}]}, "sent"),
        (
            {"labelsAdded": [{"message": {"id": "1", "labelIds": ["SENT", "X"]}, "labelIds": ["X"]}]},
            "only labels changed",
        ),
        ({"messages": [{"id": "1"}]}, None),
        ({"messagesAdded": "?", "labelsAdded": [None, {"message": 3}, {"message": {"id": ""}}]}, None),
    ],
)
def test_what_a_history_record_means(record: dict[str, Any], place: str | None) -> None:
    story = happened([record])
    places = [
        *("sent" for _ in story.sent),
        *("received" for _ in story.received),
        *("removed" for _ in story.removed),
        *(skip.reason for skip in story.skipped),
    ]
    assert places == ([place] if place else [])


def test_the_body_of_a_message_that_is_no_message_is_unreachable(
    world: World, wu: GmailAccount, gmail: GmailMailbox
) -> None:
    fill(wu, 1)
    world.google.server.faults.add(Fault(trouble="answer", status=200, body='{"raw": "\\u00e9"}'))
    with pytest.raises(Unreachable, match="holds no message"):
        gmail.fetch(wu.messages[0].id)
    with pytest.raises(MessageGone):
        gmail.fetch("0000000000000000")


def test_mail_by_certain_people_is_found_by_few_searches_newest_first(
    world: World, gmail: GmailMailbox, since: datetime
) -> None:
    for subject, sender in (("one", READER), ("two", "eve@outside.example"), ("three", READER)):
        receive(world, subject, sender=sender)
    before = gmail.spend.units
    people = [READER, *(f"nobody-{number}@outside.example" for number in range(150))]
    found = [gmail.fetch(each) for each in gmail.written_by(people, since=since)]
    assert ["three" in found[0].decode(), "one" in found[1].decode(), len(found)] == [True, True, 2]
    assert gmail.spend.units - before == 2 * 20 + 6 * 5
    queries = people_queries((f"somebody.with.a.name-{number}@outside.example" for number in range(90)), since)
    assert max(len(quote_plus(query)) for query in queries) <= 1_850
    assert gmail.written_by((), since=since) == ()


def test_a_thread_that_is_gone_holds_nothing(gmail: GmailMailbox) -> None:
    assert gmail.thread("0000000000000000") == ()


def test_a_redirect_is_not_followed_with_our_token(world: World, gmail: GmailMailbox, since: datetime) -> None:
    elsewhere = (("Location", "https://localhost:1/gmail/v1/users/me/profile"),)
    world.google.server.faults.add(Fault(trouble="answer", status=302, headers=elsewhere, pattern="profile"))
    with pytest.raises(Unreachable, match="302"):
        read(gmail, since)


def test_what_the_account_can_do_depends_on_its_kind(provider: GoogleProvider, gmail: GmailMailbox) -> None:
    works = gmail.capabilities()
    assert (works.reads, works.sends, works.asks_receipts, works.arms_drafts) == (True, True, True, False)
    assert works.returns_receipts == "if the admin allows"


def test_a_refusal_that_names_an_older_project_s_allowance_brings_its_prices(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    wu.meter = Meter("2025", "workspace")
    fill(wu, 100)
    before = gmail.price(since=since)
    world.google.server.faults.add(refusal_naming("15000"))
    read(gmail, since)
    after = gmail.price(since=since)
    assert (gmail.spend.allowance, gmail.spend.throttled) == (15_000, 1)
    assert before.units - after.units == 100 * (20 - 5)


def test_prices_seen_by_an_earlier_process_hold_from_the_start(
    provider: GoogleProvider, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    fill(wu, 100)
    informed = provider.mailbox(gmail.account, Quota(allowance=15_000))
    assert informed.price(since=since).units == gmail.price(since=since).units - 100 * (20 - 5)
    informed.close()


@pytest.mark.parametrize("value", ["0", "-5", "7", "900000000", "many", None])
def test_an_allowance_that_makes_no_sense_is_not_believed(
    world: World, gmail: GmailMailbox, since: datetime, value: str | None
) -> None:
    world.google.server.faults.add(refusal_naming(value))
    read(gmail, since)
    assert (gmail.spend.allowance, gmail.spend.throttled) == (0, 1)


@pytest.mark.slow
def test_a_project_with_the_older_quota_is_recognised_by_what_it_lets_pass(
    world: World, wu: GmailAccount, gmail: GmailMailbox, since: datetime
) -> None:
    wu.meter = Meter("2025", "workspace")
    fill(wu, 3300)
    begin = world.clock.now()
    assert len(subjects(read(gmail, since))) == 3300
    assert timedelta(minutes=10) < world.clock.now() - begin < timedelta(minutes=13)
    assert gmail.spend.throttled == 0
    assert gmail.price(since=since).minutes < 2

"""What only Outlook does: folders by themselves, delta and its oddities, classes, drafts, and the form of its JSON."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request

from connectors import delta, exchange
from connectors.errors import DraftNotFound, ScopeMissing, SendRefused, SendUnknown, Unreachable
from connectors.mailbox import Armed, Arrival, Draft, Page, Skip
from connectors.microsoft import MicrosoftProvider
from connectors.outlook import OutlookMailbox
from connectors.provider import Feature, Microsoft, SignIn
from connectors.vault import Vault
from evidence.model import Recipient, SentItem, item_id
from sandbox.faults import Fault
from sandbox.microsoft import ExchangeAccount
from sandbox.microsoft import mime as exchange_mime
from sandbox.post import TRANSIT, Letter
from sandbox.visitor import Visitor
from sandbox.world import World

BEN = "ben@ben-work.example"
ACCOUNT = f"outlook:{BEN}"
READER = "reader@outside.example"
MAIL = f"From: {BEN}\r\nTo: {READER}\r\nSubject: {{}}\r\n\r\nhello\r\n"
AS_THE_BOSS = b"From: boss@elsewhere.example\r\nTo: reader@outside.example\r\nSubject: x\r\n\r\nhello\r\n"
SINCE = datetime(2026, 4, 4, 8, 0, tzinfo=UTC)
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Desk:
    """Ben's mailbox, from both sides."""

    def __init__(self, world: World, vault: Vault, features: frozenset[Feature] = frozenset(Feature)) -> None:
        self.world = world
        self.account: ExchangeAccount = world.microsoft.account(BEN)
        self.faults = world.microsoft.server.faults
        settings = Microsoft(
            client_id=world.microsoft.client_id,
            authority=world.microsoft.authority,
            graph_root=world.microsoft.graph_root,
            ca_bundle=str(world.ca_file),
        )
        provider = MicrosoftProvider(settings, vault, now=world.clock.now, sleep=world.clock.sleep)
        sign_in = SignIn(show=Visitor(world.ca_file, account=BEN), tell=print, time_limit=20)
        provider.connect(features, sign_in)
        self.mailbox: OutlookMailbox = provider.mailbox(ACCOUNT)
        self.arrived: list[Letter] = []
        world.post.register(READER, lambda letter, _: self.arrived.append(letter))
        self._tags = itertools.count()

    def receive(self, subject: str, headers: str = "", body: str = "some words\r\n") -> None:
        """Mail from the reader arrives."""
        now = self.world.clock.now()
        head = f"From: {READER}\r\nTo: {BEN}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@outside.example>\r\n"
        letter = Letter(mime=f"{head}{headers}\r\n{body}".encode(), sender=READER, recipients=(BEN,), sent_at=now)
        self.world.post.send(letter)
        self.world.clock.advance(TRANSIT + timedelta(seconds=1))

    def send(self, subject: str) -> SentItem:
        """Ben sends mail through Heardback."""
        sent = self.mailbox.send(MAIL.format(subject).encode(), tag=f"tag-{next(self._tags)}", receipt=False)
        self.world.clock.advance(TRANSIT + timedelta(seconds=1))
        return sent.item

    def draft(self, subject: str, *categories: str) -> str:
        """Ben writes a draft in his own program."""
        assert self.account.mailbox
        head = exchange_mime.read(MAIL.format(subject).encode())
        item = self.account.mailbox.add("drafts", head, is_draft=True, is_read=True)
        item.categories = categories
        return item.immutable_id

    def move(self, provider_id: str, folder: str) -> None:
        """Ben, or a rule, moves a message."""
        assert self.account.mailbox
        self.account.mailbox.move(self.account.mailbox.find(provider_id), folder)

    def read(self, cursor: str | None = None) -> list[Page]:
        """A whole reading, each page adding up."""
        pages = list(self.mailbox.changes(cursor, since=self.world.clock.now() - timedelta(days=30)))
        for page in pages:
            assert page.listed == len(page.sent) + len(page.received) + len(page.skipped) + len(page.removed)
        return pages

    def spent(self) -> int:
        """Requests made so far."""
        return self.mailbox.spend.requests


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


@pytest.fixture
def desk(world: World, vault: Vault) -> Iterator[Desk]:
    desk = Desk(world, vault)
    yield desk
    desk.mailbox.close()


def sent(pages: list[Page]) -> list[str]:
    return [each.id for page in pages for each in page.sent]


def received(pages: list[Page]) -> list[Arrival]:
    return [each for page in pages for each in page.received]


def skipped(pages: list[Page]) -> list[str]:
    return [each.reason for page in pages for each in page.skipped]


class TestChanges:
    def test_an_idle_poll_is_one_request_a_folder(self, desk: Desk) -> None:
        cursor = desk.read()[-1].cursor
        before = desk.spent()
        assert [page.listed for page in desk.read(cursor)] == [0]
        assert desk.spent() - before == len(delta.FOLDERS)

    def test_news_costs_one_more_request_a_folder_and_leaves_nothing_to_ask(self, desk: Desk) -> None:
        cursor = desk.read()[-1].cursor
        for number in range(5):
            desk.receive(f"news-{number}", f"In-Reply-To: <about-{number}@x.example>\r\n")
        before = desk.spent()
        arrivals = received(desk.read(cursor))
        assert desk.spent() - before == len(delta.FOLDERS) + 1
        assert {each.references for each in arrivals} == {(f"about-{number}@x.example",) for number in range(5)}
        assert desk.mailbox.describe(tuple(arrivals)) == tuple(arrivals)
        assert desk.spent() - before == len(delta.FOLDERS) + 1

    def test_every_request_asks_for_ids_that_stay(self, desk: Desk) -> None:
        item = desk.send("filed later")
        desk.move(item.provider_id, "archive")
        assert b"Subject: filed later" in desk.mailbox.fetch(item.provider_id)
        described = desk.mailbox.describe((Arrival(provider_id=item.provider_id, thread_id=item.thread_id),))
        assert [each.provider_id for each in described] == [item.provider_id]

    def test_sent_mail_filed_elsewhere_is_not_gone(self, desk: Desk) -> None:
        item = desk.send("filed")
        cursor = desk.read()[-1].cursor
        desk.move(item.provider_id, "archive")
        pages = desk.read(cursor)
        assert (sent(pages), received(pages), [page.removed for page in pages if page.removed]) == ([], [], [])
        assert sorted(skipped(pages)) == ["moved to another folder", "own mail, filed here"]

    def test_mail_thrown_away_is_removed(self, desk: Desk) -> None:
        item = desk.send("thrown away")
        cursor = desk.read()[-1].cursor
        desk.move(item.provider_id, "deleteditems")
        assert [each for page in desk.read(cursor) for each in page.removed] == [item.provider_id]

    def test_an_answer_moved_to_the_archive_by_a_rule_is_still_found(self, desk: Desk) -> None:
        cursor = desk.read()[-1].cursor
        desk.receive("ruled away")
        desk.move(desk.account.messages("inbox")[0].immutable_id, "archive")
        assert [each.sender for each in received(desk.read(cursor))] == [READER]

    def test_mail_in_junk_is_looked_at(self, desk: Desk) -> None:
        cursor = desk.read()[-1].cursor
        desk.receive("looks bad")
        desk.move(desk.account.messages("inbox")[0].immutable_id, "junkemail")
        assert [each.sender for each in received(desk.read(cursor))] == [READER]

    def test_a_flag_set_by_the_person_is_no_new_mail(self, desk: Desk) -> None:
        item = desk.send("flagged")
        desk.receive("opened")
        cursor = desk.read()[-1].cursor
        mailbox = desk.account.mailbox
        assert mailbox
        flagged, opened = mailbox.find(item.provider_id), desk.account.messages("inbox")[0]
        flagged.flag = {"flagStatus": "flagged"}
        mailbox.change(flagged, "flag")
        opened.is_read = True
        mailbox.change(opened, "isRead")
        assert skipped(desk.read(cursor)) == ["only flags changed", "only flags changed"]

    def test_a_page_delivered_again_and_empty_pages_change_nothing(self, desk: Desk) -> None:
        items = {desk.send("one").id, desk.send("two").id}
        desk.faults.add(Fault(trouble="empty-page", times=2))
        desk.faults.add(Fault(trouble="replay", after=1))
        pages = desk.read()
        assert set(sent(pages)) == items
        assert [page.listed for page in desk.read(pages[-1].cursor)] == [0]

    @pytest.mark.parametrize("variant", ["410", "syncStateNotFound", "SyncStateNotFound", "resyncRequired"])
    def test_a_cursor_too_old_leads_to_a_full_listing(self, desk: Desk, variant: str) -> None:
        known = desk.send("before")
        cursor = desk.read()[-1].cursor
        new = desk.send("after")
        desk.faults.add(Fault(trouble="expire-cursor", detail=variant))
        assert sorted(sent(desk.read(cursor))) == sorted([known.id, new.id])

    def test_all_cursors_too_old_at_once_lead_to_full_listings(self, desk: Desk) -> None:
        known = desk.send("before")
        cursor = desk.read()[-1].cursor
        desk.world.microsoft.expire_cursors(BEN)
        assert sent(desk.read(cursor)) == [known.id]

    @pytest.mark.parametrize(
        "cursor", ["", "{}", "nonsense", '{"form": 99}', "[]", '{"form": 1, "links": 5, "done": 0}']
    )
    def test_a_cursor_that_is_none_of_ours_means_reading_from_the_beginning(self, desk: Desk, cursor: str) -> None:
        known = desk.send("known")
        assert sent(desk.read(cursor)) == [known.id]

    def test_a_folder_too_full_for_a_filter_is_listed_whole(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        old = desk.send("old")
        desk.world.clock.advance(timedelta(days=40))
        items = {desk.send(f"mail {number}").id for number in range(3)}
        monkeypatch.setattr(delta, "FILTER_LIMIT", 3)
        pages = desk.read()
        assert (set(sent(pages)), old.id in sent(pages)) == (items, False)
        assert skipped(pages) == ["sent before the tracking window"]

    def test_progress_is_told_while_a_first_listing_goes_on(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(5):
            desk.send(f"mail {number}")
        monkeypatch.setattr(delta, "_PAGE_SIZE", "odata.maxpagesize=2")
        assert [(page.done, page.total) for page in desk.read() if page.sent] == [(2, 5), (4, 5), (5, 5)]

    def test_a_link_to_another_host_is_not_followed(self, desk: Desk) -> None:
        cursor = json.loads(desk.read()[-1].cursor)
        cursor["links"]["inbox"] = "https://evil.example/v1.0/me/messages/delta"
        with pytest.raises(Unreachable, match="another host"):
            desk.read(json.dumps(cursor))

    @pytest.mark.parametrize(
        "body",
        [
            {"value": []},
            {"value": {}, "@odata.deltaLink": "https://x"},
            {"@odata.deltaLink": "https://x"},
            {"value": None, "@odata.nextLink": "https://x"},
        ],
    )
    def test_a_listing_that_makes_no_sense_never_looks_like_an_empty_mailbox(
        self, desk: Desk, body: dict[str, Any]
    ) -> None:
        desk.faults.add(Fault(trouble="answer", pattern="delta", status=200, body=json.dumps(body)))
        with pytest.raises(Unreachable, match="no sense"):
            desk.read()

    def test_entries_that_cannot_be_read_are_skipped_with_a_reason(self, desk: Desk) -> None:
        cursor = desk.read()[-1].cursor
        link = json.loads(cursor)["links"]["sentitems"]
        body = {
            "value": [
                None,
                "text",
                {"subject": "without an id"},
                {"id": 5},
                {"id": "a", "toRecipients": 5, "sentDateTime": "not a date"},
                {"id": "b", "isDraft": True},
                {"id": "c"},
            ],
            "@odata.deltaLink": link,
        }
        desk.faults.add(Fault(trouble="answer", pattern="sentitems.*delta", status=200, body=json.dumps(body)))
        assert skipped(desk.read(cursor)) == [
            "has no readable date",
            "a draft",
            "only flags changed",
            *["named without an id"] * 4,
        ]

    def test_without_permission_to_read_it_says_which_one(self, world: World, vault: Vault) -> None:
        desk = Desk(world, vault, frozenset({Feature.READ}))
        desk.mailbox.close()
        blind = OutlookMailbox(
            ACCOUNT,
            graph=desk.mailbox._graph,
            retry=desk.mailbox._drafts._retry,
            spend=desk.mailbox.spend,
            scopes=frozenset({"User.Read"}),
            is_personal=False,
            now=world.clock.now,
            sleep=world.clock.sleep,
        )
        with pytest.raises(ScopeMissing, match=r"Mail\.Read"):
            list(blind.changes(None, since=SINCE))
        with pytest.raises(ScopeMissing, match=r"Mail\.Send"):
            desk.mailbox.send(MAIL.format("x").encode(), tag="t", receipt=False)
        with pytest.raises(ScopeMissing, match=r"Mail\.ReadWrite"):
            desk.mailbox.arm_drafts(marked_only=True)


class TestReports:
    def test_what_has_the_class_of_a_report_is_told_in_the_listing(self, desk: Desk) -> None:
        cursor = desk.read()[-1].cursor
        report = "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification;"
        told = f"Final-Recipient: rfc822;{READER}\r\nOriginal-Message-ID: <x@y.z>\r\n"
        desk.receive(
            "Read",
            f'{report} boundary="b"\r\n',
            "--b\r\nContent-Type: text/plain\r\n\r\nread\r\n"
            f"--b\r\nContent-Type: message/disposition-notification\r\n\r\n{told}"
            "Disposition: manual-action/MDN-sent-manually; displayed\r\n--b--\r\n",
        )
        desk.receive("ordinary")
        assert [each.is_report for each in received(desk.read(cursor))] in ([True, False], [False, True])

    @pytest.mark.parametrize(
        ("item_class", "expected"),
        [
            ("REPORT.IPM.Note.IPNRN", True),
            ("Report.IPM.NOTE.ipnnrn", True),
            ("REPORT.IPM.Note.NDR", True),
            ("IPM.Note.Rules.OofTemplate.Microsoft", True),
            ("IPM.Note.Rules.ReplyTemplate.Microsoft", True),
            ("IPM.Schedule.Meeting.Resp.Pos", True),
            ("IPM.Note.Receipt.SMIME", True),
            ("IPM.Note", False),
            ("IPM.Note.SMIME.MultipartSigned", False),
            ("IPM.Schedule.Meeting.Request", False),
            ("", False),
            (None, False),
        ],
    )
    def test_the_message_class_tells_machines_from_people(self, item_class: str | None, expected: bool) -> None:
        assert exchange.is_automatic(item_class) is expected

    @pytest.mark.parametrize(
        ("asked", "echoed"),
        [
            ("String 0x001A", "String 0x1a"),
            ("String 0x1042", "string 0x1042"),
            ("Binary 0x300B", "Binary 0x300b"),
            (exchange.TAG, exchange.TAG.lower()),
            (exchange.TAG, exchange.TAG.upper()),
        ],
    )
    def test_extended_properties_are_known_in_whatever_form_graph_echoes_them(self, asked: str, echoed: str) -> None:
        assert exchange.key(asked) == exchange.key(echoed)
        assert exchange.key(asked) != exchange.key("String 0x0E1D")


class TestJson:
    RAW: dict[str, Any] = {  # noqa: RUF012 - a sample, never changed
        "id": "AAk=",
        "conversationId": "c1",
        "internetMessageId": "<m1@x.org>",
        "subject": "Gr\ud800e\r\nBcc: x",
        "from": {"emailAddress": {"name": "Ben", "address": "Ben@Ben-Work.example"}},
        "toRecipients": [
            {"emailAddress": {"name": "Ann", "address": "Ann@X.org"}},
            {"emailAddress": {"name": "A list", "address": "/O=EXCHANGE/CN=LIST"}},
            {"emailAddress": None},
            "text",
        ],
        "ccRecipients": None,
        "bccRecipients": [{"emailAddress": {"name": "ann@x.org", "address": "ann@x.org"}}],
        "sentDateTime": "2026-05-04T12:00:00.1234567Z",
        "receivedDateTime": "2026-05-04T12:00:01Z",
        "isReadReceiptRequested": True,
        "isDraft": False,
    }

    def test_a_sent_message_becomes_a_sent_item(self) -> None:
        properties = {exchange.key("Binary 0x300B"): "a2V5", exchange.key(exchange.TAG): "t1"}
        assert exchange.sent_item(self.RAW, properties, account=ACCOUNT, since=SINCE) == SentItem(
            id=item_id(ACCOUNT, "AAk="),
            account=ACCOUNT,
            provider_id="AAk=",
            message_ids=("m1@x.org",),
            thread_id="c1",
            sent_at=NOON.replace(microsecond=123456),
            sender=BEN,
            recipients=(Recipient(address="ann@x.org", name="Ann"),),
            subject="Gr?e Bcc: x",
            asks_receipt=True,
            correlation_key="a2V5",
            tag="t1",
        )

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"isDraft": True}, "a draft"),
            ({"sentDateTime": "2026-01-01T00:00:00Z"}, "sent before the tracking window"),
            ({"sentDateTime": None, "receivedDateTime": None}, "has no readable date"),
            ({"sentDateTime": 5, "receivedDateTime": "soon"}, "has no readable date"),
        ],
    )
    def test_what_is_not_followed_has_a_reason(self, changed: dict[str, object], reason: str) -> None:
        made = exchange.sent_item(self.RAW | changed, {}, account=ACCOUNT, since=SINCE)
        assert made == Skip(provider_id="AAk=", reason=reason)

    def test_receipts_and_automatic_answers_in_the_sent_folder_are_not_followed(self) -> None:
        made = exchange.sent_item(
            self.RAW, {exchange.key(exchange.CLASS): "REPORT.IPM.Note.IPNRN"}, account=ACCOUNT, since=SINCE
        )
        assert made == Skip(provider_id="AAk=", reason="a receipt or an automatic answer")

    @pytest.mark.parametrize(
        "text",
        ["2026-05-04T12:00:00Z", "2026-05-04T12:00:00.0Z", "2026-05-04T12:00:00.0000000Z", "2026-05-04T14:00:00+02:00"],
    )
    def test_times_are_read_in_every_form_graph_writes_them(self, text: str) -> None:
        assert exchange.moment({"at": text}, "at") == NOON

    def test_an_arrival_without_its_class_leaves_the_question_open(self) -> None:
        made = exchange.arrival(self.RAW, None, is_listed=True)
        assert isinstance(made, Arrival)
        assert (made.is_report, made.references) == (None, None)

    @pytest.mark.parametrize(
        ("headers", "listed", "alone"),
        [
            ("Received: from a by b\r\nSubject: hello\r\n", False, False),
            ("Received: from a by b\r\nAuto-Submitted: auto-replied\r\n", True, True),
            ("Auto-Submitted: auto-replied\r\nReceived: from a by b; Mon, 4 M", True, True),
            ("Received: from a by b; Mon, 4 M", None, False),
            (None, None, False),
        ],
        ids=["whole", "a report", "cut, and a report", "cut", "left out"],
    )
    def test_headers_that_a_listing_cuts_or_leaves_out_leave_the_question_open(
        self, headers: str | None, listed: bool | None, alone: bool
    ) -> None:
        properties = {"string 0x1a": "IPM.Note", **({"string 0x7d": headers} if headers else {})}
        told = [exchange.arrival(self.RAW, properties, is_listed=each) for each in (True, False)]
        assert [each.is_report for each in told if isinstance(each, Arrival)] == [listed, alone]

    def test_an_arrival_from_nobody_may_be_a_report(self) -> None:
        made = exchange.arrival(self.RAW | {"from": None}, {}, is_listed=False)
        assert isinstance(made, Arrival)
        assert (made.sender, made.is_report) == (None, True)


class TestDescribe:
    def test_fifty_are_asked_for_in_three_requests_and_those_gone_left_out(self, desk: Desk) -> None:
        for number in range(50):
            desk.receive(f"news-{number}", f"In-Reply-To: <about-{number}@x.example>\r\n")
        told = received(desk.read())
        gone = told[7].provider_id
        assert desk.account.mailbox
        desk.account.mailbox.remove(desk.account.mailbox.find(gone))
        untold = tuple(replace(each, is_report=None, references=None) for each in told)
        assert desk.mailbox.describe(untold) == tuple(each for each in told if each.provider_id != gone)

    def test_throttled_parts_of_a_batch_are_asked_for_again(self, desk: Desk) -> None:
        for number in range(30):
            desk.receive(f"news-{number}")
        told = received(desk.read())
        desk.faults.add(
            Fault(
                trouble="answer",
                pattern="batch",
                status=200,
                body=json.dumps(
                    {
                        "responses": [
                            {"id": "0", "status": 429, "headers": {"Retry-After": "2.128"}, "body": {"error": {}}},
                            {"id": "1", "status": 503, "headers": {}, "body": {"error": {"code": "x"}}},
                            {"id": "2", "status": 429},
                        ]
                    }
                ),
            )
        )
        untold = tuple(replace(each, is_report=None, references=None) for each in told)
        assert desk.mailbox.describe(untold) == tuple(told)
        assert desk.mailbox.spend.throttled == 3

    @pytest.mark.parametrize("claims", ["", "claims"], ids=["expired", "with claims"])
    def test_parts_of_a_batch_that_want_another_token_are_asked_for_once_more(self, desk: Desk, claims: str) -> None:
        for number in range(5):
            desk.receive(f"news-{number}")
        told = received(desk.read())
        desk.faults.add(Fault(trouble="expire-token", pattern="GET .*/me/messages/", after=2, detail=claims))
        untold = tuple(replace(each, is_report=None, references=None) for each in told)
        spent = desk.spent()
        assert desk.mailbox.describe(untold) == tuple(told)
        assert desk.spent() - spent == 2


class TestSending:
    @pytest.mark.parametrize("naming", ["replaced when made", "replaced when sent"])
    @pytest.mark.parametrize("step", [0, *(pytest.param(each, marks=pytest.mark.slow) for each in (None, 1, 2))])
    def test_a_message_id_that_exchange_replaces_is_read_back_and_nothing_leaves_twice(
        self, desk: Desk, naming: Any, step: int | None
    ) -> None:
        desk.world.microsoft.naming = naming
        if step is not None:
            desk.faults.add(Fault(trouble="lose", pattern="POST|PATCH", after=step))
        item = desk.send("renamed")
        (letter,) = desk.arrived
        wire = str(message_from_bytes(letter.mime)["Message-ID"]).strip().strip("<>")
        desk.receive("Re: renamed", f"In-Reply-To: <{wire}>\r\n")
        pages = desk.read()
        assert (item.message_ids[0], desk.mailbox.find_sent(str(item.tag), since=SINCE)) == (wire, item)
        assert [each for page in pages for each in page.sent] == [item]
        assert [each.references for page in pages for each in page.received] == [(wire,)]
        # nothing names a draft that lost its Message-ID and whose making was not confirmed: it stays behind, unsent
        nameless = (naming, step) == ("replaced when made", 0)
        assert len(desk.account.messages("drafts")) == nameless

    def test_a_lost_answer_leaves_no_second_draft_behind(self, desk: Desk) -> None:
        for step in range(6):
            desk.faults.add(Fault(trouble="lose", pattern="POST|PATCH", after=step))
            item = desk.send(f"mail {step}")
            desk.faults.clear()
            assert item.subject == f"mail {step}"
        assert (desk.account.messages("drafts"), len(desk.arrived)) == ((), 6)

    def test_a_draft_left_by_a_crash_is_taken_up_and_not_made_again(self, desk: Desk) -> None:
        desk.faults.add(Fault(trouble="answer", pattern="PATCH", status=503, times=99))
        message = MAIL.format("after a crash").encode()
        with pytest.raises(Unreachable):
            desk.mailbox.send(message, tag="crashed", receipt=True)
        desk.faults.clear()
        assert len(desk.account.messages("drafts")) == 1
        item = desk.mailbox.send(message, tag="crashed", receipt=True).item
        desk.world.clock.advance(timedelta(minutes=1))
        assert (item.tag, desk.account.messages("drafts"), len(desk.arrived)) == ("crashed", (), 1)

    def test_a_copy_that_never_shows_is_an_unknown_outcome_and_nothing_is_sent_again(self, desk: Desk) -> None:
        desk.faults.add(
            Fault(trouble="answer", pattern="GET .*/messages\\?", status=200, body='{"value": []}', times=99)
        )
        message = MAIL.format("slow copy").encode()
        with pytest.raises(SendUnknown, match="sent folder"):
            desk.mailbox.send(message, tag="slow", receipt=False)
        desk.faults.clear()
        assert desk.mailbox.send(message, tag="slow", receipt=False).item.tag == "slow"
        desk.world.clock.advance(timedelta(minutes=1))
        assert len(desk.arrived) == 1

    def test_a_copy_filed_or_thrown_away_elsewhere_still_counts_as_left(self, desk: Desk) -> None:
        for folder in ("archive", "deleteditems"):
            message = MAIL.format(folder).encode()
            item = desk.mailbox.send(message, tag=folder, receipt=False).item
            desk.move(item.provider_id, folder)
            assert desk.mailbox.send(message, tag=folder, receipt=False).item.id == item.id
        desk.world.clock.advance(timedelta(minutes=1))
        assert len(desk.arrived) == 2

    def test_a_copy_that_lost_our_mark_is_found_by_its_message_id(self, desk: Desk) -> None:
        message = MAIL.format("unmarked").encode()
        item = desk.mailbox.send(message, tag="unmarked", receipt=False).item
        assert desk.account.mailbox
        desk.account.mailbox.find(item.provider_id).extended.clear()
        assert desk.mailbox.find_sent("unmarked", since=SINCE) == item
        assert desk.mailbox.send(message, tag="unmarked", receipt=False).item == item
        desk.world.clock.advance(timedelta(minutes=1))
        assert len(desk.arrived) == 1

    def test_a_draft_sent_by_the_person_meanwhile_is_not_changed_any_more(self, desk: Desk) -> None:
        mailbox = desk.account.mailbox
        assert mailbox
        draft = mailbox.find(desk.draft("in a hurry"))

        def send_first(request: Request) -> None:
            if request.method == "PATCH" and draft.is_draft:
                draft.is_draft = False
                mailbox.change(draft, "isDraft")

        desk.world.microsoft.server.watch(send_first)
        with pytest.raises(DraftNotFound, match="sent meanwhile"):
            desk.mailbox.send_draft("in a hurry", tag="d1", receipt=True)
        assert (draft.head.wants_receipt, draft.extended) == (False, {})

    def test_a_draft_of_ours_that_is_gone_may_have_left(self, desk: Desk) -> None:
        mailbox = desk.account.mailbox
        assert mailbox

        def take_away(request: Request) -> None:
            if request.method == "PATCH":
                mailbox.remove(mailbox.items(mailbox.folder("drafts").folder_id)[0])

        desk.world.microsoft.server.watch(take_away)
        with pytest.raises(SendUnknown, match="same tag"):
            desk.mailbox.send(MAIL.format("gone").encode(), tag="gone", receipt=False)

    def test_a_draft_the_person_types_on_is_read_again_before_it_is_marked(self, desk: Desk) -> None:
        mailbox = desk.account.mailbox
        assert mailbox
        draft, typing = mailbox.find(desk.draft("still typing")), iter([True, True])

        def type_on(request: Request) -> None:
            if request.method == "PATCH" and next(typing, False):
                mailbox.change(draft, "body")

        desk.world.microsoft.server.watch(type_on)
        assert desk.mailbox.send_draft("still typing", tag="d1", receipt=True).item.asks_receipt

    def test_mail_in_the_name_of_another_is_refused_and_no_permission_is_blamed(self, desk: Desk) -> None:
        with pytest.raises(SendRefused, match="right to send mail for this sender"):
            desk.mailbox.send(AS_THE_BOSS, tag="boss", receipt=False)

    @pytest.mark.parametrize("status", [400, 413])
    def test_mail_outlook_does_not_take_is_refused_with_its_words(self, desk: Desk, status: int) -> None:
        body = json.dumps({"error": {"code": "ErrorMessageSizeExceeded", "message": "The message is too large."}})
        desk.faults.add(Fault(trouble="answer", pattern="POST .*/messages", status=status, body=body))
        with pytest.raises(SendRefused, match="too large"):
            desk.mailbox.send(MAIL.format("huge").encode(), tag="huge", receipt=False)

    def test_what_is_refused_leaves_no_draft_of_ours_behind(self, desk: Desk) -> None:
        with pytest.raises(SendRefused) as caught:
            desk.mailbox.send(AS_THE_BOSS, tag="boss", receipt=False)
        assert (desk.account.messages("drafts"), "drafts" in str(caught.value)) == ((), False)

    def test_a_refused_draft_of_ours_that_cannot_be_taken_away_is_told_of(self, desk: Desk) -> None:
        desk.faults.add(Fault(trouble="answer", pattern="DELETE", status=503, times=99))
        with pytest.raises(SendRefused, match=r"for this sender\. It lies among your drafts, unsent"):
            desk.mailbox.send(AS_THE_BOSS, tag="boss", receipt=False)

    def test_a_refused_draft_of_ours_that_the_person_wrote_in_stays(self, desk: Desk) -> None:
        mailbox = desk.account.mailbox
        assert mailbox

        def type_on(request: Request) -> None:
            if request.path.endswith("/send"):
                mailbox.change(mailbox.items(mailbox.folder("drafts").folder_id)[0], "body")

        desk.world.microsoft.server.watch(type_on)
        with pytest.raises(SendRefused, match="It lies among your drafts, unsent"):
            desk.mailbox.send(AS_THE_BOSS, tag="boss", receipt=False)
        assert len(desk.account.messages("drafts")) == 1

    def test_a_draft_of_the_person_that_is_refused_stays(self, desk: Desk) -> None:
        assert desk.account.mailbox
        desk.account.mailbox.find(desk.draft("to nobody yet")).head.to = ()
        for _ in range(2):
            with pytest.raises(SendRefused, match="recipient"):
                desk.mailbox.send_draft("to nobody yet", tag="d1", receipt=True)
        assert len(desk.account.messages("drafts")) == 1

    @pytest.mark.parametrize("trouble", ["lose", "drop"])
    def test_after_a_lost_answer_an_older_draft_of_the_same_message_id_is_left_alone(
        self, desk: Desk, trouble: Any
    ) -> None:
        assert desk.account.mailbox
        head = f"From: {BEN}\r\nTo: {READER}\r\nSubject: {{}}\r\nMessage-ID: <own@ben-work.example>\r\n\r\nhello\r\n"
        older = exchange_mime.read(head.format("an earlier version").encode())
        draft = desk.account.mailbox.add("drafts", older, is_draft=True, is_read=True)
        desk.faults.add(Fault(trouble=trouble, pattern="POST .*/me/messages"))
        item = desk.mailbox.send(head.format("the final one").encode(), tag="final", receipt=False).item
        assert item.subject == "the final one"
        assert [each.head.subject for each in desk.account.messages("drafts")] == ["an earlier version"]
        assert draft.extended == {}

    def test_signed_mail_leaves_with_its_body_unchanged(self, desk: Desk) -> None:
        head = f"From: {BEN}\r\nTo: {READER}\r\nSubject: signed\r\nMIME-Version: 1.0\r\n"
        signature = "--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n"
        body = f"\r\n--s\r\nContent-Type: text/plain\r\n\r\nexact  \r\n{signature}"
        kind = 'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="s"\r\n'
        desk.mailbox.send(f"{head}{kind}{body}".encode(), tag="signed", receipt=True)
        desk.world.clock.advance(timedelta(minutes=1))
        assert desk.arrived[0].mime.partition(b"\r\n\r\n")[2] == body.partition("\r\n")[2].encode()

    def test_a_draft_is_named_by_its_id_too(self, desk: Desk) -> None:
        draft = desk.draft("half written")
        assert desk.mailbox.send_draft(draft, tag="d1", receipt=True).item.asks_receipt

    def test_a_draft_that_cannot_be_told_is_not_sent(self, desk: Desk) -> None:
        desk.draft("twice")
        desk.draft("twice")
        with pytest.raises(DraftNotFound, match="2 drafts are"):
            desk.mailbox.send_draft("twice", tag="d1", receipt=True)
        with pytest.raises(DraftNotFound, match="no draft is"):
            desk.mailbox.send_draft("it's not there", tag="d1", receipt=True)

    def test_a_sent_message_is_no_draft(self, desk: Desk) -> None:
        item = desk.send("gone already")
        with pytest.raises(DraftNotFound):
            desk.mailbox.send_draft(item.provider_id, tag="d1", receipt=True)


class TestFollowUps:
    def left(self, desk: Desk, item: SentItem) -> Draft:
        return desk.mailbox.leave_draft(item, to=item.recipients, text="Hello,\n\nhave you seen this?\n")

    def test_a_draft_whose_answer_was_lost_is_known_by_its_words(self, desk: Desk) -> None:
        item = desk.send("offer")
        desk.faults.add(Fault(trouble="lose", pattern="createReply"))
        draft = self.left(desk, item)
        assert [each.immutable_id for each in desk.account.messages("drafts")] == [draft.provider_id]
        assert desk.mailbox.take_back_draft(draft)

    @pytest.mark.parametrize("trouble", ["lose", "drop"])
    def test_an_answer_the_person_begins_in_that_very_moment_is_not_taken_for_ours(
        self, desk: Desk, trouble: Any
    ) -> None:
        item, mailbox = desk.send("offer"), desk.account.mailbox
        assert mailbox
        head = f"From: {BEN}\r\nTo: {READER}\r\nSubject: Re: offer\r\nIn-Reply-To: <{item.message_ids[0]}>\r\n"
        answer = exchange_mime.read(f"{head}\r\nOh\r\n".encode())
        begun: list[str] = []

        def begin(request: Request) -> None:
            if request.path.endswith("createReply"):
                begun.append(mailbox.add("drafts", answer, is_draft=True, is_read=True).immutable_id)

        desk.world.microsoft.server.watch(begin)
        desk.faults.add(Fault(trouble=trouble, pattern="createReply"))
        if trouble == "lose":
            assert self.left(desk, item).provider_id not in begun
        else:
            with pytest.raises(Unreachable, match="did not say whether it made a draft"):
                self.left(desk, item)
        assert len(desk.account.messages("drafts")) == 1 + (trouble == "lose")

    def test_a_draft_that_was_surely_not_made_is_not_looked_for(self, desk: Desk) -> None:
        item = desk.send("offer")
        desk.faults.add(Fault(trouble="answer", pattern="createReply", status=429))
        with pytest.raises(Unreachable, match="did not make the draft"):
            self.left(desk, item)


class TestArming:
    def test_only_marked_drafts_are_armed_and_nothing_else_of_them_changes(self, desk: Desk) -> None:
        marked, other = desk.draft("marked", "Heardback", "Red"), desk.draft("other")
        assert desk.mailbox.arm_drafts(marked_only=True) == (
            Armed(provider_id=marked, subject="marked", outcome="armed"),
        )
        assert desk.account.mailbox
        armed, left = (desk.account.mailbox.find(each) for each in (marked, other))
        assert (armed.head.wants_receipt, armed.categories, left.head.wants_receipt) == (
            True,
            ("Heardback", "Red"),
            False,
        )

    def test_all_are_armed_if_so_configured_and_only_once(self, desk: Desk) -> None:
        drafts = [desk.draft("one"), desk.draft("two", "Heardback")]
        assert [each.outcome for each in desk.mailbox.arm_drafts(marked_only=False)] == ["armed", "armed"]
        again = desk.mailbox.arm_drafts(marked_only=False)
        assert {(each.provider_id, each.outcome) for each in again} == {(each, "already asks") for each in drafts}

    @pytest.mark.parametrize(
        ("status", "outcome"), [(412, "changed meanwhile"), (409, "changed meanwhile"), (404, "gone")]
    )
    def test_a_draft_changed_or_deleted_meanwhile_is_left_alone(self, desk: Desk, status: int, outcome: str) -> None:
        draft = desk.draft("being written", "Heardback")
        desk.faults.add(Fault(trouble="answer", pattern="PATCH", status=status, body="{}"))
        assert [each.outcome for each in desk.mailbox.arm_drafts(marked_only=True)] == [outcome]
        assert desk.account.mailbox
        assert not desk.account.mailbox.find(draft).head.wants_receipt

    def test_the_person_typing_on_is_seen_by_the_etag(self, desk: Desk) -> None:
        draft = desk.draft("being written", "Heardback")
        mailbox = desk.account.mailbox
        assert mailbox
        listed = desk.mailbox._graph.get("/me/mailFolders/drafts/messages")["value"][0]
        mailbox.change(mailbox.find(draft), "subject")
        assert desk.mailbox._drafts.arm(listed).outcome == "changed meanwhile"

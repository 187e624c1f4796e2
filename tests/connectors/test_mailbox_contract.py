"""One contract for every mailbox, over the wire: Gmail and Outlook each keep it."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from itertools import islice
from pathlib import Path

import pytest

from connectors import delta
from connectors.errors import ConnectorError, GrantGone, MessageGone, SendUnknown, Unreachable
from connectors.google import GoogleProvider
from connectors.mailbox import Mailbox, Page
from connectors.microsoft import MicrosoftProvider
from connectors.provider import Feature, Google, Microsoft, Provider, SignIn
from connectors.vault import Vault
from evidence.model import Recipient, SentItem
from evidence.normal import message_id
from sandbox.faults import Fault
from sandbox.microsoft import mime as exchange_mime
from sandbox.post import TRANSIT, Letter
from sandbox.server import Server
from sandbox.visitor import Visitor
from sandbox.world import World

READER = "reader@outside.example"
PLAIN = "From: {sender}\r\nTo: Rita Reader <{to}>\r\nCc: second@outside.example\r\nSubject: {subject}\r\n\r\nhello\r\n"
ALL = frozenset({Feature.READ, Feature.SEND, Feature.DRAFTS})


class Bench(ABC):
    """A world with one connected account of one provider, and what a test does behind the provider's back."""

    address: str
    #: calls that list or follow mail, and the one call that lets mail leave
    reading: str
    sending: str

    def __init__(self, world: World, vault: Vault) -> None:
        self.world = world
        self.opened: list[Mailbox] = []
        self.provider = self.make_provider(vault)
        self.since = world.clock.now() - timedelta(days=30)
        self.arrived: list[Letter] = []
        world.post.register(READER, lambda letter, _: self.arrived.append(letter))
        world.post.register("second@outside.example", lambda *_: None)
        sign_in = SignIn(show=Visitor(world.ca_file, account=self.address), tell=print, time_limit=20)
        self.grant = self.provider.connect(ALL, sign_in)
        self.mailbox = self.open()
        self._tags = iter(f"tag-{number}" for number in range(1000))

    def open(self) -> Mailbox:
        """Another mailbox object on the same account, as another process has it."""
        self.opened.append(self.provider.mailbox(f"{self.provider.name}:{self.address}"))
        return self.opened[-1]

    def close(self) -> None:
        """Close every mailbox opened."""
        for mailbox in self.opened:
            mailbox.close()

    def send(self, subject: str, *, to: str = READER, receipt: bool = False) -> SentItem:
        """Send mail through Heardback and let it arrive."""
        mime = PLAIN.format(sender=self.address, to=to, subject=subject).encode()
        item = self.mailbox.send(mime, tag=next(self._tags), receipt=receipt).item
        self.wait()
        return item

    def receive(self, subject: str, *, about: SentItem | None = None, sender: str = READER, extra: str = "") -> bytes:
        """Mail from outside arrives; an answer, if it is about something."""
        now = self.world.clock.now()
        named = f"<{about.message_ids[0]}>" if about else ""
        threads = f"In-Reply-To: {named}\r\nReferences: {named}\r\n" if about else ""
        mime = (
            f"From: {sender}\r\nTo: {self.address}\r\nSubject: {subject}\r\nDate: {now:%a, %d %b %Y %H:%M:%S} +0000\r\n"
            f"Message-ID: <{subject.replace(' ', '.')}@outside.example>\r\n{threads}{extra}\r\nsome words\r\n"
        ).encode()
        self.world.post.send(Letter(mime=mime, sender=sender, recipients=(self.address,), sent_at=now))
        self.wait()
        return mime

    def wait(self, time: timedelta = TRANSIT + timedelta(seconds=1)) -> None:
        """Time passes, and what is on its way arrives."""
        self.world.clock.advance(time)

    def read(self, cursor: str | None = None, *, mailbox: Mailbox | None = None) -> list[Page]:
        """A whole reading; the account of every page must add up."""
        pages = list((mailbox or self.mailbox).changes(cursor, since=self.since))
        for page in pages:
            assert page.listed == len(page.sent) + len(page.received) + len(page.skipped) + len(page.removed)
        return pages

    def fault(self, fault: Fault) -> None:
        """Switch a trouble on."""
        self.server.faults.add(fault)

    @property
    @abstractmethod
    def server(self) -> Server:
        """Where the provider answers."""

    @abstractmethod
    def make_provider(self, vault: Vault) -> Provider:
        """The provider, pointed at the sandbox."""

    @abstractmethod
    def revoke(self) -> None:
        """The person takes the grant back."""

    @abstractmethod
    def delete(self, provider_id: str) -> None:
        """The person deletes a message for good, elsewhere."""

    @abstractmethod
    def draft(self, subject: str) -> str:
        """The person writes a draft, elsewhere; its id."""

    @abstractmethod
    def unread(self) -> int:
        """How many received messages nobody has opened."""

    @abstractmethod
    def web_page(self, item: SentItem) -> str:
        """Where the provider's own pages show it."""


class OutlookBench(Bench):
    address = "ben@ben-work.example"
    reading = "GET .*messages"
    sending = "POST .*/send"

    @property
    def server(self) -> Server:
        return self.world.microsoft.server

    def make_provider(self, vault: Vault) -> Provider:
        here = self.world.microsoft
        settings = Microsoft(
            client_id=here.client_id,
            authority=here.authority,
            graph_root=here.graph_root,
            ca_bundle=str(self.world.ca_file),
        )
        return MicrosoftProvider(settings, vault, now=self.world.clock.now, sleep=self.world.clock.sleep)

    def revoke(self) -> None:
        self.world.microsoft.revoke_grants(self.address)

    def delete(self, provider_id: str) -> None:
        mailbox = self.world.microsoft.account(self.address).mailbox
        assert mailbox
        mailbox.remove(mailbox.find(provider_id))

    def draft(self, subject: str) -> str:
        mailbox = self.world.microsoft.account(self.address).mailbox
        assert mailbox
        mime = PLAIN.format(sender=self.address, to=READER, subject=subject).encode()
        return mailbox.add("drafts", exchange_mime.read(mime), is_draft=True, is_read=True).immutable_id

    def unread(self) -> int:
        return sum(not item.is_read for item in self.world.microsoft.account(self.address).messages("inbox"))

    def web_page(self, item: SentItem) -> str:
        mailbox = self.world.microsoft.account(self.address).mailbox
        assert mailbox
        return f"https://outlook.example/owa/?ItemID={mailbox.find(item.provider_id).number}"


class GmailBench(Bench):
    address = "ana@ana-mail.example"
    reading = "GET .*(history|messages)"
    sending = "POST .*/send"

    @property
    def server(self) -> Server:
        return self.world.google.server

    def make_provider(self, vault: Vault) -> Provider:
        here = self.world.google
        settings = Google(
            client_id=here.client_id,
            client_secret=here.client_secret,
            api_root=here.api_root,
            auth_uri=here.auth_uri,
            token_uri=here.token_uri,
            ca_bundle=str(self.world.ca_file),
        )
        return GoogleProvider(settings, vault, now=self.world.clock.now, sleep=self.world.clock.sleep)

    def revoke(self) -> None:
        self.world.google.revoke_grants(self.address)

    def delete(self, provider_id: str) -> None:
        account = self.world.google.account(self.address)
        message = account.mailbox.find(provider_id)
        assert message
        account.mailbox.remove(message)

    def draft(self, subject: str) -> str:
        mime = PLAIN.format(sender=self.address, to=READER, subject=subject).encode()
        return self.world.google.account(self.address).mailbox.add_draft(mime)

    def unread(self) -> int:
        return sum("UNREAD" in message.labels for message in self.world.google.account(self.address).messages)

    def web_page(self, item: SentItem) -> str:
        return f"https://mail.google.com/mail/u/?authuser=ana%40ana-mail.example#all/{item.thread_id}"


class MailboxContract:
    """What every mailbox does, whoever provides it."""

    def test_a_first_reading_finds_sent_mail_with_recipients_subject_and_ids(self, bench: Bench) -> None:
        item = bench.send("offer")
        (found,) = [each for page in bench.read() for each in page.sent]
        assert found == item
        assert (found.subject, found.sender, found.account) == ("offer", bench.address, bench.grant.account)
        assert found.recipients == (
            Recipient(address=READER, name="Rita Reader", field="to"),
            Recipient(address="second@outside.example", field="cc"),
        )
        assert message_id(message_from_bytes(bench.arrived[0].mime)["Message-ID"]) in found.message_ids

    def test_reading_again_finds_nothing_and_costs_next_to_nothing(self, bench: Bench) -> None:
        bench.send("offer")
        cursor = bench.read()[-1].cursor
        before = replace(bench.mailbox.spend)
        pages = bench.read(cursor)
        assert [page.listed for page in pages] == [0]
        assert bench.mailbox.spend.requests - before.requests <= 4
        assert bench.mailbox.spend.units - before.units <= 10

    def test_new_sent_mail_and_an_answer_appear(self, bench: Bench) -> None:
        cursor = bench.read()[-1].cursor
        item = bench.send("offer")
        bench.receive("Re: offer", about=item)
        pages = bench.read(cursor)
        assert [each.id for page in pages for each in page.sent] == [item.id]
        (arrival,) = bench.mailbox.describe(tuple(each for page in pages for each in page.received))
        assert (arrival.sender, arrival.is_report, arrival.references) == (READER, False, item.message_ids[:1])
        assert arrival.thread_id == item.thread_id
        assert arrival.received_at is not None

    def test_mail_before_the_tracking_window_is_skipped_or_not_listed(self, bench: Bench) -> None:
        bench.send("old")
        bench.wait(timedelta(days=40))
        new = bench.send("new")
        bench.since = bench.world.clock.now() - timedelta(days=30)
        pages = bench.read()
        assert [each.id for page in pages for each in page.sent] == [new.id]
        assert all(skip.reason for page in pages for skip in page.skipped)

    def test_the_price_is_known_before_a_first_reading(self, bench: Bench) -> None:
        bench.send("one")
        bench.send("two")
        price = bench.mailbox.price(since=bench.since)
        before = replace(bench.mailbox.spend)
        bench.read()
        assert price.messages >= 2
        assert bench.mailbox.spend.requests - before.requests <= price.requests
        assert bench.mailbox.spend.units - before.units <= price.units

    def test_reading_goes_on_from_any_page(self, bench: Bench) -> None:
        sent = {bench.send(f"mail {number}").id for number in range(3)}
        bench.receive("news")
        first_pages = bench.read()
        for stop in range(len(first_pages)):
            before = {each.id for page in first_pages[: stop + 1] for each in page.sent}
            after = {each.id for page in bench.read(first_pages[stop].cursor) for each in page.sent}
            assert before | after == sent

    def test_reading_that_goes_on_finds_what_came_meanwhile(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delta, "_PAGE_SIZE", "odata.maxpagesize=2")
        before = {bench.send(f"mail {number}").id for number in range(3)}
        for pages in range(1, 4):
            listing = bench.mailbox.changes(None, since=bench.since)
            first = list(islice(listing, pages))
            before.add(bench.send(f"sent after page {pages}").id)
            found = {each.id for page in (*first, *bench.read(first[-1].cursor)) for each in page.sent}
            assert found == before

    def test_an_expired_cursor_loses_and_doubles_nothing(self, bench: Bench) -> None:
        known = bench.send("before")
        cursor = bench.read()[-1].cursor
        new = bench.send("after")
        bench.fault(Fault(trouble="expire-cursor"))
        found = [each.id for page in bench.read(cursor) for each in page.sent]
        assert sorted(found) in (sorted({known.id, new.id}), [new.id])
        later = bench.read(bench.read(cursor)[-1].cursor)
        assert [page.listed for page in later] == [0]

    def test_fetching_gives_the_whole_message(self, bench: Bench) -> None:
        bench.receive("full text")
        ((arrival,),) = [page.received for page in bench.read() if page.received]
        message = message_from_bytes(bench.mailbox.fetch(arrival.provider_id))
        assert (message["Subject"], message.get_payload()) == ("full text", "some words\r\n")

    def test_a_message_that_is_gone_says_so(self, bench: Bench) -> None:
        bench.receive("short-lived")
        ((arrival,),) = [page.received for page in bench.read() if page.received]
        bench.delete(arrival.provider_id)
        with pytest.raises(MessageGone):
            bench.mailbox.fetch(arrival.provider_id)
        assert bench.mailbox.describe((replace(arrival, is_report=None, references=None),)) == ()

    def test_deleted_mail_is_reported_as_removed(self, bench: Bench) -> None:
        item = bench.send("regretted")
        cursor = bench.read()[-1].cursor
        bench.delete(item.provider_id)
        assert [each for page in bench.read(cursor) for each in page.removed] == [item.provider_id]

    def test_sent_mail_that_left_unseen_is_told_from_what_is_still_there(self, bench: Bench) -> None:
        kept, gone = (bench.send(subject).provider_id for subject in ("kept", "gone"))
        bench.delete(gone)
        assert bench.mailbox.left((kept, gone), since=bench.since) == (gone,)
        assert bench.mailbox.left((kept,), since=bench.since) == ()

    def test_a_thread_shows_what_was_received_in_it(self, bench: Bench) -> None:
        item = bench.send("question")
        bench.receive("Re: question", about=item)
        bench.receive("something else")
        assert [each.sender for each in bench.mailbox.thread(item.thread_id)] == [READER]

    def test_the_providers_own_page_of_a_sent_mail_is_known(self, bench: Bench) -> None:
        item = bench.send("offer")
        assert bench.mailbox.web_page(item) == bench.web_page(item)

    def test_sending_asks_for_the_receipt_and_reads_the_true_message_id_back(self, bench: Bench) -> None:
        item = bench.send("please confirm", receipt=True)
        arrived = message_from_bytes(bench.arrived[0].mime)
        assert arrived["Disposition-Notification-To"].rpartition("<")[2].strip(">") == bench.address
        assert message_id(arrived["Message-ID"]) == item.message_ids[0]
        assert item.asks_receipt

    def test_no_receipt_is_asked_for_unasked(self, bench: Bench) -> None:
        item = bench.send("no need to confirm")
        assert message_from_bytes(bench.arrived[0].mime)["Disposition-Notification-To"] is None
        assert not item.asks_receipt

    def test_sent_mail_is_found_by_its_tag(self, bench: Bench) -> None:
        item = bench.send("marked")
        assert item.tag is not None
        assert bench.open().find_sent(item.tag, since=bench.since) == item
        assert bench.mailbox.find_sent("another-tag", since=bench.since) is None

    def test_the_same_tag_never_leaves_twice(self, bench: Bench) -> None:
        mime = PLAIN.format(sender=bench.address, to=READER, subject="once").encode()
        first = bench.mailbox.send(mime, tag="only-once", receipt=False)
        bench.wait()
        again = bench.open().send(mime, tag="only-once", receipt=False)
        bench.wait()
        assert (again, len(bench.arrived)) == (first, 1)

    def test_a_sign_in_that_ends_before_anything_was_handed_over_says_so(self, bench: Bench) -> None:
        bench.revoke()
        with pytest.raises(GrantGone):
            bench.mailbox.send(
                PLAIN.format(sender=bench.address, to=READER, subject="late").encode(), tag="t", receipt=True
            )
        bench.wait()
        assert bench.arrived == []

    def test_a_sign_in_that_ends_while_the_mail_leaves_is_an_unknown_outcome(self, bench: Bench) -> None:
        bench.fault(Fault(trouble="lose", pattern=bench.sending))
        bench.server.watch(
            lambda request: bench.revoke() if re.search(bench.sending, f"{request.method} {request.path}") else None
        )
        with pytest.raises(SendUnknown, match="same tag"):
            bench.mailbox.send(
                PLAIN.format(sender=bench.address, to=READER, subject="once").encode(), tag="t", receipt=True
            )

    @pytest.mark.parametrize("trouble", ["lose", "drop", "cut"])
    @pytest.mark.parametrize("times", [1, 2])
    def test_a_lost_answer_never_sends_twice(self, bench: Bench, trouble: str, times: int) -> None:
        mime = PLAIN.format(sender=bench.address, to=READER, subject="once").encode()
        bench.fault(Fault(trouble=trouble, pattern=bench.sending, times=times))  # type: ignore[arg-type]  # parametrised
        try:
            bench.mailbox.send(mime, tag="in-doubt", receipt=True)
        except (SendUnknown, Unreachable):
            bench.wait()
            bench.mailbox.send(mime, tag="in-doubt", receipt=True)
        bench.wait()
        assert len(bench.arrived) == 1
        assert bench.mailbox.find_sent("in-doubt", since=bench.since) is not None

    def test_a_lost_answer_at_any_step_of_sending_never_sends_twice(self, bench: Bench) -> None:
        mime = PLAIN.format(sender=bench.address, to=READER, subject="once").encode()
        for step in range(8):
            tag = f"step-{step}"
            bench.arrived.clear()
            bench.fault(Fault(trouble="lose", pattern="POST|PATCH|PUT|GET", after=step))
            try:
                bench.mailbox.send(mime, tag=tag, receipt=True)
            except ConnectorError:
                bench.server.faults.clear()
                bench.wait()
                bench.mailbox.send(mime, tag=tag, receipt=True)
            bench.server.faults.clear()
            bench.wait()
            assert len(bench.arrived) == 1, tag

    def test_a_draft_is_sent_with_the_request_in_it(self, bench: Bench) -> None:
        bench.draft("half written")
        item = bench.mailbox.send_draft("half written", tag="draft-1", receipt=True).item
        bench.wait()
        arrived = message_from_bytes(bench.arrived[0].mime)
        assert bench.address in arrived["Disposition-Notification-To"]
        assert (item.subject, item.asks_receipt, item.tag) == ("half written", True, "draft-1")

    def test_a_throttling_storm_is_ridden_out(self, bench: Bench) -> None:
        item = bench.send("in the storm")
        bench.fault(Fault(trouble="answer", status=429, times=4, headers=(("Retry-After", "2"),), body="{}"))
        assert [each for page in bench.read() for each in page.sent] == [item]
        assert bench.mailbox.spend.throttled >= 4

    @pytest.mark.parametrize("trouble", ["drop", "lose", "cut"])
    def test_a_broken_connection_is_tried_again(self, bench: Bench, trouble: str) -> None:
        item = bench.send("over a bad line")
        bench.fault(Fault(trouble=trouble, pattern=bench.reading, times=2))  # type: ignore[arg-type]  # parametrised
        assert [each for page in bench.read() for each in page.sent] == [item]

    def test_a_provider_that_stays_down_is_unreachable_and_not_empty(self, bench: Bench) -> None:
        bench.fault(Fault(trouble="answer", status=503, times=100, body="{}"))
        with pytest.raises(Unreachable):
            bench.read()

    def test_an_answer_that_is_no_json_is_trouble_and_not_an_empty_mailbox(self, bench: Bench) -> None:
        bench.fault(Fault(trouble="answer", status=200, times=100, body="<html>please log in</html>"))
        with pytest.raises(Unreachable):
            bench.read()

    def test_an_expired_access_token_is_renewed(self, bench: Bench) -> None:
        item = bench.send("still here")
        bench.fault(Fault(trouble="expire-token"))
        assert [each for page in bench.read() for each in page.sent] == [item]

    def test_a_revoked_grant_says_so_and_how_to_mend_it(self, bench: Bench) -> None:
        bench.revoke()
        with pytest.raises(GrantGone, match=f"heardback connect {bench.provider.name}"):
            bench.read()

    def test_nothing_is_ever_marked_read(self, bench: Bench) -> None:
        item = bench.send("question")
        bench.receive("Re: question", about=item)
        bench.receive("news", extra=f"Disposition-Notification-To: {READER}\r\n")
        cursor = bench.read()[-1].cursor
        arrivals = bench.mailbox.thread(item.thread_id)
        bench.mailbox.describe(tuple(replace(each, is_report=None) for each in arrivals))
        for each in arrivals:
            bench.mailbox.fetch(each.provider_id)
        bench.read(cursor)
        assert bench.unread() == 2

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_nothing_follows_a_redirect_to_another_host(self, bench: Bench, status: int) -> None:
        elsewhere, led_away = bench.world.control, list[str]()
        elsewhere.watch(lambda request: led_away.append(f"{request.method} {request.path}"))
        bench.receive("news")
        ((arrival,),) = [page.received for page in bench.read() if page.received]
        # the browser's own pages are the browser's business
        ours = r"/gmail/|/batch|/v1\.0|/token|/revoke|well-known"
        away = (("Location", f"{elsewhere.url}/here"),)
        bench.fault(Fault(trouble="answer", pattern=ours, times=1000, status=status, headers=away, body="{}"))
        draft = bench.draft("for later")
        visitor = Visitor(bench.world.ca_file, account=bench.address)
        for act in (
            bench.mailbox.profile,
            lambda: bench.read(None),
            lambda: bench.mailbox.fetch(arrival.provider_id),
            lambda: bench.mailbox.describe((replace(arrival, is_report=None, references=None),)),
            lambda: bench.mailbox.send(b"To: reader@outside.example\r\n\r\nhello", tag="t", receipt=True),
            lambda: bench.mailbox.send_draft(draft, tag="d", receipt=True),
            lambda: bench.provider.connect(ALL, SignIn(show=visitor, tell=print, time_limit=20)),
        ):
            with pytest.raises(ConnectorError):
                act()
        bench.provider.disconnect(bench.grant.account)
        assert led_away == []

    def test_mail_to_oneself_is_both_sent_and_received(self, bench: Bench) -> None:
        item = bench.send("note to self", to=bench.address)
        pages = bench.read()
        assert [each.id for page in pages for each in page.sent] == [item.id]
        assert [each.sender for page in pages for each in page.received] in ([bench.address], [])

    def test_an_account_nobody_connected_cannot_be_opened(self, bench: Bench) -> None:
        with pytest.raises(GrantGone, match="connect"):
            bench.provider.mailbox(f"{bench.provider.name}:nobody@example.com")

    def test_disconnecting_forgets_the_sign_in(self, bench: Bench) -> None:
        bench.provider.disconnect(bench.grant.account)
        with pytest.raises(GrantGone):
            bench.open()


class TestOutlook(MailboxContract):
    """Outlook keeps the contract."""

    @pytest.fixture
    def bench(self, tmp_path: Path, vault: Vault) -> Iterator[OutlookBench]:
        with World(tmp_path) as world:
            bench = OutlookBench(world, vault)
            yield bench
            bench.close()


class TestGmail(MailboxContract):
    """Gmail keeps the contract."""

    @pytest.fixture
    def bench(self, tmp_path: Path, vault: Vault) -> Iterator[GmailBench]:
        with World(tmp_path) as world:
            bench = GmailBench(world, vault)
            yield bench
            bench.close()

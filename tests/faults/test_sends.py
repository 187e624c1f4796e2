"""An answer lost after the provider took a mail, or a death, in every way of sending: one mail leaves."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest

from connectors.errors import ConnectorError, DraftNotFound
from connectors.mailbox import Mailbox
from sandbox.faults import Fault
from scheduler.outbox import FILED_WITHIN, send_draft, send_mail, settle_outbox
from store.ledger import Ledger
from tests.faults.household import READER, SLOW, Household
from tests.faults.machine import FusedMailbox
from tests.scheduler.interruptions import Fuse, FusedLedger, PowerCut

#: how an answer may fail to come although the call was done
LOST: tuple[dict[str, Any], ...] = ({"trouble": "lose"}, {"trouble": "cut"}, {"trouble": "slow", "seconds": SLOW})
#: above this many bytes Gmail takes mail another way
LARGE = 4_100_000


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, sent the same way at the first try and at each later one."""

    household: Household
    #: `mail`, `large` or `draft`
    way: str
    tag: str

    def write(self) -> None:
        """What is there before it is sent."""
        if self.way == "draft":
            self.household.write_draft(self.tag)

    def send(self, ledger: Ledger, mailbox: Mailbox) -> None:
        """One try."""
        home = self.household
        if self.way == "draft":
            send_draft(ledger, mailbox, home.account, self.tag, receipt=True, now=home.now, tag=self.tag)
            return
        text = ("z" * 76 + "\r\n") * (LARGE // 78 if self.way == "large" else 1)
        mime = f"From: {home.address}\r\nTo: {READER}\r\nSubject: {self.tag}\r\n\r\n{text}".encode()
        send_mail(ledger, mailbox, home.account, mime, receipt=True, now=home.now, tag=self.tag)

    def send_until_known(self) -> None:
        """What a person or a worker does: again, with the same mark, until the outcome is known."""
        home = self.household
        for _ in range(4):
            try:
                self.send(home.ledger, home.mailbox)
            except DraftNotFound:
                break  # it left before, and was settled
            except ConnectorError:
                home.wait(FILED_WITHIN + timedelta(seconds=1))
                settle_outbox(home.ledger, home.mailbox, home.account, now=home.now)
            else:
                break

    def assert_it_left_once(self) -> None:
        """It reached its reader once, lies in the sent folder once, and the ledger follows it once."""
        self.household.wait()
        subject = f"\r\nSubject: {self.tag}\r\n".encode()
        assert sum(subject in b"\r\n" + each for each in self.household.arrived) == 1, self.tag
        assert self.household.tags().count(self.tag) == 1
        assert [each.tag for each in self.household.ledger.items()].count(self.tag) == 1
        assert self.household.ledger.outgoing() == ()


WAYS = ["mail", "draft", pytest.param("large", marks=pytest.mark.slow)]


@pytest.mark.parametrize("trouble", LOST, ids=lambda each: str(each["trouble"]))
@pytest.mark.parametrize("way", WAYS)
def test_a_lost_answer_never_leads_to_a_second_mail(household: Household, trouble: dict[str, Any], way: str) -> None:
    if way == "large" and household.provider.name == "outlook":
        pytest.skip("Outlook takes no such mail in one request")
    for times in (1, 2):
        mail = Mail(household, way, f"lost-{times}")
        mail.write()
        household.server.faults.add(Fault(**trouble, pattern="POST .*/send", times=times))
        mail.send_until_known()
        household.server.faults.clear()
        mail.assert_it_left_once()


@pytest.mark.parametrize("way", ["mail", "draft"])
def test_a_death_at_any_step_of_sending_never_leads_to_a_second_mail(household: Household, way: str) -> None:
    deaths = 0
    for step in range(1, 40):
        mail, fuse = Mail(household, way, f"step-{step}"), Fuse(step)
        mail.write()
        ledger = cast("Ledger", FusedLedger(household.ledger, fuse))
        try:
            mail.send(ledger, cast("Mailbox", FusedMailbox(household.mailbox, fuse)))
        except PowerCut:
            deaths += 1
            household.restart()
            mail.send_until_known()
        mail.assert_it_left_once()
        if not fuse.has_blown:
            break
    assert deaths > 3

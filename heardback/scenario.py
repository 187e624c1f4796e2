"""What is sent in the demo: letters to correspondents of every habit."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail of the demo."""

    to: str
    subject: str
    text: str
    provider: Literal["gmail", "outlook"] = "gmail"
    receipt: bool = True
    #: the sender's program had asked for a receipt already, before Heardback came
    asked_elsewhere: bool = False
    #: a page beside the text, sent with an image and tracked links in it
    page: str = ""

    def mime(self, sender: str, now: datetime) -> bytes:
        """The message as a file (RFC 5322)."""
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, self.to, self.subject
        mail["Date"] = format_datetime(now)
        if self.asked_elsewhere:
            mail["Disposition-Notification-To"] = sender
        mail.set_content(f"{self.text}\n")
        if self.page:
            mail.add_alternative(f"<html><body>{self.page}</body></html>", "html")
        return mail.as_bytes()


#: sent from another program before Heardback was connected
EARLIER = (
    Letter(to="tom@birch.example", subject="Minutes of Monday", text="Here are the minutes.", asked_elsewhere=True),
    Letter(to="silas@silent.example", subject="Old invoice 118", text="The invoice from April, once more."),
)

_OFFER = "It is here: https://shop.example/catalogue"
_PAGE = '<p>It is <a href="https://shop.example/catalogue">here</a>.</p>'

#: name of one of the sandbox's loaders to who reads tracked mail with it
READERS = {
    "thunderbird": ("flora@meadow.example",),
    "gmail": ("gwen@lettermail.example",),
    "apple-privacy": ("pia@orchard.example",),
}

LETTERS = (
    Letter(to="thea@birch.example", subject="Your quote 4711", text="Please find the quote below."),
    Letter(to="paul@harbour.example", subject="Lunch on Thursday?", text="Does Thursday suit you?"),
    Letter(to="silas@silent.example", subject="Contract for signature", text="Please sign by the end of the month."),
    Letter(to="dora@discreet.example", subject="Salary review", text="Let us talk about it."),
    Letter(to="alice@offices.example", subject="Floor plan", text="The new floor plan."),
    Letter(to="george@closed.example", subject="Are you still there?", text="Hello?"),
    Letter(to="rex@quota.example", subject="Large attachment", text="A large one."),
    Letter(to="mallory@rogue.example", subject="Security question", text="What is going on?"),
    Letter(to="otto@altbau.example", subject="Roof estimate", text="The estimate for the roof."),
    Letter(to="clara@ben-work.example", subject="Board papers", text="The papers.", provider="outlook"),
    Letter(to="nora@nordwind.example", subject="Newsletter idea", text="An idea.", provider="outlook"),
    Letter(to="anton@atelier.example", subject="Shop window", text="When can you start?", provider="outlook"),
    Letter(to="dirk@slowpost.example", subject="Delivery note", text="The note.", provider="outlook"),
    Letter(to="stan@quiet.example", subject="Our new catalogue", text="Have a look.", provider="outlook"),
    Letter(to="flora@meadow.example", subject="Spring catalogue", text=_OFFER, page=_PAGE, receipt=False),
    Letter(to="gwen@lettermail.example", subject="Summer catalogue", text=_OFFER, page=_PAGE, receipt=False),
    Letter(to="pia@orchard.example", subject="Autumn catalogue", text=_OFFER, page=_PAGE, receipt=False),
    Letter(
        to="silas@silent.example", subject="Save the date", text="The 12th of June.", provider="outlook", receipt=False
    ),
)

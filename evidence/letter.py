"""One received message as the detectors see it: its header facts, its parts, and how evidence is made from them."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from itertools import islice

from evidence import normal
from evidence.model import Evidence, Grade, Kind
from evidence.part import Part, walk, words

_SYSTEM_LOCALS = (
    "mailer-daemon",
    "mailer_daemon",
    "mailerdaemon",
    "maildaemon",
    "mail-daemon",
    "postmaster",
    "post_master",
    "post-master",
    "mdaemon",
    "microsoftexchange",  # and 32 digits: Exchange itself
)
_SYSTEM_NAMES = (
    "mail delivery",
    "mailer daemon",
    "mailer-daemon",
    "mail administrator",
    "system administrator",
    "delivery subsystem",
    "mail system",
    "delivery service",
    "delivery failure",
    "delivery notification",
)


_ROBOT_FIELDS = (
    "x-github-",
    "x-gitlab-",
    "x-jira-",
    "x-bugzilla-",
    "x-trac-",
    "x-redmine-",
    "x-phabricator-",
    "x-gerrit-",
    "x-launchpad-",
    "x-confluence-",
    "x-discourse-",
    "feedback-id",
)
_ROBOT_LOCALS = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|notifications?|bounces?|majordomo|listserv|listproc|mailman|sympa)\b"
    r"|[^@]*-(?:bounces|request|noreply)$"
)
_COMPOSITE_PASS = re.compile(r"\bcompauth=(?:soft)?pass\b")
_MOST_ANNOUNCED = 500
#: reports stand at the beginning of a mail, before anything large
_ANNOUNCED_WITHIN = 65_536
#: signs looked at one by one; a mail with more of them is searched for the whole word
_MOST_DASHES = 100
#: beyond this a line is no longer read: it only costs time
_LONG_LINE = re.compile(r"(?<=^.{600}).+", re.MULTILINE)


class Letter:
    """A received message, read step by step: the header at once, parts and texts when a detector asks."""

    def __init__(
        self,
        part: Part,
        *,
        source: str = "",
        thread_id: str | None = None,
        in_thread: bool = False,
        arrived_at: datetime | None = None,
        believes_date: bool = True,
        own: frozenset[str] = frozenset(),
    ) -> None:
        self.part = part
        self.in_thread = in_thread
        self._source = source
        self._thread_id = thread_id
        self._arrived_at = normal.utc(arrived_at) if arrived_at else None
        self._believes_date = believes_date
        self._own = {normal.mailbox(each) for each in own}

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its leaves in order; messages inside it are leaves."""
        return tuple(walk(self.part))

    def may_hold(self, *marks: bytes) -> bool:
        """Whether it is worth taking apart for parts of some type; `marks` are pieces of types or names, lower-case."""
        return self.part.type == "multipart/report" or any(mark in self._announced for mark in marks)

    @property
    def _declared(self) -> bytes:
        """The type of the whole message with its name; a name alone may tell what is in it (winmail.dat)."""
        named = self.part.get("content-type") + self.part.get("content-disposition")
        return f"{self.part.type} {named[:1000]}".encode("utf-8", "replace")

    @cached_property
    def _announced(self) -> bytes:
        """What stands after each `Content-` in the message, unparsed: a byte search, a hundred times as fast."""
        body = self.part.body
        places = _announcements(body) if self.part.type.startswith("multipart/") else iter(())
        told = (body[at : at + 120] for at in islice(places, _MOST_ANNOUNCED))
        return b"\n".join((self._declared, *told)).lower()

    @cached_property
    def sender(self) -> str | None:
        """Address of From, else of Sender."""
        return normal.address(words(self.part.raw("from"))) or normal.address(self.part.raw("sender"))

    @cached_property
    def subject(self) -> str:
        """As a person reads it."""
        return words(self.part.raw("subject"))

    @cached_property
    def at(self) -> datetime | None:
        """Its Date; when it arrived, where there is none, or a wrong clock wrote it: nothing is sent after it came."""
        dated, arrived = normal.mail_date(self.part.get("date")), self._arrived_at
        if arrived and (dated is None or dated > arrived or not self._believes_date):
            return arrived
        return dated

    @property
    def written(self) -> datetime | None:
        """The same by the writer's own clock on the wall, which tells the day they speak of."""
        return self.at and self.at.astimezone(normal.mail_zone(self.part.get("date")))

    @cached_property
    def replied_to(self) -> tuple[str, ...]:
        """Ids of In-Reply-To, then of References from its end: nearest first."""
        nearest = normal.message_ids(self.part.raw("in-reply-to"))
        chain = normal.message_ids(self.part.raw("references"))
        return tuple(dict.fromkeys((*nearest, *reversed(chain))))

    @property
    def is_own(self) -> bool:
        """The person wrote it."""
        return bool(self._own) and self.sender is not None and normal.mailbox(self.sender) in self._own

    @cached_property
    def is_list_mail(self) -> bool:
        """It came through a mailing list (RFC 2919, RFC 2369)."""
        marks = ("list-id", "list-post", "mailing-list", "x-mailing-list", "x-mailman-version", "x-google-group-id")
        return any(self.part.has(mark) for mark in marks) or self.precedence == "list"

    @property
    def precedence(self) -> str:
        """The Precedence field in lower case."""
        return self.part.get("precedence").lower()

    @property
    def submitted(self) -> str:
        """Auto-Submitted in lower case with its comment (RFC 3834 section 5), empty for `no`."""
        value = self.part.get("auto-submitted").lower()
        return "" if value.startswith("no") and not value.startswith("notif") else value

    @cached_property
    def is_from_mail_system(self) -> bool:
        """The sender is a mail server by its address or name (RFC 5321 section 6.1 and custom)."""
        name = words(self.part.raw("from")).lower().lstrip("\"' ")
        local = (self.sender or "").partition("@")[0]
        named = name.startswith("postmaster") or any(each in name for each in _SYSTEM_NAMES)
        return named or local.startswith(_SYSTEM_LOCALS)

    @cached_property
    def is_from_robot(self) -> bool:
        """A service's notification: trackers, forges, list servers, addresses that take no answers."""
        if self.part.get("x-list-administrivia").lower() == "yes":
            return True  # Mailman about a mail: held, refused
        if any(name.startswith(_ROBOT_FIELDS) for name, _ in self.part.fields):
            return True
        return bool(_ROBOT_LOCALS.match((self.sender or "").partition("@")[0])) and not self.part.has("reply-to")

    @property
    def is_by_senders_rule(self) -> bool:
        """A rule of the sender's Exchange mailbox made it; one of another mailbox may pass on what a person wrote."""
        looped = normal.address(self.part.get("x-ms-exchange-inbox-rules-loop"))
        return looped is not None and looped == self.sender

    @property
    def has_null_sender(self) -> bool:
        """The envelope sender is empty, as the standards ask of reports."""
        return self.part.get("return-path").replace(" ", "").lower() in {"<>", "<mailer-daemon>"}

    @cached_property
    def forgery(self) -> str:
        """What the receiving provider's check says against the sender, empty if nothing.

        Only the topmost Authentication-Results is looked at: it is the receiving provider's own (RFC 8601 section 5).
        A mailing list breaks DMARC by what it does (RFC 7960 section 3.2.1); there the list's own server must pass.
        Exchange Online says in `compauth` what its checks come to, gateways in between considered.
        """
        results = self.part.get("authentication-results").lower()
        if self.is_list_mail and "spf=pass" in results and "dkim=pass" in results:
            return ""
        if _COMPOSITE_PASS.search(results):
            return ""
        if "dmarc=fail" in results or ("spf=fail" in results and "dkim=fail" in results):
            return "the mail failed the provider's check of its sender (Authentication-Results)"
        return ""

    def text_parts(self) -> tuple[Part, ...]:
        """Its texts a person sees first: plain ones, else HTML; attachments left out."""
        shown = [each for each in self.parts if not each.get("content-disposition").lower().startswith("attachment")]
        # a multipart whose borders a gateway took away is text
        texts = [each for each in shown if each.type == "text/plain" or each.type.startswith("multipart/")]
        plain = tuple(each for each in texts if each.body.strip())
        return plain or tuple(each for each in shown if each.type == "text/html")

    @cached_property
    def text(self) -> str:
        """The text a person sees first, at most 64 KB a part."""
        return "\n".join(_LONG_LINE.sub("", each.text()) for each in self.text_parts()[:4])

    def evidence(self, kind: Kind, grade: Grade, *, rule: str, why: str) -> Evidence:
        """Evidence with everything the header tells; the detector replaces what it knows better."""
        return Evidence(
            kind=kind,
            grade=grade,
            rule=rule,
            why=why,
            source=self._source,
            at=self.at,
            sender=self.sender,
            message_id=normal.message_id(self.part.raw("message-id")),
            recipient=self.sender,
            aliases=(self.sender,) if self.sender else (),
            references=self.replied_to,
            thread_id=self._thread_id,
            correlation_key=self.part.get("x-msexch-correlation-key") or None,
            subject=self.subject[:500],
            program=normal.program(self.part.raw("user-agent") or self.part.raw("x-mailer")),
            doubt=self.forgery,
        )


def _announcements(body: bytes) -> Iterator[int]:
    """Where each `ontent-` stands. One sign is found far sooner than a word, and an attachment's lines have no dash."""
    at = -1
    for _ in range(_MOST_DASHES):
        at = body.find(b"-", at + 1, _ANNOUNCED_WITHIN)
        if at < 0:
            return
        if at >= 6 and body.startswith(b"ontent", at - 6):
            yield at - 6
    while (at := body.find(b"ontent-", at + 1, _ANNOUNCED_WITHIN)) >= 0:
        yield at

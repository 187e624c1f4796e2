"""A morning digest: one mail to oneself with everything that came due since the one before.

It goes out when a business day opens, with what is due by that very moment. A worker that wakes later sends it then,
with what is due by then. Mail that was given back is told at once in a mail of its own, and not here.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s

from connectors import compose
from connectors.errors import ScopeMissing, SendRefused
from connectors.mailbox import Mailbox, Now
from evidence.shown import harmless
from scheduler.correction import did_you_mean
from scheduler.notice import Notice, in_words
from scheduler.outbox import send_mail
from scheduler.reminders import remember_mail
from scheduler.surfaces import Shown, SurfaceTrouble
from store.ledger import Account, Ledger

_NEW_LINE = "\n"
#: the last line of a digest about one mail, and of one about several
_ALONE, _ALL = 'Or answer this mail with "snooze 2d" or "done".', 'All of them: "heardback reminders"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The `Surface` of a digest, for one account."""

    ledger: Ledger
    account: Account
    mailbox: Mailbox
    now: Now
    name: str = "digest"
    #: the mail bears a mark, and is looked for before it is sent again
    is_repeatable: bool = True
    gathers: bool = True

    def due(self, notice: Notice, now: datetime) -> datetime | None:
        """When a business day opened, or will, first after the reminder was due; if that was missed, within the hours.

        None for a bounce.
        """
        calendar = notice.policy.calendar
        opens = calendar.opening(notice.reminder.due_at)
        return None if notice.is_bounce else opens if opens > now else calendar.admitted(now)

    def leaves(self, notices: tuple[Notice, ...]) -> str:  # noqa: ARG002 - as every surface
        """Nothing that is taken away again."""
        return ""

    def deliver(self, notices: tuple[Notice, ...], *, key: str, leaves: str) -> Shown:  # noqa: ARG002 - as every surface
        """Send one mail about all of them."""
        address, many = self.account.address, len(notices)
        subject = f"Heardback: {many} mail{'' if many == 1 else 's'} to think of"
        mail = compose.simple_mail(
            sender=address,
            to=address,
            subject=subject,
            text=_NEW_LINE.join([*map(_told, notices), _ALONE if many == 1 else _ALL, ""]),
            now=self.now(),
        )
        tag = f"digest-{blake2s(key.encode(), digest_size=12).hexdigest()}"
        since = min(each.reminder.due_at for each in notices)
        try:
            sent = send_mail(
                self.ledger, self.mailbox, self.account, mail, receipt=False, now=self.now, tag=tag, look_since=since
            )
        except (ScopeMissing, SendRefused) as err:
            raise SurfaceTrouble(f"the mail was not taken: {err}") from err
        told = [each.reminder.id for each in notices]
        # one that had left at an earlier try may be about more than is left to tell of by now
        remember_mail(self.ledger, told, sent.message_ids, is_clear=many == 1 and sent.subject == subject)
        return Shown(how="told in the morning's mail")


def _told(notice: Notice) -> str:
    item, reminder = notice.verdict.item, notice.reminder
    zone = notice.policy.calendar.zone
    people = (f"    {in_words(each, zone)}" for each in notice.concerned[:5])
    lines = (
        f"{notice.what}: {item.subject or '(no subject)'}",
        *people,
        *(f"    {each}" for each in did_you_mean(notice.corrections)),
        f"    heardback show {item.id}, heardback snooze {reminder.id} 2d, heardback done {reminder.id}",
        "",
    )
    # who wrote the mail that was answered chose some of the words: an own line for each, and nothing that hides
    return _NEW_LINE.join(map(harmless, lines))

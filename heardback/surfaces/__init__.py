"""Where a reminder shows up beside the mail to oneself: one small file each."""

from connectors.mailbox import Mailbox, Now
from heardback.settings import Settings, SettingsError
from heardback.surfaces.notify import Notify
from scheduler.digest import Digest
from scheduler.own_mailbox import MARK, TASK, Marked, Task
from scheduler.surfaces import Surface, SurfacesOf
from store.ledger import Account, Ledger

#: what `reminders.show_in` may name; the terminal, the page and the calendar show them always
MAIL, DIGEST = "mail", "digest"
PLACES = (MAIL, DIGEST, MARK, TASK)


def places(settings: Settings) -> frozenset[str]:
    """The places the person wants.

    :raises SettingsError: there is no such place
    """
    named = frozenset(settings.text("reminders.show_in").replace(",", " ").split())
    unknown = sorted(named - set(PLACES))
    if unknown:
        source = settings.sources["reminders.show_in"]
        raise SettingsError(
            f"The setting reminders.show_in (from {source}) takes {', '.join(PLACES)}, not {', '.join(unknown)}."
        )
    return named


def surfaces_of(settings: Settings, ledger: Ledger, *, now: Now) -> SurfacesOf:
    """Makes the places for an account.

    :raises SettingsError: there is no such place
    """
    wanted = places(settings)
    notify = tuple(Notify(address=each) for each in settings.text("reminders.notify").split())

    def made(account: Account, mailbox: Mailbox) -> tuple[Surface, ...]:
        own: list[Surface] = []
        if DIGEST in wanted:
            own.append(Digest(ledger=ledger, account=account, mailbox=mailbox, now=now))
        if MARK in wanted:
            own.append(Marked(mailbox=mailbox))
        if TASK in wanted and account.provider == "outlook":
            own.append(Task(mailbox=mailbox))
        return (*own, *notify)

    return made

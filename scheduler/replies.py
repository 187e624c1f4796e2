"""What a person answers the mails with that remind them, and the verbs of theirs that are none.

An answer lies in the sent folder and goes to the person alone: nobody else can have put it there. What it says is
noted in the item's story before the cursor moves, and done when the item is planned; each only once, as the line that
tells it is done bears the moment of the answer.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2s

from connectors import compose
from connectors.errors import MessageGone
from connectors.mailbox import Mailbox, Now
from evidence.letter import Letter
from evidence.model import SentItem
from evidence.part import read_part
from evidence.shown import harmless
from evidence.wording import written
from scheduler import delay, verbs
from scheduler.outbox import send_mail
from scheduler.own import own_addresses
from scheduler.policy import Policy
from scheduler.reminders import OPEN, done, item_policy, items_to_plan, remember_mail, replan, snooze
from scheduler.replay import ACTS, DONE, SNOOZED
from scheduler.rules import Policies
from store.ledger import Account, Decision, Ledger, Reminder

#: lines of a story: an answer as it came, one read too late, a verb that is none, and that the person was told so
SAID, OVERTAKEN, REJECTED, EXPLAINED = "said", "overtaken", "rejected", "explained"
_LONGEST = 80
#: the end of why an answer to a mail about several is not obeyed
_WHICH = "answers a mail about several, and which of them is meant cannot be told"
_DAY = timedelta(days=1)
#: mails about one item that say what was not understood
_MOST_A_DAY = 5


@dataclass(slots=True, kw_only=True)
class Replies:
    """Finds, among mail to oneself, answers to mails of ours about one account's reminders, and notes what they say."""

    ledger: Ledger
    mailbox: Mailbox
    _told: dict[str, Reminder] | None = field(default=None, repr=False)
    _among: dict[str, Reminder] = field(default_factory=dict, repr=False)

    def note(self, items: Iterable[SentItem]) -> tuple[str, ...]:
        """Write down what answers say; gives the ids of the items they are about.

        :param items: sent to oneself alone
        """
        about = ((each, self._reminder(each)) for each in items if each.answers)
        return tuple(reminder.item for each, reminder in about if reminder and self._noted(each, reminder))

    def _reminder(self, answer: SentItem) -> Reminder | None:
        """What it is about; of an answer to a mail about several, one of them, in whose story it is told."""
        if self._told is None:
            everything = self.ledger.reminders()
            self._told = {name: each for each in everything for name in each.told_as}
            self._among = {name: each for each in reversed(everything) for name in each.told_among}
        known = {**self._among, **self._told}
        return next((known[name] for name in answer.answers if name in known), None)

    def _noted(self, answer: SentItem, reminder: Reminder) -> bool:
        known = self.ledger.decisions(reminder.item)
        noted = {(each.reminder, each.at) for each in known if each.what in (SAID, REJECTED)}
        if (reminder.id, answer.sent_at) in noted:
            return True
        try:
            letter = Letter(read_part(self.mailbox.fetch(answer.provider_id)))
        except MessageGone:
            return False
        if letter.submitted:  # a program answers: to answer it in turn might go on for ever
            return False
        said = first_words(letter)[:_LONGEST]
        first = next(name for name in answer.answers if name in (*reminder.told_as, *reminder.told_among))
        is_clear = first in reminder.told_as
        what, why = (SAID, said) if is_clear else (REJECTED, f'"{said}" {_WHICH}')
        self.ledger.note(Decision(at=answer.sent_at, reminder=reminder.id, item=reminder.item, what=what, why=why))
        return True


def first_words(letter: Letter) -> str:
    """The first line that a person wrote themselves, whatever they quote or sign with; empty if there is none."""
    lines = written(letter).splitlines()
    return next((line for each in lines if (line := harmless(each).strip())), "")


def plan_anew(
    ledger: Ledger,
    mailbox: Mailbox,
    account: Account,
    policies: Policies,
    *,
    now: Now,
    window: timedelta,
    touched: Collection[str],
    whole: bool,
) -> None:
    """Do what the person answered, bring the reminders in line with what is known, and say what was not understood.

    :param touched: ids of the items something new is known about
    :param whole: look at all others, too
    """
    heeded = heed(ledger, account, policies, now=now, window=window, touched=touched, whole=whole)
    replan(ledger, now(), policies, window=window, only=None if whole else touched)
    for item in heeded:
        explain(ledger, mailbox, account, item, now=now)


def heed(
    ledger: Ledger,
    account: Account,
    policies: Policies,
    *,
    now: Now,
    window: timedelta,
    touched: Collection[str],
    whole: bool = False,
) -> tuple[SentItem, ...]:
    """Do what answers say, and note verbs that are none; the caller plans these items anew.

    A reminder may be answered from another mailbox of the person's than it came to, and is answered all the same.

    :param touched: ids of the items something new is known about
    :param whole: look at all others, too
    :return: the items of the account that were looked at, and those touched
    """
    own = own_addresses(ledger)
    items = items_to_plan(ledger, since=now() - window, only=None if whole else touched)
    for item in items:
        _obey_all(ledger, item, item_policy(ledger, item, policies, own=own))
        if item.account == account.id:
            _reject(ledger, account, item, own, now=now)
    return tuple(each for each in items if each.account == account.id or each.id in touched)


def _obey_all(ledger: Ledger, item: SentItem, policy: Policy) -> None:
    """Do what answers say that was not done yet; the policy's calendar tells what `snooze mon9` means."""
    known = ledger.decisions(item.id)
    # verbs that a mail was sent with are about no reminder
    settled = {each.at for each in known if each.what in (SNOOZED, DONE, REJECTED, OVERTAKEN) and each.reminder}
    last = max((each.at for each in known if each.what in ACTS), default=item.sent_at)
    for each in known:
        if each.what == SAID and each.at not in settled:
            _obey(ledger, each, policy, last=last)


def _reject(ledger: Ledger, account: Account, item: SentItem, own: frozenset[str], *, now: Now) -> None:
    """Note the verbs of a mail that are none, each once; not of mail from before the account was connected."""
    if item.sent_at < account.connected_at:
        return
    known = {each.why for each in ledger.decisions(item.id) if each.what == REJECTED}
    for said in verbs.in_mail(item, own):
        why = f"{said.problem}, {said.source}"
        if said.problem and why not in known:
            ledger.note(Decision(at=now(), reminder="", item=item.id, what=REJECTED, why=why))


def explain(ledger: Ledger, mailbox: Mailbox, account: Account, item: SentItem, *, now: Now) -> None:
    """Tell the person by a mail to themselves of what was not understood, where the account may send; each once.

    An answer to that mail is an answer to the reminder. What is said again within a day is told once, and no more than
    some a day at all: whatever answers by itself comes to an end.
    """
    if "send" not in account.features:
        return
    for each in _unexplained(ledger.decisions(item.id), now()):
        about = _about(ledger, item, each)
        mark = blake2s(f"{each.at.isoformat()}{each.why}".encode(), digest_size=6).hexdigest()
        mail = compose.simple_mail(
            sender=account.address,
            to=account.address,
            subject=f"Heardback: not understood: {item.subject}",
            text=_explanation(item, each, about),
            now=now(),
        )
        tag = f"rejected-{item.id}-{mark}"
        sent = send_mail(ledger, mailbox, account, mail, receipt=False, now=now, tag=tag, look_since=each.at)
        if about:
            # an answer to a mail about several is no clearer for being given twice
            remember_mail(ledger, [about.id], sent.message_ids, is_clear=not each.why.endswith(_WHICH))
        ledger.note(Decision(at=now(), reminder="", item=item.id, what=EXPLAINED, why=each.why))


def _unexplained(story: Iterable[Decision], now: datetime) -> tuple[Decision, ...]:
    """What is still to be told of what was not understood, as far as that may be told today."""
    told = [each for each in story if each.what == EXPLAINED]
    rejected = {each.why: each for each in story if each.what == REJECTED}
    untold = [
        each for each in rejected.values() if not any(one.why == each.why and one.at >= each.at - _DAY for one in told)
    ]
    return tuple(untold[: max(0, _MOST_A_DAY - sum(each.at > now - _DAY for each in told))])


def _about(ledger: Ledger, item: SentItem, rejected: Decision) -> Reminder | None:
    """The reminder that an answer to the explanation means: that of the answer, else the mail's next."""
    known = ledger.reminder(rejected.reminder) if rejected.reminder else None
    return known or next(iter(ledger.reminders(item=item.id, states=OPEN)), None)


def _obey(ledger: Ledger, said: Decision, policy: Policy, *, last: datetime) -> None:
    reminder = ledger.reminder(said.reminder)
    if reminder is None:
        return
    if said.at < last:
        ledger.note(replace(said, what=OVERTAKEN, why="you decided otherwise after this answer"))
        return
    try:
        answer = verbs.parse_answer(said.why)
        until = None if answer.snooze is None else delay.until(answer.snooze, said.at, policy.calendar)
    except ValueError as err:
        ledger.note(Decision(at=said.at, reminder=reminder.id, item=said.item, what=REJECTED, why=str(err)))
        return
    if until is None:
        done(ledger, reminder, now=said.at)
    else:
        snooze(ledger, reminder, until, now=said.at)


def _explanation(item: SentItem, rejected: Decision, about: Reminder | None) -> str:
    lines = (
        "Something you wrote for Heardback was not understood, and nothing was done:",
        "",
        f"  {item.subject or '(no subject)'}",
        f"  {rejected.why}",
        "",
        *(_which(about) if about and rejected.why.endswith(_WHICH) else _what(item, about)),
        "",
    )
    return "\n".join(map(harmless, lines))


def _which(about: Reminder) -> Iterable[str]:
    yield "The commands that stand with each mail say which is meant; for the one above:"
    yield f"  heardback snooze {about.id} 2d"
    yield f"  heardback done {about.id}"


def _what(item: SentItem, about: Reminder | None) -> Iterable[str]:
    yield "In a copy to yourself or a label: off, 3d, 3bd, mon9, 2026-06-12, noreply-1w."
    if about:
        yield "As an answer to a reminder, or to this mail: snooze 2d, done."
    yield f"By command: heardback remind {item.id} --after 3d --if no-reply"

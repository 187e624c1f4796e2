"""The rules of a person about their reminders: which mail each is for, and which policy holds for one mail. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from evidence.model import SentItem
from scheduler import delay, verbs
from scheduler.delay import Delay
from scheduler.own import without_own
from scheduler.policy import Condition, Policy, is_among
from scheduler.verbs import Verb
from store.ledger import Decision

#: the line of a story that keeps what a person asked for by command, as a verb
ASKED = "asked"
#: the word that such a line has once the person took back what they asked for
AS_USUAL = "as usual"


#: the line of a story that keeps that labels were put on, or taken off, a mail that was known without them
LABELLED = "label"
_INSTEAD = "\ninstead of\n"


class Policies(Protocol):
    """Says which policy holds for a mail that asks for nothing itself: a single `Policy`, or `Rules`."""

    @property
    def minds_questions(self) -> bool:
        """Whether it may turn on a question that is asked in a mail."""

    def of(self, item: SentItem) -> Policy:
        """The policy for one mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A policy and the mail it is for: all that is given here must fit."""

    policy: Policy
    #: part of the account's id, lower-case
    account: str = ""
    #: a label or category of the sent copy, lower-case
    label: str = ""
    #: addresses, or domains as `@example.com`, lower-case; one recipient among them is enough
    to: tuple[str, ...] = ()
    #: lower-case
    subject_has: str = ""
    subject_fits: re.Pattern[str] | None = None
    #: a question is asked, or none is; what cannot be known fits neither
    asks_question: bool | None = None

    def fits(self, item: SentItem) -> bool:
        """Whether the rule is for this mail."""
        return all((
            self.account in item.account.lower(),
            not self.label or self.label in (each.lower() for each in item.labels),
            not self.to or any(is_among(each.address, self.to) for each in item.recipients),
            self.subject_has in item.subject.lower(),
            self.subject_fits is None or self.subject_fits.search(item.subject),
            self.asks_question is None or self.asks_question is item.asks_question,
        ))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Rules in the order they count; the first that fits holds."""

    rules: tuple[Rule, ...]
    #: for mail no rule fits
    last: Policy

    @property
    def minds_questions(self) -> bool:
        """Whether a rule does."""
        return any(each.asks_question is not None for each in self.rules)

    def of(self, item: SentItem) -> Policy:
        """The policy for one mail."""
        return next((each.policy for each in self.rules if each.fits(item)), self.last)


def policy_for(item: SentItem, policies: Policies, *, own: Iterable[str], decisions: Sequence[Decision] = ()) -> Policy:
    """The policy for one mail: what was asked by command goes before what the mail carries, and that before the rules.

    Each changes what it names.

    :param own: the person's addresses, normalised
    :param decisions: the item's story, oldest first
    """
    addresses = frozenset(own)
    policy = policies.of(without_own(item, addresses))
    said = next((each for each in verbs.in_mail(item, addresses) if each.verb), None)
    if said and said.verb:
        verb = _from_its_label(said.verb, item, policy, decisions)
        policy = verbs.applied(policy, verb, said.source)
    asked = asked_for(decisions)
    try:
        return verbs.applied(policy, asked, "as you asked") if asked else policy
    except ValueError as err:
        # it did when it was asked; a region of another country does not any more
        return replace(policy, source=f"as what you asked for does not fit your settings any more: {err}")


def relabelled(before: SentItem, item: SentItem) -> str:
    """The line of the story for labels that were put on or taken off; empty if those that are verbs are the same."""
    old, new = ("\n".join(verbs.labels_of(each)) for each in (before, item))
    return "" if old == new else f"{new}{_INSTEAD}{old}"


def labels_in(line: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels of such a line, those there are and those there were before."""
    now, _, before = line.partition(_INSTEAD)
    return _labels(now), _labels(before)


def _labels(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


def _from_its_label(verb: Verb, item: SentItem, policy: Policy, decisions: Sequence[Decision]) -> Verb:
    """What a label says that was put on later counts from then."""
    labels, condition = verbs.labels_of(item), verb.condition or policy.condition
    last = next((each for each in reversed(decisions) if each.what == LABELLED), None)
    if last is None or labels_in(last.why)[0] != labels or verbs.by_label(labels) != verb or verb.after is None:
        return verb
    return replace(verb, after=from_then(verb.after, last.at, replace(policy, condition=condition)))


def from_then(after: Delay, then: datetime, policy: Policy) -> Delay:
    """A delay counted from a moment, as the moment it leads to; one that is counted from the reading stays that."""
    if policy.condition in (Condition.READ_NO_REPLY, Condition.NOT_DELIVERED) and not isinstance(after, str):
        return after
    return delay.moment(after, then, policy.calendar, theirs=policy.theirs)


def asked_for(decisions: Sequence[Decision]) -> Verb | None:
    """What a person asked for by command, and did not take back since.

    :param decisions: the item's story, oldest first
    """
    asked = next((each.why for each in reversed(decisions) if each.what == ASKED), AS_USUAL)
    try:
        return None if asked == AS_USUAL else verbs.parse(asked)
    except verbs.NoVerb:
        return None  # of another version: one line that cannot be read must not stop the others

"""The cast at work: takes letters from the post office, and lets each person do what they do, when they do it."""

import base64
import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sandbox.forms.occasion import Occasion
from sandbox.forms.original import Original
from sandbox.people.correspondent import Correspondent, Habit
from sandbox.people.everybody import EVERYBODY
from sandbox.people.habits import HABITS, NO_SUCH_ADDRESS, NO_SUCH_DOMAIN, Limit, Since, Step
from sandbox.post import Letter, PostOffice

#: a vacation program does not repeat itself to one sender before this (RFC 5230 section 4.1 proposes 7 days)
_AUTOMATIC_REPLY_PAUSE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing somebody did."""

    #: virtual moment, UTC
    at: datetime
    who: str
    #: reads on from the name: "read it and answered"
    what: str
    about_subject: str

    def __str__(self) -> str:
        return f"{self.at:%a %d %b %H:%M}  {self.who} {self.what} ({self.about_subject})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A letter at somebody's door."""

    person: Correspondent
    letter: Letter
    original: Original
    #: the address it was sent to
    address: str
    at: datetime


class Cast:
    """Everybody outside the two providers. Deterministic: the same letters at the same times give the same bytes.

    Nobody here ever answers a machine, a report, each other or themselves, so no loop can begin.
    """

    def __init__(
        self,
        post: PostOffice,
        people: Iterable[Correspondent] = EVERYBODY,
        *,
        domains: Iterable[str] = (),
        search_key: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        """Give everybody a door, and take what cannot be delivered.

        :param domains: other domains that exist, whose unknown addresses bounce at once
        :param search_key: Exchange's search key of a Message-ID with brackets, for readers of the same organisation
        """
        self._post = post
        self._search_key = search_key
        self._seed = post.random.getrandbits(64)
        self._people: dict[str, Correspondent] = {}
        self._steps: dict[str, tuple[Step, ...]] = {}
        self._domains = {each.lower() for each in domains}
        self._story: list[Deed] = []
        self._sent: dict[tuple[str, str], datetime] = {}
        post.undeliverable = self._return
        for person in people:
            self.join(person)

    def join(self, person: Correspondent, *, steps: tuple[Step, ...] | None = None) -> None:
        """Add somebody, or replace whoever had the address.

        :param steps: what they do with a letter; None: what their habit is
        """
        for address in person.addresses:
            self._people[address] = person
            self._steps[address] = HABITS[person.habit] if steps is None else steps
            self._domains.add(_organisation(address))
            self._post.register(address, self.take)

    def person(self, address: str) -> Correspondent:
        """Who has an address.

        :raises KeyError: nobody
        """
        local, _, domain = address.lower().partition("@")
        return self._people[f"{local.partition('+')[0]}@{domain}"]

    def story(self) -> tuple[Deed, ...]:
        """What each did so far, in order."""
        return tuple(self._story)

    def take(self, letter: Letter, address: str) -> None:
        """A letter arrives at somebody's door."""
        arrival = self._arrival(self.person(address), letter, address)
        if self._answers(arrival):
            self._begin(arrival, self._steps[arrival.person.addresses[0]])
        else:
            self._tell(arrival, "got mail that no program or person here answers")

    def _return(self, letter: Letter, address: str) -> None:
        """Nobody has this address: it comes back, at once if at least the domain exists."""
        nobody = Correspondent(name=address, address=address, habit=Habit.BOUNCES)
        arrival = self._arrival(nobody, letter, address)
        if self._answers(arrival):
            self._begin(arrival, NO_SUCH_ADDRESS if _organisation(address) in self._domains else NO_SUCH_DOMAIN)

    def _arrival(self, person: Correspondent, letter: Letter, address: str) -> _Arrival:
        return _Arrival(
            person=person,
            letter=letter,
            original=Original.read(letter.mime),
            address=address,
            at=self._post.clock.now(),
        )

    def _answers(self, arrival: _Arrival) -> bool:
        sender = arrival.letter.sender.lower()
        return bool(sender) and sender not in self._people and not arrival.original.by_machine

    def _begin(self, arrival: _Arrival, steps: tuple[Step, ...]) -> None:
        for step in steps:
            waiting = step.after + (arrival.person.delay if step.since is Since.READING else timedelta())
            self._post.clock.after(waiting, partial(self._do, step, arrival))

    def _do(self, step: Step, arrival: _Arrival) -> None:
        done = step.act(arrival.person, self._occasion(arrival))
        if done.letters and not self._may_send(step.limit, arrival):
            self._tell(arrival, f"sent nothing more: {step.limit}")
            return
        self._tell(arrival, done.what)
        for letter in done.letters:
            self._post.send(letter)

    def _may_send(self, limit: Limit, arrival: _Arrival) -> bool:
        if limit is Limit.NONE:
            return True
        message = arrival.original.message_id or hashlib.sha256(arrival.letter.mime).hexdigest()
        about = message if limit is Limit.MESSAGE else arrival.letter.sender.lower()
        now, before = self._post.clock.now(), self._sent.get((arrival.person.address, about))
        if before and (limit is Limit.MESSAGE or now - before < _AUTOMATIC_REPLY_PAUSE):
            return False
        self._sent[arrival.person.address, about] = now
        return True

    def _occasion(self, arrival: _Arrival) -> Occasion:
        person, now = arrival.person, self._post.clock.now()
        key = f"{self._seed} {person.address} {arrival.original.message_id} {now.isoformat()}"
        return Occasion(
            original=arrival.original,
            envelope_sender=arrival.letter.sender,
            reader=arrival.address,
            writes_as=person.address,
            name=person.name,
            at=now,
            arrived_at=arrival.at,
            chance=random.Random(key),  # noqa: S311 - the same letter must always get the same answer
            language=person.language,
            search_key=self._key_for(arrival),
        )

    def _key_for(self, arrival: _Arrival) -> str:
        if _organisation(arrival.letter.sender) != _organisation(arrival.person.address):
            return ""
        return base64.b64encode(self._search_key(arrival.original.message_id) or b"").decode()

    def _tell(self, arrival: _Arrival, what: str) -> None:
        deed = Deed(
            at=self._post.clock.now(), who=arrival.person.name, what=what, about_subject=arrival.original.subject
        )
        self._story.append(deed)


def _organisation(address: str) -> str:
    return address.rpartition("@")[2].lower()

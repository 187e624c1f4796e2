"""The cast at work: takes letters from the post office, and lets each person do what they do, when they do it."""

import base64
import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sandbox.forms import bounces
from sandbox.forms.occasion import Occasion
from sandbox.forms.original import Original
from sandbox.people import acts
from sandbox.people.correspondent import Correspondent, Habit
from sandbox.people.everybody import EVERYBODY
from sandbox.people.habits import HABITS, Limit, Since, Step
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
        self._domains = {each.lower() for each in domains}
        self._story: list[Deed] = []
        self._sent: dict[tuple[str, str], datetime] = {}
        post.undeliverable = self._return
        for person in people:
            self.join(person)

    def join(self, person: Correspondent) -> None:
        """Add somebody, or replace whoever had the address."""
        for address in person.addresses:
            self._people[address] = person
            self._domains.add(address.rpartition("@")[2])
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
        person, original = self.person(address), Original.read(letter.mime)
        if self._needs_no_answer(letter, original):
            self._tell(person.name, "got mail that no program or person here answers", original)
            return
        arrived_at = self._post.clock.now()
        for step in HABITS[person.habit]:
            waiting = step.after + (person.delay if step.since is Since.READING else timedelta())
            self._post.clock.after(waiting, partial(self._do, step, person, letter, original, address, arrived_at))

    def _do(
        self, step: Step, person: Correspondent, letter: Letter, original: Original, address: str, arrived_at: datetime
    ) -> None:
        occasion = self._occasion(person, letter, original, address, arrived_at)
        done = step.act(person, occasion)
        if done.letters and not self._may_send(step.limit, person, letter, original):
            self._tell(person.name, f"sent nothing more: {step.limit}", original)
            return
        self._tell(person.name, done.what, original)
        for each in done.letters:
            self._post.send(each)

    def _return(self, letter: Letter, address: str) -> None:
        """Nobody has this address: it comes back, at once if at least the domain exists."""
        original = Original.read(letter.mime)
        if self._needs_no_answer(letter, original):
            return
        nobody = Correspondent(name=address, address=address, habit=Habit.BOUNCES)
        gone = acts.transit_says(bounces.failed, "has never existed; the mail came back (5.1.1)")
        late = acts.transit_says(bounces.delayed, "could not be reached; the server keeps trying (4.4.1)")
        nowhere = acts.transit_says(bounces.no_such_host, "is on no domain that exists; the mail came back (5.4.4)")
        known = address.rpartition("@")[2] in self._domains
        steps = ((timedelta(), gone),) if known else ((timedelta(hours=4), late), (timedelta(days=1), nowhere))
        arrived_at = self._post.clock.now()
        for after, act in steps:
            step = Step(act=act, since=Since.ARRIVAL, after=after)
            self._post.clock.after(after, partial(self._do, step, nobody, letter, original, address, arrived_at))

    def _needs_no_answer(self, letter: Letter, original: Original) -> bool:
        sender = letter.sender.lower()
        return not sender or sender in self._people or original.by_machine

    def _may_send(self, limit: Limit, person: Correspondent, letter: Letter, original: Original) -> bool:
        if limit is Limit.NONE:
            return True
        message = original.message_id or hashlib.sha256(letter.mime).hexdigest()
        key = (person.address, message if limit is Limit.MESSAGE else letter.sender.lower())
        now, before = self._post.clock.now(), self._sent.get(key)
        if before and (limit is Limit.MESSAGE or now - before < _AUTOMATIC_REPLY_PAUSE):
            return False
        self._sent[key] = now
        return True

    def _occasion(
        self, person: Correspondent, letter: Letter, original: Original, address: str, arrived_at: datetime
    ) -> Occasion:
        now = self._post.clock.now()
        key = f"{self._seed} {person.address} {original.message_id} {now.isoformat()}"
        return Occasion(
            original=original,
            envelope_sender=letter.sender,
            reader=address,
            writes_as=person.address,
            name=person.name,
            at=now,
            arrived_at=arrived_at,
            chance=random.Random(key),  # noqa: S311 - the same letter must always get the same answer
            language=person.language,
            search_key=self._key_for(person, letter, original),
        )

    def _key_for(self, person: Correspondent, letter: Letter, original: Original) -> str:
        if _organisation(letter.sender) != _organisation(person.address):
            return ""
        return base64.b64encode(self._search_key(original.message_id) or b"").decode()

    def _tell(self, who: str, what: str, original: Original) -> None:
        self._story.append(Deed(at=self._post.clock.now(), who=who, what=what, about_subject=original.subject))


def _organisation(address: str) -> str:
    return address.rpartition("@")[2].lower()

"""Hits through a relay that really runs: taken in once each, matched, told on, and made up for after trouble."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest

from connectors.errors import RelayUnreachable
from connectors.relay import RelayClient
from evidence.copies import copy_tag
from evidence.model import HitKind, SentItem, Verdict
from relay.tokens import Token, reader_id
from scheduler.habits import Habits
from scheduler.hits import Pulled, pull, tell_choices
from scheduler.past import life_of
from scheduler.policy import Policy
from scheduler.reminders import replan
from scheduler.replay import replay
from scheduler.standing import standing
from scheduler.sweep import sweep
from store.ledger import Decision, Ledger
from store.tracking import Choice, RelayState, Stance, Tracked
from tests.relay.conftest import Desk, desks
from tests.scheduler.conftest import BOB, ME, MONDAY, WINDOW, Person
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.interruptions import Fuse, FusedLedger, cuts
from tests.scheduler.test_worker import running, until, worker_of

__all__ = ["desks"]
CAT = "cat@example.org"
GMAIL_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
NAMED = partial(reader_id, b"s" * 32)


@dataclass(kw_only=True)
class Line:
    """A person who tracks mail, and their relay; one clock for both."""

    person: Person
    mailbox: FakeMailbox
    relay: Desk
    client: RelayClient

    def send(self, *to: str, tag: str = "tag", kinds: tuple[HitKind, ...] = (HitKind.PIXEL,)) -> list[Token]:
        """Send mail with tokens in it; the sent copy is not in the mailbox yet."""
        readers = tuple(NAMED(each) for each in to)
        tokens = [self.relay.token(kind, readers=readers) for kind in kinds]
        self.person.ledger.tracking.put(
            Tracked(
                id=each.id,
                kind=each.kind,
                account=self.mailbox.account,
                tag=tag,
                recipients=to,
                target=each.target,
                made_at=self.person.now(),
                expires_at=each.expires,
            )
            for each in tokens
        )
        return tokens

    def file(self, *to: str, tag: str = "tag") -> SentItem:
        """The sent copy is in the mailbox now, and read."""
        item = self.mailbox.add_sent(*to, receipt=False, tag=tag)
        self.person.sync(self.mailbox)
        return item

    def wait(self, **span: float) -> None:
        self.person.wait(**span)
        self.relay.now = self.person.now()

    def pull(self) -> Pulled:
        return pull(self.person.ledger, self.client, reader_name=NAMED, now=self.person.now)

    def verdicts(self, item: SentItem) -> list[Verdict]:
        found = standing(self.person.ledger, item, now=self.person.now())
        return [each.verdict for each in found.recipients]

    def why(self, item: SentItem) -> str:
        return standing(self.person.ledger, item, now=self.person.now()).recipients[0].why

    @property
    def state(self) -> tuple[str, datetime | None]:
        known = self.person.ledger.tracking.relay()
        return known.problem, known.away_since


@pytest.fixture
def line(person: Person, desks: Callable[..., Desk]) -> Iterator[Line]:
    relay = desks()
    relay.now = person.now()
    relay.start()
    client = RelayClient(relay.url, bearer=relay.shared.bearer)
    yield Line(person=person, mailbox=person.connect(), relay=relay, client=client)
    client.close()


def test_an_image_fetched_by_a_persons_program_makes_probably_read(line: Line) -> None:
    (token,) = line.send(BOB)
    item = line.file(BOB)
    line.pull()
    assert line.verdicts(item) == [Verdict.UNREAD]
    line.wait(hours=2)
    line.relay.image(token)
    pulled = line.pull()
    assert (pulled, line.pull()) == (Pulled(hits=1, touched=frozenset([item.id])), Pulled())
    assert line.verdicts(item) == [Verdict.PROBABLY_READ]
    assert line.why(item) == (
        "a browser fetched the image from a person's own network (4 May 10:00 UTC), which is a sign of reading and no "
        "proof; the image's address was made for bob@example.org's copy alone"
    )


def test_several_hits_are_one_line_with_a_count(line: Line) -> None:
    (token,) = line.send(BOB)
    item = line.file(BOB)
    for _ in range(3):
        line.wait(hours=2)
        line.relay.image(token)
    line.pull()
    assert "(3 times, 4 May 10:00 UTC to 4 May 14:00 UTC)" in line.why(item)


def test_a_link_followed_in_a_browser_is_reading_and_a_proxy_may_be(line: Line) -> None:
    image, link = line.send(BOB, kinds=(HitKind.PIXEL, HitKind.LINK))
    item = line.file(BOB)
    line.wait(hours=2)
    line.relay.image(image, agent=GMAIL_PROXY)
    line.pull()
    assert line.verdicts(item) == [Verdict.MAYBE_READ]
    line.relay.ask(f"/l/{line.relay.seal(link)}")
    line.pull()
    # a mail with one link only: it was followed, and every link of it was
    assert line.verdicts(item) == [Verdict.READ]


def test_a_hit_before_the_sent_copy_is_read_is_not_lost(line: Line) -> None:
    (token,) = line.send(BOB)
    line.wait(hours=2)
    line.relay.image(token)
    assert line.pull() == Pulled(hits=1)
    item = line.mailbox.add_sent(BOB, at=MONDAY, receipt=False, tag="tag")
    report = line.person.sync(line.mailbox)
    assert item.id in report.touched
    assert line.verdicts(item) == [Verdict.PROBABLY_READ]


def test_of_mail_to_several_no_name_is_told(line: Line) -> None:
    (token,) = line.send(BOB, CAT)
    item = line.file(BOB, CAT)
    line.pull()
    assert line.verdicts(item) == [Verdict.UNREAD, Verdict.UNREAD]
    line.wait(hours=2)
    line.relay.image(token)
    line.pull()
    assert line.verdicts(item) == [Verdict.UNKNOWABLE, Verdict.UNKNOWABLE]
    assert "one of the recipients, it cannot be told which: a browser fetched the image" in line.why(item)


def test_who_presses_the_button_is_left_alone_at_once_and_for_good(line: Line) -> None:
    button, image = line.send(BOB, kinds=(HitKind.OPT_OUT, HitKind.PIXEL))
    item = line.file(BOB)
    line.wait(hours=2)
    line.relay.ask(f"/o/{line.relay.seal(button)}", "POST", body=b"")
    line.pull()
    tracking = line.person.ledger.tracking
    assert [(each.stance, each.how) for each in tracking.choices(BOB)] == [
        (Stance.OPT_OUT, "pressed the button in the mail")
    ]
    line.relay.image(image)
    assert line.pull() == Pulled()
    assert line.verdicts(item) == [Verdict.UNKNOWABLE]
    assert "this reader asked not to be tracked" in line.why(item)


def test_who_presses_the_button_in_one_mail_is_planned_anew_in_every_other(line: Line) -> None:
    (button,) = line.send(BOB, kinds=(HitKind.OPT_OUT,))
    items = [line.file(BOB), line.file(BOB, CAT, tag="other")]
    line.file(CAT, tag="a third")
    line.relay.ask(f"/o/{line.relay.seal(button)}", "POST", body=b"")
    assert line.pull() == Pulled(hits=1, touched=frozenset(each.id for each in items))


def test_of_several_who_got_one_mail_all_are_left_alone(line: Line) -> None:
    (button,) = line.send(BOB, CAT, kinds=(HitKind.OPT_OUT,))
    line.file(BOB, CAT)
    line.relay.ask(f"/o/{line.relay.seal(button)}", "POST", body=b"")
    line.pull()
    tracking = line.person.ledger.tracking
    assert (tracking.stance(BOB), tracking.stance(CAT)) == (Stance.OPT_OUT, Stance.OPT_OUT)
    assert tracking.choices(BOB)[0].how == (
        "one of the 2 who got the same mail pressed the button in it, it cannot be told who"
    )
    # alone each of them is let be as well, also in mail of which the relay could not know
    (other,) = line.send(CAT, tag="other")
    line.relay.image(other)
    assert line.pull() == Pulled()


def planned(line: Line) -> dict[str, str]:
    """Why each item is, or is not, to raise a reminder."""
    replan(line.person.ledger, line.person.now(), Policy(), window=WINDOW)
    return {each.item: each.reason for each in line.person.ledger.reminders()}


def relived(line: Line, item: SentItem) -> tuple[Decision, ...]:
    """The story of an item as `heardback replay` lives it over again."""
    ledger, now = line.person.ledger, line.person.now()
    life = life_of(ledger, item, habits=Habits(ledger, now=now), connected_at=None, choices=ledger.tracking.choices())
    # a press is dated at the end of its five minutes
    return replay(life, Policy(), until=now + timedelta(minutes=5))


def test_who_of_several_pressed_the_button_is_not_told_about_this_mail_nor_any_other(line: Line) -> None:
    button, _ = line.send(BOB, CAT, kinds=(HitKind.OPT_OUT, HitKind.PIXEL))
    line.send(BOB, tag="other")
    both, other = line.file(BOB, CAT), line.file(BOB, tag="other")
    planned(line)
    line.relay.ask(f"/o/{line.relay.seal(button)}", "POST", body=b"")
    line.pull()
    told = {
        both.id: "one of the recipients opted out of being tracked, it cannot be told which",
        other.id: "one of several who got another mail opted out of being tracked, perhaps this reader",
    }
    assert planned(line) == told
    assert {each.id: relived(line, each)[-1].why for each in (both, other)} == told
    assert line.verdicts(both) == [Verdict.UNKNOWABLE] * 2
    assert "but one of the recipients asked not to be tracked;" in line.why(both)
    assert "but one of several who got another mail asked not to be tracked, perhaps this reader;" in line.why(other)


def test_what_a_reader_said_themselves_is_told_of_them_also_when_one_of_several_pressed(line: Line) -> None:
    button, _ = line.send(BOB, CAT, kinds=(HitKind.OPT_OUT, HitKind.PIXEL))
    item = line.file(BOB, tag="other")
    planned(line)
    line.relay.ask(f"/o/{line.relay.seal(button)}", "POST", body=b"")
    choose(line, BOB, Stance.OPT_OUT, at=MONDAY)
    line.pull()
    assert planned(line) == {item.id: "bob@example.org: declined (opted out of being tracked)"}


def test_one_refusal_makes_the_image_of_a_mail_to_several_tell_nothing_of_any_of_them(line: Line) -> None:
    line.send(BOB, CAT)
    item = line.file(BOB, CAT)
    choose(line, BOB, Stance.OPT_OUT, at=MONDAY)
    line.pull()
    assert line.verdicts(item) == [Verdict.UNKNOWABLE] * 2
    assert "one of the recipients asked not to be tracked" in line.why(item)


def choose(line: Line, address: str, stance: Stance, *, at: datetime) -> None:
    line.person.ledger.tracking.choose([Choice(address=address, stance=stance, at=at, how="said so")])


def test_choices_made_elsewhere_are_told_to_the_relay_also_those_of_an_earlier_date(line: Line) -> None:
    (token,) = line.send(BOB)
    (other,) = line.send(CAT, tag="other")
    choose(line, BOB, Stance.OPT_OUT, at=MONDAY)
    tell_choices(line.person.ledger, line.client, NAMED, line.person.now())
    choose(line, CAT, Stance.OPT_OUT, at=MONDAY - timedelta(days=9))
    line.pull()
    line.relay.image(token)
    line.relay.image(other)
    assert line.pull() == Pulled()
    choose(line, CAT, Stance.NONE, at=MONDAY + timedelta(hours=1))
    line.pull()
    line.relay.image(other)
    assert line.pull().hits == 1


def press(line: Line, button: Token) -> None:
    line.relay.ask(f"/o/{line.relay.seal(button)}", "POST", body=b"")


def rules(line: Line, item: SentItem) -> list[str]:
    return [each.rule for each in line.person.ledger.evidence(item.id)]


def take_back(line: Line, address: str) -> None:
    """The person records that somebody agreed to be tracked again, and the relay is told."""
    line.wait(minutes=10)
    choose(line, address, Stance.NONE, at=line.person.now())
    tell_choices(line.person.ledger, line.client, NAMED, line.person.now())
    line.wait(minutes=10)


def test_telling_of_one_readers_choice_undoes_no_press_of_another_that_was_not_read_yet(line: Line) -> None:
    button, image = line.send(BOB, kinds=(HitKind.OPT_OUT, HitKind.PIXEL))
    item = line.file(BOB)
    press(line, button)
    line.pull()
    take_back(line, BOB)
    press(line, button)
    choose(line, CAT, Stance.OPT_OUT, at=line.person.now())
    tell_choices(line.person.ledger, line.client, NAMED, line.person.now())
    line.wait(minutes=10)
    line.relay.image(image)
    line.pull()
    assert line.person.ledger.tracking.stance(BOB) is Stance.OPT_OUT
    assert rules(line, item) == ["opt-out", "opt-out"]


def test_who_agreed_again_after_a_press_that_was_not_read_yet_is_tracked_again(line: Line) -> None:
    button, image = line.send(BOB, kinds=(HitKind.OPT_OUT, HitKind.PIXEL))
    press(line, button)
    line.pull()
    take_back(line, BOB)
    press(line, button)
    take_back(line, BOB)
    line.pull()
    line.relay.image(image)
    assert line.pull().hits == 1


class Unheard(RelayClient):
    """Its answers get lost when it is told of choices."""

    def tell_opt_outs(self, out: Sequence[str], back: Sequence[str]) -> None:
        super().tell_opt_outs(out, back)
        raise RelayUnreachable("the answer was lost")


def test_who_opted_out_a_second_time_unheard_and_agreed_again_is_tracked_again(line: Line) -> None:
    (image,) = line.send(BOB)
    choose(line, BOB, Stance.OPT_OUT, at=line.person.now())
    line.pull()
    take_back(line, BOB)
    choose(line, BOB, Stance.OPT_OUT, at=line.person.now())
    with closing(Unheard(line.relay.url, bearer=line.relay.shared.bearer)) as unheard, pytest.raises(RelayUnreachable):
        tell_choices(line.person.ledger, unheard, NAMED, line.person.now())
    take_back(line, BOB)
    line.relay.image(image)
    assert line.pull().hits == 1


def test_a_press_silences_what_came_later_in_the_same_page_of_hits(line: Line) -> None:
    button, image = line.send(BOB, kinds=(HitKind.OPT_OUT, HitKind.PIXEL))
    item = line.file(BOB)
    press(line, button)
    line.client.tell_opt_outs([], [NAMED(BOB)])
    line.wait(minutes=10)
    line.relay.image(image)
    assert line.pull().hits == 2
    assert rules(line, item) == ["opt-out"]


def test_a_relay_that_began_anew_is_told_all_opt_outs_again(line: Line, desks: Callable[..., Desk]) -> None:
    (token,) = line.send(BOB)
    line.relay.image(token)
    choose(line, BOB, Stance.OPT_OUT, at=MONDAY)
    line.pull()
    line.relay.stop()
    for file in line.relay.plan.folder.rglob("*"):
        if file.is_file():
            file.unlink()
    fresh = desks()
    fresh.now = line.person.now()
    fresh.start()
    line.client = RelayClient(fresh.url, bearer=fresh.shared.bearer)
    line.pull()
    fresh.image(token)
    assert line.pull() == Pulled()
    assert line.person.ledger.tracking.relay().missed_at == line.person.now()
    line.client.close()


def test_a_relay_that_is_away_is_noted_and_made_up_for(line: Line) -> None:
    (token,) = line.send(BOB)
    item = line.file(BOB)
    line.wait(hours=2)
    line.relay.image(token)
    line.relay.stop()
    away = line.person.now()
    assert line.pull().problem == line.state[0] != ""
    line.wait(hours=1)
    line.pull()
    assert line.state[1] == away
    line.relay.start()
    line.client = RelayClient(line.relay.url, bearer=line.relay.shared.bearer)
    assert line.pull().touched == {item.id}
    assert line.state == ("", None)
    line.client.close()


def test_an_image_whose_hits_were_not_read_says_nothing(line: Line) -> None:
    line.send(BOB)
    item = line.file(BOB)
    assert (line.verdicts(item), "never been read" in line.why(item)) == ([Verdict.UNKNOWABLE], True)
    line.pull()
    line.relay.stop()
    line.wait(minutes=1)
    line.pull()
    line.wait(minutes=59)
    assert line.verdicts(item) == [Verdict.UNREAD]
    line.wait(minutes=1)
    assert (line.verdicts(item), "cannot be read since 4 May 08:01 UTC" in line.why(item)) == (
        [Verdict.UNKNOWABLE],
        True,
    )


def test_telling_a_relay_that_is_away_fails_and_is_made_up_for_by_the_next_pull(line: Line) -> None:
    choose(line, BOB, Stance.OPT_OUT, at=MONDAY)
    line.relay.stop()
    with pytest.raises(RelayUnreachable):
        tell_choices(line.person.ledger, line.client, NAMED, line.person.now())
    assert line.state[1] == line.person.now()
    line.relay.start()
    line.client = RelayClient(line.relay.url, bearer=line.relay.shared.bearer)
    line.pull()
    (token,) = line.send(BOB)
    line.relay.image(token)
    assert line.pull() == Pulled()
    line.client.close()


def test_hits_of_tokens_nobody_knows_are_passed_over(line: Line) -> None:
    line.relay.image(line.relay.token())
    assert line.pull() == Pulled(hits=1)
    assert line.person.ledger.unmatched() == ()


def test_hits_at_delivery_say_nothing_and_later_ones_do(line: Line) -> None:
    (token,) = line.send(BOB)
    item = line.file(BOB)
    line.wait(seconds=20)
    line.relay.image(token)
    line.pull()
    assert line.verdicts(item) == [Verdict.UNREAD]
    assert "it came in the minutes around sending" in line.why(item)
    line.wait(minutes=12)
    line.relay.image(token)
    line.pull()
    assert line.verdicts(item) == [Verdict.PROBABLY_READ]


def test_many_mails_to_one_domain_fetched_at_once_soon_after_sending_were_fetched_by_its_gateway(line: Line) -> None:
    people = [f"reader{number}@example.org" for number in range(3)]
    tokens = [line.send(each, tag=each)[0] for each in people]
    items = [line.file(each, tag=each) for each in people]
    line.wait(minutes=11)
    for token in tokens[:2]:
        line.relay.image(token)
    line.pull()
    # two colleagues may read at the same time; that a third one does shows only later
    assert [line.verdicts(each) for each in items] == [
        [Verdict.PROBABLY_READ],
        [Verdict.PROBABLY_READ],
        [Verdict.UNREAD],
    ]
    line.relay.image(tokens[2])
    line.pull()
    assert [line.verdicts(each) for each in items] == [[Verdict.UNREAD]] * 3
    assert "many mails to this domain" in line.why(items[0])


def test_a_reader_whose_mail_program_loads_ahead_of_time_is_unknowable(line: Line) -> None:
    (token,) = line.send(BOB)
    item = line.file(BOB)
    line.wait(hours=1)
    line.relay.image(token, agent="Mozilla/5.0")
    line.pull()
    assert line.verdicts(item) == [Verdict.UNKNOWABLE]
    assert line.why(item) == (
        "an image was in it, but it was loaded ahead of time, so that reading shows no more; it may have been read; "
        "Apple's mail privacy loads every image, read or not (4 May 09:00 UTC)"
    )


def test_a_relay_that_is_read_but_takes_no_opt_outs_is_in_trouble_and_not_away(line: Line) -> None:
    class Full(RelayClient):
        def tell_opt_outs(self, out: Sequence[str], back: Sequence[str]) -> None:
            raise RelayUnreachable("its disk refuses")

    _, item = due(line)
    choose(line, CAT, Stance.OPT_OUT, at=MONDAY)
    line.client = Full(line.relay.url, bearer=line.relay.shared.bearer)
    assert (line.pull().problem, line.state) == ("its disk refuses", ("its disk refuses", None))
    # or it would be held for ever: each reading begins a new hour
    assert [what for what, _ in sweep_with_hits(line)] == ["fired"]
    assert line.verdicts(item) == [Verdict.UNREAD]
    line.client.close()


class FusedTracking(FusedLedger):
    """The part about tracking, likewise."""

    _CHANGES = frozenset({"take_hits", "put_relay"})


class FusedHits(FusedLedger):
    """A ledger that may be cut off while hits are taken in."""

    @property
    def tracking(self) -> Any:
        return FusedTracking(self._ledger.tracking, self._fuse)  # type: ignore[arg-type]  # it only passes calls on


def test_whenever_the_machine_goes_off_each_hit_is_taken_in_once(line: Line) -> None:
    (image,) = line.send(BOB)
    item = line.file(BOB)
    fetched = 0

    def fetch_and_pull(fuse: Fuse) -> None:
        nonlocal fetched
        line.wait(minutes=10)
        line.relay.image(image)
        fetched += 1
        stance = Stance.OPT_OUT if fetched % 2 else Stance.NONE
        choose(line, CAT, stance, at=line.person.now())
        fused = cast("Ledger", FusedHits(line.person.ledger, fuse))
        pull(fused, line.client, reader_name=NAMED, now=line.person.now)

    assert len(list(cuts(fetch_and_pull))) >= 4
    assert len(line.person.ledger.evidence(item.id)) == fetched
    (token,) = line.send(CAT, tag="other")
    line.relay.image(token)
    assert line.pull().hits == (line.person.ledger.tracking.stance(CAT) is Stance.NONE)


def test_hits_taken_in_again_from_the_beginning_are_not_doubled(line: Line) -> None:
    image, button = line.send(BOB, kinds=(HitKind.PIXEL, HitKind.OPT_OUT))
    item = line.file(BOB)
    line.relay.image(image)
    line.relay.ask(f"/o/{line.relay.seal(button)}", "POST", body=b"")
    line.pull()
    tracking = line.person.ledger.tracking
    before = line.person.ledger.evidence(item.id), tracking.choices()
    tracking.put_relay(RelayState())
    assert line.pull().hits == 2
    assert (line.person.ledger.evidence(item.id), tracking.choices()) == before


def test_a_mail_sent_to_each_alone_names_its_readers(line: Line) -> None:
    group = "0" * 32
    for number, address in enumerate((BOB, CAT), start=1):
        line.send(address, tag=copy_tag(group, number))
        line.mailbox.add_sent(address, receipt=False, tag=copy_tag(group, number))
    (bobs,) = line.person.ledger.tracking.in_mail(copy_tag(group, 1))
    line.person.sync(line.mailbox)
    (item,) = line.person.ledger.items()
    line.wait(hours=2)
    line.relay.image(line.relay.token(id=bobs.id))
    line.pull()
    assert [each.address for each in item.recipients] == [BOB, CAT]
    assert line.verdicts(item) == [Verdict.PROBABLY_READ, Verdict.UNREAD]


def sweep_with_hits(line: Line) -> list[tuple[str, str]]:
    """Deal with what is due, as the worker does it: what happened, and why."""
    outcomes = sweep(
        line.person.ledger,
        line.person.open,
        now=line.person.now,
        policy=Policy(),
        window=WINDOW,
        worker_id="w",
        tell=lambda _: None,
        take_hits=line.pull,
    )
    return [(each.what, each.why) for each in outcomes]


def due(line: Line) -> tuple[Token, SentItem]:
    """Tracked mail whose first reminder is due."""
    (token,) = line.send(BOB)
    item = line.file(BOB)
    line.pull()
    replan(line.person.ledger, line.person.now(), Policy(), window=WINDOW)
    line.wait(days=3, hours=2)
    return token, item


def test_before_a_reminder_comes_the_relay_is_asked_once_more(line: Line) -> None:
    token, _ = due(line)
    line.relay.image(token)
    ((what, why),) = sweep_with_hits(line)
    assert (what, "a browser fetched the image" in why) == ("cancelled", True)


def test_a_reminder_about_tracked_mail_waits_an_hour_for_the_relay_and_comes_then(line: Line) -> None:
    _, item = due(line)
    line.relay.stop()
    assert sweep_with_hits(line) == [("held", "the relay could not be read again")]
    line.wait(minutes=59)
    assert [what for what, _ in sweep_with_hits(line)] == ["held"]
    line.wait(minutes=1)
    assert [what for what, _ in sweep_with_hits(line)] == ["fired"]
    assert line.verdicts(item) == [Verdict.UNKNOWABLE]
    assert "the relay cannot be read since" in line.why(item)


def test_a_reminder_about_other_mail_does_not_wait_for_the_relay(line: Line) -> None:
    line.mailbox.add_sent(BOB)
    line.person.sync(line.mailbox)
    replan(line.person.ledger, line.person.now(), Policy(), window=WINDOW)
    line.wait(days=3, hours=2)
    line.relay.stop()
    line.pull()
    assert [what for what, _ in sweep_with_hits(line)] == ["fired"]


def test_the_worker_pulls_and_plans_anew_what_hits_speak_about(line: Line) -> None:
    token, item = due(line)
    line.relay.image(token)
    report = worker_of(line.person, take_hits=line.pull).run_once()
    assert (report.hits, report.troubles) == (1, {})
    assert [each.what for each in line.person.ledger.decisions(item.id)] == ["planned", "cancelled"]


def test_a_running_worker_pulls_now_and_then_and_tells_once_that_the_relay_is_away(line: Line) -> None:
    (token,) = line.send(BOB)
    item = line.file(BOB)
    line.wait(hours=2)
    told: list[str] = []
    with running(worker_of(line.person, told, take_hits=line.pull, pull_every=0.05)):
        line.relay.image(token)
        until(lambda: line.person.ledger.evidence(item.id))
        line.relay.stop()
        until(lambda: line.state[0])
        until(lambda: told)
    assert told == ['The relay is in trouble; "heardback status" says why.']


def test_nothing_that_goes_wrong_with_hits_stops_the_reading(line: Line) -> None:
    def broken() -> Pulled:
        raise ZeroDivisionError("oh")

    line.mailbox.add_sent(BOB)
    told: list[str] = []
    report = worker_of(line.person, told, take_hits=broken).run_once()
    assert (len(report.accounts), report.troubles) == (1, {"The relay": "oh"})
    assert told == ["Hits could not be taken in, trying again: oh"]


def test_mail_to_oneself_beside_another_still_tells_no_name(line: Line) -> None:
    (token,) = line.send(BOB, ME)
    item = line.file(BOB, ME)
    line.wait(hours=2)
    line.relay.image(token)
    line.pull()
    assert line.verdicts(item) == [Verdict.UNKNOWABLE]

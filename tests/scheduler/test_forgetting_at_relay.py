"""Forgetting people with a relay that really runs: nothing is left there, nothing more comes, also if it was away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.errors import RelayUnreachable
from evidence.model import HitKind, Verdict
from relay.tokens import Token
from scheduler.forgetting import erase_forgotten
from scheduler.hits import tell_choices
from scheduler.retention import Keep, prune
from store.tracking import Choice, Erased, Stance
from tests.relay.conftest import desks
from tests.scheduler.conftest import BOB, WINDOW
from tests.scheduler.letters import answer
from tests.scheduler.test_hits import CAT, NAMED, Line, line

__all__ = ["desks", "line"]


def forget(line: Line, address: str) -> Erased:
    return line.person.ledger.tracking.forget(address, at=line.person.now(), reader=NAMED(address))


def tell(line: Line) -> None:
    tell_choices(line.person.ledger, line.client, NAMED, line.person.now())


def held_by_relay(line: Line) -> list[str]:
    return [each.token for each in line.client.hits().hits]


def read(line: Line, *tokens: Token) -> None:
    for each in tokens:
        line.wait(hours=1)
        line.relay.image(each)


def test_the_relay_forgets_their_hits_and_takes_no_more(line: Line) -> None:
    (bobs,), (cats,) = line.send(BOB, tag="one"), line.send(CAT, tag="two")
    line.file(BOB, tag="one")
    line.file(CAT, tag="two")
    read(line, bobs, cats)
    forget(line, BOB)
    tell(line)
    assert erase_forgotten(line.person.ledger, line.client) == (1, 0)
    assert erase_forgotten(line.person.ledger, line.client) == (0, 0)
    read(line, bobs, cats)
    assert held_by_relay(line) == [cats.id, cats.id]


def test_a_relay_that_is_away_forgets_at_the_next_pull(line: Line) -> None:
    (token,) = line.send(BOB)
    line.file(BOB)
    read(line, token)
    forget(line, BOB)
    line.relay.stop()
    with pytest.raises(RelayUnreachable):
        erase_forgotten(line.person.ledger, line.client)
    assert [each.tokens for each in line.person.ledger.tracking.forgotten()] == [(token.id,)]
    line.relay.start()
    line.client.url = line.relay.url
    assert line.pull().problem == ""
    read(line, token)
    assert (held_by_relay(line), line.person.ledger.tracking.forgotten()[0].tokens) == ([], ())
    assert line.person.ledger.tracking.held(BOB).evidence == ()


def test_mail_in_the_mailbox_does_not_come_back_when_all_of_it_is_listed_again(line: Line) -> None:
    line.send(BOB)
    item = line.file(BOB)
    shared = line.file(BOB, CAT, tag="other")
    forget(line, BOB)
    # she was passed the mail on, and answers in its thread
    line.mailbox.add_received(answer(CAT, item.message_ids[0], line.person.now()))
    line.person.ledger.reset_cursor(line.mailbox.account)
    report = line.person.sync(line.mailbox)
    assert (report.skipped["to somebody you forgot"], report.new_items, report.new_evidence) == (1, 0, 0)
    assert line.person.ledger.item(item.id) is None
    kept = line.person.ledger.item(shared.id)
    assert kept
    assert [each.address for each in kept.recipients] == [CAT]


def test_who_consents_after_being_forgotten_is_tracked_again(line: Line) -> None:
    forget(line, BOB)
    tell(line)
    line.wait(hours=1)
    line.person.ledger.tracking.choose(
        [Choice(address=BOB, stance=Stance.CONSENT, at=line.person.now(), how="said so")]
    )
    tell(line)
    (token,) = line.send(BOB)
    read(line, token)
    assert held_by_relay(line) == [token.id]


def test_a_relay_that_lost_its_disk_is_told_again_of_who_was_forgotten(line: Line) -> None:
    (token,) = line.send(BOB)
    forget(line, BOB)
    tell(line)
    ledger = line.person.ledger.tracking
    ledger.put_relay(replace(ledger.relay(), told=""))
    line.client.tell_opt_outs([], [NAMED(BOB)])
    line.pull()
    read(line, token)
    assert held_by_relay(line) == []


def test_what_is_younger_than_the_window_is_never_pruned(line: Line) -> None:
    item = line.file(BOB)
    keep = Keep(items=WINDOW / 30, evidence=None, hits=None, window=WINDOW)
    line.wait(days=29)
    assert prune(line.person.ledger, keep, now=line.person.now()) == Erased(waiting=0)
    for each in line.person.ledger.reminders(item=item.id):
        line.person.ledger.put_reminder(replace(each, state="done"))  # type: ignore[arg-type]  # as it lies in the file
    line.wait(days=2)
    assert prune(line.person.ledger, keep, now=line.person.now()).items == 1
    line.person.ledger.reset_cursor(line.mailbox.account)
    line.person.sync(line.mailbox)
    assert line.person.ledger.item(item.id) is None


def test_an_opt_out_pressed_in_mail_of_long_ago_still_reaches_the_list(line: Line) -> None:
    pixel, button = line.send(BOB, kinds=(HitKind.PIXEL, HitKind.OPT_OUT))
    line.wait(days=400)
    keep = Keep(items=WINDOW, evidence=WINDOW, hits=WINDOW, window=WINDOW)
    assert prune(line.person.ledger, keep, now=line.person.now()) == Erased(tracked=1)
    line.relay.ask(f"/o/{line.relay.seal(button)}", "POST")
    line.pull()
    assert line.person.ledger.tracking.stance(BOB) is Stance.OPT_OUT
    assert line.person.ledger.tracking.named([pixel.id]) == ()


def test_of_mail_to_two_the_other_is_not_taken_for_the_reader_when_one_is_forgotten(line: Line) -> None:
    (token,) = line.send(BOB, CAT)
    item = line.file(BOB, CAT)
    read(line, token, token)
    line.pull()
    before = line.verdicts(item)
    forget(line, BOB)
    left = line.person.ledger.item(item.id)
    assert left
    assert [*before[:1], *line.verdicts(left)] == before == [Verdict.UNKNOWABLE, Verdict.UNKNOWABLE]
    tell(line)
    read(line, token)
    assert len(held_by_relay(line)) == 2


def test_a_verdict_rests_on_its_hit_until_that_is_pruned_and_is_unknowable_then(line: Line) -> None:
    (token,) = line.send(BOB)
    item = line.file(BOB)
    line.wait(days=60)
    line.relay.image(token)
    line.pull()
    keep = Keep(items=None, evidence=None, hits=timedelta(days=180), window=WINDOW)
    verdicts = []
    for days in (100, 100):
        line.wait(days=days)
        prune(line.person.ledger, keep, now=line.person.now())
        verdicts += line.verdicts(item)
    assert verdicts == [Verdict.PROBABLY_READ, Verdict.UNKNOWABLE]


def test_what_a_relay_recorded_before_it_could_be_told_of_an_opt_out_counts_for_nothing(line: Line) -> None:
    (token,) = line.send(BOB)
    item = line.file(BOB)
    line.wait(hours=1)
    line.person.ledger.tracking.choose(
        [Choice(address=BOB, stance=Stance.OPT_OUT, at=line.person.now(), how="said so")]
    )
    read(line, token)
    assert held_by_relay(line) == [token.id]
    line.pull()
    assert line.person.ledger.evidence(item.id) == ()

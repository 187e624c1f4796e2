"""The commands about people: their choices, forgetting them, giving them what is held, letting go of what is old."""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from evidence.model import Confidence, Evidence, Grade, Kind, Match, Recipient, SentItem, item_id
from heardback.choices import may_track
from heardback.cli import main
from heardback.relay_side import reader_name
from heardback.settings import Settings, load
from relay.tokens import Token
from store.ledger import Account
from store.tiny import TinyLedger
from store.tracking import Choice, Stance, Tracked
from tests.heardback.conftest import Done
from tests.relay.conftest import NOON, Desk, desks

__all__ = ["desks"]
ME = "gmail:me@example.com"
ANN = "ann@example.org"
BOB = "bob@example.org"
LONG_AGO = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)


@dataclass(kw_only=True)
class Face:
    """Types commands about one data folder."""

    folder: Path
    relay: str = ""

    def type(self, *words: str) -> Done:
        out, err = io.StringIO(), io.StringIO()
        more = ("--set", "vault.keyring=false", "--set", "zone=UTC", "--set", f"relay.url={self.relay}")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([*words, "--data", str(self.folder), *more])
        return Done(code=code, out=out.getvalue(), err=err.getvalue())

    @contextlib.contextmanager
    def ledger(self) -> Iterator[TinyLedger]:
        opened = TinyLedger(self.folder / "ledger.db")
        try:
            yield opened
        finally:
            opened.close()

    @property
    def settings(self) -> Settings:
        return load({"data_folder": str(self.folder), "tracking.needs_consent": "true"})

    def may_track(self, address: str) -> str:
        with self.ledger() as ledger:
            return may_track(ledger, address, self.settings)

    def stances(self, *addresses: str) -> list[str]:
        with self.ledger() as ledger:
            return [str(ledger.tracking.stance(each)) for each in addresses]


@pytest.fixture
def face(tmp_path: Path) -> Face:
    return Face(folder=tmp_path / "data")


def mail(number: int, *to: str, **changes: object) -> SentItem:
    made = SentItem(
        id=item_id(ME, str(number)),
        account=ME,
        provider_id=str(number),
        message_ids=(f"{number}@mail.example",),
        thread_id=str(number),
        sent_at=LONG_AGO + timedelta(hours=number),
        sender="me@example.com",
        recipients=tuple(Recipient(address=each) for each in to),
        subject=f"Letter {number}",
        tag=f"tag-{number}",
    )
    return replace(made, **changes)  # type: ignore[arg-type] # the tests name fields and values as the record has them


def reply(item: SentItem, sender: str, **changes: object) -> Evidence:
    made = Evidence(
        kind=Kind.REPLY,
        grade=Grade.PROOF,
        rule="reply",
        why="a person answered",
        source=f"{sender} {item.id}",
        at=item.sent_at + timedelta(hours=1),
        sender=sender,
        recipient=sender,
        match=Match(item=item.id, recipient=sender, confidence=Confidence.CERTAIN, reason="it names the message"),
    )
    return replace(made, **changes)  # type: ignore[arg-type] # as above


@pytest.fixture
def filled(face: Face) -> Face:
    account = Account(
        id=ME, provider="gmail", address="me@example.com", capabilities={}, connected_at=LONG_AGO, granted_at=LONG_AGO
    )
    items = mail(1, ANN), mail(2, ANN, BOB)
    with face.ledger() as ledger:
        ledger.put_account(account)
        ledger.take(ME, items=items, evidence=[reply(each, ANN) for each in items])
    return face


# Choices


def test_consent_is_kept_with_when_how_and_wording(face: Face) -> None:
    words = ("--how", "ticked the box", "--wording", "2026-05")
    assert face.type("consent", "add", "Ann@Example.org", BOB, *words).code == 0
    (ann, bob) = face.type("consent", "list", "--json").json["choices"]
    assert (ann["address"], bob["address"]) == (ANN, BOB)
    assert (ann["stance"], ann["how"], ann["wording"]) == ("consent", "ticked the box", "2026-05")
    assert (face.may_track(ANN), face.may_track(BOB)) == ("", "")


def test_saying_it_twice_records_it_once(face: Face) -> None:
    face.type("consent", "add", ANN, "--how", "a form")
    again = face.type("consent", "add", ANN, "--how", "a form", "--json").json
    assert (again["recorded"], again["unchanged"]) == ([], 1)


def test_what_is_typed_holds_against_a_click_whose_time_is_rounded_up(face: Face) -> None:
    face.type("optout", "list")
    soon = datetime.now(UTC) + timedelta(minutes=5)
    with face.ledger() as ledger:
        ledger.tracking.choose([Choice(address=ANN, stance=Stance.OPT_OUT, at=soon, how="pressed the button")])
    face.type("consent", "add", ANN, "--how", "called and changed her mind")
    assert face.stances(ANN) == ["consent"]
    face.type("consent", "remove", ANN)
    assert face.stances(ANN) == ["opt-out"]


def test_consent_without_a_how_is_refused_as_no_proof(face: Face) -> None:
    done = face.type("consent", "add", ANN)
    assert (done.code, face.stances(ANN)) == (2, ["none"])
    assert "it is proof" in done.err


def test_consent_withdrawn_is_an_opt_out_and_an_opt_out_taken_back_is_nothing(face: Face) -> None:
    face.type("consent", "add", ANN, "--how", "a form")
    face.type("consent", "remove", ANN)
    assert face.stances(ANN) == ["opt-out"]
    assert face.may_track(ANN).startswith("ann@example.org opted out on ")
    face.type("optout", "remove", ANN)
    assert face.stances(ANN) == ["none"]
    assert face.may_track(ANN) == "no consent of ann@example.org is recorded, and tracking.needs_consent is on"
    assert [each["stance"] for each in face.type("optout", "list", ANN, "--json").json["choices"]] == [
        "consent",
        "opt-out",
        "none",
    ]


def test_who_asked_for_no_more_mail_in_an_answer_is_listed_apart_from_the_opt_outs(face: Face, filled: Face) -> None:
    item, at = mail(1, ANN), datetime.now(UTC)
    with face.ledger() as ledger:
        ledger.take(ME, evidence=[reply(item, ANN, declines=True, source="stop", at=at)])
    listed = face.type("optout", "list").out
    assert listed.startswith("0 opt-outs.\nNot tracked either, by an answer: 1 person who asked for no more mail.\n")
    assert f'{ANN}  {at:%a %Y-%m-%d %H:%M}: in an answer; "heardback show {item.id}" tells of it' in listed
    named = face.type("optout", "list", ANN, "--json").json
    assert (named["choices"], [each["item"] for each in named["by_answer"]]) == ([], [item.id])
    assert face.type("optout", "list", BOB, "--json").json["by_answer"] == []
    face.type("optout", "add", ANN)
    assert "by an answer" not in face.type("optout", "list").out


def test_an_opt_out_cancels_at_once_what_is_to_come_and_taken_back_lets_it_come(face: Face, filled: Face) -> None:
    item = mail(3, BOB, sent_at=datetime.now(UTC))
    with face.ledger() as ledger:
        ledger.take(ME, items=[item])
    assert face.type("remind", item.id, "--after", "3bd").code == 0

    def states() -> list[str]:
        return [each["state"] for each in face.type("reminders", "--all", "--json").json if each["item"] == item.id]

    came = []
    for command, act in (("optout", "list"), ("optout", "add"), ("optout", "remove"), ("consent", "list")):
        face.type(command, act, BOB)
        came.append(states())
    assert came == [["planned"], ["cancelled"], ["planned"], ["planned"]]


def test_consent_withdrawn_that_was_never_on_record_is_an_opt_out_too(face: Face) -> None:
    done = face.type("consent", "remove", BOB, "--json").json
    assert ([each["stance"] for each in done["recorded"]], done["unchanged"]) == (["opt-out"], 0)
    assert face.stances(BOB) == ["opt-out"]
    again = face.type("consent", "remove", BOB, "--json").json
    assert (again["recorded"], again["unchanged"]) == ([], 1)


@pytest.mark.parametrize("wrong", ["example.com", "@example.com", "ann", "ann@example.org bob@example.org"])
def test_what_is_no_single_address_is_refused(face: Face, wrong: str) -> None:
    done = face.type("optout", "add", BOB, wrong)
    assert (done.code, face.stances(BOB)) == (2, ["none"])
    assert "is no address" in done.err


def test_who_asked_for_no_more_mail_is_not_tracked_until_they_consent(filled: Face) -> None:
    item = mail(3, ANN)
    with filled.ledger() as ledger:
        ledger.take(ME, items=[item], evidence=[reply(item, ANN, declines=True)])
    assert filled.may_track(ANN) == "ann@example.org asked for no more mail on Mon 2024-01-01"
    filled.type("consent", "add", ANN, "--how", "changed her mind")
    assert filled.may_track(ANN) == ""


@pytest.mark.parametrize(
    "content",
    [
        "address,when,how,wording\njosé@example.org,2025-03-01T10:00:00+01:00,form,v2\nbob@example.org,2025-03-02,,\n".encode(),
        "\ufeffE-Mail;Date;Name\njosé@example.org;2025-03-01;José\n\nbob@example.org;;Bob\n".encode(),
        "Name\tEmail Address\r\nJosé\tJOSÉ@example.org\r\nBob\tbob@example.org\r\n".encode("latin-1"),
        '"josé@example.org"\n"Bob, Jr." <bob@example.org>\n'.encode().replace(
            b'"Bob, Jr." <bob@example.org>', b"bob@example.org"
        ),
    ],
    ids=["all columns", "mark and semicolons", "latin-1 and tabs", "no header"],
)
def test_lists_are_read_as_other_programs_write_them(face: Face, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    first = face.type("consent", "import", str(tmp_path / "list.csv"), "--how", "the form", "--json")
    again = face.type("consent", "import", str(tmp_path / "list.csv"), "--how", "the form", "--json")
    assert [each["address"] for each in first.json["recorded"]] == ["josé@example.org", BOB]
    assert (again.json["recorded"], again.json["unchanged"]) == ([], 2)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("address\nann@example.org\nnobody\n", 'line 3: "nobody" is no address'),
        ("address,when\nann@example.org,yesterday\n", 'line 2: "yesterday" is no time'),
        ("address,when\nann@example.org,2999-01-01\n", "is still to come"),
        ('address\nann@example.org\n"bob\n', "line 3: it is no CSV"),
        ("ann@example.org\nexample.com\n", "a whole domain cannot be given"),
    ],
)
def test_a_list_with_a_wrong_line_is_not_taken_at_all(face: Face, tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "list.csv").write_text(content, "utf-8")
    done = face.type("optout", "import", str(tmp_path / "list.csv"))
    assert (done.code, face.stances(ANN)) == (2, ["none"])
    assert told in " ".join(done.err.split())


def test_a_list_without_dates_does_not_overrule_an_opt_out(face: Face, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"{ANN}\n{BOB}\n", "utf-8")
    face.type("optout", "add", ANN)
    done = face.type("consent", "import", str(tmp_path / "list.csv"), "--how", "old list", "--json")
    assert done.json["left_opted_out"] == [ANN]
    assert face.stances(ANN, BOB) == ["opt-out", "consent"]


def test_consent_older_than_an_opt_out_is_history(face: Face, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"address,when\n{ANN},2024-01-01\n", "utf-8")
    face.type("optout", "add", ANN)
    face.type("consent", "import", str(tmp_path / "list.csv"), "--how", "old list")
    assert face.stances(ANN) == ["opt-out"]


def test_contacts_show_how_each_stands_to_being_tracked(filled: Face) -> None:
    recent = mail(9, ANN, BOB, "cat@example.org", sent_at=datetime.now(UTC) - timedelta(days=1))
    with filled.ledger() as ledger:
        ledger.take(ME, items=[recent])
    filled.type("optout", "add", ANN)
    filled.type("consent", "add", BOB, "--how", "a form")
    listed = {each["address"]: each["tracking"] for each in filled.type("contacts", "--json").json}
    assert listed[ANN].startswith("not tracked: opted out on ")
    assert listed[BOB].startswith("agreed to be tracked on ")
    assert listed["cat@example.org"] == ""
    assert "(a form)" in filled.type("contacts", "--to", "bob").out


def test_no_receipt_is_advised_where_the_reader_chose_against_it(filled: Face) -> None:
    recent = mail(9, ANN, BOB, "cat@example.org", sent_at=datetime.now(UTC) - timedelta(days=1))
    stop = Evidence(
        kind=Kind.REPLY, grade=Grade.PROOF, rule="reply", why="a person answered", at=recent.sent_at, declines=True,
        match=Match(item=recent.id, recipient=BOB, confidence=Confidence.CERTAIN, reason="it names the mail"),
    )  # fmt: skip
    with filled.ledger() as ledger:
        ledger.take(ME, items=[recent], evidence=[stop])
    filled.type("optout", "add", ANN)
    advice = {
        ANN: "do not ask for a receipt: this one opted out of being tracked",
        BOB: "do not write again: this one asked for no more mail",
        "cat@example.org": "ask for a receipt and see",
    }
    for words in (("contacts",), ("show", recent.id)):
        told = filled.type(*words, "--json").json
        listed = told if words == ("contacts",) else told["contacts"]
        assert {each["address"]: each["advice"] for each in listed if each["address"] in advice} == advice
        assert [each for each in advice.values() if each not in " ".join(filled.type(*words).out.split())] == []


# With a relay


@dataclass(kw_only=True)
class Tracking:
    """A face and a relay that runs, with one tracked mail to Ann alone."""

    face: Face
    relay: Desk
    token: Token

    def hits(self) -> int:
        return len(json.loads(self.relay.own("/hits").body)["hits"])


@pytest.fixture
def tracking(filled: Face, desks: Callable[..., Desk]) -> Tracking:
    relay = desks()
    relay.start()
    key = filled.folder / "relay" / "key"
    key.parent.mkdir(parents=True)
    key.write_bytes((relay.plan.folder.parent / "key").read_bytes())
    filled.relay = relay.url
    token = relay.token(readers=(reader_name(filled.settings)(ANN),))
    with filled.ledger() as ledger:
        ledger.tracking.put(
            [
                Tracked(
                    id=token.id,
                    kind=token.kind,
                    account=ME,
                    tag="tag-1",
                    recipients=(ANN,),
                    made_at=NOON,
                    expires_at=token.expires,
                )
            ]
        )
    return Tracking(face=filled, relay=relay, token=token)


def test_an_opt_out_counts_at_once_for_mail_already_sent(tracking: Tracking) -> None:
    tracking.relay.image(tracking.token)
    assert tracking.face.type("optout", "add", ANN, "--json").json["relay"] == "The relay knows."
    tracking.relay.now += timedelta(hours=1)
    tracking.relay.image(tracking.token)
    assert tracking.hits() == 1


def test_consent_withdrawn_silences_mail_already_sent_also_where_none_was_on_record(tracking: Tracking) -> None:
    assert tracking.face.type("consent", "remove", ANN, "--json").json["relay"] == "The relay knows."
    tracking.relay.image(tracking.token)
    assert tracking.hits() == 0


def test_a_relay_that_is_away_is_told_later_and_the_choice_is_kept(tracking: Tracking) -> None:
    tracking.relay.stop()
    done = tracking.face.type("optout", "add", ANN)
    assert (done.code, tracking.face.stances(ANN)) == (0, ["opt-out"])
    assert "It will be told as soon as it answers" in " ".join(done.out.split())


def test_forgetting_erases_here_and_at_the_relay_and_proves_it(tracking: Tracking) -> None:
    tracking.relay.image(tracking.token)
    done = tracking.face.type("forget", ANN, "--yes", "--json")
    assert done.code == 0
    assert done.json["left"] == 0
    assert done.json["erased"] == {
        "items": 1,
        "evidence": 2,
        "reminders": 0,
        "decisions": 0,
        "tracked": 1,
        "choices": 0,
        "struck": 1,
        "waiting": 0,
    }
    assert done.json["relay"] == {"asked": True, "hits": 1, "copies": 0, "tokens_left": 0, "problem": ""}
    assert tracking.hits() == 0
    assert ANN.encode() not in b"".join(each.read_bytes() for each in tracking.face.folder.rglob("*") if each.is_file())
    assert tracking.face.may_track(ANN) == "ann@example.org was forgotten, and has not consented since"


def test_forgetting_with_a_relay_away_says_so_and_ends_with_1(tracking: Tracking) -> None:
    tracking.relay.stop()
    done = tracking.face.type("forget", ANN, "--yes")
    assert done.code == 1
    assert "It has still to forget 1 token and leave them alone" in " ".join(done.out.split())
    assert tracking.face.type("forget", "--list", "--json").json[0]["tokens_left"] == 1
    assert "It has still to forget 1 token of people you forgot" in tracking.face.type("status").out


_WORKER = """
    import sys
    from contextlib import nullcontext
    from store.tiny import TinyLedger

    ledger = TinyLedger(sys.argv[1])
    with ledger.snapshot() if sys.argv[2] == "reading" else nullcontext():
        print(len(ledger.items()), flush=True)
        sys.stdin.read()
    ledger.close()
"""


@pytest.mark.parametrize(
    ("doing", "code", "is_left"), [("idle", 0, False), pytest.param("reading", 1, True, marks=pytest.mark.slow)]
)
def test_a_worker_that_has_the_ledger_open_is_no_hindrance_unless_it_reads_all_the_while(
    filled: Face, doing: str, code: int, is_left: bool
) -> None:
    command = [sys.executable, "-c", dedent(_WORKER), str(filled.folder / "ledger.db"), doing]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": Path(__file__).parents[2]}
    with subprocess.Popen(command, **pipes) as worker:  # type: ignore[call-overload] # mypy cannot look into the options
        worker.stdout.readline()
        done = filled.type("forget", ANN, "--yes", "--json")
        worker.stdin.close()
        worker.wait(30)
    assert (done.code, done.json["left"] > 0) == (code, is_left)
    assert filled.type("forget", ANN, "--yes", "--json").json["left"] == 0


def test_forgetting_shows_what_will_go_and_asks(filled: Face) -> None:
    done = filled.type("forget", ANN)
    assert done.code == 2
    assert "About ann@example.org this will go: 1 sent mail, 2 pieces of evidence." in done.err
    assert filled.type("export", "--person", ANN, "--json").json["sent_mail"]


def test_forgetting_tells_of_older_copies_and_leaves_them(filled: Face) -> None:
    filled.type("backup", str(filled.folder / "ledger.backup"))
    done = filled.type("forget", ANN, "--yes", "--json")
    assert done.json["older_copies"] == [str(filled.folder / "ledger.backup")]
    assert ANN.encode() in (filled.folder / "ledger.backup").read_bytes()


def test_an_address_of_ones_own_is_not_forgotten(filled: Face) -> None:
    done = filled.type("forget", "me@example.com", "--yes")
    assert (done.code, "is your own" in done.err) == (2, True)


# What is held, and for how long


def test_a_person_is_given_what_is_held_about_them_and_nothing_about_others(filled: Face, tmp_path: Path) -> None:
    with filled.ledger() as ledger:
        ledger.tracking.choose([Choice(address=ANN, stance=Stance.CONSENT, at=LONG_AGO, how="a form")])
    assert filled.type("export", "--person", ANN, str(tmp_path / "ann.json")).code == 0
    text = (tmp_path / "ann.json").read_text("utf-8")
    document = json.loads(text)
    assert BOB not in text
    assert [(each["subject"], each["verdict"], each["others_it_was_sent_to"]) for each in document["sent_mail"]] == [
        ("Letter 2", "answered", 1),
        ("Letter 1", "answered", 0),
    ]
    assert [each["how"] for each in document["choices"]] == ["a form"]
    assert (tmp_path / "ann.json").stat().st_mode & 0o777 == 0o600


def test_pruning_says_what_went_and_a_rehearsal_what_would(filled: Face) -> None:
    would = filled.type("prune", "--dry-run")
    assert would.out == "To be erased: 2 sent mails, 2 pieces of evidence.\n"
    kept = filled.type("prune", "--set", "keep.items_days=0")
    assert kept.out == "Erased: nothing.\n"
    assert filled.type("prune", "--json").json["items"] == 2
    assert filled.type("prune", "--json").json["items"] == 0

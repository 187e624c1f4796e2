"""Tracked mail and every loader there is: sent, loaded, pulled and shown, over the wire, on Gmail and on Outlook."""

import sys
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from sandbox.loaders import LOADERS, MACHINES, Reader
from tests.heardback.conftest import Desk
from tests.heardback.loader_cases import CASES, DOCS, Case, Mail, To, written

LOADER = {each.name: each for each in LOADERS}
TEXT = "Dear reader, the numbers for June are there."
PAGE = "<html><body><p>Dear reader, the numbers for June are there.</p><p>{links}</p></body></html>"
LINKS = [f'<a href="https://shop.example/{month}">{month}</a>' for month in ("june", "may", "april")]
HAS_LINKS = {Mail.TWO: 2, Mail.ONE: 1, Mail.LINK: 1, Mail.NO_LINK: 0}
ALL = ("--pixel", "--links", "--web-view")
MEANS = {
    Mail.NO_LINK: ("--pixel", "--web-view"),
    Mail.IMAGE: ("--pixel",),
    Mail.LINK: ("--links",),
    Mail.VIEW: ("--web-view",),
}
WORDS = {To.EACH: (*ALL, "--individually"), To.PLAIN: ("--set", "tracking.pixel=true")}
#: cases that are played each time; the whole table takes minutes
SOME = {
    "clicks",
    "web-view",
    "thunderbird",
    "gmail",
    "own-desk",
    "own-home",
    "opts-out",
    "apple-privacy",
    "unlisted",
    "barracuda",
}
SOME_WITH_LESS = {
    ("unlisted-late", Mail.ONE),
    ("unlisted-late", Mail.IMAGE),
    ("webmail-clicks-later", Mail.ONE),
    ("thunderbird-clicks-at-once", Mail.ONE),
}


class Trial:
    """One case, played."""

    def __init__(self, desk: Desk, case: Case, number: int) -> None:
        self.case = case
        host = f"{case.loader}-{number}.example"
        self.people = [f"reader{n}@{host}" for n in range(3 if case.to is To.COMPANY else 1)]
        self.second = f"second@other-{number}.example" if case.to in {To.TWO, To.EACH} else ""
        self.subject = f"Numbers {number}"
        Reader(desk.world.post, LOADER[case.loader], *self.people)
        if self.second:
            Reader(desk.world.post, LOADER["plain-text"], self.second)

    def send(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Write and send, as one mail or, to a company, as several."""
        self.items = []
        for person in self.people:
            message = self._message(", ".join(filter(None, (person, self.second))))
            monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message)))
            words = WORDS.get(self.case.to) or MEANS.get(self.case.mail, ALL)
            done = desk.type("send", "-t", "--json", "--no-receipt", *words)
            assert done.code == 0, (done.out, done.err)
            self.items.append(done.json["item"])

    def _message(self, to: str) -> bytes:
        mail = EmailMessage(policy=SMTP)
        mail["To"], mail["Subject"] = to, self.subject
        mail.set_content(TEXT)
        if self.case.to is not To.PLAIN:
            links = LINKS[: HAS_LINKS.get(self.case.mail, len(LINKS))]
            mail.add_alternative(PAGE.format(links=" ".join(links)), "html")
        return mail.as_bytes()

    def shown(self, desk: Desk) -> list[tuple[str, str]]:
        """Verdict and reason of everybody, the second recipient last."""
        documents = [desk.type("show", each, "--json").json for each in self.items]
        named = {each["address"]: (each["verdict"], each["why"]) for one in documents for each in one["recipients"]}
        return [named[each] for each in filter(None, (*self.people, self.second))]


def play(desk: Desk, provider: str, monkeypatch: pytest.MonkeyPatch, cases: tuple[Case, ...]) -> list[Trial]:
    """Send everything, let everybody read for three days, and pull the hits."""
    assert desk.connect(provider, "--allow", "send").code == 0
    trials = [Trial(desk, case, number) for number, case in enumerate(cases)]
    for trial in trials:
        trial.send(desk, monkeypatch)
    for _ in range(3):
        desk.wait(days=1)
        assert desk.type("run", "--once").code == 0
    return trials


def wanted(case: Case) -> list[str]:
    return [case.verdict] * (3 if case.to is To.COMPANY else 1) + ([case.other] if case.other else [])


def hold(desk: Desk, provider: str, monkeypatch: pytest.MonkeyPatch, cases: tuple[Case, ...]) -> None:
    shown = [(each.case, each.shown(desk)) for each in play(desk, provider, monkeypatch, cases)]
    reached = {(case.loader, case.mail, case.to): [verdict for verdict, _ in said] for case, said in shown}
    assert reached == {(case.loader, case.mail, case.to): wanted(case) for case in cases}
    assert [(case.loader, case.mail, case.to, said) for case, said in shown if case.why not in said[0][1]] == []
    assert named_in(desk.folder / "relay") == []


def named_in(folder: Path) -> list[str]:
    """What the relay's files hold of those who sent, read and loaded; all of them are read whole."""
    everything = b"\n".join(
        file.read_bytes() + file.name.encode() for file in folder.rglob("*") if file.is_file()
    ).lower()
    clients = {fetch.client for loader in LOADERS for fetch in loader.fetches}
    marks = {"reader", "second@", "ana-mail", "ben-work", "numbers", "june", "shop.example", "mozilla", "chrome"}
    marks |= {each.address for each in clients} | {each.agent.lower() for each in clients if each.agent}
    return sorted(each for each in marks if each.encode() in everything)


def test_the_docs_show_the_table_as_it_is() -> None:
    text = DOCS.read_text("utf-8")
    assert text == written(text)
    assert {each.loader for each in CASES} == set(LOADER)


def test_every_machine_meets_every_mail_and_is_taken_for_a_reader_only_where_the_docs_say_so() -> None:
    met = {(each.loader, each.mail): each for each in CASES if each.to is To.ONE}
    machines = {(loader.name, mail) for loader in MACHINES for mail in Mail}
    assert machines - set(met) == set()
    taken = {each for each, case in met.items() if case.verdict in {"read", "probably read"}}
    assert taken & machines == {each for each, case in met.items() if case.is_untold}


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_people_are_found_and_machines_are_not_taken_for_them(
    tracking: Desk, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    alone = [each for each in CASES if each.to is To.ONE]
    full = (each for each in alone if each.mail is Mail.THREE and each.loader in SOME)
    less = (each for each in alone if (each.loader, each.mail) in SOME_WITH_LESS)
    hold(tracking, provider, monkeypatch, (*full, *less))


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_every_loader_comes_to_the_verdict_it_is_worth(
    tracking: Desk, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    hold(tracking, provider, monkeypatch, tuple(each for each in CASES if each.mail is Mail.THREE))


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_mail_that_holds_less_tells_as_much_as_the_docs_say(
    tracking: Desk, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    less = tuple(each for each in CASES if each.mail is not Mail.THREE)
    hold(tracking, ("gmail", "outlook")[turn % 2], monkeypatch, less[turn::4])

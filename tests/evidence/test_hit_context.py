"""What a hit is worth beside its mail and the other hits, and what hits add up to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.hit_context import Message, seen, weighed
from evidence.hit_verdict import Tracking
from evidence.hits import RULE_OF, RULES
from evidence.model import (
    Confidence,
    Evidence,
    Grade,
    HitKind,
    Kind,
    Match,
    Recipient,
    Ruling,
    SentItem,
    Verdict,
)
from evidence.ruling import look, ruling
from evidence.verdict import fold

RITA, BOB = "rita@reader.example", "bob@reader.example"
SENT = datetime(2026, 3, 2, 9, 3, tzinfo=UTC)
NOW = SENT + timedelta(days=3)
ITEM = SentItem(
    id="item",
    account="gmail:me@example.com",
    provider_id="p",
    message_ids=("m@example.com",),
    thread_id="t",
    sent_at=SENT,
    sender="me@example.com",
    recipients=(Recipient(address=RITA),),
    subject="Offer",
)
LINKS = {"one": "https://example.com/1", "two": "https://example.com/2", "three": "https://example.com/3"}
MESSAGE = Message(
    sent_at=SENT, recipients=(RITA,), tokens=frozenset({"image", "view", *LINKS}), has_image=True, links=LINKS
)
TRACKING = Tracking(messages=(MESSAGE,))
WENT = look(ITEM, at=SENT + timedelta(minutes=120))
_NUMBERS = count()


def hit(rule: str = "browser", token: str = "image", *, minutes: float = 120, who: str | None = RITA) -> Evidence:
    """A hit so many minutes after sending."""
    doors = {"image": HitKind.PIXEL, "view": HitKind.VIEW}
    at = SENT + timedelta(minutes=minutes)
    return Evidence(
        kind=Kind.HIT,
        grade=RULE_OF[rule].grade,
        rule=rule,
        why=RULE_OF[rule].why,
        source=f"relay.{next(_NUMBERS)}",
        at=at - timedelta(minutes=at.minute % 5, seconds=at.second),
        recipient=who,
        door=doors.get(token, HitKind.LINK),
        token=token,
        match=Match(item="item", recipient=who, confidence=Confidence.CERTAIN, reason="its token stands in this mail"),
    )


def judged(*hits: Evidence, tracking: Tracking = TRACKING, item: SentItem = ITEM) -> Verdict:
    return fold(item, hits, now=NOW, tracking=tracking).headline.verdict


def grades(*hits: Evidence, message: Message = MESSAGE) -> list[Grade]:
    counted = weighed(seen(hits, [message], sent_at=SENT))
    return [counted[each.id].grade for each in hits]


@pytest.mark.parametrize(
    ("hits", "verdict"),
    [
        ((), Verdict.UNREAD),
        ((hit(),), Verdict.PROBABLY_READ),
        ((hit("outlook-desktop"),), Verdict.PROBABLY_READ),
        ((hit("gmail-proxy"),), Verdict.MAYBE_READ),
        ((hit("gmail-proxy"),) * 9, Verdict.MAYBE_READ),
        ((hit("apple-prefetch"),), Verdict.UNKNOWABLE),
        ((hit("gmail-scanner"),), Verdict.UNREAD),
        # scanners look from there at delivery; later it may have been web mail
        ((hit("microsoft-network", minutes=1),), Verdict.UNREAD),
        ((hit("microsoft-network"),), Verdict.UNKNOWABLE),
        ((hit("microsoft-network", "one"),), Verdict.UNREAD),
        ((hit("microsoft-network"), *(hit("microsoft-network", each) for each in LINKS)), Verdict.UNREAD),
        ((hit("click", "one"),), Verdict.READ),
        ((hit("view-visible", "view"),), Verdict.READ),
        ((hit("view-end", "view"), hit("gmail-proxy")), Verdict.READ),
        # an image alone never makes `read`, whatever a relay says
        ((replace(hit(), grade=Grade.STRONG),), Verdict.PROBABLY_READ),
    ],
)
def test_hits_add_up_to_what_the_design_says(hits: tuple[Evidence, ...], verdict: Verdict) -> None:
    assert judged(*hits) is verdict


@pytest.mark.parametrize(
    ("minutes", "grade"),
    [(115, Grade.FAIR), (117, Grade.WEAK), (120, Grade.WEAK), (135, Grade.WEAK), (137, Grade.FAIR)],
)
def test_what_is_loaded_around_the_time_a_person_looks_at_their_own_mail_is_weak(minutes: int, grade: Grade) -> None:
    fetched = hit(minutes=minutes)
    assert weighed(seen([WENT, fetched], [MESSAGE], sent_at=SENT))[fetched.id].grade is grade
    assert judged(WENT) is Verdict.UNREAD


@pytest.mark.parametrize(
    ("hits", "verdict"),
    [
        ((hit(),), Verdict.MAYBE_READ),
        ((hit("click", "one"),), Verdict.MAYBE_READ),
        ((hit("view-end", "view"),), Verdict.MAYBE_READ),
        ((hit("gmail-proxy"),), Verdict.MAYBE_READ),
        ((hit("microsoft-network"),), Verdict.UNKNOWABLE),
        # no page starts these
        ((hit("outlook-desktop"),), Verdict.PROBABLY_READ),
        ((hit("mail-program"),), Verdict.PROBABLY_READ),
        # what shows a scanner shows it then, too
        ((hit("gateway"), hit()), Verdict.UNREAD),
        (tuple(hit("click", each) for each in LINKS), Verdict.UNREAD),
        ((hit(), hit(minutes=300)), Verdict.PROBABLY_READ),
    ],
)
def test_a_look_at_ones_own_mail_leaves_open_whether_it_was_the_readers(
    hits: tuple[Evidence, ...], verdict: Verdict
) -> None:
    assert judged(WENT, *hits) is verdict


@pytest.mark.parametrize(
    ("fetched", "what"),
    [(hit(), "a browser fetched the image"), (hit("gmail-proxy"), "Gmail's proxy fetched the image")],
)
def test_that_it_may_have_been_a_look_of_ones_own_is_said(fetched: Evidence, what: str) -> None:
    why = fold(ITEM, [WENT, fetched], now=NOW, tracking=TRACKING).headline.why
    assert why.startswith(what)
    assert (
        "; it came around the time you went to look at the mail yourself (2 Mar 11:00 UTC), and whether that was the "
        "reader, you or somebody else cannot be told"
    ) in why


def test_hits_of_the_same_minutes_are_told_with_one_time() -> None:
    told = [
        fold(ITEM, [hit("gateway", each) for each in ("image", "one")], now=NOW, tracking=TRACKING),
        fold(ITEM, [hit(minutes=120), hit(minutes=300)], now=NOW, tracking=TRACKING),
    ]
    assert [each.headline.why.partition("(")[2].partition(")")[0] for each in told] == [
        "2 times, 2 Mar 11:00 UTC",
        "2 times, 2 Mar 11:00 UTC to 2 Mar 14:00 UTC",
    ]


@pytest.mark.parametrize(
    ("minutes", "grade"),
    [
        (-60, Grade.NONE),
        (-3, Grade.NONE),
        (0, Grade.NONE),
        (1, Grade.NONE),
        # five minutes that begin within four after sending may hold a scanner's look
        (3.9, Grade.NONE),
        (6.9, Grade.NONE),
        (7, Grade.FAIR),
    ],
)
def test_five_minutes_that_touch_those_around_sending_say_nothing(minutes: float, grade: Grade) -> None:
    assert grades(hit(minutes=minutes)) == [grade]


@pytest.mark.parametrize(
    ("links", "grade"),
    [
        (("one",), Grade.STRONG),
        (("one", "two"), Grade.STRONG),
        (("one", "two", "three"), Grade.NONE),
    ],
)
def test_who_follows_every_link_at_once_is_a_scanner(links: tuple[str, ...], grade: Grade) -> None:
    image, *clicks = grades(hit(), *(hit("click", each) for each in links))
    assert set(clicks) == {grade}
    assert image is (Grade.NONE if grade is Grade.NONE else Grade.FAIR)


def test_links_followed_one_after_another_are_a_persons() -> None:
    clicks = [hit("click", each, minutes=60 * number) for number, each in enumerate(LINKS, start=1)]
    assert grades(*clicks) == [Grade.STRONG] * 3


def test_both_of_two_links_at_once_may_be_a_scanners_or_a_persons() -> None:
    message = replace(MESSAGE, links={"one": LINKS["one"], "two": LINKS["two"]})
    assert grades(hit("click", "one"), hit("click", "two"), message=message) == [Grade.WEAK, Grade.WEAK]


def test_one_link_that_stands_twice_is_one_link() -> None:
    message = replace(MESSAGE, links={"one": LINKS["one"], "two": LINKS["one"]})
    assert grades(hit("click", "one"), hit("click", "two"), message=message) == [Grade.STRONG, Grade.STRONG]


ONE_LINK = replace(MESSAGE, links={"one": LINKS["one"]})
NO_LINK = replace(MESSAGE, links={})


@pytest.mark.parametrize(
    ("hits", "message", "grade"),
    [
        ((hit(), hit("click", "one")), ONE_LINK, Grade.WEAK),
        ((hit(), hit("click", "one"), hit("view-visible", "view")), ONE_LINK, Grade.WEAK),
        ((hit("head"), hit(), hit("click", "one")), ONE_LINK, Grade.WEAK),
        ((hit(), hit("view-visible", "view")), NO_LINK, Grade.WEAK),
        # no scanner is known to go on without the image, to leave a link out, or to look through a mail program
        ((hit("click", "one"),), ONE_LINK, Grade.STRONG),
        ((hit(), hit("view-visible", "view")), ONE_LINK, Grade.STRONG),
        ((hit("mail-program"), hit("click", "one")), ONE_LINK, Grade.STRONG),
        ((hit("outlook-desktop"), hit("click", "one")), ONE_LINK, Grade.STRONG),
        ((hit("gmail-proxy"), hit("click", "one")), ONE_LINK, Grade.STRONG),
        ((hit(minutes=110), hit("click", "one")), ONE_LINK, Grade.STRONG),
        ((hit(),), NO_LINK, Grade.FAIR),
    ],
)
def test_a_browser_that_fetches_at_once_all_there_is_may_be_a_scanner(
    hits: tuple[Evidence, ...], message: Message, grade: Grade
) -> None:
    assert grades(*hits, message=message)[-1] is grade


def test_a_look_in_a_browser_counts_beside_one_in_which_all_was_fetched_at_once() -> None:
    at_once = hit(), hit("click", "one")
    tracking = replace(TRACKING, messages=(ONE_LINK,))
    assert judged(*at_once, tracking=tracking) is Verdict.MAYBE_READ
    assert judged(*at_once, hit(minutes=300), tracking=tracking) is Verdict.PROBABLY_READ


def test_an_image_fetched_together_with_a_named_scanner_is_its() -> None:
    assert grades(hit("gateway"), hit()) == [Grade.NONE, Grade.NONE]
    assert grades(hit("gateway", minutes=60), hit()) == [Grade.NONE, Grade.FAIR]


def test_a_link_probed_and_then_followed_may_be_a_filter_that_asks_when_a_person_clicks() -> None:
    assert grades(hit("head", "one"), hit("click", "one")) == [Grade.NONE, Grade.WEAK]
    assert grades(hit("head", "two"), hit("click", "one")) == [Grade.NONE, Grade.STRONG]


def test_a_hit_in_a_burst_says_nothing() -> None:
    one = hit(minutes=10)
    assert one.at
    assert grades(one, message=replace(MESSAGE, bursts=frozenset({one.at}))) == [Grade.NONE]


def test_a_view_of_ones_own_takes_its_five_minutes_along() -> None:
    mine, same, later = hit(), hit("view-visible", "view"), hit(minutes=500)
    said = ruling(mine, Ruling.MINE, at=NOW)
    assert judged(mine, same) is Verdict.READ
    assert judged(mine, same, said) is Verdict.UNREAD
    assert judged(mine, same, said, later) is Verdict.PROBABLY_READ


def test_of_several_recipients_none_is_named() -> None:
    both = replace(ITEM, recipients=(Recipient(address=RITA), Recipient(address=BOB)))
    tracking = Tracking(messages=(replace(MESSAGE, recipients=(RITA, BOB)),))
    assert judged(tracking=tracking, item=both) is Verdict.UNREAD
    found = fold(both, [hit("click", "one", who=None)], now=NOW, tracking=tracking)
    assert [each.verdict for each in found.recipients] == [Verdict.UNKNOWABLE] * 2
    assert RITA not in found.recipients[0].why
    # what certainly was no reader leaves both unread
    assert judged(hit("gateway", who=None), tracking=tracking, item=both) is Verdict.UNREAD


def test_a_reader_whose_images_tell_nothing_is_unknowable_and_the_reason_is_said() -> None:
    found = fold(ITEM, [], now=NOW, tracking=replace(TRACKING, blind={RITA: "this reader asked not to be tracked"}))
    assert (found.headline.verdict, found.headline.why) == (
        Verdict.UNKNOWABLE,
        "an image was in it, but this reader asked not to be tracked; it may have been read",
    )


def test_a_receipt_and_an_image_are_two_signs() -> None:
    asked = replace(ITEM, asks_receipt=True)
    blind = replace(TRACKING, blind={RITA: "it fetches none"})
    silent = {RITA: "this address never returned one"}
    both = fold(asked, [], now=NOW, tracking=TRACKING).headline
    none = fold(asked, [], now=NOW, tracking=blind, silent=silent).headline
    assert both.why == "a receipt was asked for and an image was in it and nothing has come back"
    assert fold(asked, [], now=NOW, tracking=blind).headline.verdict is Verdict.UNREAD
    assert fold(asked, [], now=NOW, tracking=TRACKING, silent=silent).headline.verdict is Verdict.UNREAD
    assert (none.verdict, "it fetches none; it may" in none.why) == (Verdict.UNKNOWABLE, True)


def test_a_mail_with_links_alone_is_not_known_to_be_unread() -> None:
    assert judged(tracking=Tracking(messages=(replace(MESSAGE, has_image=False),))) is Verdict.UNKNOWABLE


HITS = st.lists(
    st.builds(
        hit,
        st.sampled_from([each.name for each in RULES]),
        st.sampled_from(["image", "view", *LINKS]),
        minutes=st.integers(-30, 4_000),
        who=st.sampled_from([RITA, None]),
    ),
    max_size=12,
)


@given(HITS, st.data())
def test_neither_order_nor_repeats_of_hits_change_a_verdict(hits: list[Evidence], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations([*hits, *hits[:3]]))
    assert fold(ITEM, shuffled, now=NOW, tracking=TRACKING) == fold(ITEM, hits, now=NOW, tracking=TRACKING)


MACHINES = [each.name for each in RULES if each.grade is Grade.NONE]


@given(HITS)
def test_machines_never_read(hits: list[Evidence]) -> None:
    machines = [each for each in hits if each.rule in MACHINES]
    assert judged(*machines) in {Verdict.UNREAD, Verdict.UNKNOWABLE}
    proxies = [each for each in hits if each.rule in {*MACHINES, "gmail-proxy", "yahoo-proxy"}]
    assert judged(*proxies) in {Verdict.UNREAD, Verdict.UNKNOWABLE, Verdict.MAYBE_READ}


@given(HITS)
def test_nothing_in_the_surroundings_raises_a_grade(hits: list[Evidence]) -> None:
    order = list(Grade)
    counted = weighed(seen([WENT, *hits], [MESSAGE], sent_at=SENT))
    assert all(order.index(counted[each.id].grade) >= order.index(each.grade) for each in hits)


@given(HITS)
def test_no_hits_undo_an_answer_or_a_receipt(hits: list[Evidence]) -> None:
    answer = Evidence(
        kind=Kind.REPLY,
        grade=Grade.PROOF,
        rule="reply",
        why="a person answered",
        source="r",
        at=SENT + timedelta(hours=1),
        match=Match(item="item", recipient=RITA, confidence=Confidence.CERTAIN, reason="names your Message-ID"),
    )
    assert judged(answer, *hits) is Verdict.ANSWERED

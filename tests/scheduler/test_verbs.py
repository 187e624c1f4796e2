"""The words a mail carries, and those a reminder is answered with."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scheduler.calendar import Calendar
from scheduler.correction import meant
from scheduler.delay import due, grown, parse, until, written
from scheduler.policy import Condition, Policy, Quorum
from scheduler.rules import ASKED, policy_for
from scheduler.verbs import Answer, NoVerb, Verb, applied, in_mail, is_meant, over, parse_answer
from scheduler.verbs import parse as parse_verb
from store.ledger import Decision
from tests.scheduler.scenario import ME, Scenario, life

BERLIN = Calendar(zone=ZoneInfo("Europe/Berlin"))
MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
#: of a person who may be disturbed on every day and at every hour
ANY_TIME = Calendar(opens=time(0), closes=time.max, weekend=frozenset())


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("3 business days", "2026-05-07T10:00"),
        ("3bd", "2026-05-07T10:00"),
        ("2 working days", "2026-05-06T10:00"),
        ("36h", "2026-05-06T09:00"),
        ("90 minutes", "2026-05-04T11:30"),
        ("3d", "2026-05-07T10:00"),
        ("2 weeks", "2026-05-18T10:00"),
        ("mon9", "2026-05-11T09:00"),
        ("Monday", "2026-05-11T09:00"),
        ("fri 2:30pm", "2026-05-08T14:30"),
        ("fri1430", "2026-05-08T14:30"),
        ("tomorrow", "2026-05-05T09:00"),
        ("tomorrow at 22:00", "2026-05-06T09:00"),
        ("2026-06-12", "2026-06-12T09:00"),
        ("2026-06-12 09:30", "2026-06-12T09:30"),
        ("2025-06-12", "2026-05-04T10:00"),  # over already: at once
        ("next Tuesday 9:00", "2026-05-05T09:00"),
        ("in two weeks", "2026-05-18T10:00"),
        ("12 June", "2026-06-12T09:00"),
        ("Dienstag 14:00", "2026-05-05T14:00"),
        ("in zwei Wochen", "2026-05-18T10:00"),
        ("2 months", "2026-07-06T09:00"),
        ("vendredi", "2026-05-08T09:00"),
        ("1h30m", "2026-05-04T11:30"),
        ("1d 23h", "2026-05-06T09:00"),
        ("Freitag 14 Uhr", "2026-05-08T14:00"),
        ("um 14 Uhr 30", "2026-05-04T14:30"),
        ("um 14:00 Uhr", "2026-05-04T14:00"),
        ("alle 15", "2026-05-04T15:00"),
        ("à 15h", "2026-05-04T15:00"),
        ("om 15 uur", "2026-05-04T15:00"),
        ("morgen um 14", "2026-05-05T14:00"),
        ("Montag 11. Mai", "2026-05-11T09:00"),
        ("12 de junio", "2026-06-12T09:00"),
        ("in 3 Tagen", "2026-05-07T10:00"),
        ("vendredi 15h", "2026-05-08T15:00"),
        ("fri15h30", "2026-05-08T15:30"),
        ("sexta-feira 15h", "2026-05-08T15:00"),
        ("15:00", "2026-05-04T15:00"),
        ("9:30", "2026-05-05T09:30"),
        ("at 3:15 pm", "2026-05-04T15:15"),
    ],
)
def test_a_delay_is_understood_as_a_person_says_it(said: str, when: str) -> None:
    delay = parse(said)
    assert due(delay, MONDAY, BERLIN) == datetime.fromisoformat(when).replace(tzinfo=BERLIN.zone)
    assert parse(written(delay)) == delay


#: the days of the week, Monday first, in every language in which a day may be named
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
}
HOURS = ("{}h", "{} h", "{}:00", "{}h00", "{} uhr", "um {} uhr", "om {} uur", "à {}h", "a las {}", "alle {}", "às {}h")


@given(
    language=st.sampled_from(sorted(WEEKDAYS)),
    weekday=st.integers(0, 6),
    form=st.sampled_from(HOURS),
    hour=st.integers(0, 23),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 - given its zone below
)
@example(language="fr", weekday=4, form="{}h", hour=17, start=datetime(2026, 1, 31, 18))  # noqa: DTZ001
def test_a_weekday_and_an_hour_are_that_day_at_that_hour_in_every_language(
    language: str, weekday: int, form: str, hour: int, start: datetime
) -> None:
    said = f"{WEEKDAYS[language].split()[weekday]} {form.format(hour)}"
    found = due(parse(said), start.replace(tzinfo=UTC), ANY_TIME)
    ahead = (weekday - start.weekday() - 1) % 7 + 1
    day = start.date() + timedelta(days=ahead)
    assert found == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@given(start=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)), hour=st.integers(0, 23))  # noqa: DTZ001
@example(start=datetime(2026, 1, 31, 12), hour=9)  # noqa: DTZ001
@example(start=datetime(2026, 12, 31, 12), hour=9)  # noqa: DTZ001
@pytest.mark.parametrize("form", ["{}:00", "{:02}:00", "um {} Uhr", "at {}:00", "à {}h", "um {}:00 Uhr"])
def test_an_hour_alone_is_the_next_time_the_clock_shows_it(form: str, start: datetime, hour: int) -> None:
    found = due(parse(form.format(hour)), start.replace(tzinfo=UTC), ANY_TIME)
    assert (found.hour, found.minute, found.second) == (hour, 0, 0)
    assert timedelta() < found - start.replace(tzinfo=UTC) <= timedelta(days=1)


@pytest.mark.parametrize(
    "said", ["2", "3", "12", "2027", "12.06.2026", "6/12", "may", "Juni", "june 2026", "in 5", "a 5", "3 z"]
)
def test_a_number_or_a_month_alone_names_no_day(said: str) -> None:
    with pytest.raises(ValueError, match="is not understood as a time"):
        parse(said)


@pytest.mark.parametrize(
    "said",
    [
        "3 Friday",
        "Freitag 14",
        "morgen 9",
        "alle 3 Tage",
        "um 25 Uhr",
        "vendredi 25h",
        "mai 17h",
        "may 9:00",
        "Juni um 9 Uhr",
        "mar 17:00",
        "mar 17h",
        "demain 17h",
        "do 17h",
        "do",
        "di 17:00",
        "ma um 17",
        "today 3h",
        "3 vendredi 17h",
        "Freitag 12.6.",
    ],
)
def test_a_number_that_is_no_hour_is_a_day_only_beside_the_name_of_a_month(said: str) -> None:
    with pytest.raises(ValueError, match="is not understood as a time"):
        parse(said)


def test_a_day_of_the_week_that_the_date_does_not_fall_on_is_refused() -> None:
    with pytest.raises(ValueError, match="is not understood as a time"):
        parse("Dienstag 11. Mai")


@pytest.mark.parametrize("said", ["", "3x", "soon", "9999d", "400bd", "mon25", "2026-13-01", "-3d", "\x00"])
def test_what_is_no_delay_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="is"):
        parse(said)


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("2d", "2026-05-09T11:00"),  # a Saturday
        ("8h", "2026-05-07T19:00"),
        ("2bd", "2026-05-11T11:00"),
        ("sat", "2026-05-11T09:00"),
        ("tomorrow 20:00", "2026-05-11T09:00"),
    ],
)
def test_a_length_of_time_is_snoozed_as_it_is_and_a_day_is_one_of_the_persons(said: str, when: str) -> None:
    thursday = datetime(2026, 5, 7, 9, 0, tzinfo=UTC)
    assert until(parse(said), thursday, BERLIN) == datetime.fromisoformat(when).replace(tzinfo=BERLIN.zone)


def test_a_snooze_of_whole_days_keeps_the_hour_of_the_clock() -> None:
    saturday = datetime(2026, 10, 24, 9, 0, tzinfo=UTC)
    assert until(parse("2d"), saturday, BERLIN) == datetime(2026, 10, 26, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("said", "why"), [("0d", "later"), ("2026-05-01", "later"), ("2099-01-01", "a year")])
def test_nobody_snoozes_to_the_past_or_for_more_than_a_year(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        until(parse(said), MONDAY, BERLIN)


@given(st.text(max_size=30))
def test_no_text_breaks_the_grammar(text: str) -> None:
    for read in (parse, parse_verb, parse_answer):
        try:
            read(text)
        except ValueError as err:
            assert str(err)  # noqa: PT017 - most texts raise, and those that do not are as well
    is_meant(text)


def test_a_wait_grows_up_to_a_year() -> None:
    assert [grown(2, 2.0, rounds) for rounds in range(4)] == [2, 4, 8, 16]
    assert grown(300, 10.0, 11) == 366
    assert grown(timedelta(days=1), 1.5, 2) == timedelta(days=2, hours=6)
    assert grown(timedelta(days=300), 10.0, 11) == timedelta(days=366)


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("3d", Verb(after=timedelta(days=3))),
        ("off", Verb(off=True)),
        ("noreply-1w", Verb(condition=Condition.NO_REPLY, after=timedelta(weeks=1))),
        ("no-reply.3bd", Verb(condition=Condition.NO_REPLY, after=3)),
        ("read-no-reply-2d", Verb(condition=Condition.READ_NO_REPLY, after=timedelta(days=2))),
        ("always-mon9", Verb(condition=Condition.REGARDLESS, after="mon9")),
        ("3-business-days", Verb(after=3)),
        ("2026-06-12", Verb(after="2026-06-12")),
        ("unread", Verb(condition=Condition.UNREAD)),
        ("again 2 days; times 4", Verb(more=(("again", "2 days"), ("times", "4")))),
        (
            "no-reply 3bd; quorum ann@Example.org, bob@example.org; recipient_zone America/New_York",
            Verb(
                condition=Condition.NO_REPLY,
                after=3,
                more=(("quorum", "ann@Example.org, bob@example.org"), ("recipient_zone", "America/New_York")),
            ),
        ),
    ],
)
def test_a_verb_is_read_and_written_alike(said: str, verb: Verb) -> None:
    assert parse_verb(said) == verb
    assert parse_verb(str(verb)) == verb


@pytest.mark.parametrize("said", ["3d; agian 2d", "3d; noreply", "; ", "again", "3d; times 2 again 3d"])
def test_what_follows_a_verb_and_is_no_key_with_a_value_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        applied(Policy(), parse_verb(said), "")


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"again": "2d", "times": "4", "grow": "1.5"}, {"again": timedelta(days=2), "times": 4, "grow": 1.5}),
        ({"again": "0"}, {"again": 0}),
        ({"quorum": "all"}, {"quorum": Quorum.ALL}),
        (
            {"quorum": "ann@Example.org, bob@example.org"},
            {"quorum": Quorum.ALL, "named": ("ann@example.org", "bob@example.org")},
        ),
        ({"quorum": "[erased],bob@example.org"}, {"quorum": Quorum.ALL, "named": ("bob@example.org",)}),
        ({"quorum": "[erased]"}, {}),
        ({"bounces": "yes"}, {"bounces": True}),
        (
            {"hours": "07:30-12:00", "weekends": "yes", "country": "de", "region": "by"},
            {"calendar": Calendar(opens=time(7, 30), closes=time(12), weekend=frozenset(), country="DE", region="BY")},
        ),
        (
            {"recipient_zone": "America/New_York", "recipient_country": "us"},
            {"theirs": Calendar(zone=ZoneInfo("America/New_York"), country="US", opens=time(0), closes=time.max)},
        ),
    ],
)
def test_a_verb_may_name_whatever_a_rule_may(more: dict[str, str], wanted: dict[str, object]) -> None:
    verb = parse_verb(str(Verb(more=tuple(more.items()))))
    assert applied(Policy(), verb, "as you asked") == replace(Policy(source="as you asked"), **wanted)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"again": "mon9"}, "a day"),
        ({"times": "many"}, "no whole number"),
        ({"times": "2.5"}, "no whole number"),
        ({"times": "13"}, "between 1 and 12"),
        ({"grow": "nan"}, "between 1 and 10"),
        ({"quorum": "most"}, "neither an address"),
        ({"hours": "17:00-09:00"}, "no time is left"),
        ({"weekends": "perhaps"}, "not true or false"),
        ({"country": "XX"}, "no public holidays"),
        ({"recipient_zone": "Mars/Olympus"}, "no time zone"),
    ],
)
def test_a_verb_whose_keys_make_no_sense_is_refused(more: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        applied(Policy(), Verb(more=tuple(more.items())), "")


@pytest.mark.parametrize(
    ("before", "said", "both"),
    [
        ("no-reply 2d", "again 3bd", "no-reply 2d; again 3bd"),
        ("no-reply 2d; again 3bd; times 2", "3d; times 4", "no-reply 3d; again 3bd; times 4"),
        ("2d", "bounce", "not-delivered"),
        ("bounce 2d", "unread", "unread"),
        ("off", "times 4", "times 4"),
        ("2d; times 4", "off", "off"),
    ],
)
def test_what_was_asked_before_holds_where_it_is_not_asked_otherwise(before: str, said: str, both: str) -> None:
    assert str(over(parse_verb(before), parse_verb(said))) == both


#: what people keep plus-addresses for, and names
_OTHER_ENDS = (
    "a", "archive", "lists", "list", "news", "newsletter", "shop", "shopping", "friends", "money", "fritz", "sunil",
    "satan", "monitor", "office", "offers", "offer", "of", "trip", "wedding", "read", "ready", "reader", "weds",
    "wendy", "sandra", "sunny", "sun-club", "sunday-club", "mondays", "mona", "monica", "moon", "fred", "friend",
    "frida", "sep", "sept", "august", "may", "june", "jan", "dec", "mar", "marc", "party", "family", "ways",
    "bounces", "bouncer", "today-show", "todas", "tuna", "tube", "thursday-club", "well", "spam", "test", "github",
    "tax", "bank", "notes", "kids", "home", "work", "web", "wed-photos", "saturn", "satellite", "unready", "unreal",
    "alwaysopen", "orders", "unsubscribe", "replies", "reply", "delivered", "morgan", "never", "stop", "ok", "hour",
    "hours", "week", "weekly", "daily", "month", "year", "now", "in", "on", "at", "am", "next", "date", "do", "so",
    "ma", "order-66", "list2", "sunny5", "again", "times",
)  # fmt: skip


@pytest.mark.parametrize("detail", ["", *_OTHER_ENDS])
def test_a_plus_address_kept_for_other_ends_is_no_verb(detail: str) -> None:
    assert not is_meant(detail)


@pytest.mark.parametrize(
    "detail",
    [
        "3d", "3x", "2days", "20260612", "today17", "today", "next-week", "in2days", "in-two-weeks", "morgen",
        "dienstag", "lundi", "oggi", "friday", "Mon9", "tomorrow9", "off", "unread", "bounce", "always",
        "noreply-1w", "noreply", "read-no-reply", "mondy", "tomorow", "fridey", "wednsday", "noreplyy-1w",
        "norepl-1w", "noanswer3d", "unraed", "alway", "bounce-3x", "bounec", "regardles", "snooze-2d", "remind-3d",
        "mon-9x",
    ],
)  # fmt: skip
def test_a_plus_address_that_is_a_verb_or_nearly_one_is_meant_as_one(detail: str) -> None:
    assert is_meant(detail)


def test_a_mail_carries_its_labels_first_then_its_copies() -> None:
    item = life(Scenario(about="", bcc="3x", label="heardback/2d")).item
    assert [(str(each.verb), each.source) for each in in_mail(item, {ME})] == [
        ("2d", 'as the label "heardback/2d" asks'),
        ("None", "as your copy to me+3x@example.com asks"),
    ]
    assert in_mail(item, {"other@example.com"})[1:] == ()


def test_what_only_a_command_takes_is_no_verb_of_a_label() -> None:
    (said,) = in_mail(life(Scenario(about="", label="heardback/3d; times 99")).item, {ME})
    assert (said.verb, said.problem) == (None, '"times" can be asked for by command alone')


def test_what_was_asked_for_and_fits_the_settings_no_more_is_told_and_breaks_nothing() -> None:
    row = Scenario(about="")
    asked = Decision(at=MONDAY, reminder="", item="i", what=ASKED, why="3d; region BY")
    german, french = (Policy(calendar=Calendar(country=each)) for each in ("DE", "FR"))
    assert policy_for(life(row).item, german, own={ME}, decisions=[asked]).source == "as you asked"
    left = policy_for(life(row).item, french, own={ME}, decisions=[asked])
    assert (left.after, left.source.partition(":")[0]) == (
        3,
        "as what you asked for does not fit your settings any more",
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("done", Answer(snooze=None)),
        ("Done.\r\n\r\nSent from my phone", Answer(snooze=None)),
        ("\n snooze 2 days", Answer(snooze=timedelta(days=2))),
        ("Snooze mon9!", Answer(snooze="mon9")),
        ("snooze until Monday", Answer(snooze="monday")),
        ("snooze till friday 9:00", Answer(snooze="friday 9:00")),
        ("snooze for 2 days", Answer(snooze=timedelta(days=2))),
        ("*snooze 2d*", Answer(snooze=timedelta(days=2))),
    ],
)
def test_an_answer_to_a_reminder_is_its_first_line(text: str, answer: Answer) -> None:
    assert parse_answer(text) == answer


@pytest.mark.parametrize(
    "text", ["", "thanks", "snooze", "snooze for", "snooze until", "snooze never", "please snooze 2d"]
)
def test_an_answer_that_says_nothing_of_the_kind_is_refused(text: str) -> None:
    with pytest.raises(NoVerb):
        parse_answer(text)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("ann@gmial.com", "ann@gmail.com"),
        ("ann@hotmial.com", "ann@hotmail.com"),
        ("ann@gmail.co", "ann@gmail.com"),
        ("bob.smith@nordwnd.example", "bob.smith@nordwind.example"),
        ("bob.smiht@nordwind.example", "bob.smith@nordwind.example"),
        ("ann@gmail.com", ""),
        ("ann@an-entirely-other.example", ""),
    ],
)
def test_an_address_near_a_known_one_is_suggested(wrong: str, right: str) -> None:
    assert meant(wrong, ["bob.smith@nordwind.example", "carl@birch.example"], lambda _: True) == right

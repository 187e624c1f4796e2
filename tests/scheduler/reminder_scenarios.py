"""What reminders come in which life of a mail: the table, as data. 4 May 2026 is a Monday.

Germany's public holidays nearby: 1, 14 and 25 May; Corpus Christi on 4 June in some of its states only. Clocks there go
forward on 29 March and back on 25 October, in New York on 8 March and 1 November.
"""

from tests.scheduler.scenario import Scenario, bob, eve, you

TWO = ("bob", "eve")
ONCE = "again = 0"
NO_REPLY = 'condition = "no-reply"; again = 0'
READ_NO_REPLY = 'condition = "read-no-reply"; after = "2 business days"; again = 0'

SCENARIOS: dict[str, tuple[Scenario, ...]] = {
    "Silence, and what ends it": (
        Scenario(about="nothing comes back", expected=("05-07 10:00", "05-14 10:00")),
        Scenario(about="an answer", happens=(bob("05-05 11:00", "answers"),), because="answered"),
        Scenario(
            about="an answer after the first reminder",
            happens=(bob("05-08 11:00", "answers"),),
            expected=("05-07 10:00",),
            because="answered",
        ),
        Scenario(about="an answer in the very minute", happens=(bob("05-07 10:00", "answers"),), because="answered"),
        Scenario(about="a receipt", happens=(bob("05-05 11:00", "reads"),), because="read"),
        Scenario(about="an invitation accepted", happens=(bob("05-05 11:00", "accepts the invitation"),)),
        Scenario(about="a receipt refused", happens=(bob("05-05 11:00", "refuses a receipt"),), because="declined"),
        Scenario(about="no more mail, please", happens=(bob("05-05 11:00", "asks for no more mail"),)),
        Scenario(
            about="no more mail, please, after the first reminder",
            happens=(bob("05-08 11:00", "asks for no more mail"),),
            expected=("05-07 10:00",),
            because="declined",
        ),
        Scenario(about="opting out", happens=(bob("05-05 11:00", "opts out"),), because="opted out"),
        Scenario(
            about="deleted unread is no reading",
            rule=ONCE,
            happens=(bob("05-05 11:00", "deletes it unread"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="a machine's receipt is no reading",
            rule=ONCE,
            happens=(bob("05-05 11:00", "machine processes it"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="a forged receipt is no reading",
            rule=ONCE,
            happens=(bob("05-05 11:00", "forged receipt"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="delivered is not read",
            rule=ONCE,
            happens=(bob("05-04 10:01", "is delivered"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="an answer the person sets aside",
            rule=ONCE,
            happens=(bob("05-05 11:00", "answers"), you("05-06 12:00", "overrule it")),
            expected=("05-07 10:00",),
        ),
    ),
    "A second mail of yours in the thread": (
        Scenario(
            about="an answer to your follow-up",
            happens=(you("05-08 10:00", "write again"), bob("05-11 11:00", "answers the second mail")),
            expected=("05-07 10:00",),
            because="answered later in the thread",
        ),
        Scenario(
            about="an answer to your follow-up, before the first reminder",
            happens=(you("05-06 10:00", "write again"), bob("05-07 09:00", "answers the second mail")),
            because="answered later in the thread",
        ),
        Scenario(
            about="no more mail, please, to your follow-up",
            happens=(you("05-08 10:00", "write again"), bob("05-11 11:00", "asks for no more mail at the second")),
            expected=("05-07 10:00",),
            because="declined",
        ),
        Scenario(
            about="an automatic answer to your follow-up is none",
            happens=(you("05-08 10:00", "write again"), bob("05-08 10:01", "is away at the second mail", "05-29")),
            expected=("05-07 10:00", "05-14 10:00"),
        ),
        Scenario(
            about="all: one of two answers your follow-up",
            to=TWO,
            rule='quorum = "all"; again = 0',
            happens=(you("05-05 10:00", "write again"), bob("05-06 11:00", "answers the second mail")),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="all: both answer, one of them your follow-up",
            to=TWO,
            rule='quorum = "all"; again = 0',
            happens=(
                you("05-05 10:00", "write again"),
                eve("05-05 11:00", "answers"),
                bob("05-06 11:00", "answers the second mail"),
            ),
            because="answered later in the thread",
        ),
    ),
    "Out of office": (
        Scenario(
            about="until a day: the first business day after it",
            rule=ONCE,
            happens=(bob("05-04 10:01", "away until", "05-15"),),
            expected=("05-18 09:00",),
        ),
        Scenario(
            about="and an answer on the first day back",
            happens=(bob("05-04 10:01", "away until", "05-15"), bob("05-18 08:30", "answers")),
            because="answered",
        ),
        Scenario(
            about="back before the reminder is due",
            rule=ONCE,
            happens=(bob("05-04 10:01", "away until", "05-05"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="without a date: silence counts on",
            rule=ONCE,
            happens=(bob("05-04 10:01", "away without a date"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="back after a holiday",
            rule=ONCE,
            country="DE",
            happens=(bob("05-04 10:01", "away until", "05-13"),),
            expected=("05-15 09:00",),
        ),
        Scenario(
            about="a second absence later",
            rule=ONCE,
            happens=(bob("05-04 10:01", "away until", "05-08"), bob("05-09 10:00", "away until", "05-15")),
            expected=("05-18 09:00",),
        ),
        Scenario(
            about="an absence that comes after the first reminder moves the second",
            happens=(bob("05-08 10:01", "away until", "05-29"),),
            expected=("05-07 10:00", "06-01 09:00"),
        ),
        Scenario(
            about="one of two absent: the other is waited for",
            rule=ONCE,
            to=TWO,
            happens=(bob("05-04 10:01", "away until", "05-15"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="both absent: the first of them to be back",
            rule=ONCE,
            to=TWO,
            happens=(bob("05-04 10:01", "away until", "05-15"), eve("05-04 10:02", "away until", "05-20")),
            expected=("05-18 09:00",),
        ),
        Scenario(
            about="an absence is no answer",
            rule=NO_REPLY,
            happens=(bob("05-04 10:01", "away until", "05-06"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="what is wanted regardless comes regardless",
            rule='condition = "regardless"; again = 0',
            happens=(bob("05-04 10:01", "away until", "05-15"),),
            expected=("05-07 10:00",),
        ),
    ),
    "Conditions": (
        Scenario(
            about="no-reply: read is not answered",
            rule=NO_REPLY,
            happens=(bob("05-05 11:00", "reads"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="no-reply: answered", rule=NO_REPLY, happens=(bob("05-05 11:00", "answers"),), because="answered"
        ),
        Scenario(
            about="no-reply: a receipt refused", rule=NO_REPLY, happens=(bob("05-05 11:00", "refuses a receipt"),)
        ),
        Scenario(about="read-no-reply: never read", rule=READ_NO_REPLY),
        Scenario(
            about="read-no-reply: counted from the reading",
            rule=READ_NO_REPLY,
            happens=(bob("05-12 11:00", "reads"),),
            expected=("05-14 11:00",),
        ),
        Scenario(
            about="read-no-reply: read and answered",
            rule=READ_NO_REPLY,
            happens=(bob("05-12 11:00", "reads"), bob("05-13 11:00", "answers")),
            because="answered",
        ),
        Scenario(
            about="read-no-reply: read, then away",
            rule=READ_NO_REPLY,
            happens=(bob("05-05 11:00", "reads"), bob("05-05 12:00", "away until", "05-15")),
            expected=("05-18 09:00",),
        ),
        Scenario(about="not-delivered: all is well", rule='condition = "not-delivered"'),
        Scenario(
            about="not-delivered: given back",
            rule='condition = "not-delivered"',
            happens=(bob("05-04 10:05", "bounces"),),
            expected=("bounce 05-04 10:05",),
        ),
        Scenario(
            about="regardless: answered",
            rule='condition = "regardless"; again = 0',
            happens=(bob("05-05 11:00", "answers"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="regardless: but not against a wish",
            rule='condition = "regardless"; again = 0',
            happens=(bob("05-05 11:00", "asks for no more mail"),),
        ),
        Scenario(about="off", rule="off = true", because=""),
        Scenario(about="off: given back all the same", rule="off = true", happens=(bob("05-04 10:05", "bounces"),)),
    ),
    "Bounces": (
        Scenario(about="at once", happens=(bob("05-04 10:05", "bounces"),), expected=("bounce 05-04 10:05",)),
        Scenario(
            about="at once, when the hours open",
            happens=(bob("05-08 22:05", "bounces"),),
            expected=("05-07 10:00", "bounce 05-11 09:00"),
        ),
        Scenario(about="not told of", rule="bounces = false", happens=(bob("05-04 10:05", "bounces"),)),
        Scenario(
            about="of one of two: the other is waited for",
            to=TWO,
            rule=ONCE,
            happens=(bob("05-04 10:05", "bounces"),),
            expected=("bounce 05-04 10:05", "05-07 10:00"),
        ),
        Scenario(
            about="of both, days apart: each is told",
            to=TWO,
            rule=ONCE,
            happens=(bob("05-04 10:05", "bounces"), eve("05-05 12:00", "bounces")),
            expected=("bounce 05-04 10:05", "bounce 05-05 12:00"),
        ),
        Scenario(
            about="a delay is no bounce",
            rule=ONCE,
            happens=(bob("05-04 14:00", "is delayed"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="a delay, then a bounce",
            rule=ONCE,
            happens=(bob("05-04 14:00", "is delayed"), bob("05-06 14:00", "bounces")),
            expected=("bounce 05-06 14:00",),
        ),
        Scenario(
            about="an answer after all, before it is told",
            happens=(bob("05-08 22:05", "bounces"), bob("05-09 09:00", "answers")),
            expected=("05-07 10:00",),
            because="",
        ),
    ),
    "Several recipients": (
        Scenario(about="any: one of two read", to=TWO, happens=(bob("05-05 11:00", "reads"),), because="read"),
        Scenario(
            about="all: one of two read",
            to=TWO,
            rule='quorum = "all"; again = 0',
            happens=(bob("05-05 11:00", "reads"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="all: both read",
            to=TWO,
            rule='quorum = "all"; again = 0',
            happens=(bob("05-05 11:00", "reads"), eve("05-06 11:00", "reads")),
        ),
        Scenario(
            about="named: the other one answered",
            to=TWO,
            rule='quorum = ["bob@example.org"]; again = 0',
            happens=(eve("05-05 11:00", "answers"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="named: the named one answered",
            to=TWO,
            rule='quorum = ["bob@example.org"]; again = 0',
            happens=(bob("05-05 11:00", "answers"),),
            because="answered",
        ),
        Scenario(
            about="named, but not in this mail: anybody's sign counts",
            to=("eve",),
            rule='quorum = ["bob@example.org"]; again = 0',
            happens=(eve("05-05 11:00", "answers"),),
        ),
        Scenario(
            about="all: one declined, one silent",
            to=TWO,
            rule='quorum = "all"; again = 0',
            happens=(bob("05-05 11:00", "refuses a receipt"),),
            expected=("05-07 10:00",),
        ),
        Scenario(
            about="any: one declined, one opted out",
            to=TWO,
            happens=(bob("05-05 11:00", "refuses a receipt"), eve("05-05 12:00", "opts out")),
        ),
    ),
    "How long, how often": (
        Scenario(about="hours", rule='after = "36h"; again = 0', expected=("05-06 09:00",)),
        Scenario(
            about="days by the calendar end on a Saturday: Monday",
            rule='after = "5d"; again = 0',
            expected=("05-11 09:00",),
        ),
        Scenario(about="a weekday", rule='after = "wed 14:30"; again = 0', expected=("05-06 14:30",)),
        Scenario(about="a date", rule='after = "2026-05-20"; again = 0', expected=("05-20 09:00",)),
        Scenario(about="in words", rule='after = "in two weeks"; again = 0', expected=("05-18 10:00",)),
        Scenario(
            about="growing, four times",
            rule='after = "1 business day"; again = "2 business days"; times = 4; grow = 2',
            expected=("05-05 10:00", "05-07 10:00", "05-13 10:00", "05-25 10:00"),
        ),
        Scenario(about="a single one", rule=ONCE, expected=("05-07 10:00",)),
        Scenario(
            about="at once, in the evening",
            rule='after = "0 business days"; again = 0',
            sent="05-04 20:00",
            expected=("05-05 09:00",),
        ),
    ),
    "Weekends, holidays, hours, zones, clocks": (
        Scenario(about="over a weekend", rule=ONCE, sent="05-07 10:00", expected=("05-12 10:00",)),
        Scenario(about="written on a Sunday evening", rule=ONCE, sent="05-10 20:00", expected=("05-14 09:00",)),
        Scenario(about="over a public holiday", rule=ONCE, country="DE", sent="05-12 10:00", expected=("05-18 10:00",)),
        Scenario(
            about="over a holiday of one part of the country",
            rule='country = "DE"; region = "BY"; again = 0',
            sent="06-01 10:00",
            expected=("06-05 10:00",),
        ),
        Scenario(
            about="on weekends too", rule="weekends = true; again = 0", sent="05-07 10:00", expected=("05-10 10:00",)
        ),
        Scenario(about="other hours", rule='hours = "12:00-13:00"; again = 0', expected=("05-07 12:00",)),
        Scenario(
            about="summer time begins on the way",
            rule=ONCE,
            sent="03-26 10:00",
            until="04-30 23:00",
            expected=("03-31 10:00",),
        ),
        Scenario(
            about="summer time ends on the way",
            rule=ONCE,
            sent="10-22 10:00",
            until="11-30 23:00",
            expected=("10-27 10:00",),
        ),
        Scenario(
            about="and whole days keep the hour",
            rule='after = "7d"; again = 0',
            sent="10-22 10:00",
            until="11-30 23:00",
            expected=("10-29 10:00",),
        ),
        Scenario(
            about="and hours do not",
            rule='after = "100h"; again = 0',
            sent="10-22 10:00",
            until="11-30 23:00",
            expected=("10-26 13:00",),
        ),
        Scenario(
            about="in New York",
            rule=ONCE,
            zone="America/New_York",
            sent="10-29 10:00",
            until="11-30 23:00",
            expected=("11-03 10:00",),
        ),
        Scenario(
            about="the readers' holiday is no business day",
            rule='recipient_country = "US"; again = 0',
            sent="05-21 10:00",
            expected=("05-27 10:00",),
        ),
        Scenario(
            about="the weekend of the readers' country is theirs",
            rule='recipient_country = "IL"; after = "1 business day"; again = 0',
            sent="05-07 10:00",
            expected=("05-11 09:00",),
        ),
        Scenario(
            about="in a country that rests on Friday and Saturday",
            rule='country = "IL"; after = "2 business days"; again = 0',
            zone="Asia/Jerusalem",
            sent="05-06 10:00",
            expected=("05-10 10:00",),
        ),
        Scenario(
            about="the readers' days begin by the person's clock, where no zone of theirs is named",
            rule='recipient_country = "NZ"; after = "1 business day"; again = 0; hours = "00:00-23:59"',
            zone="Pacific/Auckland",
            sent="05-09 08:00",
            expected=("05-11 08:00",),
        ),
        Scenario(
            about="the readers' weekend is theirs",
            rule='recipient_zone = "Pacific/Auckland"; again = 0',
            sent="05-08 15:00",
            expected=("05-12 15:00",),
        ),
    ),
    "What the person says": (
        Scenario(
            about="snoozed before it comes",
            rule=ONCE,
            happens=(you("05-06 10:00", "snooze until", "05-20 15:00"),),
            expected=("05-20 15:00",),
        ),
        Scenario(
            about="snoozed after it came",
            rule=ONCE,
            happens=(you("05-07 11:00", "snooze until", "05-09 20:00"),),
            expected=("05-07 10:00", "05-09 20:00"),
        ),
        Scenario(
            about="snoozed, then answered",
            rule=ONCE,
            happens=(you("05-06 10:00", "snooze until", "05-20 15:00"), bob("05-12 10:00", "answers")),
            because="answered",
        ),
        Scenario(about="done", happens=(you("05-05 10:00", "done"),), because="by you"),
        Scenario(about="done after the first", happens=(you("05-08 10:00", "done"),), expected=("05-07 10:00",)),
        Scenario(about="off by command", happens=(you("05-05 10:00", "ask for", "off"),), because="as you asked"),
        Scenario(
            about="another time by command, after it was done",
            rule=ONCE,
            happens=(you("05-05 10:00", "done"), you("05-06 10:00", "ask for", "no-reply 2026-05-20t11:00")),
            expected=("05-20 11:00",),
        ),
        Scenario(about="a copy to me+2d", rule=ONCE, bcc="2d", expected=("05-06 10:00",)),
        Scenario(
            about="a copy to me+noreply-1w, and read",
            rule=ONCE,
            bcc="noreply-1w",
            happens=(bob("05-05 10:00", "reads"),),
            expected=("05-11 10:00",),
        ),
        Scenario(about="a copy to me+mon9", rule=ONCE, bcc="mon9", expected=("05-11 09:00",)),
        Scenario(about="a copy to me+off", bcc="off"),
        Scenario(about="a copy to me+3x: no verb, the settings hold", rule=ONCE, bcc="3x", expected=("05-07 10:00",)),
        Scenario(about="the label heardback/1bd", rule=ONCE, label="heardback/1bd", expected=("05-05 10:00",)),
        Scenario(about="a label goes before a copy", rule=ONCE, label="Heardback/off", bcc="2d"),
        Scenario(
            about="a rule for questions",
            rule='asks_question = true; after = "1 business day"; again = 0',
            subject="Lunch on Thursday?",
            expected=("05-05 10:00",),
        ),
        Scenario(
            about="a rule that does not fit: the settings hold",
            rule='to = "@elsewhere.example"; off = true',
            expected=("05-07 10:00", "05-14 10:00"),
        ),
    ),
    "Machines that sleep": (
        Scenario(
            about="asleep over the due time, awake in the hours",
            rule=ONCE,
            asleep=(("05-07 08:00", "05-08 11:00"),),
            expected=("05-08 11:00",),
        ),
        Scenario(
            about="awake at night: it waits for the hours",
            rule=ONCE,
            asleep=(("05-07 08:00", "05-08 22:00"),),
            expected=("05-11 09:00",),
        ),
        Scenario(
            about="an answer came meanwhile",
            rule=ONCE,
            asleep=(("05-07 08:00", "05-08 11:00"),),
            happens=(bob("05-07 20:00", "answers"),),
            because="answered",
        ),
        Scenario(
            about="the second counts from when the first came",
            asleep=(("05-07 08:00", "05-08 11:00"),),
            expected=("05-08 11:00", "05-15 11:00"),
        ),
    ),
}

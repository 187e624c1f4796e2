"""The default cast: one line for each way a letter can end."""

from datetime import date, timedelta

from sandbox.forms.occasion import Language
from sandbox.people.correspondent import Correspondent, Habit, Program

_BACK = date(2026, 5, 18)


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


EVERYBODY: tuple[Correspondent, ...] = (
    # receipts, in each program's form
    Correspondent(name="Thea Lind", address="thea@birch.example", habit=Habit.RECEIPT_BY_HAND, delay=_hours(1)),
    Correspondent(name="Tom Ashby", address="tom@birch.example", habit=Habit.RECEIPT_AUTOMATIC, delay=_hours(3)),
    Correspondent(
        name="Erik Sørensen",
        address="erik@nordwind.example",
        habit=Habit.RECEIPT_AUTOMATIC,
        program=Program.EXCHANGE,
        language=Language.GERMAN,
        delay=_hours(5),
    ),
    Correspondent(
        name="Clara Weiß",
        address="clara@ben-work.example",
        habit=Habit.RECEIPT_AUTOMATIC,
        program=Program.EXCHANGE,
        delay=_hours(0.5),
    ),
    Correspondent(
        name="Oskar Brandt",
        address="oskar@altstadt.example",
        habit=Habit.RECEIPT_BY_HAND,
        program=Program.EXCHANGE_2016,
        language=Language.GERMAN,
    ),
    Correspondent(
        name="Otto Kern", address="otto@altbau.example", habit=Habit.RECEIPT_BY_HAND, program=Program.OUTLOOK_2003
    ),
    Correspondent(
        name="Olga Petrova", address="olga@gateway.example", habit=Habit.RECEIPT_BY_HAND, program=Program.OUTLOOK_TNEF
    ),
    Correspondent(
        name="Rosa Díaz",
        address="rosa@universidad.example",
        habit=Habit.RECEIPT_BY_HAND,
        program=Program.ROUNDCUBE,
        language=Language.SPANISH,
        delay=_hours(26),
    ),
    Correspondent(
        name="Evan Price", address="evan@evergreen.example", habit=Habit.RECEIPT_BY_HAND, program=Program.EVOLUTION
    ),
    Correspondent(
        name="Wanda Cole", address="wanda@campus.example", habit=Habit.RECEIPT_AUTOMATIC, program=Program.WORKSPACE
    ),
    Correspondent(
        name="Lena Hofer", address="lena@later.example", habit=Habit.RECEIPT_THEN_ANSWER, language=Language.GERMAN
    ),
    # receipts that say something else
    Correspondent(name="Dora Quist", address="dora@discreet.example", habit=Habit.DECLINES),
    Correspondent(
        name="Nora Berg",
        address="nora@nordwind.example",
        habit=Habit.DELETES_UNREAD,
        program=Program.EXCHANGE,
        delay=_hours(120),
    ),
    Correspondent(name="Print Desk", address="desk@press.example", habit=Habit.DISPATCHES),
    Correspondent(name="Claims Intake", address="claims@insurer.example", habit=Habit.PROCESSES),
    # answers
    Correspondent(name="Paul Adeyemi", address="paul@harbour.example", habit=Habit.ANSWERS, delay=_hours(20)),
    Correspondent(
        name="Greta Nowak", address="greta@webmail.example", habit=Habit.ANSWERS_IN_HTML, program=Program.GMAIL
    ),
    Correspondent(
        name="Anton Winkler",
        address="anton@atelier.example",
        aliases=("a.winkler@private.example",),
        habit=Habit.ANSWERS_FROM_ALIAS,
    ),
    Correspondent(
        name="Reading Circle",
        address="circle@lists.example",
        aliases=("lars@member.example",),
        habit=Habit.ANSWERS_THROUGH_LIST,
    ),
    Correspondent(name="Tina Marsh", address="tina@phone.example", habit=Habit.SAYS_THANKS, program=Program.APPLE_MAIL),
    Correspondent(name="Stan Oduya", address="stan@quiet.example", habit=Habit.ASKS_TO_STOP),
    Correspondent(name="Cleo Martin", address="cleo@calendar.example", habit=Habit.ACCEPTS_INVITATION),
    # away
    Correspondent(name="Alice Reed", address="alice@offices.example", habit=Habit.AWAY_EXCHANGE, back_on=_BACK),
    Correspondent(
        name="Henri Blanc",
        address="henri@maison.example",
        habit=Habit.AWAY_SIEVE,
        back_on=_BACK,
        language=Language.FRENCH,
    ),
    Correspondent(
        name="Inés Vega",
        address="ines@taller.example",
        habit=Habit.AWAY_UNMARKED,
        back_on=_BACK,
        language=Language.SPANISH,
    ),
    # what servers say
    Correspondent(name="Gone George", address="george@closed.example", habit=Habit.BOUNCES),
    Correspondent(name="Quinn", address="quinn@oldhost.example", habit=Habit.BOUNCES_QMAIL),
    Correspondent(name="Mara Full", address="mara@brimming.example", habit=Habit.MAILBOX_FULL),
    Correspondent(name="Delia Far", address="delia@faraway.example", habit=Habit.DELAYED_THEN_BOUNCES),
    Correspondent(name="Dirk Slow", address="dirk@slowpost.example", habit=Habit.DELAYED_THEN_DELIVERED),
    Correspondent(name="Rita Relay", address="rita@relay.example", habit=Habit.RELAYED),
    Correspondent(name="Rex Quota", address="rex@quota.example", habit=Habit.MACHINE_REJECTS),
    # machines and rogues
    Correspondent(name="Trading Gateway", address="edi@trade.example", habit=Habit.AS2_GATEWAY),
    Correspondent(name="Chad Gate", address="chad@gated.example", habit=Habit.CHALLENGES),
    Correspondent(name="Mallory", address="mallory@rogue.example", habit=Habit.FORGES_AS_STRANGER),
    Correspondent(name="Eve", address="eve@rogue.example", habit=Habit.FORGES_FOR_ANOTHER),
    # silence
    Correspondent(name="Silas Stone", address="silas@silent.example", habit=Habit.SILENT),
    Correspondent(
        name="Gina Fox", address="gina@webmail.example", habit=Habit.RECEIPT_AUTOMATIC, program=Program.GMAIL
    ),
)

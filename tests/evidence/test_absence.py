"""The day of return, as people write it. Every text is in an auto-reply of Tuesday, 3 March 2026."""

from datetime import UTC, date, datetime

import pytest

from evidence.read import read_message

_HEAD = (
    "From: Rita <rita@reader.example>\nTo: sam@sender.example\nSubject: {subject}\n"
    "Date: Tue, 03 Mar 2026 10:12:00 +0000\nMessage-ID: <r1@reader.example>\nAuto-Submitted: auto-replied\n"
    "{more}MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n\n{text}\n"
)


def until(text: str, *, subject: str = "Automatic reply: Report", more: str = "") -> date | None:
    (found,) = read_message(_HEAD.format(subject=subject, text=text, more=more).encode())
    return found.until


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


TEXTS = [
    # English
    ("en", "I am out of the office until Monday, March 9, 2026.", day(3, 9)),
    ("en", "I am out of the office until Monday 9th March.", day(3, 9)),
    ("en", "I will be back on Monday.", day(3, 9)),
    ("en", "I'm away and will be back next Monday.", day(3, 9)),
    ("en", "I am on leave from 2 March to 13 March and will answer on my return.", day(3, 13)),
    ("en", "I'll be out from March 2 - March 13.", day(3, 13)),
    ("en", "On vacation March 2-13. Please call Bob.", day(3, 13)),
    ("en", "I am on annual leave, returning Monday 16 March 2026.", day(3, 16)),
    ("en", "Thank you for your mail. I return to the office on 16/03/2026.", day(3, 16)),
    ("en", "I will be out through the end of day on Friday, 3/13.", day(3, 13)),
    ("en", "I'm on parental leave and will resume work on 1 September 2026.", day(9, 1)),
    ("en", "I am travelling with limited access to mail until 12 April.", day(4, 12)),
    ("en", "I will be back tomorrow.", day(3, 4)),
    ("en", "I'm out today and will be back on Monday the 6th.", day(4, 6)),
    ("en", "I will be back on Monday, the 9th.", day(3, 9)),
    ("en", "I will be back on Monday 16th", day(3, 16)),
    ("en", "I will be back on Monday the 10th.", None),
    ("en", "I will be back on Monday, 13 March 2028.", None),
    ("en", "I will be back on Monday at 9:00.", day(3, 9)),
    ("en", "I'll get back to you within 2 days.", None),
    ("en", "Our office is open until 5 pm. I will reply soon.", None),
    ("en", "I am no longer with Example Ltd since January 5. Write to Bob.", None),
    ("en", "I was away until March 1, 2026.", None),
    ("en", "Out of office 02.03.2026 - 13.03.2026", day(3, 13)),
    # German
    ("de", "Ich bin bis einschließlich 13.03.2026 nicht im Büro.", day(3, 13)),
    ("de", "Ich bin vom 02.03. bis 13.03. im Urlaub.", day(3, 13)),
    ("de", "Ich bin ab Montag, den 16. März wieder für Sie da.", day(3, 16)),
    ("de", "Ich bin ab Montag, den 6. wieder für Sie da.", day(4, 6)),
    ("de", "Ich bin ab Montag 9 Uhr wieder da.", day(3, 9)),
    ("de", "Am Montag bin ich wieder erreichbar.", day(3, 9)),
    ("de", "Ich bin im Urlaub vom 2.-13. März.", day(3, 13)),
    ("de", "Vielen Dank! Ich bin am 9.3. zurück.", day(3, 9)),
    ("de", "Ich bin bis Freitag außer Haus.", day(3, 6)),
    # French
    ("fr", "Je suis absente jusqu'au 13 mars inclus.", day(3, 13)),
    ("fr", "Je serai de retour le lundi 16 mars 2026.", day(3, 16)),
    ("fr", "Je suis en congés du 2 au 13 mars.", day(3, 13)),
    ("fr", "Je suis absent du 02/03/2026 au 13/03/2026.", day(3, 13)),
    ("fr", "De retour lundi.", day(3, 9)),
    ("fr", "Je serai de retour le lundi 6.", day(4, 6)),
    # Italian, Hungarian
    ("it", "Fuori ufficio fino a lunedì 9 marzo compreso.", day(3, 9)),
    ("hu", "Távol vagyok 2026. 03. 09-ig.", day(3, 9)),
    # Spanish
    ("es", "Estaré fuera de la oficina hasta el 13 de marzo.", day(3, 13)),
    ("es", "Estoy de vacaciones del 2 al 13 de marzo de 2026.", day(3, 13)),
    ("es", "Regreso el lunes 16 de marzo.", day(3, 16)),
    ("es", "Vuelvo el lunes.", day(3, 9)),
    # Italian
    ("it", "Sono assente fino al 13 marzo 2026.", day(3, 13)),
    ("it", "Sarò in ferie dal 2 al 13 marzo.", day(3, 13)),
    ("it", "Rientrerò lunedì 16 marzo.", day(3, 16)),
    ("it", "Tornerò in ufficio il 16/03/2026.", day(3, 16)),
    # Portuguese
    ("pt", "Estarei ausente até 13 de março.", day(3, 13)),
    ("pt", "Estou de férias de 2 a 13 de março de 2026.", day(3, 13)),
    ("pt", "Regresso na segunda-feira.", day(3, 9)),
    ("pt", "Volto no dia 16/03.", day(3, 16)),
    # Dutch
    ("nl", "Ik ben afwezig tot en met 13 maart.", day(3, 13)),
    ("nl", "Vanaf maandag 16 maart ben ik weer bereikbaar.", day(3, 16)),
    ("nl", "Ik ben met vakantie van 2 t/m 13 maart 2026.", day(3, 13)),
    ("nl", "Maandag ben ik weer terug.", day(3, 9)),
    # Swedish, Danish, Norwegian, Finnish
    ("sv", "Jag är på semester till och med 13 mars.", day(3, 13)),
    ("sv", "Jag är tillbaka måndag den 16 mars.", day(3, 16)),
    ("sv", "Jag är åter på måndag.", day(3, 9)),
    ("da", "Jeg er på ferie til og med den 13. marts.", day(3, 13)),
    ("da", "Jeg er tilbage mandag den 16. marts 2026.", day(3, 16)),
    ("nb", "Jeg er bortreist til og med 13. mars.", day(3, 13)),
    ("nb", "Jeg er tilbake på kontoret mandag 16. mars.", day(3, 16)),
    ("fi", "Olen lomalla 13.3.2026 asti.", day(3, 13)),
    ("fi", "Palaan töihin maanantaina 16.3.", day(3, 16)),
    # Polish, Czech, Slovak, Hungarian, Romanian
    ("pl", "Jestem nieobecny do 13 marca.", day(3, 13)),
    ("pl", "Jestem na urlopie do dnia 13.03.2026.", day(3, 13)),
    ("pl", "Wracam w poniedziałek 16 marca.", day(3, 16)),
    ("cs", "Jsem mimo kancelář do 13. března.", day(3, 13)),
    ("cs", "Vrátím se v pondělí 16. března 2026.", day(3, 16)),
    ("sk", "Som mimo kancelárie do 13. marca 2026.", day(3, 13)),
    ("hu", "2026. március 13-ig szabadságon vagyok.", day(3, 13)),
    ("hu", "Legközelebb március 16-án leszek elérhető.", day(3, 16)),
    ("ro", "Sunt plecat din birou până pe 13 martie.", day(3, 13)),
    ("ro", "Revin luni, 16 martie 2026.", day(3, 16)),
    # Greek, Turkish, Russian, Ukrainian, Bulgarian
    ("el", "Θα απουσιάζω έως τις 13 Μαρτίου 2026.", day(3, 13)),
    ("tr", "13 Mart 2026 tarihine kadar ofis dışındayım.", day(3, 13)),
    ("tr", "16.03.2026 tarihinde döneceğim.", day(3, 16)),
    ("ru", "Я в отпуске до 13 марта.", day(3, 13)),
    ("ru", "Меня не будет с 2 по 13 марта 2026 г.", day(3, 13)),
    ("ru", "Вернусь в понедельник.", day(3, 9)),
    ("uk", "Я у відпустці до 13 березня.", day(3, 13)),
    ("bg", "Ще отсъствам до 13 март 2026.", day(3, 13)),
    # Japanese, Chinese, Korean
    ("ja", "3月13日(金)まで不在にしております。", day(3, 13)),
    ("ja", "2026年3月16日より出社いたします。", day(3, 16)),
    ("ja", "3月2日~3月13日まで休暇をいただいております。", day(3, 13)),
    ("zh", "我将于3月16日返回办公室。", day(3, 16)),
    ("zh", "本人休假至2026年3月13日。", day(3, 13)),
    ("ko", "3월 13일까지 휴가입니다.", day(3, 13)),
    # Arabic, Hebrew
    ("ar", "أنا خارج المكتب حتى 13 مارس 2026.", day(3, 13)),
    ("he", "אני מחוץ למשרד עד 13 במרץ 2026.", day(3, 13)),
]


@pytest.mark.parametrize(("language", "text", "wanted"), TEXTS)
def test_the_day_of_return_is_read_in_the_language_of_the_mail(language: str, text: str, wanted: date | None) -> None:
    assert until(text) == wanted, language


NEW_YORK = "Date: Tue, 03 Mar 2026 05:12:00 -0500\n"
LONDON_OR_LISBON = "Date: Tue, 03 Mar 2026 10:12:00 +0000\n"
SYDNEY = "Date: Tue, 03 Mar 2026 21:12:00 +1100\n"


@pytest.mark.parametrize(
    ("date_field", "language_field", "text", "wanted"),
    [
        (NEW_YORK, "", "I am away until 05/04/2026.", day(5, 4)),
        (SYDNEY, "", "I am away until 05/04/2026.", day(4, 5)),
        (LONDON_OR_LISBON, "", "I am away until 05/04/2026.", day(4, 5)),
        (LONDON_OR_LISBON, "Content-Language: en-US\n", "I am away until 05/04/2026.", day(5, 4)),
        (NEW_YORK, "Content-Language: en-GB\n", "I am away until 05/04/2026.", day(4, 5)),
        (SYDNEY, "", "I am away until 03/16/2026.", day(3, 16)),
        (NEW_YORK, "", "Ich bin bis 05.04.2026 im Urlaub.", day(4, 5)),
        (SYDNEY, "", "Ich bin bis 04.05.2026 im Urlaub.", day(5, 4)),
        (SYDNEY, "", "Je suis absent jusqu'au 04/05/2026.", day(5, 4)),
        (SYDNEY, "", "4/5まで不在です。", day(4, 5)),
    ],
)
def test_whether_day_or_month_comes_first_is_told_by_language_and_place(
    date_field: str, language_field: str, text: str, wanted: date
) -> None:
    head = _HEAD.replace(LONDON_OR_LISBON, date_field)
    (found,) = read_message(head.format(subject="Automatic reply", text=text, more=language_field).encode())
    assert found.until == wanted


@pytest.mark.parametrize(
    ("date_field", "text", "wanted"),
    [
        # Sunday evening in California, Monday in Greenwich
        ("Sun, 08 Mar 2026 20:01:00 -0700", "I am travelling and back on Monday.", day(3, 9)),
        ("Sun, 08 Mar 2026 20:01:00 -0700", "I will be back tomorrow.", day(3, 9)),
        ("Sun, 08 Mar 2026 20:01:00 -0700", "I am away until 9 March.", day(3, 9)),
        # Wednesday morning in Sydney, Tuesday in Greenwich
        ("Wed, 04 Mar 2026 08:01:00 +1100", "Out today, back tomorrow.", day(3, 5)),
        ("Wed, 04 Mar 2026 08:01:00 +1100", "I am back on Wednesday.", day(3, 11)),
        # no zone, or one that says nothing (RFC 5322 section 3.3)
        ("Sun, 08 Mar 2026 20:01:00", "I am travelling and back on Monday.", day(3, 9)),
        ("Sun, 08 Mar 2026 20:01:00 -0000", "I am travelling and back on Monday.", day(3, 9)),
    ],
)
def test_the_day_is_seen_from_the_writers_own(date_field: str, text: str, wanted: date) -> None:
    head = _HEAD.replace("Tue, 03 Mar 2026 10:12:00 +0000", date_field)
    (found,) = read_message(head.format(subject="Automatic reply", text=text, more="").encode())
    assert found.until == wanted


def test_at_the_end_of_the_calendar_no_day_is_told() -> None:
    head = _HEAD.replace("Tue, 03 Mar 2026 10:12:00 +0000", "Fri, 31 Dec 9999 10:12:00 +0000")
    for text in ("I am back on Monday.", "I am back tomorrow.", "I am away until 4.5."):
        (found,) = read_message(head.format(subject="Automatic reply", text=text, more="").encode())
        assert found.until is None


def test_the_day_is_seen_from_the_arrival_where_the_date_is_later_than_that() -> None:
    head = _HEAD.replace("Tue, 03 Mar 2026 10:12:00 +0000", "Sat, 13 Mar 2027 20:01:00 -0700")
    raw = head.format(subject="Automatic reply", text="I am away until 13 March.", more="").encode()
    (found,) = read_message(raw, arrived_at=datetime(2026, 3, 9, 3, 1, tzinfo=UTC))
    assert found.until == day(3, 13)


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("Automatic reply: away until 13 March", day(3, 13)),
        ("AUTO: Rita Reader ist außer Haus (Rückkehr am 16.03.2026)", day(3, 16)),
        ("Abwesenheitsnotiz: bis 13.03.", day(3, 13)),
    ],
)
def test_the_subject_is_read_where_the_text_names_no_day(subject: str, wanted: date | None) -> None:
    assert until("Thank you for your mail.", subject=subject) == wanted


def test_a_text_in_two_languages_is_read_in_either() -> None:
    assert until("Ich bin nicht im Büro.\n\nI am out of office until 13 March.") == day(3, 13)


def test_the_quoted_mail_below_is_not_read() -> None:
    assert until("I am away.\n\n> Can you do it until 13 March?") is None


def test_a_foreign_order_of_day_and_month_is_believed_where_the_usual_one_lies_months_ahead() -> None:
    british = "Content-Language: en-GB\n"
    assert until("I am out from 3/2/2026 through 3/9/2026.", more=british) == day(3, 9)
    assert until("I am out until 4/5/2026.", more=british) == day(5, 4)

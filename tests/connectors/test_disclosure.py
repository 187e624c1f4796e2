"""The line that says a mail is tracked: in its language, in its direction, with a version."""

import pytest

from connectors.disclosure import as_markup, as_text, is_seen, wording_for, wordings

WRITTEN = {
    "ar": "مرحبا آنا، تجدين عرض السعر لشهر يونيو أدناه، مع التحية",
    "cs": "Dobrý den, v příloze zasílám nabídku na červen, s pozdravem",
    "da": "Kære Anna, her er tilbuddet for juni, som vi talte om i går",
    "de": "Sehr geehrte Frau Meier, anbei das Angebot für Juni, wie besprochen",
    "el": "Αγαπητή Άννα, σας στέλνω την προσφορά για τον Ιούνιο",
    "en": "Dear Ann, the offer for June is below, as we discussed yesterday",
    "es": "Estimada Ana, le envío la oferta para el mes de junio que hablamos",
    "fi": "Hei Anna, tässä on tarjous kesäkuulle, kuten eilen puhuimme",
    "fr": "Chère Anne, vous trouverez ci-dessous notre offre pour le mois de juin",
    "he": "שלום אנה, מצורפת הצעת המחיר לחודש יוני כפי שדיברנו",
    "it": "Gentile Anna, in allegato trova l'offerta per il mese di giugno",
    "ja": "六月の見積書をお送りしますので、ご確認をお願いいたします。",
    "ko": "안녕하세요, 유월 견적서를 보내드리니 확인 부탁드립니다.",
    "nl": "Beste Anna, hierbij de offerte voor juni zoals we gisteren bespraken",
    "pl": "Dzień dobry, w załączniku przesyłam ofertę na czerwiec, pozdrawiam",
    "pt": "Prezada Ana, segue abaixo a nossa proposta para o mês de junho",
    "ru": "Уважаемая Анна, направляю Вам наше предложение на июнь месяц",
    "sv": "Hej Anna, här kommer offerten för juni som vi pratade om igår",
    "tr": "Sayın Ayşe, haziran ayı için teklifimizi aşağıda bulabilirsiniz",
    "uk": "Шановна Анно, надсилаю Вам нашу пропозицію на червень місяць",
    "zh": "您好，六月份的报价请见下文，如有问题请随时联系我们。",
}


@pytest.mark.parametrize("language", WRITTEN)
def test_a_mail_that_declares_nothing_is_told_by_its_words(language: str) -> None:
    assert wording_for("", WRITTEN[language], otherwise="en").language == language


@pytest.mark.parametrize(
    ("declared", "language"),
    [
        ("de-DE", "de"),
        ("nn, en", "nb"),
        ("iw", "he"),
        ("zh_TW", "zh"),
        ("tlh de", "de"),
        ("x-unknown", "fr"),
        ("", "fr"),
    ],
)
def test_what_a_mail_declares_goes_before_its_words(declared: str, language: str) -> None:
    assert wording_for(declared, WRITTEN["fr"], otherwise="en").language == language


def test_few_words_tell_no_language() -> None:
    assert wording_for("", "Bonjour, oui", otherwise="de").language == "de"
    assert wording_for("", "", otherwise="tlh").language == "en"


@pytest.mark.parametrize("language", wordings())
def test_every_wording_has_its_words_and_runs_its_way(language: str) -> None:
    ours = wordings()[language]
    assert all((ours.sentence, ours.stop, ours.view))
    assert ours.direction == ("rtl" if language in ("ar", "he") else "ltr")
    markup = as_markup(ours, opt_out="https://relay.example/o/T")
    assert f'lang="{language}" dir="{ours.direction}"' in markup
    assert markup.isascii()
    assert ("text-align:right" in markup) == (ours.direction == "rtl")


def test_ones_own_words_hold_in_every_language_and_have_a_version_of_their_own() -> None:
    own = wording_for("de", "", otherwise="en", sentence="<We> look.", stop="No")
    assert (own.sentence, own.stop, own.view) == ("<We> look.", "No", "Im Browser ansehen")
    assert own.version != wordings()["de"].version
    assert own.version.startswith("de-")
    assert "&lt;We&gt; look." in as_markup(own, opt_out="x")
    assert wording_for("en", "", otherwise="en", sentence="أنا أرى ذلك").direction == "rtl"


def test_a_version_changes_with_the_words_and_with_nothing_else() -> None:
    assert len({each.version for each in wordings().values()}) == len(wordings())
    assert wordings()["en"].version == wording_for("en-GB", "", otherwise="de").version


def test_the_lines_of_plain_text_name_both_addresses() -> None:
    lines = as_text(wordings()["en"], opt_out="https://r.example/o/T", view="https://r.example/v/T#K").splitlines()
    assert lines[-3:] == [
        "View in browser: https://r.example/v/T#K",
        wordings()["en"].sentence,
        "Stop this: https://r.example/o/T",
    ]


@pytest.mark.parametrize("seen", ["No thanks", "\u200bStop", "停止", "توقف", "x"])
def test_words_with_a_letter_are_seen(seen: str) -> None:
    assert is_seen(seen)


@pytest.mark.parametrize(
    "unseen", ["", " ", "\u200b", "\u00a0\u2060\t", "\u3164", "\ufe0f\u0301", "\u2800", ".", "\U000e0041"]
)
def test_words_without_a_letter_are_not(unseen: str) -> None:
    assert not is_seen(unseen)

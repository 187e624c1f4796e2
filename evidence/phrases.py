"""Turns of phrase that mail programs and people use, by language. Each is a regular expression without groups.

No rule rests on a phrase alone where the form of a message can tell; these are for the forms that say nothing else.
"""

import re


def any_of(*phrases: str, start: bool = False) -> re.Pattern[str]:
    """A pattern that finds any of the phrases, whatever the letter case; at the start of the text if wanted."""
    return re.compile((r"^\s*" if start else "") + "(?:" + "|".join(phrases) + ")", re.IGNORECASE)


def at_word(*phrases: str) -> str:
    """A phrase for `any_of`: one of these where a word begins, which is looked at once for all of them."""
    return r"\b(?:" + "|".join(phrases) + ")"


#: what auto-responders alone put before the subject: Exchange, Outlook, Domino, GroupWise, iCloud, web mailers
AUTO_REPLY_TITLE = any_of(
    r"\[?auto(?:mat(?:ic|ed))?[ -]?(?:reply|response|respond\w*|respons|acknowledge?ment)\b\]?(?: from)?\s?[:：\]]",
    r"auto(?:matic|mated)?[ -]?reply\b",
    r"auto ?: ",
    r"out[ -]of[ -](?:the[ -])?office(?: auto ?-?reply| reply| message| response| notification)?\s?[:：(\[]",
    r"out[ -]of[ -]office auto ?-?reply",
    r"auto(?:matische)?[ -]?antwort\s?[:：]",
    r"automatische abwesenheit\w*",
    r"abwesenheits(?:notiz|nachricht|meldung|assistent)\w*\s?[:：]",
    r"réponse automatique",
    r"absence du bureau\s?[:：]",
    r"respuesta automática",
    r"risposta automatica",
    r"resposta autom[áà]tica",
    r"răspuns automat",
    r"automatisch antwoord",
    r"automatski odgovor",
    r"samodejni odgovor",
    r"automaatvastus",
    r"automātiskā atbilde",
    r"automatinis atsakymas",
    r"sjálfvirkt svar",
    r"trả lời tự động",
    r"balasan (?:otomatis|automatik)",
    r"erantzun automatikoa",
    r"automatiskt? svar",
    r"autosvar",
    r"automaattinen vastaus",
    r"odpowiedź automatyczna",
    r"automatyczna odpowiedź",
    r"automatická odpově[dď]",
    r"automatická odpoveď",
    r"automatikus válasz",
    r"otomatik yanıt",
    r"αυτόματη απάντηση",
    r"автоматический ответ",
    r"автоответ",
    r"автоматична відповідь",
    r"автоматичен отговор",
    r"а[ву]томатски одговор",
    r"ตอบกลับอัตโนมัติ",
    r"پاسخ خودکار",
    r"自動返信",
    r"自動応答",
    r"自动答复",
    r"自动回复",
    r"自動回覆",
    r"자동 ?회신",
    r"자동 ?응답",
    r"رد تلقائي",
    r"(?:תשובה|מענה|הודעה) אוטומטית?",
    start=True,
)

#: subjects about an absence, which people write too
ABSENCE_SUBJECT = any_of(
    r"auto(?:mat\w+)?[ -]?(?:reply|response|respond\w*|respons|acknowledge?ment|antwort)\b",
    r"(?:vacation|holiday)s?\s*(?:$|[-:!.(]|(?:until|till|from|since|auto|response|reply|notice|message|notification)\b)",
    r"out[ -]of[ -](?:the[ -])?office",
    r"(?:ooo|oof|pto)\b",
    r"on (?:vacation|holiday|leave)\b",
    r"away from (?:my|the) (?:e?-?mail|office|desk)",
    r"(?:i am|i'm|i’m|currently) (?:away|out|on|absent)\b",
    r"away\s*$",
    r"away until\b",
    r"abwesenheits\w*",
    r"abwesen(?:d|heit)\b",
    r"nicht im (?:büro|haus|hause)\b",
    r"(?:im )?urlaub\b",
    r"absente?\b",
    r"absence\b",
    r"message d['’]absence",
    r"en (?:vacances|congés?)\b",
    r"fuera de (?:la )?oficina",
    r"ausen(?:te|cia)\b",
    r"fuori (?:sede|ufficio)",
    r"assen(?:te|za)\b",
    r"fora do escritório",
    r"ausência\b",
    r"afwezig\w*",
    r"frånvaro\w*",
    r"fravær\w*",
    r"poissa\b",
    r"poza biurem",
    r"nieobecn\w+",
    r"nepřítomn\w+",
    r"вне офиса",
    r"нет на месте",
    r"отсутств\w+",
    r"不在",
    r"休假",
    r"외출",
    r"부재",
    start=True,
)

#: subjects that say of a person by name that they are away, as Notes and Domino write them
AWAY_BY_NAME = any_of(
    r"(?:auto: )?[^:]{2,60}? (?:is (?:currently )?(?:out of the office|away|on (?:vacation|holiday|leave))"
    r"|will be out of the office|ist (?:außer haus|nicht im (?:büro|hause?)|abwesend|im urlaub)"
    r"|est (?:absente?|en congés?)|(?:está|estará) (?:ausente|fuera)|è (?:assente|fuori)|is (?:afwezig|niet aanwezig)"
    r"|är (?:frånvarande|inte på kontoret)|er (?:fraværende|ikke på kontoret)|jest nieobecn[ay]|отсутствует)\b",
    start=True,
)

#: how an absence or an automaton is spoken of in a text
ABSENCE_WORDS = any_of(
    r"\bout of (?:the )?(?:office|town|country)\b",
    r"\bon (?:vacation|holidays?|leave|a break)\b",
    r"\b(?:i am|i'm|i’m|currently) (?:away|out|absent|unavailable|travell?ing)\b",
    r"\bautomat(?:ic|ed|ically)\b",
    r"\bauto-?(?:reply|responder|response)\b",
    r"\b(?:abwesend|abwesenheit|urlaub|nicht im büro|nicht erreichbar|automatische)\b",
    r"\b(?:absente?|en congés?|en vacances|automatique)\b",
    r"\b(?:ausente|de vacaciones|fuera de la oficina|automátic[ao])\b",
    r"\b(?:assente|in ferie|fuori ufficio|automatic[ao])\b",
    r"\b(?:afwezig|op vakantie|automatisch)\b",
    r"\b(?:em férias|fora do escritório)\b",
    r"\b(?:frånvarande|på semester|fraværende|på ferie|poissa|lomalla)\b",
    r"\b(?:nieobecn\w+|urlop\w+|nepřítom\w+|dovolen\w+)\b",
    r"\b(?:отпуск\w*|отсутств\w*|автоматическ\w*)\b",
    r"不在|休暇|自動|休假|外出|부재|휴가|자동",
)

_COUNTED = r"\s*(?:[\[(]\d+[\])])?\s*[:：]"
_ANSWERS = (
    r"re|aw|sv|antw(?:ort)?|ant|r|rv|rép|réf|odp|vs|ynt|ref|rif|res|vá|atb|σχετ|απ|отв"
    r"|回复|回復|答复|回覆|返信|답장|회신"
)
_FORWARDS = r"fwd?|wg|tr|doorst|i|enc|vb|vl|pd|továbbítás|转发|轉寄|転送|전달"

#: prefixes that mail programs put before the subject of an answer or a forward
ANSWER_PREFIX = any_of(f"(?:{_ANSWERS}|{_FORWARDS}){_COUNTED}", start=True)

#: those of a forward alone
FORWARD_PREFIX = any_of(f"(?:{_FORWARDS}){_COUNTED}", start=True)

#: how the subject of a receipt begins, in the language of the reader's program; people write so too
READ_SUBJECT = any_of(
    r"read\s?:",
    r"(?:return|read) (?:receipt|notification)",
    r"rcpt\s?:",  # Pegasus
    r"receipt(?: notification)?\s?[:(-]",
    r"gelesen\s?:",
    r"(?:lese|empfangs)bestätigung",
    r"lu\s?:",
    r"(?:accusé|confirmation) de (?:lecture|réception)",
    r"leído\s?:",
    r"(?:acuse|confirmación) de (?:lectura|recibo)",
    r"letto\s?:",
    r"conferma di lettura",
    r"gelezen\s?:",
    r"leesbevestiging",
    r"lid[ao]\s?:",
    r"(?:recibo|confirmação) de leitura",
    r"(?:läst|læst|lest|luettu|přečteno|przeczytano|elolvasva|okundu|прочтено|прочитано)\s?:",
    r"(?:開封済み|已读|讀取|읽음)\s?[:：]",
    start=True,
)

#: what a mail program puts between naming a message and saying that it was read: its recipient, subject, date
_NAMED = r"\b[\s\S]{0,300}?"

#: the sentence of a mail program that reports reading without any form
FREE_TEXT_RECEIPT = any_of(
    r"this is a (?:return |read )?receipt for the (?:(?:e-?)?mail|message)",
    r"receipt (?:verifies|acknowledges|confirms) that the (?:(?:e-?)?mail|message)",
    rf"your (?:(?:e-?)?mail|message){_NAMED}\b(?:was|has been) (?:read|opened|displayed)(?: (?:on|at|by)\b|[.,\n]|$)",
    rf"the (?:(?:e-?)?mail|message) (?:that )?you sent{_NAMED}\b(?:was|has been) (?:read|opened|displayed)",
    r"return receipt\s+your document:[\s\S]{0,300}?\bwas received by:",  # Notes
    r"confirmation of reading: your message",  # Pegasus
    r"dies ist eine (?:empfangs|lese)bestätigung",
    rf"ihre (?:e-?mail|nachricht){_NAMED}\bwurde\b[\s\S]{{0,60}}?\b(?:gelesen|geöffnet|angezeigt)",
    rf"votre (?:e-?mail|message|courriel){_NAMED}\ba été (?:lu|ouvert|affiché)",
    rf"su (?:correo|mensaje){_NAMED}\b(?:fue|ha sido) (?:leído|abierto|mostrado)",
    rf"il (?:suo |tuo )?messaggio{_NAMED}\bè stato (?:letto|aperto|visualizzato)",
    rf"(?:uw|je) (?:e-?mail|bericht){_NAMED}\bis (?:op [^\n]{{0,60}})?(?:gelezen|geopend|weergegeven)",
    rf"mensagem{_NAMED}\bfoi (?:lida|aberta|exibida)",
    rf"wiadomość{_NAMED}\b(?:została|zostało) (?:[^\n]{{0,60}})?(?:przeczytan|wyświetlon|otwart)",
    rf"(?:сообщение|письмо){_NAMED}\b(?:было )?(?:прочитано|просмотрено|открыто)",
    rf"(?:meddelande|mail){_NAMED}\b(?:lästes|har lästs|blev läst)",
    rf"(?:meddelelse|besked|melding|e-?mail){_NAMED}\b(?:blev læst|er læst|ble lest|er lest)",
    rf"viesti\w*{_NAMED}\b(?:luettiin|on luettu)",
    rf"zpráv[au]{_NAMED}\bbyla (?:[^\n]{{0,60}})?(?:přečtena|zobrazena)",
    rf"üzenet\w*{_NAMED}\b(?:elolvas\w+|megnyit\w+)",
    rf"ileti\w*{_NAMED}\bokundu",
    r"メッセージ[\s\S]{0,300}?(?:開封|読まれ|表示され)",
    r"(?:邮件|郵件|消息)[\s\S]{0,300}?(?:阅读|已读|讀取|已讀)",
    r"메시지[\s\S]{0,300}?읽",
)

#: a filter asks the sender to prove something before it lets the mail in
CHALLENGE = any_of(
    r"boxbe",
    r"spam ?arrest",
    r"\btmda\b",
    r"choicemail",
    r"challenge[- /]response",
    r"bluebottle",
    r"spamcop.*confirm",
    r"(?:confirm|verify|prove) (?:that )?you(?:r (?:e?-?mail|address|identity|message)| are| sent|rself)",
    r"(?:approved|allowed|trusted) senders?(?:'s|s')? list",
    r"guest list",
    r"sender (?:address )?verification",
    r"not (?:yet )?(?:on|in) (?:my|the|his|her|their) (?:list of )?(?:approved|allowed|white|trusted|guest)",
)

#: a person asks for no more mail; looked for only in few own words
STOP = any_of(
    at_word(
        r"unsubscribe\b",
        r"remove (?:me|us)\b",
        r"take (?:me|us) off\b",
        r"opt(?:ing)?[ -]?(?:me )?out\b",
        r"please stop\b",
        r"leave me alone\b",
        r"stop (?:e?-?mailing|contacting|writing|sending|messaging|following|bothering)",
        r"(?:do not|don't|don’t|never) (?:contact|e-?mail|write(?: to)?|message|bother)"
        r" (?:me|us|this address|again|any ?more)\b",
        r"(?:do not|don't|don’t) follow[- ]up\b",
        r"no longer (?:wish|want) to (?:receive|be contacted|hear)\b",
        r"no (?:more|further) (?:e-?mails?|follow[- ]?ups?|messages|reminders)\b",
        r"not interested\b",
        r"abmelden\b",
        r"austragen\b",
        r"kein(?:e|en) (?:weiteren )?(?:(?:e-?)?mails?|nachrichten|anfragen|erinnerungen) (?:mehr|schicken|senden)\b",
        r"kein(?:e|en) weiteren (?:(?:e-?)?mails?|nachrichten|anfragen|erinnerungen)\b",
        r"nicht (?:mehr|weiter) (?:an(?:zu)?schreiben|(?:zu )?schreiben|(?:zu )?kontaktieren)\b",
        r"aus (?:ihrem|dem|eurem) verteiler\b",
        r"kein interesse\b",
        r"désinscri\w+",
        r"désabonne\w+",
        r"ne (?:plus|pas) me (?:contacter|écrire)\b",
        r"ne me contactez plus\b",
        r"pas intéressée?\b",
        r"dar(?:me)? de baja\b",
        r"no me (?:contacte|escriba|env[ií]e)n?\b",
        r"deje de (?:escribir|enviar|contactar)",
        r"cancell(?:ami|armi)\b",
        r"non (?:contattarmi|scrivermi)\b",
        r"non mi (?:scriv|contatt|invi)\w+ più\b",
        r"não (?:me )?(?:envie|mande|escreva|contacte|contate)m? mais\b",
        r"não me (?:envie|mande|escreva|contacte|contate)m?\b",
        r"cancelar (?:a )?(?:inscrição|subscrição)\b",
        r"afmelden\b",
        r"geen (?:e-?)?mails? meer\b",
        r"niet meer (?:e?mailen|benaderen|schrijven)\b",
        r"uitschrijven\b",
        r"wypis(?:ać|z)\b",
        r"(?:usunięcie|usunąć) mnie\b",
        r"proszę (?:już )?nie (?:pisać|kontaktować|wysyłać)",
        r"sluta (?:mejla|maila|skicka|skriva|kontakta)",
        r"не пишите (?:мне )?больше\b",
        r"больше (?:мне )?не пишите\b",
        r"отпи(?:сать|шите)\w*",
        r"ne contactați\b",
        r"avregistrera\b",
    ),
    r"配信停止",
    r"退订",
)

#: the line after which only the quoted mail follows, as mail programs write it
QUOTE_BEGINS = re.compile(
    r"^\s*(?:"
    r"-{2,} ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale"
    r"|mensagem original|oorspronkelijk bericht|forwarded message|weitergeleitete nachricht|message transféré)\b.*"
    r"|_{10,}\s*|begin forwarded message:.*"
    r"|.{4,200}\b(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napisała?|написала?"
    r"|kirjoitti)\b.{0,80}[:：]\s*"
    r"|(?:from|von|de|da|van|från|fra|od|от|差出人|发件人)\s?[:：]\s?.{0,200}@.*"
    r")$",
    re.IGNORECASE,
)

#: the first line of one that a program has broken in two or three: `On Thu, 7 May 2026, Bob <`, `bob@x.example> wrote:`
QUOTE_BROKEN = re.compile(
    r"(?:on|am|le|el|il|op|em|den|dne|dnia|\d{1,4}[-./年]\d{1,2})\b(?=.*\d).{0,200}$", re.IGNORECASE
)
#: the head of a quoted mail as Outlook writes it, which may give names alone: `From: Bob`, and below it the next
QUOTED_FROM = re.compile(r"\*?(?:from|von|de|da|van|från|fra|od|от|差出人|发件人)\s?[:：]\*?\s?\S", re.IGNORECASE)
QUOTED_SENT = re.compile(
    r"\*?(?:sent|date|gesendet|datum|envoyé|enviado(?: el)?|fecha|data|inviato|verzonden|skickat|sendt|wysłano"
    r"|отправлено|送信日時|发送时间)\s?[:：]\*?\s?\S",
    re.IGNORECASE,
)
QUOTED_SUBJECT = re.compile(
    r"\*?(?:subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|temat|тема|件名|主题)\s?[:：]",
    re.IGNORECASE,
)

#: what phones and mail programs sign with by themselves, a line of its own
SIGNED_BY_PROGRAM = re.compile(
    r"(?:sent (?:from|via|with|using) (?:my|outlook|mail|yahoo|proton|gmail|samsung|mobile|a mobile|the all.new)\b"
    r"|get (?:outlook|bluemail) for\b"
    r"|von meinem .{1,40} gesendet$"
    r"|gesendet (?:von|mit|aus|über) (?:meinem|der|dem|outlook|mail|yahoo|proton|samsung)\b"
    r"|(?:holen sie sich )?outlook für (?:ios|android)\b"
    r"|envoyé (?:de|depuis|à partir de|avec) (?:mon|ma|outlook|mail|yahoo|proton|l['’]app)"
    r"|(?:obtenir|obtenez|téléchargez?|télécharger) outlook pour\b"
    r"|enviado (?:desde|do|de|a partir do) (?:mi|meu|outlook|correo|yahoo|proton|samsung)\b"
    r"|(?:obtener|obter o|obtenha o) outlook para\b"
    r"|inviato d(?:a|al mio) (?:iphone|ipad|outlook|mail|yahoo|samsung|cellulare)|(?:ottieni|scarica) outlook per\b"
    r"|verstuurd vanaf mijn\b|(?:outlook voor (?:ios|android))\b"
    r"|skickat från min\b|sendt fra min\b|wysłane z (?:iphone|mojego|outlook)|отправлено с (?:iphone|моего)"
    r"|iphoneから送信)[^?？]{0,80}$",
    re.IGNORECASE,
)

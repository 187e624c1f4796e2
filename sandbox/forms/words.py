"""What programs say in four languages. Prefixes as in Outlook; texts are our own."""

from dataclasses import dataclass
from datetime import date, datetime

from sandbox.forms.occasion import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language."""

    #: subject prefixes, each with its own punctuation
    read: str
    not_read: str
    automatic_reply: str
    reply: str
    #: filled with to, subject, sent, at
    was_read: str
    was_deleted: str
    #: filled with day: the first day back
    away: str
    #: January to December, blank-separated
    months: str
    #: filled with day, month, year
    long_date: str
    #: filled with date, name
    wrote: str
    answer: str
    thanks: str
    stop: str

    def date(self, day: date) -> str:
        """A day in words."""
        return self.long_date.format(day=day.day, month=self.months.split()[day.month - 1], year=day.year)

    def moment(self, at: datetime) -> str:
        """A day in words and a time (UTC)."""
        return f"{self.date(at.date())} {at:%H:%M} (UTC)"


_ENGLISH = Words(
    read="Read: ",
    not_read="Not read: ",
    automatic_reply="Automatic reply: ",
    reply="Re: ",
    was_read="Your message\n\n   To: {to}\n   Subject: {subject}\n   Sent: {sent}\n\n was read on {at}.",
    was_deleted="Your message\n\n   To: {to}\n   Subject: {subject}\n   Sent: {sent}\n\n was deleted without being read"
    " on {at}.",
    away="Thank you for your message. I am out of the office and will be back on {day}.\n"
    "For anything urgent please call the front desk.",
    months="January February March April May June July August September October November December",
    long_date="{day} {month} {year}",
    wrote="On {date}, {name} wrote:",
    answer="Hello,\n\nI have been through it, and it looks right to me. Let us go ahead.\n\nKind regards",
    thanks="Thanks!",
    stop="Please stop writing to me about this. I do not want any further messages from you.",
)

_GERMAN = Words(
    read="Gelesen: ",
    not_read="Nicht gelesen: ",
    automatic_reply="Automatische Antwort: ",
    reply="AW: ",
    was_read="Ihre Nachricht\n\n   An: {to}\n   Betreff: {subject}\n   Gesendet: {sent}\n\n wurde am {at} gelesen.",
    was_deleted="Ihre Nachricht\n\n   An: {to}\n   Betreff: {subject}\n   Gesendet: {sent}\n\n wurde am {at} ungelesen"
    " gelöscht.",
    away="Vielen Dank für Ihre Nachricht. Ich bin zurzeit nicht im Büro und ab dem {day} wieder erreichbar.\n"
    "In dringenden Fällen wenden Sie sich bitte an unsere Zentrale.",
    months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    long_date="{day}. {month} {year}",
    wrote="Am {date} schrieb {name}:",
    answer="Guten Tag,\n\nich habe alles durchgesehen, es passt so. Bitte legen Sie los.\n\nViele Grüße",
    thanks="Danke!",
    stop="Bitte schreiben Sie mir dazu nicht mehr. Ich möchte keine weiteren Nachrichten von Ihnen.",
)

_FRENCH = Words(
    read="Lu : ",
    not_read="Non lu : ",
    automatic_reply="Réponse automatique : ",
    reply="RE : ",
    was_read="Votre message\n\n   À : {to}\n   Objet : {subject}\n   Envoyé : {sent}\n\n a été lu le {at}.",
    was_deleted="Votre message\n\n   À : {to}\n   Objet : {subject}\n   Envoyé : {sent}\n\n a été supprimé sans être lu"
    " le {at}.",
    away="Merci de votre message. Je suis absent du bureau et serai de retour le {day}.\n"
    "En cas d'urgence, veuillez appeler l'accueil.",
    months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    long_date="{day} {month} {year}",
    wrote="Le {date}, {name} a écrit :",
    answer="Bonjour,\n\nj'ai tout relu et cela me convient. Vous pouvez commencer.\n\nBien cordialement",
    thanks="Merci !",
    stop="Merci de ne plus m'écrire à ce sujet. Je ne souhaite plus recevoir de messages de votre part.",
)

_SPANISH = Words(
    read="Leído: ",
    not_read="No leído: ",
    automatic_reply="Respuesta automática: ",
    reply="RE: ",
    was_read="Su mensaje\n\n   Para: {to}\n   Asunto: {subject}\n   Enviado: {sent}\n\n fue leído el {at}.",
    was_deleted="Su mensaje\n\n   Para: {to}\n   Asunto: {subject}\n   Enviado: {sent}\n\n se eliminó sin haberse leído"
    " el {at}.",
    away="Gracias por su mensaje. Estoy fuera de la oficina y volveré el {day}.\n"
    "Si es urgente, llame por favor a recepción.",
    months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    long_date="{day} de {month} de {year}",
    wrote="El {date}, {name} escribió:",
    answer="Buenos días:\n\nlo he revisado todo y me parece bien. Adelante.\n\nUn saludo",
    thanks="¡Gracias!",
    stop="Por favor, no me escriba más sobre esto. No quiero recibir más mensajes suyos.",
)

WORDS: dict[Language, Words] = {
    Language.ENGLISH: _ENGLISH,
    Language.GERMAN: _GERMAN,
    Language.FRENCH: _FRENCH,
    Language.SPANISH: _SPANISH,
}

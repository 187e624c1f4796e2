"""How people say when they are back, by language (ISO 639-1)."""

import re

from evidence.phrases import any_of

#: words before the day of return, or the last day away, by language
_BEFORE = {
    "en": (
        r"\buntil\b",
        r"\btill\b",
        r"\bthrough\b",
        r"\bthru\b",
        r"\bfrom\b[^.\n]{3,40}?(?:\bto\b|–|-)",
        r"\breturn(?:ing)?\b",
        r"(?<!get )(?<!getting )(?<!call )(?<!come )\bback\b(?! to you)",
        r"\bavailable (?:again )?(?:on|from)\b",
        r"\bresum\w+ (?:\w+ ){0,3}?on\b",
    ),
    "de": (
        r"\bbis (?:einschließlich |einschl\. |inkl\. |inklusive )?(?:zum |zu |am )?",
        r"\brückkehr\b(?: (?:am|ab))?",
        r"\bzurück (?:\w+ ){0,3}?(?:am|ab|sein)\b",
        r"\bwieder (?:\w+ ){0,5}?(?:am|ab)\b",
        r"\b(?:ab|am)\b(?: dem)?(?=.{3,40}\b(?:wieder|zurück|erreichbar))",
    ),
    "fr": (
        r"\bjusqu['’](?:au|à|en)\b(?: inclus)?",
        r"\b(?:de )?retour\b(?: \w+){0,3}?(?: (?:le|à partir du|dès le))?\b",
        r"\bà partir du\b(?=.{0,40}\b(?:retour|disponible))",
        r"\breviendrai\b(?: \w+){0,3}? le\b",
        r"\bau (?=\d)",
    ),
    "es": (
        r"\bhasta (?:el )?",
        r"\b(?:regres|vuelv|volver|reincorpor)\w*\b(?: \w+){0,4}? (?:el|a partir del|en)\b",
        r"\bde vuelta (?:el|en)\b",
        r"\bal (?=\d)",
    ),
    "it": (
        r"\bfino a(?:d|l(?:l['’])?)?\b",
        r"\brientr\w+\b(?: \w+){0,3}?(?: (?:il|l['’]|dal))?",
        r"\btorn\w+\b(?: \w+){0,3}?(?: (?:il|l['’]))?",
        r"\bal (?=\d)",
    ),
    "pt": (
        r"\baté (?:ao |o )?(?:dia )?",
        r"\b(?:volt|regress|retorn)\w*\b(?: \w+){0,4}? (?:em|no dia|na|no|a|dia)\b",
        r"\ba (?=\d)",
    ),
    "nl": (
        r"\btot(?: en met)?\b",
        r"\bt/m\b",
        r"\bterug\b(?: \w+){0,3}? (?:op|vanaf)\b",
        r"\bvanaf\b(?=.{3,40}\b(?:weer|terug|bereikbaar))",
        r"(?:^|[.!?]\s)(?=\w{3,6}dag ben ik (?:weer )?(?:terug|bereikbaar))",
    ),
    "sv": (r"\btill(?: och med)?\b", r"\bt\.?o\.?m\.?", r"\b(?:tillbaka|åter)\b(?: \w+){0,3}? (?:den|på|från)?"),
    "da": (r"\bindtil\b", r"\btil(?: og med)?\b", r"\btilbage\b(?: \w+){0,3}? (?:den|d\.)?"),
    "nb": (r"\bfrem til\b", r"\btil(?: og med)?\b", r"\btilbake\b(?: \w+){0,3}? (?:den)?"),
    "fi": (r"\bpalaan\b(?: \w+){0,2}?", r"\basti\b"),
    "pl": (r"\bdo (?:dnia )?(?=\d)", r"\bwracam\b(?: \w+){0,2}?", r"\bwrócę\b(?: \w+){0,2}?"),
    "cs": (r"\bdo (?=\d)", r"\bvrátím se\b"),
    "sk": (r"\bdo (?=\d)", r"\bvrátim sa\b", r"\bsom späť\b"),
    "hr": (r"\bdo (?=\d)", r"\bvraćam se\b", r"\bponovno (?:u uredu|dostup\w+)\b"),
    "sl": (r"\bdo (?=\d)", r"\bvrnem se\b", r"\bspet (?:v pisarni|dosegljiv\w*)\b"),
    "hu": (r"\bvisszatér\w*\b", r"\blegközelebb\b"),
    "ro": (r"\bpână (?:pe|la|în|joi|la data de)?", r"\b(?:revin|mă întorc|voi reveni)\b(?: \w+){0,2}?(?: pe)?"),
    "el": (
        r"\b(?:έως|μέχρι|ως)\b(?: και)?(?: τις| την| τη)?",
        r"\b(?:θα )?επιστρέ[φψ]ω\b(?: \w+){0,2}?(?: στις| την)?",
    ),
    "tr": (r"\bdöneceğim\b",),
    "bg": (r"\bдо\b", r"\bще се върна\b(?: на)?"),
    "ca": (r"\bfins (?:al|a l['’]|el)\b", r"\btorn(?:o|aré)\b(?: \w+){0,2}? (?:el|l['’])"),
    "et": (r"\bkuni\b", r"\btagasi\b"),
    "lv": (r"\blīdz\b",),
    "lt": (r"\biki\b",),
    "id": (r"\b(?:sampai|hingga)\b(?: dengan)?(?: tanggal)?", r"\bkembali\b(?: \w+){0,3}? (?:pada|tanggal)\b"),
    "vi": (r"\bđến (?:hết )?(?:ngày)?", r"\btrở lại\b(?: \w+){0,3}? ngày\b"),
    "th": (r"(?:จนถึง|ถึง)(?:วันที่)?",),
    "ar": (r"(?:حتى|لغاية|إلى غاية)(?: يوم| تاريخ)?", r"سأعود(?: \w+){0,3}?(?: يوم| في)?"),
    "he": (r"\bעד(?: ה?-?| ל)?", r"\b(?:אחזור|אשוב|חוזר(?:ת)?)\b(?: \w+){0,2}?(?: ב-?)?"),
    "zh": (r"至|直到|休假到",),
    "ru": (r"\bдо\b", r"\bпо\b(?= \d)", r"\bвернусь\b", r"\bвыхожу\b"),
    "uk": (r"\bдо\b", r"\bповернуся\b"),
}
#: languages that write the day before the word
_AFTER = {
    "ja": r"まで|に戻|(?:から|より)(?:出社|出勤|通常|業務|復帰)",
    "zh": r"之前|返回|回来|回來|为止|為止|恢复",
    "ko": r"까지|에 복귀",
    "hu": r"-?\.?-?ig\b|-?[áé]n (?:\w+ ){0,3}?(?:elérhető|vissza|újra|ismét)",
    "fi": r"\s?(?:asti|saakka)",
    "tr": r"['’]?[\w]{0,3}\s?(?:tarihine kadar|kadar|tarihinde (?:\w+ ){0,3}?(?:döneceğim|dönüyorum|olacağım))",
}

#: the days of the week from Monday, by how they begin
WEEKDAYS = {
    "en": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    "de": ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    "pt": ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"),
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "da": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "pl": ("poniedział", "wtor", "środ", "czwart", "piąt", "sobot", "niedziel"),
    "nb": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "fi": ("maanantai", "tiistai", "keskiviik", "torstai", "perjantai", "lauantai", "sunnuntai"),
    "cs": ("pondělí", "úterý", "střed", "čtvrt", "pátek", "sobot", "neděl"),
    "sk": ("pondel", "utor", "stred", "štvrt", "piatok", "sobot", "nedeľ"),
    "hu": ("hétfő", "kedd", "szerd", "csütörtök", "péntek", "szombat", "vasárnap"),
    "ro": ("luni", "marți", "miercuri", "joi", "vineri", "sâmbătă", "duminică"),
    "el": ("δευτέρα", "τρίτη", "τετάρτη", "πέμπτη", "παρασκευή", "σάββατο", "κυριακή"),
    "uk": ("понеділ", "вівтор", "серед", "четвер", "п'ятниц", "субот", "неділ"),
    "ru": ("понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресен"),
}

#: the day after, by language
TOMORROW = {
    "en": "tomorrow",
    "de": "morgen",
    "fr": "demain",
    "es": "mañana",
    "it": "domani",
    "pt": "amanhã",
    "nl": "morgen",
    "sv": "imorgon",
    "da": "i morgen",
    "nb": "i morgen",
}

#: words of absence that a span of days follows
_AWAY = {
    "en": (r"\b(?:out|away|absent|leave|vacation|holidays?|travell?ing|unavailable)\b",),
    "de": (r"\b(?:abwesend|urlaub|nicht (?:im büro|erreichbar))\b",),
    "fr": (r"\b(?:absente?|congés?|vacances)\b",),
    "es": (r"\b(?:ausente|vacaciones|fuera)\b",),
    "it": (r"\b(?:assente|ferie|fuori)\b",),
    "pt": (r"\b(?:ausente|férias|fora)\b",),
    "nl": (r"\b(?:afwezig|vakantie)\b",),
}

#: finds the word before the day
BEFORE = {language: any_of(*cues) for language, cues in _BEFORE.items()}
#: finds the word after the day, where a language says it so
AFTER = {
    language: re.compile(r"\s?(?:\([^)\n]{1,3}\))?\s?(?:" + cues + ")", re.IGNORECASE)
    for language, cues in _AFTER.items()
}
#: finds a word of absence
AWAY = {language: any_of(*cues) for language, cues in _AWAY.items()}
#: finds a day of the week, or the day after
WEEKDAY = {
    language: re.compile(r"\b(?:" + "|".join((*days, *filter(None, (TOMORROW.get(language),)))) + ")")
    for language, days in WEEKDAYS.items()
}

"""Which links must stay what they are: those that let in whoever holds them, and those a machine must not follow twice.

Generous on purpose: a link that is left costs a hint of reading, one that is led over the relay could cost a login.
"""

import re
from itertools import pairwise
from unicodedata import normalize
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

#: what may stand in a token of the relay: an absolute web address in ASCII
_WEB = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)
_LONGEST = 1_500
#: names of parameters, by the words in them
_SECRET_NAME = re.compile(
    r"""tok|sig|sign|code|otp|totp|pass|pwd|pw|pin|ticket|nonce|hash|hmac|mac|digest|checksum|state|sess|sid|sso|magic
    |access|credentials?|grant|assertion|cookie|invite|invitation|recovery|st""",
    re.VERBOSE,
)
#: what a word of a name that lets in holds, wherever in it
_SECRET_STEM = re.compile(
    r"""token|signature|key[0-9]?$|passw|passcode|pswd|secret(?!ar)|auth(?!or(?!i[sz]))|sess(?:ion|id)|bearer|onetime|saml
    |jwt|(?:security|access|verif\w*|log[io]n|confirm\w*|activat\w*|reset|invit\w*|pin|sms|otp|user)code""",
    re.VERBOSE,
)
#: words of a path, or of a value, that say what following the link does; leaving a list in some languages too
_SECRET_PATH = re.compile(
    r"""optin|optout|subscribe|subscriptions?|preferences|login|logon|signin|signon|signup|sso|auth|saml|recover|recovery
    |magic|magiclink|token|session|invite|invitation|oneclick|otp|totp|[2m]fa|motdepasse|baja|austragen|einloggen""",
    re.VERBOSE,
)
#: what a word of such a path holds, wherever in it; not as in catalogindex, presets, resettlement, cases confirmed
_PATH_STEM = re.compile(
    r"""unsub|optout|login(?!dex|fo|put|sight)|oauth|authenticate|authori[sz]e(?!d)|passwor[dt]|passcode|kennwort
    |wachtwoord|contrasena|(?<!p)reset(?!tl)|verify|verification|confirm(?!(?:s|ed|ing)$)|activate(?!d)|activation|onetime
    |abmeld|anmeld|abbestell|desinscri|desabonn|disiscri|afmeld|uitschrijv""",
    re.VERBOSE,
)
_WORD = re.compile(r"[a-z]+[0-9]?|[0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# long and without the shape of words: an id nobody could guess, which is the whole secret of a shared document
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_RUN = re.compile(r"[A-Za-z0-9_~-]{24,}")
_PIECE = re.compile(r"[A-Za-z0-9]{16,}")


def may_lead(target: str) -> bool:
    """Whether a link may be led over the relay.

    :param target: the address as a browser would go to it
    """
    if not _WEB.fullmatch(target) or len(target) > _LONGEST:
        return False
    try:
        parts = urlsplit(target)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc:
        return False
    return not (_is_secret_path(parts.path) or _has_secret_query(parts) or _is_random(unquote(target)))


def _is_secret_path(path: str) -> bool:
    return any(_acts(segment) for segment in unquote(path).split("/"))


def _has_secret_query(parts: SplitResult) -> bool:
    """By the names in the query, behind `;` in the path, and in the fragment where single-page programs keep theirs."""
    behind = unquote(parts.path).partition(";")[2].replace("/", ";")
    written = ";".join((parts.query, parts.fragment, behind)).replace(";", "&")
    return any(
        _says(name, _SECRET_NAME, _SECRET_STEM) or _acts(name) or _acts(value)
        for name, value in parse_qsl(written, keep_blank_values=True)
    )


def _acts(text: str) -> bool:
    return _says(text, _SECRET_PATH, _PATH_STEM)


def _says(text: str, word: re.Pattern[str], stem: re.Pattern[str]) -> bool:
    """Whether a name such as `X-Amz-Signature` holds a stem in a word, or a word, be it written as two or three."""
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = _WORD.findall(_CAMEL.sub(" ", plain).lower())
    runs = ("".join(found[at : at + length]) for length in (1, 2, 3) for at in range(len(found)))
    return any(map(stem.search, found)) or any(word.fullmatch(each.rstrip("0123456789")) for each in runs)


def _is_random(text: str) -> bool:
    if _UUID.search(text):
        return True
    return any(_looks_drawn(piece) for piece in _PIECE.findall(text)) or any(map(_mixes_all, _RUN.findall(text)))


def _looks_drawn(piece: str) -> bool:
    """Letters and digits mixed, or letter cases mixed as no name mixes them."""
    has_digits, has_letters = any(map(str.isdigit, piece)), any(map(str.isalpha, piece))
    switches = sum(one.isdigit() != other.isdigit() for one, other in pairwise(piece))
    cases = sum(one.islower() and other.isupper() for one, other in pairwise(piece))
    return (has_digits and has_letters and switches >= 3) or (len(piece) >= 20 and cases >= 4)


def _mixes_all(run: str) -> bool:
    """As base64 does."""
    return all(any(map(kind, run)) for kind in (str.isdigit, str.isupper, str.islower))

"""Which links must stay what they are: those that let in whoever holds them, and those a machine must not follow twice.

Generous on purpose: a link that is left costs a hint of reading, one that is led over the relay could cost a login.
"""

import re
from itertools import pairwise
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

#: what may stand in a token of the relay: an absolute web address in ASCII
_WEB = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)
_LONGEST = 1_500
#: names of query parameters, by the words in them
_SECRET_NAME = re.compile(
    r"""token|tok|sig|sign|signature|key|apikey|code|otp|pass|passwd|password|passcode|pwd|secret|auth|authorization|jwt
    |ticket|nonce|hash|hmac|mac|digest|checksum|state|session|sess|sid|sso|magic|access|credentials?|grant|assertion|pin
    |saml|samlresponse|cookie|invite|invitation|activate|activation|confirm|confirmation|verify|verification|recovery|st""",
    re.VERBOSE,
)
#: words of a path, or of a value, that say what following the link does; leaving a list in some languages too
_SECRET_PATH = re.compile(
    r"""unsubscribe|unsub|optout|optin|subscribe|subscriptions?|preferences|login|logon|signin|signon|signup|sso|oauth
    |auth|authorize|saml|reset|resetpassword|password|passwort|recover|recovery|verify|verification|confirm|confirmation
    |activate|activation|magic|magiclink|token|session|invite|invitation|oneclick|abmelden|abbestellen|desinscription
    |desabonnement|baja|disiscrizione|afmelden""",
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
    return any(_says(segment, _SECRET_PATH) for segment in unquote(path).split("/"))


def _has_secret_query(parts: SplitResult) -> bool:
    """By the names in the query, and in the fragment where single-page programs keep theirs."""
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *parse_qsl(parts.fragment, keep_blank_values=True)]
    return any(
        _says(name, _SECRET_NAME) or _says(name, _SECRET_PATH) or _says(value, _SECRET_PATH) for name, value in pairs
    )


def _says(text: str, word: re.Pattern[str]) -> bool:
    """Whether one of the words, or two that follow each other as one, stands in a name such as `X-Amz-Signature`."""
    found = _WORD.findall(_CAMEL.sub(" ", text).lower())
    together = (first + second for first, second in pairwise(found))
    return any(word.fullmatch(each.rstrip("0123456789")) for each in (*found, *together))


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

"""Web addresses as browsers name them in Origin (RFC 6454 section 6.1)."""

import re
from urllib.parse import urlsplit

#: what may be a host: a name, or an address in numbers
_NAME = re.compile(r"[a-z0-9._:-]+")
#: that goes without saying
_PORTS = {"http": 80, "https": 443}


def origin(address: str) -> str:
    """An address as browsers name it in Origin, without the port that goes without saying; empty if it is none.

    One with a path, a query or a name is none: the page needs a host of its own.
    """
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    name = parts.hostname or ""
    if parts.scheme not in _PORTS or not name.isascii() or parts.path not in ("", "/") or "@" in parts.netloc:
        return ""
    if not _NAME.fullmatch(name) or parts.query or parts.fragment:
        return ""
    shown = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown}{'' if port in (None, _PORTS[parts.scheme]) else f':{port}'}"

"""The pages a reader may see. They never change with the request: whatever the token, the same bytes go out."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

#: on every answer: nothing is kept, guessed at or passed on
EVERYWHERE = {
    "Cache-Control": "no-store, no-cache, must-revalidate, private, max-age=0",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_HERE = files(__name__)
_HEAD = (_HERE / "head.html").read_text("utf-8")
_STYLE = (_HERE / "style.css").read_text("utf-8")
_SCRIPT = (_HERE / "view.js").read_text("utf-8")


def _page(name: str) -> bytes:
    """A page whole: its first line is its title, and the head around that is the same for all."""
    title, _, rest = (_HERE / name).read_text("utf-8").partition("\n")
    text = _HEAD.replace("{title}", title) + rest
    return text.replace("{style}", _STYLE).replace("{script}", _SCRIPT).encode()


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; {policy}",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        **EVERYWHERE,
    }


OPT_OUT = _page("opt-out.html")
OPTED_OUT = _page("opted-out.html")
TRY_AGAIN = _page("try-again.html")
NOT_HERE = _page("not-here.html")
VIEW = _page("view.html")

#: pages without script
PLAIN_HEADERS = _headers(f"style-src {_hash(_STYLE)}; form-action 'self'")
#: The mail inside inherits this policy: only our script runs, whatever the mail holds; its own styles do, and the
#: images it carries with it.
VIEW_HEADERS = _headers(
    f"script-src {_hash(_SCRIPT)}; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; form-action 'none'"
)

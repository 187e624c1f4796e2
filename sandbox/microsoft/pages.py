"""The pages a person meets when signing in."""

from collections.abc import Iterable
from html import escape

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;background:#f3f2f1;color:#201f1e;margin:0;
display:grid;place-items:center;min-height:100vh}
main{background:#fff;padding:2rem;max-width:26rem;width:calc(100% - 4rem);box-shadow:0 2px 8px #0003}
h1{font-size:1.4rem;margin:0 0 1rem}label{display:block;margin:1rem 0 .25rem}
select,input[type=text]{font:inherit;width:100%;padding:.5rem;box-sizing:border-box;border:1px solid #605e5c}
button{font:inherit;padding:.5rem 1.25rem;margin:1.25rem .5rem 0 0;
border:1px solid #605e5c;background:#fff;color:inherit}
button[value=allow],button.go{background:#0067b8;border-color:#0067b8;color:#fff}
"""

#: what a permission means to the person, as the consent page says it
_MEANINGS = {
    "User.Read": "Sign you in and read your profile",
    "Mail.ReadBasic": "Read the headers of your mail, not its text",
    "Mail.Read": "Read your mail",
    "Mail.ReadWrite": "Read and write your mail",
    "Mail.Send": "Send mail as you",
    "MailboxSettings.Read": "Read your mailbox settings",
    "MailboxSettings.ReadWrite": "Read and write your mailbox settings",
    "Tasks.Read": "Read your tasks",
    "Tasks.ReadWrite": "Create, read, update and delete your tasks",
}


def front() -> str:
    """What this is, in one line."""
    return _page("Local Microsoft", "<p>This is a sandbox that stands in for Microsoft on this machine only.</p>")


def consent(ticket: str, accounts: Iterable[tuple[str, str]], scopes: Iterable[str], *, action: str, hint: str) -> str:
    """Choose an account and agree, or not.

    :param accounts: address and name of each account that can sign in here
    :param action: where the form goes
    :param hint: address to choose beforehand
    """
    options = "".join(
        f'<option value="{escape(address)}"{" selected" if address == hint else ""}>{escape(name)} '
        f"({escape(address)})</option>"
        for address, name in accounts
    )
    wishes = "".join(f"<li>{escape(_MEANINGS[scope])}</li>" for scope in sorted(scopes))
    return _page(
        "Permissions requested",
        f'<form method="post" action="{escape(action)}"><input type="hidden" name="ticket" value="{escape(ticket)}">'
        f'<label for="account">Account</label><select id="account" name="account">{options}</select>'
        f"<p>Heardback (unverified) would like to:</p><ul>{wishes}<li>Keep access to what you have given it</li></ul>"
        '<button name="action" value="allow">Accept</button><button name="action" value="deny">Cancel</button></form>',
    )


def enter_code(*, action: str, problem: str = "") -> str:
    """Type the code a device shows."""
    warning = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return _page(
        "Enter code",
        f'{warning}<form method="post" action="{escape(action)}"><label for="user_code">Code shown by your app</label>'
        '<input type="text" id="user_code" name="user_code" autocomplete="off" autofocus required>'
        '<button class="go" name="action" value="next">Next</button></form>',
    )


def hand_over(redirect_uri: str, fields: dict[str, str]) -> str:
    """Sends the answer to the client by POST (response_mode=form_post)."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    return _page(
        "Working…",
        f'<form name="hiddenform" method="post" action="{escape(redirect_uri)}">{hidden}'
        '<noscript><p>Script is off. Press Continue.</p></noscript><button class="go">Continue</button></form>'
        "<script>document.forms[0].submit()</script>",
    )


def notice(title: str, text: str) -> str:
    """Something happened, and there is nothing to fill in."""
    return _page(title, f"<p>{escape(text)}</p>")


def _page(title: str, inside: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{inside}</main></body></html>"
    )

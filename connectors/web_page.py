"""Where a provider itself shows a mail, as far as that can be told without asking it."""

from urllib.parse import quote

from evidence.model import SentItem


def web_page(item: SentItem) -> str:
    """Gmail's by its thread, in whichever of the browser's sign-ins is this account's; empty for Outlook's.

    Outlook's pages go by another id than the one that never changes, so Graph has to be asked for it.
    """
    provider, _, address = item.account.partition(":")
    if provider != "gmail":
        return ""
    return f"https://mail.google.com/mail/u/?authuser={quote(address)}#all/{quote(item.thread_id)}"

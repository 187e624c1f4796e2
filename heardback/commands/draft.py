"""`draft`: leave a follow-up among your drafts, for you to finish and send."""

from argparse import Namespace
from pathlib import Path

from connectors.provider import Feature
from heardback.commands.show import find_item
from heardback.errors import DONE, Failed
from heardback.house import House
from heardback.output import Output
from heardback.text import few
from scheduler.follow_up import leave_draft, not_shown
from store.ledger import Account


def may_draft(account: Account) -> bool:
    """Whether the person allowed drafts to be left; at Outlook the permissions for other things would do as well."""
    return Feature.DRAFTS in account.features and bool(account.capabilities.get("leaves_drafts"))


def draft(args: Namespace, house: House, output: Output) -> int:
    """Leave a draft in the thread of a sent mail, to those who have not answered; nothing is sent."""
    item = find_item(args.item, house)
    account = house.account(item.account)
    if not may_draft(account):
        raise Failed(
            f"{account.address} does not let Heardback leave drafts yet. "
            f'Run "heardback connect {account.provider} --address {account.address} --allow drafts".'
        )
    template = Path(args.text).read_text("utf-8") if args.text else ""
    with output.progress(f"Leaving a draft at {account.address}"):
        mailbox = house.mailbox(account)
        left = leave_draft(house.ledger, mailbox, item, house.policies, now=house.clock.now, template=template)
    hidden = not_shown(item, left)
    if output.as_json:
        made = {"draft": left.draft, "to": left.to, "not_to": hidden}
        output.document({"item": item.id, "account": account.id, **made})
        return DONE
    output.say(f"A draft to {few(list(left.to))} waits among the drafts of {account.address}; it is yours to send.")
    if hidden:
        output.say(f"Not to {few(list(hidden))}, who got a blind copy.", hang=2)
    output.say("If an answer comes before you touch it, it is taken back.")
    return DONE

"""`connect`: sign in, remember the account, say what it can do and how long the first reading will take."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from math import ceil

from connectors.errors import Unreachable
from connectors.mailbox import Capabilities, Mailbox, Price
from connectors.provider import Feature, Grant, SignIn
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import count, moment, span
from scheduler.spending import book
from store.ledger import Account, AccountState


def connect(args: Namespace, house: House, output: Output) -> int:
    """Connect a mailbox, or connect it again; what was remembered about it stays."""
    sign_in(args, house, output)
    if not output.as_json:
        output.say('Next: "heardback run --once" reads it, "heardback unread" shows what nobody has read.')
    return DONE


def sign_in(args: Namespace, house: House, output: Output) -> tuple[str, tuple[str, ...]]:
    """Connect a mailbox and say what came of it; what to do next is the caller's to say."""
    if args.device_code and args.provider == "gmail":
        raise UsageError("Google offers no device code for mail; leave --device-code out, or use --no-browser.")
    if args.client_file and args.provider == "outlook":
        raise UsageError("Outlook takes no --client-file; its client is the setting microsoft.client_id.")
    provider = house.provider(args.provider)
    known, wanted = _known(args, house), frozenset({Feature.READ, *map(Feature, args.allow)})
    features = wanted | frozenset(map(Feature, known.features if known else ()))
    _ask(args, features, output)
    grant = provider.connect(features, _sign_in(args, house, output), address=args.address)
    if known and known.id != grant.account and features != wanted:
        provider.disconnect(grant.account)
        raise UsageError(
            f"This asked for all that {known.address} may do, and you signed in as {grant.address}; nothing was "
            f'connected. Run the same command with "--address {grant.address}".'
        )
    mailbox = provider.mailbox(grant.account)
    try:
        with output.progress("Looking at the mailbox"):
            account = _remember(house, args.provider, grant, mailbox.capabilities())
            price = _price(house, mailbox)
            book(house.ledger, mailbox, at=house.now)
    finally:
        mailbox.close()
    if output.as_json:
        output.document({**asdict(account), "missing": list(grant.missing), "price": asdict(price) if price else None})
    else:
        _tell(account, grant, price, args, house, output)
    return account.id, tuple(grant.missing)


#: what a person is asked to agree to, in plain words
ASKED = {
    Feature.READ: "read your mail: what you sent, and what comes back",
    Feature.SEND: "send mail: yours, with a receipt request, and reminders to yourself",
    Feature.DRAFTS: "read and send drafts of yours, and leave drafts for you",
    Feature.ARM: "change drafts: only to turn on the receipt request of those you marked",
    Feature.MARK: "change labels or flags of mail: only to mark sent mail that needs you",
    Feature.TASKS: "change your tasks: only to add those that remind you, and to complete them",
}


def _ask(args: Namespace, features: frozenset[Feature], output: Output) -> None:
    """Say what the consent page is going to ask, before it opens."""
    output.tell(f"{COMPANY[args.provider]} is going to ask you to let Heardback:")
    for each in ASKED:
        if each in features:
            output.tell(f"  - {ASKED[each]}")


COMPANY = {"gmail": "Google", "outlook": "Microsoft"}


def _sign_in(args: Namespace, house: House, output: Output) -> SignIn:
    def print_address(address: str) -> None:
        output.warn("Open this address in a browser on this machine:")
        output.warn(f"  {address}")

    def open_page(address: str) -> None:
        if not house.show_page(address):
            output.warn("No browser was found on this machine.")
            print_address(address)
        elif house.opens_browser:
            _say_it_opens(address, args.time_limit, output)

    return SignIn(
        show=print_address if args.no_browser else open_page,
        tell=output.warn,
        time_limit=float(args.time_limit),
        gives_up=house.gives_up,
        device_code=args.device_code,
    )


def _say_it_opens(address: str, seconds: int, output: Output) -> None:
    output.tell(f"Your browser opens; waiting up to {span(timedelta(seconds=seconds))} for you.")
    output.tell("If it does not, open this address in one on this machine:")
    output.tell(f"  {address}")


def _known(args: Namespace, house: House) -> Account | None:
    """The account that is connected again, as far as that can be known before the sign-in; it keeps what it may do."""
    before = [each for each in house.ledger.accounts() if each.provider == args.provider]
    same = [each for each in before if args.address in (None, each.address)]
    return same[0] if len(same) == 1 else None


def _remember(house: House, provider: str, grant: Grant, capabilities: Capabilities) -> Account:
    known = house.ledger.account(grant.account)
    fresh = Account(
        id=grant.account,
        provider=provider,
        address=grant.address,
        aliases=grant.aliases,
        features=tuple(sorted(grant.features)),
        capabilities={name: list(v) if isinstance(v, tuple) else v for name, v in asdict(capabilities).items()},
        connected_at=known.connected_at if known else house.now,
        granted_at=grant.granted_at,
        grant_ends_at=grant.ends_at,
        last_read_at=known.last_read_at if known else None,
        allowance=known.allowance if known else 0,
    )
    account = replace(fresh, state=AccountState.CONNECTED)
    house.ledger.put_account(account)
    return account


def _price(house: House, mailbox: Mailbox) -> Price | None:
    if house.ledger.cursor(mailbox.account):
        return None
    try:
        return mailbox.price(since=house.now - house.window)
    except Unreachable:
        return None


def _tell(account: Account, grant: Grant, price: Price | None, args: Namespace, house: House, output: Output) -> None:
    output.say(f"Connected {account.id}.")
    lines = capability_lines(account) if args.verbose else _main_lines(account)
    for line in dict.fromkeys((*lines, *grant.missing)):
        output.say(f"  {line}", hang=2)
    if grant.ends_at:
        output.say(f"  This sign-in ends on {moment(grant.ends_at, house.zone)}; connect again before then.")
    if price:
        output.say(f"  First reading: {in_words(price)}.", hang=2)
    if price and args.verbose:
        output.say(
            f"  It costs {count(price.requests, 'request')}, {count(price.units, 'unit')} of the provider's quota.",
            hang=2,
        )


def in_words(price: Price) -> str:
    """How much a first reading reads, and how long it takes."""
    time = "less than a minute" if price.minutes < 1 else f"about {count(ceil(price.minutes), 'minute')}"
    return f"about {count(price.messages, 'mail')}, {time}" if price.messages else "next to nothing is there yet"


def capability_lines(account: Account) -> list[str]:
    """What an account can do and what it cannot, a sentence each."""
    can = account.capabilities
    return [
        *_main_lines(account),
        _returned(str(can.get("returns_receipts") or "not known")),
        *(str(limit) for limit in _listed(can.get("limits"))),
    ]


def _main_lines(account: Account) -> list[str]:
    can = account.capabilities
    asks = can.get("asks_receipts") and can.get("sends")
    return [
        "Reads your sent mail and what comes back; never marks mail read, never rewrites sent mail.",
        "Asks for read receipts in mail sent through Heardback."
        if asks
        else f'Sends nothing. To ask for receipts: "heardback connect {account.provider} --allow send".',
        *([_drafts(can)] if can.get("leaves_drafts") or can.get("sends_drafts") else []),
        *(["Turns on the receipt request in drafts you marked."] if can.get("arms_drafts") else []),
    ]


def _drafts(can: Mapping[str, object]) -> str:
    """What it does with drafts where the person says so."""
    leaves = 'leaves follow-ups among your drafts ("heardback draft")' if can.get("leaves_drafts") else ""
    sends = 'sends drafts of yours ("heardback send --draft")' if can.get("sends_drafts") else ""
    said = " and ".join(filter(None, (leaves, sends)))
    return f"{said[0].upper()}{said[1:]}."


#: what a mailbox may say of the receipts that others ask its owner for
_RETURNED = {
    "no": "Others get no read receipts from this mailbox: its provider sends none.",
    "if the admin allows": "Others get read receipts from this mailbox only if its admin allows that.",
    "if their program asks": "Whether others get read receipts from this mailbox is up to the mail program you use.",
}


def _returned(said: str) -> str:
    return _RETURNED.get(said, f"Read receipts that others ask of this mailbox: {said}.")


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []

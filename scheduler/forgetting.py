"""Has the relay forget those whom the ledger forgot, also later if it is away."""

from collections.abc import Iterable

from connectors.errors import RelayUnreachable
from connectors.relay import RelayClient
from store.ledger import Ledger

#: a reader who was just opening the mail may leave one more hit behind
_TRIES = 5


def erase_forgotten(ledger: Ledger, client: RelayClient) -> tuple[int, int]:
    """Erase at the relay what it still holds of people who were forgotten, asking until it says that nothing is left.

    Tell it first to leave them alone (`scheduler.hits.tell_choices`), or more may come.

    :return: hits and copies that were erased
    :raises RelayUnreachable, RelayRefused: what is left is remembered, for the next time
    """
    hits = copies = 0
    for person in ledger.tracking.forgotten():
        if person.tokens:
            erased = _erase(client, person.tokens)
            ledger.tracking.erased_at_relay(person.mark, person.tokens)
            hits, copies = hits + erased[0], copies + erased[1]
    return hits, copies


def tokens_to_forget(ledger: Ledger) -> int:
    """How many tokens of people who were forgotten the relay has not yet been seen to forget."""
    return sum(len(each.tokens) for each in ledger.tracking.forgotten())


def _erase(client: RelayClient, tokens: Iterable[str]) -> tuple[int, int]:
    hits = copies = 0
    for _ in range(_TRIES):
        found = client.forget(tokens)
        if found == (0, 0):
            return hits, copies
        hits, copies = hits + found[0], copies + found[1]
    raise RelayUnreachable(f"The relay {client.url} goes on taking hits of somebody it was told to leave alone.")

"""What can go wrong outside, a leaf for each thing a caller does differently."""


class ConnectorError(Exception):
    """Root of this room's errors. The message says what happened, to what, and what to do next."""


class GrantGone(ConnectorError):
    """The provider no longer accepts the saved sign-in (revoked, expired, new password); only a person can mend it."""


class ConsentDenied(ConnectorError):
    """The person, or their organisation, did not agree to the sign-in."""


class ConsentTimedOut(ConnectorError):
    """Nobody finished the sign-in in the browser in time."""


class ConsentGivenUp(ConnectorError):
    """The person does not want to finish the sign-in that is waited for."""


class ScopeMissing(ConnectorError):
    """The grant does not cover what is asked; says which permission and what will not work without it."""


class ClientMisconfigured(ConnectorError):
    """The OAuth client file or its settings are missing, unreadable or refused by the provider."""


class NoMailbox(ConnectorError):
    """The account exists but has no mail service that can be read."""


class Unreachable(ConnectorError):
    """A passing fault (network, throttling, provider trouble) outlasted the retries; later is the remedy."""


class MessageGone(ConnectorError):
    """The message was deleted or moved away meanwhile."""


class DraftNotFound(ConnectorError):
    """No draft, or more than one, answers to that name."""


class DraftInTheWay(ConnectorError):
    """A draft stands in this conversation already; a second one would only confuse."""


class SendUnknown(ConnectorError):
    """It cannot be told whether the mail left. Trying again with the same tag looks it up first."""


class SendRefused(ConnectorError):
    """The provider refused the mail for good; says why."""


class VaultError(ConnectorError):
    """Saved sign-ins cannot be read or written."""


class MalformedMail(ConnectorError):
    """A message that was to be sent cannot be; says which line is wrong and how to mend it."""


class RelayUnreachable(ConnectorError):
    """The relay of tracked mail cannot be reached or has trouble now; later is the remedy."""


class RelayRefused(ConnectorError):
    """The relay does not take the key, or what answers is no relay; only a person can mend it."""


class CannotTrack(ConnectorError):
    """A message cannot carry what tells of its reading; the message says why, as `because ...` would go on."""

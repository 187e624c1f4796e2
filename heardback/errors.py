"""Turns every error into a line, a next step and an exit code."""

from dataclasses import dataclass

DONE = 0
FAILED = 1
WRONG_USAGE = 2
#: `unread --exit-code` found something; apart from failure, so that scripts can tell
SOMETHING_UNREAD = 3
INTERRUPTED = 130

#: what a command says that has nothing to work on yet
NO_MAILBOX = 'No mailbox is connected; "heardback connect gmail" or "heardback connect outlook" connects one.'


class UsageError(Exception):
    """What was asked makes no sense here; the message says what would."""


class Failed(Exception):
    """What was asked could not be done; the message says why and what to do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a person is told about an error."""

    line: str
    next_step: str
    exit_code: int


#: class name to next step; the message itself already says what happened to what
_NEXT_STEP = {
    "GrantGone": 'Run "heardback connect gmail" or "heardback connect outlook" again; nothing that was read is lost.',
    "ConsentDenied": "Run the same command again when you want to agree.",
    "ConsentTimedOut": "Run the same command again, and finish the sign-in in the browser.",
    "ScopeMissing": 'Run "heardback connect" again with "--allow" and leave the permission ticked.',
    "ClientMisconfigured": '"heardback config" shows what is set, "heardback setup" asks for what is missing.',
    "NoMailbox": "Connect an account that has a mailbox.",
    "Unreachable": "Try again later; nothing is lost.",
    "RelayUnreachable": "Try again later; hits wait at the relay.",
    "RelayRefused": 'Run "heardback doctor".',
    "SendUnknown": 'Look into the sent folder; "heardback run --once" looks it up and never sends it twice.',
    "SendRefused": "Mend what the provider says against it, then try again; nothing left.",
    "DraftNotFound": "Look into your drafts, and name the one you mean.",
    "MessageGone": 'Nothing was done; "heardback show" keeps what is known of it.',
    "AccountErased": "Connect the account again if that was not meant.",
    "VaultError": 'Run "heardback doctor".',
    "NewerSchema": "Update Heardback.",
    "CorruptStore": 'Run "heardback restore FILE" with your newest backup; the damaged file is kept beside it.',
    "StoreBusy": "Wait a moment and try again; another Heardback is at work.",
    "StoreUnwritable": "Make room or mend the permissions, then try again; what was stored is kept.",
}


def explain(error: BaseException) -> Explanation:
    """What to tell a person about an error that reached the face.

    Errors of the rooms carry their own sentence. Anything else is a fault of ours and says so without a traceback.
    """
    if isinstance(error, KeyboardInterrupt):
        return Explanation(line="Stopped.", next_step=str(error), exit_code=INTERRUPTED)
    names = [each.__name__ for each in type(error).__mro__]
    if "UsageError" in names or "SettingsError" in names:
        return Explanation(line=str(error), next_step="", exit_code=WRONG_USAGE)
    next_step = next((_NEXT_STEP[name] for name in names if name in _NEXT_STEP), "")
    if names[0] in _NEXT_STEP or {"ConnectorError", "StoreError", "Failed"} & set(names):
        return Explanation(line=str(error), next_step=next_step, exit_code=FAILED)
    if isinstance(error, OSError) and error.filename:
        line = f"{error.filename}: {(error.strerror or 'cannot be used').lower()}."
        return Explanation(line=line, next_step="Name another file, or mend its permissions.", exit_code=FAILED)
    return Explanation(
        line=f"Heardback met something it did not expect ({type(error).__name__}).",
        next_step='Run the same command with "--debug" to see where; nothing that was stored is lost.',
        exit_code=FAILED,
    )

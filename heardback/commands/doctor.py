"""`doctor`: checks everything the product stands on, and says what to do about each trouble."""

import os
import shutil
import ssl
import stat
import urllib.error
import urllib.request
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from connectors.errors import ConnectorError
from heardback.commands.accounts import grant_end, grant_line
from heardback.errors import DONE, FAILED, explain
from heardback.finding import Finding, How, clock_finding
from heardback.house import House
from heardback.output import Output
from heardback.relay_check import relay_findings
from heardback.settings import SettingsError
from heardback.text import count, plain, sentence, without_name
from heardback.worker_lock import holder
from store.ledger import Account, AccountState, StoreError

_STALE = timedelta(days=1)
#: bytes the ledger may need for a day's mail and its side file
_ROOM = 50_000_000


def doctor(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Check it all; exit code 1 if there is trouble."""
    findings = []
    with output.progress("Checking") as bar:
        for check in (_settings, _files, _vault, _clients, _endpoints, relay_findings, _accounts, _worker):
            for finding in check(house):
                findings.append(finding)
                if not output.as_json:
                    _tell(finding, output)
                bar.draw("…")
    troubles = [each for each in findings if each.how == "trouble"]
    if output.as_json:
        output.document([asdict(each) for each in findings])
    else:
        output.say(_end(findings, len(troubles)))
    return FAILED if troubles else DONE


def _end(findings: list[Finding], troubles: int) -> str:
    if troubles:
        return f"{count(troubles, 'trouble')} found."
    rests = any((each.what, each.how) == ("worker", "note") for each in findings)
    return "All is well, but the worker does not run." if rests else "All is well."


def _tell(finding: Finding, output: Output) -> None:
    output.say(f"{finding.how:8}{finding.what}: {sentence(plain(finding.text))}", hang=8)
    if finding.todo:
        output.say(f"        {sentence(finding.todo)}", hang=2)


def _settings(house: House) -> Iterator[Finding]:
    """What only the commands that need it would find out about rules, and settings that are names."""
    from heardback.policy import policies_of
    from heardback.surfaces import places
    from heardback.track_rules import check

    for use in (policies_of, check, places):
        try:
            use(house.settings)
        except SettingsError as error:
            todo = f"Correct it; the settings file is {house.settings.file}."
            yield Finding(what="settings", how="trouble", text=str(error), todo=todo)


def _files(house: House) -> Iterator[Finding]:
    folder = house.settings.folder
    yield _ledger(house)
    free = shutil.disk_usage(_existing(folder)).free
    if free < _ROOM:
        text = f"the disk of {folder} is nearly full ({free // 1_000_000} MB left)"
        yield Finding(what="disk", how="trouble", text=text, todo="Free some space; what is stored is safe.")
    yield from _permissions(folder)


def _permissions(folder: Path) -> Iterator[Finding]:
    if not folder.exists():  # that it cannot be made was said of the ledger
        return
    if not hasattr(os, "getuid"):
        text = f"Windows says who can read {folder}; in a place of your own, you and the administrators of this machine"
        yield Finding(what="permissions", how="note", text=text)
        return
    open_to_others = [path for path in (folder, *_inside(folder)) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_to_others:
        yield Finding(what="permissions", how="trouble", text=f"others can read {path}", todo=f"chmod go-rwx {path}")
    if not open_to_others:
        yield Finding(what="permissions", how="ok", text=f"only you can read {folder}")


def _ledger(house: House) -> Finding:
    try:
        house.ledger.check()
        kept = len(house.ledger.accounts())
    except StoreError as error:
        return Finding(what="ledger", how="trouble", text=str(error), todo=explain(error).next_step)
    return Finding(
        what="ledger", how="ok", text=f"{house.settings.folder / 'ledger.db'} is whole, {count(kept, 'account')}"
    )


def _known(house: House) -> tuple[Account, ...]:
    """The accounts, as far as the ledger can be read; that it cannot was said before."""
    try:
        return house.ledger.accounts()
    except StoreError:
        return ()


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _inside(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix != ".lock"] if folder.exists() else []


def _vault(house: House) -> Iterator[Finding]:
    try:
        protection = house.vault.protection
    except ConnectorError as error:
        yield Finding(
            what="keyring",
            how="trouble",
            text=str(error),
            todo="Unlock the keyring, or mend the folder, and try again.",
        )
        return
    yield Finding(what="keyring", how="ok" if "in the system keyring" in protection else "note", text=protection)


def _clients(house: House) -> Iterator[Finding]:
    connected = {each.provider for each in _known(house)}
    for name in ("gmail", "outlook"):
        try:
            house.provider(name)
        except ConnectorError as error:
            how: How = "trouble" if name in connected else "note"
            # who has the one mailbox needs no client for the other
            is_spare = connected and name not in connected
            text = f"not needed: no {name.capitalize()} mailbox is connected" if is_spare else str(error)
            yield Finding(what=f"{name} client", how=how, text=text)
        else:
            yield Finding(what=f"{name} client", how="ok", text="is set")


def _endpoints(house: House) -> Iterator[Finding]:
    for name in ("google.token_uri", "google.api_root", "microsoft.authority", "microsoft.graph_root"):
        address = urlsplit(house.settings.text(name))
        bundle = house.settings.text(f"{name.split('.')[0]}.ca_bundle")
        yield _endpoint(f"{address.scheme}://{address.netloc}/", name, bundle, house)


def _endpoint(address: str, name: str, bundle: str, house: House) -> Finding:
    if not address.startswith("https://"):
        return Finding(what=name, how="trouble", text=f"{address} is not https", todo="Correct the setting.")
    try:
        trust = ssl.create_default_context(cafile=bundle or None)
        request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - https, as checked above
        with urllib.request.urlopen(request, timeout=10, context=trust) as answer:  # noqa: S310 - likewise
            date = answer.headers.get("Date")
    except urllib.error.HTTPError as error:
        date = error.headers.get("Date")
        error.close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        text = f"{address} cannot be reached: {getattr(reason, 'strerror', None) or reason}"
        return Finding(what=name, how="trouble", text=text, todo="Check the network, the proxy and the setting.")
    return clock_finding(date, address, house) or Finding(what=name, how="ok", text=f"{address} answers")


def _accounts(house: House) -> Iterator[Finding]:
    for account in _known(house):
        yield _account(account, house)


def _worker(house: House) -> Iterator[Finding]:
    """That something reads what is connected; no trouble, as cron may do it."""
    if not any(each.state is AccountState.CONNECTED for each in _known(house)):
        return
    if worker := holder(house.settings.folder):
        yield Finding(what="worker", how="ok", text=f"runs ({worker})")
        return
    yield Finding(
        what="worker",
        how="note",
        text="does not run; nothing is read and no reminder comes until it does",
        todo='"heardback run" starts it, and "heardback service install" lets it start with your session.',
    )


def _account(account: Account, house: House) -> Finding:
    again = f'Run "heardback connect {account.provider}".'
    if account.state is AccountState.DISCONNECTED:
        return Finding(what=account.id, how="note", text="disconnected; its history is kept")
    try:
        house.mailbox(account).profile()
    except ConnectorError as error:
        text = without_name(str(error), account.id)
        todo = "" if "heardback connect" in text else explain(error).next_step
        return Finding(what=account.id, how="trouble", text=text, todo=todo)
    ends = grant_end(account, house)
    if ends - house.now < timedelta(days=2):
        return Finding(what=account.id, how="note", text=grant_line(account, house), todo=again)
    if account.last_read_at is None or house.now - account.last_read_at > _STALE:
        text = "the sign-in works, but it was not read for a day"
        return Finding(what=account.id, how="note", text=text, todo='Keep "heardback run" running.')
    missing = sorted({"read", "send"} - set(account.features))
    allows = f"; not allowed: {', '.join(missing)}" if missing else ""
    return Finding(what=account.id, how="ok", text=f"the sign-in works{allows}")

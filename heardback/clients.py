"""Who we are to Google and Microsoft: the OAuth clients a person registered, from the settings."""

from pathlib import Path
from typing import TYPE_CHECKING

from connectors.errors import ClientMisconfigured
from connectors.provider import Google, Microsoft, Provider
from heardback.clock import Clock
from heardback.settings import Settings

if TYPE_CHECKING:
    from connectors.vault import Vault


def gmail(settings: Settings, vault: "Vault", clock: Clock) -> Provider:
    """Gmail as the settings describe it.

    :raises ClientMisconfigured: no client is set, or its file cannot be used
    """
    from connectors.google import GoogleProvider, load_client_file

    if settings.text("google.client_file"):
        client_id, client_secret = load_client_file(settings.path("google.client_file"))
    else:
        client_id, client_secret = settings.text("google.client_id"), settings.text("google.client_secret")
    if not client_id:
        raise ClientMisconfigured(
            'No Google client is set: register one ("heardback setup" says how) and hand its file to '
            '"heardback connect gmail --client-file FILE", or set google.client_file.'
        )
    google = Google(
        client_id=client_id,
        client_secret=client_secret,
        api_root=settings.text("google.api_root"),
        auth_uri=settings.text("google.auth_uri"),
        token_uri=settings.text("google.token_uri"),
        ca_bundle=_bundle(settings, "google.ca_bundle"),
        patience=max(1, settings.number("run.answer_within")),
    )
    return GoogleProvider(google, vault, now=clock.now, sleep=clock.sleep)


def outlook(settings: Settings, vault: "Vault", clock: Clock) -> Provider:
    """Outlook as the settings describe it.

    :raises ClientMisconfigured: no client is set
    """
    from connectors.microsoft import MicrosoftProvider

    if not settings.text("microsoft.client_id"):
        raise ClientMisconfigured(
            'No Microsoft client is set: register one ("heardback setup" says how) and put its id into the setting '
            "microsoft.client_id."
        )
    microsoft = Microsoft(
        client_id=settings.text("microsoft.client_id"),
        authority=settings.text("microsoft.authority"),
        graph_root=settings.text("microsoft.graph_root"),
        ca_bundle=_bundle(settings, "microsoft.ca_bundle"),
        patience=max(1, settings.number("run.answer_within")),
    )
    return MicrosoftProvider(microsoft, vault, now=clock.now, sleep=clock.sleep)


def _bundle(settings: Settings, name: str) -> str:
    text = settings.text(name)
    if text and not Path(text).is_file():
        raise ClientMisconfigured(f"The setting {name} ({settings.sources[name]}) names {text}, which is no file.")
    return text

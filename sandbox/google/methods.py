"""Which Gmail methods there are: verb, path, price in quota units and the scopes that open them.

Verbs, paths and scopes: the Gmail discovery document; prices: Google's page "Usage limits" before and since 1 May 2026.
"""

from dataclasses import dataclass

FULL = "https://mail.google.com/"
_GMAIL = "https://www.googleapis.com/auth/gmail."
METADATA = f"{_GMAIL}metadata"
MODIFY = f"{_GMAIL}modify"
READONLY = f"{_GMAIL}readonly"
COMPOSE = f"{_GMAIL}compose"
SEND = f"{_GMAIL}send"
INSERT = f"{_GMAIL}insert"
LABELS = f"{_GMAIL}labels"
SETTINGS = f"{_GMAIL}settings.basic"
ADDON_COMPOSE = f"{_GMAIL}addons.current.action.compose"
ADDON_ACTION = f"{_GMAIL}addons.current.message.action"
ADDON_METADATA = f"{_GMAIL}addons.current.message.metadata"
ADDON_READONLY = f"{_GMAIL}addons.current.message.readonly"

_READ = (FULL, METADATA, MODIFY, READONLY)
_READ_ONE = (FULL, ADDON_ACTION, ADDON_METADATA, ADDON_READONLY, METADATA, MODIFY, READONLY)
_READ_DRAFT = (FULL, COMPOSE, MODIFY, READONLY)
_WRITE = (FULL, MODIFY)
_WRITE_DRAFT = (FULL, ADDON_COMPOSE, COMPOSE, MODIFY)
_ADD = (FULL, INSERT, MODIFY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the API."""

    #: as the discovery document names it, without `gmail.users.`
    name: str
    verb: str
    #: after `/gmail/v1/users/<user>`, in werkzeug's rule syntax
    path: str
    #: units since 1 May 2026
    price: int
    #: units for projects that used the API before
    price_before: int
    #: any one of them opens the method
    scopes: tuple[str, ...]
    #: takes whole messages at `/upload/…` too
    upload: bool = False


def _method(
    name: str, verb: str, path: str, price: int, scopes: tuple[str, ...], *, before: int | None = None, up: bool = False
) -> Method:
    return Method(
        name=name,
        verb=verb,
        path=path,
        price=price,
        price_before=price if before is None else before,
        scopes=scopes,
        upload=up,
    )


METHODS = (
    _method("getProfile", "GET", "/profile", 1, (FULL, COMPOSE, METADATA, MODIFY, READONLY)),
    _method("watch", "POST", "/watch", 100, _READ),
    _method("stop", "POST", "/stop", 50, _READ),
    _method("labels.list", "GET", "/labels", 1, (FULL, LABELS, METADATA, MODIFY, READONLY)),
    _method("labels.get", "GET", "/labels/<id>", 1, (FULL, LABELS, METADATA, MODIFY, READONLY)),
    _method("labels.create", "POST", "/labels", 5, (FULL, LABELS, MODIFY)),
    _method("labels.delete", "DELETE", "/labels/<id>", 5, (FULL, LABELS, MODIFY)),
    _method("messages.list", "GET", "/messages", 5, _READ),
    _method("messages.get", "GET", "/messages/<id>", 20, _READ_ONE, before=5),
    _method(
        "messages.attachments.get",
        "GET",
        "/messages/<message>/attachments/<id>",
        20,
        (FULL, ADDON_ACTION, ADDON_READONLY, MODIFY, READONLY),
        before=5,
    ),
    _method("messages.send", "POST", "/messages/send", 100, (FULL, ADDON_COMPOSE, COMPOSE, MODIFY, SEND), up=True),
    _method("messages.insert", "POST", "/messages", 25, _ADD, up=True),
    _method("messages.import", "POST", "/messages/import", 25, _ADD, up=True),
    _method("messages.modify", "POST", "/messages/<id>/modify", 5, _WRITE),
    _method("messages.batchModify", "POST", "/messages/batchModify", 50, _WRITE),
    _method("messages.trash", "POST", "/messages/<id>/trash", 20, _WRITE, before=5),
    _method("messages.untrash", "POST", "/messages/<id>/untrash", 5, _WRITE),
    _method("messages.delete", "DELETE", "/messages/<id>", 10, (FULL,)),
    _method("messages.batchDelete", "POST", "/messages/batchDelete", 50, (FULL,)),
    _method("threads.list", "GET", "/threads", 10, _READ),
    _method("threads.get", "GET", "/threads/<id>", 40, _READ_ONE, before=10),
    _method("threads.modify", "POST", "/threads/<id>/modify", 10, _WRITE),
    _method("drafts.list", "GET", "/drafts", 5, _READ_DRAFT),
    _method("drafts.get", "GET", "/drafts/<id>", 20, _READ_DRAFT, before=5),
    _method("drafts.create", "POST", "/drafts", 10, _WRITE_DRAFT, up=True),
    _method("drafts.update", "PUT", "/drafts/<id>", 15, _WRITE_DRAFT, up=True),
    _method("drafts.send", "POST", "/drafts/send", 100, _WRITE_DRAFT, up=True),
    _method("drafts.delete", "DELETE", "/drafts/<id>", 10, _WRITE_DRAFT),
    _method("history.list", "GET", "/history", 2, _READ),
    _method("settings.sendAs.list", "GET", "/settings/sendAs", 1, (FULL, MODIFY, READONLY, SETTINGS)),
    _method("settings.sendAs.get", "GET", "/settings/sendAs/<id>", 1, (FULL, MODIFY, READONLY, SETTINGS)),
)

BY_NAME = {method.name: method for method in METHODS}

#: every scope the consent page can grant: those of the methods above, and who the person is
GRANTABLE = frozenset(scope for method in METHODS for scope in method.scopes) | {
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
}

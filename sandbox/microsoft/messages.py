"""Messages and folders over Graph: what each call does."""

from copy import deepcopy
from typing import Any

from werkzeug.wrappers import Response

from sandbox.microsoft import mime, writing
from sandbox.microsoft.call import Call, nothing, reply
from sandbox.microsoft.item import Item, Letterhead, Person
from sandbox.microsoft.mailbox import ROOT, Folder
from sandbox.microsoft.odata import Query, expansion, next_link
from sandbox.microsoft.properties import etag, selected
from sandbox.microsoft.refusals import Refusal, bad_request
from sandbox.microsoft.transport import Transport, rename

#: a request larger than this is turned away
_LARGEST = 4 * 1024 * 1024


class Messages:
    """The mail calls. Each is one method, named for what it does."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_folders(self, call: Call) -> Response:
        """GET /me/mailFolders"""
        query = Query.of(call.args, is_basic=False)
        folders = [_folder_json(call, folder) for folder in call.mailbox.folders if folder.well_known != ROOT]
        page = folders[query.skip : query.skip + query.top]
        answer: dict[str, Any] = {"@odata.context": f"{call.root}/$metadata#users('me')/mailFolders", "value": page}
        if query.skip + query.top < len(folders):
            answer["@odata.nextLink"] = next_link(call.url, call.args, query.skip + query.top)
        return reply(answer)

    def get_folder(self, call: Call, folder: str) -> Response:
        """GET /me/mailFolders/{id or well-known name}"""
        return reply(_folder_json(call, call.folder(folder)))

    def child_folders(self, call: Call, folder: str) -> Response:
        """GET /me/mailFolders/{id}/childFolders: nobody here has any but the root."""
        if call.folder(folder).well_known == ROOT:
            return self.list_folders(call)
        return reply({"value": []})

    def browse(self, call: Call, folder: str | None = None) -> Response:
        """GET /me/messages and /me/mailFolders/{id}/messages. The first also shows what lies in Deleted Items."""
        query = Query.of(call.args, is_basic=call.is_basic)
        found = query.run(_items(call, folder))
        size = call.page_size or query.top
        page = [_seen(call, query, item) for item in found[query.skip : query.skip + size]]
        answer: dict[str, Any] = {"@odata.context": f"{call.root}/$metadata#users('me')/messages"}
        answer |= {"@odata.count": len(found)} if query.count else {}
        answer["value"] = page
        if query.skip + size < len(found):
            answer["@odata.nextLink"] = next_link(call.url, call.args, query.skip + size)
        return reply(answer)

    def count(self, call: Call, folder: str | None = None) -> Response:
        """GET …/messages/$count: a bare number."""
        query = Query.of(call.args, is_basic=call.is_basic)
        found = query.run(_items(call, folder))
        return Response(f"\N{BYTE ORDER MARK}{len(found)}", content_type="text/plain")

    def get(self, call: Call, message: str, folder: str | None = None) -> Response:
        """GET /me/messages/{id}"""
        item = call.message(message)
        if folder is not None and item.folder != call.folder(folder).folder_id:
            raise Refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        shown = _seen(call, Query.of(call.args, is_basic=call.is_basic), item)
        return reply({"@odata.context": f"{call.root}/$metadata#users('me')/messages/$entity", **shown})

    def mime(self, call: Call, message: str, folder: str | None = None) -> Response:  # noqa: ARG002 - part of the address
        """GET /me/messages/{id}/$value: reading it marks nothing read."""
        item = call.message(message)
        return Response(mime.write(item, with_bcc=True), content_type="text/plain")

    def create(self, call: Call, folder: str = "drafts") -> Response:
        """POST /me/messages: a draft, from JSON or from MIME."""
        item = self._draft(call, folder)
        return _shown(call, item, 201)

    def change(self, call: Call, message: str) -> Response:
        """PATCH /me/messages/{id}"""
        item, wanted = call.message(message), call.json()
        _check_match(call, item)
        writing.check_names(wanted, is_draft=item.is_draft)
        was_read = item.is_read
        # Tried on a copy first: a change is taken whole or not at all.
        writing.apply(deepcopy(item), wanted)
        writing.apply(item, wanted)
        call.mailbox.change(item, *(name for name in wanted if not name.startswith("@")))
        if item.is_read and not was_read:
            self._transport.settle_receipt(call.account, item, was_read=True)
        return _shown(call, item, 200)

    def delete(self, call: Call, message: str) -> Response:
        """DELETE /me/messages/{id}: to Deleted Items first, out of there for good."""
        item = call.message(message)
        _check_match(call, item)
        if not item.is_read:
            self._transport.settle_receipt(call.account, item, was_read=False)
        if item.folder == call.folder("deleteditems").folder_id:
            call.mailbox.remove(item)
        else:
            call.mailbox.move(item, "deleteditems")
        return nothing(204)

    def move(self, call: Call, message: str) -> Response:
        """POST /me/messages/{id}/move"""
        item = call.message(message)
        folder = call.folder(str(call.json().get("destinationId", "")))
        call.mailbox.move(item, folder.folder_id)
        return _shown(call, item, 201)

    def reply_to(self, call: Call, message: str) -> Response:
        """POST /me/messages/{id}/createReply: a draft in the same thread."""
        original = call.message(message)
        author = original.head.reply_to or ((original.head.author,) if original.head.author else ())
        return self._answer(call, original, "Re: ", author, ())

    def reply_to_all(self, call: Call, message: str) -> Response:
        """POST /me/messages/{id}/createReplyAll"""
        original = call.message(message)
        author = original.head.reply_to or ((original.head.author,) if original.head.author else ())
        others = [person for person in original.head.to if not call.account.owns(person.address)]
        return self._answer(call, original, "Re: ", (*author, *others), original.head.cc)

    def forward(self, call: Call, message: str) -> Response:
        """POST /me/messages/{id}/createForward"""
        return self._answer(call, call.message(message), "Fw: ", (), ())

    def send(self, call: Call, message: str) -> Response:
        """POST /me/messages/{id}/send: 202 and nothing more; the copy is filed later, under other ids."""
        item = call.message(message)
        if not item.is_draft:
            raise Refusal(400, "ErrorInvalidOperation", "The message has been sent already.")
        self._transport.send(call.account, item)
        return nothing(202)

    def send_mail(self, call: Call) -> Response:
        """POST /me/sendMail: JSON or MIME, 202 and nothing more."""
        wanted = {} if call.sends_mime else call.json()
        if not call.sends_mime and not isinstance(wanted.get("message"), dict):
            raise bad_request("The parameter 'Message' is required.", "ErrorInvalidRequest")
        item = self._draft(call, "outbox", wanted.get("message"))
        try:
            self._transport.send(call.account, item, file_copy=wanted.get("saveToSentItems", True) is not False)
        except Refusal:
            call.mailbox.remove(item)
            raise
        return nothing(202)

    def _draft(self, call: Call, folder: str, wanted: dict[str, Any] | None = None) -> Item:
        if len(call.request.get_data()) > _LARGEST:
            raise Refusal(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
        if call.sends_mime:
            head, wanted = writing.from_mime(call.request.get_data()), {}
        else:
            head, wanted = Letterhead(), call.json() if wanted is None else wanted
        writing.check_names(wanted, is_draft=True, is_new=True)
        head.author = head.author or call.account.person
        item = call.mailbox.add(call.folder(folder).folder_id, head, is_draft=True, is_read=True)
        try:
            writing.apply(item, wanted)
        except Refusal:
            call.mailbox.remove(item)
            raise
        head.message_id = head.message_id or writing.new_message_id(item.immutable_id)
        if call.sends_mime and self._transport.naming == "replaced when made":
            rename(item)
        call.mailbox.change(item, "subject", *wanted)
        return item

    def _answer(
        self, call: Call, original: Item, prefix: str, to: tuple[Person, ...], cc: tuple[Person, ...]
    ) -> Response:
        wanted = call.json()
        subject = original.head.subject
        told = original.header("References").split() or original.header("In-Reply-To").split()
        references = " ".join(dict.fromkeys([*told, original.head.message_id]))
        head = Letterhead(
            subject=subject if subject.lower().startswith(prefix.lower()) else prefix + subject,
            author=call.account.person,
            to=to,
            cc=cc,
            about=(original.head.message_id,),
            extra=(("References", references), ("In-Reply-To", original.head.message_id)),
        )
        asked = {**wanted.get("message", {})}
        asked |= {"toRecipients": wanted["toRecipients"]} if "toRecipients" in wanted else {}
        asked |= {"body": {"contentType": "text", "content": wanted["comment"]}} if "comment" in wanted else {}
        writing.check_names(asked, is_draft=True)
        item = call.mailbox.add("drafts", head, is_draft=True, is_read=True)
        head.message_id = writing.new_message_id(item.immutable_id)
        writing.apply(item, asked)
        call.mailbox.change(item, "subject", *asked)
        return _shown(call, item, 201)


def _items(call: Call, folder: str | None) -> list[Item]:
    return call.mailbox.items(call.folder(folder).folder_id if folder is not None else None)


def _shown(call: Call, item: Item, status: int) -> Response:
    """The message as it is now, in answer to a call that changed it."""
    return reply(_seen(call, Query(expand=expansion(call.args.get("$expand", ""))), item), status)


def _seen(call: Call, query: Query, item: Item) -> dict[str, Any]:
    return query.show(item, immutable=call.immutable, is_basic=call.is_basic)


def _check_match(call: Call, item: Item) -> None:
    wanted = call.request.headers.get("If-Match", "*")
    if wanted not in ("*", etag(item)):
        message = "The send or update operation could not be performed because the change key passed is out of date."
        raise Refusal(412, "ErrorIrresolvableConflict", message)


def _folder_json(call: Call, folder: Folder) -> dict[str, Any]:
    items = call.mailbox.items(folder.folder_id)
    root = next(other for other in call.mailbox.folders if other.well_known == ROOT)
    whole = {
        "id": folder.folder_id,
        "displayName": folder.shown,
        "parentFolderId": root.folder_id,
        "childFolderCount": len(call.mailbox.folders) - 1 if folder == root else 0,
        "unreadItemCount": sum(not item.is_read for item in items),
        "totalItemCount": len(items),
        "sizeInBytes": sum(len(item.head.content.body) for item in items),
        "isHidden": False,
    }
    return selected(whole, Query.of(call.args, is_basic=False).select)

"""What comes in with a writing call: a JSON resource, and beside it a whole message when it is uploaded.

Three ways (guide "Upload attachments"): the message alone, JSON and message as multipart/related, and resumable:
first the JSON, then the message in one or several pieces.
"""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.google.multipart import split_parts
from sandbox.google.refusal import Refusal, invalid, not_found

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """The body of a call."""

    resource: Mapping[str, Any]
    #: the uploaded message; None if it is in the resource's `raw`
    media: bytes | None = None


@dataclass(slots=True, kw_only=True)
class Session:
    """A resumable upload under way."""

    #: verb of the call that began it
    verb: str
    resource: Mapping[str, Any]
    received: bytearray = field(default_factory=bytearray)


class Uploads:
    """The resumable uploads under way; thread-safe."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def begin(self, request: Request) -> Response:
        """Answer the first call of a resumable upload with the address for the rest."""
        identity = f"ABgVH8{self._chance.getrandbits(128):032x}"
        session = Session(verb=request.method, resource=read_json(request.get_data()))
        with self._lock:
            self._sessions[identity] = session
        joint = "&" if request.query_string else "?"
        location = f"{request.url}{joint}upload_id={identity}"
        return Response(b"", 200, {"Location": location, "X-GUploader-UploadID": identity})

    def session(self, identity: str) -> Session:
        """The upload under way by that name.

        :raises Refusal: 404, it is over, or never was
        """
        with self._lock:
            found = self._sessions.get(identity)
        if found is None:
            raise not_found()
        return found

    def take(self, request: Request) -> Response | None:
        """Take a piece; None when it was the last one, otherwise the answer that asks for the next."""
        session = self.session(request.args["upload_id"])
        content = request.get_data()
        place = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
        with self._lock:
            if place and place[1] and int(place[1]) != len(session.received):
                raise invalid("Invalid Content-Range")
            session.received += content
            if not place or place[3] == str(len(session.received)):
                return None
            so_far = {"Range": f"bytes=0-{len(session.received) - 1}"} if session.received else {}
        return Response(b"", 308, so_far)

    def finish(self, identity: str) -> Incoming:
        """The whole, once all pieces are here; it can be fetched once."""
        with self._lock:
            session = self._sessions.pop(identity)
        return Incoming(resource=session.resource, media=bytes(session.received))


def read_body(request: Request) -> Incoming:
    """Read the body of a call that is not resumable.

    :raises Refusal: 400, it is not what its Content-Type says
    """
    if not request.path.startswith("/upload/"):
        return Incoming(resource=read_json(request.get_data()))
    if request.args.get("uploadType") != "multipart":
        return Incoming(resource={}, media=request.get_data())
    parts = split_parts(request.headers.get("Content-Type", ""), request.get_data())
    if len(parts) != 2:
        raise invalid("Multipart upload must have two parts")
    return Incoming(resource=read_json(parts[0][1]), media=parts[1][1])


def read_json(content: bytes) -> Mapping[str, Any]:
    """A JSON object; no body is an empty one.

    :raises Refusal: 400
    """
    try:
        found = json.loads(content) if content.strip() else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refusal(400, "parseError", "Parse Error")
    return found

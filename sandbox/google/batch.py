"""Batches: up to 100 calls in one multipart/mixed request, each answered by itself (guide "Batching requests")."""

from io import BytesIO
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from sandbox.google.api import Api, Crowd, json_response
from sandbox.google.multipart import Part, split_head, split_parts
from sandbox.google.refusal import Refusal
from sandbox.post import PostOffice

MOST_PARTS = 100


class Batches:
    """Answers `/batch` and `/batch/gmail/v1`. The outer answer is 200 whatever becomes of the parts."""

    def __init__(self, api: Api, post: PostOffice) -> None:
        self._api = api
        self._post = post

    def respond(self, request: Request) -> Response:
        """Handle the parts one by one and answer them in no particular order."""
        account = self._api.account_of(request)
        if account:
            account.count_request()
        try:
            parts = split_parts(request.headers.get("Content-Type", ""), request.get_data())
            if len(parts) > MOST_PARTS:
                raise _too_many(len(parts))
        except Refusal as refusal:
            return json_response(refusal.body, refusal.code)
        crowd = Crowd()
        answers = [self._part(part, request, crowd) for part in parts]
        self._post.random.shuffle(answers)
        boundary = f"batch_{self._post.random.getrandbits(128):032x}"
        body = b"".join(f"--{boundary}\r\n".encode() + answer + b"\r\n" for answer in answers)
        return Response(body + f"--{boundary}--\r\n".encode(), content_type=f"multipart/mixed; boundary={boundary}")

    def _part(self, part: Part, outer: Request, crowd: Crowd) -> bytes:
        headers, content = part
        inner = _inner_request(content, outer)
        answer = self._api.respond(inner, crowd)
        identity = str(headers.get("Content-ID", "")).strip()
        echo = f"Content-ID: <response-{identity.removeprefix('<')}\r\n" if identity else ""
        kept = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        return (
            f"Content-Type: application/http\r\n{echo}\r\nHTTP/1.1 {answer.status}\r\n{kept}\r\n".encode()
            + answer.get_data()
        )


def _inner_request(content: bytes, outer: Request) -> Request:
    """The call a part holds; it is made in the name of the outer request unless it says otherwise."""
    head, body = split_head(content)
    start, *lines = head.decode("utf-8", "replace").splitlines()
    verb, target, *_ = [*start.split(" "), "", ""]
    fields = [line.split(":", 1) for line in lines if ":" in line]
    headers = {name.strip().title(): value.strip() for name, value in fields}
    headers.setdefault("Authorization", outer.headers.get("Authorization", ""))
    headers.pop("Content-Length", None)
    address = urlsplit(target)
    builder = EnvironBuilder(
        method=verb or "GET",
        path=address.path or "/",
        query_string=address.query,
        headers=Headers(headers),
        input_stream=BytesIO(body),
    )
    builder.content_length = len(body)
    return builder.get_request()


def _too_many(count: int) -> Refusal:
    return Refusal(400, "badRequest", f"Inner request count exceeds the limit. Received: {count}, Limit: {MOST_PARTS}")

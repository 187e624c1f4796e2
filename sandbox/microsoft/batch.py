"""`$batch`: up to twenty calls in one, answered in any order."""

import base64
import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from sandbox.faults import Faults
from sandbox.microsoft.call import reply
from sandbox.microsoft.refusals import bad_request

MOST = 20

Part = dict[str, Any]


class Batch:
    """Takes a batch apart, has each part answered like a call of its own, and shuffles the answers."""

    def __init__(self, answer: Callable[[Request], Response], chance: random.Random) -> None:
        self._answer = answer
        self._chance = chance

    def run(self, request: Request, version: str, faults: Faults) -> Response:
        """POST /v1.0/$batch: 200 even when every part failed.

        :raises Refusal: the batch itself is wrong
        """
        parts = _parts(request)
        done: dict[str, Part] = {}
        for part in parts:
            before = [done.get(str(other)) for other in part.get("dependsOn") or []]
            if all(answer is not None and answer["status"] < 400 for answer in before):
                done[part["id"]] = _shown(part["id"], self._one(request, part, version, faults))
            else:
                done[part["id"]] = _failed_dependency(part["id"])
        answers = list(done.values())
        self._chance.shuffle(answers)
        return reply({"responses": answers})

    def _one(self, request: Request, part: Part, version: str, faults: Faults) -> Response:
        url = urlsplit(version + "/" + str(part["url"]).lstrip("/"))
        fault = faults.take(f"{part['method']} {url.geturl()}", ("answer",))
        if fault:
            return Response(fault.body, fault.status, list(fault.headers), mimetype="application/json")
        headers = {"Authorization": request.headers.get("Authorization", ""), **(part.get("headers") or {})}
        builder = EnvironBuilder(
            path=url.path,
            query_string=url.query,
            base_url=request.host_url,
            method=str(part["method"]).upper(),
            headers=headers,
            data=_body(part),
        )
        environ = builder.get_environ()
        builder.close()
        # The ids in a path are told from its slashes by their quoting, which the builder has taken off.
        environ["RAW_URI"] = url.geturl()
        return self._answer(Request(environ))


def _parts(request: Request) -> list[Part]:
    try:
        parts = json.loads(request.get_data())["requests"]
        ids = [part["id"] for part in parts]
        named = all(isinstance(part["id"], str) and part["method"] and part["url"] for part in parts)
    except (ValueError, KeyError, TypeError):
        raise bad_request("Invalid batch payload format.") from None
    if not named or len(set(ids)) < len(ids):
        raise bad_request("Every request of a batch needs a method, a url and an id of its own, as text.")
    if not 1 <= len(parts) <= MOST:
        raise bad_request(f"The batch must have between 1 and {MOST} requests.", "MaximumValueExceeded")
    for part in parts:
        headers = {name.lower() for name in part.get("headers") or {}}
        if part.get("body") is not None and "content-type" not in headers:
            raise bad_request(f"Write request id : {part['id']} does not contain Content-Type header or body.")
    return list(parts)


def _body(part: Part) -> bytes:
    body = part.get("body")
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _shown(part_id: str, answer: Response) -> Part:
    kept = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    shown: Part = {"id": part_id, "status": answer.status_code, "headers": kept}
    content = answer.get_data()
    if content:
        try:
            shown["body"] = json.loads(content)
        except ValueError:
            # What is no JSON comes as base64 in a text.
            shown["body"] = base64.b64encode(content).decode()
    return shown


def _failed_dependency(part_id: str) -> Part:
    error = {"code": "FailedDependency", "message": "A request this one depends on has failed."}
    return {"id": part_id, "status": 424, "headers": {}, "body": {"error": error}}

"""A sign-in that was begun on the page and is not finished."""

import re
import socket
from html import unescape
from urllib.parse import parse_qs, urlsplit

from tests.scheduler.test_worker import until
from tests.web.conftest import Person, words


def begin(person: Person) -> int:
    """Start to sign in with Google; the port at which its end is waited for."""
    assert person.send("/connect", {"provider": "gmail", "allow": "send"}).status == 303
    (consent,) = re.findall(r'id="consent" href="([^"]+)"', person.see("/connect").text)
    (back,) = parse_qs(urlsplit(unescape(consent)).query)["redirect_uri"]
    port = urlsplit(back).port
    assert port
    return port


def is_free(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it is just being freed
        return False
    return False


def test_a_sign_in_that_was_begun_can_be_given_up_and_another_one_begins(newcomer: Person) -> None:
    port = begin(newcomer)
    answer = newcomer.send("/connect", {"provider": "gmail"})
    assert (answer.status, "is going on; finish it, or give it up." in words(answer)) == (400, True)
    assert "Give it up" in words(newcomer.see("/connect"))
    assert newcomer.send("/connect/end").headers["location"] == "/mailboxes"
    assert "Sign in with Google" in words(newcomer.see("/connect"))
    another = begin(newcomer)
    until(lambda: is_free(port))
    assert "Go to Google" in words(newcomer.see("/connect")), "the end of the first is none of the second"
    newcomer.send("/connect/end")
    until(lambda: is_free(another))
    assert "Sign in with Google" in words(newcomer.see("/connect"))

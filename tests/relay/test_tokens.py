"""Tokens: what goes in comes out, and nothing that was not made with the key opens."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model import HitKind
from relay.tokens import Keys, Token, is_reader_id, is_token_id, new_id, reader_id

KEYS = Keys([b"k" * 32])
SOON = datetime(2026, 8, 1, tzinfo=UTC)
READER = reader_id(b"s" * 32, "ana@example.org")


def pixel() -> Token:
    """A token of an image for one reader."""
    return Token(kind=HitKind.PIXEL, id=new_id(), readers=(READER,), expires=SOON)


def link(target: str) -> Token:
    """A token of a link."""
    return Token(kind=HitKind.LINK, id=new_id(), readers=(READER,), expires=SOON, target=target)


@pytest.mark.parametrize("kind", [kind for kind in HitKind if kind is not HitKind.LINK])
def test_what_is_sealed_opens_again(kind: HitKind) -> None:
    token = Token(kind=kind, id=new_id(), readers=(READER, reader_id(b"s" * 32, "b@example.org")), expires=SOON)
    assert KEYS.open(KEYS.seal(token)) == token


def test_a_link_keeps_its_target() -> None:
    token = link("https://example.com/a?b=c&d=%20#e")
    assert KEYS.open(KEYS.seal(token)) == token


def test_the_same_token_is_written_differently_each_time() -> None:
    token = pixel()
    assert KEYS.seal(token) != KEYS.seal(token)


def test_a_token_shows_neither_id_nor_reader_nor_target() -> None:
    token = link("https://example.com/secret-plan")
    text = KEYS.seal(token)
    raw = urlsafe_b64decode(text + "==")
    assert b"secret-plan" not in raw
    assert urlsafe_b64decode(token.id) not in raw
    assert urlsafe_b64decode(READER + "=") not in raw


def test_every_single_changed_character_closes_it() -> None:
    text = KEYS.seal(pixel())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = [text[:at] + other + text[at + 1 :] for at in range(len(text)) for other in alphabet if other != text[at]]
    assert [each for each in changed if KEYS.open(each)] == []


OTHER_SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda t: t[:-1],
    lambda t: t + "A",
    lambda t: t + "=",
    lambda t: f" {t}",
    lambda t: t + "\n",
    lambda t: t + ".",
    lambda t: t.replace(t[5], "+"),
    lambda t: t + t,
    lambda _: "",
    lambda _: "A" * 10_000,
    lambda _: "ü" * 40,
    lambda t: t[:20] + "!" + t[20:],
)


@pytest.mark.parametrize("change", OTHER_SPELLINGS)
def test_no_other_spelling_opens(change: Callable[[str], str]) -> None:
    assert KEYS.open(change(KEYS.seal(pixel()))) is None


@given(st.one_of(st.text(max_size=200), st.binary(max_size=100).map(lambda raw: raw.hex())))
def test_made_up_text_never_opens_and_never_raises(text: str) -> None:
    assert KEYS.open(text) is None


def test_another_key_opens_nothing() -> None:
    assert Keys([b"x" * 32]).open(KEYS.seal(pixel())) is None


def test_after_a_change_of_keys_old_tokens_still_open() -> None:
    token = pixel()
    assert Keys([b"n" * 32, b"k" * 32]).open(KEYS.seal(token)) == token


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_does_not_open(version: int) -> None:
    text = KEYS.seal(pixel())
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert KEYS.open(urlsafe_b64encode(bytes([version]) + raw[1:]).rstrip(b"=").decode()) is None


@pytest.mark.parametrize(
    "target",
    [
        "",
        "javascript:alert(1)",
        "//example.com",
        "/local",
        "ftp://example.com",
        "https://example.com/\r\nSet-Cookie: a=b",
        "https://example.com/ with space",
        "https://exämple.com/",
        "https://example.com/" + "a" * 3_000,
    ],
)
def test_a_link_leads_only_to_a_plain_web_address(target: str) -> None:
    with pytest.raises(ValueError, match="token takes"):
        KEYS.seal(link(target))


def test_only_a_link_has_a_target() -> None:
    with pytest.raises(ValueError, match="take none"):
        KEYS.seal(Token(kind=HitKind.PIXEL, id=new_id(), expires=SOON, target="https://example.com/"))


@pytest.mark.parametrize("values", [{"id": "short"}, {"readers": ("x",)}, {"readers": (READER,) * 41}])
def test_what_is_no_id_or_too_much_is_refused(values: dict[str, object]) -> None:
    given: dict[str, object] = {"kind": HitKind.PIXEL, "id": new_id(), "expires": SOON, **values}
    with pytest.raises(ValueError, match=r"no id|readers"):
        KEYS.seal(Token(**given))  # type: ignore[arg-type]  # values of several types by name


@pytest.mark.parametrize("secrets", [[], [b"short"], [b"k" * 32, b""]])
def test_keys_have_32_bytes(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keys(secrets)


def test_a_reader_has_one_name_per_owner() -> None:
    assert READER == reader_id(b"s" * 32, "ana@example.org") != reader_id(b"t" * 32, "ana@example.org")
    assert is_reader_id(READER)
    assert not is_reader_id(new_id())
    assert is_token_id(new_id())
    assert not is_token_id("../../../../etc/")

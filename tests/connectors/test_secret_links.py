"""Links that let somebody in, or that a machine must not follow, are never led over the relay."""

import pytest

from connectors.secret_links import may_lead

LED = [
    "https://example.com",
    "http://example.com:8080/offer",
    "HTTPS://EXAMPLE.COM/Offer",
    "https://example.com/offer?x=1&page=2#prices",
    "https://example.com/2026/05/04/a-long-title-about-many-things-in-may",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "https://example.com/keyboards/monkey?category=signage",
    "https://shop.example/Products/LargeBoxOfChocolates",
    "https://xn--bcher-kva.example/%C3%BC",
    "https://[2001:db8::1]/offer",
    "https://github.com/python/cpython/issues/12345",
    "https://example.com/p/4711-0815",
]
KEPT = [
    "mailto:ann@example.org",
    "ftp://example.com/x",
    "https://",
    "https://example.com:port/",
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://example.com/a b",
    "https://example.com/ü",
    "https://example.com/" + "x" * 1500,
    "https://example.com/unsubscribe",
    "https://example.com/list/unsubscribe.php?id=3",
    "https://example.com/opt-out/3",
    "https://example.com/abmelden",
    "https://example.com/one-click/approve",
    "https://example.com/login",
    "https://example.com/users/sign_in",
    "https://login.example.com/oauth2/authorize?client_id=x",
    "https://example.com/password/reset",
    "https://example.com/resetPassword?u=3",
    "https://example.com/verify-email/3",
    "https://example.com/confirm?u=3",
    "https://example.com/x?token=abc",
    "https://example.com/x?access_token=abc",
    "https://example.com/x?AccessToken=abc",
    "https://example.com/x?key=1",
    "https://example.com/x?apiKey=1",
    "https://example.com/x?code=123456",
    "https://example.com/x?sig=abc",
    "https://bucket.s3.example/x?X-Amz-Signature=abc",
    "https://x.blob.example/y?sv=2020&se=1&sig=ab",
    "https://example.com/#access_token=abc",
    "https://example.com/x?action=unsubscribe",
    "https://zoom.example/j/123?pwd=abc",
    "https://example.com/x?jwt=eyJhbGciOi.eyJzdWIiOi.x",
    "https://docs.example/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
    "https://example.com/share/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "https://example.com/s/9f86d081884c7d659a2feaa0c55ad015",
    "https://example.com/x?u=https%3A%2F%2Fother.example%2Flogin",
]


@pytest.mark.parametrize("target", LED)
def test_ordinary_links_are_led(target: str) -> None:
    assert may_lead(target)


@pytest.mark.parametrize("target", KEPT)
def test_links_that_carry_secrets_or_act_are_kept(target: str) -> None:
    assert not may_lead(target)

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
    "https://news.example/2026/authors-and-authentic-voices",
    "https://news.example/cases-confirmed-in-june;page=2",
    "https://news.example/an-obsession-with-training-sessions",
    "https://news.example/blogindex/refugee-resettlement",
    "https://shop.example/authorised-dealers/analoginputs",
    "https://shop.example/lightroom-presets?sort=price&keyword=tokyo",
    "https://shop.example/activated-carbon-filter/c/1?color=red&size=9",
    "https://shop.example/hot-pricing?hotprice=1&accessories=2",
    "https://shop.example/designing-tables?postcode=10115&countrycode=DE&promocode=MAI",
    "https://shop.example/compass?direction=north&author=ann&secretary=ben",
    "https://bank.example/verifiable-signings",
    "https://example.com/verlag/austragungsort",
]
#: of parameters that let in whoever has them
_NAMES = """authtoken accesstoken logintoken sessiontoken resettoken usertoken idtoken sessionid PHPSESSID ASPSESSIONIDQ
authkey accesskey loginkey securitycode accesscode verificationcode onetimepassword one_time_code bearer pw api_key key2
log-in"""
#: of paths that let in, or act
_WORDS = """otp autologin magiclogin weblogin passwordreset forgotpassword setpassword confirmemail verifyemail
activateaccount authenticate unsubscribeme unsubscription abmeldung austragen anmelden anmeldung einloggen
newsletterabmeldung uitschrijven kennwort log-in magic-link"""
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
    "https://example.com/page;jsessionid=ABC123",
    "https://example.com/a;v=1;SID=abc/b",
    "https://example.com/x?a=1;sig=abc",
    "https://www.dropbox.com/scl/fi/x8d/file.pdf?rlkey=abc123&dl=0",
    "https://drive.example/open?resourcekey=0-x",
    "https://example.com/2fa/123456",
    "https://example.com/mot-de-passe/oublie",
    "https://example.com/se-desabonner",
    "https://example.com/se-d%C3%A9sabonner",
    "https://example.com/contrase%C3%B1a",
    "https://example.com/#/passwordReset/abc",
    "https://example.com/x?next=/autologin/ann",
    *(f"https://example.com/x?{name}=abc" for name in _NAMES.split()),
    *(f"https://example.com/{word}/ann" for word in _WORDS.split()),
]


@pytest.mark.parametrize("target", LED)
def test_ordinary_links_are_led(target: str) -> None:
    assert may_lead(target)


@pytest.mark.parametrize("target", KEPT)
def test_links_that_carry_secrets_or_act_are_kept(target: str) -> None:
    assert not may_lead(target)

"""Networks where machines live, not readers: mail gateways, scanners, rented servers.

None of the lists is complete, and ranges change hands: they were put together by hand from what their holders and the
public registries say, and they only ever lower a grade. Whoever knows more adds it in the settings of the relay.
"""

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton

#: Defender, Safe Links, Exchange Online Protection, Azure; Outlook on the web loads images from here as well
MICROSOFT = (
    "13.64.0.0/11 13.96.0.0/13 13.104.0.0/14 20.33.0.0/16 20.34.0.0/15 20.36.0.0/14 20.40.0.0/13 20.48.0.0/12 "
    "20.64.0.0/10 20.150.0.0/15 20.160.0.0/12 20.176.0.0/14 20.184.0.0/13 20.192.0.0/10 23.96.0.0/13 40.64.0.0/10 "
    "51.104.0.0/15 51.120.0.0/16 51.124.0.0/16 51.136.0.0/15 51.140.0.0/14 51.144.0.0/15 52.96.0.0/12 52.112.0.0/14 "
    "52.120.0.0/14 52.132.0.0/14 52.136.0.0/13 52.146.0.0/15 52.148.0.0/14 52.152.0.0/13 52.160.0.0/11 52.224.0.0/11 "
    "65.52.0.0/14 70.37.0.0/17 94.245.64.0/18 104.40.0.0/13 104.208.0.0/13 137.116.0.0/15 137.135.0.0/16 "
    "138.91.0.0/16 157.55.0.0/16 157.56.0.0/14 168.61.0.0/16 168.62.0.0/15 191.232.0.0/13 207.46.0.0/16 "
    "213.199.128.0/18 2603:1000::/24 2a01:111::/32"
)

#: filters that stand in front of a company's mail: Proofpoint, Mimecast, Barracuda, Cisco IronPort, Trend Micro
GATEWAYS = (
    "67.231.144.0/20 148.163.128.0/19 185.132.180.0/22 205.220.160.0/19 "
    "91.220.42.0/24 146.101.78.0/24 195.130.217.0/24 205.139.110.0/23 207.211.30.0/23 "
    "64.235.144.0/20 209.222.80.0/21 68.232.128.0/19 216.71.128.0/19 150.70.0.0/16"
)

#: rented servers: Amazon, Google, DigitalOcean, Hetzner, OVH
HOSTING = (
    "3.0.0.0/8 18.128.0.0/9 34.192.0.0/10 35.152.0.0/13 44.192.0.0/10 50.16.0.0/14 52.0.0.0/10 52.64.0.0/12 "
    "54.64.0.0/11 54.144.0.0/12 54.160.0.0/11 54.192.0.0/10 "
    "34.64.0.0/10 34.128.0.0/10 35.184.0.0/13 35.192.0.0/11 35.224.0.0/12 35.240.0.0/13 104.154.0.0/15 104.196.0.0/14 "
    "130.211.0.0/16 146.148.0.0/17 64.233.160.0/19 66.102.0.0/20 66.249.64.0/19 72.14.192.0/18 74.125.0.0/16 "
    "108.177.0.0/17 142.250.0.0/15 172.217.0.0/16 172.253.0.0/16 173.194.0.0/16 209.85.128.0/17 216.58.192.0/19 "
    "104.131.0.0/16 138.68.0.0/16 138.197.0.0/16 139.59.0.0/16 157.245.0.0/16 159.65.0.0/16 159.89.0.0/16 "
    "164.90.0.0/16 165.22.0.0/16 165.227.0.0/16 167.71.0.0/16 167.172.0.0/16 167.99.0.0/16 178.62.0.0/16 "
    "188.166.0.0/16 "
    "5.9.0.0/16 49.12.0.0/15 65.108.0.0/15 78.46.0.0/15 88.99.0.0/16 88.198.0.0/16 95.216.0.0/15 116.202.0.0/15 "
    "135.181.0.0/16 136.243.0.0/16 138.201.0.0/16 144.76.0.0/16 148.251.0.0/16 157.90.0.0/16 159.69.0.0/16 "
    "168.119.0.0/16 176.9.0.0/16 188.40.0.0/16 195.201.0.0/16 "
    "51.38.0.0/16 51.68.0.0/16 51.75.0.0/16 51.77.0.0/16 51.79.0.0/16 51.83.0.0/16 51.89.0.0/16 51.91.0.0/16 "
    "51.178.0.0/16 51.195.0.0/16 51.210.0.0/16 51.222.0.0/16 51.254.0.0/15 54.36.0.0/14 137.74.0.0/16 144.217.0.0/16 "
    "145.239.0.0/16 149.202.0.0/16 151.80.0.0/16 164.132.0.0/16 176.31.0.0/16 178.32.0.0/15 188.165.0.0/16 "
    "2001:4860::/32 2600:1f00::/24 2604:a880::/32 2a01:4f8::/29 2001:41d0::/32"
)

#: version and number: every request has one, and the library's own objects take ten times as long to make
Address = tuple[int, int]
#: what stands before an IPv4 address in an IPv6 one (RFC 4291 section 2.5.5.2), and the largest of the former
_IPV4_MAPPED = 0xFFFF
_LAST_IPV4 = 0xFFFFFFFF
#: addresses of one version, as whole numbers from first to last
_Ranges = tuple[list[int], list[int]]


class Networks:
    """A set of networks; `in` says whether an address lies in one of them."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Take networks such as `192.0.2.0/24`, `2001:db8::/32` or single addresses.

        :raises ValueError: one of them is none
        """
        parsed = [ip_network(each, strict=False) for each in networks]
        self._ranges: dict[int, _Ranges] = {version: _merged(parsed, version) for version in (4, 6)}

    def __contains__(self, address: Address | None) -> bool:
        """Whether one of the networks holds it; None lies in none."""
        if address is None:
            return False
        version, number = address
        firsts, lasts = self._ranges[version]
        place = bisect_right(firsts, number) - 1
        return place >= 0 and number <= lasts[place]


def address_of(text: str) -> Address | None:
    """The address a text names, IPv4 in IPv6 unwrapped; None for what is no address: a socket's path, a name."""
    try:
        if ":" not in text:
            return 4, int.from_bytes(inet_pton(AF_INET, text), "big")
        number = int.from_bytes(inet_pton(AF_INET6, text.partition("%")[0]), "big")
    except (OSError, ValueError):  # ValueError: a character no address has
        return None
    return (4, number & _LAST_IPV4) if number >> 32 == _IPV4_MAPPED else (6, number)


def _merged(networks: Iterable[IPv4Network | IPv6Network], version: int) -> _Ranges:
    """Ranges in order, those that touch or overlap made one, so that one comparison decides."""
    spans = sorted(
        (int(each.network_address), int(each.broadcast_address)) for each in networks if each.version == version
    )
    firsts: list[int] = []
    lasts: list[int] = []
    for first, last in spans:
        if lasts and first <= lasts[-1] + 1:
            lasts[-1] = max(lasts[-1], last)
        else:
            firsts.append(first)
            lasts.append(last)
    return firsts, lasts

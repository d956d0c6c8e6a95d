"""Which IP addresses the crawler may connect to, decided without any network.

A page or a DNS record can name any address it likes; one that leads into the operator's own
network (server-side request forgery) must never be connected to.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from unicodedata import normalize

_PARTS = 4  # of a dotted IPv4 address
_LONGEST_LABEL = 63  # of a host name; a longer run of digits is no address either
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has given out for the public
_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        # A public address at which Azure's own machines find their keys.
        "168.63.129.16/32",
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# 2001::/23 holds Teredo, ORCHID and benchmarking; none of them is where a web site lives.
_NOT_PUBLIC_6 = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20")
)
_DOTS = re.compile("[.\u3002]")  # IDNA reads the ideographic full stops as dots


def is_public(address: str) -> bool:
    """Whether an IP address, in its textual form, belongs to the public internet.

    Addresses that carry an IPv4 address inside (mapped, 6to4, NAT64) are judged by it. Anything
    that is no IP address at all is not public.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _NOT_PUBLIC_4)
    if (inner := _embedded(parsed)) is not None:
        return is_public(str(inner))
    return parsed in _GLOBAL_UNICAST and not any(parsed in network for network in _NOT_PUBLIC_6)


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is by itself, or None when it is a name.

    Besides the usual forms this reads what the C library's resolver reads as an IPv4 address:
    one to four parts, each decimal, octal (leading 0) or hexadecimal (leading 0x), where the
    last part fills what is left: 127.1, 2130706433, 0x7f000001, 017700000001.
    """
    # IDNA maps full-width digits and letters to ASCII before the name is resolved.
    host = normalize("NFKC", host.removeprefix("[").removesuffix("]").partition("%")[0])
    if ":" in host:
        try:
            return ip_address(host)
        except ValueError:
            return None
    parts = [_number(part) for part in _DOTS.split(host.rstrip("."))]
    if len(parts) > _PARTS or any(part is None for part in parts):
        return None
    *leading, last = [part for part in parts if part is not None]
    if any(part >> 8 for part in leading) or last >> 8 * (_PARTS + 1 - len(parts)):
        return None
    value = last
    for position, part in enumerate(leading):
        value += part << 8 * (_PARTS - 1 - position)
    return IPv4Address(value)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _number(part: str) -> int | None:
    text = part.lower()
    if len(text) > _LONGEST_LABEL:
        return None
    if re.fullmatch(r"0x[0-9a-f]*", text):
        return int(text[2:] or "0", 16)
    if re.fullmatch(r"0[0-7]*", text):
        return int(text, 8)
    return int(text) if re.fullmatch(r"[1-9][0-9]*", text) else None

from __future__ import annotations

from ipaddress import ip_address

import pytest

from indexer.addresses import is_public, literal_address


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
        "64:ff9b::808:808",
    ],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.0.9", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.9.9"),
        *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8"),
        *("192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "192.88.99.1"),
        *("168.63.129.16", "::ffff:0:7f00:1", "2001:0:7f00:1::", "5f00::1", "ff0e::1"),
        *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1"),
        *("2001:db8::1", "2001:0:4136:e378::1", "3fff::1", "100::1", "64:ff9b:1::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "::127.0.0.1"),
        *("", "example.org", "1.2.3", "1.2.3.4.5"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        *((h, "127.0.0.1") for h in ("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001")),
        *((h, "127.0.0.1") for h in ("017700000001", "0177.0.0.1", "0x7f.1", "0X7F.0.0.0x1")),
        *((h, "127.0.0.1") for h in ("127.0.0.1.", "１２７.0.0.1", "127\u30020\u30020\u30021")),
        ("0", "0.0.0.0"),
        ("00010.8.8.8", "8.8.8.8"),
        ("10.0x100", "10.0.1.0"),
        ("4294967295", "255.255.255.255"),
        ("[::1]", "::1"),
        ("::ffff:10.0.0.1", "::ffff:a00:1"),
        ("0x", "0.0.0.0"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_literal_addresses(host: str, address: str) -> None:
    assert literal_address(host) == ip_address(address)


@pytest.mark.parametrize(
    "host",
    [
        *("example.org", "localhost", "1.2.3.4.example", "1.2.3.4.5", "4294967296", "256.1.1.1"),
        *("127.0.0.256", "1.2.65536", "1..2", "", ".", "08.1.1.1", "[:::]", "9" * 5000),
    ],
)
def test_hosts_that_are_names(host: str) -> None:
    assert literal_address(host) is None

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import Request

from indexer import middlewares
from indexer.middlewares import AddressMiddleware, retry_after
from indexer.outcomes import HostRefusal
from indexer.records import Drop


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *(("", 0), ("0", 0), ("7", 7), ("2.5", 2.5), ("-3", 0), ("9999", 120), ("nan", 0)),
        *(("inf", 120), ("soon", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)),
        ("Wed, 21 Oct 2015 07:28:00", 0),
    ],
)
def test_retry_after(value: str, seconds: float) -> None:
    assert retry_after(value) == seconds


def test_retry_after_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < retry_after(date) <= 60


def _check(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    resolver = SimpleNamespace(allows=lambda host, port: (host, port) == ("127.0.0.1", 81))
    monkeypatch.setattr(middlewares, "_resolver", lambda: resolver)
    crawler: Any = SimpleNamespace()
    AddressMiddleware(crawler).process_request(Request(url))


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "017700000001",
            "0177.0.0.01",
        ),
        *("１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "127.0.0.1.", "good@127.0.0.1", "a:b@127.1"),
        *(
            "0",
            "10.1.2.3",
            "172.16.1.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
        ),
        *(
            "[::1]",
            "[::]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[fe80::1%25lo]",
        ),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:4136:e378::1]", "[fd00:ec2::254]"),
        *("[ff02::1]", "255.255.255.255", "127.0.0.1#@good.example", "127.0.0.1/@good.example"),
        *("127.0.0.1:82", "[::1]:81"),
    ],
)
def test_addresses_that_are_not_public_are_refused_however_they_are_written(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with pytest.raises(HostRefusal, match="is not a public address") as caught:
        _check(monkeypatch, f"http://{host}")
    assert caught.value.drop is Drop.PRIVATE_ADDRESS


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "good.example", "127.0.0.1:81"])
def test_public_addresses_names_and_what_is_allowed_pass(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    _check(monkeypatch, f"http://{host}/")

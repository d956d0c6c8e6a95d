from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address

from indexer.resolver import PublicOnlyResolver, hosts_of


class _Resolver:
    """Answers every name with the next list of addresses."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.nameResolver = self
        self.installed: object = None

    def installNameResolver(  # noqa: N802
        self, resolver: object
    ) -> None:
        self.installed = resolver

    def resolveHostName(self, receiver: Any, name: str, port: int, *_: object) -> None:  # noqa: N802
        receiver.resolutionBegan(name)
        for address in self.answers.pop(0):
            receiver.addressResolved(IPv4Address("TCP", address, port))
        receiver.resolutionComplete()


class _Receiver:
    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.complete = False

    def resolutionBegan(self, _: object) -> None: ...  # noqa: N802

    def addressResolved(self, address: IPv4Address) -> None:  # noqa: N802
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.complete = True


def _resolve(resolver: PublicOnlyResolver, name: str, port: int = 80) -> list[str]:
    receiver = _Receiver()
    resolver.resolveHostName(receiver, name, port)
    assert receiver.complete
    return receiver.addresses


def test_resolver_refuses_after_each_resolution() -> None:
    system = _Resolver(["8.8.8.8"], ["127.0.0.1"], ["8.8.4.4", "10.0.0.1"], ["8.8.8.8"])
    resolver = PublicOnlyResolver(system, frozenset())
    assert _resolve(resolver, "rebind.example") == ["8.8.8.8"]
    assert _resolve(resolver, "rebind.example") == []
    assert resolver.refused == {"rebind.example": "127.0.0.1"}
    assert _resolve(resolver, "mixed.example") == []
    assert resolver.refused["mixed.example"] == "10.0.0.1"
    assert _resolve(resolver, "rebind.example") == ["8.8.8.8"]
    assert "rebind.example" not in resolver.refused


def test_resolver_allows_by_name_and_port() -> None:
    allowed = hosts_of(["http://intranet:8080/start", "https://www.büro.example/"])
    system = _Resolver(*[["10.0.0.1"]] * 6)
    resolver = PublicOnlyResolver(system, allowed)
    assert _resolve(resolver, "intranet", 8080) == ["10.0.0.1"]
    assert _resolve(resolver, "INTRANET.", 8080) == ["10.0.0.1"]
    assert _resolve(resolver, "intranet", 22) == []
    assert _resolve(resolver, "other", 8080) == []
    assert _resolve(resolver, "büro.example", 443) == ["10.0.0.1"]
    assert _resolve(resolver, "xn--bro-hoa.example", 80) == ["10.0.0.1"]
    resolver.install_on_reactor()
    assert system.installed is resolver

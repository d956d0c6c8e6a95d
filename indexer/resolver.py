"""Name resolution that refuses addresses outside the public internet.

The check sits between the name's resolution and the connection: the very address that was checked
is the one connected to, so a DNS record that changes between two look-ups gains nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indexer.addresses import is_public
from indexer.urls import DEFAULT_PORTS, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED_SETTING = "NET_ALLOWED_HOSTS"


def host_key(host: str) -> str:
    """One spelling of a host name: Twisted hands over its Unicode form, a URL its ASCII form."""
    host = host.removeprefix("[").removesuffix("]").rstrip(".").lower()
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def hosts_of(urls: Iterable[str]) -> frozenset[tuple[str, int]]:
    """The (host, port) pairs of the sites of some URLs: with and without ``www.``, both schemes."""
    pairs: set[tuple[str, int]] = set()
    for url in urls:
        host, port = site_of(url)
        for name in (host, f"www.{host}"):
            pairs.update((host_key(name), p) for p in ([port] if port else DEFAULT_PORTS.values()))
    return frozenset(pairs)


class PublicOnlyResolver:
    """A Twisted name resolver (IHostnameResolver) that passes on public addresses only.

    Hosts in the ``NET_ALLOWED_HOSTS`` setting, (host, port) pairs, are allowed by name.
    ``refused`` keeps the address for which each refused host was refused.
    """

    def __init__(self, reactor: Any, allowed: frozenset[tuple[str, int]]) -> None:
        self._reactor = reactor
        self._resolver = reactor.nameResolver
        self._allowed = allowed
        self.refused: dict[str, str] = {}

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> PublicOnlyResolver:
        """Scrapy's way of making the resolver; ``crawler`` is what holds the settings."""
        return cls(reactor, crawler.settings[ALLOWED_SETTING])

    def install_on_reactor(self) -> None:
        """Make the reactor use this resolver for every connection."""
        self._reactor.installNameResolver(self)

    def allows(self, host: str, port: int) -> bool:
        """Whether a host is allowed by name, whatever its address."""
        return (host_key(host), port) in self._allowed

    def resolveHostName(  # noqa: N802 - Twisted's interface
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve a name; the receiver gets no address at all when one of them is not public."""
        receiver = resolutionReceiver
        if not self.allows(hostName, portNumber):
            receiver = _PublicOnlyReceiver(receiver, host_key(hostName), self.refused)
        return self._resolver.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


class _PublicOnlyReceiver:
    """Holds the addresses back until all are known: one private address spoils a name."""

    def __init__(self, receiver: Any, host: str, refused: dict[str, str]) -> None:
        self._receiver = receiver
        self._host = host
        self._refused = refused
        self._addresses: list[Any] = []

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802 - Twisted's interface
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802 - Twisted's interface
        self._addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's interface
        private = [address.host for address in self._addresses if not is_public(address.host)]
        if private:
            self._refused[self._host] = private[0]
        else:
            self._refused.pop(self._host, None)
            for address in self._addresses:
                self._receiver.addressResolved(address)
        self._receiver.resolutionComplete()

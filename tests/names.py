"""Host names that resolve as a test says, in a crawling process: nothing asks a real resolver."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import _resolver

from indexer import addresses, resolver

PUBLIC = "127.0.0.2"  # a loopback address that stands for the public internet


def pretend(names: dict[str, list[list[str]]]) -> None:
    """Answer each look-up of a name with the next of its lists of addresses, the last for ever."""

    def getaddrinfo(host: str, port: int, *_: Any) -> list[Any]:
        answers = names.get(host) or [[]]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    _resolver.GAIResolver.__init__.__defaults__ = (None, getaddrinfo)
    is_public = addresses.is_public
    resolver.is_public = lambda address: address == PUBLIC or is_public(address)

"""Milvus as this process talks to it: its clients, its errors, and the aliases of collections.

Nothing imports this but where the setting ``index`` asks for it.
"""

from __future__ import annotations

import hashlib
import logging
import os
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from indexer.errors import ConfigurationError, VectorsUnreachableError

# The service forks its workers after it has asked once; gRPC reads this when it is imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "1")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
try:
    from grpc import RpcError
    from pymilvus import MilvusClient, MilvusException
except ImportError as missing:
    raise ConfigurationError(
        f"NET_INDEX asks for Milvus, and {missing.name} is not installed:"
        " pip install -r requirements-milvus.txt"
    ) from missing

# It logs each failure with a traceback; here each is raised, and told once.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)

_FILE = "file:"
PATIENCE = 10.0  # seconds for an answer
LONG_PATIENCE = 3600.0  # for work that takes longer the more vectors there are


class Server:
    """A Milvus server, or a Milvus Lite file, by the address that the setting gives."""

    def __init__(self, address: str) -> None:
        at = address.removeprefix("milvus+")
        self.file = Path(at.removeprefix(_FILE)).absolute() if at.startswith(_FILE) else None
        self._uri = str(self.file or at)

    def __str__(self) -> str:
        """Its address without a password."""
        return self._uri if self.file else urlsplit(self._uri).netloc.rpartition("@")[2]

    def ask(self, method: str, *given: Any, patience: float = PATIENCE, **named: Any) -> Any:
        """What a method of the client gives. Raises VectorsUnreachableError when it fails."""
        try:
            # One for each process: a connection does not outlive a fork.
            client = _client(self._uri, os.getpid())
            return getattr(client, method)(*given, timeout=patience, **named)
        except (MilvusException, RpcError, OSError) as error:
            # Not of what was asked: that may be the vector of a question.
            said = getattr(error, "message", "") or type(error).__name__
            raise VectorsUnreachableError(f"Milvus at {self} fails ({method}): {said}") from None

    def has(self, collection: str) -> bool:
        """Whether there is such a collection."""
        return bool(self.ask("has_collection", collection))

    def aliases(self) -> dict[str, str]:
        """The collections that aliases of this project's live indexes name."""
        names = [name for name in self.ask("list_collections") if name.startswith("net_")]
        found = {}
        for name in names:
            for alias in self.ask("list_aliases", name)["aliases"]:
                found[str(alias)] = str(name)
        return found

    def switch(self, alias: str, collection: str) -> None:
        """Let an alias name this collection from now on, in one step."""
        known = self.aliases().get(alias)
        if known != collection:
            self.ask("alter_alias" if known else "create_alias", collection, alias)

    def drop(self, collection: str) -> None:
        """Delete a collection, if it is there and no alias names it."""
        if self.has(collection) and collection not in self.aliases().values():
            self.ask("drop_collection", collection)

    def let_go(self) -> None:
        """Let another process have the file, if it is one; it is opened again when asked."""
        if self.file is None:
            return
        from milvus_lite.server_manager import server_manager_instance  # noqa: PLC0415

        _client(self._uri, os.getpid()).close()
        _client.cache_clear()
        server_manager_instance.release_server(str(self.file))


def alias_of(data: Path) -> str:
    """The alias that names the live collection of a data folder: several may share a server."""
    return f"net_live_{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:8]}"


@lru_cache(maxsize=8)
def _client(uri: str, _process: int) -> MilvusClient:
    return MilvusClient(uri, timeout=PATIENCE)

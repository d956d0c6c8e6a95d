"""The operator's token: who may pass, and which forms were made for who did."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode

from pydantic import SecretStr

from search.errors import RequestError

_FORM = b"a form of the operator's page "
_BUCKET = 3600  # seconds: a form lives for one to two of them


def token_of(setting: SecretStr | None) -> str:
    """The token that is set. Raises RequestError where none is: the routes are off."""
    if setting is None:
        raise RequestError(
            "not_enabled",
            "the operator's routes are off; set NET_OPERATOR_TOKEN to open them",
            status=404,
        )
    return setting.get_secret_value()


def holds(header: str, token: str, *, basic: bool = False) -> bool:
    """Whether an ``Authorization`` header holds the token; ``basic``: as a password as well.

    A browser sends a password by itself, so what takes one must know its own forms.
    """
    kind, _, given = header.partition(" ")
    sent = given.encode()
    if basic and kind.lower() == "basic":
        try:
            sent = b64decode(given, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            sent = b""
    elif kind.lower() != "bearer":
        sent = b""
    # In constant time: how long a refusal takes must not tell how much of a guess was right.
    return hmac.compare_digest(sent, token.encode())


def form_token(token: str, now: float) -> str:
    """What a form carries to show that this service made it; ``now`` in seconds."""
    said = _FORM + str(int(now // _BUCKET)).encode()
    return hmac.new(token.encode(), said, "sha256").hexdigest()


def is_form_token(given: str, token: str, now: float) -> bool:
    """Whether a form was made here, and not long ago."""
    good = (form_token(token, now - age) for age in (0, _BUCKET))
    return any(hmac.compare_digest(given.encode(), each.encode()) for each in good)


def is_same_origin(fetch_site: str | None, origin: str | None, host: str) -> bool:
    """Whether a browser says that a form came from this service, or says nothing of it.

    ``fetch_site`` and ``origin`` are the headers, ``host`` that of the request. The scheme is not
    compared: behind a proxy the service does not know its own.
    """
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    return origin is None or origin.partition("://")[2] == host

"""Named failures of the service and the one shape in which HTTP clients see them."""

from __future__ import annotations


class SettingsError(Exception):
    """A setting that cannot be used as given."""


class RequestError(Exception):
    """A request that cannot be answered as asked.

    ``code`` is for programs, ``field`` the parameter at fault, ``status`` the HTTP status,
    ``retry_after`` the seconds after which it may go better.
    """

    def __init__(
        self,
        code: str,
        message: str,
        field: str | None = None,
        status: int = 400,
        *,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status
        self.retry_after = retry_after


def error_body(code: str, message: str, field: str | None, request_id: str) -> dict[str, object]:
    """The JSON object of every error answer."""
    return {"error": {"code": code, "message": message, "field": field, "request_id": request_id}}

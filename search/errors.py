"""Named failures of the service and the one shape in which HTTP clients see them."""

from __future__ import annotations


class SettingsError(Exception):
    """A setting that cannot be used as given."""


class RequestError(Exception):
    """A request that cannot be answered as asked.

    ``code`` is for programs, ``field`` the parameter at fault, ``status`` the HTTP status.
    """

    def __init__(
        self, code: str, message: str, field: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status


def error_body(code: str, message: str, field: str | None, request_id: str) -> dict[str, object]:
    """The JSON object of every error answer."""
    return {"error": {"code": code, "message": message, "field": field, "request_id": request_id}}

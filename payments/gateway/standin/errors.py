"""Errors in Stripe's shape."""

from typing import Any

TYPES = {402: "card_error", 500: "api_error", 503: "api_error"}


class ApiError(Exception):
    """An answer that is an error; ``facts`` are further fields of it, such as the payment intent."""

    def __init__(self, status: int, message: str, *, code: str = "", kind: str = "", **facts: Any) -> None:
        self.status = status
        self.error = {"type": kind or TYPES.get(status, "invalid_request_error"), "message": message, **facts}
        if code:
            self.error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
        super().__init__(message)


def missing(kind: str, ref: str, param: str | None = None) -> ApiError:
    """There is no such object: 404 for one of the path, 400 for one that a parameter names."""
    return ApiError(
        400 if param else 404,
        f"No such {kind.replace('.', ' ')}: '{ref}'",
        code="resource_missing",
        param=param or "id",
    )

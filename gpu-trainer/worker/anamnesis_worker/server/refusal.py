"""A request that is not accepted: the status, and a sentence that says what to do."""

from __future__ import annotations

import json

from fastapi import Response


class Refusal(Exception):  # noqa: N818  (nothing failed: the request was not accepted)
    """Becomes `{"detail": …}` under its status; nothing of the request took effect."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def json_response(content: object, status: int = 200) -> Response:
    """ASCII JSON, so that no text a client sent can break the answer; NaN is a bug and raises."""
    return Response(json.dumps(content, allow_nan=False), status, media_type="application/json")

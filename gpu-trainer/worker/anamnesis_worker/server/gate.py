"""Who and what gets in: the token, the host a request was meant for, and the kind of body.

Without a token a worker listens on loopback only; then requests for another host name are refused as well, so that a
web page in a browser on this machine cannot reach it under a name of its own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..types import WorkerError
from .refusal import Refusal, json_response

TOKEN_VARIABLE = "ANAMNESIS_WORKER_TOKEN"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN_PATHS = frozenset({"/healthz", "/api/v1/healthz"})


def check_reach(host: str, token: str | None) -> None:
    """A worker that can be reached from other machines has a token."""
    if token is None and host not in LOOPBACK:
        raise WorkerError(f"{host} can be reached from outside; give a token (--token-file or {TOKEN_VARIABLE})")


class Gate:
    """ASGI middleware; `token` None admits every key."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._digest = None if token is None else hashlib.sha256(token.encode()).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_sender(scope["path"], headers)
            check_body_kind(scope["method"], headers)
        except Refusal as refusal:
            await json_response({"detail": refusal.detail}, refusal.status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_sender(self, path: str, headers: Headers) -> None:
        if self._digest is None:
            if host_name(headers.get("host", "localhost")) not in LOOPBACK:
                raise Refusal(403, "a worker without a token answers to localhost only; give it a token")
        elif path not in OPEN_PATHS and not hmac.compare_digest(self._digest, key_digest(headers)):
            raise Refusal(401, "wrong or missing key; send the worker's token as X-API-Key, or as a bearer token")


def key_digest(headers: Mapping[str, str]) -> bytes:
    key = headers.get("x-api-key")
    if key is None:
        key = headers.get("authorization", "").removeprefix("Bearer ")
    return hashlib.sha256(key.encode()).digest()


def host_name(host: str) -> str:
    """Without the port, and without the brackets of IPv6."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] or host


def check_body_kind(method: str, headers: Headers) -> None:
    """JSON as it is: no protobuf, no compression."""
    if method in ("GET", "HEAD", "DELETE", "OPTIONS"):
        return
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-protobuf":
        raise Refusal(415, "this worker speaks JSON: use the tinker SDK 0.24.1, the last that sends JSON bodies")
    if headers.get("content-encoding", "identity") != "identity":
        raise Refusal(415, "this worker takes bodies uncompressed")
    if kind != "application/json" and headers.get("content-length", "0") != "0":
        raise Refusal(415, "send the body as application/json")

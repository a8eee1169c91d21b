"""Promises of results: made when an operation is accepted, polled until it is done, kept a while after delivery.

A result is the bytes of its JSON. A failed operation is a result too: `{"error", "category"}`. Request ids start with a
random word of this process, so that a poll meant for a worker that died is told so (410) and not answered by chance.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
import traceback
from collections.abc import Awaitable
from dataclasses import dataclass, field

from ..types import ErrorCategory, WorkerError
from .limits import Limits
from .refusal import Refusal


@dataclass
class Promise:
    request_id: str
    session_id: str | None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    payload: bytes = b""
    finished: float = 0.0
    delivered: bool = False


def failure(error: BaseException) -> dict[str, str]:
    """What the wire says of an operation that failed, and the log where it is the worker's fault."""
    if isinstance(error, WorkerError):
        return {"error": str(error), "category": error.category.value}
    if isinstance(error, asyncio.CancelledError):
        return {"error": "the worker is stopping; send it again", "category": ErrorCategory.SERVER.value}
    traceback.print_exception(error, file=sys.stderr)
    advice = "free some space" if isinstance(error, OSError) else "see the worker's log"
    return {"error": f"{type(error).__name__}: {error}; {advice}", "category": ErrorCategory.SERVER.value}


class Futures:
    """The table of promises; lives on the event loop."""

    def __init__(self, limits: Limits) -> None:
        self._word = secrets.token_hex(4)
        self._next = 0
        self._promises: dict[str, Promise] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._limits = limits

    def promise(self, result: Awaitable[bytes], session_id: str | None = None) -> str:
        """Register work that is under way, for a session if it has one; returns its request id."""
        self._next += 1
        promise = Promise(f"{self._word}-{self._next}", session_id)
        self._promises[promise.request_id] = promise
        task = asyncio.ensure_future(self._settle(promise, result))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return promise.request_id

    async def _settle(self, promise: Promise, result: Awaitable[bytes]) -> None:
        try:
            promise.payload = await result
        except (Exception, asyncio.CancelledError) as error:
            promise.payload = json.dumps(failure(error)).encode()
        promise.finished = time.monotonic()
        promise.done.set()

    def get(self, request_id: str) -> Promise:
        promise = self._promises.get(request_id)
        if promise is None:
            word, _, number = request_id.partition("-")
            if word == self._word and number.isdecimal() and 0 < int(number[:20]) <= self._next:
                raise Refusal(410, f"request {request_id} was answered and forgotten; send the operation again")
            if len(word) == len(self._word) and number.isdecimal():
                raise Refusal(410, f"request {request_id} was lost when the worker restarted; send the operation again")
            raise Refusal(404, "no such request_id; use the one that the submission answered with")
        return promise

    def knows(self, request_id: str) -> bool:
        return request_id in self._promises

    def forget(self) -> None:
        """Drop what was delivered, or waited in vain, long enough; and delivered results that take too much room."""
        now = time.monotonic()
        limits = self._limits
        finished = [promise for promise in self._promises.values() if promise.done.is_set()]
        room = limits.keep_bytes
        for promise in sorted(finished, key=lambda promise: -promise.finished):
            room -= len(promise.payload) if promise.delivered else 0
            keep = limits.keep_delivered_s if promise.delivered else limits.keep_undelivered_s
            if now - promise.finished > keep or (promise.delivered and room < 0):
                del self._promises[promise.request_id]

    def unsettled(self) -> int:
        """How many promises a client may still be waiting for; those finished 2 s ago and never asked for are not."""
        now = time.monotonic()
        return sum(
            1 for p in self._promises.values() if not p.done.is_set() or (not p.delivered and now - p.finished < 2.0)
        )

"""Sample requests, joined: those that wait for the same weights go to the sampler in one call.

A request waits `batch_window_s` for others, and again for as long after each that comes, up to `batch_wait_s` in all;
whatever comes while the engine is busy joins as well. A request that fails does not take its neighbours with it: each
is then tried alone.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..types import SampleRequest, SampleResult, WorkerError
from .engine import Engine
from .limits import Limits
from .refusal import Refusal
from .snapshots import SamplerPool, Snapshot

Outcome = SampleResult | Exception


@dataclass(eq=False)
class Waiting:
    request: SampleRequest
    result: asyncio.Future[SampleResult]


@dataclass(eq=False)
class Queue:
    """`since` it has been waited for others, until `timer`. `called`: the engine has been told to take from it."""

    since: float
    waiting: deque[Waiting] = field(default_factory=deque)
    timer: asyncio.TimerHandle | None = None
    called: bool = False


class Sampling:
    """Requests come in on the event loop; batches are taken on the engine's thread, hence the lock."""

    def __init__(self, engine: Engine, limits: Limits, pool: SamplerPool) -> None:
        self._engine = engine
        self._limits = limits
        self._pool = pool
        self._lock = threading.Lock()
        self._queues: dict[Snapshot, Queue] = {}
        self._waiting = 0

    def submit(self, snapshot: Snapshot, requests: Sequence[SampleRequest]) -> list[asyncio.Future[SampleResult]]:
        """Queue requests; each result comes by its own future."""
        loop = asyncio.get_running_loop()
        added = [Waiting(request, loop.create_future()) for request in requests]
        with self._lock:
            if self._waiting + len(added) > self._limits.queued_samples:
                raise Refusal(429, f"{self._limits.queued_samples} sample requests wait already; send it again later")
            queue = self._queues.setdefault(snapshot, Queue(since=loop.time()))
            queue.waiting.extend(added)
            self._waiting += len(added)
        if not queue.called:
            if queue.timer is not None:
                queue.timer.cancel()
            call_at = min(loop.time() + self._limits.batch_window_s, queue.since + self._limits.batch_wait_s)
            queue.timer = loop.call_at(call_at, self._call, snapshot, queue)
        return [waiting.result for waiting in added]

    def release(self, lineages: set[str]) -> None:
        """Free the samplers of models that are gone."""
        self._engine.submit(lambda: self._pool.release(lineages))

    def _call(self, snapshot: Snapshot, queue: Queue) -> None:
        queue.called = True
        loop = asyncio.get_running_loop()
        self._engine.submit(lambda: self._run(snapshot, loop))

    def _run(self, snapshot: Snapshot, loop: asyncio.AbstractEventLoop) -> None:
        taken = self._take(snapshot, loop)
        if not taken:
            return
        try:
            sampler = self._pool.take(snapshot)
            outcomes = sample_each(sampler.sample, [waiting.request for waiting in taken])
        except Exception as error:
            outcomes = [error] * len(taken)
        for waiting, outcome in zip(taken, outcomes, strict=True):
            loop.call_soon_threadsafe(_settle, waiting.result, outcome)

    def _take(self, snapshot: Snapshot, loop: asyncio.AbstractEventLoop) -> list[Waiting]:
        """The next batch: all that wait, up to a number of sequences; the rest gets a call of its own."""
        taken: list[Waiting] = []
        room = self._limits.batch_requests
        with self._lock:
            queue = self._queues[snapshot]
            while queue.waiting and (not taken or queue.waiting[0].request.num_samples <= room):
                taken.append(queue.waiting.popleft())
                room -= taken[-1].request.num_samples
            self._waiting -= len(taken)
            if queue.waiting:
                loop.call_soon_threadsafe(self._call, snapshot, queue)
            else:
                del self._queues[snapshot]
        return [waiting for waiting in taken if not waiting.result.cancelled()]


def sample_each(
    sample: Callable[[Sequence[SampleRequest]], list[SampleResult]], requests: Sequence[SampleRequest]
) -> list[Outcome]:
    """All in one call; where that is refused, one by one."""
    try:
        return list(sample(requests))
    except WorkerError as error:
        if len(requests) == 1:
            return [error]
    return [outcome for request in requests for outcome in sample_each(sample, [request])]


def _settle(result: asyncio.Future[SampleResult], outcome: Outcome) -> None:
    if result.done():
        return
    if isinstance(outcome, Exception):
        result.set_exception(outcome)
    else:
        result.set_result(outcome)

"""Sample requests, joined: those that wait for the same weights go to the sampler in one call.

A call of one or many requests waits `batch_window_s` for others, and again for as long after each that comes, up to
`batch_wait_s` in all or until a batch is full; whatever comes while the engine is busy joins as well. A request that
fails does not take its neighbours with it: each is then tried alone.
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
class Call:
    """Requests that came together and are answered together, though perhaps sampled in several batches."""

    requests: Sequence[SampleRequest]
    result: asyncio.Future[list[Outcome]]
    taken: int = 0
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass(eq=False)
class Queue:
    """`since` it has been waited for others, until `timer`. `called`: the engine has been told to take from it."""

    since: float
    calls: deque[Call] = field(default_factory=deque)
    samples: int = 0
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

    def submit(self, snapshot: Snapshot, requests: Sequence[SampleRequest]) -> asyncio.Future[list[Outcome]]:
        """Queue requests; what becomes of each comes in order, once all are done."""
        loop = asyncio.get_running_loop()
        limits = self._limits
        call = Call(requests, loop.create_future())
        with self._lock:
            if self._waiting + len(requests) > limits.queued_samples:
                raise Refusal(429, f"{limits.queued_samples} sample requests wait already; send it again later")
            queue = self._queues.setdefault(snapshot, Queue(since=loop.time()))
            queue.calls.append(call)
            queue.samples += sum(request.num_samples for request in requests)
            self._waiting += len(requests)
        if not queue.called:
            if queue.timer is not None:
                queue.timer.cancel()
            if queue.samples >= limits.batch_samples:
                self._call(snapshot, queue)
            else:
                call_at = min(loop.time() + limits.batch_window_s, queue.since + limits.batch_wait_s)
                queue.timer = loop.call_at(call_at, self._call, snapshot, queue)
        return call.result

    async def sample(self, snapshot: Snapshot, request: SampleRequest) -> SampleResult:
        """The result of one request."""
        [outcome] = await self.submit(snapshot, [request])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def release(self, lineages: set[str]) -> None:
        """Free the samplers of models that are gone."""
        self._engine.submit(lambda: self._pool.release(lineages))

    def _call(self, snapshot: Snapshot, queue: Queue) -> None:
        queue.called = True
        loop = asyncio.get_running_loop()
        self._engine.submit(lambda: self._run(snapshot, loop))

    def _run(self, snapshot: Snapshot, loop: asyncio.AbstractEventLoop) -> None:
        taken = self._take(snapshot, loop)
        requests = [request for _, part in taken for request in part]
        if not requests:
            return
        try:
            sampler = self._pool.take(snapshot)
            outcomes = sample_each(sampler.sample, requests)
        except Exception as error:
            outcomes = [error] * len(requests)
        start = 0
        for call, part in taken:
            call.outcomes += outcomes[start : start + len(part)]
            start += len(part)
            if len(call.outcomes) == len(call.requests):
                loop.call_soon_threadsafe(_settle, call)

    def _take(self, snapshot: Snapshot, loop: asyncio.AbstractEventLoop) -> list[tuple[Call, Sequence[SampleRequest]]]:
        """The next batch: all that wait, up to a number of sequences; the rest gets a turn of its own."""
        taken: list[tuple[Call, Sequence[SampleRequest]]] = []
        room = self._limits.batch_samples
        with self._lock:
            queue = self._queues[snapshot]
            while queue.calls:
                call = queue.calls[0]
                start = end = call.taken
                while end < len(call.requests):
                    size = call.requests[end].num_samples
                    if size > room and (taken or end > start):
                        break
                    room -= size
                    end += 1
                call.taken = end
                self._waiting -= end - start
                if end > start and not call.result.cancelled():
                    taken.append((call, call.requests[start:end]))
                if end < len(call.requests):
                    break
                queue.calls.popleft()
            if queue.calls:
                loop.call_soon_threadsafe(self._call, snapshot, queue)
            else:
                del self._queues[snapshot]
        return taken


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


def _settle(call: Call) -> None:
    if not call.result.done():
        call.result.set_result(call.outcomes)

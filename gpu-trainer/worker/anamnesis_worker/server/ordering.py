"""The order of one model's operations: they start by ascending number, whatever order they arrive in.

No request is held back: an operation whose number is too high waits here while its promise is polled. A number that
never arrives would stop the model, so after `gap_s` everything that waited for it fails and counting goes on behind it:
a step must not be taken on half of its gradient. A number that was refused counts as used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ..types import WorkerError
from .refusal import Refusal

SKIP_AHEAD = 10_000
"""How far beyond the next number one may be refused and still be remembered."""


@dataclass(frozen=True)
class Held:
    start: Callable[[], None]
    fail: Callable[[WorkerError], None]


class OperationOrder:
    def __init__(self, gap_s: float, limit: int) -> None:
        self._gap_s = gap_s
        self._limit = limit
        self._next = 1
        self._held: dict[int, Held] = {}
        self._skipped: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None

    def submit(self, number: int | None, start: Callable[[], None], fail: Callable[[WorkerError], None]) -> None:
        """Start now, or when every lower number has started; without a number, now."""
        if number is None:
            start()
            return
        if number < self._next or number in self._held or number in self._skipped:
            raise Refusal(400, f"seq_id {number} was used before; the next is {self._next}")
        if len(self._held) >= self._limit:
            raise Refusal(429, f"{self._limit} operations wait for seq_id {self._next}; send that first")
        self._held[number] = Held(start, fail)
        self._advance()

    def skip(self, number: int) -> None:
        """The operation with this number was refused and will not come."""
        if self._next <= number <= self._next + SKIP_AHEAD and number not in self._held:
            self._skipped.add(number)
            self._advance()

    def close(self, reason: str) -> None:
        """Fail everything that waits."""
        self._disarm()
        self._fail_held(reason)

    def _advance(self) -> None:
        moved = False
        while self._next in self._held or self._next in self._skipped:
            moved = True
            self._skipped.discard(self._next)
            held = self._held.pop(self._next, None)
            self._next += 1
            if held is not None:
                held.start()
        if moved or not self._held:
            self._disarm()
        if self._held and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._gap_s, self._give_up)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        missing, self._next = self._next, max(self._held) + 1
        self._skipped = {number for number in self._skipped if number >= self._next}
        self._fail_held(f"seq_id {missing} did not arrive within {self._gap_s:g} s, so this was not run")
        self._advance()

    def _fail_held(self, reason: str) -> None:
        held, self._held = self._held, {}
        for number in sorted(held):
            held[number].fail(WorkerError(reason))

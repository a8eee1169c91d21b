"""Idempotency: a request that is repeated under its own name is answered as the first time, and not done again."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .refusal import Refusal


class Once:
    """`known` tells whether an answer is still worth repeating; names whose answer is not are forgotten by `forget`."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._answers: dict[Hashable, tuple[str, str]] = {}

    def answer(self, name: Hashable, digest: str, first: Callable[[], str]) -> str:
        """The answer given before to the same name and digest, or `first()`'s."""
        before = self._answers.get(name)
        if before is None:
            answer = first()
            self._answers[name] = (digest, answer)
            return answer
        if before[0] != digest:
            raise Refusal(400, f"{name} was used before with another body; take the next number")
        return before[1]

    def forget(self) -> None:
        self._answers = {name: entry for name, entry in self._answers.items() if self._known(entry[1])}

"""Dialogues at rest: between two turns their keys and values stay in the row of the buffer in which they were made.

A dialogue that comes back goes on in its row and nothing is copied. They move to a tensor of their own only when the
row is needed for another.
"""

from __future__ import annotations

from collections.abc import Iterable

from .cache import KeyValueBuffer
from .prefixes import Kept, PrefixStore


class Rest:
    """Which kept cache lies in which row. The store may drop one at any time; then its row is simply free."""

    def __init__(self, buffer: KeyValueBuffer, store: PrefixStore) -> None:
        self._buffer, self._store = buffer, store
        self._lying: dict[int, Kept] = {}

    def lay(self, kept: Kept, row: int) -> None:
        """The row holds this cache from now on."""
        kept.row = row
        self._lying[row] = kept

    def lying(self, row: int) -> Kept | None:
        """What is kept in this row. A sequence that runs there continues it, or the row would have been cleared."""
        kept = self._lying.get(row)
        return kept if kept is not None and kept.row == row else None

    def clear(self, rows: Iterable[int]) -> None:
        """Makes rows free: what is kept in them moves out."""
        if not self._lying:
            return
        for row in rows:
            kept = self.lying(row)
            if kept is not None:
                kept.states, kept.row = self._buffer.read(row, len(kept.tokens)), None
            self._lying.pop(row, None)

    def forget(self) -> None:
        """Drops what lies in the buffer, whose contents are lost."""
        for row, kept in self._lying.items():
            if kept.row == row:
                self._store.drop(kept)
        self._lying.clear()

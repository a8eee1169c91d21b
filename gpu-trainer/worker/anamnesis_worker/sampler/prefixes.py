"""Kept caches of dialogues: finds the one that begins like a prompt, and keeps the recently used within a bound.

Tokens decide, not names: any kept cache with the same first tokens holds the same keys and values. Prefixes are found
by chained hashes of blocks of a few tokens and then compared token by token, so a collision costs time, never truth.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

BLOCK = 4
"""A cache that has less than this in common with a prompt is not found: fetching it costs as much as it saves."""
CANDIDATES = 8
"""How many of the most recent caches that share the longest run of blocks are compared to their last token."""

Tokens = NDArray[np.int64]


@dataclass(eq=False)
class Kept:
    """Keys and values of `tokens`, kept for the dialogue `key`.

    They are `states` [layers, 2, heads, length, head dim], or lie in a row of the buffer. A dropped one has neither.
    """

    key: str
    tokens: Tokens
    states: Tensor | None
    row: int | None = None
    name: int = -1
    """The store's own."""


class PrefixStore:
    """At most `limit` tokens of kept caches, least recently used out first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[int, tuple[Kept, list[int]]] = OrderedDict()
        self._sharing: dict[int, dict[int, None]] = {}  # by the hash of a run of blocks: the caches that begin with it
        self._ending: dict[int, dict[int, None]] = {}  # by the hash of all its blocks: the caches that hold no more
        self._next = 0
        self.tokens = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, tokens: Tokens, blocks: Sequence[int] | None = None) -> tuple[Kept, int] | None:
        """The kept cache that shares the most first tokens, and how many; `blocks`: the tokens' hashes, if known."""
        sharing: dict[int, None] = {}
        for block in block_hashes(tokens) if blocks is None else blocks:
            if block not in self._sharing:
                break
            sharing = self._sharing[block]
        best, length = None, 0
        for name in islice(reversed(sharing), CANDIDATES):
            kept = self._kept[name][0]
            shared = common(kept.tokens, tokens)
            if shared > length:
                best, length = kept, shared
        if best is None:
            return None
        self._kept.move_to_end(best.name)
        return best, length

    def keep(self, kept: Kept, blocks: list[int] | None = None) -> bool:
        """Adds a cache of at least a block; False if it is not kept. What it continues goes: it holds all that."""
        if blocks is None:
            blocks = block_hashes(kept.tokens)
        for name in [name for block in blocks for name in self._ending.get(block, ())]:
            older = self._kept[name][0]
            if common(older.tokens, kept.tokens) == len(older.tokens):
                self.drop(older)
        size = len(kept.tokens)
        if not blocks or size > self._limit:
            return False
        while self.tokens + size > self._limit:
            self.drop(next(iter(self._kept.values()))[0])
        name, self._next = self._next, self._next + 1
        kept.name = name
        self._kept[name] = (kept, blocks)
        self.tokens += size
        self._ending.setdefault(blocks[-1], {})[name] = None
        for block in blocks:
            self._sharing.setdefault(block, {})[name] = None
        return True

    def extend(self, kept: Kept, tokens: Tokens, blocks: list[int]) -> None:
        """A kept cache has grown to hold these tokens, which begin with its own."""
        before = self._kept[kept.name][1]
        if len(blocks) > len(before):
            _remove(self._ending, before[-1], kept.name)
            self._ending.setdefault(blocks[-1], {})[kept.name] = None
            for block in blocks[len(before) :]:
                self._sharing.setdefault(block, {})[kept.name] = None
        self._kept[kept.name] = (kept, blocks)
        self._kept.move_to_end(kept.name)
        self.tokens += len(tokens) - len(kept.tokens)
        kept.tokens = tokens
        while self.tokens > self._limit:
            self.drop(next(iter(self._kept.values()))[0])

    def forget(self, key: str) -> None:
        """Drops what is kept for a dialogue."""
        for kept in [kept for kept, _ in self._kept.values() if kept.key == key]:
            self.drop(kept)

    def clear(self) -> None:
        """Drops everything."""
        for kept, _ in self._kept.values():
            kept.states = kept.row = None
        self._kept.clear()
        self._sharing.clear()
        self._ending.clear()
        self.tokens = 0

    def drop(self, kept: Kept) -> None:
        """Drops one that is kept."""
        _, blocks = self._kept.pop(kept.name)
        kept.states = kept.row = None
        self.tokens -= len(kept.tokens)
        _remove(self._ending, blocks[-1], kept.name)
        for block in blocks:
            _remove(self._sharing, block, kept.name)


def _remove(index: dict[int, dict[int, None]], block: int, name: int) -> None:
    names = index[block]
    del names[name]
    if not names:
        del index[block]


def block_hashes(tokens: Tokens, known: Sequence[int] = ()) -> list[int]:
    """A hash for every run of whole blocks from the start; `known`: those of the first blocks."""
    hashes = list(known)
    chain = hashes[-1] if hashes else 0
    whole = tokens.tobytes()
    width = BLOCK * tokens.itemsize
    for start in range(width * len(hashes), len(whole) - width + 1, width):
        chain = hash((chain, whole[start : start + width]))
        hashes.append(chain)
    return hashes


def common(left: Tokens, right: Tokens) -> int:
    """How many first tokens two sequences share."""
    length = min(len(left), len(right))
    left, right = left[:length], right[:length]
    if left.tobytes() == right.tobytes():  # where one continues the other, as mostly, the quickest way to see it
        return length
    return int(np.flatnonzero(left != right)[0])

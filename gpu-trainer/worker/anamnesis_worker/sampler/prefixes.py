"""Kept caches of dialogues: finds the one that begins like a prompt, and keeps the recently used within a bound.

Tokens decide, not names: any kept cache with the same first tokens holds the same keys and values. Prefixes are found
by chained hashes of blocks of 16 tokens and then compared token by token, so a collision costs time, never truth.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

BLOCK = 16
CANDIDATES = 32
"""How many of the most recent caches that share the longest run of blocks are compared to their last token."""

Tokens = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Kept:
    """Keys and values [layers, 2, heads, length, head dim] of `tokens`, kept for the dialogue `key`."""

    key: str
    tokens: Tokens
    states: Tensor


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

    def find(self, tokens: Tokens) -> tuple[Kept, int] | None:
        """The kept cache that shares the most first tokens, and how many."""
        sharing: dict[int, None] = {}
        for block in _block_hashes(tokens):
            if block not in self._sharing:
                break
            sharing = self._sharing[block]
        candidates = list(sharing)[-CANDIDATES:]
        if not candidates:
            return None
        length, best = max((common(self._kept[name][0].tokens, tokens), name) for name in candidates)
        if length == 0:
            return None
        self._kept.move_to_end(best)
        return self._kept[best][0], length

    def keep(self, kept: Kept) -> None:
        """Adds a cache of at least a block. Those that it continues go: it holds all that they held."""
        blocks = list(_block_hashes(kept.tokens))
        for name in [name for block in blocks for name in self._ending.get(block, ())]:
            if common(self._kept[name][0].tokens, kept.tokens) == len(self._kept[name][0].tokens):
                self._drop(name)
        size = len(kept.tokens)
        if not blocks or size > self._limit:
            return
        while self.tokens + size > self._limit:
            self._drop(next(iter(self._kept)))
        name, self._next = self._next, self._next + 1
        self._kept[name] = (kept, blocks)
        self.tokens += size
        self._ending.setdefault(blocks[-1], {})[name] = None
        for block in blocks:
            self._sharing.setdefault(block, {})[name] = None

    def forget(self, key: str) -> None:
        """Drops what is kept for a dialogue."""
        for name in [name for name, (kept, _) in self._kept.items() if kept.key == key]:
            self._drop(name)

    def clear(self) -> None:
        """Drops everything."""
        self._kept.clear()
        self._sharing.clear()
        self._ending.clear()
        self.tokens = 0

    def _drop(self, name: int) -> None:
        kept, blocks = self._kept.pop(name)
        self.tokens -= len(kept.tokens)
        for index, block in [(self._ending, blocks[-1]), *((self._sharing, block) for block in blocks)]:
            del index[block][name]
            if not index[block]:
                del index[block]


def _block_hashes(tokens: Tokens) -> Iterator[int]:
    chain = 0
    for start in range(0, len(tokens) - BLOCK + 1, BLOCK):
        chain = hash((chain, tokens[start : start + BLOCK].tobytes()))
        yield chain


def common(left: Tokens, right: Tokens) -> int:
    """How many first tokens two sequences share."""
    length = min(len(left), len(right))
    differing = np.flatnonzero(left[:length] != right[:length])
    return int(differing[0]) if len(differing) else length

"""Kept caches are found by their first tokens, replaced by what continues them, and bounded."""

from __future__ import annotations

import numpy as np
import torch

from anamnesis_worker.sampler.prefixes import BLOCK, Kept, PrefixStore


def numbers(*parts: tuple[int, int]) -> np.ndarray:
    """Runs of tokens: (first, count) pairs."""
    return np.concatenate([np.arange(first, first + count) for first, count in parts]).astype(np.int64)


def kept(tokens: np.ndarray, key: str = "dialogue") -> Kept:
    return Kept(key, tokens, torch.zeros(1, 2, 1, len(tokens), 1))


def test_the_longest_common_beginning_wins_to_the_token() -> None:
    store = PrefixStore(10_000)
    short, long = kept(numbers((0, 40), (500, 20))), kept(numbers((0, 45), (700, 20)))
    store.keep(long)
    store.keep(short)
    assert store.find(numbers((0, 45), (900, 5))) == (long, 45)
    assert store.find(numbers((0, 41), (900, 5))) == (long, 41)
    assert store.find(numbers((0, 40), (500, 7))) == (short, 47)
    assert store.find(numbers((1, 60))) is None


def test_less_than_a_block_in_common_is_not_worth_finding() -> None:
    store = PrefixStore(10_000)
    store.keep(kept(numbers((0, 40))))
    assert store.find(numbers((0, BLOCK - 1), (800, 40))) is None
    store.keep(kept(numbers((0, BLOCK - 1))))
    assert len(store) == 1


def test_what_a_cache_continues_is_dropped_and_other_branches_stay() -> None:
    store = PrefixStore(10_000)
    branch = kept(numbers((0, 40), (600, 30)))
    store.keep(kept(numbers((0, 40), (500, 10))))
    store.keep(branch)
    store.keep(kept(numbers((0, 40), (500, 30))))
    assert (len(store), store.tokens) == (2, 140)
    assert store.find(branch.tokens) == (branch, 70)


def test_the_least_recently_used_goes_first() -> None:
    store = PrefixStore(120)
    first, second, third = (kept(numbers((1000 * index, 50))) for index in (1, 2, 3))
    store.keep(first)
    store.keep(second)
    assert store.find(first.tokens) is not None
    store.keep(third)
    assert store.tokens == 100
    assert store.find(second.tokens) is None
    assert store.find(first.tokens) == (first, 50)
    store.keep(kept(numbers((9000, 121))))
    assert store.tokens == 100


def test_a_dialogue_that_is_over_is_forgotten() -> None:
    store = PrefixStore(1000)
    store.keep(kept(numbers((0, 50)), "a"))
    store.keep(kept(numbers((300, 50)), "b"))
    store.forget("a")
    assert store.find(numbers((0, 50))) is None
    assert store.find(numbers((300, 50))) is not None
    store.clear()
    assert (len(store), store.tokens, store.find(numbers((300, 50)))) == (0, 0, None)

"""Random numbers by place instead of by order: number `draw` of sequence `seed`, for many sequences in one go.

SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a sequence's state starts at its mixed seed, so that neighbouring seeds
lie far apart, and every draw adds the golden gamma and is mixed once more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GAMMA = np.uint64(0x9E3779B97F4A7C15)


def uniforms(seeds: Sequence[int], draws: Sequence[int]) -> NDArray[np.float64]:
    """Numbers in [0, 1): entry i is number `draws[i]`, counted from 0, of the sequence with the 64-bit `seeds[i]`."""
    states = _mixed(np.array(seeds, dtype=np.uint64) + GAMMA)
    bits = _mixed(states + GAMMA * (np.array(draws, dtype=np.uint64) + np.uint64(1)))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))

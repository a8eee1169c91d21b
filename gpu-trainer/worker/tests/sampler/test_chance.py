"""Random numbers follow from seed and draw alone, and are uniform along both."""

from __future__ import annotations

import numpy as np
import pytest

from anamnesis_worker.sampler.chance import uniforms

from .reference import uniform


def test_they_are_splitmix64_as_its_authors_write_it() -> None:
    pairs = [(seed, draw) for seed in (0, 1, 2**63, 2**64 - 1) for draw in (0, 1, 1000)]
    given = uniforms([seed for seed, _ in pairs], [draw for _, draw in pairs])
    assert given.tolist() == [uniform(seed, draw) for seed, draw in pairs]


@pytest.mark.parametrize("along", ["seeds", "draws"])
def test_neighbours_are_uniform_and_independent(along: str) -> None:
    count = 40_000
    steps, same = range(count), [7] * count
    numbers = uniforms(steps, same) if along == "seeds" else uniforms(same, steps)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    # Pairs of neighbours over a grid of 8 x 8: above the 99.9th percentile of chi-square with 63 degrees of freedom.
    cells = (numbers[::2] * 8).astype(int) * 8 + (numbers[1::2] * 8).astype(int)
    expected = count / 2 / 64
    assert ((np.bincount(cells, minlength=64) - expected) ** 2 / expected).sum() < 103.4

"""Batches hold everything once, keep to their budget and waste little on padding."""

from __future__ import annotations

import numpy as np

from anamnesis_worker.batching import bucket, deal


def test_every_sequence_is_in_one_batch_within_the_budget() -> None:
    lengths = np.random.default_rng(0).integers(1, 400, 300).tolist()
    batches = bucket(lengths, 2048)
    assert sorted(index for batch in batches for index in batch) == list(range(300))
    for batch in batches:
        widest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or len(batch) * widest <= 2048
        assert all(widest - lengths[i] <= max(16, widest // 8) for i in batch)


def test_the_widest_batch_comes_first_and_one_too_long_passes_alone() -> None:
    assert bucket([10, 5000, 12, 11], 1024) == [[1], [2, 3, 0]]


def test_padding_stays_below_an_eighth_for_long_sequences() -> None:
    lengths = np.random.default_rng(1).integers(200, 2000, 500).tolist()
    area = sum(len(batch) * max(lengths[i] for i in batch) for batch in bucket(lengths, 16384))
    assert area / sum(lengths) < 1.125


def test_every_process_gets_work_where_there_is_enough() -> None:
    hands = deal([20] * 8, 16384, 4)
    assert [sum(len(batch) for batch in hand) for hand in hands] == [2, 2, 2, 2]
    assert deal([5], 100, 2) == [[[0]], []]

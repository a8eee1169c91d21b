"""Between turns dialogues rest in their rows: whoever comes, goes, or comes back in another order, nothing changes."""

from __future__ import annotations

import numpy as np
import pytest

from anamnesis_worker.sampler import Sampler
from anamnesis_worker.types import SampleRequest, SamplingParams

from .conftest import VOCAB, source
from .test_sampling import assert_same, prompt


def ask(tokens: list[int], key: str | None, seed: int, *, new: int = 1, samples: int = 1) -> SampleRequest:
    return SampleRequest(tokens, SamplingParams(new, seed=seed), num_samples=samples, cache_key=key)


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("rows", [4096, 5])
@pytest.mark.parametrize("family", ["qwen2", "mistral"])
def test_waves_of_short_turns_sample_as_without_any_cache(family: str, rows: int, static: bool) -> None:
    sampler = Sampler(source(family), max_rows=rows, static=static)
    fresh = Sampler(source(family))
    chance = np.random.default_rng(5)
    dialogues = {index: prompt(5 + index % 4, index // 3) for index in range(14)}
    reused = 0
    for turn in range(12):
        # Some stay away for a turn, some end, new ones come, and the order is another each time.
        present = [index for index in chance.permutation(list(dialogues)).tolist() if chance.random() < 0.8]
        requests = [
            ask(dialogues[i], None if i % 7 == 6 else f"{i}", 100 * turn + i, new=1 + (turn % 4 == 3) * (i % 3))
            for i in present
        ]
        requests.append(ask(prompt(9, turn), "group", turn, samples=3))
        results = sampler.sample(requests)
        for request, result in zip(requests, results, strict=True):
            wanted = fresh.sample(
                [ask([*request.prompt], None, request.params.seed or 0, new=request.params.max_tokens)]
            )
            assert_same(result.sequences[0], wanted[0].sequences[0])
            reused += result.reused_tokens
        for index, result in zip(present, results, strict=False):
            dialogues[index] += [*result.sequences[0].tokens, *chance.integers(0, VOCAB, 1 + index % 2).tolist()]
        ended = present[turn % len(present)]
        dialogues[100 * (turn + 1) + ended] = prompt(6, turn)
        del dialogues[ended]
    assert reused > 1000
    assert sampler.cached_tokens > 0


def test_a_wave_that_goes_on_stays_in_its_rows() -> None:
    sampler = Sampler(source())
    dialogues = [prompt(6, index) for index in range(10)]
    for turn in range(4):
        results = sampler.sample([ask(tokens, f"{index}", turn) for index, tokens in enumerate(dialogues)])
        kept = [kept for kept, _ in sampler._store._kept.values()]
        assert sorted(one.row for one in kept if one.row is not None) == list(range(10))
        assert {(one.key, one.row) for one in kept} == {(f"{row}", row) for row in range(10)}
        assert [result.reused_tokens for result in results] == [0 if turn == 0 else 4 + 2 * turn] * 10
        for tokens, result in zip(dialogues, results, strict=True):
            tokens.extend([result.sequences[0].tokens[0], 3])


def test_new_weights_and_failures_leave_nothing_at_rest() -> None:
    sampler, tokens = Sampler(source()), prompt(20)
    sampler.sample([ask(tokens, "a", 1)])
    sampler.load(sampler.weights(), 1)
    assert sampler.sample([ask([*tokens, 1], "a", 1)])[0].reused_tokens == 0
    sampler._batch.forget()
    assert (sampler.cached_tokens, len(sampler._store)) == (0, 0)
    assert sampler.sample([ask([*tokens, 1, 2], "a", 1)])[0].reused_tokens == 0

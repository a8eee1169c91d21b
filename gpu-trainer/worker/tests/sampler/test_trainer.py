"""At lag 0 the trainer agrees with the log-probabilities that its weights sampled with."""

from __future__ import annotations

import numpy as np
import pytest

from anamnesis_worker.sampler import Sampler
from anamnesis_worker.trainer import TrainingModel
from anamnesis_worker.types import AdamParams, Datum, LoraConfig, SampledSequence, SampleRequest, SamplingParams

from .conftest import source
from .test_sampling import prompt


def datum(before: list[int], sequence: SampledSequence) -> Datum:
    whole = np.asarray([*before, *sequence.tokens])
    sampled = np.arange(len(whole) - 1) >= len(before) - 1
    return Datum(whole[:-1], {"target_tokens": whole[1:], "weights": sampled.astype(np.float32)})


@pytest.mark.parametrize("family", ["llama", "qwen2", "mistral"])
@pytest.mark.parametrize("lora", [None, LoraConfig(rank=4, seed=1)], ids=["full", "lora"])
def test_sampled_logprobs_equal_the_trainers(family: str, lora: LoraConfig | None) -> None:
    model, sampler = TrainingModel(source(family), lora), Sampler(source(family))
    prompts = [prompt(length) for length in (3, 20, 41)]
    requests = [SampleRequest(tokens, SamplingParams(25, seed=1), num_samples=2, cache_key="a") for tokens in prompts]
    for step in range(3):
        sampler.load(model.sampler_state(), model.version)
        results = sampler.sample(requests)
        assert {result.version for result in results} == {step}
        data, sampled = [], []
        for tokens, result in zip(prompts, results, strict=True):
            for sequence in result.sequences:
                data.append(datum(tokens, sequence))
                sampled.append(sequence.logprobs)
        recomputed = [logprobs[-25:] for logprobs in model.forward(data, "cross_entropy", {}).logprobs]
        assert np.abs(np.subtract(recomputed, sampled)).mean() < 1e-5
        model.forward_backward(data, "cross_entropy", {})
        model.optim_step(AdamParams(learning_rate=0.02))

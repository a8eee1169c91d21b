"""What is sampled is what the model would say without any cache, whoever else is in the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from anamnesis_worker.models import load_causal_lm
from anamnesis_worker.sampler import Sampler
from anamnesis_worker.types import (
    ErrorCategory,
    SampledSequence,
    SampleRequest,
    SampleResult,
    SamplingParams,
    WorkerError,
)

from . import reference
from .conftest import CONTEXT, FAMILIES, VOCAB, source


def prompt(length: int, seed: int = 0) -> list[int]:
    return list(map(int, np.random.default_rng([seed, length]).integers(0, VOCAB, length)))


def assert_same(given: SampledSequence, wanted: SampledSequence) -> None:
    assert given.tokens == wanted.tokens
    assert given.stop_reason == wanted.stop_reason
    np.testing.assert_allclose(given.logprobs, wanted.logprobs, rtol=0, atol=2e-5)


def scores(result: SampleResult) -> np.ndarray:
    """Prompt log-probabilities from the second token on; none where they were not asked for."""
    assert result.prompt_logprobs is None or result.prompt_logprobs[0] is None
    return np.asarray((result.prompt_logprobs or [])[1:], dtype=float)


@pytest.mark.parametrize("family", FAMILIES)
def test_logprobs_equal_a_plain_forward_pass(family: str) -> None:
    requests = [
        SampleRequest(prompt(length), SamplingParams(24, temperature=temperature, seed=length), num_samples=2)
        for length, temperature in ((1, 1.0), (7, 0.7), (8, 1.3), (33, 1.0), (90, 0.5))
    ]
    model = load_causal_lm(source(family))
    differences = []
    for request, result in zip(requests, Sampler(source(family)).sample(requests), strict=True):
        for sequence in result.sequences:
            whole = [*request.prompt, *sequence.tokens]
            expected = reference.logprobs_of(model, whole, request.params.temperature)
            places = range(len(request.prompt) - 1, len(whole) - 1)
            differences += [
                abs(expected[place, token] - logprob)
                for place, token, logprob in zip(places, sequence.tokens, sequence.logprobs, strict=True)
            ]
    assert len(differences) == 240
    assert np.mean(differences) < 1e-5


def test_a_hundred_requests_equal_the_slow_reference() -> None:
    chance = np.random.default_rng(11)
    openings = [prompt(40, seed) for seed in range(3)]
    requests = []
    for seed in range(100):
        opening = openings[chance.integers(3)][: chance.integers(0, 41)] if chance.random() < 0.7 else []
        tokens = [*opening, *map(int, chance.integers(0, VOCAB, chance.integers(1, 30)))]
        params = SamplingParams(
            max_tokens=int(chance.integers(1, 14)),
            temperature=float(chance.choice([0.0, 0.6, 1.0, 1.4])),
            top_k=int(chance.choice([-1, 3, 20])),
            top_p=float(chance.choice([1.0, 0.9, 0.5])),
            seed=seed,
            stop=[list(map(int, chance.integers(0, VOCAB, size))) for size in chance.integers(1, 3, 4)],
        )
        key = f"dialogue {seed % 7}" if chance.random() < 0.6 else None
        requests.append(SampleRequest(tokens, params, num_samples=int(chance.integers(1, 4)), cache_key=key))
    model, sampler = load_causal_lm(source()), Sampler(source(), max_rows=12, cache_tokens=400)
    reused, stopped = 0, 0
    for start in range(0, 100, 20):
        part = requests[start : start + 20]
        for request, result in zip(part, sampler.sample(part), strict=True):
            assert len(result.sequences) == request.num_samples
            reused += result.reused_tokens
            for index, sequence in enumerate(result.sequences):
                assert_same(sequence, reference.sample(model, request, index))
                stopped += sequence.stop_reason == "stop"
    assert reused > 100
    assert stopped > 20


def test_a_sample_does_not_depend_on_the_rest_of_the_batch() -> None:
    sampler = Sampler(source())
    requests = [
        SampleRequest(
            prompt(3 * index + 1, index),
            SamplingParams(30 - index, seed=index, top_k=5 if index % 3 else -1, temperature=1 + index / 20),
        )
        for index in range(16)
    ]
    together = sampler.sample(requests)
    for request, result in zip(requests, together, strict=True):
        assert_same(sampler.sample([request])[0].sequences[0], result.sequences[0])


def test_sample_i_is_drawn_with_seed_plus_i_and_long_waits_change_nothing() -> None:
    request = SampleRequest(prompt(20), SamplingParams(70, seed=5), num_samples=7)
    wanted = Sampler(source()).sample([request])[0].sequences
    assert len({tuple(sequence.tokens) for sequence in wanted}) == 7
    for rows, tokens in ((1, None), (3, None), (256, 200)):
        given = Sampler(source(), max_rows=rows, batch_tokens=tokens).sample([request])[0].sequences
        for one, other in zip(given, wanted, strict=True):
            assert_same(one, other)
    shifted = replace(request, params=replace(request.params, seed=8), num_samples=1)
    assert_same(Sampler(source()).sample([shifted])[0].sequences[0], wanted[3])


def test_without_a_seed_samples_differ() -> None:
    request = SampleRequest(prompt(5), SamplingParams(20), num_samples=2)
    first, second = Sampler(source()).sample([request])[0].sequences
    assert first.tokens != second.tokens


def test_padded_steps_as_on_a_gpu_sample_the_same() -> None:
    requests = [
        SampleRequest(prompt(9 * index + 2, index), SamplingParams(4 + 9 * index, seed=index), num_samples=index + 1)
        for index in range(5)
    ]
    exact, padded = Sampler(source("mistral")), Sampler(source("mistral"), static=True)
    for one, other in zip(exact.sample(requests), padded.sample(requests), strict=True):
        for left, right in zip(one.sequences, other.sequences, strict=True):
            assert_same(left, right)


def test_a_long_prompt_goes_through_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [
        SampleRequest(prompt(length), SamplingParams(5, seed=1), prompt_logprobs=scored)
        for length, scored in ((120, False), (113, False), (98, True), (1, True), (104, True), (100, False))
    ]
    wanted = Sampler(source()).sample(requests)
    monkeypatch.setattr("anamnesis_worker.sampler.decoder.PREFILL_POSITIONS", 32)
    for one, other in zip(Sampler(source()).sample(requests), wanted, strict=True):
        assert_same(one.sequences[0], other.sequences[0])
        assert (one.prompt_logprobs is None) == (other.prompt_logprobs is None)
        np.testing.assert_allclose(scores(one), scores(other), atol=1e-5)


def test_prompt_logprobs_are_the_models_at_temperature_one() -> None:
    tokens = prompt(50)
    request = SampleRequest(tokens, SamplingParams(1, temperature=0.3), prompt_logprobs=True, topk_prompt_logprobs=4)
    plain = SampleRequest(tokens, SamplingParams(1), cache_key="kept")
    sampler = Sampler(source("qwen3"))
    sampler.sample([plain])  # a kept cache must not leave holes in the scores
    scored, unscored = sampler.sample([request, plain])
    expected = reference.logprobs_of(load_causal_lm(source("qwen3")), tokens)
    assert scored.topk_prompt_logprobs is not None
    assert scored.topk_prompt_logprobs[0] is None
    np.testing.assert_allclose(scores(scored), expected[np.arange(49), tokens[1:]], atol=1e-5)
    for place, best in enumerate(scored.topk_prompt_logprobs[1:]):
        assert best is not None
        assert [token for token, _ in best] == np.argsort(-expected[place])[:4].tolist()
        np.testing.assert_allclose([logprob for _, logprob in best], np.sort(expected[place])[:-5:-1], atol=1e-5)
    assert unscored.prompt_logprobs is None
    assert unscored.topk_prompt_logprobs is None


def test_a_stop_is_kept_and_ends_the_sequence() -> None:
    sampler, tokens = Sampler(source()), prompt(12)

    def sample(stop: Sequence[Sequence[int]]) -> SampledSequence:
        return sampler.sample([SampleRequest(tokens, SamplingParams(30, seed=4, stop=stop))])[0].sequences[0]

    free = sample([])
    assert (free.stop_reason, len(free.tokens)) == ("length", 30)
    place = next(index for index in range(5, 30) if free.tokens[index] not in free.tokens[:index])
    for stop in ([free.tokens[place]], list(free.tokens[place - 2 : place + 1])):
        stopped = sample([[VOCAB - 1] * 9, stop])
        assert stopped.tokens == free.tokens[: place + 1]
        assert stopped.logprobs == pytest.approx(free.logprobs[: place + 1], abs=1e-5)
        assert stopped.stop_reason == "stop"
    # Half of a stop in the prompt does not count.
    assert sample([[tokens[-1], free.tokens[0]]]).tokens == free.tokens
    # A stop on the last allowed token is a stop.
    last = sampler.sample([SampleRequest(tokens, SamplingParams(place + 1, seed=4, stop=[[free.tokens[place]]]))])
    assert last[0].sequences[0].stop_reason == "stop"


GOOD = SampleRequest([1, 2, 3], SamplingParams(4))


@pytest.mark.parametrize(
    ("request_", "advice"),
    [
        (replace(GOOD, prompt=[]), "empty"),
        (replace(GOOD, prompt=[1, VOCAB]), "outside 0 to 60"),
        (replace(GOOD, prompt=[-1]), "outside"),
        (replace(GOOD, params=SamplingParams(CONTEXT - 2)), "exceed the context of 192"),
        (replace(GOOD, params=SamplingParams(0)), "max_tokens"),
        (replace(GOOD, params=SamplingParams(4, temperature=-0.1)), "temperature"),
        (replace(GOOD, params=SamplingParams(4, temperature=float("nan"))), "temperature"),
        (replace(GOOD, params=SamplingParams(4, top_k=0)), "top_k"),
        (replace(GOOD, params=SamplingParams(4, top_p=0)), "top_p"),
        (replace(GOOD, params=SamplingParams(4, stop=[[]])), "stop"),
        (replace(GOOD, num_samples=0), "num_samples"),
        (replace(GOOD, topk_prompt_logprobs=-1), "topk"),
    ],
)
def test_what_cannot_be_sampled_is_refused_with_advice(request_: SampleRequest, advice: str) -> None:
    with pytest.raises(WorkerError, match=advice) as refusal:
        Sampler(source()).sample([GOOD, request_])
    assert refusal.value.category is ErrorCategory.USER


def test_a_sequence_may_fill_the_context_to_its_last_token() -> None:
    request = SampleRequest(prompt(100), SamplingParams(CONTEXT - 100, seed=1))
    result = Sampler(source()).sample([request])[0].sequences[0]
    assert_same(result, reference.sample(load_causal_lm(source()), request, 0))
    assert len(result.tokens) == CONTEXT - 100


def test_damaged_weights_are_reported_and_the_sampler_recovers() -> None:
    sampler = Sampler(source())
    good = {name: weight.clone() for name, weight in sampler.weights().items()}
    wanted = sampler.sample([GOOD, replace(GOOD, params=SamplingParams(9, seed=1))])[1]
    bad = {name: torch.full_like(weight, torch.nan) for name, weight in good.items()}
    sampler.load(bad, 1)
    with pytest.raises(WorkerError, match="not finite") as failure:
        sampler.sample([GOOD])
    assert failure.value.category is ErrorCategory.SERVER
    sampler.load(good, 2)
    assert_same(sampler.sample([replace(GOOD, params=SamplingParams(9, seed=1))])[0].sequences[0], wanted.sequences[0])


def test_out_of_memory_is_tried_once_more_with_half_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = Sampler(source())
    request = SampleRequest(prompt(30), SamplingParams(10, seed=2), num_samples=8, cache_key="kept")
    wanted = sampler.sample([request])[0].sequences
    decoder = sampler._decoder
    step, most = decoder.step, [4]

    def short_of_memory(tokens: Sequence[int], lengths: Sequence[int]) -> torch.Tensor:
        if len(tokens) > most[0]:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return step(tokens, lengths)

    monkeypatch.setattr(decoder, "step", short_of_memory)
    for one, other in zip(sampler.sample([request])[0].sequences, wanted, strict=True):
        assert_same(one, other)
    most[0] = 1
    with pytest.raises(WorkerError, match="out of memory with 4 sequences") as failure:
        sampler.sample([request])
    assert failure.value.category is ErrorCategory.SERVER

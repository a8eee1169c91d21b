"""The cache of a dialogue is extended turn by turn, changes nothing that is sampled, and goes with the weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anamnesis_worker.sampler import Sampler
from anamnesis_worker.types import ErrorCategory, SampleRequest, SampleResult, SamplingParams, WorkerError

from .conftest import VOCAB, source
from .test_sampling import assert_same, prompt


def ask(tokens: list[int], key: str | None, *, seed: int = 1, new: int = 8, samples: int = 1) -> SampleRequest:
    return SampleRequest(tokens, SamplingParams(new, seed=seed), num_samples=samples, cache_key=key)


def continued(result: SampleResult, before: list[int], turn: int, sample: int = 0) -> list[int]:
    """The dialogue so far and the next question."""
    return [*before, *result.sequences[sample].tokens, *prompt(6, turn)]


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen3"])
def test_every_turn_reuses_all_that_the_turn_before_has_seen(family: str) -> None:
    kept, fresh = Sampler(source(family)), Sampler(source(family))
    tokens, seen = prompt(20), 0
    for turn in range(6):
        result, wanted = kept.sample([ask(tokens, "a")])[0], fresh.sample([ask(tokens, None)])[0]
        assert_same(result.sequences[0], wanted.sequences[0])
        assert (result.reused_tokens, wanted.reused_tokens) == (seen, 0)
        seen = len(tokens) + 8 - 1  # the last token sampled has not been through the model
        tokens = continued(result, tokens, turn)
    assert kept.cached_tokens == seen
    assert fresh.cached_tokens == 0


def test_each_sample_of_a_group_can_be_continued() -> None:
    sampler, opening = Sampler(source()), prompt(30)
    first = sampler.sample([ask(opening, "group", samples=4)])[0]
    nexts = [continued(first, opening, 1, sample) for sample in range(4)]
    second = sampler.sample([ask(tokens, "group", seed=9 + index) for index, tokens in enumerate(nexts)])
    assert [result.reused_tokens for result in second] == [37] * 4
    for index, (tokens, result) in enumerate(zip(nexts, second, strict=True)):
        assert_same(result.sequences[0], Sampler(source()).sample([ask(tokens, None, seed=9 + index)])[0].sequences[0])


def test_dialogues_share_what_they_open_with() -> None:
    first, second = prompt(50), prompt(70)
    dialogues = [[*(first if index % 2 else second), *prompt(5 + index, 100 + index)] for index in range(10)]
    dialogues.append(first[:30])
    sampler = Sampler(source())
    together = sampler.sample([ask(tokens, None, seed=index) for index, tokens in enumerate(dialogues)])
    for index, (tokens, result) in enumerate(zip(dialogues, together, strict=True)):
        assert_same(result.sequences[0], sampler.sample([ask(tokens, None, seed=index)])[0].sequences[0])
        assert result.reused_tokens == 0
    sampler.sample([ask(dialogues[0], "a")])
    other = sampler.sample([ask(dialogues[2], "b")])[0]
    assert other.reused_tokens >= len(second)


def test_a_dialogue_that_is_changed_reuses_what_is_unchanged() -> None:
    sampler, tokens = Sampler(source()), prompt(40)
    sampler.sample([ask(tokens, "a")])
    changed = [*tokens[:25], (tokens[25] + 1) % VOCAB, *tokens[26:]]
    result = sampler.sample([ask(changed, "a")])[0]
    assert result.reused_tokens == 25
    assert_same(result.sequences[0], Sampler(source()).sample([ask(changed, None)])[0].sequences[0])


def test_the_same_prompt_again_feeds_only_its_last_token() -> None:
    sampler, tokens = Sampler(source()), prompt(40)
    first = sampler.sample([ask(tokens, "a")])[0]
    again = sampler.sample([ask(tokens, "a")])[0]
    assert again.reused_tokens == 39
    assert_same(again.sequences[0], first.sequences[0])


def test_kept_caches_stay_within_their_bound() -> None:
    sampler = Sampler(source(), cache_tokens=200)
    for seed in range(12):
        sampler.sample([ask(prompt(30, seed), f"dialogue {seed}"), ask(prompt(25, seed), None)])
        assert sampler.cached_tokens <= 200
    assert sampler.cached_tokens == 5 * 37
    assert sampler.sample([ask(prompt(30, 0), "dialogue 0")])[0].reused_tokens == 0
    assert sampler.sample([ask(prompt(30, 11), "dialogue 11")])[0].reused_tokens == 29
    sampler.forget("dialogue 11")
    assert sampler.sample([ask(prompt(30, 11), None)])[0].reused_tokens == 0


def test_new_weights_drop_every_cache_and_change_what_is_sampled() -> None:
    sampler, other, tokens = Sampler(source()), Sampler(source(seed=8)), prompt(40)
    before = sampler.sample([ask(tokens, "a")])[0]
    assert (before.version, sampler.cached_tokens) == (0, 47)
    sampler.load(other.weights(), 3)
    assert sampler.cached_tokens == 0
    assert not sampler._decoder.buffer.storage.any()
    after = sampler.sample([ask(tokens, "a")])[0]
    assert (after.version, after.reused_tokens) == (3, 0)
    assert after.sequences[0].tokens != before.sequences[0].tokens
    assert_same(after.sequences[0], other.sample([ask(tokens, None)])[0].sequences[0])


def test_loaded_weights_are_copies() -> None:
    sampler, tokens = Sampler(source()), prompt(10)
    state = {name: weight.clone() for name, weight in Sampler(source(seed=8)).weights().items()}
    sampler.load(state, 1)
    wanted = sampler.sample([ask(tokens, None)])[0]
    for weight in state.values():
        weight.zero_()
    assert_same(sampler.sample([ask(tokens, None)])[0].sequences[0], wanted.sequences[0])


def test_weights_of_a_tied_model_may_name_the_embeddings_alone_or_untie_them() -> None:
    sampler, tokens = Sampler(source("qwen2")), prompt(10)
    wanted = sampler.sample([ask(tokens, None)])[0]
    state = {name: weight.clone() for name, weight in sampler.weights().items()}
    head = state.pop("lm_head.weight")
    sampler.load(state, 1)
    assert_same(sampler.sample([ask(tokens, None)])[0].sequences[0], wanted.sequences[0])
    sampler.load({**state, "lm_head.weight": head.flip(0)}, 2)
    flipped = sampler.sample([SampleRequest(tokens, SamplingParams(1, temperature=0))])[0].sequences[0]
    sampler.load(state, 3)
    greedy = sampler.sample([SampleRequest(tokens, SamplingParams(1, temperature=0))])[0].sequences[0]
    assert flipped.tokens[0] == VOCAB - 1 - greedy.tokens[0]


def test_foreign_weights_are_refused_before_anything_changes() -> None:
    sampler, tokens = Sampler(source()), prompt(40)
    wanted = sampler.sample([ask(tokens, "a")])[0]
    state = dict(sampler.weights())
    norm = "model.norm.weight"
    for foreign in (
        {name: weight for name, weight in state.items() if name != norm},
        {**state, norm: torch.zeros(3)},
        {**state, "adapter": torch.zeros(3)},
    ):
        with pytest.raises(WorkerError, match=f"such as ({norm}|adapter)") as refusal:
            sampler.load(foreign, 9)
        assert refusal.value.category is ErrorCategory.USER
    again = sampler.sample([ask(tokens, "a")])[0]
    assert (again.version, again.reused_tokens) == (0, 39)
    assert_same(again.sequences[0], wanted.sequences[0])


def test_bfloat16_stays_near_float32() -> None:
    exact, narrow = Sampler(source()), Sampler(source(), dtype="bfloat16")
    request = SampleRequest(prompt(30), SamplingParams(30, seed=1))
    sequence = narrow.sample([request])[0].sequences[0]
    whole = [*request.prompt, *sequence.tokens]
    scores = exact.sample([SampleRequest(whole, SamplingParams(1), prompt_logprobs=True)])[0].prompt_logprobs
    assert scores is not None
    differences = np.subtract(sequence.logprobs, np.asarray(scores[30:], dtype=float))
    assert np.abs(differences).mean() < 0.2
    with pytest.raises(WorkerError, match="int8"):
        Sampler(source(), dtype="int8")

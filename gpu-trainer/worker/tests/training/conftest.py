"""Tiny models and made-up training data, the same in every test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from anamnesis_worker.types import Datum, ModelSource

torch.set_num_threads(1)  # threads on models this small only wait for each other

VOCAB = 61
MakeData = Callable[..., list[Datum]]
MakeSource = Callable[..., ModelSource]


@pytest.fixture
def tiny() -> MakeSource:
    """A two-layer decoder with random weights; keywords change its configuration."""

    def make(model_type: str = "llama", **changes: object) -> ModelSource:
        config = {
            "model_type": model_type,
            "vocab_size": VOCAB,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 96,
            "initializer_range": 0.2,
            "tie_word_embeddings": False,
        }
        return ModelSource(config=config | changes, seed=7)

    return make


@pytest.fixture
def make_data() -> MakeData:
    """Dialogues with a padded prompt of a few tokens, as a client of this loss would send them."""

    def make(
        loss: str, lengths: Sequence[int] = (9, 30, 4, 17, 30), *, seed: int = 0, weighted: bool = True
    ) -> list[Datum]:
        chance = np.random.default_rng(seed)
        data = []
        for length in lengths:
            trained = np.arange(length) >= min(3, length - 1)
            inputs: dict[str, np.ndarray] = {"target_tokens": chance.integers(0, VOCAB, length)}
            if loss == "cross_entropy":
                inputs["weights"] = (chance.normal(size=length) * trained).astype(np.float32)
            else:
                spread = 1 if loss == "oapl" else length  # one advantage for the whole sequence
                inputs["logprobs"] = (trained * chance.normal(-4.5, 0.8, size=length)).astype(np.float32)
                inputs["advantages"] = (trained * np.resize(chance.normal(size=spread), length)).astype(np.float32)
                if weighted or loss == "oapl":
                    inputs["weights"] = trained.astype(np.float32)
            if loss == "grpo":
                inputs["reference_logprobs"] = (trained * chance.normal(-4.5, 0.5, size=length)).astype(np.float32)
            data.append(Datum(chance.integers(0, VOCAB, length), inputs))
        return data

    return make


CONFIGS: dict[str, dict[str, float]] = {
    "cross_entropy": {},
    "importance_sampling": {},
    "ppo": {"clip_low_threshold": 0.7, "clip_high_threshold": 1.3},
    "cispo": {"clip_high_threshold": 2.0},
    "dro": {"beta": 0.3},
    "grpo": {"clip_high_threshold": 1.28, "kl_coef": 0.1},
    "oapl": {"beta": 0.1},
}


@pytest.fixture(params=list(CONFIGS))
def loss_and_config(request: pytest.FixtureRequest) -> tuple[str, dict[str, float]]:
    """Every loss, with a configuration under which each of its terms takes part."""
    return request.param, CONFIGS[request.param]

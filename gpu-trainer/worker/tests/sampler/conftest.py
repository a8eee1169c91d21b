"""Tiny models of every family the sampler is made for, with weights wide enough that each token and place matters."""

from __future__ import annotations

import torch

from anamnesis_worker.types import ModelSource

torch.set_num_threads(1)  # threads on models this small only wait for each other

VOCAB = 61
CONTEXT = 192
FAMILIES = {
    "llama": {"num_key_value_heads": 4},
    "qwen2": {"num_key_value_heads": 2, "tie_word_embeddings": True},
    "qwen3": {"num_key_value_heads": 1, "head_dim": 8},
    "mistral": {"num_key_value_heads": 2, "sliding_window": 12},
    "qwen2-mixed": {"num_key_value_heads": 2, "use_sliding_window": True, "sliding_window": 12, "max_window_layers": 1},
}


def source(family: str = "qwen2", seed: int = 3) -> ModelSource:
    """A two-layer decoder with random weights."""
    config: dict[str, object] = {
        "model_type": family.split("-")[0],
        "vocab_size": VOCAB,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": CONTEXT,
        "initializer_range": 0.25,
    }
    return ModelSource(config=config | FAMILIES[family], seed=seed)

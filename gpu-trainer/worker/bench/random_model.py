"""The random decoder that the benches time, by the options that they share."""

from __future__ import annotations

import argparse

from anamnesis_worker.types import ModelSource


def random_model(options: argparse.Namespace) -> ModelSource:
    """A Qwen2 decoder of `options.hidden`, `layers` and `vocabulary`, with weights from `options.seed`."""
    return ModelSource(
        config={
            "model_type": "qwen2",
            "vocab_size": options.vocabulary,
            "hidden_size": options.hidden,
            "intermediate_size": options.hidden * 8 // 3,
            "num_hidden_layers": options.layers,
            "num_attention_heads": max(2, options.hidden // 64),
            "num_key_value_heads": max(1, options.hidden // 128),
            "max_position_embeddings": 4096,
        },
        seed=options.seed,
    )

"""What each process of test_distributed runs: a few steps of every loss, then what came of it, written by rank 0.

Usage: python two_ranks.py OUT, by as many processes under torchrun. "full" and "lora" are run by all ranks alike; "led"
by rank 0, whom the others follow.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from anamnesis_worker import distributed, relay
from anamnesis_worker.trainer import TrainingModel
from anamnesis_worker.types import AdamParams, Datum, LoraConfig, ModelSource, WorkerError

LOSSES: dict[str, dict[str, float]] = {
    "cross_entropy": {},
    "importance_sampling": {},
    "ppo": {},
    "cispo": {},
    "dro": {},
    "grpo": {"kl_coef": 0.1},
    "oapl": {"beta": 0.1},
}
PARAMS = AdamParams(learning_rate=1e-2, weight_decay=0.01, grad_clip_norm=1.0)
SOURCE = ModelSource(
    config={
        "model_type": "llama",
        "vocab_size": 61,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 96,
        "initializer_range": 0.2,
        "tie_word_embeddings": True,
    },
    seed=7,
)
SETTINGS: dict[str, str | int | bool] = {
    "dtype": "float64",
    "max_tokens_per_batch": 64,
    "chunk_logits": 61 * 8,
    "checkpointing": True,
}


def dialogues(loss: str, lengths: tuple[int, ...]) -> list[Datum]:
    """The same on every rank."""
    chance = np.random.default_rng(len(loss))
    data = []
    for length in lengths:
        inputs: dict[str, np.ndarray] = {
            "target_tokens": chance.integers(0, 61, length),
            "weights": (np.arange(length) >= 3) * 1.0,
        }
        if loss != "cross_entropy":
            inputs["logprobs"] = chance.normal(-4, 0.5, length)
            inputs["advantages"] = np.full(length, chance.normal())
        if loss == "grpo":
            inputs["reference_logprobs"] = chance.normal(-4, 0.5, length)
        data.append(Datum(chance.integers(0, 61, length), inputs))
    return data


def train(
    out: Path, make: Callable[..., TrainingModel], lora: LoraConfig | None, *, see_gradients: bool = True
) -> None:
    """Writes `results.json`, `gradients.safetensors`, `weights.safetensors` and a checkpoint to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    model = make(SOURCE, lora, **SETTINGS)
    steps: list[dict[str, object]] = []
    gradients: dict[str, torch.Tensor] = {}
    for loss, config in LOSSES.items():
        data = dialogues(loss, (9, 30, 4, 17, 30))
        model.forward_backward(data[:1], loss, config)  # one datum for two processes: one of them idles
        output = model.forward_backward(data[1:], loss, config)
        with suppress(WorkerError):
            model.forward_backward(data, loss, {"no": 1.0})  # refused on every rank, and nothing is out of step
        for name, parameter in model.module.named_parameters() if see_gradients else ():
            if parameter.requires_grad:
                gradients[f"{loss} {name}"] = distributed.full(parameter.grad).clone()
        metrics = output.metrics | model.optim_step(PARAMS)
        steps.append({"metrics": metrics, "logprobs": [piece.tolist() for piece in output.logprobs]})
    model.forward_backward(dialogues("ppo", (8, 20)), "ppo", {})
    model.drop_gradients()
    model.save(out / "saved", optimizer=True)
    again = make(SOURCE, lora, **SETTINGS)
    again.load(out / "saved", optimizer=True)
    scores = [each.forward(dialogues("ppo", (8, 20)), "ppo", {}).metrics["loss:sum"] for each in (model, again)]
    for each in (model, again):
        each.forward_backward(dialogues("ppo", (8, 20)), "ppo", {})
        each.optim_step(PARAMS)
    weights, resumed = model.sampler_state(), again.sampler_state()
    alike = scores[0] == scores[1] and all(torch.equal(resumed[name], weights[name]) for name in weights)
    if distributed.rank() == 0:
        (out / "results.json").write_text(json.dumps({"world": distributed.world(), "steps": steps, "resumed": alike}))
        save_file({name: tensor.contiguous() for name, tensor in gradients.items()}, out / "gradients.safetensors")
        save_file({name: tensor.contiguous() for name, tensor in weights.items()}, out / "weights.safetensors")


def main(out: Path) -> None:
    """All three runs."""
    torch.set_num_threads(1)
    train(out / "full", TrainingModel, None)
    train(out / "lora", TrainingModel, LoraConfig(4))
    if distributed.rank() == 0:
        leader = relay.Leader("cpu")
        train(out / "led", leader.open, LoraConfig(4), see_gradients=False)
        leader.dismiss()
    else:
        relay.follow("cpu")
    distributed.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

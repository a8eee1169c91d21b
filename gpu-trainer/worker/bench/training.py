"""Seconds of a training step: the worker's `forward_backward` and `optim_step` against TRL's GRPO step.

Both take the same trajectories with the same sampler log-probs and advantages, start from the same random weights in
one process, and do the same: loss and gradient of the clipped surrogate, global norm clipping, AdamW. TRL's side is
`GRPOTrainer.compute_loss`, its accelerator's backward and its own optimizer, called as its training loop calls them on
a prepared batch; nothing is generated, there is no reference model (beta 0), and activation checkpointing is off on
both sides. Before anything is timed, the gradients on this very batch must agree. Rounds change the order, and each
gives a ratio; the figures are medians.

What differs is how each goes about it. TRL pads all prompts on the left and all completions on the right, to the
longest of the whole batch, and masks; the worker sorts by length and pads on the right. TRL takes the entropy as well,
for its log. And on a CPU TRL runs the output head over every position, prompts and padding included, where on a GPU it
takes the completions' tokens only. That choice is timed too, forced by `completions_only`: it is the harder comparison.

TRL is no dependency of the worker. In an environment that has it beside the worker's:

    python bench/training.py
    python bench/training.py --prompt 192 192 --completion 160 160

The second has trajectories of one length, so that there is no padding and nothing is won by sorting.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tokenizers
import torch
import transformers
from numpy.typing import NDArray
from random_model import random_model
from torch import Tensor, nn

from anamnesis_worker.batching import bucket
from anamnesis_worker.models import load_causal_lm
from anamnesis_worker.trainer import TrainingModel
from anamnesis_worker.types import AdamParams, Datum

ADAM = AdamParams(learning_rate=1e-5, beta1=0.9, beta2=0.95, eps=1e-8, weight_decay=0.0, grad_clip_norm=1.0)
CLIP = 0.2


@dataclass(frozen=True)
class Trajectory:
    """`logprobs`: the sampler's, one for each token of the completion."""

    prompt: NDArray[np.int64]
    completion: NDArray[np.int64]
    logprobs: NDArray[np.float32]
    advantage: float


class Step(Protocol):
    """One side's training step in its two halves."""

    def accumulate(self) -> None: ...
    def apply(self) -> None: ...
    def drop(self) -> None: ...
    def gradients(self) -> Mapping[str, Tensor]: ...


class WorkerStep:
    """The step as a client of the worker asks for it."""

    def __init__(self, model: TrainingModel, batch: list[Trajectory]) -> None:
        # TRL divides by the tokens of the batch; the worker's sums are weighted to give the same gradient.
        weight = 1 / sum(one.completion.size for one in batch)
        self.model, self.data = model, [datum(one, weight) for one in batch]

    def accumulate(self) -> None:
        config = {"clip_low_threshold": 1 - CLIP, "clip_high_threshold": 1 + CLIP}
        self.model.forward_backward(self.data, "grpo", config)

    def apply(self) -> None:
        self.model.optim_step(ADAM)

    def drop(self) -> None:
        self.model.drop_gradients()

    def gradients(self) -> Mapping[str, Tensor]:
        return gradients(self.model.module)


class TrlStep:
    """The step of TRL's training loop, `rows` trajectories at a time."""

    def __init__(self, model: nn.Module, batch: list[Trajectory], rows: int, vocabulary: int, scratch: str) -> None:
        trl, datasets = needed("trl"), needed("datasets")
        turns = len(batch) // rows
        settings = trl.GRPOConfig(
            output_dir=scratch,
            use_cpu=True,
            bf16=False,
            activation_checkpointing=False,
            per_device_train_batch_size=rows,
            gradient_accumulation_steps=turns,
            num_generations=2,
            max_completion_length=max(one.completion.size for one in batch),
            beta=0.0,
            epsilon=CLIP,
            learning_rate=ADAM.learning_rate,
            adam_beta1=ADAM.beta1,
            adam_beta2=ADAM.beta2,
            adam_epsilon=ADAM.eps,
            weight_decay=ADAM.weight_decay,
            max_grad_norm=ADAM.grad_clip_norm,
            report_to=[],
        )
        self.trainer = trl.GRPOTrainer(
            model=model,
            reward_funcs=lambda completions, **_: [0.0] * len(completions),
            args=settings,
            train_dataset=datasets.Dataset.from_dict({"prompt": ["0"] * len(batch)}),
            processing_class=numbers_tokenizer(vocabulary),
        )
        self.trainer.current_gradient_accumulation_steps = turns
        optimizer = self.trainer.create_optimizer()
        self.model, self.optimizer = self.trainer.accelerator.prepare(self.trainer.model, optimizer)
        self.model.train()
        self.batches = needed("trl.trainer.utils").split_tensor_dict(padded(batch), turns)

    def accumulate(self) -> None:
        for inputs in self.batches:
            with self.trainer.compute_loss_context_manager():
                loss = self.trainer.compute_loss(self.model, inputs)
            self.trainer.accelerator.backward(loss)

    def apply(self) -> None:
        self.trainer.accelerator.clip_grad_norm_(self.model.parameters(), ADAM.grad_clip_norm)
        self.optimizer.step()
        self.drop()

    def drop(self) -> None:
        self.model.zero_grad()

    def gradients(self) -> Mapping[str, Tensor]:
        return gradients(self.model)


class CompletionsOnly:
    """A step of TRL with the positions to score chosen as on a GPU."""

    def __init__(self, step: TrlStep) -> None:
        self.step = step
        self.apply, self.drop, self.gradients = step.apply, step.drop, step.gradients

    def accumulate(self) -> None:
        with completions_only():
            self.step.accumulate()


@contextmanager
def completions_only() -> Iterator[None]:
    """Makes TRL's output head score completions only; the kernel itself stays the one for the CPU."""
    module = needed("trl.trainer.utils")
    earlier = module._use_triton
    module._use_triton = lambda _: True
    try:
        yield
    finally:
        module._use_triton = earlier


def needed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as cause:
        raise SystemExit(f"{cause}. This bench compares with TRL: pip install trl, beside the worker") from cause


def numbers_tokenizer(vocabulary: int) -> transformers.PreTrainedTokenizerFast:
    """TRL asks for a tokenizer; the bench speaks token ids, so its words are numbers."""
    words = {str(index): index for index in range(vocabulary)}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="0")),
        pad_token="0",
        eos_token="1",
    )


def draw(options: argparse.Namespace) -> list[Trajectory]:
    """Trajectories of varied lengths; log-probs are still zero."""
    random = np.random.default_rng(options.seed)

    def tokens(span: list[int]) -> NDArray[np.int64]:
        return random.integers(2, options.vocabulary, random.integers(span[0], span[1] + 1))

    pairs = [(tokens(options.prompt), tokens(options.completion)) for _ in range(options.trajectories)]
    return [Trajectory(p, c, np.zeros(c.size, np.float32), float(random.normal())) for p, c in pairs]


def sampled(model: TrainingModel, batch: list[Trajectory], seed: int) -> list[Trajectory]:
    """With log-probs as of a sampler that lags a little, so that ratios leave 1 and some are clipped."""
    random = np.random.default_rng(seed)
    given = []
    own = model.forward([datum(one, 1.0) for one in batch], "grpo", {}).logprobs
    for logprobs, one in zip(own, batch, strict=True):
        lag = random.normal(scale=0.1, size=one.completion.size)
        old = (logprobs[one.prompt.size - 1 :] + lag).astype(np.float32)
        given.append(replace(one, logprobs=old))
    return given


def datum(one: Trajectory, weight: float) -> Datum:
    tokens = np.concatenate([one.prompt, one.completion])
    before = np.zeros(one.prompt.size - 1)
    return Datum(
        tokens[:-1],
        {
            "target_tokens": tokens[1:],
            "logprobs": np.concatenate([before, one.logprobs]),
            "advantages": np.concatenate([before, np.full(one.completion.size, one.advantage)]),
            "weights": np.concatenate([before, np.full(one.completion.size, weight)]),
        },
    )


def padded(batch: list[Trajectory]) -> dict[str, Tensor]:
    """As `GRPOTrainer` prepares it: prompts end, and completions begin, in one column."""

    def rectangle(rows: list[NDArray[Any]], left: bool) -> Tensor:
        width = max(row.size for row in rows)
        gaps = [(width - row.size, 0) if left else (0, width - row.size) for row in rows]
        return torch.from_numpy(np.stack([np.pad(row, gap) for row, gap in zip(rows, gaps, strict=True)]))

    prompts, completions = [one.prompt for one in batch], [one.completion for one in batch]
    return {
        "prompt_ids": rectangle(prompts, left=True),
        "prompt_mask": rectangle([np.ones_like(row) for row in prompts], left=True),
        "completion_ids": rectangle(completions, left=False),
        "completion_mask": rectangle([np.ones_like(row) for row in completions], left=False),
        "advantages": torch.tensor([one.advantage for one in batch]),
        "old_per_token_logps": rectangle([one.logprobs for one in batch], left=False),
        "num_items_in_batch": torch.tensor(sum(row.size for row in completions)),
    }


def gradients(module: nn.Module) -> dict[str, Tensor]:
    return {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}


def agreement(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> dict[str, float]:
    """Of two gradients over the same parameters, in float64; another direction or size ends the bench."""
    if ours.keys() != theirs.keys():
        raise SystemExit("the two sides have gradients for different parameters")
    one, other = (torch.cat([side[name].double().flatten() for name in ours]) for side in (ours, theirs))
    cosine = float(one @ other / (one.norm() * other.norm()))
    distance = float((one - other).norm() / one.norm())
    if cosine < 0.999 or distance > 0.01:
        raise SystemExit(f"the gradients differ (cosine {cosine}, distance {distance}): the steps are not comparable")
    return {"cosine": round(cosine, 9), "relative_distance": float(f"{distance:.2e}")}


def seconds(step: Step) -> float:
    started = time.perf_counter()
    step.accumulate()
    step.apply()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trajectories", type=int, default=32)
    parser.add_argument("--prompt", type=int, nargs=2, default=[128, 256], help="fewest and most tokens of a prompt")
    parser.add_argument("--completion", type=int, nargs=2, default=[64, 256], help="the same of a completion")
    parser.add_argument("--rows", type=int, nargs="+", default=[4, 8], help="trajectories in one pass of TRL's")
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="a file for the figures")
    options = parser.parse_args()
    if any(options.trajectories % rows or rows % 2 for rows in options.rows):
        parser.error("every one of --rows must be even and divide --trajectories")
    torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()

    source = random_model(options)
    model = TrainingModel(source, None)
    batch = sampled(model, draw(options), options.seed + 1)
    lengths = [one.prompt.size + one.completion.size - 1 for one in batch]
    buckets = bucket(lengths, model.max_tokens_per_batch)
    width = max(one.prompt.size for one in batch) + max(one.completion.size for one in batch)

    ours = WorkerStep(model, batch)
    with tempfile.TemporaryDirectory() as scratch:
        theirs: dict[str, Step] = {}
        for rows in options.rows:
            trl_step = TrlStep(load_causal_lm(source), batch, rows, options.vocabulary, scratch)
            theirs[f"trl, {rows} rows"] = trl_step
            theirs[f"trl, {rows} rows, completions only"] = CompletionsOnly(trl_step)

        ours.accumulate()
        agreements = {}
        for name, step in theirs.items():
            step.accumulate()
            agreements[name] = agreement(ours.gradients(), step.gradients())
            step.drop()
        ours.drop()
        sides: dict[str, Step] = {"worker": ours, **theirs}
        taken: dict[str, list[float]] = {name: [] for name in sides}
        names = list(sides)
        for turn in range(options.rounds):
            start = turn % len(names)
            for name in names[start:] + names[:start]:
                taken[name].append(seconds(sides[name]))

    ratios = {
        name: round(statistics.median(their / our for our, their in zip(taken["worker"], taken[name], strict=True)), 2)
        for name in theirs
    }
    figures = {
        "ratio": min(ratio for name, ratio in ratios.items() if "only" not in name),
        "ratio_completions_only": min(ratio for name, ratio in ratios.items() if "only" in name),
        "ratios": ratios,
        "median_seconds": {name: round(statistics.median(values), 3) for name, values in taken.items()},
        "seconds": {name: [round(one, 3) for one in values] for name, values in taken.items()},
        "gradient_agreement": agreements,
        "tokens": {
            "all": sum(lengths) + len(batch),
            "completions": sum(one.completion.size for one in batch),
            "worker_padded": sum(len(rows) * max(lengths[i] for i in rows) for rows in buckets),
            "trl_padded": len(batch) * width,
        },
        "parameters": sum(weight.numel() for weight in model.module.parameters()),
        "settings": {name: value for name, value in vars(options).items() if name != "output"},
        "dtype": "float32",
        "versions": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "trl": needed("trl").__version__,
        },
        "processor": platform.processor() or platform.machine(),
    }
    print(json.dumps(figures, indent=2))
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""The weights of one model in training, its gradients and its optimizer.

Gradients are plain sums over tokens and datums and add up over calls until `optim_step` applies and clears them. A call
that fails leaves no trace: the gradients are those from before it. The model runs in evaluation mode (no dropout), so
the log-probs that are trained on are those of the policy that samples. Weights stay float32 (float64 where asked);
with bfloat16 the computation is autocast. Under `torchrun` every rank makes the same calls and gets the same answer.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import checkpoints, distributed
from .batching import TokenBatch, collate, deal, idle
from .examples import Example, check_config, check_data, find_loss
from .models import add_lora, base_model, decoder_layers, load_causal_lm, merged_state, model_name
from .optimizer import NamedAdamW, check_adam
from .scoring import CHUNK_LOGITS, Scorer
from .types import AdamParams, Datum, ErrorCategory, LoraConfig, LossOutput, ModelSource, WorkerError

COMPUTE_TYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}


class TrainingModel:
    """One model, its adapters if any, and its AdamW. `version` counts optimizer steps; `module` is the model itself.

    `max_tokens_per_batch` bounds one pass through the decoder, padding included; a longer sequence passes alone.
    `chunk_logits` bounds the logits held at a time. `checkpointing` recomputes each layer in the backward pass.
    """

    def __init__(
        self,
        source: ModelSource,
        lora: LoraConfig | None,
        *,
        device: str = "cpu",
        dtype: str = "float32",
        deterministic: bool = True,
        max_tokens_per_batch: int = 16384,
        checkpointing: bool = False,
        chunk_logits: int = CHUNK_LOGITS,
    ) -> None:
        if dtype not in COMPUTE_TYPES:
            raise WorkerError(f"dtype is {dtype!r}; choose {', '.join(COMPUTE_TYPES)}")
        self.lora = lora
        self.model_name = model_name(source)
        self.version = 0
        self.device = distributed.start(device)
        self.deterministic = deterministic
        if deterministic and self.device.type == "cuda":
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself only so
        self.max_tokens_per_batch = max_tokens_per_batch
        self._compute = COMPUTE_TYPES[dtype]
        self._kind = torch.float64 if dtype == "float64" else torch.float32

        with distributed.agreed():
            model = load_causal_lm(source)
            self.module: torch.nn.Module = model if lora is None else add_lora(model, lora, source.seed)
            torch.nn.Module.to(self.module, device=self.device, dtype=self._kind)
            self._scorer = Scorer(self.module, checkpointing=checkpointing, chunk_logits=chunk_logits)
            self._scorer.verify(self.device)
        self.vocab_size = int(model.config.vocab_size)
        self.context_length = int(model.config.max_position_embeddings)
        narrow = self._compute if self._compute is torch.bfloat16 else None
        distributed.shard(self._scorer, decoder_layers(base_model(self.module)), narrow)
        self._trained = {name: p for name, p in self.module.named_parameters() if p.requires_grad}
        self._optimizer = NamedAdamW(self._trained)

    def forward(self, data: Sequence[Datum], loss: str, config: Mapping[str, float]) -> LossOutput:
        """The log-probs of every target and the loss; gradients are left alone."""
        with torch.no_grad():
            return self._run(data, loss, config, backward=False)

    def forward_backward(self, data: Sequence[Datum], loss: str, config: Mapping[str, float]) -> LossOutput:
        """Adds the gradient of the summed loss.

        A position that the loss does not depend on is not computed and its log-prob is given as 0.0: one of weight 0,
        and for ratio losses one of advantage 0 and sampler log-prob 0, as prompts are padded. `forward` computes all.
        """
        earlier = self._set_gradients(None)
        try:
            output = self._run(data, loss, config, backward=True)
        except BaseException:
            self._set_gradients(earlier)
            raise
        for parameter, before in zip(self._trained.values(), earlier, strict=True):
            if parameter.grad is None:  # nothing of this call reached it
                parameter.grad = torch.zeros_like(parameter)
            if before is not None:
                parameter.grad += before
        return output

    def optim_step(self, params: AdamParams) -> dict[str, float]:
        """One AdamW step on the summed gradients, which are cleared.

        A step with no gradient to apply is refused: under AdamW it would still move the weights by their momentum. A
        gradient that is not finite is dropped and the weights stay.
        """
        check_adam(params)
        if all(parameter.grad is None for parameter in self._trained.values()):
            raise WorkerError("optim_step has no gradient to apply; call forward_backward first")
        with self._reproducible():
            norm = self._optimizer.step(params)
        self._set_gradients(None)
        if not math.isfinite(norm):
            raise WorkerError("the gradient is not finite; it was dropped and the weights are unchanged")
        self.version += 1
        return {"grad_norm:mean": norm}

    def drop_gradients(self) -> None:
        """Forgets what `forward_backward` has added up since the last step."""
        self._set_gradients(None)

    def save(self, directory: Path, *, optimizer: bool) -> None:
        """Writes the trained weights (under LoRA the adapters) and, if asked, AdamW's moments; gradients never."""
        files = {"model": {name: distributed.full(p.detach()) for name, p in self._trained.items()}}
        if optimizer:
            files["optimizer"] = self._optimizer.state()
        lora = None if self.lora is None else asdict(self.lora)
        with distributed.agreed():
            if distributed.rank() == 0:
                facts = {"version": self.version, "base": self.model_name, "lora": lora}
                checkpoints.write(Path(directory), files, facts)

    def load(self, directory: Path, *, optimizer: bool) -> None:
        """Takes over weights and `version`, and AdamW's moments if asked (else they start anew); gradients are dropped.

        Everything is read and checked before anything is changed.
        """
        with distributed.agreed():
            facts, files = checkpoints.read(Path(directory), ("model", "optimizer") if optimizer else ("model",))
            self._check_fit(directory, facts, files)
        for name, parameter in self._trained.items():
            distributed.assign(parameter, files["model"][name])
        self._optimizer.restore(files.get("optimizer", {}))
        self._set_gradients(None)
        self.version = int(str(facts["version"]))

    def sampler_state(self) -> dict[str, Tensor]:
        """Copies of all weights under the plain model's names, adapters folded in; every rank must ask.

        `lm_head.weight` is always there: where an adapted head was tied to the embeddings, the two differ.
        """
        return merged_state(self.module)

    def _run(self, data: Sequence[Datum], name: str, config: Mapping[str, float], *, backward: bool) -> LossOutput:
        options = check_config(name, config)
        examples = check_data(data, name, options, vocab_size=self.vocab_size, context_length=self.context_length)
        try:
            return self._pass(examples, name, options, self.max_tokens_per_batch, backward)
        except (MemoryError, RuntimeError) as error:
            if not _out_of_memory(error) or distributed.world() > 1:  # other ranks would wait for this one's retry
                raise
        # Outside the handler: its traceback would keep the failed batch's memory alive.
        if backward:
            self._set_gradients(None)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        widest = max(len(example.tokens) for example in examples)
        area = min(self.max_tokens_per_batch, sum(len(example.tokens) for example in examples))
        try:
            return self._pass(examples, name, options, max(widest, area // 2), backward)
        except (MemoryError, RuntimeError) as error:
            if not _out_of_memory(error):
                raise
        raise WorkerError(
            f"out of memory, also with the batch split in two (longest sequence {widest} tokens); "
            "send shorter sequences, or start the worker with fewer tokens a batch or with activation checkpointing",
            ErrorCategory.SERVER,
        )

    def _pass(
        self, examples: list[Example], name: str, options: Mapping[str, float], max_tokens: int, backward: bool
    ) -> LossOutput:
        loss = find_loss(name)
        work = [index for index, example in enumerate(examples) if not backward or example.matters.any()]
        hands = deal([len(examples[index].tokens) for index in work], max_tokens, distributed.world())
        mine = [[work[i] for i in batch] for batch in hands[distributed.rank()]]
        starts = np.cumsum([0, *(example.targets.size for example in examples)])
        logprobs = torch.zeros(int(starts[-1]), dtype=self._kind, device=self.device)
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        for turn in range(len(hands[0])):
            with self._reproducible():
                batch = (
                    collate(examples, mine[turn], every_position=not backward, device=self.device, dtype=self._kind)
                    if turn < len(mine)
                    else idle(self.device)
                )
                with torch.autocast(self.device.type, torch.bfloat16, enabled=self._compute is torch.bfloat16):
                    p = self._scorer(batch.tokens, batch.positions, batch.targets).to(self._kind)
                value = loss.value(p, batch.inputs, options).sum() if batch.inputs else p.sum()
                if backward:
                    value.backward()
            total += value.detach()
            places, taken = _places(examples, batch, starts)
            logprobs[torch.from_numpy(places).to(self.device)] = p.detach()[torch.from_numpy(taken).to(self.device)]
        distributed.sum_over_ranks([logprobs, total])
        if not torch.isfinite(total):
            raise WorkerError(f"{name} is not finite on this data; is a log-ratio too large for exp? check logprobs")
        pieces = np.split(logprobs.to(torch.float32).cpu().numpy(), starts[1:-1])
        shaped = [piece.reshape(example.shape) for piece, example in zip(pieces, examples, strict=True)]
        return LossOutput(shaped, {"loss:sum": float(total)})

    def _set_gradients(self, gradients: Sequence[Tensor | None] | None) -> list[Tensor | None]:
        """Replaces all gradients (None clears them) and gives back those there were."""
        earlier = [parameter.grad for parameter in self._trained.values()]
        for parameter, gradient in zip(self._trained.values(), gradients or [None] * len(earlier), strict=True):
            parameter.grad = gradient
        return earlier

    def _check_fit(
        self, directory: Path, facts: Mapping[str, object], files: Mapping[str, Mapping[str, Tensor]]
    ) -> None:
        if (facts.get("lora") is None) != (self.lora is None):
            kinds = ("full weights", "a LoRA adapter")
            held, own = kinds[facts.get("lora") is not None], kinds[self.lora is not None]
            raise WorkerError(f"{directory} holds {held}, this model trains {own}; create the model as it was saved")
        if self.lora is not None and facts.get("base") != self.model_name:
            raise WorkerError(f"{directory} adapts {facts.get('base')}, this model is {self.model_name}")
        if not isinstance(facts.get("version"), int):
            raise WorkerError(f"{directory} does not say its version; it was not written by this worker")
        shapes = {name: tuple(tensor.shape) for name, tensor in files["model"].items()}
        if shapes != {name: tuple(p.shape) for name, p in self._trained.items()}:
            raise WorkerError(
                f"{directory} holds other tensors than this model trains: another size, rank or train_* flags"
            )

    @contextmanager
    def _reproducible(self) -> Iterator[None]:
        earlier, warn = (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        )
        torch.use_deterministic_algorithms(self.deterministic, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(earlier, warn_only=warn)


def _places(examples: Sequence[Example], batch: TokenBatch, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each of a batch's log-probs belongs among all, row by row of targets, and which are no filling."""
    depths = np.asarray([example.targets.shape[1] for example in examples])[batch.owners][:, None]
    column = np.arange(batch.targets.shape[1])[None, :]
    places = starts[batch.owners][:, None] + batch.offsets[:, None] * depths + column
    taken = column < depths
    return places[taken], taken


def _out_of_memory(error: BaseException) -> bool:
    # PyTorch has no error type of its own for memory on the CPU.
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)

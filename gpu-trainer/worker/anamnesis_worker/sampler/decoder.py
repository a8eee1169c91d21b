"""Runs the model over rows of the key-value buffer: prompts in chunks, then one token a row a step.

On a GPU the step runs at a few shapes (rows and read columns in powers of two), each recorded once as a CUDA graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PretrainedConfig, PreTrainedModel

from ..types import ErrorCategory, WorkerError
from . import attention
from .cache import KeyValueBuffer, power_of_two

PREFILL_POSITIONS = 4096
"""Positions of a prompt forward pass at most, over all its rows."""

HEAD_ELEMENTS = 1 << 26
"""Logits at most at once when every position of a prompt is scored: 256 MiB in float32."""


@dataclass(frozen=True)
class PromptScores:
    """Log-probabilities at temperature 1 of a prompt's tokens from its second on, and the `k` best of each place."""

    logprobs: list[float]
    best: list[list[tuple[int, float]]]


class Decoder:
    """A causal language model with rotary positions and full or sliding attention, and its buffer."""

    def __init__(self, module: PreTrainedModel, *, static: bool) -> None:
        self._module = module.eval()
        attention.use(module)
        config = module.config.get_text_config()
        _check(config)
        self._device, self._dtype = module.device, module.dtype
        self._windows = _attention_windows(config)
        self._static = static
        self._graphs = static and module.device.type == "cuda"
        self._recorded: dict[tuple[int, int], _Graph] = {}
        self.vocab_size: int = config.vocab_size
        self.context_length: int = config.max_position_embeddings
        self.buffer = KeyValueBuffer(
            layers=config.num_hidden_layers,
            heads=getattr(config, "num_key_value_heads", None) or config.num_attention_heads,
            head_dim=getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
            longest=power_of_two(self.context_length),
            device=module.device,
            dtype=module.dtype,
        )

    def reserve(self, rows: int, capacity: int) -> None:
        """Makes room for so many rows of so many columns."""
        if self.buffer.reserve(rows, capacity):
            self._recorded.clear()  # they hold the old address

    def release(self) -> None:
        """Gives the buffer's memory back."""
        self._recorded.clear()
        self.buffer.release()

    def prefill(self, rows: Sequence[int], starts: Sequence[int], suffixes: Sequence[Sequence[int]]) -> Tensor:
        """Feeds row `rows[i]` its suffix from column `starts[i]` on; the logits (rows, V) after each last token."""
        count = max(1, PREFILL_POSITIONS // max(len(suffix) for suffix in suffixes))
        parts = [slice(at, at + count) for at in range(0, len(rows), count)]
        return torch.cat([self._prefill(rows[part], starts[part], suffixes[part]) for part in parts])

    def _prefill(self, rows: Sequence[int], starts: Sequence[int], suffixes: Sequence[Sequence[int]]) -> Tensor:
        tokens, positions = self._laid_out(starts, suffixes)
        width = max(1, PREFILL_POSITIONS // len(suffixes))
        for at in range(0, tokens.shape[1], width):
            ends = [start + min(at + width, len(suffix)) for start, suffix in zip(starts, suffixes, strict=True)]
            chunk = slice(at, at + width)
            logits = self._forward(rows, tokens[:, chunk], positions[:, chunk], keep=1, extent=max(ends))
        return logits[:, -1]

    def prefill_scored(
        self, rows: Sequence[int], prompts: Sequence[Sequence[int]], best: int
    ) -> tuple[Tensor, list[PromptScores]]:
        """Feeds whole prompts and scores every token of them, without ever holding all their logits."""
        tokens, positions = self._laid_out([0] * len(prompts), prompts)
        targets = tokens.roll(-1, dims=1)
        scores = [PromptScores([], []) for _ in prompts]
        width = max(1, min(PREFILL_POSITIONS, HEAD_ELEMENTS // self.vocab_size) // len(prompts))
        for at in range(0, tokens.shape[1], width):
            chunk = slice(at, at + width)
            extent = min(at + width, tokens.shape[1])
            logits = self._forward(rows, tokens[:, chunk], positions[:, chunk], keep=0, extent=extent)
            logprobs = torch.log_softmax(logits.float(), dim=-1)
            scored = logprobs.gather(-1, targets[:, chunk, None]).squeeze(-1).tolist()
            ranked = logprobs.topk(min(best, self.vocab_size), dim=-1)
            values, ids = ranked.values.tolist(), ranked.indices.tolist()
            for row, prompt in enumerate(prompts):
                # The last position predicts what comes after the prompt.
                for place in range(min(width, len(prompt) - 1 - at)):
                    scores[row].logprobs.append(scored[row][place])
                    scores[row].best.append(list(zip(ids[row][place], values[row][place], strict=True)))
        return logits[:, -1].clone(), scores  # a copy, so that the last chunk's logits can go

    def stepped(self, count: int) -> int:
        """How many rows a step of `count` sequences writes to; the first are theirs."""
        return min(power_of_two(count), self.buffer.rows) if self._static else count

    def step(self, tokens: Sequence[int], lengths: Sequence[int]) -> Tensor:
        """Feeds row i its token at column `lengths[i]`; the logits (rows, V) after it."""
        count, extent = len(tokens), max(lengths) + 1
        rows = self.stepped(count)
        if self._static:
            extent = min(power_of_two(max(extent, 64)), self.buffer.capacity)
        spare = [0] * (rows - count)  # rows that no sequence uses: what they write is overwritten before it is read
        inputs = torch.tensor([[*tokens, *spare], [*lengths, *spare]], device=self._device)
        fed, positions = inputs[0, :, None], inputs[1, :, None]
        if not self._graphs:
            return self._forward(range(rows), fed, positions, keep=1, extent=extent)[:count, -1]
        graph = self._recorded.get((rows, extent))
        if graph is None:
            graph = self._recorded[rows, extent] = self._record(fed, positions, extent)
        graph.tokens.copy_(fed)
        graph.positions.copy_(positions)
        graph.graph.replay()
        return graph.logits[:count, -1]

    def _laid_out(self, starts: Sequence[int], suffixes: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Left-aligned. A short row repeats its last token in its place, so padding writes what is there already."""
        width = max(len(suffix) for suffix in suffixes)
        tokens = [[*suffix, *[suffix[-1]] * (width - len(suffix))] for suffix in suffixes]
        start = torch.tensor(starts)[:, None]
        last = start + torch.tensor([len(suffix) - 1 for suffix in suffixes])[:, None]
        positions = torch.minimum(start + torch.arange(width), last)
        return torch.tensor(tokens).to(self._device), positions.to(self._device)

    def _forward(self, rows: Sequence[int], tokens: Tensor, positions: Tensor, *, keep: int, extent: int) -> Tensor:
        logits: Tensor = self._module(
            input_ids=tokens,
            position_ids=positions,
            attention_mask=self._mask(positions, extent),
            past_key_values=self.buffer.view(rows, positions, extent),
            use_cache=True,
            logits_to_keep=keep,
        ).logits
        return logits

    def _mask(self, positions: Tensor, extent: int) -> Tensor | dict[str, Tensor]:
        columns = torch.arange(extent, device=self._device)
        at = positions[:, None, :, None]
        masks = {}
        for kind, window in self._windows.items():
            hidden = columns > at
            if window is not None:
                hidden = hidden | (columns <= at - window)
            mask = torch.zeros(hidden.shape, device=self._device, dtype=self._dtype)
            masks[kind] = mask.masked_fill_(hidden, torch.finfo(self._dtype).min)
        return masks if len(masks) > 1 else next(iter(masks.values()))

    def _record(self, tokens: Tensor, positions: Tensor, extent: int) -> _Graph:
        tokens, positions = tokens.clone(), positions.clone()
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(2):  # what libraries allocate on first use must not be recorded
                self._forward(range(len(tokens)), tokens, positions, keep=1, extent=extent)
        torch.cuda.current_stream().wait_stream(stream)
        pool = next(iter(self._recorded.values())).graph.pool() if self._recorded else None
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool):
            logits = self._forward(range(len(tokens)), tokens, positions, keep=1, extent=extent)
        return _Graph(graph, tokens, positions, logits)


@dataclass(frozen=True)
class _Graph:
    graph: torch.cuda.CUDAGraph
    tokens: Tensor
    positions: Tensor
    logits: Tensor


def _check(config: PretrainedConfig) -> None:
    """Refuses what rows of different lengths in one static buffer cannot carry."""
    unknown = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    if not hasattr(config, "num_attention_heads") or hasattr(config, "kv_lora_rank"):
        unknown.add(f"that of {config.model_type}")
    rotary = getattr(config, "rope_parameters", None) or {}
    for parameters in (rotary, *rotary.values()):
        # These turn earlier keys by the length that the batch happens to have.
        if isinstance(parameters, dict) and parameters.get("rope_type") in ("dynamic", "longrope"):
            unknown.add(f"{parameters['rope_type']} rotary positions")
    if unknown:
        raise WorkerError(
            f"the sampler knows full and sliding attention with fixed positions, not {', '.join(sorted(unknown))}; use "
            "a model of the Llama, Qwen2, Qwen3 or Mistral family",
            ErrorCategory.USER,
        )


def _attention_windows(config: PretrainedConfig) -> dict[str, int | None]:
    """The kinds of attention the layers have, each with its window; None sees everything before it."""
    window: int | None = getattr(config, "sliding_window", None)
    kinds: list[str] | None = getattr(config, "layer_types", None)
    if kinds is None:
        return {"attention": window}
    return {kind: window if kind == "sliding_attention" else None for kind in sorted(set(kinds))}

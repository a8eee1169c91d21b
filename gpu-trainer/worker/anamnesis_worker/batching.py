"""Examples of like length put together, padded on the right, and the positions to score taken out of the rectangle.

Right padding needs no attention mask: under causal attention nothing before the padding sees it, and nothing in it is
scored. The widest batch comes first, so that memory runs out at once or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .examples import Example


@dataclass(frozen=True)
class TokenBatch:
    """`positions`: M indices into the flattened B x T tokens; `owners`, `offsets`: the example and place of each."""

    tokens: Tensor
    positions: Tensor
    targets: Tensor
    inputs: dict[str, Tensor]
    owners: np.ndarray
    offsets: np.ndarray


def bucket(lengths: Sequence[int], max_tokens: int) -> list[list[int]]:
    """Indices by batch: at most `max_tokens` a rectangle (or one row), each row padded by an eighth or 16 at most."""
    batches: list[list[int]] = []
    width = 0
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        fits = bool(batches) and (len(batches[-1]) + 1) * width <= max_tokens
        if fits and width - lengths[index] <= max(16, width // 8):
            batches[-1].append(index)
        else:
            batches.append([index])
            width = lengths[index]
    return batches


def deal(lengths: Sequence[int], max_tokens: int, hands: int) -> list[list[list[int]]]:
    """The batches of each of `hands` processes, small enough that every process has some; round i is alike in size."""
    if hands > 1:
        max_tokens = min(max_tokens, max(1, -(-sum(lengths) // hands)))
    batches = bucket(lengths, max_tokens)
    return [batches[hand::hands] for hand in range(hands)]


def collate(
    examples: Sequence[Example],
    indices: Sequence[int],
    *,
    every_position: bool,
    device: torch.device,
    dtype: torch.dtype,
) -> TokenBatch:
    """The rectangle of these examples; `every_position` scores all of them, else those that matter to the loss."""
    chosen = [examples[index] for index in indices]
    width = max(len(example.tokens) for example in chosen)
    depth = max(example.targets.shape[1] for example in chosen)
    tokens = np.zeros((len(chosen), width), dtype=np.int64)
    kept = []
    for row, example in enumerate(chosen):
        tokens[row, : len(example.tokens)] = example.tokens
        kept.append(np.arange(len(example.tokens)) if every_position else np.flatnonzero(example.matters))

    def gather(arrays: Sequence[np.ndarray], kind: torch.dtype) -> Tensor:
        # A row of fewer soft targets is filled with target 0 at weight 0.
        rows = [
            np.pad(array[keep], ((0, 0), (0, depth - array.shape[1]))) for array, keep in zip(arrays, kept, strict=True)
        ]
        return torch.from_numpy(np.concatenate(rows)).to(device=device, dtype=kind)

    counts = [len(keep) for keep in kept]
    rows = np.repeat(np.arange(len(chosen)), counts)
    offsets = np.concatenate(kept)
    inputs = {key: gather([example.inputs[key] for example in chosen], dtype) for key in chosen[0].inputs}
    inputs["sequence"] = torch.from_numpy(rows).to(device)
    return TokenBatch(
        tokens=torch.from_numpy(tokens).to(device),
        positions=torch.from_numpy(rows * width + offsets).to(device),
        targets=gather([example.targets for example in chosen], torch.int64),
        inputs=inputs,
        owners=np.repeat(np.asarray(indices), counts),
        offsets=offsets,
    )


def idle(device: torch.device) -> TokenBatch:
    """One token and nothing to score: what a process computes while another still has a batch."""
    nothing = torch.zeros(0, dtype=torch.int64, device=device)
    return TokenBatch(nothing.new_zeros(1, 1), nothing, nothing.reshape(0, 1), {}, np.zeros(0, int), np.zeros(0, int))

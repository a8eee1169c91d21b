"""Draws the next token of every row, each from its own random number.

Log-probabilities are of the whole distribution at the temperature, in float32. Top-k and top-p then cut it: first the
k most likely tokens, then the smallest set of them that holds the probability p of what is left. The token comes from
the inverse of the cumulative distribution, so a row needs one uniform number and never sees the rows beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Choice:
    """How the rows are drawn: one entry a row. `cuts` says whether any row has a top-k or a top-p."""

    temperature: Tensor
    top_k: Tensor
    top_p: Tensor
    uniform: Tensor
    cuts: bool


def choose_tokens(logits: Tensor, choice: Choice) -> tuple[Tensor, Tensor]:
    """From logits (n, V): the ids drawn and their float32 log-probabilities. Temperature 0 is greedy, scored at 1."""
    greedy = choice.temperature == 0
    scale = torch.where(greedy, 1.0, choice.temperature).float()[:, None]
    logits = logits.float()
    peak = logits.amax(-1, keepdim=True)  # taken off before the division, so that a tiny temperature cannot overflow
    logprobs = torch.log_softmax((logits - peak) / scale, dim=-1)
    probabilities = logprobs.exp()
    if choice.cuts:
        probabilities = probabilities.masked_fill(~_kept(probabilities, choice.top_k, choice.top_p), 0.0)
    # Float64: a float32 sum near 1 no longer sees the tail of a large vocabulary.
    cumulative = probabilities.cumsum(-1, dtype=torch.float64)
    total = cumulative[:, -1:]
    target = torch.minimum(choice.uniform.double()[:, None] * total, torch.nextafter(total, torch.zeros_like(total)))
    drawn = torch.searchsorted(cumulative, target, right=True).squeeze(-1).clamp_(max=logits.shape[-1] - 1)
    ids = torch.where(greedy, logits.argmax(-1), drawn)
    return ids, logprobs.gather(-1, ids[:, None]).squeeze(-1)


def _kept(probabilities: Tensor, top_k: Tensor, top_p: Tensor) -> Tensor:
    """Which tokens survive the cuts; equal probabilities are ranked by id."""
    ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
    rank = torch.arange(ordered.shape[-1], device=ordered.device)
    within_k = (top_k[:, None] < 0) | (rank < top_k[:, None])
    mass = ordered.double().masked_fill(~within_k, 0.0)
    before = (mass.cumsum(-1) - mass) / mass.sum(-1, keepdim=True)
    within_p = (top_p[:, None] >= 1) | (before < top_p[:, None])
    return torch.zeros_like(within_k).scatter_(-1, order, within_k & within_p)

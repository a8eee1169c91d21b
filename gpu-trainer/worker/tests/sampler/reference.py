"""Sampling as slowly and plainly as it can be done: one sequence, no cache, every token from the whole sequence."""

from __future__ import annotations

import numpy as np
import torch
from transformers import PreTrainedModel

from anamnesis_worker.types import SampledSequence, SampleRequest


def logprobs_of(model: PreTrainedModel, tokens: list[int], temperature: float = 1.0) -> np.ndarray:
    """Log-probabilities (position, vocabulary) of what follows each position."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0].double().numpy()
    scaled = logits / temperature
    shifted = scaled - scaled.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))


def truncated(probabilities: np.ndarray, top_k: int, top_p: float) -> np.ndarray:
    """The k most likely, then the fewest of those that hold the share p of them; the others become zero."""
    order = sorted(range(len(probabilities)), key=lambda token: (-probabilities[token], token))
    order = order[:top_k] if top_k > 0 else order
    share, kept = 0.0, []
    for token in order:
        if share >= top_p * probabilities[order].sum() and top_p < 1:
            break
        kept.append(token)
        share += probabilities[token]
    result = np.zeros_like(probabilities)
    result[kept] = probabilities[kept]
    return result


def uniform(seed: int, draw: int) -> float:
    """Number `draw` of a sequence: SplitMix64 as its authors write it, started at the mixed seed."""

    def mixed(z: int) -> int:
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    gamma = 0x9E3779B97F4A7C15
    state = mixed((seed + gamma) % 2**64)
    return (mixed((state + gamma * (draw + 1)) % 2**64) >> 11) / 2**53


def sample(model: PreTrainedModel, request: SampleRequest, index: int) -> SampledSequence:
    """Sample `index` of a request with a seed."""
    params = request.params
    assert params.seed is not None
    tokens: list[int] = []
    logprobs: list[float] = []
    while len(tokens) < params.max_tokens:
        scores = logprobs_of(model, [*request.prompt, *tokens], params.temperature or 1.0)[-1]
        cumulative = np.cumsum(truncated(np.exp(scores), params.top_k, params.top_p))
        drawn = int(
            np.searchsorted(cumulative, uniform(params.seed + index, len(tokens)) * cumulative[-1], side="right")
        )
        token = int(scores.argmax()) if params.temperature == 0 else drawn
        tokens.append(token)
        logprobs.append(float(scores[token]))
        if any(tokens[-len(stop) :] == list(stop) for stop in params.stop):
            return SampledSequence(tokens, logprobs, "stop")
    return SampledSequence(tokens, logprobs, "length")

"""What is being sampled: requests checked and gathered by prompt, and the sequences that run in the batch."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from torch import Tensor

from ..types import SampledSequence, SampleRequest, WorkerError
from .decoder import PromptScores
from .prefixes import Kept, Tokens


class Row:
    """One sequence: the tokens sampled so far, the seed of its random numbers, and when it ends."""

    def __init__(self, request: SampleRequest, prompt: Prompt, seed: int) -> None:
        self.request, self.prompt, self.params, self.seed = request, prompt, request.params, seed
        self.tokens: list[int] = []
        self.logprobs: list[float] = []
        self.stop_reason: Literal["stop", "length"] | None = None

    @property
    def filled(self) -> int:
        """Columns that the cache holds: the last token sampled has not been through the model."""
        return len(self.request.prompt) + len(self.tokens) - 1

    def append(self, token: int, logprob: float) -> None:
        """Takes a sampled token, and notes whether it ends the sequence. A stop is matched in sampled tokens only."""
        self.tokens.append(token)
        self.logprobs.append(logprob)
        if len(self.tokens) == self.params.max_tokens:
            self.stop_reason = "length"
        for stop in self.params.stop:
            if stop[-1] == token and self.tokens[-len(stop) :] == list(stop):
                self.stop_reason = "stop"

    def seen(self) -> Tokens:
        """What has been through the model: all but the last token sampled."""
        before = self.prompt.tokens
        return np.concatenate((before, self.tokens[:-1]), dtype=np.int64) if len(self.tokens) > 1 else before

    def sequence(self) -> SampledSequence:
        assert self.stop_reason is not None
        return SampledSequence(self.tokens, self.logprobs, self.stop_reason)


@dataclass(eq=False)
class Prompt:
    """One prompt and all rows that continue it: it goes through the model once."""

    tokens: Tokens
    waiting: list[Row] = field(default_factory=list)
    scored: bool = False
    best: int = 0
    kept: Kept | None = None
    reused: int = 0
    start: int = 0
    """Where the model takes over: what came from a kept cache, or from another prompt that opens alike."""
    blocks: list[int] = field(default_factory=list)
    """Hashes of its blocks, as far as they are known."""
    scores: PromptScores | None = None
    logits: Tensor | None = None
    states: Tensor | None = None
    """Its keys and values, held only while rows wait for a place in the batch."""

    @property
    def to_go(self) -> int:
        """Tokens that have yet to go through the model."""
        return len(self.tokens) - self.start


def gather(requests: Sequence[SampleRequest]) -> tuple[list[list[Row]], list[Prompt], list[Prompt]]:
    """The rows of each request, the prompt of each request, and the distinct prompts in order of appearance."""
    tokens = np.array([token for request in requests for token in request.prompt], dtype=np.int64)
    rows: list[list[Row]] = []
    prompts: list[Prompt] = []
    distinct: dict[bytes, Prompt] = {}
    end = 0
    for request in requests:
        start, end = end, end + len(request.prompt)
        own = tokens[start:end]
        name = own.tobytes()
        prompt = distinct.get(name)
        if prompt is None:
            prompt = distinct[name] = Prompt(own)
        first = request.params.seed
        seeds = [secrets.randbits(64) if first is None else (first + i) % (1 << 64) for i in range(request.num_samples)]
        samples = [Row(request, prompt, seed) for seed in seeds]
        prompt.waiting.extend(samples)
        prompt.scored |= request.prompt_logprobs or request.topk_prompt_logprobs > 0
        prompt.best = max(prompt.best, request.topk_prompt_logprobs)
        rows.append(samples)
        prompts.append(prompt)
    return rows, prompts, list(distinct.values())


def check(request: SampleRequest, *, vocab_size: int, context_length: int) -> None:
    """Refuses what cannot be sampled, and says what to change."""
    params = request.params
    if not request.prompt:
        raise WorkerError("the prompt is empty; send at least one token id")
    if min(request.prompt) < 0 or max(request.prompt) >= vocab_size:
        raise WorkerError(f"the prompt holds a token id outside 0 to {vocab_size - 1}; use the model's own tokenizer")
    if params.max_tokens < 1:
        raise WorkerError("max_tokens must be at least 1")
    if len(request.prompt) + params.max_tokens > context_length:
        raise WorkerError(
            f"a prompt of {len(request.prompt)} tokens and max_tokens {params.max_tokens} exceed the context of "
            f"{context_length}; shorten one of them"
        )
    if request.num_samples < 1:
        raise WorkerError("num_samples must be at least 1")
    if not (math.isfinite(params.temperature) and params.temperature >= 0):
        raise WorkerError("temperature must be a finite number of at least 0; 0 is greedy")
    if params.top_k != -1 and params.top_k < 1:
        raise WorkerError("top_k must be at least 1, or -1 to cut nothing")
    if not 0 < params.top_p <= 1:
        raise WorkerError("top_p must be above 0 and at most 1; 1 cuts nothing")
    if any(len(stop) == 0 for stop in params.stop):
        raise WorkerError("a stop sequence is empty; give at least one token id")
    if request.topk_prompt_logprobs < 0:
        raise WorkerError("topk_prompt_logprobs must be at least 0")

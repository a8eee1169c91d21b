"""What the worker speaks of, apart from any wire and any tensor.

A *datum* is one sequence cut for training: inputs and, position by position, the targets that they predict. A *sample
request* is one prompt and how to continue it. Token ids are given and returned as they are; nothing here knows text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray


class ErrorCategory(StrEnum):
    """Whose fault a failed operation is, as the wire names it."""

    USER = "user"
    SERVER = "server"


class WorkerError(Exception):
    """An operation that failed; `str(error)` says what happened and what to do."""

    def __init__(self, message: str, category: ErrorCategory = ErrorCategory.USER) -> None:
        super().__init__(message)
        self.category = category


@dataclass(frozen=True)
class Datum:
    """`tokens`: N input ids. `inputs`: arrays of length N (or N x K), aligned so that position i scores target i."""

    tokens: NDArray[np.int64]
    inputs: Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class LossOutput:
    """`logprobs`: one float32 array a datum, in order, shaped as its `target_tokens`. Metric names hold one `:`."""

    logprobs: Sequence[NDArray[np.float32]]
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class AdamParams:
    """AdamW as PyTorch has it, given whole at every step; `grad_clip_norm` is a global norm, 0 for none."""

    learning_rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-12
    weight_decay: float = 0.0
    grad_clip_norm: float = 0.0


@dataclass(frozen=True)
class LoraConfig:
    """Alpha is fixed at 32, as on every server of this wire."""

    rank: int = 32
    seed: int | None = None
    train_mlp: bool = True
    train_attn: bool = True
    train_unembed: bool = True


@dataclass(frozen=True)
class SamplingParams:
    """`temperature` 0 is greedy. `top_k` -1 and `top_p` 1 cut nothing. `stop`: token ids, or sequences of them."""

    max_tokens: int
    temperature: float = 1.0
    top_k: int = -1
    top_p: float = 1.0
    seed: int | None = None
    stop: Sequence[Sequence[int]] = ()


@dataclass(frozen=True)
class SampleRequest:
    """`cache_key` names a dialogue whose cache is kept between calls; None keeps nothing on purpose."""

    prompt: Sequence[int]
    params: SamplingParams
    num_samples: int = 1
    prompt_logprobs: bool = False
    topk_prompt_logprobs: int = 0
    cache_key: str | None = None


@dataclass(frozen=True)
class SampledSequence:
    """`logprobs`: of each token at `temperature`, before top-k and top-p cut anything; a matched stop is kept."""

    tokens: Sequence[int]
    logprobs: Sequence[float]
    stop_reason: Literal["stop", "length"]


@dataclass(frozen=True)
class SampleResult:
    """`prompt_logprobs[0]` is None: nothing predicts the first token. `version`: of the weights that sampled."""

    sequences: Sequence[SampledSequence]
    version: int
    prompt_logprobs: Sequence[float | None] | None = None
    topk_prompt_logprobs: Sequence[Sequence[tuple[int, float]] | None] | None = None
    reused_tokens: int = 0


@dataclass(frozen=True)
class ModelSource:
    """Where a model comes from: a Hugging Face directory, or a configuration for random weights (with `seed`)."""

    directory: str | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0

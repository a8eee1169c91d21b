"""The losses of the wire, each a pure function of the learner's log-probs, and what each needs to be computed.

Symbols: p learner log-prob of the target, q `logprobs` (the sampler's), A `advantages`, r = exp(p - q), w `weights`.
A loss gives one value a token (oapl: one a sequence); the trainer takes the plain sum, never a mean. `weights` is
required by cross_entropy and an optional multiplier elsewhere. `sequence` numbers the datum that a token belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

Inputs = Mapping[str, Tensor]
Config = Mapping[str, float]


@dataclass(frozen=True)
class Option:
    """A number of `loss_fn_config` within [low, high]; one without a default must be given."""

    default: float | None
    low: float = 0.0
    high: float = float("inf")


@dataclass(frozen=True)
class Loss:
    """`skips_idle`: a position with A = 0 and q = 0, as prompts are padded, adds nothing and need not be computed."""

    value: Callable[[Tensor, Inputs, Config], Tensor]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ("weights",)
    options: Mapping[str, Option] = field(default_factory=dict)
    skips_idle: bool = False


def cross_entropy(p: Tensor, x: Inputs, _: Config) -> Tensor:
    """-w p. Weights are any reals, negative ones included: that is how any policy gradient travels."""
    return -x["weights"] * p


def importance_sampling(p: Tensor, x: Inputs, _: Config) -> Tensor:
    """-w r A."""
    return -x["weights"] * torch.exp(p - x["logprobs"]) * x["advantages"]


def ppo(p: Tensor, x: Inputs, c: Config) -> Tensor:
    """-w min(r A, clip(r, low, high) A), PPO (arXiv 1707.06347) equation 7; the thresholds bound the ratio itself."""
    ratio = torch.exp(p - x["logprobs"])
    clipped = ratio.clamp(c["clip_low_threshold"], c["clip_high_threshold"])
    return -x["weights"] * torch.minimum(ratio * x["advantages"], clipped * x["advantages"])


def cispo(p: Tensor, x: Inputs, c: Config) -> Tensor:
    """-w sg(clip(r, low, high)) p A, MiniMax-M1 (arXiv 2506.13585) equations 4 and 5."""
    ratio = torch.exp(p - x["logprobs"]).detach()
    return -x["weights"] * ratio.clamp(c["clip_low_threshold"], c["clip_high_threshold"]) * p * x["advantages"]


def dro(p: Tensor, x: Inputs, c: Config) -> Tensor:
    """-w (p A - beta/2 (p - q)^2), token by token. A position is left alone only by a weight of 0."""
    return -x["weights"] * (p * x["advantages"] - 0.5 * c["beta"] * (p - x["logprobs"]).square())


def grpo(p: Tensor, x: Inputs, c: Config) -> Tensor:
    """ppo's surrogate plus kl_coef (s - ln s - 1), s = exp(reference - p): DeepSeekMath (arXiv 2402.03300) eq. 3, 4."""
    loss = ppo(p, x, c)
    if c["kl_coef"] == 0:
        return loss
    log_s = x["reference_logprobs"] - p
    return loss + x["weights"] * c["kl_coef"] * (torch.exp(log_s) - log_s - 1)


def oapl(p: Tensor, x: Inputs, c: Config) -> Tensor:
    """w (beta l - A)^2 / (2 beta) a sequence, with l the sum of p - q over the positions whose weight is not 0.

    The squared residual of OAPL (arXiv 2602.19362) divided by 2 beta, so that its gradient, w (beta l - A) grad l, has
    the size of every other loss's. A and the non-zero w are one number a sequence; the caller's A is r - V*.
    """
    trained = x["weights"].flatten() != 0
    sequence = x["sequence"][trained]
    count = int(x["sequence"].max()) + 1 if x["sequence"].numel() else 0
    log_ratio = (p - x["logprobs"]).flatten()[trained]
    empty = torch.zeros(count, dtype=p.dtype, device=p.device)
    total = empty.index_add(0, sequence, log_ratio)
    advantage = empty.scatter(0, sequence, x["advantages"].flatten()[trained])
    weight = empty.scatter(0, sequence, x["weights"].flatten()[trained])
    return weight * (c["beta"] * total - advantage).square() / (2 * c["beta"])


POLICY = ("logprobs", "advantages")
CLIP = {"clip_low_threshold": Option(0.8), "clip_high_threshold": Option(1.2)}

LOSSES: Mapping[str, Loss] = {
    "cross_entropy": Loss(cross_entropy, required=("weights",), optional=()),
    "importance_sampling": Loss(importance_sampling, POLICY, skips_idle=True),
    "ppo": Loss(ppo, POLICY, options=CLIP, skips_idle=True),
    "cispo": Loss(
        cispo,
        POLICY,
        options={"clip_low_threshold": Option(0.0), "clip_high_threshold": Option(4.0)},
        skips_idle=True,
    ),
    "dro": Loss(dro, POLICY, options={"beta": Option(0.05)}),
    "grpo": Loss(
        grpo,
        POLICY,
        optional=("weights", "reference_logprobs"),
        options={**CLIP, "kl_coef": Option(0.0)},
        skips_idle=True,
    ),
    "oapl": Loss(oapl, POLICY, options={"beta": Option(None, low=1e-9)}),
}

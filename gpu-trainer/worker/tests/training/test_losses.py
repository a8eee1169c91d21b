"""Each loss against its derivative taken by hand: d loss / d logits = coefficient x (target - softmax)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from anamnesis_worker.examples import check_config
from anamnesis_worker.losses import LOSSES

Array = NDArray[np.float64]


def by_hand(
    loss: str, p: Array, x: Mapping[str, Array], c: Mapping[str, float], sequence: Array
) -> tuple[float, Array]:
    """The summed loss and its derivative in p, written out from the definitions."""
    w, value, slope = x["weights"], 0.0, np.zeros_like(p)
    if loss == "oapl":
        for s in np.unique(sequence):
            on = (sequence == s) & (w != 0)
            if on.any():
                residual = c["beta"] * (p - x["logprobs"])[on].sum() - x["advantages"][on][0]
                value += w[on][0] * residual**2 / (2 * c["beta"])
                slope[on] = w[on][0] * residual
        return value, slope
    for i in range(len(p)):
        if loss == "cross_entropy":
            value, slope[i] = value - w[i] * p[i], -w[i]
            continue
        q, a = x["logprobs"][i], x["advantages"][i]
        r = np.exp(p[i] - q)
        if loss == "importance_sampling":
            v, d = -r * a, -r * a
        elif loss in ("ppo", "grpo"):
            low, high = c["clip_low_threshold"], c["clip_high_threshold"]
            held = (a > 0 and r > high) or (a < 0 and r < low)
            v, d = (-np.clip(r, low, high) * a, 0.0) if held else (-r * a, -r * a)
            if loss == "grpo":
                s = np.exp(x["reference_logprobs"][i] - p[i])
                v, d = v + c["kl_coef"] * (s - np.log(s) - 1), d + c["kl_coef"] * (1 - s)
        elif loss == "cispo":
            r = np.clip(r, c["clip_low_threshold"], c["clip_high_threshold"])
            v, d = -r * p[i] * a, -r * a
        else:
            v, d = -(p[i] * a - 0.5 * c["beta"] * (p[i] - q) ** 2), -(a - c["beta"] * (p[i] - q))
        value, slope[i] = value + w[i] * v, w[i] * d
    return value, slope


def test_value_and_gradient_on_logits_are_those_of_the_definition(
    loss_and_config: tuple[str, dict[str, float]],
) -> None:
    loss, given = loss_and_config
    config = check_config(loss, given)
    chance = np.random.default_rng(3)
    count, vocab = 40, 23
    sequence = np.repeat(np.arange(5), 8)
    inputs = {
        "weights": np.where(chance.random(count) < 0.3, 0.0, 0.5),
        "logprobs": chance.normal(-3, 0.7, count),
        "advantages": np.repeat(chance.normal(size=5), 8),
        "reference_logprobs": chance.normal(-3, 0.7, count),
    }
    targets = chance.integers(0, vocab, count)
    logits = torch.from_numpy(chance.normal(size=(count, vocab))).requires_grad_()
    p = logits.log_softmax(-1).gather(-1, torch.from_numpy(targets)[:, None])
    tensors = {key: torch.from_numpy(value)[:, None] for key, value in inputs.items()}
    summed = LOSSES[loss].value(p, tensors | {"sequence": torch.from_numpy(sequence)}, config).sum()
    summed.backward()

    value, slope = by_hand(loss, p.detach().numpy()[:, 0], inputs, config, sequence)
    softmax = logits.detach().softmax(-1).numpy()
    expected = slope[:, None] * (np.eye(vocab)[targets] - softmax)
    assert summed.item() == pytest.approx(value, rel=1e-12)
    assert logits.grad is not None
    assert np.linalg.norm(logits.grad.numpy() - expected) / np.linalg.norm(expected) < 1e-6


def test_oapl_is_one_squared_residual_a_sequence() -> None:
    p = torch.tensor([[-1.0], [-2.0], [-3.0]])
    inputs = {
        "logprobs": torch.tensor([[0.0], [-1.5], [-4.0]]),
        "advantages": torch.tensor([[0.0], [0.4], [0.4]]),
        "weights": torch.tensor([[0.0], [1.0], [1.0]]),
        "sequence": torch.zeros(3, dtype=torch.int64),
    }
    # beta (-0.5 + 1.0) - 0.4 = -0.35, squared and divided by 2 beta
    assert LOSSES["oapl"].value(p, inputs, {"beta": 0.1}).tolist() == pytest.approx([0.35**2 / 0.2])


def test_oapl_and_weighted_cross_entropy_give_the_same_gradient() -> None:
    chance = torch.Generator().manual_seed(0)
    p = torch.randn(6, 1, generator=chance, dtype=torch.float64).requires_grad_()
    q = torch.randn(6, 1, generator=chance, dtype=torch.float64)
    sequence = torch.tensor([0, 0, 0, 1, 1, 1])
    advantages = torch.tensor([0.7, 0.7, 0.7, -0.3, -0.3, -0.3], dtype=torch.float64)[:, None]
    inputs = {"logprobs": q, "advantages": advantages, "weights": torch.ones_like(q), "sequence": sequence}
    (direct,) = torch.autograd.grad(LOSSES["oapl"].value(p, inputs, {"beta": 0.2}).sum(), p)
    log_ratio = torch.zeros(2, dtype=torch.float64).index_add(0, sequence, (p - q).detach().flatten())[sequence][
        :, None
    ]
    weights = advantages - 0.2 * log_ratio
    (indirect,) = torch.autograd.grad(LOSSES["cross_entropy"].value(p, {"weights": weights}, {}).sum(), p)
    torch.testing.assert_close(direct, indirect, rtol=1e-12, atol=0)

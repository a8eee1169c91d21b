"""A token is drawn from the cut distribution and scored under the whole one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from anamnesis_worker.sampler.choice import Choice, choose_tokens

from .reference import truncated

DRAWS = 20_000


def choice(count: int, *, temperature: float = 1.0, top_k: int = -1, top_p: float = 1.0, seed: int = 0) -> Choice:
    def column(value: float) -> torch.Tensor:
        return torch.full((count,), value, dtype=torch.float64)

    uniform = torch.rand(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Choice(column(temperature), column(top_k), column(top_p), uniform, top_k != -1 or top_p < 1)


def logits(seed: int = 1) -> torch.Tensor:
    return 1.5 * torch.randn(1, 12, generator=torch.Generator().manual_seed(seed))


def softmax(temperature: float) -> np.ndarray:
    return torch.softmax(logits().double()[0] / temperature, -1).numpy()


@pytest.mark.parametrize(("top_k", "top_p"), [(-1, 1.0), (5, 1.0), (-1, 0.8), (6, 0.7), (1, 1.0), (-1, 1e-9)])
@pytest.mark.parametrize("temperature", [0.6, 1.0, 1.7])
def test_draws_follow_the_cut_distribution(temperature: float, top_k: int, top_p: float) -> None:
    ids, _ = choose_tokens(logits().expand(DRAWS, -1), choice(DRAWS, temperature=temperature, top_k=top_k, top_p=top_p))
    counts = np.bincount(ids.numpy(), minlength=12)
    expected = truncated(softmax(temperature), top_k, top_p)
    expected = DRAWS * expected / expected.sum()
    allowed = expected > 0
    assert counts[~allowed].sum() == 0
    statistic = ((counts[allowed] - expected[allowed]) ** 2 / expected[allowed]).sum()
    # Above the 99.9th percentile of chi-square with up to 11 degrees of freedom; the seed is fixed.
    assert statistic < 31.3


def test_logprobs_are_of_the_whole_distribution_at_the_temperature() -> None:
    ids, logprobs = choose_tokens(logits().expand(50, -1), choice(50, temperature=0.5, top_k=2))
    np.testing.assert_allclose(logprobs.numpy(), np.log(softmax(0.5))[ids.numpy()], rtol=1e-5)


def test_temperature_zero_takes_the_most_likely_and_scores_it_at_one() -> None:
    ids, logprobs = choose_tokens(logits().expand(50, -1), choice(50, temperature=0))
    assert set(ids.tolist()) == {int(logits().argmax())}
    np.testing.assert_allclose(logprobs.numpy(), np.log(softmax(1.0)).max(), rtol=1e-5)


def test_a_tiny_temperature_is_nearly_greedy_and_finite() -> None:
    ids, logprobs = choose_tokens(logits().expand(50, -1), choice(50, temperature=1e-30))
    assert set(ids.tolist()) == {int(logits().argmax())}
    assert logprobs.abs().max() == 0


def test_a_cut_in_one_row_leaves_the_others_as_they_were() -> None:
    rows, plain = logits().expand(50, -1), choice(50)
    top_k = plain.top_k.clone()
    top_k[7] = 1
    alone, _ = choose_tokens(rows, plain)
    beside, _ = choose_tokens(rows, Choice(plain.temperature, top_k, plain.top_p, plain.uniform, cuts=True))
    assert beside[7] == logits().argmax()
    assert torch.equal(alone[torch.arange(50) != 7], beside[torch.arange(50) != 7])


def test_equal_logits_are_cut_by_id() -> None:
    ids, _ = choose_tokens(torch.zeros(200, 10), choice(200, top_k=3))
    assert set(ids.tolist()) == {0, 1, 2}


@pytest.mark.parametrize("uniform", [0.0, 1 - 2**-53])
def test_the_ends_of_the_unit_interval_draw_only_possible_tokens(uniform: float) -> None:
    row = torch.tensor([[-torch.inf, 0.0, 0.3, -torch.inf]])
    drawn = choice(1)
    ids, _ = choose_tokens(row, Choice(drawn.temperature, drawn.top_k, drawn.top_p, torch.tensor([uniform]), False))
    assert ids.item() == (1 if uniform == 0 else 2)

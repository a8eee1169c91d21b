"""The trainer against a plain float64 computation: one datum at a time, all logits, every loss written out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from anamnesis_worker.models import load_causal_lm
from anamnesis_worker.trainer import TrainingModel
from anamnesis_worker.types import AdamParams, Datum, ErrorCategory, ModelSource, WorkerError

from .conftest import CONFIGS, MakeData, MakeSource

LossAndConfig = tuple[str, dict[str, float]]


def gradients(model: TrainingModel) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in model.module.named_parameters() if p.grad is not None}


def distance(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """Relative L2 over all parameters."""
    assert one.keys() == other.keys()
    apart = sum(float((one[key] - other[key]).detach().double().square().sum()) for key in other)
    return float(np.sqrt(apart / sum(float(value.detach().double().square().sum()) for value in other.values())))


def plainly(
    source: ModelSource, data: Sequence[Datum], loss: str, c: dict[str, float]
) -> tuple[float, dict[str, torch.Tensor]]:
    model = load_causal_lm(source, dtype=torch.float64)
    total = torch.zeros((), dtype=torch.float64)
    for datum in data:
        x = {key: torch.from_numpy(np.asarray(value)).double() for key, value in datum.inputs.items()}
        logits = model(input_ids=torch.from_numpy(datum.tokens)[None]).logits[0]
        p = torch.nn.functional.log_softmax(logits, -1)[torch.arange(len(datum.tokens)), x["target_tokens"].long()]
        w = x.get("weights", torch.ones_like(p))
        if loss == "cross_entropy":
            total = total - (w * p).sum()
            continue
        q, a = x["logprobs"], x["advantages"]
        r = (p - q).exp()
        low, high = c.get("clip_low_threshold", 0.0), c.get("clip_high_threshold", 0.0)
        if loss == "importance_sampling":
            value = -(w * r * a).sum()
        elif loss in ("ppo", "grpo"):
            value = -(w * torch.min(r * a, r.clamp(low or 0.8, high) * a)).sum()
            if loss == "grpo":
                s = (x["reference_logprobs"] - p).exp()
                value = value + (w * c["kl_coef"] * (s - s.log() - 1)).sum()
        elif loss == "cispo":
            value = -(w * r.clamp(low, high).detach() * p * a).sum()
        elif loss == "dro":
            value = -(w * (p * a - c["beta"] / 2 * (p - q) ** 2)).sum()
        else:
            value = (c["beta"] * (w * (p - q)).sum() - a[-1]) ** 2 / (2 * c["beta"])
        total = total + value
    total.backward()
    return total.item(), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def test_every_loss_has_the_gradient_of_the_plain_computation(
    tiny: MakeSource, make_data: MakeData, loss_and_config: LossAndConfig
) -> None:
    loss, config = loss_and_config
    data = make_data(loss)
    value, expected = plainly(tiny(), data, loss, config)
    model = TrainingModel(tiny(), None, dtype="float64", max_tokens_per_batch=64, chunk_logits=61 * 7)
    output = model.forward_backward(data, loss, config)
    assert output.metrics["loss:sum"] == pytest.approx(value, rel=1e-6)
    assert distance(gradients(model), expected) < 1e-6
    assert model.forward(data, loss, config).metrics["loss:sum"] == pytest.approx(value, rel=1e-6)


def test_float32_gradients_lie_near_those_of_float64(
    tiny: MakeSource, make_data: MakeData, loss_and_config: LossAndConfig
) -> None:
    loss, config = loss_and_config
    data = make_data(loss)
    model = TrainingModel(tiny(), None)
    model.forward_backward(data, loss, config)
    assert distance(gradients(model), plainly(tiny(), data, loss, config)[1]) < 1e-5


def test_gradients_add_up_over_calls(tiny: MakeSource, make_data: MakeData, loss_and_config: LossAndConfig) -> None:
    loss, config = loss_and_config
    data = make_data(loss)
    whole, parts = (TrainingModel(tiny(), None, dtype="float64") for _ in range(2))
    together = whole.forward_backward(data, loss, config)
    split = [parts.forward_backward(piece, loss, config) for piece in (data[:2], data[2:])]
    assert distance(gradients(parts), gradients(whole)) < 1e-7
    assert sum(part.metrics["loss:sum"] for part in split) == pytest.approx(together.metrics["loss:sum"], rel=1e-6)
    for one, other in zip([*split[0].logprobs, *split[1].logprobs], together.logprobs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_tokens_per_batch": 1},
        {"chunk_logits": 1},
        {"checkpointing": True},
        {"checkpointing": True, "chunk_logits": 1},
    ],
    ids=["one by one", "a position at a time", "layers recomputed", "both recomputed"],
)
def test_how_the_work_is_cut_changes_nothing(tiny: MakeSource, make_data: MakeData, settings: dict[str, int]) -> None:
    data = make_data("grpo")
    plain, cut = TrainingModel(tiny(), None, dtype="float64"), TrainingModel(tiny(), None, dtype="float64", **settings)
    expected = plain.forward_backward(data, "grpo", CONFIGS["grpo"])
    output = cut.forward_backward(data, "grpo", CONFIGS["grpo"])
    assert distance(gradients(cut), gradients(plain)) < 1e-7
    for one, other in zip(output.logprobs, expected.logprobs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_forward_scores_every_position_and_leaves_gradients_alone(tiny: MakeSource, make_data: MakeData) -> None:
    model = TrainingModel(tiny(), None)
    data = make_data("ppo")
    trained = model.forward_backward(data, "ppo", {})
    before = gradients(model)
    scored = model.forward(data, "ppo", {})
    assert distance(gradients(model), before) == 0
    reference = load_causal_lm(tiny())
    for datum, all_of_them, some in zip(data, scored.logprobs, trained.logprobs, strict=True):
        logits = reference(input_ids=torch.from_numpy(datum.tokens)[None]).logits[0].detach()
        plain = logits.log_softmax(-1).numpy()[np.arange(len(datum.tokens)), datum.inputs["target_tokens"]]
        np.testing.assert_allclose(all_of_them, plain, atol=1e-5)
        matters = datum.inputs["weights"] != 0
        np.testing.assert_allclose(some[matters], plain[matters], atol=1e-5)
        assert all_of_them.dtype == np.float32
        assert (some[~matters] == 0).all()


def test_logits_are_held_for_scored_positions_only_and_a_chunk_at_a_time(tiny: MakeSource, make_data: MakeData) -> None:
    model = TrainingModel(tiny(), None, chunk_logits=61 * 10)
    rows: list[int] = []
    model.module.lm_head.register_forward_hook(lambda _, __, logits: rows.append(logits.shape[0]))
    data = make_data("cross_entropy")
    model.forward_backward(data, "cross_entropy", {})
    scored = sum(int((datum.inputs["weights"] != 0).sum()) for datum in data)
    assert max(rows) <= 10
    assert scored <= sum(rows) <= 2 * scored  # a chunk may be computed once more in the backward pass


def test_soft_targets_come_back_in_their_own_shape(tiny: MakeSource) -> None:
    chance = np.random.default_rng(5)
    data = [
        Datum(
            chance.integers(0, 61, length),
            {"target_tokens": chance.integers(0, 61, (length, k)), "weights": chance.random((length, k))},
        )
        for length, k in ((6, 3), (8, 1), (7, 4))
    ]
    model = TrainingModel(tiny(), None, dtype="float64")
    output = model.forward_backward(data, "cross_entropy", {})
    assert [piece.shape for piece in output.logprobs] == [(6, 3), (8, 1), (7, 4)]
    weighed = sum(float((d.inputs["weights"] * p).sum()) for d, p in zip(data, output.logprobs, strict=True))
    assert output.metrics["loss:sum"] == pytest.approx(-weighed, rel=1e-5)
    columns = [
        Datum(d.tokens, {key: np.ascontiguousarray(value[:, k]) for key, value in d.inputs.items()})
        for d in data
        for k in range(d.inputs["weights"].shape[1])
    ]
    hard = TrainingModel(tiny(), None, dtype="float64")
    hard.forward_backward(columns, "cross_entropy", {})
    assert distance(gradients(model), gradients(hard)) < 1e-7


def test_a_call_that_fails_leaves_the_gradients_as_they_were(tiny: MakeSource, make_data: MakeData) -> None:
    model = TrainingModel(tiny(), None, max_tokens_per_batch=32)
    data = make_data("importance_sampling")
    model.forward_backward(data, "importance_sampling", {})
    before = gradients(model)
    data[2].inputs["logprobs"][-1] = -1000.0
    with pytest.raises(WorkerError, match="not finite"):
        model.forward_backward(data, "importance_sampling", {})
    assert distance(gradients(model), before) == 0


def test_dropout_is_never_on(tiny: MakeSource, make_data: MakeData) -> None:
    model = TrainingModel(tiny(attention_dropout=0.5), None)
    data = make_data("cross_entropy")
    model.forward_backward(data, "cross_entropy", {})
    first = gradients(model)
    model.optim_step(AdamParams(learning_rate=0.0))
    model.forward_backward(data, "cross_entropy", {})
    assert distance(gradients(model), first) == 0


def test_bfloat16_computes_near_float32_with_float32_weights(tiny: MakeSource, make_data: MakeData) -> None:
    data = make_data("cross_entropy")
    narrow = TrainingModel(tiny(initializer_range=0.05), None, dtype="bfloat16")
    wide = TrainingModel(tiny(initializer_range=0.05), None)
    one, other = (model.forward_backward(data, "cross_entropy", {}) for model in (narrow, wide))
    apart = np.concatenate([np.abs(a - b) for a, b in zip(one.logprobs, other.logprobs, strict=True)])
    assert 0 < apart.mean() < 2e-2
    assert {p.dtype for p in narrow.module.parameters()} == {torch.float32}
    assert distance(gradients(narrow), gradients(wide)) < 5e-2


def test_a_step_is_that_of_adamw_on_the_summed_and_clipped_gradient(tiny: MakeSource, make_data: MakeData) -> None:
    params = AdamParams(learning_rate=3e-3, beta1=0.8, weight_decay=0.1, grad_clip_norm=0.5)
    model = TrainingModel(tiny(), None, dtype="float64")
    plain = load_causal_lm(tiny(), dtype=torch.float64)
    weights = dict(plain.named_parameters())
    adamw = torch.optim.AdamW(weights.values(), lr=3e-3, betas=(0.8, 0.95), eps=1e-12, weight_decay=0.1)
    for seed in range(3):
        model.forward_backward(make_data("cross_entropy", seed=seed), "cross_entropy", {})
        for name, gradient in gradients(model).items():
            weights[name].grad = gradient
        norm = float(torch.nn.utils.clip_grad_norm_(weights.values(), 0.5))
        adamw.step()
        assert model.optim_step(params)["grad_norm:mean"] == pytest.approx(norm)
    assert model.version == 3
    assert distance(dict(model.module.named_parameters()), weights) < 1e-12


def test_a_step_with_nothing_to_apply_is_refused(tiny: MakeSource, make_data: MakeData) -> None:
    model = TrainingModel(tiny(), None)
    with pytest.raises(WorkerError, match="call forward_backward first"):
        model.optim_step(AdamParams())
    model.forward_backward(make_data("ppo"), "ppo", {})
    with pytest.raises(WorkerError, match="learning_rate is nan"):
        model.optim_step(AdamParams(learning_rate=float("nan")))
    model.optim_step(AdamParams())
    with pytest.raises(WorkerError, match="call forward_backward first"):
        model.optim_step(AdamParams())
    assert model.version == 1


def test_a_batch_with_no_advantage_at_all_is_a_step_of_zero_gradient(tiny: MakeSource, make_data: MakeData) -> None:
    model = TrainingModel(tiny(), None)
    data = make_data("ppo")
    for datum in data:
        datum.inputs["advantages"][:] = 0
    model.forward_backward(data, "ppo", {})
    assert model.optim_step(AdamParams())["grad_norm:mean"] == 0


def _hold_at_most(model: TrainingModel, tokens: int) -> None:
    def check(_: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        if arguments[0].numel() > tokens:
            raise torch.OutOfMemoryError("CUDA out of memory")

    model.module.lm_head.register_forward_pre_hook(check)


def test_out_of_memory_splits_the_batch_once(tiny: MakeSource, make_data: MakeData) -> None:
    data = make_data("cross_entropy", (24, 24, 24, 24))
    expected, model = TrainingModel(tiny(), None, dtype="float64"), TrainingModel(tiny(), None, dtype="float64")
    for each in (expected, model):
        each.forward_backward(data, "cross_entropy", {})
    _hold_at_most(model, 50 * 32)  # two rows of scored positions, not four
    output = model.forward_backward(data, "cross_entropy", {})
    assert output.metrics == pytest.approx(expected.forward_backward(data, "cross_entropy", {}).metrics)
    assert distance(gradients(model), gradients(expected)) < 1e-7


def test_out_of_memory_again_is_the_servers_error_and_costs_no_gradient(tiny: MakeSource, make_data: MakeData) -> None:
    data = make_data("cross_entropy", (24, 24, 24, 24))
    model = TrainingModel(tiny(), None)
    model.forward_backward(data, "cross_entropy", {})
    before = gradients(model)
    _hold_at_most(model, 30 * 32)
    with pytest.raises(WorkerError, match="out of memory, also with the batch split") as caught:
        model.forward_backward(data, "cross_entropy", {})
    assert caught.value.category is ErrorCategory.SERVER
    assert distance(gradients(model), before) == 0

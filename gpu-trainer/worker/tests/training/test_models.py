"""Models come from directories or configurations; adapters train what they were told to and fold in exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from anamnesis_worker.models import load_causal_lm, untie
from anamnesis_worker.trainer import TrainingModel
from anamnesis_worker.types import AdamParams, Datum, LoraConfig, ModelSource, WorkerError

from .conftest import MakeData, MakeSource

ATTENTION = {"q_proj", "k_proj", "v_proj", "o_proj"}
MLP = {"gate_proj", "up_proj", "down_proj"}


def train(model: TrainingModel, data: list[Datum], steps: int = 3) -> None:
    for _ in range(steps):
        model.forward_backward(data, "cross_entropy", {})
        model.optim_step(AdamParams(learning_rate=1e-2))


def logprobs_of(source: ModelSource, state: dict[str, torch.Tensor], data: list[Datum]) -> list[np.ndarray]:
    """What a plain model says that was given these weights, as a sampler would be."""
    model = load_causal_lm(source)
    untie(model)
    model.load_state_dict(state, strict=True)
    return [
        model(input_ids=torch.from_numpy(datum.tokens)[None])
        .logits[0]
        .log_softmax(-1)
        .detach()
        .numpy()[np.arange(len(datum.tokens)), datum.inputs["target_tokens"]]
        for datum in data
    ]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, ATTENTION | MLP | {"lm_head"}),
        ({"train_unembed": False}, ATTENTION | MLP),
        ({"train_mlp": False, "train_unembed": False}, ATTENTION),
        ({"train_attn": False}, MLP | {"lm_head"}),
        ({"train_attn": False, "train_mlp": False}, {"lm_head"}),
    ],
)
def test_lora_trains_the_adapters_it_was_told_to_and_nothing_else(
    tiny: MakeSource, make_data: MakeData, flags: dict[str, bool], expected: set[str]
) -> None:
    model = TrainingModel(tiny(), LoraConfig(rank=4, **flags))
    before = {name: p.detach().clone() for name, p in model.module.named_parameters()}
    train(model, make_data("cross_entropy"))
    changed = {name for name, p in model.module.named_parameters() if not torch.equal(p, before[name])}
    assert changed == {name for name in before if ".lora_" in name}
    assert {name.split(".lora_")[0].split(".")[-1] for name in changed} == expected


def test_lora_starts_equal_to_its_base_and_equal_for_equal_seeds(tiny: MakeSource, make_data: MakeData) -> None:
    data = make_data("cross_entropy")
    base, one, same, other = (
        TrainingModel(tiny(), lora) for lora in (None, LoraConfig(8, 1), LoraConfig(8, 1), LoraConfig(8, 2))
    )
    expected = base.forward(data, "cross_entropy", {})
    assert one.forward(data, "cross_entropy", {}).metrics == expected.metrics
    weights = [dict(model.module.named_parameters()) for model in (one, same, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert any(not torch.equal(weights[0][name], weights[2][name]) for name in weights[0])


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
@pytest.mark.parametrize(
    "lora", [None, LoraConfig(4), LoraConfig(4, train_unembed=False)], ids=["full", "lora", "no head"]
)
@pytest.mark.parametrize("family", ["llama", "qwen3"])
def test_the_samplers_state_is_the_trained_model(
    tiny: MakeSource, make_data: MakeData, family: str, lora: LoraConfig | None, tied: bool
) -> None:
    source = tiny(family, tie_word_embeddings=tied, head_dim=8)
    data = make_data("cross_entropy")
    model = TrainingModel(source, lora)
    before = model.sampler_state()
    train(model, data)
    state = model.sampler_state()
    trained = model.forward(data, "cross_entropy", {}).logprobs
    for expected, got in zip(trained, logprobs_of(source, state, data), strict=True):
        np.testing.assert_allclose(got, expected, atol=2e-5)
    assert any(not torch.equal(before[name], state[name]) for name in state)
    if lora is not None:
        embedding = load_causal_lm(source).get_input_embeddings().weight
        assert torch.equal(state["model.embed_tokens.weight"], embedding)


def test_the_samplers_state_is_a_copy(tiny: MakeSource, make_data: MakeData) -> None:
    model = TrainingModel(tiny(), None)
    state = model.sampler_state()
    kept = {name: tensor.clone() for name, tensor in state.items()}
    train(model, make_data("cross_entropy"))
    assert all(torch.equal(state[name], kept[name]) for name in kept)


def test_tied_embeddings_stay_tied_when_all_weights_train(tiny: MakeSource, make_data: MakeData) -> None:
    model = TrainingModel(tiny(tie_word_embeddings=True), None)
    train(model, make_data("cross_entropy"))
    state = model.sampler_state()
    assert torch.equal(state["lm_head.weight"], state["model.embed_tokens.weight"])


def test_a_directory_loads_as_what_was_saved_in_it(tiny: MakeSource, make_data: MakeData, tmp_path: Path) -> None:
    load_causal_lm(tiny()).save_pretrained(tmp_path / "little")
    loaded = TrainingModel(ModelSource(str(tmp_path / "little")), None)
    assert (loaded.model_name, loaded.vocab_size, loaded.context_length) == ("little", 61, 96)
    data = make_data("cross_entropy")
    expected = TrainingModel(tiny(), None).forward(data, "cross_entropy", {})
    assert loaded.forward(data, "cross_entropy", {}).metrics == expected.metrics


def test_what_cannot_be_loaded_says_why(tiny: MakeSource, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"holds no config.json"):
        load_causal_lm(ModelSource(str(tmp_path)))
    load_causal_lm(tiny()).config.save_pretrained(tmp_path)
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(WorkerError, match="pickled files are never read"):
        load_causal_lm(ModelSource(str(tmp_path)))
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(WorkerError, match="cannot be loaded"):
        load_causal_lm(ModelSource(str(tmp_path)))
    with pytest.raises(WorkerError, match='"model_type"'):
        load_causal_lm(ModelSource())
    with pytest.raises(WorkerError, match="no causal language model of type perceptron"):
        load_causal_lm(ModelSource(config={"model_type": "perceptron"}))
    with pytest.raises(WorkerError, match="trains nothing"):
        TrainingModel(tiny(), LoraConfig(4, train_mlp=False, train_attn=False, train_unembed=False))


def test_experts_that_adapters_would_miss_are_refused(tiny: MakeSource) -> None:
    with pytest.raises(WorkerError, match="mixture of experts"):
        TrainingModel(tiny("mixtral", num_local_experts=2), LoraConfig(4))
    assert TrainingModel(tiny("mixtral", num_local_experts=2), LoraConfig(4, train_mlp=False)).version == 0


def test_scaled_logits_are_refused_not_scored_wrongly(tiny: MakeSource) -> None:
    with pytest.raises(WorkerError, match="scales or caps its logits"):
        TrainingModel(tiny("granite", logits_scaling=4.0), None)

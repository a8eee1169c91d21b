"""Training stopped and taken up again is training that never stopped; a checkpoint is whole or refused."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from anamnesis_worker.trainer import TrainingModel
from anamnesis_worker.types import AdamParams, ErrorCategory, LoraConfig, WorkerError

from .conftest import MakeData, MakeSource

PARAMS = AdamParams(learning_rate=1e-2, weight_decay=0.01, grad_clip_norm=1.0)


def steps(model: TrainingModel, make_data: MakeData, first: int, last: int) -> list[float]:
    losses = []
    for seed in range(first, last):
        losses.append(model.forward_backward(make_data("ppo", seed=seed), "ppo", {}).metrics["loss:sum"])
        model.optim_step(PARAMS)
    return losses


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes, as on a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("lora", [None, LoraConfig(4, seed=3)], ids=["full", "lora"])
def test_resumed_training_equals_uninterrupted_training_bit_for_bit(
    tiny: MakeSource, make_data: MakeData, tmp_path: Path, lora: LoraConfig | None
) -> None:
    whole = TrainingModel(tiny(), lora)
    losses = steps(whole, make_data, 0, 6)
    before = TrainingModel(tiny(), lora)
    assert steps(before, make_data, 0, 3) == losses[:3]
    before.save(tmp_path / "third", optimizer=True)
    after = TrainingModel(tiny(), lora)
    after.load(tmp_path / "third", optimizer=True)
    assert after.version == 3
    assert steps(after, make_data, 3, 6) == losses[3:]
    expected, got = whole.sampler_state(), after.sampler_state()
    assert all(torch.equal(expected[name], got[name]) for name in expected)
    assert after.version == whole.version == 6


def test_without_the_optimizer_the_moments_start_anew(tiny: MakeSource, make_data: MakeData, tmp_path: Path) -> None:
    model = TrainingModel(tiny(), None)
    steps(model, make_data, 0, 2)
    model.save(tmp_path / "a", optimizer=False)
    with pytest.raises(WorkerError, match=r"optimizer.safetensors is not part of it"):
        model.load(tmp_path / "a", optimizer=True)
    fresh = TrainingModel(tiny(), None)
    for each in (model, fresh):
        each.load(tmp_path / "a", optimizer=False)
        steps(each, make_data, 2, 4)
    assert all(torch.equal(fresh.sampler_state()[name], tensor) for name, tensor in model.sampler_state().items())


def test_a_lora_checkpoint_holds_the_adapters_and_names_its_base(tiny: MakeSource, tmp_path: Path) -> None:
    model = TrainingModel(tiny(), LoraConfig(4))
    model.save(tmp_path / "a", optimizer=True)
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert (manifest["base"], manifest["lora"]["rank"], manifest["version"]) == ("random-llama", 4, 0)
    weights = sum(p.numel() for name, p in model.module.named_parameters() if ".lora_" in name)
    assert manifest["files"]["model.safetensors"]["bytes"] == pytest.approx(4 * weights, abs=8192)


@pytest.mark.parametrize("file", ["model.safetensors", "optimizer.safetensors", "manifest.json"])
def test_damage_is_found_and_the_previous_good_checkpoint_named(
    tiny: MakeSource, make_data: MakeData, tmp_path: Path, file: str
) -> None:
    model = TrainingModel(tiny(), None)
    for name in ("one", "two", "three"):
        steps(model, make_data, 0, 1)
        model.save(tmp_path / name, optimizer=True)
    damage(tmp_path / "two" / "model.safetensors")
    if file == "manifest.json":
        (tmp_path / "three" / file).write_text("{")
    else:
        damage(tmp_path / "three" / file)
    kept = model.sampler_state()
    with pytest.raises(WorkerError, match=rf"three is damaged: {file}.*load {tmp_path}/one instead") as caught:
        model.load(tmp_path / "three", optimizer=True)
    assert caught.value.category is ErrorCategory.SERVER
    assert all(torch.equal(model.sampler_state()[name], tensor) for name, tensor in kept.items())
    model.load(tmp_path / "one", optimizer=True)
    assert model.version == 1


def test_a_file_cut_short_or_gone_is_damage_too(tiny: MakeSource, tmp_path: Path) -> None:
    model = TrainingModel(tiny(), None)
    model.save(tmp_path / "a", optimizer=False)
    weights = tmp_path / "a" / "model.safetensors"
    os.truncate(weights, 100)
    with pytest.raises(WorkerError, match=r"has 100 bytes.*no undamaged checkpoint"):
        model.load(tmp_path / "a", optimizer=False)
    weights.unlink()
    with pytest.raises(WorkerError, match=r"model.safetensors is missing"):
        model.load(tmp_path / "a", optimizer=False)
    with pytest.raises(WorkerError, match="holds no checkpoint"):
        model.load(tmp_path / "b", optimizer=False)


def test_a_full_disk_leaves_nothing_half_written(tiny: MakeSource, make_data: MakeData, tmp_path: Path) -> None:
    model = TrainingModel(tiny(), None)
    model.save(tmp_path / "a", optimizer=True)
    steps(model, make_data, 0, 1)
    for name in ("a", "b"):
        with little_room(20_000), pytest.raises(WorkerError, match="the disk is full") as caught:
            model.save(tmp_path / name, optimizer=True)
        assert caught.value.category is ErrorCategory.SERVER
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    model.load(tmp_path / "a", optimizer=True)
    assert model.version == 0


def test_a_process_killed_while_saving_never_costs_the_checkpoint(
    tiny: MakeSource, make_data: MakeData, tmp_path: Path
) -> None:
    model = TrainingModel(tiny(), None)
    model.save(tmp_path / "a", optimizer=True)
    steps(model, make_data, 0, 1)
    chance = random.Random(0)
    for _ in range(25):
        child = os.fork()
        if child == 0:
            while True:
                model.save(tmp_path / "a", optimizer=True)
        time.sleep(chance.uniform(0.0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        fresh = TrainingModel(tiny(), None)
        fresh.load(tmp_path / "a", optimizer=True)
        assert fresh.version in (0, 1)
    model.save(tmp_path / "a", optimizer=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_saving_again_replaces_the_checkpoint_whole(tiny: MakeSource, make_data: MakeData, tmp_path: Path) -> None:
    model = TrainingModel(tiny(), None)
    model.save(tmp_path / "a", optimizer=True)
    steps(model, make_data, 0, 1)
    model.save(tmp_path / "a", optimizer=False)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["manifest.json", "model.safetensors"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_fits_another_model_is_refused(tiny: MakeSource, tmp_path: Path) -> None:
    TrainingModel(tiny(), LoraConfig(4)).save(tmp_path / "lora", optimizer=False)
    TrainingModel(tiny(), None).save(tmp_path / "full", optimizer=False)
    for model, name, says in (
        (TrainingModel(tiny(), None), "lora", "holds a LoRA adapter, this model trains full weights"),
        (TrainingModel(tiny(), LoraConfig(4)), "full", "holds full weights"),
        (TrainingModel(tiny(), LoraConfig(8)), "lora", "holds other tensors"),
        (TrainingModel(tiny("qwen2"), LoraConfig(4)), "lora", "adapts random-llama, this model is random-qwen2"),
        (TrainingModel(tiny(hidden_size=64), None), "full", "holds other tensors"),
    ):
        with pytest.raises(WorkerError, match=says):
            model.load(tmp_path / name, optimizer=False)

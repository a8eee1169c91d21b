"""Two processes under torchrun with FSDP2 train exactly what one process trains: gradients are sums, not means."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from . import two_ranks

WORKER = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything once in this process, and once in two."""
    out = tmp_path_factory.mktemp("ranks")
    two_ranks.main(out / "one")
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    subprocess.run(
        [sys.executable, *launcher, two_ranks.__file__, str(out / "two")],
        check=True,
        timeout=240,
        env=os.environ | {"PYTHONPATH": str(WORKER), "OMP_NUM_THREADS": "1"},
    )
    return out


def distance(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    assert one.keys() == other.keys()
    flat = [torch.cat([tensors[name].double().flatten() for name in sorted(tensors)]) for tensors in (one, other)]
    return float((flat[0] - flat[1]).norm() / flat[1].norm())


@pytest.mark.parametrize("run", ["full", "lora", "led"])
def test_two_processes_train_what_one_trains(runs: Path, run: str) -> None:
    one, two = (json.loads((runs / ranks / run / "results.json").read_text()) for ranks in ("one", "two"))
    assert (one["world"], two["world"]) == (1, 2)
    for got, expected in zip(two["steps"], one["steps"], strict=True):
        assert got["metrics"] == pytest.approx(expected["metrics"], rel=1e-6)
        for a, b in zip(got["logprobs"], expected["logprobs"], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)
    for name in ("weights", "gradients") if run != "led" else ("weights",):
        got, expected = (load_file(runs / ranks / run / f"{name}.safetensors") for ranks in ("two", "one"))
        assert distance(got, expected) < 1e-6


@pytest.mark.parametrize("run", ["full", "lora", "led"])
def test_two_processes_resume_bit_for_bit(runs: Path, run: str) -> None:
    assert json.loads((runs / "two" / run / "results.json").read_text())["resumed"]

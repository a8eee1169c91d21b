from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from anamnesis_worker.small_models import make_small_model

from .worker_process import WorkerProcess, running_worker

CORPUS = [
    "I have a cough and a fever since Monday.",
    "Does the pain come with effort and ease with rest?",
    "<think>It may be the heart.</think><ask>Do you smoke?</ask>",
    "<diagnosis>\nStable angina\nAsthma\n</diagnosis>",
]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "tiny"
    make_small_model(directory, corpus=CORPUS, hidden=32, layers=2, heads=4, context=256, seed=3)
    return directory


@pytest.fixture(scope="session")
def worker(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """One worker for all tests that leave it as it was."""
    with running_worker(tiny_model, tmp_path_factory.mktemp("state"), "--max-models", "1000") as started:
        yield started


@pytest.fixture
def client(worker: WorkerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=worker.url, timeout=60) as opened:
        yield opened


@pytest.fixture
def worker_url(worker: WorkerProcess) -> str:
    return worker.url

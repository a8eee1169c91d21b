"""Starts real worker processes for tests, and ends them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[2]


@dataclass
class WorkerProcess:
    url: str
    process: subprocess.Popen[str]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "anamnesis_worker", *arguments]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(PACKAGE), **more}


def ranks(count: int) -> list[dict[str, str]]:
    """What `torchrun` tells each of its processes; nothing for a single one."""
    if count == 1:
        return [{}]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    group = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    return [{**group, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]


@contextmanager
def running_worker(model: Path, state: Path, *options: str, processes: int = 1) -> Iterator[WorkerProcess]:
    """A worker that serves `model` as "tiny"; the first of its processes is the one that answers."""
    arguments = command("serve", "--model", str(model), "--name", "tiny", "--state", str(state), *options)
    started = [
        subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(**variables)
        )
        for variables in ranks(processes)
    ]
    try:
        assert started[0].stdout is not None
        ready = json.loads(started[0].stdout.readline())
        assert ready["ready"] is True
        assert ready["pid"] == started[0].pid
        yield WorkerProcess(ready["url"], started[0])
        started[0].send_signal(signal.SIGTERM)
        assert started[0].wait(30) == 0
    finally:
        for process in started:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

"""The worker's server inside the test's own process, for limits that the command line does not offer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from anamnesis_worker.server.app import create_app
from anamnesis_worker.server.catalogue import base_model
from anamnesis_worker.server.limits import Limits
from anamnesis_worker.server.process import listen
from anamnesis_worker.server.service import Service, Settings


@contextmanager
def worker_here(
    model: Path, state: Path, limits: Limits | None = None, *, token: str | None = None, samplers: int = 2
) -> Iterator[httpx.Client]:
    """A client of a worker that serves `model` as "tiny"."""
    settings = Settings(state=state, limits=limits or Limits(), samplers=samplers)
    service = Service(settings, [base_model(str(model), "tiny")])
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(create_app(service, token), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)

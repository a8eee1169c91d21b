"""The server process: where it listens, the line that says it is ready, and how it stops.

SIGTERM or SIGINT drains: what was accepted is finished and can still be fetched, new work is refused with 503. A second
signal stops at once.
"""

from __future__ import annotations

import json
import os
import socket
from types import FrameType

import uvicorn

from ..types import WorkerError
from .app import create_app
from .service import Service


class DrainingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, service: Service, url: str) -> None:
        super().__init__(config)
        self._service = service
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(json.dumps({"ready": True, "url": self._url, "pid": os.getpid()}), flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._service.draining:
            super().handle_exit(sig, frame)
            return
        self._service.drain()

    async def on_tick(self, counter: int) -> bool:
        if self._service.drained():
            self.should_exit = True
        return await super().on_tick(counter)


def serve(service: Service, host: str, port: int, token: str | None) -> None:
    """Serve until told to stop; prints one JSON line on stdout when ready."""
    listener = listen(host, port)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        create_app(service, token),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
        backlog=2048,
    )
    DrainingServer(config, service, url).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's delay only where a socket says that it speaks TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise WorkerError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another --port, or 0 for any"
        ) from error
    return listener

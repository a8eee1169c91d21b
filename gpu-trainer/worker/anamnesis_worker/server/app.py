"""The HTTP application: routes, the gate before them, refusals as JSON, and a sweep once a second."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from ..types import ErrorCategory, WorkerError
from . import chat
from .gate import Gate
from .refusal import Refusal, json_response
from .routes import bootstrap, futures, runs, sampling, training, weights
from .service import Service

SWEEP_S = 1.0
DISK_SWEEP_EVERY = 60
LOCK_INTERVAL_S = 1e-4


def create_app(service: Service, token: str | None = None) -> FastAPI:
    """The worker's application; it starts and stops with the service's engine."""
    app = FastAPI(title="anamnesis-worker", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.service = service
    for part in (bootstrap, training, weights, sampling, futures, runs):
        app.include_router(part.router, prefix="/api/v1")
    app.include_router(chat.router, prefix="/v1")
    app.add_api_route("/healthz", bootstrap.health)
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(WorkerError, on_worker_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(Exception, on_bug)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=service.limits.body_bytes)
    app.add_middleware(Gate, token=token)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    # Each system call of the event loop gives Python's lock away, and a busy engine gives it back only after this
    # interval. At the default of 5 ms a handful of calls in an answer add up.
    sys.setswitchinterval(LOCK_INTERVAL_S)
    sweeper = asyncio.create_task(sweep(service))
    yield
    sweeper.cancel()
    await asyncio.to_thread(service.close)


async def sweep(service: Service) -> None:
    turn = 0
    while True:
        try:
            service.sweep()
            if turn % DISK_SWEEP_EVERY == 0:
                await asyncio.to_thread(service.store.delete_expired)
        except Exception:  # the sweep must go on; what went wrong is in the log
            traceback.print_exc(file=sys.stderr)
        turn += 1
        await asyncio.sleep(SWEEP_S)


def answer(request: Request, status: int, detail: str) -> Response:
    """A refusal in the words of the wire that was spoken."""
    if request.url.path.startswith("/v1/"):
        return json_response(chat.error_body(detail, status), status)
    return json_response({"detail": detail}, status)


async def on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return answer(request, error.status, error.detail)


async def on_worker_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, WorkerError)
    return answer(request, 400 if error.category is ErrorCategory.USER else 500, str(error))


async def on_invalid(request: Request, error: Exception) -> Response:
    """A body that does not fit its schema; the number of a refused operation is used up."""
    assert isinstance(error, RequestValidationError)
    body = error.body
    if isinstance(body, dict):
        request.app.state.service.training.skip(body.get("model_id"), body.get("seq_id"))
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    more = len(error.errors()) - 1
    return answer(request, 422, f"{place}: {first['msg']}" + (f" (and {more} more)" if more else ""))


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if error.status_code == 404:
        detail = f"{request.method} {request.url.path} is no route of this worker; docs/worker.md lists them"
    return answer(request, error.status_code, detail)


async def on_bug(request: Request, error: Exception) -> Response:
    traceback.print_exception(error, file=sys.stderr)
    return answer(request, 500, f"{type(error).__name__}; see the worker's log")

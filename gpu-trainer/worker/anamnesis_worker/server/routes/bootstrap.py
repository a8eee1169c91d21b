"""What a client asks before anything else: configuration, a session, signs of life, capabilities."""

from __future__ import annotations

from fastapi import APIRouter, Request

from ...losses import LOSSES
from ..wire import CreateSessionBody, SessionBody
from .call import ThisService

router = APIRouter()

EXTENSIONS = ("asample_batch", "cache_key", "full_weights", "late_load", "prompt_cache_hit_tokens", "version")


@router.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


@router.post("/client/config")
def client_config() -> dict[str, object]:
    """JSON bodies and API keys; chunks of one forward_backward may come at once, in any order."""
    return {"pjwt_auth_enabled": False, "proto_write_fwdbwd": False, "parallel_fwdbwd_chunks": True}


@router.post("/client/dynamic_config")
def dynamic_config() -> dict[str, object]:
    return {"refresh_interval_sec": 300}


@router.post("/telemetry")
async def telemetry(request: Request) -> dict[str, str]:
    """Accepted, and not kept."""
    async for _ in request.stream():
        pass
    return {"status": "accepted"}


@router.get("/get_server_capabilities")
def capabilities(service: ThisService) -> dict[str, object]:
    return {
        "supported_models": [
            {"model_name": model.name, "max_context_length": model.context_length, "vocab_size": model.vocab_size}
            for model in service.catalogue.all()
        ],
        "loss_fns": list(LOSSES),
        "extensions": list(EXTENSIONS),
    }


@router.post("/create_session")
async def create_session(_: CreateSessionBody, service: ThisService) -> dict[str, str]:
    service.check_open()
    return {"session_id": service.sessions.open().id, "type": "create_session"}


@router.post("/session_heartbeat")
async def session_heartbeat(body: SessionBody, service: ThisService) -> dict[str, str]:
    service.sessions.get(body.session_id)
    return {"type": "session_heartbeat"}


@router.get("/sessions")
async def sessions(service: ThisService) -> dict[str, object]:
    return {"sessions": service.sessions.ids()}


@router.get("/sessions/{session_id}")
async def session(session_id: str, service: ThisService) -> dict[str, object]:
    found = service.sessions.get(session_id)
    return {"training_run_ids": found.model_ids, "sampler_ids": found.sampler_ids}

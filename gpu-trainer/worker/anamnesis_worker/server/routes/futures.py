"""Polling for results. A poll is held until there is one, or until it is time to ask again."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from ..refusal import json_response
from ..wire import RetrieveBody
from .call import ThisService

router = APIRouter()


@router.post("/retrieve_future")
async def retrieve_future(body: RetrieveBody, service: ThisService) -> Response:
    promise = service.futures.get(body.request_id)
    service.sessions.touch(promise.session_id)
    try:
        await asyncio.wait_for(promise.done.wait(), service.limits.poll_s)
    except TimeoutError:
        return json_response({"type": "try_again", "request_id": promise.request_id, "queue_state": "active"}, 408)
    if body.allow_metadata_only and len(promise.payload) > service.limits.metadata_bytes:
        return json_response({"status": "complete_metadata", "response_payload_size": len(promise.payload)})
    promise.delivered = True
    return Response(promise.payload, media_type="application/json")

"""Models in training: create, forward, forward_backward, optim_step, unload."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from ...examples import check_config
from ...types import Datum, WorkerError
from ..decoding import adam_of, data_of, lora_of
from ..refusal import Refusal
from ..training import Run, TrainedModel, forward, forward_backward, optim_step
from ..wire import (
    CreateModelBody,
    ForwardBackwardBody,
    ForwardBody,
    LossBody,
    ModelIdBody,
    OptimStepBody,
)
from .call import Call, ThisCall, ThisService

router = APIRouter()


@router.post("/create_model")
async def create_model(body: CreateModelBody, call: ThisCall) -> dict[str, str]:
    service = call.service
    service.check_open()
    session = service.sessions.get(body.session_id)

    def first() -> str:
        base = service.catalogue.get(body.base_model)
        model, request_id = service.training.create(session.id, base, lora_of(body.lora_config), body.user_metadata)
        session.model_ids.append(model.id)
        session.closers.append(lambda: close(model))
        return request_id

    def close(model: TrainedModel) -> None:
        service.unload(model)

    return {"request_id": service.requests.answer(("model", session.id, body.model_seq_id), call.digest, first)}


@router.post("/forward")
async def forward_route(body: ForwardBody, call: ThisCall) -> dict[str, str]:
    return submit(call, body.model_id, body.seq_id, lambda model: forward(*loss_of(body.forward_input, model, call)))


@router.post("/forward_backward")
async def forward_backward_route(body: ForwardBackwardBody, call: ThisCall) -> dict[str, str]:
    return submit(
        call,
        body.model_id,
        body.seq_id,
        lambda model: forward_backward(*loss_of(body.forward_backward_input, model, call)),
    )


@router.post("/optim_step")
async def optim_step_route(body: OptimStepBody, call: ThisCall) -> dict[str, str]:
    return submit(call, body.model_id, body.seq_id, lambda _: optim_step(adam_of(body)))


@router.post("/unload_model")
async def unload_model(body: ModelIdBody, service: ThisService) -> dict[str, str]:
    model = service.training.get(body.model_id)
    return {"request_id": service.unload(model), "model_id": model.id}


@router.post("/get_info")
async def get_info(body: ModelIdBody, service: ThisService) -> dict[str, object]:
    model = service.training.get(body.model_id)
    directory = model.base.source.directory
    return {
        "type": "get_info",
        "model_id": model.id,
        "model_name": model.base.name,
        "is_lora": model.lora is not None,
        **({} if model.lora is None else {"lora_rank": model.lora.rank}),
        "model_data": {
            "arch": model.base.architecture,
            "model_name": model.base.name,
            **({} if directory is None else {"tokenizer_id": directory}),
        },
    }


def submit(call: Call, model_id: str, seq_id: int | None, make: Callable[[TrainedModel], Run]) -> dict[str, str]:
    """Accept one operation of a model, once; a refused number is used up, so that later ones do not wait for it."""
    service = call.service
    service.check_open()
    model = service.training.get(model_id)
    service.sessions.touch(model.session_id)

    def first() -> str:
        return service.training.submit(model, seq_id, call.size, make(model))

    try:
        if seq_id is None:
            request_id = first()
        else:
            request_id = service.requests.answer(("operation", model.id, seq_id), call.digest, first)
    except Refusal as refusal:
        if seq_id is not None and refusal.status != 429:
            model.order.skip(seq_id)
        raise
    return {"request_id": request_id, "model_id": model.id}


def loss_of(body: LossBody, model: TrainedModel, call: Call) -> tuple[list[Datum], str, dict[str, float]]:
    try:
        config = check_config(body.loss_fn, body.loss_fn_config or {})
    except WorkerError as error:
        raise Refusal(400, str(error)) from error
    limits = call.service.limits
    return data_of(body.data, model.base.vocab_size, model.base.context_length, limits), body.loss_fn, config

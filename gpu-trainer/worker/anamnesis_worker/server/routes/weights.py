"""Checkpoints: saved, loaded, described, listed, deleted; and weights handed to sampling."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Response

from ... import checkpoints
from ...trainer import TrainingModel
from ...types import WorkerError
from ..checkpoint_store import CheckpointName, CheckpointStore, checkpoint_name, parse_uri
from ..refusal import Refusal, json_response
from ..samplers import Samplers
from ..sessions import Session
from ..training import Run, TrainedModel
from ..wire import LoadWeightsBody, SaveForSamplerBody, SaveWeightsBody, TtlBody, WeightsInfoBody
from .call import ThisCall, ThisService
from .training import submit

router = APIRouter()


@router.post("/save_weights")
async def save_weights(body: SaveWeightsBody, call: ThisCall) -> dict[str, str]:
    store = call.service.store

    def make(model: TrainedModel) -> Run:
        checkpoint = checkpoint_name(model.id, "weights", body.path)

        def run(_: TrainedModel, trainer: TrainingModel) -> dict[str, object]:
            refuse_overwriting(store, checkpoint, body.overwrite)
            trainer.save(store.prepare(checkpoint), optimizer=True)
            store.record(checkpoint, model.on_record(), body.ttl_seconds)
            return {"path": checkpoint.uri, "type": "save_weights", "version": trainer.version}

        return run

    return submit(call, body.model_id, body.seq_id, make)


@router.post("/save_weights_for_sampler")
async def save_weights_for_sampler(body: SaveForSamplerBody, call: ThisCall) -> dict[str, str]:
    service = call.service
    loop = asyncio.get_running_loop()

    def make(model: TrainedModel) -> Run:
        if (body.path is None) == (body.sampling_session_seq_id is None):
            raise Refusal(400, "give path to name the weights, or sampling_session_seq_id to sample from them at once")
        if body.path is None:
            session = service.sessions.get(model.session_id)
            return unnamed_weights(service.samplers, session, loop)
        return named_weights(service.store, checkpoint_name(model.id, "sampler_weights", body.path), body.ttl_seconds)

    return submit(call, body.model_id, body.seq_id, make)


@router.post("/load_weights")
async def load_weights(body: LoadWeightsBody, call: ThisCall) -> dict[str, str]:
    store = call.service.store
    if body.model_id is None:
        raise Refusal(400, "load_weights needs model_id: make the model with create_model first")

    def make(_: TrainedModel) -> Run:
        if body.weights_access_token is not None:
            raise Refusal(400, "weights_access_token: there are no other accounts here; leave it out")
        if parse_uri(body.path).kind != "weights":
            raise Refusal(400, f"{body.path!r} is for sampling only; load one that save_weights made")

        def run(model: TrainedModel, trainer: TrainingModel) -> dict[str, object]:
            try:
                directory = store.directory(store.existing(body.path, "weights"))
                trainer.load(directory, optimizer=body.optimizer)
            except Refusal as refusal:
                raise WorkerError(refusal.detail) from refusal
            except WorkerError as error:
                raise WorkerError(store.as_uris(str(error)), error.category) from error
            model.lost_gradient = None
            return {"type": "load_weights", "version": trainer.version}

        return run

    return submit(call, body.model_id, body.seq_id, make)


@router.post("/weights_info")
async def weights_info(body: WeightsInfoBody, service: ThisService) -> dict[str, object]:
    checkpoint = parse_uri(body.tinker_path)
    service.store.existing(body.tinker_path, checkpoint.kind)
    run = service.store.run(checkpoint.run)
    names = ("base_model", "is_lora", "lora_rank", "train_mlp", "train_attn", "train_unembed")
    return {name: run[name] for name in names if name in run}


@router.get("/checkpoints")
async def list_checkpoints(service: ThisService, limit: int = 100, offset: int = 0) -> dict[str, object]:
    entries = service.store.entries()
    shown = entries[max(offset, 0) :][: max(limit, 0)]
    return {
        "checkpoints": [entry.on_wire() for entry in shown],
        "cursor": {"offset": offset, "limit": limit, "total_count": len(entries)},
    }


@router.get("/training_runs/{run}/checkpoints")
async def run_checkpoints(run: str, service: ThisService) -> dict[str, object]:
    return {"checkpoints": [entry.on_wire() for entry in service.store.entries(run)]}


@router.delete("/training_runs/{run}/checkpoints/{kind}/{name}", status_code=204)
async def delete_checkpoint(run: str, kind: str, name: str, service: ThisService) -> Response:
    service.store.delete(existing(service.store, run, kind, name))
    return Response(status_code=204)


@router.put("/training_runs/{run}/checkpoints/{kind}/{name}/ttl")
async def set_ttl(run: str, kind: str, name: str, body: TtlBody, service: ThisService) -> Response:
    service.store.set_expiry(existing(service.store, run, kind, name), body.ttl_seconds)
    return json_response({})


def existing(store: CheckpointStore, run: str, kind: str, name: str) -> CheckpointName:
    checkpoint = checkpoint_name(run, kind, name)
    return store.existing(checkpoint.uri, checkpoint.kind)


def refuse_overwriting(store: CheckpointStore, checkpoint: CheckpointName, overwrite: bool) -> None:
    if not overwrite and store.exists(checkpoint):
        raise WorkerError(f"{checkpoint.uri} exists; choose another name, or save with overwrite")


def named_weights(store: CheckpointStore, checkpoint: CheckpointName, ttl_s: int | None) -> Run:
    def run(model: TrainedModel, trainer: TrainingModel) -> dict[str, object]:
        refuse_overwriting(store, checkpoint, overwrite=False)
        facts: Mapping[str, object] = {"version": trainer.version, "base": model.base.name}
        checkpoints.write(store.prepare(checkpoint), {"model": trainer.sampler_state()}, facts)
        store.record(checkpoint, model.on_record(), ttl_s)
        return {"path": checkpoint.uri, "type": "save_weights_for_sampler", "version": trainer.version}

    return run


def unnamed_weights(samplers: Samplers, session: Session, loop: asyncio.AbstractEventLoop) -> Run:
    def run(model: TrainedModel, trainer: TrainingModel) -> dict[str, object]:
        state = {name: tensor.cpu() for name, tensor in trainer.sampler_state().items()}
        version = trainer.version

        async def open_session() -> str:
            return samplers.open(session, samplers.keep(model.base, model.id, version, state)).id

        opened = asyncio.run_coroutine_threadsafe(open_session(), loop).result()
        return {"sampling_session_id": opened, "type": "save_weights_for_sampler", "version": version}

    return run

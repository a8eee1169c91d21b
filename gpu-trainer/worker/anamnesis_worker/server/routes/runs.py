"""Training runs: the models that are loaded, and those that left checkpoints."""

from __future__ import annotations

from fastapi import APIRouter

from ..refusal import Refusal
from ..service import Service
from .call import ThisService

router = APIRouter()


@router.get("/training_runs")
async def training_runs(service: ThisService, limit: int = 20, offset: int = 0) -> dict[str, object]:
    runs = all_runs(service)
    shown = list(runs)[max(offset, 0) :][: max(limit, 0)]
    return {
        "training_runs": [describe(service, run, runs[run]) for run in shown],
        "cursor": {"offset": offset, "limit": limit, "total_count": len(runs)},
    }


@router.get("/training_runs/{run}")
async def training_run(run: str, service: ThisService) -> dict[str, object]:
    known = all_runs(service).get(run)
    if known is None:
        raise Refusal(404, "no such training run: it saved nothing, and is not loaded")
    return describe(service, run, known)


def all_runs(service: Service) -> dict[str, dict[str, object]]:
    """By id, the latest first."""
    runs = {run: service.store.run(run) for run in service.store.runs()}
    runs.update({model.id: model.on_record() for model in service.training.all()})
    return dict(sorted(runs.items(), key=lambda item: str(item[1].get("last_request_time")), reverse=True))


def describe(service: Service, run: str, known: dict[str, object]) -> dict[str, object]:
    entries = service.store.entries(run)
    latest = {entry.checkpoint.kind: entry.on_wire() for entry in entries}
    names = ("base_model", "is_lora", "lora_rank", "last_request_time", "user_metadata")
    described = {name: known[name] for name in names if name in known}
    described |= {"training_run_id": run, "model_owner": "local", "corrupted": False}
    for kind, name in (("weights", "last_checkpoint"), ("sampler_weights", "last_sampler_checkpoint")):
        if kind in latest:
            described[name] = latest[kind]
    return described

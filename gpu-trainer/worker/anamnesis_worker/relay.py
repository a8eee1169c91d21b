"""One process answers, all compute: rank 0's calls on a model are repeated on the other ranks of `torchrun`.

A call travels as JSON and safetensors, never as a pickle. Every message names the models that rank 0 still holds, so
that the others let go of the rest. Checkpoints must lie where every rank can read them.
"""

from __future__ import annotations

import itertools
import json
import os
import traceback
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
import torch.distributed as dist
from safetensors.numpy import load, save
from torch import Tensor

from . import distributed
from .trainer import TrainingModel
from .types import AdamParams, Datum, LoraConfig, LossOutput, ModelSource, WorkerError

Setting = str | int | bool
T = TypeVar("T")


class Leader:
    """Rank 0's side: opens models over all ranks, or on this process alone where it is the only one."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        distributed.start(device)
        self._channel = Channel()
        self._numbers = itertools.count()
        self._held: weakref.WeakValueDictionary[int, LedModel] = weakref.WeakValueDictionary()

    def open(self, source: ModelSource, lora: LoraConfig | None, **settings: Setting) -> TrainingModel:
        """A training model with the settings of `TrainingModel`."""
        if distributed.world() == 1:
            return TrainingModel(source, lora, device=self.device, **settings)  # type: ignore[arg-type]
        return LedModel(self, next(self._numbers), source, lora, device=self.device, **settings)

    def hold(self, model: LedModel) -> None:
        """The other ranks keep their part of a model for as long as this process keeps it."""
        self._held[model.number] = model

    def tell(self, message: Mapping[str, object], payload: bytes = b"") -> None:
        """Has the other ranks make a call."""
        self._channel.tell({**message, "held": list(self._held)}, payload)

    def dismiss(self) -> None:
        """Lets the other ranks go; the last call."""
        if distributed.world() > 1:
            self.tell({"call": "dismiss"})


def follow(device: str) -> None:
    """What every rank but 0 does, from its start until rank 0 dismisses it."""
    distributed.start(device)
    channel = Channel()
    models: dict[int, TrainingModel] = {}
    while True:
        message, payload = channel.hear()
        models = {number: model for number, model in models.items() if number in message["held"]}
        if message["call"] == "dismiss":
            return
        try:
            _repeat(models, message, payload)
        except WorkerError:
            continue  # rank 0 has met the same error, and answers for it


class LedModel(TrainingModel):
    """A training model whose every call is first told to the other ranks."""

    def __init__(
        self, leader: Leader, number: int, source: ModelSource, lora: LoraConfig | None, **settings: Setting
    ) -> None:
        self.number = number
        self._leader = leader
        told = {"source": asdict(source), "lora": None if lora is None else asdict(lora), "settings": settings}
        leader.hold(self)
        self._together(super().__init__, told, b"", source, lora, **settings)

    def forward(self, data: Sequence[Datum], loss: str, config: Mapping[str, float]) -> LossOutput:
        told = {"loss": loss, "config": dict(config), "data": len(data)}
        return self._together(super().forward, told, pack(data), data, loss, config)

    def forward_backward(self, data: Sequence[Datum], loss: str, config: Mapping[str, float]) -> LossOutput:
        told = {"loss": loss, "config": dict(config), "data": len(data)}
        return self._together(super().forward_backward, told, pack(data), data, loss, config)

    def optim_step(self, params: AdamParams) -> dict[str, float]:
        return self._together(super().optim_step, {"params": asdict(params)}, b"", params)

    def drop_gradients(self) -> None:
        self._together(super().drop_gradients, {}, b"")

    def save(self, directory: Path, *, optimizer: bool) -> None:
        told = {"directory": str(directory), "optimizer": optimizer}
        self._together(super().save, told, b"", directory, optimizer=optimizer)

    def load(self, directory: Path, *, optimizer: bool) -> None:
        told = {"directory": str(directory), "optimizer": optimizer}
        self._together(super().load, told, b"", directory, optimizer=optimizer)

    def sampler_state(self) -> dict[str, Tensor]:
        return self._together(super().sampler_state, {}, b"")

    def _together(
        self, call: Callable[..., T], told: Mapping[str, object], payload: bytes, *given: object, **named: object
    ) -> T:
        self._leader.tell({"call": call.__name__, "model": self.number, **told}, payload)
        try:
            return call(*given, **named)
        except WorkerError:
            raise  # met by all ranks alike
        except BaseException:
            # The others wait for this rank within the call, for good. Ended, it has torchrun end them too.
            traceback.print_exc()
            os._exit(1)


def pack(data: Sequence[Datum]) -> bytes:
    """Datums as safetensors, each array named by its datum's place."""
    arrays: dict[str, np.ndarray] = {}
    for index, datum in enumerate(data):
        for key, value in {"tokens": datum.tokens, **{f"inputs.{name}": v for name, v in datum.inputs.items()}}.items():
            array = np.asarray(value)
            if array.dtype.kind not in "iuf":
                raise WorkerError(f"datum {index}: {key} must be numbers, not {array.dtype}")
            arrays[f"{index}.{key}"] = np.ascontiguousarray(array)
    return save(arrays)


def unpack(payload: bytes, count: int) -> list[Datum]:
    """What `pack` packed."""
    found: list[dict[str, np.ndarray]] = [{} for _ in range(count)]
    for name, array in load(payload).items():
        index, key = name.split(".", 1)
        found[int(index)][key] = array
    return [
        Datum(arrays["tokens"], {key.removeprefix("inputs."): a for key, a in arrays.items() if key != "tokens"})
        for arrays in found
    ]


def _repeat(models: dict[int, TrainingModel], message: dict[str, Any], payload: bytes) -> None:
    match message:
        case {
            "call": "__init__",
            "model": int(number),
            "source": dict(source),
            "lora": lora,
            "settings": dict(settings),
        }:
            adapters = LoraConfig(**lora) if isinstance(lora, dict) else None
            models[number] = TrainingModel(ModelSource(**source), adapters, **settings)
        case {
            "call": "forward" | "forward_backward" as call,
            "model": int(number),
            "data": int(count),
            "loss": str(loss),
        }:
            getattr(models[number], str(call))(unpack(payload, count), loss, message["config"])
        case {"call": "optim_step", "model": int(number), "params": dict(params)}:
            models[number].optim_step(AdamParams(**params))
        case {
            "call": "save" | "load" as call,
            "model": int(number),
            "directory": str(path),
            "optimizer": bool(optimizer),
        }:
            getattr(models[number], str(call))(Path(path), optimizer=optimizer)
        case {"call": "drop_gradients" | "sampler_state" as call, "model": int(number)}:
            getattr(models[number], str(call))()
        case _:
            raise RuntimeError(f"rank 0 sent a call this rank does not know: {message}")


class Channel:
    """A group of its own, on which ranks may wait for the next call as long as it takes."""

    def __init__(self) -> None:
        self._group = dist.new_group(backend="gloo", timeout=timedelta(days=365)) if distributed.world() > 1 else None

    def tell(self, message: Mapping[str, object], payload: bytes) -> None:
        """Sends to every other rank."""
        header = json.dumps(message).encode()
        for part in (torch.tensor([len(header), len(payload)]), _bytes(header), _bytes(payload)):
            if part.numel():
                dist.broadcast(part, 0, group=self._group)

    def hear(self) -> tuple[dict[str, Any], bytes]:
        """Waits for what rank 0 tells."""
        sizes = torch.zeros(2, dtype=torch.int64)
        dist.broadcast(sizes, 0, group=self._group)
        parts = [torch.zeros(int(size), dtype=torch.uint8) for size in sizes]
        for part in parts:
            if part.numel():
                dist.broadcast(part, 0, group=self._group)
        header, payload = (part.numpy().tobytes() for part in parts)
        return json.loads(header), payload


def _bytes(content: bytes) -> Tensor:
    return torch.frombuffer(bytearray(content), dtype=torch.uint8) if content else torch.zeros(0, dtype=torch.uint8)

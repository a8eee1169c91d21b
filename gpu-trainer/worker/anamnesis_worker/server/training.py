"""Models that train: made, run in the order of their operations, saved, loaded and unloaded.

Tables live on the event loop; `TrainedModel.trainer` and `lost_gradient` belong to the engine's thread alone.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import torch
from pydantic_core import to_json

from ..trainer import TrainingModel
from ..types import AdamParams, Datum, ErrorCategory, LoraConfig, LossOutput, WorkerError
from .catalogue import BaseModel
from .engine import Engine
from .futures import Futures
from .heap import set_aside
from .limits import Limits
from .ordering import OperationOrder
from .refusal import Refusal

TrainerFactory = Callable[[BaseModel, LoraConfig | None], TrainingModel]
Run = Callable[["TrainedModel", TrainingModel], dict[str, object]]


@dataclass(eq=False)
class TrainedModel:
    id: str
    session_id: str
    base: BaseModel
    lora: LoraConfig | None
    user_metadata: dict[str, object] | None
    order: OperationOrder
    last_request: datetime
    trainer: TrainingModel | None = None
    lost_gradient: str | None = None
    """Why the gradient since the last step is incomplete."""

    def on_record(self) -> dict[str, object]:
        """What a checkpoint needs to be loaded again, and a list of runs to show."""
        return {
            "base_model": self.base.name,
            "is_lora": self.lora is not None,
            **(
                {}
                if self.lora is None
                else {
                    "lora_rank": self.lora.rank,
                    "train_mlp": self.lora.train_mlp,
                    "train_attn": self.lora.train_attn,
                    "train_unembed": self.lora.train_unembed,
                }
            ),
            "last_request_time": self.last_request.isoformat(),
            **({} if self.user_metadata is None else {"user_metadata": self.user_metadata}),
        }


class Training:
    def __init__(self, engine: Engine, futures: Futures, limits: Limits, make_trainer: TrainerFactory) -> None:
        self._engine = engine
        self._futures = futures
        self._limits = limits
        self._make_trainer = make_trainer
        self._models: dict[str, TrainedModel] = {}
        self._queued_bytes = 0

    def get(self, model_id: str) -> TrainedModel:
        model = self._models.get(model_id)
        if model is None:
            raise Refusal(404, "no such model: it was unloaded, its session expired, or the worker was restarted")
        model.last_request = datetime.now(UTC)
        return model

    def skip(self, model_id: object, seq_id: object) -> None:
        """An operation was refused before it was read; its number, if it has one, will not come again."""
        model = self._models.get(model_id) if isinstance(model_id, str) else None
        if model is not None and isinstance(seq_id, int):
            model.order.skip(seq_id)

    def all(self) -> list[TrainedModel]:
        return list(self._models.values())

    def create(
        self, session_id: str, base: BaseModel, lora: LoraConfig | None, user_metadata: dict[str, object] | None
    ) -> tuple[TrainedModel, str]:
        """Accept a model; it is loaded by the time its promise is kept, and its first operations wait for that."""
        if len(self._models) >= self._limits.models:
            raise Refusal(400, f"{self._limits.models} models are loaded; unload one first")
        order = OperationOrder(self._limits.gap_s, self._limits.queued_operations)
        model = TrainedModel(
            f"m-{secrets.token_hex(8)}", session_id, base, lora, user_metadata, order, datetime.now(UTC)
        )

        def load() -> bytes:
            model.trainer = self._make_trainer(base, lora)
            return to_json({"model_id": model.id, "type": "create_model"})

        self._models[model.id] = model
        loading = self._engine.submit(load)

        def forget_a_failure(done: asyncio.Future[bytes]) -> None:
            if not done.cancelled() and done.exception() is not None:
                self._models.pop(model.id, None)

        loading.add_done_callback(forget_a_failure)
        return model, self._futures.promise(loading, session_id)

    def submit(self, model: TrainedModel, seq_id: int | None, size: int, run: Run) -> str:
        """Run an operation in its turn; `size` is that of its body. Returns the request id of its result."""
        if self._queued_bytes + size > self._limits.queued_bytes:
            raise Refusal(429, "too much work is queued; wait for results")
        done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def job() -> bytes:
            if model.trainer is None:
                raise WorkerError(f"model {model.id} is not loaded", ErrorCategory.SERVER)
            return to_json(run(model, model.trainer), inf_nan_mode="null")

        def settled(finished: asyncio.Future[bytes]) -> None:
            if done.done():
                return
            if finished.cancelled():
                done.cancel()
            elif (error := finished.exception()) is not None:
                done.set_exception(error)
            else:
                done.set_result(finished.result())

        def start() -> None:
            self._engine.submit(job).add_done_callback(settled)

        def release(_: asyncio.Future[bytes]) -> None:
            self._queued_bytes -= size

        def fail(error: WorkerError) -> None:
            if not done.done():
                done.set_exception(error)

        model.order.submit(seq_id, start, fail)
        self._queued_bytes += size
        done.add_done_callback(release)
        return self._futures.promise(done, model.session_id)

    def unload(self, model: TrainedModel) -> asyncio.Future[bytes]:
        """Free a model's memory, once what it is running has run."""
        self._models.pop(model.id, None)
        model.order.close(f"model {model.id} was unloaded")

        def drop() -> bytes:
            model.trainer = None
            set_aside()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            return to_json({"model_id": model.id, "type": "unload_model"})

        return self._engine.submit(drop)


def forward(data: list[Datum], loss: str, config: dict[str, float]) -> Run:
    return lambda _, trainer: loss_output(trainer.forward(data, loss, config))


def forward_backward(data: list[Datum], loss: str, config: dict[str, float]) -> Run:
    def run(model: TrainedModel, trainer: TrainingModel) -> dict[str, object]:
        try:
            return loss_output(trainer.forward_backward(data, loss, config))
        except BaseException as error:
            model.lost_gradient = str(error)
            raise

    return run


def optim_step(params: AdamParams) -> Run:
    """A step on a gradient that lacks a part is refused: it would be a different step, and nobody would know."""

    def run(model: TrainedModel, trainer: TrainingModel) -> dict[str, object]:
        if model.lost_gradient is not None:
            reason, model.lost_gradient = model.lost_gradient, None
            trainer.drop_gradients()
            raise WorkerError(f"no step was taken and the gradient was dropped: a forward_backward failed ({reason})")
        return {"metrics": trainer.optim_step(params), "version": trainer.version, "type": "optim_step"}

    return run


def loss_output(output: LossOutput) -> dict[str, object]:
    """The JSON of a forward; a value that is not finite is an error, as JSON has no word for it."""
    if not all(np.isfinite(values).all() for values in output.logprobs) or not all(
        np.isfinite(value) for value in output.metrics.values()
    ):
        raise WorkerError("a log-prob or the loss is not finite; lower the learning rate or check the inputs")
    return {
        "loss_fn_output_type": "ArrayRecord",
        "loss_fn_outputs": [
            {"logprobs": {"data": values.ravel().tolist(), "dtype": "float32", "shape": list(values.shape)}}
            for values in output.logprobs
        ],
        "metrics": dict(output.metrics),
    }

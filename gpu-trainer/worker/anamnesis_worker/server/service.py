"""The worker behind the routes: its tables, and what keeps them in order."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..relay import Leader
from ..sampler import Sampler
from ..trainer import TrainingModel
from ..types import LoraConfig
from .catalogue import BaseModel, Catalogue
from .checkpoint_store import CheckpointStore
from .engine import Engine
from .futures import Futures
from .heap import set_aside
from .limits import Limits
from .once import Once
from .refusal import Refusal
from .samplers import Samplers
from .sampling import Sampling
from .sessions import Sessions
from .snapshots import SamplerPool
from .training import TrainedModel, Training


@dataclass(frozen=True)
class Settings:
    """`dtype`: float32, or bfloat16 to autocast on a GPU. `samplers`: sets of sampler weights on the device at once."""

    state: Path
    device: str = "cpu"
    dtype: str = "float32"
    deterministic: bool = True
    checkpointing: bool = False
    max_tokens_per_batch: int = 16384
    cache_tokens: int = 131_072
    samplers: int = 2
    limits: Limits = field(default_factory=Limits)


class Service:
    """Told to stop, it drains: what was accepted is finished and can be fetched, nothing new is accepted."""

    def __init__(self, settings: Settings, models: list[BaseModel]) -> None:
        self._leader = Leader(settings.device)
        limits = settings.limits
        self.settings = settings
        self.limits = limits
        self._stop_at: float | None = None
        self.engine = Engine(settings.device)
        self.catalogue = Catalogue(models)
        self.store = CheckpointStore(settings.state)
        self.sessions = Sessions(limits.session_s, limits.sessions)
        self.futures = Futures(limits)
        self.requests = Once(self.futures.knows)
        self.samplers = Samplers(self.sessions, self.catalogue, self.store, limits.snapshots)
        self.sampling_sessions = Once(self.samplers.knows)
        self.training = Training(self.engine, self.futures, limits, self._make_trainer)
        self.sampling = Sampling(self.engine, limits, SamplerPool(self._make_sampler, settings.samplers))

    @property
    def draining(self) -> bool:
        return self._stop_at is not None

    def drain(self) -> None:
        """Accept nothing new from here on."""
        self._stop_at = time.monotonic() + self.limits.drain_s

    def drained(self) -> bool:
        """All that was accepted has been answered, or has had its time."""
        return self._stop_at is not None and (self.futures.unsettled() == 0 or time.monotonic() > self._stop_at)

    def check_open(self) -> None:
        if self.draining:
            raise Refusal(503, "the worker is stopping; send it again to the next one")

    def unload(self, model: TrainedModel) -> str:
        """Unload a model; returns the request id of its confirmation."""
        self.samplers.forget(model.id)
        self.sampling.release({model.id})
        return self.futures.promise(self.training.unload(model))

    def sweep(self) -> None:
        """What is done once a second: close silent sessions, forget old answers, delete expired checkpoints."""
        for session_id in self.sessions.close_silent():
            print(f"session {session_id} was silent and is closed", file=sys.stderr)
        self.futures.forget()
        self.requests.forget()
        self.sampling_sessions.forget()

    def close(self) -> None:
        """Finish what runs, and let the other processes of `torchrun` go."""
        if self.engine.close(self.limits.drain_s):
            self._leader.dismiss()  # else they are in the middle of a call, and end with this process

    def _make_trainer(self, base: BaseModel, lora: LoraConfig | None) -> TrainingModel:
        trainer = self._leader.open(
            base.source,
            lora,
            dtype=self.settings.dtype,
            deterministic=self.settings.deterministic,
            max_tokens_per_batch=self.settings.max_tokens_per_batch,
            checkpointing=self.settings.checkpointing,
        )
        set_aside()
        return trainer

    def _make_sampler(self, base: BaseModel) -> Sampler:
        sampler = Sampler(
            base.source,
            device=self.settings.device,
            dtype=self.settings.dtype,
            cache_tokens=self.settings.cache_tokens,
        )
        set_aside()
        return sampler
